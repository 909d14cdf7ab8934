//! What is waited for: since when, and when waiting is in vain.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use engine::Want;
use environment::decide::{Decision, Standing};
use environment::resource::{Goes, Status};
use environment::{Facet, ReadError, ResourceId, World};

use super::Teardown;
use super::durations::usual;
use super::late::waits_for_another;
use super::unexplained::is_worked_in;

/// How long what only waits is waited for once something has failed: it may wait for just that.
const IN_VAIN: Duration = Duration::from_secs(900);

impl Teardown<'_> {
    /// The lists that somebody waits for. What goes with an owner is waited for once the owner has gone.
    pub(super) fn waits(
        &self,
        now: Duration,
        world: &World,
        decision: &Decision<'_>,
    ) -> BTreeMap<Facet, Want<Facet>> {
        let owner_is_there = |id: &ResourceId| {
            world.get(id).is_some_and(|resource| matches!(&resource.goes, Goes::With(owner) if world.get(owner).is_some()))
        };
        let waited: BTreeSet<&ResourceId> = decision
            .standing
            .iter()
            .filter(|(id, standing)| match standing {
                Standing::Settling => !owner_is_there(id),
                Standing::Pausing(_, until) => until.is_some(),
                Standing::Start(_)
                | Standing::Held
                | Standing::Blocked(_)
                | Standing::Unknown(_)
                | Standing::Failed(_) => false,
            })
            .map(|(id, _)| *id)
            .collect();
        let mut began = self.waiting.borrow_mut();
        began.retain(|id, _| waited.contains(id));
        let mut wants: BTreeMap<Facet, Want<Facet>> = BTreeMap::new();
        for id in waited {
            let since = began.get(id).copied().unwrap_or_else(|| {
                began.insert(id.clone(), now);
                now
            });
            let (facet, usual) = (id.kind.facet(), usual(id.kind));
            let want = wants
                .entry(facet)
                .or_insert_with(|| wait_for(facet, since, usual));
            want.oldest = want.oldest.min(since);
            want.youngest = want.youngest.max(since);
            want.usual = want.usual.min(usual);
        }
        wants
    }

    /// Whether all that still moves has been waited for in vain: it is late, or something that it may wait for has failed or
    /// will never be known.
    pub(in super::super) fn waits_in_vain(
        &self,
        now: Duration,
        world: &World,
        decision: &Decision<'_>,
    ) -> bool {
        let is_hopeless = is_hopeless(world, decision);
        // A list that may yet be known may show something else to do.
        if !is_hopeless && (!world.unknown.is_empty() || !self.is_any_late(now, world)) {
            return false;
        }
        let has_apps = is_worked_in(world);
        let waiting = self.waiting.borrow();
        decision
            .standing
            .iter()
            .all(|(id, standing)| match standing {
                Standing::Start(_) | Standing::Pausing(..) => false,
                // What the service says is on its way waits for nothing of ours.
                Standing::Settling if is_hopeless && !is_on_its_way(world, id) => waiting
                    .get(id)
                    .is_none_or(|since| now.saturating_sub(*since) >= IN_VAIN),
                Standing::Settling => {
                    self.is_late(now, world, id) || waits_for_another(world, id, has_apps)
                }
                Standing::Held
                | Standing::Blocked(_)
                | Standing::Unknown(_)
                | Standing::Failed(_) => true,
            })
    }
}

/// Whether something has failed, or will never be known.
fn is_hopeless(world: &World, decision: &Decision<'_>) -> bool {
    let mut standing = decision.standing.values();
    let lasting = |error: &Option<ReadError>| {
        let error = error.as_ref();
        error.is_some_and(|error| !error.is_transient())
    };
    standing.any(|standing| matches!(standing, Standing::Failed(_)))
        || world.unknown.values().any(lasting)
}

/// A list that is waited for since a moment.
pub(super) fn wait_for(facet: Facet, since: Duration, usual: Duration) -> Want<Facet> {
    Want {
        facet,
        oldest: since,
        youngest: since,
        usual,
    }
}

/// Whether the service says of a thing that it is on its way out, or to where it can be removed.
fn is_on_its_way(world: &World, id: &ResourceId) -> bool {
    world
        .get(id)
        .is_some_and(|it| matches!(it.status, Status::Busy(_) | Status::Leaving(_)))
}
