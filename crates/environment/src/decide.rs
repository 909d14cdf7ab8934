//! What may be done next.
//!
//! What is ours goes when strong evidence says ours, its status allows it, nothing in the world holds it but what waits
//! for its end, and every list that could contain a holder is known. A holder that is not ours is a blocker, and the path to it is the
//! explanation that the user reads.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::ledger::{Ledger, May};
use crate::reading::{Facet, ReadError};
use crate::resource::{Goes, Resource, ResourceId, Status, Verb};
use crate::world::World;

/// What the user wants of a teardown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intent {
    /// Which spaces may go, with their volumes.
    pub spaces: Agreed,
    /// Which notebook instances may go, with their volumes.
    pub notebooks: Agreed,
    /// Which policies may be taken off roles of ours that somebody put there by hand.
    pub policies: Agreed,
    /// Logs of ours go too.
    pub delete_logs: bool,
    /// Which home volumes may go; the others are kept.
    pub home_volumes: Agreed,
    /// Kept volumes that were named to be deleted.
    pub delete_kept: DeleteKept,
    /// Location in our VPC counts as ownership.
    pub include_located: bool,
}

/// What somebody has agreed to lose, of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Agreed {
    #[default]
    None,
    /// These, by id: what was shown when the question was answered.
    These(BTreeSet<String>),
    All,
}

impl Agreed {
    /// Whether a thing may go, by its id.
    pub fn covers(&self, id: &str) -> bool {
        match self {
            Agreed::None => false,
            Agreed::These(ids) => ids.contains(id),
            Agreed::All => true,
        }
    }
}

/// Which volumes of former environments of this name are deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeleteKept {
    #[default]
    None,
    /// All. Whether this may be meant is decided when the environment is first seen: only where nothing else of it is left.
    All,
    /// This one, always.
    Volume(String),
}

/// What stands between a resource and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// This may be asked for now.
    Start(Verb),
    /// The step is in flight, or pauses until that moment.
    Pausing(Verb, Option<Duration>),
    /// On its way by itself, or going with its owner.
    Settling,
    /// Ours hold it: [`World::holders`].
    Held,
    /// What is not ours holds it: the path there, nearest first.
    Blocked(Vec<ResourceId>),
    /// A list that could contain a holder is not known.
    Unknown(Facet),
    /// Its step failed for this reason.
    Failed(String),
}

/// The state of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Nothing of ours is left, and every list is known.
    Reached,
    /// Something is under way or may be started.
    Pending,
    /// Every remaining resource is held, directly or through ours, by what is not ours.
    Blocked,
    /// Nothing moves any more because steps failed.
    Failed,
}

/// One turn's decision about a world.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision<'w> {
    /// What is to go and is still there, with what stands in its way.
    pub standing: BTreeMap<&'w ResourceId, Standing>,
    pub goal: Goal,
}

impl Decision<'_> {
    /// Steps to start now.
    pub fn start(&self) -> impl Iterator<Item = (Verb, &ResourceId)> {
        self.standing
            .iter()
            .filter_map(|(id, standing)| match standing {
                Standing::Start(verb) => Some((*verb, *id)),
                Standing::Pausing(..)
                | Standing::Settling
                | Standing::Held
                | Standing::Blocked(_)
                | Standing::Unknown(_)
                | Standing::Failed(_) => None,
            })
    }

    /// The earliest moment at which a pause ends.
    pub fn wake(&self) -> Option<Duration> {
        self.standing
            .values()
            .filter_map(|standing| match standing {
                Standing::Pausing(_, until) => *until,
                Standing::Start(_)
                | Standing::Settling
                | Standing::Held
                | Standing::Blocked(_)
                | Standing::Unknown(_)
                | Standing::Failed(_) => None,
            })
            .min()
    }
}

/// Decides about every resource of ours that is to go.
pub fn decide<'w>(
    world: &'w World,
    intent: &Intent,
    ledger: &Ledger,
    now: Duration,
) -> Decision<'w> {
    let blocked = blocked_paths(world, intent);
    let wanted = world
        .resources()
        .filter(|resource| wanted_gone(resource, intent));
    let mut standing: BTreeMap<&ResourceId, Standing> = wanted
        .map(|resource| {
            let state = stand(world, ledger, now, resource, &blocked);
            (&resource.id, state)
        })
        .collect();
    spread_failures(world, &mut standing);
    let goal = goal(world, &standing);
    Decision { standing, goal }
}

/// Whether a thing is ours and not kept.
pub fn wanted_gone(resource: &Resource, intent: &Intent) -> bool {
    World::is_ours(resource, intent.include_located) && !matches!(resource.goes, Goes::Kept(_))
}

