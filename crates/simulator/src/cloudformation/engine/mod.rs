//! Stack operations at work: what may begin begins, independent resources side by side, and handlers are asked how it
//! goes every few seconds (section 3.3).

mod cleanup;
mod creation;
mod deletion;
pub(crate) mod ideal;
pub(crate) mod import;
mod making;
pub(super) mod pace;
mod permission;
mod resting;
pub(super) mod update;
mod update_rollback;
mod values;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::change_sets;
use super::resource::Failure;
use super::stack::{Operation, Phase, Stack};
use crate::queue;
use crate::world::{Place, World};

pub(super) use cleanup::begin_anew;
pub(super) use creation::cancel_others;
pub(super) use deletion::resume_removals;
pub(super) use resting::fail as fail_update;
pub(super) use update_rollback::{go_back, go_on as go_on_back};
pub(super) use values::scope;

/// The code with which EC2 refuses to delete what something depends on.
const DEPENDED: &str = "DependencyViolation";
/// What the engine has on the queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    Work {
        stack: String,
        turn: Turn,
        work: Work,
    },
    ChangeSetBegun {
        change_set: String,
    },
    ChangeSetReady {
        change_set: String,
    },
}

/// One phase of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    pub(super) operation: String,
    pub(super) generation: u64,
}

/// A piece of work of an operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Work {
    /// Begin what may begin, or end the operation.
    Step,
    /// Call the handler that makes or changes a member.
    Initiate { logical: String },
    /// Ask the handler that makes or changes a member.
    Ask { logical: String, asked: u32 },
    /// Call, or ask, the handler that removes a member.
    Remove { logical: String, asked: u32 },
    /// Remove a resource that an update replaced or dropped.
    RemoveOld { index: usize },
    /// A deletion that an importer forbids goes back.
    Revert { status: String, reason: String },
}

/// Lets an event of the engine happen. One that belongs to an operation that has ended, or to a phase that is over, is
/// void.
pub(crate) fn fire(world: &mut World, place: &Place, event: Event) {
    match event {
        Event::Work { stack, turn, work } if is_current(world, place, &stack, &turn) => {
            perform(world, place, &stack, work);
        }
        Event::Work { .. } => {}
        Event::ChangeSetBegun { change_set } => {
            change_sets::begun(world, place, &change_set);
        }
        Event::ChangeSetReady { change_set } => {
            change_sets::ready(world, place, &change_set);
        }
    }
}

fn perform(world: &mut World, place: &Place, stack: &str, work: Work) {
    match work {
        Work::Step => step(world, place, stack),
        Work::Initiate { logical } => making::initiate(world, place, stack, &logical),
        Work::Ask { logical, asked } => making::ask(world, place, stack, &logical, asked),
        Work::Remove { logical, asked } => deletion::remove(world, place, stack, &logical, asked),
        Work::RemoveOld { index } => cleanup::remove(world, place, stack, index),
        Work::Revert { status, reason } => deletion::revert(world, place, stack, status, reason),
    }
}

fn is_current(world: &mut World, place: &Place, arn: &str, turn: &Turn) -> bool {
    let stack = world.region(place).cloudformation.stacks.get(arn);
    stack
        .and_then(|stack| stack.operation.as_ref())
        .is_some_and(|current| current.turn() == *turn)
}

/// Lets the stack be changed, where it exists.
pub(super) fn with<T: Default>(
    world: &mut World,
    place: &Place,
    arn: &str,
    change: impl FnOnce(&mut Stack) -> T,
) -> T {
    world
        .region(place)
        .cloudformation
        .stacks
        .get_mut(arn)
        .map(change)
        .unwrap_or_default()
}

/// The stack as it is now, whatever becomes of it.
pub(super) fn get(world: &mut World, place: &Place, arn: &str) -> Option<Arc<Stack>> {
    world.region(place).cloudformation.stacks.shared(arn)
}

