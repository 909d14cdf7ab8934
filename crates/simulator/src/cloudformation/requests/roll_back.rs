//! Rollbacks that somebody asks for: RollbackStack, ContinueUpdateRollback, CancelUpdateStack.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::stack::{Phase, Stack};
use super::super::tokens::{self, Token};
use super::super::{change_sets, engine};
use super::{no_such_stack, operation, refuse, role};
use crate::error::ServiceError;
use crate::world::Call;

/// How somebody wants a stack to go back.
pub(in super::super) struct Back {
    pub role_arn: Option<String>,
    /// What is new goes whatever its deletion policy says.
    pub retain_except_on_create: bool,
    /// Members that stay as they are.
    pub skip: BTreeSet<String>,
}

fn find(call: &mut Call<'_>, name: &str) -> Result<Arc<Stack>, ServiceError> {
    let stack = call.region().cloudformation.find_now(name);
    let stack = stack.ok_or_else(|| no_such_stack(name))?;
    call.touch(&stack.arn);
    Ok(stack)
}

fn check_status(stack: &Stack, action: &str, statuses: &[&str]) -> Result<(), ServiceError> {
    if statuses.contains(&stack.status.as_str()) {
        return Ok(());
    }
    Err(refuse(format!(
        "{action} cannot be called from current stack status"
    )))
}

/// Begins an operation of the stack that goes back, and returns its id.
fn begin(
    call: &mut Call<'_>,
    stack: &Stack,
    back: &Back,
    (what, phase): (&str, Phase),
    token: Option<Token>,
) -> Result<String, ServiceError> {
    let role_arn = back.role_arn.clone().or_else(|| stack.role_arn.clone());
    role::check(call, role_arn.as_ref())?;
    let stack = Stack {
        role_arn,
        ..stack.clone()
    };
    let operation = operation(call, &stack, phase, token.as_ref());
    let id = operation.id.clone();
    let place = call.place.clone();
    engine::with(call.world, &place, &stack.arn, |current| {
        current.role_arn.clone_from(&stack.role_arn);
        current.retain_except_on_create = back.retain_except_on_create;
        current.operation = Some(operation);
        tokens::remember(current, what, &id, token);
    });
    change_sets::overtake(&mut call.region().cloudformation, &stack.arn);
    Ok(id)
}

/// Takes a stack that rests where something failed back to the last state in which everything was well, or removes what
/// there is where there was no such state.
///
/// # Errors
/// `ValidationError` where the stack's status does not allow it.
pub(in super::super) fn roll_back(
    call: &mut Call<'_>,
    name: &str,
    back: &Back,
    token: Option<Token>,
) -> Result<(String, String), ServiceError> {
    let stack = find(call, name)?;
    if let Some(operation) = tokens::seen(&stack, token.as_ref(), "ROLLBACK")? {
        return Ok((stack.arn.clone(), operation));
    }
    check_status(&stack, "RollbackStack", &["CREATE_FAILED", "UPDATE_FAILED"])?;
    let (phase, status) = if stack.before.is_some() {
        (Phase::UpdateRollback, "UPDATE_ROLLBACK_IN_PROGRESS")
    } else if call.world.switches.rollback_stack_deletes {
        (Phase::Delete, "DELETE_IN_PROGRESS")
    } else {
        (Phase::RollbackCreate, "ROLLBACK_IN_PROGRESS")
    };
    let id = begin(call, &stack, back, ("ROLLBACK", phase), token)?;
    let (place, arn) = (call.place.clone(), stack.arn.clone());
    let reason = Some("User Initiated");
    engine::stack_event(call.world, &place, &arn, status, reason);
    engine::with(call.world, &place, &arn, |stack| {
        if phase == Phase::UpdateRollback {
            engine::go_back(stack);
        } else {
            engine::begin_anew(stack);
        }
    });
    engine::step_after(call.world, &place, &arn, engine::pace::BEGINNING);
    Ok((arn, id))
}

/// Goes on with the rollback of an update that failed itself.
///
/// # Errors
/// `ValidationError` where the stack's status does not allow it, or where what is to be skipped did not fail.
pub(in super::super) fn continue_rollback(
    call: &mut Call<'_>,
    name: &str,
    back: &Back,
    token: Option<Token>,
) -> Result<(), ServiceError> {
    let stack = find(call, name)?;
    if tokens::seen(&stack, token.as_ref(), "CONTINUE_ROLLBACK")?.is_some() {
        return Ok(());
    }
    check_status(
        &stack,
        "ContinueUpdateRollback",
        &["UPDATE_ROLLBACK_FAILED"],
    )?;
    let failed = |logical: &&String| {
        let member = stack.members.get(logical.as_str());
        member.is_none_or(|member| member.status != "UPDATE_FAILED")
    };
    if let Some(other) = back.skip.iter().find(failed) {
        return Err(refuse(format!(
            "Resource [{other}] is not in a valid state to be skipped: only resources in UPDATE_FAILED state can be skipped"
        )));
    }
    let kind = ("CONTINUE_ROLLBACK", Phase::UpdateRollback);
    let back = Back {
        retain_except_on_create: stack.retain_except_on_create,
        role_arn: back.role_arn.clone(),
        skip: back.skip.clone(),
    };
    begin(call, &stack, &back, kind, token)?;
    let (place, arn) = (call.place.clone(), stack.arn.clone());
    let (status, reason) = ("UPDATE_ROLLBACK_IN_PROGRESS", Some("User Initiated"));
    engine::stack_event(call.world, &place, &arn, status, reason);
    engine::go_on_back(call.world, &place, &arn, &back.skip);
    engine::step_after(call.world, &place, &arn, engine::pace::BEGINNING);
    Ok(())
}

/// Stops an update, which then goes back.
///
/// # Errors
/// `ValidationError` where there is no update at work.
pub(in super::super) fn cancel_update(
    call: &mut Call<'_>,
    name: &str,
    token: Option<Token>,
) -> Result<(), ServiceError> {
    let stack = find(call, name)?;
    if tokens::seen(&stack, token.as_ref(), "CANCEL_UPDATE")?.is_some() {
        return Ok(());
    }
    check_status(&stack, "CancelUpdateStack", &["UPDATE_IN_PROGRESS"])?;
    let place = call.place.clone();
    engine::cancel_others(call.world, &place, &stack);
    engine::with(call.world, &place, &stack.arn, |stack| {
        let operation = stack.operation.as_mut().map(|operation| {
            operation.token = token.as_ref().map(|token| token.text.clone());
            operation.id.clone()
        });
        tokens::note(
            stack,
            "CANCEL_UPDATE",
            &operation.unwrap_or_default(),
            token,
        );
    });
    engine::fail_update(call.world, &place, &stack.arn, "User Initiated");
    Ok(())
}
