//! From facts to a world: evidence, status, and what holds what. One file a part of the environment.

mod changes;
mod companions;
#[cfg(test)]
mod edges;
mod inference;
mod jobs;
mod logs;
mod network;
mod notebooks;
mod parts;
mod retained;
mod roles;
mod stacks;
mod storage;
mod studio;
mod vpcs;
mod workload;

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::decide::Intent;
use crate::evidence::Evidence;
use crate::facts::{Facts, Member, Stack, Tags};
use crate::mark;
use crate::resource::{Goes, Keeping, Kind, Resource, ResourceId};
use crate::world::World;

/// Builds the world that the facts tell of.
pub fn assemble(facts: &Facts, intent: &Intent) -> World {
    let mut resources: Vec<Rc<Resource>> = Vec::new();
    resources.extend(shared(studio::resources(facts, intent)));
    resources.extend(shared(inference::resources(facts)));
    resources.extend(shared(storage::resources(facts, intent)));
    resources.extend(shared(network::resources(facts)));
    resources.extend(shared(jobs::resources(facts)));
    resources.extend(shared(notebooks::resources(facts, intent)));
    resources.extend(shared(parts::resources(facts)));
    resources.extend(shared(roles::resources(facts, intent)));
    resources.extend(shared(logs::resources(facts, intent)));
    resources.extend(shared(companions::resources(facts)));
    resources.extend(shared(vpcs::resources(facts)));
    resources.extend(shared(stacks::resources(facts)));
    let retained = retained_members(facts, &resources);
    resources.extend(shared(retained));
    vpcs::stay_whole(&mut resources, intent);
    changes::wait_for_their_ends(facts, &mut resources);
    World::new(resources, facts.unknown())
}

/// A part's resources, each where it stays and with no more room than it needs: side by side, thousands of large ones would
/// be there twice.
fn shared(part: impl IntoIterator<Item = Resource>) -> impl Iterator<Item = Rc<Resource>> {
    part.into_iter().map(|mut resource| {
        resource.evidence.shrink_to_fit();
        resource.holds.shrink_to_fit();
        Rc::new(resource)
    })
}

/// Ids of the volumes whose mount targets concern the environment.
pub fn our_volumes(facts: &Facts) -> Vec<String> {
    storage::our_volumes(facts)
}

/// The models that are ours, or located in our VPC, by what they say for themselves.
pub fn our_models(facts: &Facts) -> Vec<&crate::facts::Model> {
    inference::our_models(facts)
}

/// The models in our subnets, whose ever they are.
pub fn located_models(facts: &Facts) -> impl Iterator<Item = &crate::facts::Model> {
    inference::located_models(facts)
}

/// Whether a config is ours, as far as its tags are known.
pub fn is_our_config(facts: &Facts, config: &crate::facts::EndpointConfig) -> bool {
    inference::is_our_config(facts, config)
}

/// Whether an endpoint is ours, with its config among these.
pub fn is_our_endpoint(
    facts: &Facts,
    endpoint: &crate::facts::Endpoint,
    configs: &[crate::facts::EndpointConfig],
) -> bool {
    inference::is_our_endpoint(facts, endpoint, configs)
}

/// Whether SageMaker has an interface that it made with a role of ours.
pub fn has_interfaces_of_our_roles(facts: &Facts) -> bool {
    network::of_our_roles(facts).next().is_some()
}

/// Whether SageMaker has an interface in our network, made with a role of ours, that no list explains.
pub fn has_unexplained_interfaces(facts: &Facts) -> bool {
    network::unexplained_by_role(facts).next().is_some()
}

/// Whether groups of our stacks have rules that name other groups of them.
pub fn has_rules_between_members(facts: &Facts) -> bool {
    network::has_rules_between_members(facts)
}

/// The log group that an endpoint's containers write to.
pub fn log_group_of_endpoint(name: &str) -> String {
    logs::group_of_endpoint(name)
}

/// The stack as something that is held.
fn held_stack(stack: &Stack) -> ResourceId {
    ResourceId::new(Kind::Stack, stack.arn.clone())
}

fn held_vpc(id: &str) -> ResourceId {
    ResourceId::new(Kind::Vpc, id)
}

/// The anchors: every thing of ours is gone before they go.
fn anchors(facts: &Facts) -> Vec<ResourceId> {
    let stacks = facts.anchors().into_iter();
    stacks
        .map(|arn| ResourceId::new(Kind::Stack, arn))
        .chain(vpcs::left(facts))
        .collect()
}

/// The stacks that have one of these physical ids among their members.
fn stacks_of<'a>(facts: &Facts, ids: impl IntoIterator<Item = &'a String>) -> Vec<ResourceId> {
    let mut stacks: Vec<ResourceId> = ids
        .into_iter()
        .filter_map(|id| facts.stack_of(id))
        .map(held_stack)
        .collect();
    stacks.sort();
    stacks.dedup();
    stacks
}

