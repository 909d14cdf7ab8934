//! Updates that failed go back to what the stack was before.

use super::super::stack::{Member, Old, Phase, Stack};
use super::update::{PAUSE, begin_member};
use super::{end, enter, get, soon, stack_event, with};
use crate::world::{Place, World};

pub(super) fn begin(world: &mut World, place: &Place, arn: &str, problem: Option<&str>) {
    let Some(stack) = get(world, place, arn) else {
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
    stack_event(
        world,
        place,
        arn,
        "UPDATE_ROLLBACK_IN_PROGRESS",
        Some(&reason),
    );
    with(world, place, arn, go_back);
    soon(world, place, arn, PAUSE);
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

pub(super) fn step(world: &mut World, place: &Place, stack: &Stack) {
    let arn = &stack.arn;
    let failed = stack
        .operation
        .as_ref()
        .map(|operation| operation.failed.join(", "))
        .filter(|failed| !failed.is_empty());
    if let Some(failed) = failed {
        let reason = format!("The following resource(s) failed to update: [{failed}]. ");
        let status = "UPDATE_ROLLBACK_FAILED";
        stack_event(world, place, arn, status, Some(&reason));
        end(world, place, arn);
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
    if pending.is_empty()
        && stack
            .members
            .values()
            .all(|member| !member.status.ends_with("_IN_PROGRESS"))
    {
        stack_event(
            world,
            place,
            arn,
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            None,
        );
        enter(world, place, arn, Phase::UpdateCleanup);
        soon(world, place, arn, PAUSE);
    }
}
