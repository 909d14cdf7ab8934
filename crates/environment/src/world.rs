//! Everything that exists of an environment and around it, with what holds what.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::evidence::Verdict;
use crate::reading::{Facet, ReadError};
use crate::resource::{Goes, Kind, Resource, ResourceId, Status};

/// The resources that were seen, and the lists that could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    /// A projection shares them.
    resources: BTreeMap<ResourceId, Rc<Resource>>,
    /// Who holds a thing: the relation turned round.
    holders: Relation,
    /// What goes with a thing: that relation turned round.
    followers: Relation,
    /// Lists that are not known, with the reason where there is one.
    pub unknown: BTreeMap<Facet, Option<ReadError>>,
}

/// For each thing those that have to do with it, in their order. A workshop has thousands of pairs, most things only one:
/// nothing has more room than it needs.
type Relation = BTreeMap<ResourceId, Box<[Rc<Resource>]>>;

/// Pairs of a thing and one that has to do with it, by the things.
fn relation(mut pairs: Vec<(&ResourceId, &Rc<Resource>)>) -> Relation {
    pairs.sort_unstable_by(|(one, holder), (other, another)| {
        (one, &holder.id).cmp(&(other, &another.id))
    });
    pairs.dedup_by(|(one, holder), (other, another)| one == other && holder.id == another.id);
    let of_one = pairs.chunk_by(|(one, _), (other, _)| one == other);
    let of_one = of_one.filter_map(|pairs| {
        let (thing, _) = pairs.first()?;
        let others = pairs.iter().map(|(_, other)| Rc::clone(other));
        Some(((*thing).clone(), others.collect()))
    });
    of_one.collect()
}

impl World {
    /// A world of these resources. What is gone already is left out.
    pub fn new(
        resources: impl IntoIterator<Item = impl Into<Rc<Resource>>>,
        unknown: BTreeMap<Facet, Option<ReadError>>,
    ) -> Self {
        let there = resources.into_iter().map(Into::into);
        let there = there.filter(|resource| resource.status != Status::Gone);
        let resources: BTreeMap<_, Rc<Resource>> = there
            .map(|resource: Rc<Resource>| (resource.id.clone(), resource))
            .collect();
        let holders = resources.values().flat_map(|resource| {
            let held = resource.holds.iter();
            held.map(move |held| (held, resource))
        });
        let followers = resources.values().filter_map(|resource| {
            let Goes::With(owner) = &resource.goes else {
                return None;
            };
            Some((owner, resource))
        });
        Self {
            holders: relation(holders.collect()),
            followers: relation(followers.collect()),
            resources,
            unknown,
        }
    }

    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values().map(Rc::as_ref)
    }

    pub fn get(&self, id: &ResourceId) -> Option<&Resource> {
        self.resources.get(id).map(Rc::as_ref)
    }

    /// What exists and holds `id`.
    pub fn holders(&self, id: &ResourceId) -> impl Iterator<Item = &Resource> {
        self.there(&self.holders, id)
    }

    /// What has to go before a thing: what holds it, but for what waits for the end of just that. Somebody's group on an
    /// interface endpoint of ours holds the endpoint's stack for its place, and can go only when the stack has.
    pub fn before(&self, id: &ResourceId) -> impl Iterator<Item = &Resource> {
        let waiting = self.waiting_for(id);
        let holders = self.holders(id);
        holders.filter(move |holder| !waiting.contains(&holder.id))
    }

    /// What waits for the end of a thing: what goes with it holds that, directly or through others. Stacks have an order of
    /// their own.
    fn waiting_for(&self, id: &ResourceId) -> BTreeSet<&ResourceId> {
        let mut waiting = BTreeSet::new();
        let mut edge: Vec<&Resource> = self.followers(id).collect();
        while let Some(holder) = edge.pop() {
            let held = holder.holds.iter().filter_map(|held| self.get(held));
            for held in held.filter(|held| held.id.kind != Kind::Stack) {
                if waiting.insert(&held.id) {
                    edge.push(held);
                }
            }
        }
        waiting
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
        let others = relation
            .get(id)
            .into_iter()
            .flat_map(|others| others.iter());
        let there = others.filter(|other| self.resources.contains_key(&other.id));
        there.map(Rc::as_ref)
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
            self.remove(&follower.id);
        }
    }
}
