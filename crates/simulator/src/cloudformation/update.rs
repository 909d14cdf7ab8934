//! Updates: in place, by replacement, with a clean-up phase at the end, and back again when one fails.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::engine::{self, Event};
use super::resource::{self, Progress};
use super::stack::{Before, Member, Old, Phase, Stack};
use crate::world::{Place, World};

const REPLACING: &str =
    "Requested update requires the creation of a new physical resource; hence creating one.";
/// From the call of a handler to its question, and between tries of a clean-up.
const PAUSE: Duration = Duration::from_secs(2);
/// How often a clean-up is tried before the resource is left (section 3.3).
const TRIES: u32 = 3;

/// Puts the new template's members in place of the old ones, all of them still to be looked at.
pub(super) fn begin(stack: &mut Stack, declared: BTreeMap<String, Member>) {
    let mut old = std::mem::take(&mut stack.members);
    for (logical, mut member) in declared {
        member.pending = true;
        if let Some(known) = old.remove(&logical) {
            member.physical = known.physical;
            member.before = Some(known.properties.clone());
            member.properties = known.properties;
            member.status = known.status;
            member.at = known.at;
        }
        stack.members.insert(logical, member);
    }
    for (logical, member) in old.into_iter().filter(|(_, member)| member.exists()) {
        stack.old.push(Old {
            logical,
            kind: member.kind,
            physical: member.physical,
            properties: member.properties,
            started: false,
            tries: 0,
        });
    }
}

/// The stack as an update finds it.
pub(super) fn before(stack: &Stack) -> Before {
    Before {
        template: stack.template.clone(),
        parameters: stack.parameters.clone(),
        tags: stack.tags.clone(),
        members: stack.members.clone(),
        outputs: stack.outputs.clone(),
        imports: stack.imports.clone(),
    }
}

pub(super) fn step(world: &mut World, place: &Place, stack: &Stack) {
    let arn = &stack.arn;
    if stack
        .operation
        .as_ref()
        .is_some_and(|operation| !operation.failed.is_empty())
    {
        engine::cancel_others(
            world,
            place,
            stack,
            "UPDATE_FAILED",
            "Resource update cancelled",
        );
        begin_rollback(world, place, arn, None);
        return;
    }
    let settled = |name: &String| {
        stack
            .members
            .get(name)
            .is_none_or(|member| !member.pending && !member.status.ends_with("_IN_PROGRESS"))
    };
    let ready: Vec<String> = stack
        .members
        .iter()
        .filter(|(_, member)| member.pending && member.depends.iter().all(settled))
        .map(|(logical, _)| logical.clone())
        .collect();
    for logical in &ready {
        change(world, place, stack, logical);
    }
    if !ready.is_empty() {
        engine::soon(world, place, arn, Duration::ZERO);
    } else if stack
        .members
        .values()
        .all(|member| !member.pending && !member.status.ends_with("_IN_PROGRESS"))
    {
        finish(world, place, stack);
    }
}

/// Creates, changes, replaces or leaves one member.
fn change(world: &mut World, place: &Place, stack: &Stack, logical: &str) {
    let arn = &stack.arn;
    let Some(member) = stack.members.get(logical) else {
        return;
    };
    engine::with(world, place, arn, |stack| {
        if let Some(member) = stack.members.get_mut(logical) {
            member.pending = false;
        }
    });
    if !member.exists() {
        begin_member(world, place, arn, logical, "CREATE_IN_PROGRESS", None, true);
        return;
    }
    let wanted = match engine::properties(world, place, stack, logical) {
        Ok((wanted, imports)) => {
            engine::with(world, place, arn, |stack| stack.imports.extend(imports));
            wanted
        }
        Err(_unresolvable) => Value::Null,
    };
    if wanted == member.properties {
        return;
    }
    if replaces(&member.kind, &member.properties, &wanted) {
        engine::with(world, place, arn, |stack| {
            if let Some(current) = stack.members.get_mut(logical) {
                current.physical.clear();
            }
            stack.old.push(Old {
                logical: logical.to_owned(),
                kind: member.kind.clone(),
                physical: member.physical.clone(),
                properties: member.properties.clone(),
                started: false,
                tries: 0,
            });
        });
        begin_member(
            world,
            place,
            arn,
            logical,
            "UPDATE_IN_PROGRESS",
            Some(REPLACING),
            true,
        );
    } else {
        begin_member(
            world,
            place,
            arn,
            logical,
            "UPDATE_IN_PROGRESS",
            None,
            false,
        );
    }
}