fn stand(
    world: &World,
    ledger: &Ledger,
    now: Duration,
    resource: &Resource,
    blocked: &BTreeMap<&ResourceId, Vec<ResourceId>>,
) -> Standing {
    // Without the stacks nothing is known of what is ours.
    if world.unknown.contains_key(&Facet::Stacks) {
        return Standing::Unknown(Facet::Stacks);
    }
    if let Some(path) = blocked.get(&resource.id) {
        return Standing::Blocked(path.clone());
    }
    let Goes::By(verb) = &resource.goes else {
        return Standing::Settling;
    };
    let may = ledger.may(*verb, &resource.id, now);
    // A step in flight says more about a thing than the list that was read before it began.
    if may == May::InFlight {
        return Standing::Pausing(*verb, None);
    }
    if let Status::Busy(_) | Status::Leaving(_) = resource.status {
        return Standing::Settling;
    }
    if world.before(&resource.id).next().is_some() {
        return Standing::Held;
    }
    if let Some(facet) = world.unknown_holders(resource) {
        return Standing::Unknown(facet);
    }
    match may {
        May::Start => Standing::Start(*verb),
        May::InFlight => Standing::Pausing(*verb, None),
        May::NotBefore(until) => Standing::Pausing(*verb, Some(until)),
        May::Failed(reason) => Standing::Failed(reason),
    }
}

/// For everything that is held by what stays, or goes with it, directly or through others: the path to it.
fn blocked_paths<'w>(
    world: &'w World,
    intent: &Intent,
) -> BTreeMap<&'w ResourceId, Vec<ResourceId>> {
    let mut paths: BTreeMap<&ResourceId, Vec<ResourceId>> = BTreeMap::new();
    let mut edge: Vec<(&ResourceId, Vec<ResourceId>)> = world
        .resources()
        .filter(|resource| !wanted_gone(resource, intent))
        .flat_map(|stays| {
            // What goes with it stays as well.
            let followers = world.followers(&stays.id).map(|follower| &follower.id);
            let held = stays.holds.iter().chain(followers);
            held.map(|held| (held, vec![stays.id.clone()]))
        })
        .collect();
    while !edge.is_empty() {
        let mut next = Vec::new();
        for (id, path) in edge {
            let Some(resource) = world
                .get(id)
                .filter(|resource| wanted_gone(resource, intent))
            else {
                continue;
            };
            if paths.contains_key(id) {
                continue;
            }
            let mut onward = vec![id.clone()];
            onward.extend(path.iter().cloned());
            let followers = world.followers(id).map(|follower| &follower.id);
            let held = resource.holds.iter().chain(followers);
            next.extend(held.map(|held| (held, onward.clone())));
            paths.insert(&resource.id, path);
        }
        edge = next;
    }
    paths
}

/// What is held by something that failed will not move either.
fn spread_failures<'w>(world: &'w World, standing: &mut BTreeMap<&'w ResourceId, Standing>) {
    let failed = standing
        .iter()
        .filter(|(_, state)| matches!(state, Standing::Failed(_)));
    let mut edge: Vec<&ResourceId> = failed.map(|(id, _)| *id).collect();
    while let Some(id) = edge.pop() {
        let Some(resource) = world.get(id) else {
            continue;
        };
        let followers = world.followers(id).map(|follower| &follower.id);
        for held in resource.holds.iter().chain(followers) {
            if let Some(state @ (Standing::Held | Standing::Settling)) = standing.get_mut(held) {
                *state = Standing::Failed(format!("waits for {} {}", id.kind.words(), id.id));
                edge.push(held);
            }
        }
    }
}

fn goal(world: &World, standing: &BTreeMap<&ResourceId, Standing>) -> Goal {
    let moving = standing.values().any(|state| match state {
        Standing::Start(_) | Standing::Pausing(..) | Standing::Settling => true,
        // Held by ours: it moves when they do.
        Standing::Held | Standing::Blocked(_) | Standing::Failed(_) | Standing::Unknown(_) => false,
    });
    let asked_again = world
        .unknown
        .values()
        .any(|error| error.as_ref().is_none_or(ReadError::is_transient));
    if moving || asked_again {
        return Goal::Pending;
    }
    if !world.unknown.is_empty() {
        return Goal::Failed;
    }
    if standing.is_empty() {
        return Goal::Reached;
    }
    if standing
        .values()
        .all(|state| matches!(state, Standing::Blocked(_)))
    {
        Goal::Blocked
    } else {
        Goal::Failed
    }
}

#[cfg(test)]
mod tests;
