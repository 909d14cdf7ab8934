//! Policies on roles of ours. IAM refuses to delete a role while it has any that its stack does not take off itself
//! (operators' notes, item 28).

use super::stacks_of;
use crate::decide::Intent;
use crate::evidence::Evidence;
use crate::facts::{Facts, RolePolicy};
use crate::resource::{Goes, Keeping, Kind, Resource, Verb};

pub(super) fn resources(facts: &Facts, intent: &Intent) -> Vec<Resource> {
    let policies = facts.role_policies.items().iter();
    policies
        .filter(|policy| !policy.is_of_stack)
        .map(|found| policy(facts, found, intent))
        .collect()
}

fn policy(facts: &Facts, found: &RolePolicy, intent: &Intent) -> Resource {
    let (kind, verb) = if found.document.is_some() {
        (Kind::InlinePolicy, Verb::Delete)
    } else {
        (Kind::AttachedPolicy, Verb::Detach)
    };
    let id = found.id();
    let mut policy = Resource::new(kind, &id);
    policy.name = Some(found.policy.clone());
    policy.evidence = vec![Evidence::NamedBy(found.role.clone())];
    policy.holds = stacks_of(facts, [&found.role]);
    policy.goes = if intent.policies.covers(&id) {
        Goes::By(verb)
    } else {
        Goes::Kept(Keeping::NotDetached)
    };
    policy
}
