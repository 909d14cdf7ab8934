//! Updates that rest where they failed: by their caller's wish, or because there is nothing to go back to (section 3.2).

use super::super::stack::{Old, Stack};
use super::update_rollback;
use super::{end, stack_event, with};
use crate::world::{Place, World};

/// Why an update that would rest does not replace a resource.
pub(super) const NO_REPLACEMENT: &str =
    "Replacement type updates not supported on stack with disable-rollback.";

/// Whether the update at work is to rest where it fails.
pub(super) fn keeps_failed(stack: &Stack) -> bool {
    let operation = stack.operation.as_ref();
    operation.is_some_and(|operation| operation.keep_failed)
}

/// An update that failed goes back, or rests where it is: by its caller's wish, or because there is nothing to go back to.
pub(in super::super) fn fail(world: &mut World, place: &Place, arn: &str, reason: &str) {
    let rests = with(world, place, arn, |stack| {
        keeps_failed(stack) || stack.before.is_none()
    });
    if !rests {
        update_rollback::begin(world, place, arn, reason);
        return;
    }
    stack_event(world, place, arn, "UPDATE_FAILED", Some(reason));
    end(world, place, arn);
    with(world, place, arn, |stack| {
        let imports = std::mem::take(&mut stack.importing);
        stack.imports.extend(imports);
        for member in stack.members.values_mut() {
            member.pending = false;
        }
        take_back(stack);
    });
}

/// What the update would have dropped at its end is a member again.
fn take_back(stack: &mut Stack) {
    let Some(before) = &stack.before else {
        return;
    };
    for (logical, known) in &before.members {
        let dropped = |old: &Old| old.logical == *logical && old.physical == known.physical;
        if !stack.members.contains_key(logical) && stack.old.iter().any(dropped) {
            stack.old.retain(|old| !dropped(old));
            stack.members.insert(logical.clone(), known.clone());
        }
    }
}
