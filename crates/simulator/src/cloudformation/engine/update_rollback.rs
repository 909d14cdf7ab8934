//! Updates that failed go back to what the stack was before.

use std::collections::BTreeSet;

use super::super::stack::{Member, Old, Phase, Stack};
use super::creation::failed_reason;
use super::update::begin_member;
use super::{end, enter, member_event, pace, stack_event, step_after, turn_back, with};
use crate::world::{Place, World};

/// Turns a failed update back.
pub(super) fn begin(world: &mut World, place: &Place, arn: &str, reason: &str) {
    turn_back(world, place, arn, Phase::UpdateRollback);
    let status = "UPDATE_ROLLBACK_IN_PROGRESS";
    stack_event(world, place, arn, status, Some(reason));
    with(world, place, arn, go_back);
    step_after(world, place, arn, pace::UPDATING);
}

/// Takes the members as they were; what is new goes to the clean-up, what was changed is changed back.
pub(in super::super) fn go_back(stack: &mut Stack) {
    let Some(before) = stack.before.take() else {
        return;
    };
    let now = std::mem::take(&mut stack.members);
    // What was replaced or dropped is what the stack goes back to; the rest is left of failures.
    let left = |old: &Old| {
        let known = before.members.get(&old.logical);
        known.is_none_or(|known| known.physical != old.physical)
    };
    let mut old = std::mem::take(&mut stack.old);
    old.retain(left);
    for (logical, member) in now {
        match before.members.get(&logical) {
            Some(known) if !member.fresh => {
                let restored = changed_back(known, member);
                stack.members.insert(logical, restored);
            }
            Some(_) | None if !member.physical.is_empty() => {
                let policy = member.policy.clone();
                let policy = policy
                    .filter(|policy| policy != "RetainExceptOnCreate")
                    .filter(|_| !stack.retain_except_on_create);
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

pub(super) fn step(world: &mut World, place: &Place, stack: &Stack) {
    let arn = &stack.arn;
    let at_work = |member: &Member| member.status.ends_with("_IN_PROGRESS");
    let busy = stack.members.values().any(at_work);
    let failed = failed_reason(stack);
    if !failed.is_empty() {
        if !busy {
            let status = "UPDATE_ROLLBACK_FAILED";
            stack_event(world, place, arn, status, Some(&failed));
            end(world, place, arn);
        }
        return;
    }
    let pending: Vec<String> = stack
        .members
        .iter()
        .filter(|(_, member)| member.pending)
        .map(|(logical, _)| logical.clone())
        .collect();
    for logical in &pending {
        with(world, place, arn, |stack| {
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
    if pending.is_empty() && !busy {
        stack_event(
            world,
            place,
            arn,
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            None,
        );
        enter(world, place, arn, Phase::UpdateCleanup);
        step_after(world, place, arn, pace::UPDATING);
    }
}

/// Tries again what failed to go back, but for what is to be skipped.
pub(in super::super) fn go_on(
    world: &mut World,
    place: &Place,
    arn: &str,
    skip: &BTreeSet<String>,
) {
    let failed: Vec<String> = with(world, place, arn, |stack| {
        let members = stack.members.iter();
        members
            .filter(|(_, member)| member.status == "UPDATE_FAILED")
            .map(|(logical, _)| logical.clone())
            .collect()
    });
    for logical in failed {
        if skip.contains(&logical) {
            member_event(world, place, arn, &logical, "UPDATE_COMPLETE", None);
        } else {
            with(world, place, arn, |stack| {
                if let Some(member) = stack.members.get_mut(&logical) {
                    member.pending = true;
                }
            });
        }
    }
}