/// What a domain's tag on a resource proves: ours, or somebody else's.
fn domain_evidence(facts: &Facts, tags: &Tags) -> Vec<Evidence> {
    [mark::MADE_IN_DOMAIN, mark::MANAGED_BY_DOMAIN]
        .into_iter()
        .filter_map(|key| tags.get(key))
        .filter_map(|arn| Facts::domain_of_arn(arn).map(|domain| (arn, domain)))
        .map(|(arn, domain)| {
            if facts.domain_ids().contains(domain) {
                Evidence::DomainTag(arn.as_str().into())
            } else {
                Evidence::Against(arn.as_str().into())
            }
        })
        .collect()
}

/// What the tags of something prove that brings none along, as far as they are known.
fn evidence_of_tags(facts: &Facts, arn: &str, created: i64) -> Vec<Evidence> {
    let tags = facts.tags_of(arn, created);
    tags.map(|tags| domain_evidence(facts, tags))
        .unwrap_or_default()
}

/// Makes a resource a member of the stack that lists it under `id`. One that its template keeps holds the stack all the
/// same: without the stack nobody would know any more that it is to be kept.
fn member_of(resource: &mut Resource, stack: &Stack, id: &str) {
    resource.stack = Some(stack.name.clone());
    resource.listed_as = Some(id.into());
    let reason = Evidence::Stack(stack.name.clone());
    if !resource.evidence.contains(&reason) {
        resource.evidence.push(reason);
    }
    let retained = |member: &Member| member.id == id && member.retained;
    if stack.members.iter().any(retained) {
        resource.goes = Goes::Kept(Keeping::DeletionPolicy);
    }
    resource.holds.push(held_stack(stack));
}

/// Makes a resource go with the stack that made it, or made what it is part of: it holds the stack only where the template
/// wants that kept.
fn go_with(resource: &mut Resource, stack: &Stack, member: &Member) {
    member_of(resource, stack, &member.id);
    let held = held_stack(stack);
    if !matches!(resource.goes, Goes::Kept(_)) {
        resource.holds.retain(|other| *other != held);
        resource.goes = Goes::With(held);
    }
}

/// Makes something of SageMaker's a member of the stack that lists it under one of these ids.
fn join_stack(facts: &Facts, resource: &mut Resource, ids: &[&String]) {
    if let Some((stack, member)) = listing(facts, resource.id.kind, ids) {
        member_of(resource, stack, &member.id);
    }
}

/// The stack that lists something of a kind under one of these ids, and the member that it is there. A name says nothing
/// without its kind: a role and a model may have the same.
fn listing<'a>(facts: &'a Facts, kind: Kind, ids: &[&String]) -> Option<(&'a Stack, &'a Member)> {
    let kind = kind.type_name();
    present_member(facts, |member| {
        member.kind == kind && ids.iter().any(|id| **id == member.id)
    })
}

/// The first member of our stacks that is there and of which this is so, with its stack.
fn present_member(facts: &Facts, is_it: impl Fn(&Member) -> bool) -> Option<(&Stack, &Member)> {
    let mut members = facts.marked().iter().flat_map(|stack| {
        let members = stack.members.iter();
        members.map(move |member| (stack, member))
    });
    members.find(|(_, member)| member.is_present() && is_it(member))
}

/// Whether a stack has this among its members and its template wants it kept.
fn is_retained(facts: &Facts, id: &str) -> bool {
    let retained = |member: &Member| member.id == id && member.retained;
    let stack = facts.stack_of(id);
    stack.is_some_and(|stack| stack.members.iter().any(retained))
}

/// Members that stay by their template's will and that no other part of the world tells of: kept, and holding nothing but the
/// network that they are in.
fn retained_members(facts: &Facts, world: &[Rc<Resource>]) -> Vec<Resource> {
    let members = facts.marked().iter().flat_map(|stack| {
        let retained = stack.members.iter();
        retained
            .filter(|member| member.retained && member.is_present())
            .map(move |member| (stack, member))
    });
    // Everything of these kinds is listed: what is not told of is not there.
    let listed = [
        "AWS::SageMaker::Domain",
        "AWS::SageMaker::UserProfile",
        "AWS::SageMaker::Space",
        "AWS::SageMaker::Endpoint",
        "AWS::SageMaker::Model",
    ];
    let told: BTreeSet<(&str, &str)> = world
        .iter()
        .filter_map(|it| Some((it.id.kind.type_name(), it.listed_as.as_deref()?)))
        .collect();
    members
        .filter(|(_, member)| {
            let (kind, id) = (member.kind.as_str(), member.id.as_str());
            !listed.contains(&kind) && !told.contains(&(kind, id))
        })
        .map(|(stack, member)| {
            let mut resource = Resource::new(Kind::Retained, &member.id);
            resource.name = Some(format!("{} {}", member.kind, member.logical_id).into());
            resource.stack = Some(stack.name.clone());
            resource.evidence = vec![Evidence::Stack(stack.name.clone())];
            resource.goes = Goes::Kept(Keeping::DeletionPolicy);
            resource.holds = retained::held_by(facts, stack, member);
            resource
        })
        .collect()
}

/// An environment of one stack, of which nothing else was read, for tests.
#[cfg(test)]
fn facts_of(stack: Stack) -> Facts {
    let stacks = crate::facts::Stacks {
        marked: vec![stack],
        ..crate::facts::Stacks::default()
    };
    Facts {
        stacks: crate::reading::Reading::Known(stacks),
        ..Facts::default()
    }
}
