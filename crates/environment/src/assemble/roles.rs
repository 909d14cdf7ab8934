//! Policies on roles of ours. IAM refuses to delete a role while it has any that its stack does not take off itself
//! (operators' notes, item 28).

use super::{is_retained, stacks_of};
use crate::decide::Intent;
use crate::evidence::Evidence;
use crate::facts::{Facts, RolePolicy};
use crate::resource::{Goes, Keeping, Kind, Resource, Verb};

pub(super) fn resources(facts: &Facts, intent: &Intent) -> Vec<Resource> {
    let policies = facts.role_policies.items().iter();
    // A role that stays keeps what is on it.
    policies
        .filter(|policy| !policy.is_of_stack && !is_retained(facts, &policy.role))
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
    policy.name = Some(found.policy.as_str().into());
    policy.evidence = vec![Evidence::NamedBy(found.role.as_str().into())];
    policy.holds = stacks_of(facts, [&found.role]);
    policy.goes = if intent.policies.covers(&id) {
        Goes::By(verb)
    } else {
        Goes::Kept(Keeping::NotDetached)
    };
    policy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::facts_of;
    use crate::facts::{Member, Stack};
    use crate::reading::Reading;

    #[test]
    fn nothing_is_taken_off_a_role_that_its_template_wants_kept() {
        for retained in [false, true] {
            let member = Member {
                kind: "AWS::IAM::Role".to_owned(),
                id: "execution".to_owned(),
                retained,
                ..Member::default()
            };
            let stack = Stack {
                members: vec![member],
                ..Stack::default()
            };
            let facts = Facts {
                role_policies: Reading::Known(vec![RolePolicy {
                    role: "execution".to_owned(),
                    policy: "by-hand".to_owned(),
                    ..RolePolicy::default()
                }]),
                ..facts_of(stack)
            };
            let found = resources(&facts, &Intent::default());
            assert_eq!(found.is_empty(), retained);
        }
    }
}
