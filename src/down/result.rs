//! What a teardown comes to: its outcome, what is left and why, what was kept, and what became of data.

use std::collections::BTreeMap;

use engine::Ended;
use environment::decide::{Goal, Intent, Standing};
use environment::resource::{Data, Goes, Kind};
use environment::{Decision, Facts, Resource, ResourceId, World, decide, mark};

use super::cost;
use super::look::{tell_unadvised, tell_unknown};
use super::teardown::{Teardown, held_by, is_seen_gone};
use crate::context::{Context, outcome_of_unknown};
use crate::event::{DataTold, Fate, Finished, Named, Outcome, Trouble};
use crate::hints;
use crate::inventory::Inventory;
use crate::report::counted;

/// What is late, with what it does and for how long.
pub(super) type Late = BTreeMap<ResourceId, String>;

/// How many late things of a kind are named; what is left is listed anyway.
const TOLD_OF_A_KIND: usize = 3;

/// The result of a run that has ended.
pub(super) fn finish(cx: &Context, teardown: &Teardown<'_>, ended: Ended) -> Finished {
    let world = teardown.world();
    let decision = decide(
        &world,
        &teardown.intent,
        &teardown.ledger.borrow(),
        cx.clock.elapsed(),
    );
    let mut outcome = outcome(ended, &world, &decision, teardown);
    tell_unadvised(cx, teardown.inventory);
    tell_doubtful(cx, teardown.inventory);
    let doubtful = doubtful(teardown.inventory);
    if outcome == Outcome::Succeeded && !doubtful.is_empty() {
        outcome = Outcome::Incomplete;
    }
    if outcome != Outcome::Interrupted {
        tell_unknown(cx, &world.unknown);
    }
    let holders: BTreeMap<&ResourceId, &Resource> = unconsented(&world, &decision)
        .map(|resource| (&resource.id, resource))
        .collect();
    for (id, holder) in holders {
        let about = undecided_about(holder);
        if matches!(id.kind, Kind::AttachedPolicy | Kind::InlinePolicy) {
            cx.hint_of("role-has-policies", &about);
        } else if id.kind == Kind::Replication {
            cx.hint_of("volume-replicated", &about);
        }
        cx.events.trouble(about.clone(), Trouble::because(about));
    }
    let late = teardown.late(cx.clock.elapsed(), &world, &decision);
    let mut remaining = remaining(&world, &decision, &late);
    remaining.extend(unseen(&world, teardown));
    remaining.extend(undecided(&world, &teardown.intent));
    remaining.extend(doubtful);
    cost::tell(&mut remaining, &teardown.inventory.facts());
    if outcome != Outcome::Interrupted {
        teardown.close_rest(cx.clock.elapsed(), &decision);
    }
    if ended == Ended::Deadline && outcome == Outcome::Incomplete {
        let why = "the time was over before everything had gone";
        cx.events.trouble(why, Trouble::because(why));
    }
    if outcome != Outcome::Interrupted {
        tell_late(cx, &late);
    }
    hint(cx, teardown, &decision);
    let mut finished = Finished::new(outcome);
    finished.remaining = remaining;
    finished.blockers = blockers(&world, &decision, cx.aws.region());
    finished.kept = kept(&world, &teardown.intent, &teardown.inventory.facts());
    finished.data = fates(&world, teardown.data.borrow().values());
    finished
}

/// Tells of the VPCs that bear the environment's mark and of which nobody can tell any more whether they were to be kept:
/// somebody has to decide about them.
pub(super) fn tell_doubtful(cx: &Context, inventory: &Inventory) {
    for id in &inventory.survey().doubtful {
        let about = format!(
            "VPC {id} bears the mark of this environment, and nobody can tell any more whether it was to be kept"
        );
        cx.events.trouble(about.clone(), Trouble::because(about));
    }
}

/// These VPCs, as what is left.
pub(super) fn doubtful(inventory: &Inventory) -> Vec<Named> {
    let region = inventory.aws().region();
    let survey = inventory.survey();
    let vpcs = survey.doubtful.iter();
    vpcs.map(|id| {
        let why = format!(
            "its stack can no longer be read; delete it with what is in it: aws ec2 delete-vpc --vpc-id {id} --region \
             {region}, or take the mark off it: aws ec2 delete-tags --resources {id} --tags Key={} --region {region}",
            mark::ENVIRONMENT
        );
        Named::of(&ResourceId::new(Kind::Vpc, id)).because(why)
    })
    .collect()
}

