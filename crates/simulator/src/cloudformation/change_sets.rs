//! Change sets: what a deployment would do, asked before it is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::engine::{self, Event, pace};
use super::preview::{self, Change};
use super::requests::{self, Wanted};
use super::stack::{OnFailure, Stack};
use super::template::Template;
use super::tokens::Token;
pub(crate) use super::validation::Finding;
use super::{State, plan, validation};
use crate::error::ServiceError;
use crate::queue;
use crate::time::SimTime;
use crate::world::{Call, Place, World};

/// Section 3.5, in the words of change sets and in those of updates.
const NO_UPDATES: &str = "No updates are to be performed.";
const NO_CHANGES: &str = "The submitted information didn't contain changes. Submit different information to create a change set.";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ChangeSet {
    pub arn: String,
    pub name: String,
    pub stack: String,
    pub create: bool,
    pub description: Option<String>,
    pub wanted: Wanted,
    pub status: String,
    pub reason: Option<String>,
    pub execution: String,
    pub changes: Vec<Change>,
    pub created: SimTime,
    /// Id of the operation that made it.
    pub operation: String,
    /// Whether early validation looks at it.
    pub validated: bool,
    /// What early validation found.
    pub findings: Vec<Finding>,
    /// The same request with the same token is answered as the first was.
    pub token: Option<Token>,
    /// What it was executed with.
    pub executed: Option<Token>,
}

impl ChangeSet {
    fn fail(&mut self, reason: String) {
        "FAILED".clone_into(&mut self.status);
        self.reason = Some(reason);
    }

    /// Whether what it would do is not known yet.
    fn is_being_computed(&self) -> bool {
        ["CREATE_PENDING", "CREATE_IN_PROGRESS"].contains(&self.status.as_str())
    }

    /// Whether it may still be executed, now or later.
    pub(super) fn is_waiting(&self) -> bool {
        ["UNAVAILABLE", "AVAILABLE"].contains(&self.execution.as_str())
    }
}

pub(super) fn not_found(name: &str) -> ServiceError {
    ServiceError::new(
        "ChangeSetNotFound",
        format!("ChangeSet [{name}] does not exist"),
    )
    .status(404)
}

/// A change set as it was asked for.
pub(super) struct Asked {
    pub name: String,
    /// For a stack that does not exist yet.
    pub is_create: bool,
    pub description: Option<String>,
    pub wanted: Wanted,
    pub validated: bool,
    pub token: Option<Token>,
}

/// How a change set is to be executed.
pub(super) struct How {
    pub disable_rollback: Option<bool>,
    pub retain_except_on_create: bool,
    pub token: Option<Token>,
}

/// Makes a change set; for a stack that does not exist an empty one under review is made first.
///
/// # Errors
/// As CreateStack and UpdateStack.
pub(super) fn create(
    call: &mut Call<'_>,
    stack_name: &str,
    asked: Asked,
) -> Result<(String, String), ServiceError> {
    let Asked {
        name,
        is_create,
        description,
        wanted,
        validated,
        token,
    } = asked;
    requests::check_role(call, wanted.role_arn.as_ref())?;
    let place = call.place.clone();
    let existing = call.region().cloudformation.find_now(stack_name);
    if let Some(stack) = &existing {
        if is_create && stack.status != "REVIEW_IN_PROGRESS" {
            return Err(ServiceError::new(
                "AlreadyExistsException",
                format!(
                    "Stack [{stack_name}] already exists and cannot be created again with the changeSet [{name}]."
                ),
            ));
        }
        if let Some(same) = waiting(call, stack, &name) {
            return if token.is_some() && same.token == token {
                Ok((same.arn, stack.arn.clone()))
            } else {
                Err(ServiceError::new(
                    "AlreadyExistsException",
                    format!("ChangeSet {name} already exists"),
                ))
            };
        }
    }
    let stack = match existing {
        Some(stack) => {
            if !is_create {
                // With which failure in mind it is executed is told later.
                requests::check_updatable(&stack, OnFailure::DoNothing)?;
            }
            let target = target(&stack, &wanted, is_create)?;
            plan::members(call.world, &place, &target).map_err(requests::refuse)?;
            stack
        }
        None if is_create => under_review(call, stack_name, &wanted)?,
        None => return Err(requests::no_such_stack(stack_name)),
    };
    let id = call
        .world
        .mint_uuid(&place, "change set", &format!("{stack_name}/{name}"));
    let arn = place.arn("cloudformation", &format!("changeSet/{name}/{id}"));
    let operation = call.world.mint_uuid(&place, "operation", &stack.name);
    engine::with(call.world, &place, &stack.arn, |stack| {
        let begun = ("CREATE_CHANGESET".to_owned(), operation.clone());
        stack.operations.insert(0, begun);
    });
    let set = ChangeSet {
        arn: arn.clone(),
        name,
        stack: stack.arn.clone(),
        create: is_create,
        description,
        wanted,
        status: "CREATE_PENDING".to_owned(),
        reason: None,
        execution: "UNAVAILABLE".to_owned(),
        changes: Vec::new(),
        created: call.world.now(),
        operation,
        validated,
        findings: Vec::new(),
        token,
        executed: None,
    };
    call.region()
        .cloudformation
        .change_sets
        .insert(arn.clone(), set);
    call.touch(&arn);
    schedule(call, &arn);
    Ok((arn, stack.arn.clone()))
}