fn begin_member(
    world: &mut World,
    place: &Place,
    arn: &str,
    logical: &str,
    status: &str,
    reason: Option<&str>,
    fresh: bool,
) {
    engine::with(world, place, arn, |stack| {
        if let Some(member) = stack.members.get_mut(logical) {
            member.fresh = fresh;
        }
    });
    engine::member_event(world, place, arn, logical, status, reason);
    let logical = logical.to_owned();
    engine::schedule(world, place, arn, PAUSE, |stack, operation| {
        Event::Initiate {
            stack,
            operation,
            logical,
        }
    });
}

/// Whether the change of properties replaces a resource of this type.
pub(super) fn replaces(kind: &str, old: &Value, new: &Value) -> bool {
    resource::find(kind).is_some_and(|handler| {
        handler
            .create_only()
            .iter()
            .any(|name| old.get(name) != new.get(name))
    })
}

fn finish(world: &mut World, place: &Place, stack: &Stack) {
    let arn = &stack.arn;
    let outcome = engine::outputs(world, place, stack).and_then(|(outputs, imports)| {
        check_exports(world, place, stack, &outputs)?;
        Ok((outputs, imports))
    });
    match outcome {
        Ok((outputs, imports)) => {
            let now = world.now();
            engine::with(world, place, arn, |stack| {
                stack.outputs = outputs;
                stack.imports.extend(imports);
                stack.updated = Some(now);
                stack.before = None;
                if let Some(operation) = &mut stack.operation {
                    operation.phase = Phase::UpdateCleanup;
                }
            });
            engine::stack_event(
                world,
                place,
                arn,
                "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
                None,
            );
            engine::soon(world, place, arn, PAUSE);
        }
        Err(problem) => begin_rollback(world, place, arn, Some(&problem)),
    }
}

