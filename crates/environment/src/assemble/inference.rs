//! Models, endpoint configs, endpoints and their inference components (section 1.6).

use std::collections::BTreeSet;

use super::{anchors, domain_evidence, member_of, stacks_of};
use crate::evidence::{Evidence, Verdict, verdict};
use crate::facts::{Endpoint, EndpointConfig, Facts, Model};
use crate::resource::{Kind, Resource, ResourceId, Status};

pub(super) fn resources(facts: &Facts) -> Vec<Resource> {
    let mut resources = Vec::new();
    for found in facts.models.items() {
        let evidence = model_evidence(facts, found);
        if !evidence.is_empty() {
            resources.push(model(facts, found, evidence));
        }
    }
    for found in facts.endpoint_configs.items() {
        let evidence = config_evidence(facts, found);
        if !evidence.is_empty() {
            resources.push(config(facts, found, evidence));
        }
    }
    for found in facts.endpoints.items() {
        let evidence = endpoint_evidence(facts, found);
        let shares_our_config = our_endpoint(facts, &found.config).is_some();
        if !evidence.is_empty() || shares_our_config {
            resources.extend(endpoint(facts, found, &evidence));
        }
    }
    resources
}

/// The role's name in an ARN: what follows the last slash.
pub(super) fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn is_our_role(facts: &Facts, arn: &str) -> bool {
    facts
        .marked()
        .iter()
        .flat_map(|stack| &stack.members)
        .any(|member| member.kind == "AWS::IAM::Role" && member.id == role_name(arn))
}

/// What the role that something runs with says.
fn role_evidence(facts: &Facts, role: Option<&String>) -> Option<Evidence> {
    let ours = role.filter(|role| is_our_role(facts, role))?;
    Some(Evidence::Role(ours.clone()))
}

/// Whether a model's VpcConfig lies in a subnet of a marked stack.
fn is_located(facts: &Facts, model: &Model) -> Option<Evidence> {
    let subnet = model
        .subnets
        .iter()
        .find(|subnet| facts.stack_of(subnet).is_some())?;
    Some(Evidence::Located(subnet.clone()))
}

/// What a model says for itself.
fn own_evidence(facts: &Facts, model: &Model) -> Vec<Evidence> {
    let mut evidence = domain_evidence(facts, &model.tags);
    evidence.extend(role_evidence(facts, model.role.as_ref()));
    evidence.extend(is_located(facts, model));
    evidence
}

/// Whether strong evidence says that a model is ours.
pub(super) fn is_ours(facts: &Facts, model: &Model) -> bool {
    verdict(&model_evidence(facts, model)) == Verdict::Ours
}

pub(super) fn our_models(facts: &Facts) -> Vec<&Model> {
    let ours = facts
        .models
        .items()
        .iter()
        .filter(|model| verdict(&own_evidence(facts, model)) != Verdict::Foreign);
    ours.collect()
}

fn find_model<'a>(facts: &'a Facts, name: &str) -> Option<&'a Model> {
    facts.models.items().iter().find(|model| model.name == name)
}

fn find_config<'a>(facts: &'a Facts, name: &str) -> Option<&'a EndpointConfig> {
    facts
        .endpoint_configs
        .items()
        .iter()
        .find(|config| config.name == name)
}

/// Evidence of what an endpoint runs: each of its models', none where one of them is unknown to us.
fn evidence_of_models(facts: &Facts, config: &EndpointConfig) -> Vec<Evidence> {
    let mut evidence = BTreeSet::new();
    for name in &config.models {
        let own = find_model(facts, name)
            .map(|model| own_evidence(facts, model))
            .unwrap_or_default();
        match verdict(&own) {
            Verdict::Ours => evidence.extend(
                own.into_iter()
                    .filter(|reason| !matches!(reason, Evidence::Located(_))),
            ),
            Verdict::Located => evidence.extend(own),
            Verdict::Foreign => return own,
        }
    }
    evidence.into_iter().collect()
}

fn endpoint_evidence(facts: &Facts, found: &Endpoint) -> Vec<Evidence> {
    let mut evidence = domain_evidence(facts, &found.tags);
    if let Some(config) = find_config(facts, &found.config) {
        evidence.extend(evidence_of_models(facts, config));
        evidence.extend(role_evidence(facts, config.role.as_ref()));
    }
    evidence.sort();
    evidence.dedup();
    evidence
}

/// Endpoints that are ours and name this config.
fn our_endpoint<'a>(facts: &'a Facts, config: &str) -> Option<&'a Endpoint> {
    let mut endpoints = facts
        .endpoints
        .items()
        .iter()
        .filter(|endpoint| endpoint.config == config);
    endpoints.find(|endpoint| verdict(&endpoint_evidence(facts, endpoint)) == Verdict::Ours)
}

fn config_evidence(facts: &Facts, found: &EndpointConfig) -> Vec<Evidence> {
    let mut evidence = evidence_of_models(facts, found);
    evidence.extend(role_evidence(facts, found.role.as_ref()));
    evidence.extend_from_slice(facts.proof(Kind::EndpointConfig, &found.name));
    evidence.extend(
        our_endpoint(facts, &found.name).map(|endpoint| Evidence::NamedBy(endpoint.arn.clone())),
    );
    evidence
}

/// A model is ours by what it says for itself. That an endpoint of ours runs it proves nothing: others may run it too.
fn model_evidence(facts: &Facts, found: &Model) -> Vec<Evidence> {
    let mut evidence = own_evidence(facts, found);
    evidence.extend_from_slice(facts.proof(Kind::Model, &found.name));
    evidence
}

