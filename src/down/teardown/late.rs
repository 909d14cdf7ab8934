//! What is late: on its way for longer than anything of its kind is known to take. Nobody waits for it to the end of the
//! run's time once nothing else moves.

use std::collections::BTreeMap;
use std::time::Duration;

use environment::decide::{Decision, Standing};
use environment::resource::{Goes, Status};
use environment::{ResourceId, World};

use super::Teardown;
use super::durations::longest;
use super::gone::unknown_list;
use super::unexplained::{is_of_a_domain, is_worked_in};
use crate::report::duration;

/// Since when something is on its way in one status. With another status begins another way: an endpoint that was long in the
/// making is not late when it is told to go.
pub(super) struct Way {
    since: Duration,
    status: Status,
}

impl Way {
    fn goes_on(&self, world: &World, id: &ResourceId) -> bool {
        world.get(id).is_some_and(|it| it.status == self.status)
    }
}

impl Teardown<'_> {
    /// Notes what is on its way, from when it was first seen so: what only stands in line for a call is not. A list that
    /// cannot be read for a while ends no way.
    pub(super) fn follow(&self, now: Duration, world: &World, decision: &Decision<'_>) {
        let has_apps = is_worked_in(world);
        let moves = |id: &ResourceId| {
            let standing = decision.standing.get(id);
            matches!(standing, Some(Standing::Settling)) && !waits_for_another(world, id, has_apps)
        };
        let mut ways = self.ways.borrow_mut();
        ways.retain(|id, way| {
            unknown_list(world, id).is_some() || (way.goes_on(world, id) && moves(id))
        });
        for &id in decision.standing.keys() {
            if ways.contains_key(id) || !moves(id) {
                continue;
            }
            if let Some(found) = world.get(id) {
                let status = found.status.clone();
                ways.insert(id.clone(), Way { since: now, status });
            }
        }
    }

    pub(super) fn is_late(&self, now: Duration, world: &World, id: &ResourceId) -> bool {
        let ways = self.ways.borrow();
        let way = ways.get(id).filter(|way| way.goes_on(world, id));
        way.is_some_and(|way| now.saturating_sub(way.since) >= longest(id.kind))
    }

    pub(super) fn is_any_late(&self, now: Duration, world: &World) -> bool {
        let ways = self.ways.borrow();
        ways.keys().any(|id| self.is_late(now, world, id))
    }

    /// What is late, with what it does and for how long: `Deleting for 30m 05s`.
    pub(in super::super) fn late(
        &self,
        now: Duration,
        world: &World,
        decision: &Decision<'_>,
    ) -> BTreeMap<ResourceId, String> {
        let ways = self.ways.borrow();
        let late = ways.iter().filter(|(id, _)| {
            let standing = decision.standing.get(*id);
            matches!(standing, Some(Standing::Settling)) && self.is_late(now, world, id)
        });
        late.map(|(id, way)| {
            let word = match &way.status {
                Status::Busy(word) | Status::Leaving(word) => word.as_str(),
                Status::Ready | Status::Gone => "lingering",
            };
            let waited = duration(now.saturating_sub(way.since));
            (id.clone(), format!("{word} for {waited}"))
        })
        .collect()
    }
}

/// Whether something waits for another thing to go first: its owner, what holds it, of the interfaces of a domain the apps.
/// What the service says is on its way waits for nothing.
pub(super) fn waits_for_another(world: &World, id: &ResourceId, has_apps: bool) -> bool {
    let found = world.get(id);
    let Some(found) = found.filter(|found| found.status == Status::Ready) else {
        return false;
    };
    let has_owner = matches!(&found.goes, Goes::With(owner) if world.get(owner).is_some());
    has_owner || world.holders(id).next().is_some() || (has_apps && is_of_a_domain(world, id))
}
