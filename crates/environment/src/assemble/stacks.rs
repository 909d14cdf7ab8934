//! The marked stacks. A stack is held by whatever holds a member of it.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::{held_stack, stacks_of, vpcs};
use crate::evidence::Evidence;
use crate::facts::{Facts, Stack};
use crate::resource::{Goes, Keeping, Kind, Resource, ResourceId, Status, Verb};

pub(super) fn resources(facts: &Facts) -> Vec<Resource> {
    let mut resources: Vec<Resource> = facts
        .marked()
        .iter()
        .map(|stack| marked(facts, stack))
        .collect();
    resources.extend(
        facts
            .marked()
            .iter()
            .flat_map(|stack| foreign_importers(facts, stack)),
    );
    resources
}

fn marked(facts: &Facts, stack: &Stack) -> Resource {
    let mut resource = Resource::new(Kind::Stack, stack.arn.clone());
    resource.name = Some(stack.name.clone());
    resource.stack = Some(stack.name.clone());
    resource.status = status(&stack.status);
    resource.evidence = vec![Evidence::Stack(stack.name.clone())];
    if stack.is_kept {
        resource.goes = Goes::Kept(Keeping::DeletionPolicy);
        let exporters = facts.marked().iter().filter(|it| imports(stack, it));
        resource.holds = exporters.map(held_stack).collect();
    } else {
        resource.goes = Goes::By(Verb::DeleteStack);
        resource.holds = held_by(facts, stack).into_iter().collect();
    }
    resource
}

/// A stack in progress is waited for; an empty one under review may be deleted (section 3.2).
fn status(word: &str) -> Status {
    match word {
        "DELETE_COMPLETE" => Status::Gone,
        "REVIEW_IN_PROGRESS" => Status::Ready,
        word if word.ends_with("IN_PROGRESS") => Status::on_its_way(word),
        _ => Status::Ready,
    }
}

/// What a marked stack holds: the stacks that it imports from or needs, and the anchors.
fn held_by(facts: &Facts, stack: &Stack) -> BTreeSet<ResourceId> {
    let others = facts.marked().iter().filter(|other| uses(stack, other));
    let mut held: BTreeSet<ResourceId> = others.map(held_stack).collect();
    held.extend(vpcs::left(facts));
    let anchors = facts.anchors();
    if !anchors.contains(&stack.arn) {
        let needing = |arn: &SmolStr| {
            let anchor = facts.marked().iter().find(|other| other.arn == *arn);
            anchor.is_some_and(|anchor| leads_to(facts, anchor, stack, &mut BTreeSet::new()))
        };
        let above = anchors.into_iter().filter(|arn| !needing(arn));
        held.extend(above.map(|arn| ResourceId::new(Kind::Stack, arn)));
    }
    held
}

/// The stacks that hold interface endpoints.
pub(super) fn of_endpoints(facts: &Facts) -> Vec<ResourceId> {
    let members = facts.marked().iter().flat_map(|stack| &stack.members);
    let ids: Vec<String> = members
        .filter(|member| member.kind == "AWS::EC2::VPCEndpoint")
        .map(|member| member.id.clone())
        .collect();
    stacks_of(facts, &ids)
}

/// Whether one stack needs another or imports from it, directly or through others: then it goes first.
fn leads_to(facts: &Facts, from: &Stack, to: &Stack, seen: &mut BTreeSet<String>) -> bool {
    if !seen.insert(from.arn.to_string()) {
        return false;
    }
    let mut needed = facts.marked().iter().filter(|other| uses(from, other));
    needed.any(|other| other.arn == to.arn || leads_to(facts, other, to, seen))
}

/// Whether one stack needs another or imports from it.
fn uses(stack: &Stack, other: &Stack) -> bool {
    other.arn != stack.arn && (stack.needs.contains(&other.key) || imports(stack, other))
}

fn imports(stack: &Stack, other: &Stack) -> bool {
    let mut exports = other.exports.iter();
    exports.any(|export| export.importers.iter().any(|name| stack.goes_by(name)))
}

/// Stacks of others that import from ours: CloudFormation would refuse to delete the exporter (section 3.4).
fn foreign_importers(facts: &Facts, stack: &Stack) -> Vec<Resource> {
    let importers: BTreeSet<&String> = stack
        .exports
        .iter()
        .flat_map(|export| &export.importers)
        .collect();
    importers
        .into_iter()
        .filter(|importer| !facts.marked().iter().any(|ours| ours.goes_by(importer)))
        .map(|importer| {
            let mut foreign = Resource::new(Kind::Stack, importer);
            foreign.name = Some(importer.as_str().into());
            foreign.holds = vec![held_stack(stack)];
            foreign
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::facts_of;

    #[test]
    fn a_nested_stack_that_its_root_wanted_kept_is_not_deleted() {
        let goes = |is_kept: bool| {
            let stack = Stack {
                arn: "arn:demo-part".into(),
                is_kept,
                ..Stack::default()
            };
            resources(&facts_of(stack)).remove(0).goes
        };
        assert_eq!(goes(false), Goes::By(Verb::DeleteStack));
        assert_eq!(goes(true), Goes::Kept(Keeping::DeletionPolicy));
    }
}
