//! What is gone by the lists of a look. Members of stacks, which no list need show, are asked for in `proof`.

use environment::{Facet, ResourceId, World};

/// Whether something is gone by lists that are known: one that is not known proves nothing.
pub(in super::super) fn is_seen_gone(world: &World, id: &ResourceId) -> bool {
    world.get(id).is_none() && unknown_list(world, id).is_none()
}

/// A list that has to be known to tell whether something is there, and is not.
pub(super) fn unknown_list(world: &World, id: &ResourceId) -> Option<Facet> {
    let lists = [id.kind.facet(), Facet::Stacks];
    let mut unknown = lists.into_iter();
    unknown.find(|facet| world.unknown.contains_key(facet))
}
