//! Change sets: what a deployment would do, asked before it is done.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::engine::{self, Event};
use super::preview::{self, Change};
use super::requests::{self, Wanted};
use super::stack::{OnFailure, Stack};
use super::tokens::Token;
use super::{State, plan};
use crate::error::ServiceError;
use crate::queue;
use crate::time::SimTime;
use crate::world::{Call, Place, World};

/// How long CloudFormation takes to compute one.
const COMPUTING: Duration = Duration::from_secs(4);

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
    /// The same request with the same token is answered as the first was.
    pub token: Option<Token>,
    /// What it was executed with.
    pub executed: Option<Token>,
}

impl ChangeSet {
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
        token,
    } = asked;
    let place = call.place.clone();
    let existing = call.region().cloudformation.find(stack_name).cloned();
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
                requests::check_updatable(&stack)?;
            }
            let target = target(&stack, &wanted, is_create)?;
            plan::members(call.world, &place, &target).map_err(requests::refuse)?;
            stack
        }
        None if is_create => under_review(call, stack_name, &wanted)?,
        None => return Err(requests::no_stack(stack_name)),
    };
    let id = call
        .world
        .mint_uuid(&place, "change set", &format!("{stack_name}/{name}"));
    let arn = place.arn("cloudformation", &format!("changeSet/{name}/{id}"));
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
        token,
        executed: None,
    };
    call.region()
        .cloudformation
        .change_sets
        .insert(arn.clone(), set);
    call.touch(&arn);
    call.world.schedule(
        COMPUTING,
        &place,
        queue::Event::CloudFormation(Event::ChangeSetReady {
            change_set: arn.clone(),
        }),
    );
    Ok((arn, stack.arn))
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
        target.template.clear();
        target.parameters.clear();
        target.tags.clear();
        target.role_arn = None;
        target.on_failure = wanted.on_failure;
    }
    wanted.apply(&mut target)?;
    Ok(target)
}

fn under_review(call: &mut Call<'_>, name: &str, wanted: &Wanted) -> Result<Stack, ServiceError> {
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
        .and_then(|target| preview::of(world, place, &stack, &target));
    let Some(set) = world.region(place).cloudformation.change_sets.get_mut(arn) else {
        return;
    };
    match outcome {
        Ok(preview) if preview.is_empty() => {
            "FAILED".clone_into(&mut set.status);
            set.reason = Some(
                "The submitted information didn't contain changes. Submit different information to create a change set.".to_owned(),
            );
        }
        Ok(preview) => {
            set.changes = preview.changes;
            "CREATE_COMPLETE".clone_into(&mut set.status);
            if set.execution == "UNAVAILABLE" {
                "AVAILABLE".clone_into(&mut set.execution);
            }
        }
        Err(problem) => {
            "FAILED".clone_into(&mut set.status);
            set.reason = Some(problem);
        }
    }
}

/// Executes a change set. The same token again is answered as the first was.
///
/// # Errors
/// `ChangeSetNotFound`, or `InvalidChangeSetStatus` where it cannot be executed.
pub(super) fn execute(
    call: &mut Call<'_>,
    arn: &str,
    keep_failed: bool,
    token: Option<Token>,
) -> Result<(), ServiceError> {
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
    let place = call.place.clone();
    let stack = engine::get(call.world, &place, &set.stack)
        .ok_or_else(|| requests::no_stack(&set.stack))?;
    if set.create {
        let mut target = target(&stack, &set.wanted, true)?;
        if keep_failed {
            target.on_failure = OnFailure::DoNothing;
        }
        let members = plan::members(call.world, &place, &target).map_err(requests::refuse)?;
        engine::with(call.world, &place, &stack.arn, |stack| *stack = target);
        requests::start_creation(call, &stack.arn, members, token.clone());
    } else {
        requests::check_updatable(&stack)?;
        if keep_failed {
            return Err(requests::no_update_without_rollback());
        }
        requests::start_update(call, &stack, &set.wanted, token.clone())?;
    }
    let state = &mut call.region().cloudformation;
    overtake(state, &set.stack);
    if let Some(set) = state.change_sets.get_mut(arn) {
        "EXECUTE_IN_PROGRESS".clone_into(&mut set.execution);
        set.executed = token;
    }
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
