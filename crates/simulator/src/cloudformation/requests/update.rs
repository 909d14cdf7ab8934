//! Updates are asked for.

use super::super::engine::update as engine_update;
use super::super::stack::{OnFailure, Operation, Phase, Stack};
use super::super::tokens::{self, Token};
use super::super::{change_sets, engine, plan, preview};
use super::{Wanted, no_such_stack, operation, refuse, role};
use crate::error::ServiceError;
use crate::world::Call;

/// Whether a stack may be updated in its status. One that rests where something failed can go on only by an update that
/// would rest there again.
///
/// # Errors
/// `ValidationError` with the text of section 3.5.
pub(in super::super) fn check_updatable(
    stack: &Stack,
    on_failure: OnFailure,
) -> Result<(), ServiceError> {
    match stack.status.as_str() {
        // The states to which RollbackStack goes back from a change that failed [D].
        "CREATE_COMPLETE"
        | "UPDATE_COMPLETE"
        | "UPDATE_ROLLBACK_COMPLETE"
        | "IMPORT_COMPLETE"
        | "IMPORT_ROLLBACK_COMPLETE" => Ok(()),
        "CREATE_FAILED" | "UPDATE_FAILED" if on_failure == OnFailure::DoNothing => Ok(()),
        status @ ("CREATE_FAILED" | "UPDATE_FAILED") => Err(refuse(format!(
            "This stack is currently in a non-terminal [{status}] state. To update the stack from this state, please use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use the rollback-stack API"
        ))),
        status => Err(refuse(format!(
            "Stack:{} is in {status} state and can not be updated.",
            stack.arn
        ))),
    }
}

/// Updates a stack and returns its ARN and the operation's id.
///
/// # Errors
/// Where it may not be updated, or nothing would change.
pub(in super::super) fn update(
    call: &mut Call<'_>,
    name: &str,
    wanted: &Wanted,
    token: Option<Token>,
) -> Result<(String, String), ServiceError> {
    let place = call.place.clone();
    let stack = call
        .region()
        .cloudformation
        .find(name)
        .cloned()
        .ok_or_else(|| no_such_stack(name))?;
    if let Some(operation) = tokens::seen(&stack, token.as_ref(), "UPDATE_STACK")? {
        return Ok((stack.arn, operation));
    }
    check_updatable(&stack, wanted.on_failure)?;
    let mut target = stack.clone();
    wanted.apply(&mut target)?;
    plan::members(call.world, &place, &target).map_err(refuse)?;
    // What cannot be resolved is a change, and one that will fail.
    let preview = preview::of(call.world, &place, &stack, &target);
    if preview.is_ok_and(|preview| preview.is_empty()) {
        return Err(refuse("No updates are to be performed."));
    }
    let id = start_update(call, &stack, wanted, token)?;
    Ok((stack.arn, id))
}

/// Begins an update of a stack.
///
/// # Errors
/// What CloudFormation finds before it begins.
pub(in super::super) fn start_update(
    call: &mut Call<'_>,
    stack: &Stack,
    wanted: &Wanted,
    token: Option<Token>,
) -> Result<String, ServiceError> {
    let place = call.place.clone();
    let mut target = stack.clone();
    wanted.apply(&mut target)?;
    role::check(call, target.role_arn.as_ref())?;
    let members = plan::members(call.world, &place, &target).map_err(refuse)?;
    let operation = Operation {
        keep_failed: wanted.on_failure == OnFailure::DoNothing,
        ..operation(call, &target, Phase::Update, token.as_ref())
    };
    let id = operation.id.clone();
    // What a rollback goes back to is the last state in which everything was well.
    let before = match stack.status.as_str() {
        "CREATE_FAILED" | "UPDATE_FAILED" => stack.before.clone(),
        _ => Some(engine_update::before(stack)),
    };
    engine::with(call.world, &place, &stack.arn, |current| {
        *current = target;
        current.before = before;
        current.operation = Some(operation);
        tokens::remember(current, "UPDATE_STACK", &id, token);
        engine_update::begin(current, members);
    });
    let (arn, reason) = (&stack.arn, Some("User Initiated"));
    engine::stack_event(call.world, &place, arn, "UPDATE_IN_PROGRESS", reason);
    engine::step_after(call.world, &place, arn, engine::pace::BEGINNING);
    change_sets::overtake(&mut call.region().cloudformation, arn);
    Ok(id)
}
