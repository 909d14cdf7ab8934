//! Creations, and what becomes of those that fail.

use super::super::stack::{OnFailure, Phase, Stack};
use super::values::outputs;
use super::{
    CLOSING, INITIATION, Work, end, enter, get, member_event, schedule, soon, stack_event, with,
};
use crate::world::{Place, World};

pub(super) fn step(world: &mut World, place: &Place, stack: &Stack) {
    let failed = stack
        .operation
        .as_ref()
        .is_some_and(|operation| !operation.failed.is_empty());
    if failed {
        fail_creation(world, place, stack);
        return;
    }
    let done = |name: &String| {
        stack
            .members
            .get(name)
            .is_none_or(|member| member.status == "CREATE_COMPLETE")
    };
    let ready: Vec<String> = stack
        .members
        .iter()
        .filter(|(_, member)| member.status.is_empty() && member.depends.iter().all(done))
        .map(|(logical, _)| logical.clone())
        .collect();
    for logical in &ready {
        member_event(
            world,
            place,
            &stack.arn,
            logical,
            "CREATE_IN_PROGRESS",
            None,
        );
        let logical = logical.clone();
        let work = Work::Initiate { logical };
        schedule(world, place, &stack.arn, INITIATION, work);
    }
    if ready.is_empty()
        && stack
            .members
            .values()
            .all(|member| member.status == "CREATE_COMPLETE")
    {
        finish_creation(world, place, stack);
    }
}

fn finish_creation(world: &mut World, place: &Place, stack: &Stack) {
    match outputs(world, place, stack) {
        Ok((outputs, imports)) => {
            with(world, place, &stack.arn, |stack| {
                stack.outputs = outputs;
                stack.imports.extend(imports);
            });
            stack_event(world, place, &stack.arn, "CREATE_COMPLETE", None);
            end(world, place, &stack.arn);
        }
        Err(problem) => begin_rollback(world, place, &stack.arn, &problem),
    }
}

/// The others are cancelled, and the stack goes back (or stays, or goes away, as `OnFailure` says).
fn fail_creation(world: &mut World, place: &Place, stack: &Stack) {
    cancel_others(
        world,
        place,
        stack,
        "CREATE_FAILED",
        "Resource creation cancelled",
    );
    let failed = get(world, place, &stack.arn)
        .and_then(|stack| stack.operation)
        .map(|operation| operation.failed)
        .unwrap_or_default();
    let reason = format!(
        "The following resource(s) failed to create: [{}]. ",
        failed.join(", ")
    );
    begin_rollback(world, place, &stack.arn, &reason);
}

/// Cancels what is still being made; it counts among the failed.
pub(in super::super) fn cancel_others(
    world: &mut World,
    place: &Place,
    stack: &Stack,
    status: &str,
    reason: &str,
) {
    let others: Vec<String> = stack
        .members
        .iter()
        .filter(|(_, member)| member.status.ends_with("_IN_PROGRESS"))
        .map(|(logical, _)| logical.clone())
        .collect();
    for logical in others {
        member_event(world, place, &stack.arn, &logical, status, Some(reason));
        with(world, place, &stack.arn, |stack| {
            if let Some(operation) = &mut stack.operation {
                operation.failed.push(logical.clone());
            }
        });
    }
}

fn begin_rollback(world: &mut World, place: &Place, arn: &str, reason: &str) {
    let on_failure = with(world, place, arn, |stack| stack.on_failure);
    match on_failure {
        OnFailure::DoNothing => {
            stack_event(world, place, arn, "CREATE_FAILED", Some(reason.trim_end()));
            end(world, place, arn);
            return;
        }
        OnFailure::Rollback => {
            let reason = format!(
                "{}. Rollback requested by user.",
                reason.trim_end().trim_end_matches('.')
            );
            stack_event(world, place, arn, "ROLLBACK_IN_PROGRESS", Some(&reason));
        }
        OnFailure::Delete => {
            let reason = format!(
                "{}. Delete requested by user.",
                reason.trim_end().trim_end_matches('.')
            );
            stack_event(world, place, arn, "DELETE_IN_PROGRESS", Some(&reason));
        }
    }
    let phase = if on_failure == OnFailure::Delete {
        Phase::Delete
    } else {
        Phase::RollbackCreate
    };
    enter(world, place, arn, phase);
    soon(world, place, arn, CLOSING);
}