/// Tells what was waited for in vain, those of a kind at once.
fn tell_late(cx: &Context, late: &Late) {
    let mut told: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for (id, how_long) in late {
        let of_kind = told.entry(id.kind).or_default();
        of_kind.push(format!("{} ({how_long})", id.id));
    }
    for (kind, things) in told {
        let count = counted(things.len(), kind.words());
        let first = things.iter().take(TOLD_OF_A_KIND).cloned();
        let first = first.collect::<Vec<_>>().join(", ");
        let more = things.len().saturating_sub(TOLD_OF_A_KIND);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let about =
            format!("{count} on the way for longer than any is known to take: {first}{more}");
        cx.events.trouble(about.clone(), Trouble::because(about));
    }
}

/// What somebody has to decide before the rest can go.
fn undecided_about(resource: &Resource) -> String {
    let id = &resource.id;
    let (role, policy) = id.id.split_once('/').unwrap_or(("", &id.id));
    if id.kind == Kind::AttachedPolicy {
        return format!(
            "policy {policy} was attached to role {role} by hand and holds it; say --detach-policies, or: \
             aws iam detach-role-policy --role-name {role} --policy-arn {policy}"
        );
    }
    if id.kind == Kind::InlinePolicy {
        return format!(
            "policy {policy} was written on role {role} by hand and holds it; say --detach-policies, or: \
             aws iam delete-role-policy --role-name {role} --policy-name {policy}"
        );
    }
    if id.kind == Kind::Replication {
        let cure = resource.cure.as_deref().unwrap_or_default();
        return format!(
            "volumes of a replication cannot be deleted; if it is yours to end: {cure}; then run down again to delete \
             volume {}",
            id.id
        );
    }
    format!(
        "{} {} was made after you agreed to what goes; run down again to decide about it",
        id.kind.words(),
        id.id
    )
}

/// What is ours, or holds what is, and stays because nobody has decided about it.
fn undecided(world: &World, intent: &Intent) -> impl Iterator<Item = Named> {
    let ours = world
        .resources()
        .filter(|resource| World::is_ours(resource, intent.include_located));
    let undecided = ours.filter(|resource| is_undecided(resource));
    undecided.map(|resource| Named::resource(resource).because(undecided_about(resource)))
}

/// Whether something stays only until somebody decides about it.
fn is_undecided(resource: &Resource) -> bool {
    matches!(resource.goes, Goes::Kept(why) if why.is_undecided())
}

/// What a run that has ended comes to, in the order of the contract.
fn outcome(
    ended: Ended,
    world: &World,
    decision: &Decision<'_>,
    teardown: &Teardown<'_>,
) -> Outcome {
    let expired = teardown.has_expired(world);
    let failed = decision
        .standing
        .values()
        .any(|standing| matches!(standing, Standing::Failed(_)));
    let unknown = outcome_of_unknown(world.unknown.values().flatten());
    match decision.goal {
        _ if ended == Ended::Stopped => Outcome::Interrupted,
        Goal::Reached if ended == Ended::BySubject => Outcome::Succeeded,
        _ if failed => Outcome::Failed,
        _ if expired || unknown == Some(Outcome::Incomplete) => Outcome::Incomplete,
        Goal::Blocked if unconsented(world, decision).next().is_some() => Outcome::Incomplete,
        Goal::Blocked => Outcome::Blocked,
        _ if ended == Ended::Deadline => Outcome::Incomplete,
        // What it ended for is late, and still on its way.
        Goal::Pending => unknown.unwrap_or(Outcome::Incomplete),
        Goal::Reached | Goal::Failed => unknown.unwrap_or(Outcome::Failed),
    }
}

/// What nobody has decided about and now holds the rest: a space that was made after the others were agreed to, a policy
/// that was attached by hand, a replication of a volume.
fn unconsented<'a>(
    world: &'a World,
    decision: &'a Decision<'a>,
) -> impl Iterator<Item = &'a Resource> {
    let paths = decision.standing.values().filter_map(|standing| {
        let Standing::Blocked(path) = standing else {
            return None;
        };
        path.last().and_then(|id| world.get(id))
    });
    paths.filter(|holder| is_undecided(holder))
}

