//! What updates replaced or dropped is removed: what depends on another first, one after the other.

use super::super::resource::{self, Progress};
use super::super::stack::{Old, OldState, Phase, Stack};
use super::permission::{self, Handled};
use super::{DEPENDED, Work, end, get, later, pace, stack_event, step_now, told, with};
use crate::permissions::Step;
use crate::world::{Place, World};

/// How often a deletion is tried before the resource is left (section 3.3).
const TRIES: u32 = 3;

/// Begins with the next one; `false` when there is nothing left to wait for.
pub(super) fn go_on(world: &mut World, place: &Place, stack: &Stack) -> bool {
    if stack.old.iter().any(|old| old.state == OldState::Working) {
        return true;
    }
    let Some(index) = next(&stack.old) else {
        return false;
    };
    let kept = stack
        .old
        .get(index)
        .is_some_and(|old| old.policy.is_some() || is_retained(stack, old));
    if kept {
        turn(world, place, &stack.arn, index, OldState::Settled);
        event(world, place, &stack.arn, index, "DELETE_SKIPPED", None);
        step_now(world, place, &stack.arn);
    } else {
        turn(world, place, &stack.arn, index, OldState::Working);
        event(world, place, &stack.arn, index, "DELETE_IN_PROGRESS", None);
        let work = Work::RemoveOld { index };
        later(world, place, &stack.arn, pace::CLEANING, work);
    }
    true
}

fn is_retained(stack: &Stack, old: &Old) -> bool {
    let operation = stack.operation.as_ref();
    operation.is_some_and(|operation| operation.retain.contains(&old.logical))
}

/// The first that waits and that none of the others that wait depends on.
fn next(old: &[Old]) -> Option<usize> {
    let waits = |old: &&Old| old.state == OldState::Waiting;
    let free = |index: &usize| {
        old.get(*index).is_some_and(|this| {
            waits(&this)
                && !old.iter().filter(waits).any(|other| {
                    other.logical != this.logical && other.depends.contains(&this.logical)
                })
        })
    };
    (0..old.len())
        .find(free)
        .or_else(|| old.iter().position(|old| waits(&old)))
}

/// Calls or asks the handler; a refusal is tried again, and then the resource is left.
pub(super) fn remove(world: &mut World, place: &Place, arn: &str, index: usize) {
    let Some(stack) = get(world, place, arn) else {
        return;
    };
    let working = |old: &&Old| old.state == OldState::Working;
    let Some(old) = stack.old.get(index).filter(working) else {
        return;
    };
    let Some(handler) = resource::find(&old.kind) else {
        return;
    };
    let handled = Handled {
        logical: &old.logical,
        kind: &old.kind,
        id: &old.physical,
        properties: &old.properties,
    };
    let progress = if old.removing {
        let progress = handler.deletion(world, place, &old.physical, &old.properties);
        pace::checked(world, place, handler, (&old.physical, old.at), progress)
    } else {
        match permission::check(world, place, &stack, Step::Delete, handled) {
            Ok(()) => handler.delete(world, place, &old.physical, &old.properties),
            Err(failure) => Progress::Failed(failure),
        }
    };
    with(world, place, arn, |stack| {
        if let Some(old) = stack.old.get_mut(index) {
            old.removing = progress == Progress::Working;
        }
    });
    match progress {
        Progress::Working => {
            later(world, place, arn, pace::CLEANING, Work::RemoveOld { index });
        }
        // The handler itself is patient with what depends on the resource.
        Progress::Failed(failure) if failure.cause == DEPENDED && is_patient(world, old) => {
            let since = old.refused.unwrap_or(world.now());
            with(world, place, arn, |stack| {
                if let Some(old) = stack.old.get_mut(index) {
                    old.refused = Some(since);
                }
            });
            later(world, place, arn, pace::RETRY, Work::RemoveOld { index });
        }
        Progress::Failed(_) if old.tries + 1 < TRIES => {
            with(world, place, arn, |stack| {
                if let Some(old) = stack.old.get_mut(index) {
                    (old.refused, old.tries) = (None, old.tries + 1);
                }
            });
            let work = Work::RemoveOld { index };
            later(world, place, arn, pace::CLEANING_AGAIN, work);
        }
        Progress::Failed(failure) => {
            let reason = told(world, place, arn, &failure);
            turn(world, place, arn, index, OldState::Left);
            event(world, place, arn, index, "DELETE_FAILED", Some(&reason));
            fail_deletion(world, place, arn, &old.logical);
            step_now(world, place, arn);
        }
        Progress::Done => {
            turn(world, place, arn, index, OldState::Settled);
            event(world, place, arn, index, "DELETE_COMPLETE", None);
            step_now(world, place, arn);
        }
    }
}

fn is_patient(world: &World, old: &Old) -> bool {
    let now = world.now();
    now.since(old.refused.unwrap_or(now)) < pace::retries(world)
}

/// What is left fails the deletion of a stack and the rollback of a creation, which would forget it otherwise; it does not
/// fail an update.
fn fail_deletion(world: &mut World, place: &Place, arn: &str, logical: &str) {
    with(world, place, arn, |stack| {
        if let Some(operation) = &mut stack.operation
            && matches!(operation.phase, Phase::Delete | Phase::RollbackCreate)
        {
            operation.failed.push(logical.to_owned());
        }
    });
}

/// A deletion that is forced leaves what could not be removed.
pub(super) fn leave(world: &mut World, place: &Place, arn: &str) {
    let left: Vec<usize> = with(world, place, arn, |stack| {
        let all = stack.old.iter().enumerate();
        all.filter(|(_, old)| old.state == OldState::Left)
            .map(|(index, _)| index)
            .collect()
    });
    for index in left {
        event(world, place, arn, index, "DELETE_SKIPPED", None);
    }
}

/// Everything that is still there is tried anew.
pub(in super::super) fn begin_anew(stack: &mut Stack) {
    stack.old.retain(|old| old.state != OldState::Settled);
    for old in &mut stack.old {
        (old.state, old.refused, old.tries) = (OldState::Waiting, None, 0);
    }
}

fn turn(world: &mut World, place: &Place, arn: &str, index: usize, state: OldState) {
    let now = world.now();
    with(world, place, arn, |stack| {
        if let Some(old) = stack.old.get_mut(index) {
            (old.state, old.at) = (state, now);
        }
    });
}

fn event(
    world: &mut World,
    place: &Place,
    arn: &str,
    index: usize,
    status: &str,
    reason: Option<&str>,
) {
    let now = world.now();
    with(world, place, arn, |stack| {
        let Some(old) = stack.old.get(index).cloned() else {
            return;
        };
        stack.event_of(now, &old.logical, &old.kind, &old.physical, status, reason);
    });
}

/// Removes what was replaced or dropped, and ends the update.
pub(super) fn step(world: &mut World, place: &Place, stack: &Stack) {
    if go_on(world, place, stack) {
        return;
    }
    let arn = &stack.arn;
    let status = if stack.status.starts_with("UPDATE_ROLLBACK") {
        "UPDATE_ROLLBACK_COMPLETE"
    } else {
        "UPDATE_COMPLETE"
    };
    let left =
        status == "UPDATE_COMPLETE" && stack.old.iter().any(|old| old.state == OldState::Left);
    let reason = left.then_some("Update successful. One or more resources could not be deleted.");
    stack_event(world, place, arn, status, reason);
    end(world, place, arn);
    with(world, place, arn, |stack| {
        stack.old.clear();
        for member in stack.members.values_mut() {
            member.before = None;
            member.fresh = false;
        }
    });
}
