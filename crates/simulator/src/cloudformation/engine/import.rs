//! Imports into stacks. There is no call that imports here (section 3.1): somebody's import leads a stack through the
//! statuses that imports have, and what the stack has stays as it is.

use super::super::change_sets;
use super::super::requests::{check_updatable, no_such_stack};
use super::super::stack::{OnFailure, Operation, Phase};
use super::{end, pace, stack_event, step_after, turn_back, with};
use crate::nearest;
use crate::world::{Place, World};

const BEGUN: &str = "IMPORT_IN_PROGRESS";
const GOING_BACK: &str = "IMPORT_ROLLBACK_IN_PROGRESS";
/// The statuses that come by themselves.
pub(super) const DONE: &str = "IMPORT_COMPLETE";
pub(super) const BACK: &str = "IMPORT_ROLLBACK_COMPLETE";

/// What a stack goes through to each status of an import.
const WAYS: [&[&str]; 5] = [
    &[BEGUN],
    &[BEGUN, DONE],
    &[BEGUN, GOING_BACK],
    &[BEGUN, GOING_BACK, "IMPORT_ROLLBACK_FAILED"],
    &[BEGUN, GOING_BACK, BACK],
];

/// The statuses up to one of an import, which is the last of them.
///
/// # Errors
/// A sentence with the nearest known status.
pub(crate) fn way(status: &str) -> Result<&'static [&'static str], String> {
    let known = WAYS.into_iter().filter_map(|way| way.last().copied());
    let mut ways = WAYS.into_iter();
    let found = ways.find(|way| way.last() == Some(&status));
    found.ok_or_else(|| nearest::unknown("status", status, known))
}

/// Lets somebody import into the stack of a name, which stands in a status of imports then.
///
/// # Errors
/// Why it can come to no such status.
pub(crate) fn begin(
    world: &mut World,
    place: &Place,
    name: &str,
    status: &str,
) -> Result<(), String> {
    let way = way(status)?;
    let Some(stack) = world.region(place).cloudformation.find_now(name) else {
        return Err(no_such_stack(name).message);
    };
    check_updatable(&stack, OnFailure::Rollback).map_err(|error| error.message)?;
    let (arn, id) = (&stack.arn, world.mint_uuid(place, "operation", name));
    with(world, place, arn, |stack| {
        // The execution of a change set that imports has no type of its own [B: OperationType].
        let begun = ("UPDATE_STACK".to_owned(), id.clone());
        stack.operations.insert(0, begun);
        stack.operation = Some(Operation {
            id,
            phase: Phase::Import,
            ..Operation::default()
        });
    });
    change_sets::overtake(&mut world.region(place).cloudformation, arn);
    for status in way {
        come_to(world, place, arn, status);
    }
    Ok(())
}

/// The next status on the stack's way; what is in progress goes on after a while.
pub(super) fn come_to(world: &mut World, place: &Place, arn: &str, status: &str) {
    if status == GOING_BACK {
        turn_back(world, place, arn, Phase::ImportRollback);
    }
    let reason = (status == BEGUN).then_some("User Initiated");
    stack_event(world, place, arn, status, reason);
    if status.ends_with("IN_PROGRESS") {
        step_after(world, place, arn, pace::IMPORTING);
    } else {
        end(world, place, arn);
    }
}