fn hint(cx: &Context, teardown: &Teardown<'_>, decision: &Decision<'_>) {
    let world = teardown.world();
    let blocked = !blockers(&world, decision, cx.aws.region()).is_empty();
    if blocked {
        cx.hint_of("foreign-holder", "");
    }
    if decision.goal == Goal::Reached {
        return;
    }
    // That a replication holds a volume is told already.
    let is_told = |about: &ResourceId| {
        let mut holders = world.holders(about);
        holders.any(|holder| holder.id.kind == Kind::Replication)
    };
    let errors = teardown.errors();
    let untold = errors.iter().filter(|(about, _)| !is_told(about));
    let of_calls = untold.filter_map(|(about, error)| {
        Some((
            hints::for_call(error)?,
            Some(error.action.as_str()),
            error.message.as_str(),
            about.id.as_str(),
        ))
    });
    // What CloudFormation told of a stack that did not go.
    let of_stacks = decision
        .standing
        .iter()
        .filter_map(|(id, standing)| match standing {
            Standing::Failed(why) => {
                let hint = hints::for_failure("", why)?;
                Some((hint, None, why.as_str(), id.id.as_str()))
            }
            Standing::Start(_)
            | Standing::Pausing(..)
            | Standing::Settling
            | Standing::Held
            | Standing::Blocked(_)
            | Standing::Unknown(_) => None,
        });
    // What is only waited for while a run goes on is worth less than what ends it; of such, the last.
    let passing = [
        "throttled",
        "studio-in-use",
        "held-in-network",
        "volume-in-use",
        "unreachable",
    ];
    let known: Vec<_> = of_calls.chain(of_stacks).collect();
    let ends = known.iter().find(|(hint, ..)| !passing.contains(&hint.id));
    // Of what is blocked the holder is told already, which says more than what it holds.
    let last = known.last().filter(|_| !blocked);
    if let Some((hint, action, message, about)) = ends.or(last) {
        cx.hint_to(hint, *action, message, Some(about));
    }
}

/// What was to go and is there, with what it waits for.
pub(super) fn remaining(world: &World, decision: &Decision<'_>, late: &Late) -> Vec<Named> {
    // What goes with its owner is told by its owner.
    let is_part = |id: &ResourceId| {
        let goes = world.get(id).map(|resource| &resource.goes);
        matches!(goes, Some(Goes::With(owner)) if decision.standing.contains_key(owner))
    };
    let shown = decision.standing.iter().filter(|(id, _)| !is_part(id));
    shown
        .filter(|(id, _)| is_thing(id.kind))
        .map(|(id, standing)| {
            let named = world.get(id).map_or_else(|| Named::of(id), Named::resource);
            match standing {
                Standing::Blocked(path) => named.because(held_by(path)),
                Standing::Failed(reason) => named.because(reason.clone()),
                Standing::Unknown(facet) => {
                    named.because(format!("the list of {facet} is not known"))
                }
                Standing::Held => {
                    let holders: Vec<String> = world
                        .holders(id)
                        .take(3)
                        .map(|holder| format!("{} {}", holder.id.kind.words(), holder.id.id))
                        .collect();
                    named.because(format!("waits for {}", holders.join(", ")))
                }
                Standing::Settling | Standing::Pausing(..) => {
                    named.because(late.get(id).map_or("on its way", String::as_str))
                }
                Standing::Start(_) => named.because("not begun"),
            }
        })
        .collect()
}

/// What was to go and stands in a list that can no longer be read.
fn unseen(world: &World, teardown: &Teardown<'_>) -> impl Iterator<Item = Named> {
    let unseen = teardown.unseen(world).into_iter();
    let things = unseen.filter(|(id, _)| is_thing(id.kind));
    things.map(|(_, (named, list))| {
        named.because(format!("was there when the list of {list} was read last"))
    })
}

/// Whether people know a step's resource by itself: not a mark on something else, or a part of it.
fn is_thing(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::DomainMark | Kind::KeptMark | Kind::GroupRules | Kind::Retained
    )
}

