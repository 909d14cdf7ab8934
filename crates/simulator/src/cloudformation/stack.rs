//! A stack as it is stored: its template, members, history and the operation at work.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::engine::Turn;
pub(crate) use super::history::StackEvent;
use super::template::Template;
use super::tokens::Used;
use crate::row::{HasRows, Row, Scope};
use crate::table::Keyed;
use crate::time::SimTime;
use crate::world::Place;

/// `AWS::CloudFormation::Stack`.
pub(crate) const STACK_TYPE: &str = "AWS::CloudFormation::Stack";

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Stack {
    pub arn: String,
    pub name: String,
    pub template: Template,
    pub description: Option<String>,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub capabilities: Vec<String>,
    pub role_arn: Option<String>,
    /// ARN of the stack that it is nested in, and of the first above it; neither where it is nested in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    pub status: String,
    pub reason: Option<String>,
    pub created: SimTime,
    pub updated: Option<SimTime>,
    pub deleted: Option<SimTime>,
    pub protected: bool,
    pub on_failure: OnFailure,
    /// A rollback removes what is new whatever its deletion policy says.
    pub retain_except_on_create: bool,
    pub members: BTreeMap<String, Member>,
    /// Resources that an update replaced or dropped, to be removed in its clean-up.
    pub old: Vec<Old>,
    pub outputs: Vec<Output>,
    /// Names of exports that its members' properties resolved.
    pub imports: BTreeSet<String>,
    /// Those that the update at work has resolved so far; they take the place of `imports` at its end.
    pub importing: BTreeSet<String>,
    /// Oldest first.
    pub events: Vec<StackEvent>,
    pub operation: Option<Operation>,
    /// Newest first.
    pub operations: Vec<(String, String)>,
    /// What each client token was used for.
    pub tokens: BTreeMap<String, Used>,
    pub revision: u64,
    /// What an update goes back to when it fails: the last state in which everything was well.
    pub before: Option<Before>,
    /// What is still shown of it after a deletion has begun.
    pub lag: Option<Lag>,
}

/// The status that readers see until some instant, whatever the truth is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lag {
    pub until: SimTime,
    pub status: String,
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OnFailure {
    #[default]
    Rollback,
    DoNothing,
    Delete,
}

/// One resource of a stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Member {
    pub kind: String,
    pub physical: String,
    /// Empty until it is begun.
    pub status: String,
    pub reason: Option<String>,
    /// Resolved properties of what exists.
    pub properties: Value,
    /// The stack's tags that it was made, or changed last, with.
    pub tags: BTreeMap<String, String>,
    /// Logical ids that it refers to.
    pub depends: BTreeSet<String>,
    /// Deletion policy, where it is not Delete.
    pub policy: Option<String>,
    /// What becomes of it when an update replaces it, where it is not Delete.
    pub replace_policy: Option<String>,
    pub at: SimTime,
    /// When a deletion was first refused because of a dependency.
    pub refused: Option<SimTime>,
    /// Its handler has begun to delete it.
    pub removing: bool,
    /// Made since the stack was well last.
    pub fresh: bool,
    /// Properties before the update at work.
    pub before: Option<Value>,
    /// Not yet looked at by the update at work.
    pub pending: bool,
}

impl Member {
    /// Whether something of it exists, or may.
    pub(crate) fn exists(&self) -> bool {
        !self.physical.is_empty()
            && !matches!(
                self.status.as_str(),
                "DELETE_COMPLETE" | "DELETE_SKIPPED" | ""
            )
    }
}

/// A physical resource that no member stands for any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Old {
    pub logical: String,
    pub kind: String,
    pub physical: String,
    pub properties: Value,
    /// Logical ids that it refers to.
    pub depends: BTreeSet<String>,
    /// What forbids its deletion.
    pub policy: Option<String>,
    pub state: OldState,
    /// When it came to that.
    pub at: SimTime,
    /// Its handler has begun to delete it.
    pub removing: bool,
    /// When the try at work was first refused because of a dependency.
    pub refused: Option<SimTime>,
    pub tries: u32,
}

/// How far the removal of an old resource has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OldState {
    Waiting,
    Working,
    /// Gone, or kept by its policy.
    Settled,
    /// It could not be deleted.
    Left,
}