/// A change set is not computed at once: it waits for half of its time, and is at work for the other.
fn schedule(call: &mut Call<'_>, arn: &str) {
    let place = call.place.clone();
    let delay = call.world.draw(pace::COMPUTING, arn);
    let change_set = arn.to_owned();
    let begun = Event::ChangeSetBegun {
        change_set: change_set.clone(),
    };
    let ready = Event::ChangeSetReady { change_set };
    for (delay, event) in [(delay / 2, begun), (delay, ready)] {
        let event = queue::Event::CloudFormation(event);
        call.world.schedule(delay, &place, event);
    }
}

/// The set of that name that has neither been executed nor overtaken.
fn waiting(call: &mut Call<'_>, stack: &Stack, name: &str) -> Option<ChangeSet> {
    let mut sets = call.region().cloudformation.change_sets.values();
    sets.find(|set| set.stack == stack.arn && set.name == name && set.is_waiting())
        .cloned()
}

/// The stack as the set wants it. One that is to be created has nothing yet that could be kept.
fn target(stack: &Stack, wanted: &Wanted, is_create: bool) -> Result<Stack, ServiceError> {
    let mut target = stack.clone();
    if is_create {
        target.template = Template::default();
        target.parameters.clear();
        target.tags.clear();
        target.role_arn = None;
        target.on_failure = wanted.on_failure;
    }
    wanted.apply(&mut target)?;
    Ok(target)
}

fn under_review(
    call: &mut Call<'_>,
    name: &str,
    wanted: &Wanted,
) -> Result<Arc<Stack>, ServiceError> {
    let (stack, _) = requests::new_stack(call, name, wanted)?;
    let (place, arn) = (call.place.clone(), stack.arn.clone());
    call.region()
        .cloudformation
        .stacks
        .insert(arn.clone(), stack);
    engine::stack_event(
        call.world,
        &place,
        &arn,
        "REVIEW_IN_PROGRESS",
        Some("User Initiated"),
    );
    Ok(engine::get(call.world, &place, &arn).unwrap_or_default())
}

/// The change set begins to be computed.
pub(super) fn begun(world: &mut World, place: &Place, arn: &str) {
    let sets = &mut world.region(place).cloudformation.change_sets;
    if let Some(set) = sets
        .get_mut(arn)
        .filter(|set| set.status == "CREATE_PENDING")
    {
        "CREATE_IN_PROGRESS".clone_into(&mut set.status);
    }
}

/// The change set has been computed.
pub(super) fn ready(world: &mut World, place: &Place, arn: &str) {
    let Some(set) = world
        .region(place)
        .cloudformation
        .change_sets
        .get(arn)
        .cloned()
    else {
        return;
    };
    let Some(stack) = engine::get(world, place, &set.stack) else {
        return;
    };
    let outcome = target(&stack, &set.wanted, set.create)
        .map_err(|error| error.message)
        .and_then(|target| {
            let preview = preview::of(world, place, &stack, &target)?;
            let findings = if set.validated {
                validation::of(world, place, &stack, &preview)
            } else {
                Vec::new()
            };
            Ok((preview, findings))
        });
    let empty = if world.switches.empty_change_sets_have_no_updates {
        NO_UPDATES
    } else {
        NO_CHANGES
    };
    let Some(set) = world.region(place).cloudformation.change_sets.get_mut(arn) else {
        return;
    };
    match outcome {
        Ok((preview, _)) if preview.is_empty() => set.fail(empty.to_owned()),
        Ok((_, findings)) if !findings.is_empty() => {
            set.fail(validation::told(&findings));
            set.findings = findings;
        }
        Ok((preview, _)) => {
            set.changes = preview.changes;
            "CREATE_COMPLETE".clone_into(&mut set.status);
            if set.execution == "UNAVAILABLE" {
                "AVAILABLE".clone_into(&mut set.execution);
            }
        }
        Err(problem) => set.fail(problem),
    }
}

/// Properties of members before a change and after it, by logical id.
pub(super) type Values = BTreeMap<String, (Value, Value)>;