/// Everything that is not to go and holds something that is: not an interface where what it is part of is known.
fn holders<'a>(world: &'a World, decision: &'a Decision<'a>) -> impl Iterator<Item = &'a Resource> {
    let blocked = |id: &ResourceId| {
        let standing = decision.standing.get(id);
        standing.is_some_and(|standing| matches!(standing, Standing::Blocked(_)))
    };
    let holding = world.resources().filter(move |resource| {
        !decision.standing.contains_key(&resource.id) && resource.holds.iter().any(blocked)
    });
    holding.map(|resource| {
        let whole = match &resource.goes {
            Goes::With(owner) => world.get(owner),
            Goes::By(_) | Goes::Itself | Goes::Kept(_) => None,
        };
        let foreign = whole.filter(|owner| !decision.standing.contains_key(&owner.id));
        foreign.unwrap_or(resource)
    })
}

/// What is not ours and holds something of ours, with what makes it go.
pub(super) fn blockers(world: &World, decision: &Decision<'_>, region: &str) -> Vec<Named> {
    let mut blockers: Vec<Named> = Vec::new();
    for holder in holders(world, decision) {
        let owner = holder
            .owner
            .clone()
            .map(|owner| format!("; owner {owner}"))
            .unwrap_or_default();
        let cure = holder
            .cure
            .clone()
            .or_else(|| environment::cure(&holder.id).map(Into::into))
            .map(|cure| format!("; to make it go: {}", in_region(&cure, region)))
            .unwrap_or_default();
        let named = match holder.goes {
            Goes::Kept(why) if why.is_undecided() => continue,
            Goes::Kept(why) => Named::resource(holder).because(why.to_string()),
            Goes::By(_) | Goes::With(_) | Goes::Itself => Named::resource(holder)
                .because(format!("not part of this environment{owner}{cure}")),
        };
        if !blockers.contains(&named) {
            blockers.push(named);
        }
    }
    blockers
}

/// A command of the AWS CLI as it works whatever region somebody has configured; anything else as it is.
fn in_region(cure: &str, region: &str) -> String {
    if cure.starts_with("aws ") && !cure.contains(',') {
        format!("{cure} --region {region}")
    } else {
        cure.to_owned()
    }
}

/// What is ours and stays on purpose, with what a volume costs and the command that deletes it.
pub(super) fn kept(world: &World, intent: &Intent, facts: &Facts) -> Vec<Named> {
    let ours = world
        .resources()
        .filter(|resource| World::is_ours(resource, intent.include_located));
    ours.filter_map(|resource| match resource.goes {
        Goes::Kept(why) if resource.id.kind == Kind::FileSystem => {
            let command = format!(
                "{why}; {}; delete it with: jumpstart-vpc down --name {} --region {} --yes --delete-efs={}",
                crate::cost::home_volume(),
                facts.environment,
                facts.region,
                resource.id.id
            );
            Some(Named::resource(resource).because(command))
        }
        Goes::Kept(why) if !why.is_undecided() => {
            Some(Named::resource(resource).because(why.to_string()))
        }
        Goes::By(_) | Goes::With(_) | Goes::Itself | Goes::Kept(_) => None,
    })
    .collect()
}

/// What becomes of data when all goes as it was planned.
pub(super) fn fates_to_be(world: &World, intent: &Intent) -> Vec<DataTold> {
    let ours = world
        .resources()
        .filter(|resource| World::is_ours(resource, intent.include_located));
    ours.filter_map(|resource| {
        let fate = match resource.goes {
            Goes::Kept(_) => Fate::Kept,
            Goes::By(_) | Goes::With(_) | Goes::Itself => Fate::Deleted,
        };
        let data = resource.data.clone()?;
        Some(DataTold { data: *data, fate })
    })
    .collect()
}

fn fates<'a>(world: &World, seen: impl Iterator<Item = &'a Data>) -> Vec<DataTold> {
    // What cannot be seen has not been seen to go.
    let is_gone = |data: &Data| is_seen_gone(world, &ResourceId::new(data.kind.of(), &data.id));
    seen.map(|data| DataTold {
        data: data.clone(),
        fate: if is_gone(data) {
            Fate::Deleted
        } else {
            Fate::Kept
        },
    })
    .collect()
}
