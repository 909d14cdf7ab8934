//! Updates: in place, by replacement, with a clean-up phase at the end, and back again when one fails.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::cleanup;
use super::engine::{self, Work};
use super::resource;
use super::stack::{Before, Member, Old, OldState, Phase, Stack};
use crate::world::{Place, World};

const REPLACING: &str =
    "Requested update requires the creation of a new physical resource; hence creating one.";
/// From an event to the call of a handler, and between phases.
const PAUSE: Duration = Duration::from_secs(2);

/// Puts the new template's members in place of the old ones, all of them still to be looked at.
pub(super) fn begin(stack: &mut Stack, declared: BTreeMap<String, Member>) {
    let mut old = std::mem::take(&mut stack.members);
    old.retain(|_, member| member.exists());
    for (logical, mut member) in declared {
        member.pending = true;
        if let Some(known) = old.remove(&logical) {
            member.physical = known.physical;
            member.before = Some(known.properties.clone());
            member.properties = known.properties;
            member.tags = known.tags;
            member.status = known.status;
            member.at = known.at;
        }
        stack.members.insert(logical, member);
    }
    stack.importing.clear();
    let dropped = old
        .iter()
        .map(|(logical, member)| Old::of(logical, member, member.policy.clone()));
    stack.old.extend(dropped);
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
    let Ok((wanted, imports)) = engine::properties(world, place, stack, logical) else {
        // The handler's call finds the mistake once more, and tells it.
        let status = "UPDATE_IN_PROGRESS";
        begin_member(world, place, arn, logical, status, None, false);
        return;
    };
    engine::with(world, place, arn, |stack| stack.collect_imports(imports));
    if wanted == member.properties && !is_retagged(member, &stack.tags) {
        return;
    }
    let replaced = replaces(member, &wanted, &stack.tags);
    if replaced {
        engine::with(world, place, arn, |stack| {
            if let Some(current) = stack.members.get_mut(logical) {
                current.physical.clear();
            }
            let policy = member.replace_policy.clone();
            stack.old.push(Old::of(logical, member, policy));
        });
    }
    let reason = replaced.then_some(REPLACING);
    let status = "UPDATE_IN_PROGRESS";
    begin_member(world, place, arn, logical, status, reason, replaced);
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
    engine::schedule(world, place, arn, PAUSE, Work::Initiate { logical });
}

/// Whether the stack's tags have changed since the member was made, and its type takes any.
pub(super) fn is_retagged(member: &Member, stack_tags: &BTreeMap<String, String>) -> bool {
    let takes_tags =
        resource::find(&member.kind).is_some_and(|handler| handler.tags_property().is_some());
    takes_tags && member.tags != *stack_tags
}

/// Whether the change of properties, or of the stack's tags, replaces the member.
pub(super) fn replaces(
    member: &Member,
    new: &Value,
    stack_tags: &BTreeMap<String, String>,
) -> bool {
    let Some(handler) = resource::find(&member.kind) else {
        return false;
    };
    let tags = handler
        .tags_property()
        .filter(|_| is_retagged(member, stack_tags));
    handler
        .create_only()
        .iter()
        .any(|name| member.properties.get(name) != new.get(name) || tags == Some(*name))
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
                stack.imports = std::mem::take(&mut stack.importing);
                stack.imports.extend(imports);
                stack.updated = Some(now);
                stack.before = None;
            });
            engine::enter(world, place, arn, Phase::UpdateCleanup);
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
        match before.members.get(&logical) {
            Some(known) if !member.fresh => {
                let restored = changed_back(known, member);
                stack.members.insert(logical, restored);
            }
            Some(_) | None if !member.physical.is_empty() => {
                let policy = member.policy.clone();
                let policy = policy.filter(|policy| policy != "RetainExceptOnCreate");
                old.push(Old::of(&logical, &member, policy));
            }
            Some(_) | None => {}
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
    stack.importing.clear();
    if let Some(operation) = &mut stack.operation {
        operation.enter(Phase::UpdateRollback);
    }
}

/// The member as it was, still to be brought there from what it has become.
fn changed_back(known: &Member, member: Member) -> Member {
    let pending = known.properties != member.properties
        || known.tags != member.tags
        || member.status == "UPDATE_FAILED";
    Member {
        pending,
        before: Some(known.properties.clone()),
        physical: member.physical,
        properties: member.properties,
        tags: member.tags,
        ..known.clone()
    }
}

pub(super) fn step_rollback(world: &mut World, place: &Place, stack: &Stack) {
    let arn = &stack.arn;
    let failed = stack
        .operation
        .as_ref()
        .map(|operation| operation.failed.join(", "))
        .filter(|failed| !failed.is_empty());
    if let Some(failed) = failed {
        let reason = format!("The following resource(s) failed to update: [{failed}]. ");
        let status = "UPDATE_ROLLBACK_FAILED";
        engine::stack_event(world, place, arn, status, Some(&reason));
        engine::end(world, place, arn);
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
        engine::enter(world, place, arn, Phase::UpdateCleanup);
        engine::soon(world, place, arn, PAUSE);
    }
}

/// Removes what was replaced or dropped, and ends the update.
pub(super) fn step_cleanup(world: &mut World, place: &Place, stack: &Stack) {
    if cleanup::go_on(world, place, stack) {
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
    engine::stack_event(world, place, arn, status, reason);
    engine::end(world, place, arn);
    engine::with(world, place, arn, |stack| {
        stack.old.clear();
        for member in stack.members.values_mut() {
            member.before = None;
            member.fresh = false;
        }
    });
}