/// Values of the properties that a change set would change, while it has not been executed.
pub(super) fn values(call: &mut Call<'_>, set: &ChangeSet) -> Values {
    let place = call.place.clone();
    let Some(stack) = engine::get(call.world, &place, &set.stack) else {
        return Values::new();
    };
    let target = target(&stack, &set.wanted, set.create).map_err(|error| error.message);
    let preview = target.and_then(|target| preview::of(call.world, &place, &stack, &target));
    let wanted = preview.map(|preview| preview.wanted).unwrap_or_default();
    let with_before = |(logical, after): (String, Value)| {
        let before = stack.members.get(&logical);
        let before = before.map(|member| member.properties.clone());
        (logical, (before.unwrap_or_default(), after))
    };
    wanted.into_iter().map(with_before).collect()
}

/// Executes a change set. The same token again is answered as the first was.
///
/// # Errors
/// `ChangeSetNotFound`, or `InvalidChangeSetStatus` where it cannot be executed.
pub(super) fn execute(call: &mut Call<'_>, arn: &str, how: How) -> Result<(), ServiceError> {
    let token = how.token;
    let set = call
        .region()
        .cloudformation
        .change_sets
        .get(arn)
        .cloned()
        .ok_or_else(|| not_found(arn))?;
    if token.is_some() && set.executed == token {
        return Ok(());
    }
    if set.execution != "AVAILABLE" {
        let message = format!(
            "ChangeSet [{arn}] cannot be executed in its current execution status of [{}]",
            set.execution
        );
        return Err(ServiceError::new("InvalidChangeSetStatus", message));
    }
    let mut wanted = set.wanted.clone();
    if how.disable_rollback.is_some() && wanted.on_failure != OnFailure::Rollback {
        return Err(requests::refuse(
            "You cannot specify DisableRollback if the OnStackFailure parameter was set for the change set",
        ));
    }
    if how.disable_rollback == Some(true) {
        wanted.on_failure = OnFailure::DoNothing;
    }
    wanted.retain_except_on_create |= how.retain_except_on_create;
    let place = call.place.clone();
    let stack = engine::get(call.world, &place, &set.stack)
        .ok_or_else(|| requests::no_stack(&set.stack))?;
    if set.create {
        let target = target(&stack, &wanted, true)?;
        requests::check_role(call, target.role_arn.as_ref())?;
        let members = plan::members(call.world, &place, &target).map_err(requests::refuse)?;
        engine::with(call.world, &place, &stack.arn, |stack| *stack = target);
        requests::start_creation(call, &stack.arn, members, token.clone());
    } else {
        requests::check_updatable(&stack, wanted.on_failure)?;
        requests::start_update(call, &stack, &wanted, token.clone())?;
    }
    let state = &mut call.region().cloudformation;
    overtake(state, &set.stack);
    if let Some(set) = state.change_sets.get_mut(arn) {
        "EXECUTE_IN_PROGRESS".clone_into(&mut set.execution);
        set.executed = token;
    }
    Ok(())
}

/// Forgets a change set. The stack under review that it was made for stays.
///
/// # Errors
/// `InvalidChangeSetStatus` while it is being executed and, where a switch does not allow it, while it is being computed.
pub(super) fn delete(call: &mut Call<'_>, set: &ChangeSet) -> Result<(), ServiceError> {
    let may_be_pending = call.world.switches.pending_change_sets_can_be_deleted;
    let held = if set.execution == "EXECUTE_IN_PROGRESS" {
        Some(("execution status", &set.execution))
    } else if set.is_being_computed() && !may_be_pending {
        Some(("status", &set.status))
    } else {
        None
    };
    if let Some((what, status)) = held {
        let message = format!(
            "ChangeSet [{}] cannot be deleted in its current {what} of [{status}]",
            set.arn
        );
        return Err(ServiceError::new("InvalidChangeSetStatus", message));
    }
    call.region().cloudformation.change_sets.remove(&set.arn);
    Ok(())
}

/// A stack that is changed makes the sets obsolete that were computed for it.
pub(super) fn overtake(state: &mut State, stack: &str) {
    let sets = state.change_sets.values_mut();
    for set in sets.filter(|set| set.stack == stack && set.is_waiting()) {
        "OBSOLETE".clone_into(&mut set.execution);
    }
}

/// An operation of the stack has ended with this status; it may have been the execution of a set.
pub(super) fn ended(world: &mut World, place: &Place, stack: &str, status: &str) {
    let outcome = match status {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" => "EXECUTE_COMPLETE",
        _ => "EXECUTE_FAILED",
    };
    let sets = world.region(place).cloudformation.change_sets.values_mut();
    for set in sets.filter(|set| set.stack == stack && set.execution == "EXECUTE_IN_PROGRESS") {
        outcome.clone_into(&mut set.execution);
    }
}
