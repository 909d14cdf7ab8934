//! Creations, and what becomes of those that fail.

use super::super::history::CANCELLED;
use super::super::stack::{OnFailure, Phase, Stack};
use super::values::{missing_import, outputs};
use super::{Work, end, get, later, member_event, pace, stack_event, step_after, turn_back, with};
use crate::world::{Place, World};

pub(super) fn step(world: &mut World, place: &Place, stack: &Stack) {
    let failed = stack
        .operation
        .as_ref()
        .is_some_and(|operation| !operation.failed.is_empty());
    if failed {
        fail(world, place, stack);
        return;
    }
    if stack
        .members
        .values()
        .all(|member| member.status.is_empty())
        && let Some(name) = missing_import(world, place, stack)
    {
        let problem = format!("No export named {name} found.");
        begin_rollback(world, place, &stack.arn, &problem);
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
        later(world, place, &stack.arn, pace::INITIATION, work);
    }
    if ready.is_empty()
        && stack
            .members
            .values()
            .all(|member| member.status == "CREATE_COMPLETE")
    {
        finish(world, place, stack);
    }
}

fn finish(world: &mut World, place: &Place, stack: &Stack) {
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
fn fail(world: &mut World, place: &Place, stack: &Stack) {
    cancel_others(world, place, stack);
    let reason = get(world, place, &stack.arn)
        .map(|stack| failed_reason(&stack))
        .unwrap_or_default();
    begin_rollback(world, place, &stack.arn, &reason);
}

/// Names the members whose step failed.
pub(super) fn failed_reason(stack: &Stack) -> String {
    let failed = stack.operation.as_ref().map(|operation| &operation.failed);
    let failed: Vec<&String> = failed.into_iter().flatten().collect();
    let with_status = |status: &str| {
        let members = failed.iter().filter(|logical| {
            let member = stack.members.get(**logical);
            member.is_some_and(|member| member.status == status)
        });
        let names: Vec<&str> = members.map(|logical| logical.as_str()).collect();
        names.join(", ")
    };
    let kinds = [("CREATE_FAILED", "create"), ("UPDATE_FAILED", "update")];
    let sentences = kinds
        .into_iter()
        .map(|(status, verb)| (with_status(status), verb))
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, verb)| format!("The following resource(s) failed to {verb}: [{names}]. "));
    sentences.collect::<Vec<_>>().concat()
}

/// Cancels what is still being made or changed; it counts among the failed.
pub(in super::super) fn cancel_others(world: &mut World, place: &Place, stack: &Stack) {
    let [creation, update] = CANCELLED;
    for (logical, member) in &stack.members {
        let (status, reason) = match member.status.as_str() {
            "CREATE_IN_PROGRESS" => ("CREATE_FAILED", creation),
            "UPDATE_IN_PROGRESS" => ("UPDATE_FAILED", update),
            _ => continue,
        };
        member_event(world, place, &stack.arn, logical, status, Some(reason));
        with(world, place, &stack.arn, |stack| {
            if let Some(operation) = &mut stack.operation {
                operation.failed.push(logical.clone());
            }
        });
    }
}

fn begin_rollback(world: &mut World, place: &Place, arn: &str, reason: &str) {
    let reason = reason.trim_end();
    let (phase, status, what) = match with(world, place, arn, |stack| stack.on_failure) {
        OnFailure::DoNothing => {
            stack_event(world, place, arn, "CREATE_FAILED", Some(reason));
            end(world, place, arn);
            return;
        }
        OnFailure::Rollback => (Phase::RollbackCreate, "ROLLBACK_IN_PROGRESS", "Rollback"),
        OnFailure::Delete => (Phase::Delete, "DELETE_IN_PROGRESS", "Delete"),
    };
    let reason = format!(
        "{}. {what} requested by user.",
        reason.trim_end_matches('.')
    );
    turn_back(world, place, arn, phase);
    stack_event(world, place, arn, status, Some(&reason));
    step_after(world, place, arn, pace::CLOSING);
}
