//! VPCs that their stacks have left behind: somebody deleted the stack with its resources retained, or by force. What was
//! made with them says so by its tags.

use super::held_vpc;
use crate::evidence::Evidence;
use crate::facts::{Facts, Tags};
use crate::mark;
use crate::resource::{Kind, Resource, ResourceId};

pub(super) fn resources(facts: &Facts) -> Vec<Resource> {
    let vpc = |found: &crate::facts::Vpc| {
        let mut vpc = Resource::new(Kind::Vpc, &found.id);
        vpc.evidence = found.left_by.iter().cloned().map(Evidence::Stack).collect();
        vpc
    };
    facts.left_vpcs().map(vpc).collect()
}

/// Such VPCs as something that is held: everything of ours is gone before they go.
pub(super) fn left(facts: &Facts) -> impl Iterator<Item = ResourceId> {
    facts.left_vpcs().map(|vpc| held_vpc(&vpc.id))
}

/// What proves that something in such a VPC was made with it.
pub(super) fn left_with(facts: &Facts, vpc: &str, tags: &Tags) -> Option<Evidence> {
    facts.left_vpcs().find(|it| it.id == vpc)?;
    let is_marked = tags.get(mark::ENVIRONMENT) == Some(&facts.environment);
    let stack = tags.get(mark::STACK_NAME).filter(|_| is_marked)?;
    Some(Evidence::Stack(stack.clone()))
}
