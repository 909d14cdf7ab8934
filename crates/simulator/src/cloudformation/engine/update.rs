//! Updates: in place, by replacement, with a clean-up phase at the end.

use serde_json::Value;
use std::collections::BTreeMap;

use super::super::resource;
use super::super::stack::{Before, Member, Old, Output, Phase, Stack};
use super::creation::failed_reason;
use super::{
    Work, cancel_others, enter, get, later, member_event, pace, stack_event, step_after, step_now,
    with,
};
use super::{making, resting, values};
use crate::world::{Place, World};

const REPLACING: &str =
    "Requested update requires the creation of a new physical resource; hence creating one.";

/// Puts the new template's members in place of the old ones, all of them still to be looked at.
pub(in super::super) fn begin(stack: &mut Stack, declared: BTreeMap<String, Member>) {
    let mut old = std::mem::take(&mut stack.members);
    old.retain(|_, member| member.exists());
    for (logical, mut member) in declared {
        member.pending = true;
        let known = old.remove(&logical);
        if let Some(failed) = known
            .as_ref()
            .filter(|known| known.status == "CREATE_FAILED")
        {
            // It is made anew, and what there is of it goes in the clean-up.
            let policy = failed.policy.clone();
            stack.old.push(Old::of(&logical, failed, policy));
        } else if let Some(known) = known {
            member.physical = known.physical;
            member.before = Some(known.properties.clone());
            member.properties = known.properties;
            member.tags = known.tags;
            member.status = known.status;
            member.at = known.at;
            member.fresh = known.fresh;
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
pub(in super::super) fn before(stack: &Stack) -> Before {
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
        cancel_others(world, place, stack);
        let reason = get(world, place, arn).map(|stack| failed_reason(&stack));
        resting::fail(world, place, arn, &reason.unwrap_or_default());
        return;
    }
    let untouched = stack.members.values().all(|member| member.pending);
    if untouched && let Some(name) = values::missing_import(world, place, stack) {
        let reason = format!("No export named {name} found.");
        resting::fail(world, place, arn, &reason);
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
        step_now(world, place, arn);
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
    with(world, place, arn, |stack| {
        if let Some(member) = stack.members.get_mut(logical) {
            member.pending = false;
        }
    });
    if !member.exists() {
        begin_member(world, place, arn, logical, "CREATE_IN_PROGRESS", None, true);
        return;
    }
    let Ok((wanted, imports)) = values::properties(world, place, stack, logical) else {
        // The handler's call finds the mistake once more, and tells it.
        let status = "UPDATE_IN_PROGRESS";
        begin_member(world, place, arn, logical, status, None, false);
        return;
    };
    with(world, place, arn, |stack| stack.collect_imports(imports));
    let unchanged = wanted == member.properties && !is_retagged(member, &stack.tags);
    if unchanged && member.status != "UPDATE_FAILED" && !is_always_updated(member) {
        return;
    }
    let replaced = replaces(member, &wanted, &stack.tags);
    if replaced && resting::keeps_failed(stack) {
        member_event(world, place, arn, logical, "UPDATE_IN_PROGRESS", None);
        making::member_failed(world, place, arn, logical, resting::NO_REPLACEMENT);
        return;
    }
    if replaced {
        with(world, place, arn, |stack| {
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

pub(super) fn begin_member(
    world: &mut World,
    place: &Place,
    arn: &str,
    logical: &str,
    status: &str,
    reason: Option<&str>,
    fresh: bool,
) {
    with(world, place, arn, |stack| {
        if let Some(member) = stack.members.get_mut(logical) {
            member.fresh |= fresh;
        }
    });
    member_event(world, place, arn, logical, status, reason);
    let logical = logical.to_owned();
    later(
        world,
        place,
        arn,
        pace::UPDATING,
        Work::Initiate { logical },
    );
}

fn is_always_updated(member: &Member) -> bool {
    resource::find(&member.kind).is_some_and(resource::ResourceType::always_updated)
}

/// Whether the stack's tags have changed since the member was made, and its type takes any.
pub(in super::super) fn is_retagged(
    member: &Member,
    stack_tags: &BTreeMap<String, String>,
) -> bool {
    let takes_tags =
        resource::find(&member.kind).is_some_and(|handler| handler.tags_property().is_some());
    takes_tags && member.tags != *stack_tags
}

/// Whether the change of properties, or of the stack's tags, replaces the member.
pub(in super::super) fn replaces(
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
    let outcome = values::outputs(world, place, stack).and_then(|(outputs, imports)| {
        check_exports(world, place, stack, &outputs)?;
        Ok((outputs, imports))
    });
    match outcome {
        Ok((outputs, imports)) => {
            let now = world.now();
            with(world, place, arn, |stack| {
                stack.outputs = outputs;
                stack.imports = std::mem::take(&mut stack.importing);
                stack.imports.extend(imports);
                stack.updated = Some(now);
                stack.before = None;
            });
            enter(world, place, arn, Phase::UpdateCleanup);
            stack_event(
                world,
                place,
                arn,
                "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
                None,
            );
            step_after(world, place, arn, pace::UPDATING);
        }
        Err(problem) => resting::fail(world, place, arn, &problem),
    }
}

/// An export that somebody imports can neither be dropped nor changed (section 3.4).
fn check_exports(
    world: &mut World,
    place: &Place,
    stack: &Stack,
    outputs: &[Output],
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