/// Puts work of the current phase of the stack's operation on the queue.
pub(super) fn schedule(world: &mut World, place: &Place, arn: &str, delay: Duration, work: Work) {
    let turn = with(world, place, arn, |stack| {
        stack.operation.as_ref().map(Operation::turn)
    });
    if let Some(turn) = turn {
        let stack = arn.to_owned();
        let event = Event::Work { stack, turn, work };
        world.schedule(delay, place, queue::Event::CloudFormation(event));
    }
}

/// Puts it there after a pause of the table.
fn later(world: &mut World, place: &Place, arn: &str, pause: &str, work: Work) {
    let delay = world.draw(pause, arn);
    schedule(world, place, arn, delay, work);
}

/// Asks for a step after a pause of the table.
pub(super) fn step_after(world: &mut World, place: &Place, arn: &str, pause: &str) {
    later(world, place, arn, pause, Work::Step);
}

/// Asks for a step at this instant.
fn step_now(world: &mut World, place: &Place, arn: &str) {
    schedule(world, place, arn, Duration::ZERO, Work::Step);
}

/// The operation is over.
pub(super) fn end(world: &mut World, place: &Place, arn: &str) {
    let status = with(world, place, arn, |stack| {
        stack.operation = None;
        stack.status.clone()
    });
    change_sets::ended(world, place, arn, &status);
}

/// A failure turns the operation back. That is an operation of its own, with an id of its own [B: DescribeEvents].
fn turn_back(world: &mut World, place: &Place, arn: &str, phase: Phase) {
    let id = world.mint_uuid(place, "operation", arn);
    let what = if phase == Phase::Delete {
        "DELETE_STACK"
    } else {
        "ROLLBACK"
    };
    with(world, place, arn, |stack| {
        stack.operations.insert(0, (what.to_owned(), id.clone()));
        if let Some(operation) = &mut stack.operation {
            operation.id = id;
            operation.enter(phase);
        }
    });
}

/// Lets the operation go on to another phase.
pub(super) fn enter(world: &mut World, place: &Place, arn: &str, phase: Phase) {
    with(world, place, arn, |stack| {
        if let Some(operation) = &mut stack.operation {
            operation.enter(phase);
        }
    });
}

pub(super) fn stack_event(
    world: &mut World,
    place: &Place,
    arn: &str,
    status: &str,
    reason: Option<&str>,
) {
    let now = world.now();
    let id = world.mint_uuid(place, "stack event", arn);
    with(world, place, arn, |stack| {
        stack.stack_event(now, status, reason, id);
    });
}

pub(super) fn member_event(
    world: &mut World,
    place: &Place,
    arn: &str,
    logical: &str,
    status: &str,
    reason: Option<&str>,
) {
    let now = world.now();
    with(world, place, arn, |stack| {
        stack.member_event(now, logical, status, reason);
    });
}

fn step(world: &mut World, place: &Place, arn: &str) {
    let Some(stack) = get(world, place, arn) else {
        return;
    };
    match stack.phase() {
        Some(Phase::Create) => creation::step(world, place, &stack),
        Some(Phase::RollbackCreate | Phase::Delete) => deletion::step(world, place, &stack),
        Some(Phase::Update) => update::step(world, place, &stack),
        Some(Phase::UpdateCleanup) => cleanup::step(world, place, &stack),
        Some(Phase::UpdateRollback) => update_rollback::step(world, place, &stack),
        Some(Phase::Import) => import::come_to(world, place, arn, import::DONE),
        Some(Phase::ImportRollback) => import::come_to(world, place, arn, import::BACK),
        None => {}
    }
}

/// A handler's failure as the event tells it.
pub(super) fn told(world: &mut World, place: &Place, arn: &str, failure: &Failure) -> String {
    let token = world.mint_uuid(place, "request token", arn);
    let Failure {
        message,
        handler_code,
        ..
    } = failure;
    if handler_code.is_empty() {
        return message.clone();
    }
    // Section 8: how the handlers of a type wrap a quota is not known.
    let code = match *handler_code {
        "ServiceLimitExceeded" if world.switches.quotas_are_general_exceptions => {
            "GeneralServiceException"
        }
        code => code,
    };
    format!(
        "Resource handler returned message: \"{message}\" (RequestToken: {token}, HandlerErrorCode: {code})"
    )
}
