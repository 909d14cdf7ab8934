//! Deletions are asked for.

use std::collections::BTreeSet;

use super::super::engine::{self, Work};
use super::super::stack::{Lag, OldState, Operation, Phase, Stack};
use super::super::tokens::{self, Token};
use super::{operation, refuse, role};
use crate::error::ServiceError;
use crate::world::{Call, Place};

/// What a deletion leaves alone.
pub(in super::super) struct Leave {
    pub retain: BTreeSet<String>,
    pub force: bool,
    /// Role that CloudFormation works with from here on.
    pub role_arn: Option<String>,
}

/// Deletes a stack. One that does not exist, or is being deleted, is no error.
///
/// # Errors
/// Where it is protected, or its status forbids it.
pub(in super::super) fn delete(
    call: &mut Call<'_>,
    name: &str,
    leave: Leave,
    token: Option<Token>,
) -> Result<(), ServiceError> {
    let Some(stack) = call.region().cloudformation.find_now(name) else {
        return Ok(());
    };
    call.touch(&stack.arn);
    let going = ["DELETE_COMPLETE", "DELETE_IN_PROGRESS"];
    if going.contains(&stack.status.as_str())
        || tokens::seen(&stack, token.as_ref(), "DELETE_STACK")?.is_some()
    {
        return Ok(());
    }
    check_deletable(call, &stack, &leave)?;
    begin(call, &stack, leave, token)
}

/// Begins the deletion of a stack, protected or not: that of a nested one is part of what its parent is at.
///
/// # Errors
/// Where the role cannot be assumed, or somebody imports from a stack that is at work.
pub(in super::super) fn begin(
    call: &mut Call<'_>,
    stack: &Stack,
    leave: Leave,
    token: Option<Token>,
) -> Result<(), ServiceError> {
    let place = call.place.clone();
    role::check(call, leave.role_arn.as_ref().or(stack.role_arn.as_ref()))?;
    let operation = Operation {
        retain: leave.retain,
        force: leave.force,
        ..operation(call, stack, Phase::Delete, token.as_ref())
    };
    let forbidden = forbidden_by_importers(call, stack);
    if forbidden.is_some() && stack.operation.is_some() {
        return Err(in_progress(stack));
    }
    if forbidden.is_none() && stack.phase() == Some(Phase::Create) {
        // A creation at work is cancelled.
        engine::cancel_others(call.world, &place, stack);
    }
    let lag = lag(call, stack, &operation.id);
    engine::with(call.world, &place, &stack.arn, |stack| {
        tokens::remember(stack, "DELETE_STACK", &operation.id, token);
        stack.operation = Some(operation);
        stack.lag = lag;
    });
    let (arn, reason) = (&stack.arn, Some("User Initiated"));
    engine::stack_event(call.world, &place, arn, "DELETE_IN_PROGRESS", reason);
    match forbidden {
        Some(reason) => go_back(call, &place, stack, reason),
        None => start_deletion(call, &place, arn, leave.role_arn),
    }
    Ok(())
}

fn start_deletion(call: &mut Call<'_>, place: &Place, arn: &str, role_arn: Option<String>) {
    engine::with(call.world, place, arn, |stack| {
        if let (Some(role), Some(operation)) = (&role_arn, &mut stack.operation) {
            operation.identity.clone_from(role);
        }
        if role_arn.is_some() {
            stack.role_arn = role_arn;
        }
        // No importer forbids it, and none may come any more (section 3.4): exports go before anything else does, and do not
        // come back where the deletion fails later.
        for output in &mut stack.outputs {
            output.export = None;
        }
        engine::begin_anew(stack);
    });
    engine::resume_removals(call.world, place, arn);
    engine::step_after(call.world, place, arn, engine::pace::BEGINNING);
    let sets = &mut call.region().cloudformation.change_sets;
    sets.retain(|_, set| set.stack != arn);
}

/// Readers may still see the old status for a moment (section 3.2).
fn lag(call: &Call<'_>, stack: &Stack, operation: &str) -> Option<Lag> {
    let world = &call.world;
    world.switches.delete_status_lags.then(|| Lag {
        until: world.now().plus(world.draw("delete status lag", operation)),
        status: stack.status.clone(),
        reason: stack.reason.clone(),
    })
}

fn in_progress(stack: &Stack) -> ServiceError {
    refuse(format!(
        "Stack [{}] cannot be deleted while in status {}",
        stack.name, stack.status
    ))
}

fn check_deletable(call: &mut Call<'_>, stack: &Stack, leave: &Leave) -> Result<(), ServiceError> {
    if stack.protected {
        return Err(refuse(format!(
            "Stack [{}] cannot be deleted while TerminationProtection is enabled",
            stack.name
        )));
    }
    let failed = stack.status == "DELETE_FAILED";
    if !leave.retain.is_empty() && !failed {
        return Err(refuse(format!(
            "Invalid operation on stack [{}]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state.",
            stack.arn
        )));
    }
    check_retained(stack, &leave.retain)?;
    if leave.force && !failed {
        return Err(refuse(format!(
            "Invalid operation on stack [{}]. FORCE_DELETE_STACK may be used only when the stack is in the DELETE_FAILED state.",
            stack.arn
        )));
    }
    let at_work = [
        "ROLLBACK_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "IMPORT_IN_PROGRESS",
        "IMPORT_ROLLBACK_IN_PROGRESS",
    ];
    if at_work.contains(&stack.status.as_str())
        && call.world.switches.delete_during_rollback_refused
    {
        return Err(in_progress(stack));
    }
    Ok(())
}

/// What is to be retained is a resource of the stack and not gone yet (rebuy-de/aws-nuke#270).
fn check_retained(stack: &Stack, retain: &BTreeSet<String>) -> Result<(), ServiceError> {
    for logical in retain {
        let member = stack.members.get(logical);
        let replaced = stack.old.iter().filter(|old| old.logical == *logical);
        let replaced: Vec<OldState> = replaced.map(|old| old.state).collect();
        if member.is_none() && replaced.is_empty() {
            return Err(refuse(format!(
                "The specified resources to retain must be in a valid state. Do not specify unknown resources: [{logical}]"
            )));
        }
        // What an update replaced bears the same name, and may be all that is left under it.
        let is_left = replaced.iter().any(|state| *state != OldState::Settled);
        if !is_left && member.is_some_and(|member| member.status == "DELETE_COMPLETE") {
            return Err(refuse(
                "The specified resources to retain must be in a valid state. Do not specify resources that are in the DELETE_COMPLETE state.",
            ));
        }
    }
    Ok(())
}

/// Why importers forbid a deletion (section 3.4).
fn forbidden_by_importers(call: &mut Call<'_>, stack: &Stack) -> Option<String> {
    let prefix = if call.world.switches.delete_canceled_prefix {
        "Delete canceled. Cannot delete export"
    } else {
        "Export"
    };
    let state = &call.region().cloudformation;
    stack.exports().find_map(|(name, _)| {
        let importers = state.importers(name);
        let text = if prefix == "Export" {
            "cannot be deleted as it is in use by"
        } else {
            "as it is in use by"
        };
        (!importers.is_empty())
            .then(|| format!("{prefix} {name} {text} {}", importers.join(" and ")))
    })
}

/// The stack goes back to what it was, a moment later.
fn go_back(call: &mut Call<'_>, place: &Place, stack: &Stack, reason: String) {
    let delay = call.world.draw("export revert", &stack.arn);
    let status = stack.status.clone();
    let work = Work::Revert { status, reason };
    engine::schedule(call.world, place, &stack.arn, delay, work);
}
