//! Deletions for the ideal client of a bound, on a fork of the world.
//!
//! A client may let a deletion fail, remove by hand what it failed at, and begin the next one with that retained, as often
//! and as early as it likes. One deletion stands for all of these here: it is begun once and fails at nothing. A member
//! that its service refuses to remove waits, and is asked for again whenever something has happened; what a client may
//! remove by hand is left to it. What no client can hasten stays as it is: the order of members, and the time that the
//! engine and its handlers take.

use super::super::State;
use super::super::resource::{self, Failure};
use super::super::stack::{Member, OldState, Phase, Stack};
use super::{DEPENDED, deletion, member_event, pace, step_now, with};
use crate::ec2::endpoints;
use crate::sagemaker::apps;
use crate::world::{Place, World};
use std::collections::BTreeSet;

/// A member that its service refuses to remove, or whose removal failed.
pub(crate) struct Waiting {
    pub(crate) stack: String,
    pub(crate) logical: String,
    pub(crate) kind: String,
    /// The id of its row.
    pub(crate) id: String,
    /// A deletion that other clients have would have failed at it by now.
    pub(crate) failed: bool,
}

/// Whether a deletion of a stack could begin, and would not be turned back.
pub(crate) fn is_deletable(world: &mut World, place: &Place, arn: &str) -> bool {
    let state = &world.region(place).cloudformation;
    let stack = state.find(arn).filter(|stack| !is_imported(state, stack));
    stack.is_some_and(|stack| stack.status != "DELETE_IN_PROGRESS")
}

/// The deletion that a stack is in, where it will not be turned back.
pub(crate) fn deletion_at_work(world: &mut World, place: &Place, arn: &str) -> Option<String> {
    let state = &world.region(place).cloudformation;
    let stack = state.find(arn).filter(|stack| !is_imported(state, stack))?;
    let operation = stack.operation.as_ref();
    let deletion = operation.filter(|operation| operation.phase == Phase::Delete)?;
    Some(deletion.id.clone())
}

fn is_imported(state: &State, stack: &Stack) -> bool {
    let mut exports = stack.exports();
    exports.any(|(name, _)| !state.importers(name).is_empty())
}

/// Begins anew with everything that is still there, and leaves alone what is removed by hand. What an update replaced is
/// removed with the others.
pub(crate) fn loosen(
    world: &mut World,
    place: &Place,
    arn: &str,
    by_hand: impl Fn(&Member) -> bool,
) {
    with(world, place, arn, |stack| {
        for (at, old) in std::mem::take(&mut stack.old).into_iter().enumerate() {
            if old.policy.is_none() && old.state != OldState::Settled {
                let member = Member {
                    kind: old.kind,
                    physical: old.physical,
                    properties: old.properties,
                    status: "UPDATE_COMPLETE".to_owned(),
                    ..Member::default()
                };
                stack
                    .members
                    .insert(format!("{} {at}", old.logical), member);
            }
        }
        let members = stack.members.iter();
        let left = members.filter(|(_, member)| by_hand(member));
        let left: BTreeSet<String> = left.map(|(logical, _)| logical.clone()).collect();
        if let Some(operation) = &mut stack.operation {
            operation.retain.extend(left);
            operation.failed.clear();
        }
    });
    step_now(world, place, arn);
}

/// Whether the client has not begun the deletion of a stack yet, for the sake of apps that need its endpoint.
pub(super) fn is_held(world: &mut World, place: &Place, stack: &Stack) -> bool {
    if !world.endpoints_wait || stack.phase() != Some(Phase::Delete) {
        return false;
    }
    let there = |member: &&Member| member.exists();
    let next = |(logical, member): &(&String, &Member)| {
        let mut others = stack.members.values().filter(there);
        member.exists() && !others.any(|other| other.depends.contains(*logical))
    };
    let candidates = stack.members.iter().filter(next);
    let ids: Vec<&String> = candidates.map(|(_, member)| &member.physical).collect();
    ids.into_iter().any(|id| {
        let vpc = endpoints::api_endpoint_of(world, place, id);
        vpc.is_some_and(|vpc| apps::need_endpoint(world, place, &vpc))
    })
}

/// What a member of such a stack is told.
pub(super) fn held() -> Failure {
    Failure {
        cause: DEPENDED.to_owned(),
        ..Failure::new("", "an app needs the stack's endpoint")
    }
}

/// Notes that a member must wait. Only what something depends on is tried again in a deletion that other clients have.
pub(super) fn wait(world: &mut World, place: &Place, arn: &str, logical: &str, failure: Failure) {
    let fails = failure.cause != DEPENDED;
    with(world, place, arn, |stack| {
        if let Some(member) = stack.members.get_mut(logical) {
            member.reason = fails.then_some(failure.message);
        }
    });
}

/// The members that wait in a region.
pub(crate) fn waiting(world: &mut World, place: &Place) -> Vec<Waiting> {
    let (now, retries) = (world.now(), pace::retries(world));
    let stacks = world.region(place).cloudformation.live();
    let deleting = stacks.filter(|stack| stack.phase() == Some(Phase::Delete));
    let members = deleting.flat_map(|stack| stack.members.iter().map(move |it| (stack, it)));
    members
        .filter_map(|(stack, (logical, member))| {
            let since = member.refused?;
            let waits = member.status == "DELETE_IN_PROGRESS" && !member.removing;
            waits.then(|| Waiting {
                stack: stack.arn.clone(),
                logical: logical.clone(),
                kind: member.kind.clone(),
                id: resource::row_id(&member.kind, &member.physical),
                failed: member.reason.is_some() || now.since(since) >= retries,
            })
        })
        .collect()
}

/// Asks for a member again that waits.
pub(crate) fn ask_again(world: &mut World, place: &Place, waiting: &Waiting) {
    deletion::remove(world, place, &waiting.stack, &waiting.logical, 0);
}

/// Leaves a member alone that waits.
pub(crate) fn leave(world: &mut World, place: &Place, waiting: &Waiting) {
    let (arn, logical) = (&waiting.stack, &waiting.logical);
    member_event(world, place, arn, logical, "DELETE_SKIPPED", None);
    step_now(world, place, arn);
}