/// What something with roles, subnets and groups holds: the stacks that these are members of. With them, or where it is
/// ours, the anchors as well; somebody else's things elsewhere hold nothing of ours.
fn common_holds(facts: &Facts, users: &[Uses<'_>], ours: bool) -> Vec<ResourceId> {
    let roles: Vec<String> = users
        .iter()
        .filter_map(|user| user.role)
        .map(|role| role_name(role).to_owned())
        .collect();
    let located = users
        .iter()
        .flat_map(|user| user.subnets.iter().chain(user.groups));
    let mut holds = stacks_of(facts, &roles);
    holds.extend(stacks_of(facts, located));
    if ours || !holds.is_empty() {
        holds.extend(anchors(facts));
    }
    holds.sort();
    holds.dedup();
    holds
}

/// What a model, or a config that brings no models, runs with.
#[derive(Clone, Copy)]
struct Uses<'a> {
    role: Option<&'a str>,
    subnets: &'a [String],
    groups: &'a [String],
}

impl<'a> Uses<'a> {
    fn model(model: &'a Model) -> Self {
        Self {
            role: model.role.as_deref(),
            subnets: &model.subnets,
            groups: &model.groups,
        }
    }

    fn config(config: &'a EndpointConfig) -> Self {
        Self {
            role: config.role.as_deref(),
            subnets: &config.subnets,
            groups: &config.groups,
        }
    }
}

fn model(facts: &Facts, found: &Model, evidence: Vec<Evidence>) -> Resource {
    let mut model = Resource::new(Kind::Model, &found.name);
    let ours = verdict(&evidence) == Verdict::Ours;
    model.evidence = evidence;
    model.owner.clone_from(&found.role);
    model.holds = common_holds(facts, &[Uses::model(found)], ours);
    join_stack(facts, &mut model, &[&found.name, &found.arn]);
    model
}

fn config(facts: &Facts, found: &EndpointConfig, evidence: Vec<Evidence>) -> Resource {
    let mut config = Resource::new(Kind::EndpointConfig, &found.name);
    let ours = verdict(&evidence) == Verdict::Ours;
    config.evidence = evidence;
    config.holds = common_holds(facts, &[Uses::config(found)], ours);
    config.holds.extend(
        found
            .models
            .iter()
            .map(|model| ResourceId::new(Kind::Model, model)),
    );
    join_stack(facts, &mut config, &[&found.name]);
    config
}

fn endpoint(facts: &Facts, found: &Endpoint, evidence: &[Evidence]) -> Vec<Resource> {
    let models: Vec<&Model> = find_config(facts, &found.config)
        .map(|config| {
            config
                .models
                .iter()
                .filter_map(|name| find_model(facts, name))
                .collect()
        })
        .unwrap_or_default();
    let mut endpoint = Resource::new(Kind::Endpoint, &found.name);
    endpoint.evidence = evidence.to_vec();
    endpoint.owner = models.first().and_then(|model| model.role.clone());
    endpoint.status = match found.status.as_str() {
        "InService" | "OutOfService" | "Failed" | "UpdateRollbackFailed" => Status::Ready,
        other => Status::on_its_way(other),
    };
    let ours = verdict(evidence) == Verdict::Ours;
    let mut users: Vec<Uses<'_>> = models.iter().map(|model| Uses::model(model)).collect();
    users.extend(find_config(facts, &found.config).map(Uses::config));
    endpoint.holds = common_holds(facts, &users, ours);
    let concerns_us = !endpoint.holds.is_empty();
    endpoint
        .holds
        .push(ResourceId::new(Kind::EndpointConfig, &found.config));
    endpoint.holds.extend(
        models
            .iter()
            .map(|model| ResourceId::new(Kind::Model, &model.name)),
    );
    // Its interfaces may be taken once it is gone, and not before.
    let subnets: BTreeSet<&String> = users.iter().flat_map(|user| user.subnets).collect();
    let interfaces = facts.network_interfaces.items().iter().filter(|found| {
        let of_sagemaker = found
            .requester
            .as_ref()
            .is_some_and(|requester| requester.contains(":SageMaker"));
        of_sagemaker && subnets.contains(&found.subnet)
    });
    endpoint
        .holds
        .extend(interfaces.map(|found| ResourceId::new(Kind::NetworkInterface, &found.id)));
    // An endpoint that is still being created reaches AWS through the interface endpoints; without them its container
    // crashes and it stays undeletable for 24 minutes and more (operator notes, item 27).
    let in_progress = matches!(endpoint.status, Status::Busy(_)) && found.status != "Deleting";
    if concerns_us && (in_progress || !ours) {
        endpoint.holds.extend(super::studio::endpoint_stacks(facts));
    }
    join_stack(facts, &mut endpoint, &[&found.arn, &found.name]);
    let components = found.components.iter().map(|found_component| {
        let mut component = Resource::new(Kind::InferenceComponent, &found_component.name);
        component.evidence = vec![Evidence::NamedBy(found.arn.clone())];
        if !ours {
            component.evidence = evidence.to_vec();
        }
        component.status = match found_component.status.as_str() {
            "InService" | "Failed" => Status::Ready,
            other => Status::on_its_way(other),
        };
        component.holds = vec![endpoint.id.clone()];
        component
    });
    let components: Vec<Resource> = components.collect();
    std::iter::once(endpoint).chain(components).collect()
}

fn join_stack(facts: &Facts, resource: &mut Resource, ids: &[&String]) {
    let found = ids.iter().find_map(|id| Some((facts.stack_of(id)?, id)));
    if let Some((stack, id)) = found {
        member_of(resource, stack, id);
    }
}