impl Old {
    /// A member whose place in the stack is taken or gone.
    pub(crate) fn of(logical: &str, member: &Member, policy: Option<String>) -> Self {
        Self {
            logical: logical.to_owned(),
            kind: member.kind.clone(),
            physical: member.physical.clone(),
            properties: member.properties.clone(),
            depends: member.depends.clone(),
            policy,
            state: OldState::Waiting,
            at: member.at,
            removing: false,
            refused: None,
            tries: 0,
        }
    }
}

/// What an update began from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Before {
    pub template: Template,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub members: BTreeMap<String, Member>,
    pub outputs: Vec<Output>,
    pub imports: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Output {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
    pub export: Option<String>,
}

/// The phase of the operation at work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    #[default]
    Create,
    RollbackCreate,
    Delete,
    Update,
    UpdateCleanup,
    UpdateRollback,
    Import,
    ImportRollback,
}

/// The operation at work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub id: String,
    pub token: Option<String>,
    /// ARN of who asked for it.
    pub initiator: String,
    /// ARN of whom its handlers work as: the stack's service role, or who asked for it.
    pub identity: String,
    pub phase: Phase,
    /// Rises with every change of phase.
    pub generation: u64,
    /// Members to be left alone by a deletion.
    pub retain: BTreeSet<String>,
    /// Members that cannot be removed are left (FORCE_DELETE_STACK).
    pub force: bool,
    /// An update that fails rests where it is (DisableRollback).
    pub keep_failed: bool,
    /// Members whose step failed.
    pub failed: Vec<String>,
}

impl Operation {
    /// What the queue's events are marked with.
    pub(crate) fn turn(&self) -> Turn {
        Turn {
            operation: self.id.clone(),
            generation: self.generation,
        }
    }

    /// Goes on to another phase: whatever the queue holds for the last one is void.
    pub(crate) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.generation += 1;
        self.failed.clear();
    }
}

impl Keyed for Stack {
    fn keys(&self) -> Vec<String> {
        vec![named(&self.name)]
    }
}

/// The key of stacks of a name.
pub(super) fn named(name: &str) -> String {
    format!("name {name}")
}

impl HasRows for Stack {
    fn rows(&self, _place: &Place, rows: &mut Vec<Row>) {
        if self.status == "DELETE_COMPLETE" {
            return;
        }
        rows.push(Row {
            kind: STACK_TYPE.to_owned(),
            id: self.arn.clone(),
            arn: self.arn.clone(),
            status: self.status.clone(),
            tags: self.tags.clone(),
            stack: None,
            parent: None,
            revision: self.revision,
            scope: Scope::Environment,
        });
    }
}

impl Stack {
    /// ARN of the first stack above it, which is itself where it is nested in none.
    pub(crate) fn top(&self) -> &String {
        self.root.as_ref().unwrap_or(&self.arn)
    }

    pub(crate) fn phase(&self) -> Option<Phase> {
        self.operation.as_ref().map(|operation| operation.phase)
    }

    /// Status and reason as readers see them at `now`.
    pub(crate) fn shown(&self, now: SimTime) -> (&str, Option<&String>) {
        match &self.lag {
            Some(lag) if now < lag.until && self.status != "DELETE_COMPLETE" => {
                (&lag.status, lag.reason.as_ref())
            }
            Some(_) | None => (&self.status, self.reason.as_ref()),
        }
    }

    /// Whether it imports an export, or will when the update at work is through.
    pub(crate) fn imports(&self, name: &str) -> bool {
        self.imports.contains(name) || self.importing.contains(name)
    }

    /// Notes exports that were imported: an update sets them apart until its end.
    pub(crate) fn collect_imports(&mut self, names: BTreeSet<String>) {
        if self.phase() == Some(Phase::Update) {
            self.importing.extend(names);
        } else {
            self.imports.extend(names);
        }
    }

    /// Names of its exports.
    pub(crate) fn exports(&self) -> impl Iterator<Item = (&String, &String)> {
        self.outputs
            .iter()
            .filter_map(|output| output.export.as_ref().map(|name| (name, &output.value)))
    }
}
