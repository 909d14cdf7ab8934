//! Everything that exists of an environment and around it, with what holds what.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::Verdict;
use crate::reading::{Facet, ReadError};
use crate::resource::{Goes, Kind, Resource, ResourceId, Status};

/// The resources that were seen, and the lists that could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    resources: BTreeMap<ResourceId, Resource>,
    /// Who holds a thing: the relation turned round.
    holders: BTreeMap<ResourceId, BTreeSet<ResourceId>>,
    /// What goes with a thing: that relation turned round.
    followers: BTreeMap<ResourceId, BTreeSet<ResourceId>>,
    /// Lists that are not known, with the reason where there is one.
    pub unknown: BTreeMap<Facet, Option<ReadError>>,
}

impl World {
    /// A world of these resources. What is gone already is left out.
    pub fn new(resources: Vec<Resource>, unknown: BTreeMap<Facet, Option<ReadError>>) -> Self {
        let mut world = Self {
            unknown,
            ..Self::default()
        };
        for resource in resources
            .into_iter()
            .filter(|resource| resource.status != Status::Gone)
        {
            for held in &resource.holds {
                world
                    .holders
                    .entry(held.clone())
                    .or_default()
                    .insert(resource.id.clone());
            }
            world.resources.insert(resource.id.clone(), resource);
        }
        for resource in world.resources.values() {
            if let Goes::With(owner) = &resource.goes {
                let followers = world.followers.entry(owner.clone()).or_default();
                followers.insert(resource.id.clone());
            }
        }
        world
    }

    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values()
    }

    pub fn get(&self, id: &ResourceId) -> Option<&Resource> {
        self.resources.get(id)
    }

    /// What exists and holds `id`.
    pub fn holders(&self, id: &ResourceId) -> impl Iterator<Item = &Resource> {
        self.there(self.holders.get(id))
    }

    /// What exists and goes with `id`.
    pub fn followers(&self, id: &ResourceId) -> impl Iterator<Item = &Resource> {
        self.there(self.followers.get(id))
    }

    fn there<'a>(
        &'a self,
        ids: Option<&'a BTreeSet<ResourceId>>,
    ) -> impl Iterator<Item = &'a Resource> {
        let ids = ids.into_iter().flatten();
        ids.filter_map(|id| self.resources.get(id))
    }

    /// A list that could contain a holder of this kind of thing and is not known.
    pub fn unknown_holders(&self, kind: Kind) -> Option<Facet> {
        kind.holder_facets()
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
        for follower in self.followers.remove(id).into_iter().flatten() {
            self.remove(&follower);
        }
    }
}