/// An export that somebody imports can neither be dropped nor changed (section 3.4).
fn check_exports(
    world: &mut World,
    place: &Place,
    stack: &Stack,
    outputs: &[super::stack::Output],
) -> Result<(), String> {
    for (name, value) in stack.exports() {
        let importers = world
            .region(place)
            .cloudformation
            .importers(name)
            .join(" and ");
        if importers.is_empty() {
            continue;
        }
        match outputs
            .iter()
            .find(|output| output.export.as_ref() == Some(name))
        {
            None => {
                return Err(format!(
                    "Export {name} cannot be deleted as it is in use by {importers}"
                ));
            }
            Some(output) if output.value != *value => {
                return Err(format!(
                    "Export {name} cannot be updated as it is in use by {importers}"
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn begin_rollback(world: &mut World, place: &Place, arn: &str, problem: Option<&str>) {
    let Some(stack) = engine::get(world, place, arn) else {
        return;
    };
    let failed = stack
        .operation
        .as_ref()
        .map(|operation| operation.failed.join(", "))
        .unwrap_or_default();
    let reason = problem.map_or_else(
        || format!("The following resource(s) failed to update: [{failed}]. "),
        str::to_owned,
    );
    engine::stack_event(
        world,
        place,
        arn,
        "UPDATE_ROLLBACK_IN_PROGRESS",
        Some(&reason),
    );
    engine::with(world, place, arn, go_back);
    engine::soon(world, place, arn, PAUSE);
}

/// Takes the members as they were; what is new goes to the clean-up, what was changed is changed back.
fn go_back(stack: &mut Stack) {
    let Some(before) = stack.before.take() else {
        return;
    };
    let now = std::mem::take(&mut stack.members);
    let mut old = Vec::new();
    for (logical, member) in now {
        match before
            .members
            .get(&logical)
            .filter(|known| known.physical == member.physical)
        {
            Some(known) => {
                let mut restored = known.clone();
                restored.pending =
                    restored.properties != member.properties || member.status == "UPDATE_FAILED";
                restored.before = Some(restored.properties.clone());
                restored.properties = member.properties;
                stack.members.insert(logical, restored);
            }
            None if !member.physical.is_empty() => old.push(Old {
                logical: logical.clone(),
                kind: member.kind,
                physical: member.physical,
                properties: member.properties,
                started: false,
                tries: 0,
            }),
            None => {}
        }
    }
    for (logical, member) in before.members {
        stack.members.entry(logical).or_insert(member);
    }
    stack.old = old;
    stack.template = before.template;
    stack.parameters = before.parameters;
    stack.tags = before.tags;
    stack.outputs = before.outputs;
    stack.imports = before.imports;
    if let Some(operation) = &mut stack.operation {
        operation.phase = Phase::UpdateRollback;
        operation.failed.clear();
    }
}

pub(super) fn step_rollback(world: &mut World, place: &Place, stack: &Stack) {
    let arn = &stack.arn;
    if stack
        .operation
        .as_ref()
        .is_some_and(|operation| !operation.failed.is_empty())
    {
        engine::stack_event(
            world,
            place,
            arn,
            "UPDATE_ROLLBACK_FAILED",
            Some("The following resource(s) failed to update."),
        );
        engine::with(world, place, arn, |stack| stack.operation = None);
        return;
    }
    let pending: Vec<String> = stack
        .members
        .iter()
        .filter(|(_, member)| member.pending)
        .map(|(logical, _)| logical.clone())
        .collect();
    for logical in &pending {
        engine::with(world, place, arn, |stack| {
            if let Some(member) = stack.members.get_mut(logical) {
                member.pending = false;
            }
        });
        begin_member(
            world,
            place,
            arn,
            logical,
            "UPDATE_IN_PROGRESS",
            None,
            false,
        );
    }
    if pending.is_empty()
        && stack
            .members
            .values()
            .all(|member| !member.status.ends_with("_IN_PROGRESS"))
    {
        engine::stack_event(
            world,
            place,
            arn,
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            None,
        );
        engine::with(world, place, arn, |stack| {
            if let Some(operation) = &mut stack.operation {
                operation.phase = Phase::UpdateCleanup;
            }
        });
        engine::soon(world, place, arn, PAUSE);
    }
}

/// Removes what was replaced or dropped, newest dependency first, one after the other.
pub(super) fn step_cleanup(world: &mut World, place: &Place, stack: &Stack) {
    let arn = &stack.arn;
    if let Some(index) = stack.old.iter().position(|old| !old.started) {
        let old = stack.old.get(index).cloned();
        let now = world.now();
        engine::with(world, place, arn, |stack| {
            if let Some(entry) = stack.old.get_mut(index) {
                entry.started = true;
            }
            if let Some(old) = old {
                stack.event_of(
                    now,
                    &old.logical,
                    &old.kind,
                    &old.physical,
                    "DELETE_IN_PROGRESS",
                    None,
                );
            }
        });
        engine::schedule(world, place, arn, PAUSE, |stack, operation| {
            Event::RemoveOld {
                stack,
                operation,
                index,
                asked: 0,
            }
        });
        return;
    }
    let rolled_back = stack.status.starts_with("UPDATE_ROLLBACK");
    let left = stack.old.iter().any(|old| old.tries >= TRIES);
    let reason = left.then_some("Update successful. One or more resources could not be deleted.");
    engine::stack_event(
        world,
        place,
        arn,
        if rolled_back {
            "UPDATE_ROLLBACK_COMPLETE"
        } else {
            "UPDATE_COMPLETE"
        },
        reason,
    );
    engine::with(world, place, arn, |stack| {
        stack.operation = None;
        stack.old.clear();
        for member in stack.members.values_mut() {
            member.before = None;
            member.fresh = false;
        }
    });
}

/// Calls or asks the handler that removes an old resource; a refusal is tried again and then left.
pub(super) fn remove_old(world: &mut World, place: &Place, arn: &str, index: usize, asked: u32) {
    let Some(stack) = engine::get(world, place, arn) else {
        return;
    };
    let Some(old) = stack.old.get(index).cloned() else {
        return;
    };
    let Some(handler) = resource::find(&old.kind) else {
        return;
    };
    let progress = if asked == 0 {
        handler.delete(world, place, &old.physical, &old.properties)
    } else {
        handler.deletion(world, place, &old.physical, &old.properties)
    };
    let now = world.now();
    let again = |asked| {
        move |stack, operation| Event::RemoveOld {
            stack,
            operation,
            index,
            asked,
        }
    };
    match progress {
        Progress::Working => engine::schedule(world, place, arn, PAUSE, again(asked + 1)),
        Progress::Failed(_) if old.tries + 1 < TRIES => {
            engine::with(world, place, arn, |stack| {
                if let Some(old) = stack.old.get_mut(index) {
                    old.tries += 1;
                }
            });
            engine::schedule(world, place, arn, PAUSE * 10, again(0));
        }
        Progress::Failed(failure) => {
            let reason = engine::told(world, place, arn, &failure);
            engine::with(world, place, arn, |stack| {
                if let Some(old) = stack.old.get_mut(index) {
                    old.tries = TRIES;
                }
                stack.event_of(
                    now,
                    &old.logical,
                    &old.kind,
                    &old.physical,
                    "DELETE_FAILED",
                    Some(&reason),
                );
            });
            engine::soon(world, place, arn, Duration::ZERO);
        }
        Progress::Done => {
            engine::with(world, place, arn, |stack| {
                stack.event_of(
                    now,
                    &old.logical,
                    &old.kind,
                    &old.physical,
                    "DELETE_COMPLETE",
                    None,
                );
            });
            engine::soon(world, place, arn, Duration::ZERO);
        }
    }
}
