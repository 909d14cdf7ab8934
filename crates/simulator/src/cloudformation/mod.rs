//! CloudFormation: a template engine, stack operations with their events, change sets, exports.

mod answers;
mod body;
mod change_sets;
mod engine;
mod functions;
mod history;
mod inputs;
mod nested;
mod origins;
mod parameters;
mod plan;
mod preview;
mod references;
mod requests;
pub mod resource;
mod stack;
mod template;
mod templates;
mod tokens;
mod validation;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::index::Observer;
use crate::row::Row;
use crate::table::Table;
use crate::time::SimTime;
use crate::world::{Call, Place};

pub(crate) use answers::OPERATIONS;
pub use engine::Event;
pub(crate) use engine::{fire, ideal, import};
pub(crate) use stack::{STACK_TYPE, Stack};
pub(crate) use templates::{Templates, check_url};

/// The stacks of a region.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// By ARN, deleted ones too.
    pub(crate) stacks: Table<Stack>,
    pub(crate) change_sets: BTreeMap<String, change_sets::ChangeSet>,
    /// When each deleted stack is forgotten.
    leaving: BTreeSet<(SimTime, String)>,
}

/// For how long a deleted stack is remembered (section 3.2).
const REMEMBERED: Duration = Duration::from_hours(90 * 24);

impl State {
    /// Stacks that are not deleted.
    pub(crate) fn live(&self) -> impl Iterator<Item = &Stack> {
        self.stacks
            .values()
            .filter(|stack| stack.status != "DELETE_COMPLETE")
    }

    /// Those, as they are now.
    pub(crate) fn live_now(&self) -> impl Iterator<Item = Arc<Stack>> {
        let live = self.live();
        live.filter_map(|stack| self.stacks.shared(&stack.arn))
    }

    /// A stack by name (live ones only) or ARN (deleted ones too), as it is now.
    pub(crate) fn find_now(&self, name: &str) -> Option<Arc<Stack>> {
        let stack = self.find(name)?;
        self.stacks.shared(&stack.arn)
    }

    /// A stack by name (live ones only) or ARN (deleted ones too).
    pub(crate) fn find(&self, name: &str) -> Option<&Stack> {
        if name.starts_with("arn:") {
            self.stacks.get(name)
        } else {
            let mut stacks = self.stacks.with_key(&stack::named(name));
            stacks.find(|stack| stack.status != "DELETE_COMPLETE")
        }
    }

    /// A root and the stacks that are nested in it and not deleted, by ARN.
    fn with_nested(&self, root: &str) -> Vec<String> {
        let live = self.live();
        let nested = live.filter(|stack| stack.root.as_deref() == Some(root));
        let nested = nested.map(|stack| stack.arn.clone());
        std::iter::once(root.to_owned()).chain(nested).collect()
    }

    /// Notes that a stack is deleted.
    fn deleted(&mut self, now: SimTime, arn: &str) {
        if let Some(stack) = self.stacks.get_mut(arn) {
            stack.deleted = Some(now);
            self.leaving.insert((now.plus(REMEMBERED), arn.to_owned()));
        }
    }

    /// Forgets the stacks that have been deleted for long.
    pub(crate) fn forget(&mut self, now: SimTime) {
        while self.leaving.first().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, arn)) = self.leaving.pop_first() {
                self.stacks.remove(&arn);
            }
        }
    }

    /// The value of an export.
    pub(crate) fn export(&self, name: &str) -> Option<String> {
        self.live()
            .flat_map(Stack::exports)
            .find(|(export, _)| *export == name)
            .map(|(_, value)| value.clone())
    }

    /// The stack that exports a name.
    pub(crate) fn exporter(&self, name: &str) -> Option<&Stack> {
        self.live()
            .find(|stack| stack.exports().any(|(export, _)| export == name))
    }

    /// Names of the stacks that import an export. Only what was resolved counts (section 3.4).
    pub(crate) fn importers(&self, name: &str) -> Vec<String> {
        self.live()
            .filter(|stack| stack.imports(name))
            .map(|stack| stack.name.clone())
            .collect()
    }

    pub fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        self.stacks.rows(place, rows);
    }

    /// Lets the index take notice of what has changed.
    pub(crate) fn observe(&mut self, observer: &mut Observer<'_>) {
        observer.look("cloudformation stacks", &mut self.stacks);
    }

    /// Fills in the `stack` of rows that are members of a stack.
    pub fn name_members(&self, rows: &mut [Row]) {
        let mut members: BTreeMap<(String, String), &str> = BTreeMap::new();
        for stack in self.live() {
            let there = stack.members.values().filter(|member| member.exists());
            let there = there.map(|member| (&member.kind, &member.physical));
            let old = stack.old.iter().map(|old| (&old.kind, &old.physical));
            for (kind, physical) in there.chain(old) {
                let id = resource::row_id(kind, physical);
                members.insert((kind.clone(), id), &stack.name);
            }
        }
        for row in rows {
            let by_id = members.get(&(row.kind.clone(), row.id.clone()));
            let by_arn = || members.get(&(row.kind.clone(), row.arn.clone()));
            if let Some(name) = by_id.or_else(by_arn) {
                row.stack = Some((*name).to_owned());
            }
        }
    }
}

/// Creates a stack of the name, template, parameters and tags of another, and returns its ARN.
///
/// # Errors
/// As CreateStack.
pub(crate) fn create_like(call: &mut Call<'_>, stack: &Stack) -> Result<String, ServiceError> {
    let given = stack.parameters.iter();
    let wanted = requests::Wanted {
        template: Some(stack.template.clone()),
        parameters: given
            .map(|(name, value)| (name.clone(), Some(value.clone())))
            .collect(),
        capabilities: stack.capabilities.clone(),
        tags: Some(stack.tags.clone()),
        role_arn: stack.role_arn.clone(),
        ..requests::Wanted::default()
    };
    requests::create(call, &stack.name, &wanted, None).map(|(arn, _)| arn)
}

#[cfg(test)]
mod tests;
