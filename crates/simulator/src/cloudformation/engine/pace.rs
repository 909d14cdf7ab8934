//! The engine's own pauses: entries of the table of durations.

use std::time::Duration;

use super::super::resource::{self, Progress, ResourceType};
use super::super::stack::STACK_TYPE;
use crate::time::SimTime;
use crate::world::{Place, World};

/// From a call to the operation's first step.
pub(in super::super) const BEGINNING: &str = "stack operation begins";
/// From the creation of a change set until its changes are computed.
pub(in super::super) const COMPUTING: &str = "change set is computed";
/// From the first event of a resource to the call of its handler.
pub(super) const INITIATION: &str = "stack resource begins";
/// The same while a stack is updated, and between the phases of an update.
pub(super) const UPDATING: &str = "stack update step";
/// Between two questions to a handler: at first, and at most.
pub(super) const QUESTION: &str = "stack handler question";
const LONGEST_QUESTION: &str = "stack handler question at most";
/// From the last resource to the end of the stack's operation.
pub(super) const CLOSING: &str = "stack operation ends";
/// From the call of a handler that removes what an update left to its question, and between two of its tries.
pub(super) const CLEANING: &str = "stack clean-up step";
pub(super) const CLEANING_AGAIN: &str = "stack clean-up retry";
/// From the beginning of an import, or of its way back, to its end.
pub(super) const IMPORTING: &str = "stack import";
/// Between two tries of a deletion that something depends on, and for how long it is tried (roadmap#1327).
pub(super) const RETRY: &str = "stack deletion retry";
const RETRIES: &str = "stack deletion retries";

/// What every question adds to the pause before the next.
const PATIENCE: Duration = Duration::from_millis(250);
/// A table without pauses must not make a handler that never ends be asked for ever in one instant.
const FEWEST: Duration = Duration::from_secs(1);

/// For how long a deletion is tried that something depends on: CloudFormation's own patience, the same for every stack.
pub(super) fn retries(world: &World) -> Duration {
    world.draw(RETRIES, "")
}

/// For how long a handler is asked how a step goes: `timeoutInMinutes` in the type's schema, or that of all types.
const HANDLER: &str = "stack handler patience";

/// A step that has gone on for as long as its handler may take has failed, in whatever state it is.
pub(super) fn checked(
    world: &mut World,
    place: &Place,
    handler: &dyn ResourceType,
    (id, began): (&str, SimTime),
    progress: Progress,
) -> Progress {
    let kind = handler.name();
    let gone_on = world.now().since(began);
    let given_up = patience(world, kind).is_some_and(|patience| gone_on >= patience);
    match progress {
        Progress::Working if given_up => {
            let identifier = handler.identifier(world, place, id);
            Progress::Failed(resource::not_stabilized(kind, &identifier))
        }
        progress @ (Progress::Working | Progress::Done | Progress::Failed(_)) => progress,
    }
}

/// None where the table has no time for it: a handler is then asked for ever. So is that of nested stacks, whose
/// `TimeoutInMinutes` has no default [AWS's page on the type].
fn patience(world: &World, kind: &str) -> Option<Duration> {
    if kind == STACK_TYPE {
        return None;
    }
    let entries = [format!("{kind} {HANDLER}"), HANDLER.to_owned()];
    let mut known = entries.iter().filter(|entry| world.durations.knows(entry));
    let patience = known.next().map(|entry| world.draw(entry, ""));
    patience.filter(|patience| !patience.is_zero())
}

/// The pause before a handler is asked once more.
pub(super) fn next_question(world: &World, arn: &str, asked: u32) -> Duration {
    let longest = world.draw(LONGEST_QUESTION, arn).max(FEWEST);
    (world.draw(QUESTION, arn) + PATIENCE.saturating_mul(asked)).min(longest)
}
