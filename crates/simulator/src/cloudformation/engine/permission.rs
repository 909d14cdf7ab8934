//! Whom an operation works as must be allowed what its handlers do (operators' notes, item 14).

use serde_json::Value;

use super::super::resource::{self, Failure, Progress};
use super::super::stack::Stack;
use crate::permissions::{self, Step, Subject};
use crate::world::{Place, World};

/// A resource in the hands of its handler.
#[derive(Clone, Copy)]
pub(super) struct Handled<'a> {
    pub logical: &'a str,
    pub kind: &'a str,
    /// The physical id; empty before the resource is made.
    pub id: &'a str,
    pub properties: &'a Value,
}

/// Checks what the handler is about to do.
///
/// # Errors
/// The handler's failure, with the code `AccessDenied`.
pub(super) fn check(
    world: &mut World,
    place: &Place,
    stack: &Stack,
    step: Step,
    handled: Handled<'_>,
) -> Result<(), Failure> {
    let identity = stack
        .operation
        .as_ref()
        .map_or("", |operation| operation.identity.as_str());
    let subject = Subject {
        kind: handled.kind,
        stack_name: &stack.name,
        logical_id: handled.logical,
        id: handled.id,
        properties: handled.properties,
        stack_tags: &stack.tags,
    };
    permissions::check_step(world, place, identity, step, subject)?;
    match resource::find(handled.kind) {
        Some(handler) if step == Step::Delete => {
            handler.check_deletion(world, place, handled.id, identity)
        }
        Some(_) | None => Ok(()),
    }
}

/// A resource that is made or changed is read then, for its attributes.
pub(super) fn read(
    world: &mut World,
    place: &Place,
    stack: &Stack,
    handled: Handled<'_>,
) -> Progress {
    match check(world, place, stack, Step::Read, handled) {
        Ok(()) => Progress::Done,
        Err(failure) => Progress::Failed(failure),
    }
}
