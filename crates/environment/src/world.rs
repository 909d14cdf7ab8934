//! Everything that exists of an environment and around it, with what holds what.

use std::collections::BTreeMap;

use crate::evidence::Verdict;
use crate::reading::{Facet, ReadError};
use crate::resource::{Goes, Kind, Resource, ResourceId, Status};

/// The resources that were seen, and the lists that could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    resources: BTreeMap<ResourceId, Box<Resource>>,
    /// Who holds a thing: the relation turned round.
    holders: Relation,
    /// What goes with a thing: that relation turned round.
    followers: Relation,
    /// Lists that are not known, with the reason where there is one.
    pub unknown: BTreeMap<Facet, Option<ReadError>>,
}

/// For each thing those that have to do with it, in their order. A workshop has thousands of pairs, most things only one:
/// nothing has more room than it needs.
type Relation = BTreeMap<ResourceId, Box<[ResourceId]>>;

/// Pairs of a thing and one that has to do with it, by the things.
fn relation(mut pairs: Vec<(&ResourceId, &ResourceId)>) -> Relation {
    pairs.sort_unstable();
    pairs.dedup();
    let of_one = pairs.chunk_by(|(one, _), (other, _)| one == other);
    let of_one = of_one.filter_map(|pairs| {
        let (thing, _) = pairs.first()?;
        let others = pairs.iter().map(|(_, other)| (*other).clone());
        Some(((*thing).clone(), others.collect()))
    });
    of_one.collect()
}

impl World {
    /// A world of these resources. What is gone already is left out.
    pub fn new(resources: Vec<Resource>, unknown: BTreeMap<Facet, Option<ReadError>>) -> Self {
        let there = resources.into_iter();
        let there = there.filter(|resource| resource.status != Status::Gone);
        let resources: BTreeMap<_, _> = there
            .map(|resource| (resource.id.clone(), Box::new(resource)))
            .collect();
        let holders = resources.values().flat_map(|resource| {
            let held = resource.holds.iter();
            held.map(|held| (held, &resource.id))
        });
        let followers = resources.values().filter_map(|resource| {
            let Goes::With(owner) = &resource.goes else {
                return None;
            };
            Some((owner, &resource.id))
        });
        Self {
            holders: relation(holders.collect()),
            followers: relation(followers.collect()),
            resources,
            unknown,
        }
    }

    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values().map(Box::as_ref)
    }

    pub fn get(&self, id: &ResourceId) -> Option<&Resource> {
        self.resources.get(id).map(Box::as_ref)
    }

    /// What exists and holds `id`.
    pub fn holders(&self, id: &ResourceId) -> impl Iterator<Item = &Resource> {
        self.there(&self.holders, id)
    }

    /// What exists and goes with `id`.
    pub fn followers(&self, id: &ResourceId) -> impl Iterator<Item = &Resource> {
        self.there(&self.followers, id)
    }

    fn there<'a>(
        &'a self,
        relation: &'a Relation,
        id: &ResourceId,
    ) -> impl Iterator<Item = &'a Resource> {
        let ids = relation.get(id).into_iter().flat_map(|ids| ids.iter());
        ids.filter_map(|id| self.get(id))
    }

    /// A list that could contain a holder of a thing and is not known. Whatever may hold a VPC that a stack has left may hold
    /// what is left in it.
    pub fn unknown_holders(&self, resource: &Resource) -> Option<Facet> {
        let held = if resource.is_left {
            Kind::Vpc
        } else {
            resource.id.kind
        };
        held.holder_facets()
            .iter()
            .copied()
            .find(|facet| self.unknown.contains_key(facet))
    }

    /// Whether a thing is to go: ours by strong evidence, or by location where that was asked for.
    pub fn is_ours(resource: &Resource, include_located: bool) -> bool {
        match resource.verdict() {
            Verdict::Ours => true,
            Verdict::Located => include_located,
            Verdict::Foreign => false,
        }
    }

    /// Takes a thing away, and what goes with it; for projections.
    pub(crate) fn remove(&mut self, id: &ResourceId) {
        self.resources.remove(id);
        for follower in self.followers.remove(id).unwrap_or_default() {
            self.remove(&follower);
        }
    }
}
