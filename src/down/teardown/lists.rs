//! The lists to look at next: those that somebody waits for, those that may show a holder, and those that are not known.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::Want;
use environment::assemble::has_rules_between_members;
use environment::decide::{Decision, Standing};
use environment::{Facet, Kind, ReadError, World};

use super::Teardown;
use super::waits::wait_for;

impl Teardown<'_> {
    /// The lists to look at: those that somebody waits for, and those that may show what stands in the way.
    pub(super) fn wants(
        &self,
        now: Duration,
        world: &World,
        decision: &Decision<'_>,
    ) -> Vec<Want<Facet>> {
        let mut wants = self.waits(now, world, decision);
        let others = self.lists_of_holders(decision).into_iter();
        let others = others.chain(self.lists_of_workers(now, world, decision).iter().copied());
        let others = others.chain(self.list_of_apps(now, world, decision));
        let others = others.chain(self.list_of_members(decision));
        let others = others.chain(list_of_followers(world, decision));
        for facet in others.chain(unknown_lists(world, decision)) {
            wants
                .entry(facet)
                .or_insert_with(|| wait_for(facet, Duration::ZERO, Duration::ZERO));
        }
        wants.into_values().collect()
    }

    /// The list that shows which member CloudFormation is at, where rules between groups of our stacks may hold one: it tries
    /// for a quarter of an hour before it tells so (section 3.3).
    fn list_of_members(&self, decision: &Decision<'_>) -> Option<Facet> {
        let mut standing = decision.standing.iter();
        let is_deleted = standing.any(|(id, standing)| {
            id.kind == Kind::Stack && matches!(standing, Standing::Pausing(_, None))
        });
        let is_wanted = is_deleted && has_rules_between_members(&self.inventory.facts());
        is_wanted.then_some(Facet::Stacks)
    }

    /// Something holds what no list of ours shows a holder of: somebody has made it since.
    fn lists_of_holders(&self, decision: &Decision<'_>) -> BTreeSet<Facet> {
        let ledger = self.ledger.borrow();
        let pausing = decision.standing.iter();
        let refused = pausing.filter_map(|(id, standing)| {
            let Standing::Pausing(verb, Some(_)) = standing else {
                return None;
            };
            ledger.held(*verb, id).then_some(id.kind)
        });
        // Anything may hold a stack; what is new is most likely in its network.
        let of_network: &[Facet] = &[Facet::SecurityGroups, Facet::NetworkInterfaces];
        let holders = |kind: Kind| {
            if kind == Kind::Stack {
                of_network
            } else {
                kind.holder_facets()
            }
        };
        refused
            .flat_map(|kind| holders(kind).iter().copied())
            .collect()
    }
}

/// The list that shows when the interfaces have gone with a stack that is being deleted, where something waits for that and
/// the stack for it in turn: CloudFormation tries for a quarter of an hour (section 3.3).
fn list_of_followers(world: &World, decision: &Decision<'_>) -> Option<Facet> {
    let mut standing = decision.standing.iter();
    let is_waited_for = standing.any(|(id, standing)| {
        let is_deleted = id.kind == Kind::Stack && matches!(standing, Standing::Pausing(_, None));
        is_deleted && world.holders(id).next().is_some()
    });
    is_waited_for.then_some(Facet::NetworkInterfaces)
}

/// Lists that are not known and may be read by asking again, once those are known that they need ids of.
fn unknown_lists(world: &World, decision: &Decision<'_>) -> BTreeSet<Facet> {
    let missing = decision
        .standing
        .values()
        .filter_map(|standing| match standing {
            Standing::Unknown(facet) => Some(*facet),
            Standing::Start(_)
            | Standing::Pausing(..)
            | Standing::Settling
            | Standing::Held
            | Standing::Blocked(_)
            | Standing::Failed(_) => None,
        });
    let unknown = world
        .unknown
        .iter()
        .filter(|(_, error)| error.as_ref().is_none_or(ReadError::is_transient));
    let may_yet_be_known = |facet: &Facet| {
        let state = world.unknown.get(facet);
        state.is_some_and(|error| error.as_ref().is_none_or(ReadError::is_transient))
    };
    let ready = |facet: &Facet| !facet.needs_ids_of().iter().any(may_yet_be_known);
    missing
        .chain(unknown.map(|(facet, _)| *facet))
        .filter(ready)
        .collect()
}
