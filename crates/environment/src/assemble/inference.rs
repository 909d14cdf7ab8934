//! Models, endpoint configs, endpoints and their inference components (section 1.6).

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::workload::{self, Uses, held_by_workloads, interfaces_in, role_evidence};
use super::{anchors, domain_evidence, evidence_of_tags, is_retained, join_stack};
use crate::attribution;
use crate::evidence::{Evidence, Verdict, verdict};
use crate::facts::{
    Endpoint, EndpointConfig, Facts, InferenceComponent, Model, MonitoringSchedule, ScalableTarget,
};
use crate::resource::{Goes, Keeping, Kind, Resource, ResourceId, Status};

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
        if !evidence.is_empty() || names_our_model(facts, found) {
            resources.push(config(facts, found, evidence));
        }
    }
    let unexplained: Vec<ResourceId> = super::network::unexplained_by_role(facts)
        .map(|found| ResourceId::new(Kind::NetworkInterface, &found.id))
        .collect();
    for found in facts.endpoints.items() {
        let evidence = endpoint_evidence(facts, found);
        // What an endpoint ran has been deleted under it: any interface that nothing else explains may be its own.
        let guessed = if is_unresolved(facts, found) {
            unexplained.as_slice()
        } else {
            &[]
        };
        if !evidence.is_empty() || !guessed.is_empty() || concerns_us(facts, found) {
            resources.extend(endpoint(facts, found, &evidence, guessed));
            resources.extend(schedules(facts, found, &evidence));
            resources.extend(targets(facts, found, &evidence));
        }
    }
    let lone = lone_schedules(facts, &resources);
    resources.extend(lone);
    resources.extend(lone_targets(facts));
    resources
}

/// Whether somebody else's config names a model of ours: it uses the model, whoever else's it is.
fn names_our_model(facts: &Facts, config: &EndpointConfig) -> bool {
    let models = config.models.iter();
    let mut found = models.filter_map(|name| find_model(facts, name));
    found.any(|model| is_ours(facts, model))
}

/// Whether an endpoint that nothing shows to be ours stands in our way: it shares a config or a model of ours.
fn concerns_us(facts: &Facts, found: &Endpoint) -> bool {
    let config = find_config(facts, &found.config);
    let mut of_components = models_of_components(facts, found);
    our_endpoint(facts, &found.config).is_some()
        || config
            .is_some_and(|config| is_our_config(facts, config) || names_our_model(facts, config))
        || of_components.any(|model| is_ours(facts, model))
}

/// What an endpoint runs beside the variants of its config.
fn models_of_components<'a>(
    facts: &'a Facts,
    found: &'a Endpoint,
) -> impl Iterator<Item = &'a Model> {
    let components = found.components.iter();
    let names = components.filter_map(|component| facts.component_models.get(&component.name));
    names.filter_map(|name| find_model(facts, name))
}

/// Everything that an endpoint runs and that is there.
fn models_of<'a>(facts: &'a Facts, found: &'a Endpoint) -> impl Iterator<Item = &'a Model> {
    let config = find_config(facts, &found.config);
    let named = config.into_iter().flat_map(|config| &config.models);
    let of_config = named.filter_map(move |name| find_model(facts, name));
    of_config.chain(models_of_components(facts, found))
}

/// Whether an endpoint that is there runs a model.
pub(super) fn is_run(facts: &Facts, model: &Model) -> bool {
    let mut endpoints = facts.endpoints.items().iter();
    endpoints.any(|endpoint| models_of(facts, endpoint).any(|it| it.name == model.name))
}

/// Whether something that an endpoint runs has been deleted under it: nothing tells then which role and network it has.
fn is_unresolved(facts: &Facts, found: &Endpoint) -> bool {
    let Some(config) = find_config(facts, &found.config) else {
        return !facts.elsewhere.contains(&found.arn);
    };
    let mut models = config.models.iter();
    models.any(|name| find_model(facts, name).is_none())
}

/// Whether there is an endpoint that may be ours and of which nothing tells any more what it runs: any interface of a role of
/// ours may be its own.
pub(super) fn has_unresolved(facts: &Facts) -> bool {
    let mut endpoints = facts.endpoints.items().iter();
    endpoints.any(|found| {
        is_unresolved(facts, found) && verdict(&endpoint_evidence(facts, found)) != Verdict::Ours
    })
}

/// What a model says for itself.
fn own_evidence(facts: &Facts, model: &Model) -> Vec<Evidence> {
    workload::evidence(facts, &model.tags, uses_of_model(model))
}

/// Whether strong evidence says that a model is ours.
pub(super) fn is_ours(facts: &Facts, model: &Model) -> bool {
    verdict(&model_evidence(facts, model)) == Verdict::Ours
}

/// Models in a subnet of ours, whose ever they are.
pub(super) fn located_models(facts: &Facts) -> impl Iterator<Item = &Model> {
    let models = facts.models.items().iter();
    models.filter(|model| workload::located(facts, &model.subnets).is_some())
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
    named_config(facts.endpoint_configs.items(), name)
}

fn named_config<'a>(configs: &'a [EndpointConfig], name: &str) -> Option<&'a EndpointConfig> {
    configs.iter().find(|config| config.name == name)
}

/// Evidence of what an endpoint runs. Where every model is ours, a role of ours makes the endpoint ours; that somebody runs
/// a model that was made in our domain does not. One that is only located there, or not ours, takes that away.
fn evidence_of_models(facts: &Facts, config: &EndpointConfig) -> Vec<Evidence> {
    let mut roles = BTreeSet::new();
    let mut located = BTreeSet::new();
    for name in &config.models {
        let own = find_model(facts, name)
            .map(|model| own_evidence(facts, model))
            .unwrap_or_default();
        match verdict(&own) {
            Verdict::Ours => roles.extend(
                own.into_iter()
                    .filter(|reason| matches!(reason, Evidence::Role(_))),
            ),
            Verdict::Located => located.extend(own),
            Verdict::Foreign => return own,
        }
    }
    let told = if located.is_empty() { roles } else { located };
    told.into_iter().collect()
}

fn endpoint_evidence(facts: &Facts, found: &Endpoint) -> Vec<Evidence> {
    evidence_with(facts, found, find_config(facts, &found.config))
}

/// What speaks for an endpoint with this config.
fn evidence_with(
    facts: &Facts,
    found: &Endpoint,
    config: Option<&EndpointConfig>,
) -> Vec<Evidence> {
    let mut evidence = domain_evidence(facts, &found.tags);
    evidence.extend_from_slice(facts.proof(Kind::Endpoint, &found.name));
    if let Some(config) = config {
        evidence.extend(evidence_of_models(facts, config));
        evidence.extend(role_evidence(facts, config.role.as_ref()));
    }
    evidence.sort();
    evidence.dedup();
    evidence
}

pub(super) fn is_our_endpoint(facts: &Facts, found: &Endpoint, configs: &[EndpointConfig]) -> bool {
    let config = named_config(configs, &found.config);
    verdict(&evidence_with(facts, found, config)) == Verdict::Ours
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

pub(super) fn is_our_config(facts: &Facts, found: &EndpointConfig) -> bool {
    verdict(&config_evidence(facts, found)) == Verdict::Ours
}

fn config_evidence(facts: &Facts, found: &EndpointConfig) -> Vec<Evidence> {
    let mut evidence = evidence_of_models(facts, found);
    evidence.extend(evidence_of_tags(facts, &found.arn, found.created));
    evidence.extend(role_evidence(facts, found.role.as_ref()));
    evidence.extend_from_slice(facts.proof(Kind::EndpointConfig, &found.name));
    evidence.extend(
        our_endpoint(facts, &found.name)
            .map(|endpoint| Evidence::NamedBy(endpoint.arn.as_str().into())),
    );
    evidence
}

/// A model is ours by what it says for itself. That an endpoint of ours runs it proves nothing: others may run it too.
fn model_evidence(facts: &Facts, found: &Model) -> Vec<Evidence> {
    let mut evidence = own_evidence(facts, found);
    evidence.extend_from_slice(facts.proof(Kind::Model, &found.name));
    evidence
}

fn uses_of_model(model: &Model) -> Uses<'_> {
    Uses {
        role: model.role.as_deref(),
        subnets: &model.subnets,
        groups: &model.groups,
    }
}

/// A config brings a network of its own where it brings no models.
fn uses_of_config(config: &EndpointConfig) -> Uses<'_> {
    Uses {
        role: config.role.as_deref(),
        subnets: &config.subnets,
        groups: &config.groups,
    }
}

fn model(facts: &Facts, found: &Model, evidence: Vec<Evidence>) -> Resource {
    let mut model = Resource::new(Kind::Model, &found.name);
    let ours = verdict(&evidence) == Verdict::Ours;
    model.evidence = evidence;
    model.owner = found.role.as_ref().map(SmolStr::from);
    model.holds = held_by_workloads(facts, &[uses_of_model(found)], ours);
    join_stack(facts, &mut model, &[&found.name, &found.arn]);
    model
}

fn config(facts: &Facts, found: &EndpointConfig, evidence: Vec<Evidence>) -> Resource {
    let mut config = Resource::new(Kind::EndpointConfig, &found.name);
    let ours = verdict(&evidence) == Verdict::Ours;
    config.evidence = evidence;
    config.holds = held_by_workloads(facts, &[uses_of_config(found)], ours);
    config.holds.extend(
        found
            .models
            .iter()
            .map(|model| ResourceId::new(Kind::Model, model)),
    );
    if ours && found.models.is_empty() {
        config.holds.extend(brought_by_components(facts, found));
    }
    join_stack(facts, &mut config, &[&found.name, &found.arn]);
    config
}

/// The models that a config's inference components may bring: those of its role. While one of them is there the config is
/// looked for, so that it goes before they do.
fn brought_by_components(
    facts: &Facts,
    config: &EndpointConfig,
) -> impl Iterator<Item = ResourceId> {
    let models = facts.models.items().iter();
    let of_role = models.filter(|model| config.role.is_some() && model.role == config.role);
    let ours = of_role.filter(|model| is_ours(facts, model));
    ours.map(|model| ResourceId::new(Kind::Model, &model.name))
}

fn endpoint(
    facts: &Facts,
    found: &Endpoint,
    evidence: &[Evidence],
    guessed: &[ResourceId],
) -> Vec<Resource> {
    let config = find_config(facts, &found.config);
    let models: Vec<&Model> = models_of(facts, found).collect();
    let mut endpoint = Resource::new(Kind::Endpoint, &found.name);
    endpoint.evidence = evidence.to_vec();
    endpoint.owner = models
        .first()
        .and_then(|model| model.role.as_ref())
        .map(SmolStr::from);
    endpoint.status = match found.status.as_str() {
        "InService" | "OutOfService" | "Failed" | "UpdateRollbackFailed" => Status::Ready,
        other => Status::on_its_way(other),
    };
    let ours = verdict(evidence) == Verdict::Ours;
    let mut users: Vec<Uses<'_>> = models.iter().map(|model| uses_of_model(model)).collect();
    users.extend(config.map(uses_of_config));
    endpoint.holds = held_by_workloads(facts, &users, ours);
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
    endpoint.holds.extend(interfaces_in(facts, &users));
    if !guessed.is_empty() && !ours {
        let command = attribution::cure(&endpoint.id).unwrap_or_default();
        endpoint.cure = Some(
            format!(
                "what it ran is gone, so that nothing tells whose it is; if it is yours: {command}"
            )
            .into(),
        );
    }
    endpoint.holds.extend_from_slice(guessed);
    // An endpoint that is still being created reaches AWS through the interface endpoints; without them its container
    // crashes and it stays undeletable for 24 minutes and more (operator notes, item 27).
    let in_progress = matches!(endpoint.status, Status::Busy(_)) && found.status != "Deleting";
    if concerns_us && (in_progress || !ours) {
        endpoint.holds.extend(super::stacks::of_endpoints(facts));
        endpoint.holds.extend(super::vpcs::left_endpoints(facts));
    }
    endpoint.holds.push(ResourceId::new(
        Kind::LogGroup,
        super::logs::group_of_endpoint(&found.name),
    ));
    join_stack(facts, &mut endpoint, &[&found.arn, &found.name]);
    std::iter::once(endpoint)
        .chain(components(facts, found, evidence))
        .collect()
}

fn components(
    facts: &Facts,
    endpoint: &Endpoint,
    evidence: &[Evidence],
) -> impl Iterator<Item = Resource> {
    endpoint.components.iter().map(move |found| {
        let name = found.name.clone();
        let kind = Kind::InferenceComponent;
        let mut component = for_endpoint(facts, kind, name, endpoint, evidence);
        heed_tags(facts, &mut component, &found.arn, found.created);
        component.status = match found.status.as_str() {
            "InService" | "Failed" => Status::Ready,
            other => Status::on_its_way(other),
        };
        join_stack(facts, &mut component, &[&found.name, &found.arn]);
        component
    })
}

/// Something that exists for an endpoint alone: it is whose the endpoint is, and stays where its template wants that kept.
fn for_endpoint(
    facts: &Facts,
    kind: Kind,
    id: String,
    found: &Endpoint,
    evidence: &[Evidence],
) -> Resource {
    let mut resource = Resource::new(kind, id);
    resource.evidence = if verdict(evidence) == Verdict::Ours {
        vec![Evidence::NamedBy(found.arn.as_str().into())]
    } else {
        evidence.to_vec()
    };
    resource.holds = vec![ResourceId::new(Kind::Endpoint, &found.name)];
    keep_with(facts, &mut resource, [&found.arn, &found.name]);
    resource
}

/// Keeps what is there for something that its template wants kept, which is a member under one of these ids.
fn keep_with(facts: &Facts, resource: &mut Resource, ids: [&str; 2]) {
    if ids.iter().any(|id| is_retained(facts, id)) {
        resource.goes = Goes::Kept(Keeping::DeletionPolicy);
    }
}

/// Somebody may have put a thing of his own on an endpoint of ours: its tags tell, or those of what it is for. With it the
/// endpoint stays, and what that reaches AWS through.
fn heed_tags(facts: &Facts, resource: &mut Resource, arn: &str, created: i64) {
    if resource.verdict() != Verdict::Ours {
        return;
    }
    let told = evidence_of_tags(facts, arn, created);
    resource.evidence.extend(told);
    if resource.verdict() != Verdict::Ours {
        let needed = super::stacks::of_endpoints(facts);
        resource.holds.extend(needed);
    }
}

/// What watches an endpoint goes before it (operators' notes, item 39).
fn schedules(facts: &Facts, found: &Endpoint, evidence: &[Evidence]) -> Vec<Resource> {
    let schedules = facts.monitoring_schedules.items().iter();
    schedules
        .filter(|schedule| schedule.endpoint.as_ref() == Some(&found.name))
        .map(|schedule| {
            let name = schedule.name.clone();
            let kind = Kind::MonitoringSchedule;
            let mut resource = for_endpoint(facts, kind, name, found, evidence);
            heed_tags(facts, &mut resource, &schedule.arn, schedule.created);
            settle_schedule(facts, schedule, &mut resource);
            resource
        })
        .collect()
}

/// Schedules that watch no endpoint that is met here: it has gone before them, is somebody else's, or there never was one.
/// They go by a step of their own where their tag says that they are ours.
fn lone_schedules(facts: &Facts, met: &[Resource]) -> Vec<Resource> {
    let schedules = facts.monitoring_schedules.items().iter();
    let lone = schedules.filter(|found| {
        let is_watched = |it: &Resource| {
            it.id.kind == Kind::Endpoint && found.endpoint.as_deref() == Some(&it.id.id)
        };
        !met.iter().any(is_watched)
    });
    lone.filter_map(|found| {
        let mut tagged = facts.tagged.items().iter();
        let tagged = tagged.find(|tagged| tagged.arn == found.arn)?;
        let mut schedule = Resource::new(Kind::MonitoringSchedule, &found.name);
        schedule.evidence = domain_evidence(facts, &tagged.tags);
        schedule.holds = anchors(facts);
        settle_schedule(facts, found, &mut schedule);
        Some(schedule)
    })
    .filter(|schedule| schedule.verdict() == Verdict::Ours)
    .collect()
}

fn settle_schedule(facts: &Facts, found: &MonitoringSchedule, schedule: &mut Resource) {
    schedule.status = match found.status.as_str() {
        "Scheduled" | "Stopped" | "Failed" => Status::Ready,
        other => Status::on_its_way(other),
    };
    join_stack(facts, schedule, &[&found.name, &found.arn]);
}

/// DeleteEndpoint deregisters those of its variants only if the caller may do that too (operators' notes, section F). Those
/// of its inference components go before them: nobody knows whether anything else would deregister them, and none is to
/// change the number of copies of what is being deleted.
fn targets(facts: &Facts, found: &Endpoint, evidence: &[Evidence]) -> Vec<Resource> {
    let prefix = format!("endpoint/{}/", found.name);
    let targets = facts.scalable_targets.items().iter();
    targets
        .filter_map(|target| {
            let component = scaled_component(found, target);
            if component.is_none() && !target.resource.starts_with(&prefix) {
                return None;
            }
            let id = id_of_target(target);
            let mut resource = for_endpoint(facts, Kind::ScalableTarget, id, found, evidence);
            if let Some(component) = component {
                let held = ResourceId::new(Kind::InferenceComponent, &component.name);
                resource.holds.push(held);
                heed_tags(facts, &mut resource, &component.arn, component.created);
                keep_with(facts, &mut resource, [&component.arn, &component.name]);
            }
            join_stack_of_target(facts, &mut resource);
            Some(resource)
        })
        .collect()
}

/// The inference component of an endpoint that a target scales.
fn scaled_component<'a>(
    endpoint: &'a Endpoint,
    target: &ScalableTarget,
) -> Option<&'a InferenceComponent> {
    let name = target.component()?;
    let mut components = endpoint.components.iter();
    components.find(|component| component.name == name)
}

/// Targets of inference components that are gone. What they scaled tells no more whose they are; they go by a step of their
/// own where their stack or their tag does.
fn lone_targets(facts: &Facts) -> Vec<Resource> {
    let Some(endpoints) = facts.endpoints.known() else {
        return Vec::new();
    };
    let is_scaled = |target: &ScalableTarget| {
        let mut endpoints = endpoints.iter();
        endpoints.any(|endpoint| scaled_component(endpoint, target).is_some())
    };
    let targets = facts.scalable_targets.items().iter();
    let lone = targets.filter(|target| target.component().is_some() && !is_scaled(target));
    lone.map(|found| {
        let mut target = Resource::new(Kind::ScalableTarget, id_of_target(found));
        let mut tagged = facts.tagged.items().iter();
        if let Some(tagged) = tagged.find(|tagged| tagged.arn == found.arn) {
            target.evidence = domain_evidence(facts, &tagged.tags);
        }
        target.holds = anchors(facts);
        join_stack_of_target(facts, &mut target);
        target
    })
    .filter(|target| target.verdict() == Verdict::Ours)
    .collect()
}

fn id_of_target(target: &ScalableTarget) -> String {
    format!("{}|{}", target.resource, target.dimension)
}

/// CloudFormation's id of a target has its service as well.
fn join_stack_of_target(facts: &Facts, target: &mut Resource) {
    let listed = format!("{}|sagemaker", target.id.id);
    join_stack(facts, target, &[&listed]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Member, Stack, Stacks, Tagged, Tags};
    use crate::mark;
    use crate::reading::Reading;
    use crate::resource::Verb;

    const INSTANCES: &str = "sagemaker:variant:DesiredInstanceCount";
    const COPIES: &str = "sagemaker:inference-component:DesiredCopyCount";

    fn arn(of: &str) -> String {
        format!("arn:aws:sagemaker:us-east-1:111122223333:{of}")
    }

    fn tags(domain: &str) -> Tags {
        [(mark::MADE_IN_DOMAIN.to_owned(), arn(domain))].into()
    }

    fn schedule(name: &str, endpoint: Option<&str>) -> MonitoringSchedule {
        MonitoringSchedule {
            name: name.to_owned(),
            arn: arn(&format!("monitoring-schedule/{name}")),
            status: "Scheduled".to_owned(),
            endpoint: endpoint.map(str::to_owned),
            ..MonitoringSchedule::default()
        }
    }

    /// An environment with a domain, and these members of its stack, which its template wants kept.
    fn facts(members: &[(Kind, &str)]) -> Facts {
        let members = members.iter().map(|(kind, id)| Member {
            kind: kind.type_name().to_owned(),
            id: (*id).to_owned(),
            retained: true,
            ..Member::default()
        });
        let stack = Stack {
            name: "demo-models".into(),
            members: members.collect(),
            ..Stack::default()
        };
        Facts {
            stacks: Reading::Known(Stacks {
                marked: vec![stack],
                former_domains: ["d-ours".to_owned()].into(),
                ..Stacks::default()
            }),
            ..Facts::default()
        }
    }

    #[test]
    fn a_schedule_without_an_endpoint_goes_where_its_own_tag_says_that_it_is_ours() {
        let tagged = |name: &str, domain: &str| Tagged {
            arn: arn(&format!("monitoring-schedule/{name}")),
            tags: tags(domain),
        };
        let facts = Facts {
            monitoring_schedules: Reading::Known(vec![
                schedule("orphan", Some("gone")),
                schedule("batch", None),
                schedule("untold", Some("gone")),
                schedule("theirs", Some("gone")),
            ]),
            tagged: Reading::Known(vec![
                tagged("orphan", "domain/d-ours"),
                tagged("batch", "domain/d-ours"),
                tagged("theirs", "domain/d-theirs"),
            ]),
            ..facts(&[])
        };
        let found = resources(&facts);
        let named: Vec<&str> = found.iter().map(|it| it.id.id.as_str()).collect();
        assert_eq!(named, ["orphan", "batch"]);
        let deleted = Goes::By(Verb::Delete);
        assert!(found.iter().all(|it| it.goes == deleted), "{found:?}");
    }

    /// An endpoint that was made in a domain, with an inference component.
    fn serving(name: &str, component: &str, domain: &str) -> Endpoint {
        let component = InferenceComponent {
            name: component.to_owned(),
            arn: arn(&format!("inference-component/{}", component.to_lowercase())),
            status: "InService".to_owned(),
            ..InferenceComponent::default()
        };
        Endpoint {
            name: name.to_owned(),
            arn: arn(&format!("endpoint/{name}")),
            config: name.to_owned(),
            status: "InService".to_owned(),
            tags: tags(domain),
            components: vec![component],
            ..Endpoint::default()
        }
    }

    /// What scales an inference component.
    fn scaling(component: &str) -> ScalableTarget {
        ScalableTarget {
            arn: arn(&format!("scalable-target/{component}")),
            resource: format!("inference-component/{component}"),
            dimension: COPIES.to_owned(),
        }
    }

    /// The ids of the scalable targets that are ours.
    fn our_targets(found: &[Resource]) -> Vec<&str> {
        let targets = found.iter().filter(|it| it.id.kind == Kind::ScalableTarget);
        let ours = targets.filter(|it| it.verdict() == Verdict::Ours);
        ours.map(|it| it.id.id.as_str()).collect()
    }

    #[test]
    fn a_component_waits_for_its_target_and_somebody_elses_stays() {
        let facts = Facts {
            endpoints: Reading::Known(vec![
                serving("llm", "one", "domain/d-ours"),
                serving("other", "two", "domain/d-theirs"),
            ]),
            scalable_targets: Reading::Known(vec![scaling("one"), scaling("two")]),
            ..facts(&[])
        };
        let found = resources(&facts);
        let ours = format!("inference-component/one|{COPIES}");
        assert_eq!(our_targets(&found), [ours.as_str()]);
        let target = found.iter().find(|it| it.id.id == ours).unwrap();
        assert_eq!(target.goes, Goes::By(Verb::Delete));
        let component = ResourceId::new(Kind::InferenceComponent, "one");
        assert!(target.holds.contains(&component), "{target:?}");
    }

    #[test]
    fn a_target_without_its_component_goes_where_its_stack_or_its_tag_says_that_it_is_ours() {
        let tagged = |component: &str, domain: &str| Tagged {
            arn: scaling(component).arn,
            tags: tags(domain),
        };
        let id = |component: &str| format!("inference-component/{component}|{COPIES}");
        let member = format!("{}|sagemaker", id("member"));
        let facts = Facts {
            endpoints: Reading::Known(vec![serving("other", "copied", "domain/d-theirs")]),
            scalable_targets: Reading::Known(
                ["orphan", "member", "untold", "theirs", "copied"]
                    .map(scaling)
                    .into(),
            ),
            tagged: Reading::Known(vec![
                tagged("orphan", "domain/d-ours"),
                tagged("theirs", "domain/d-theirs"),
                // Whoever scales a component of his own may have taken over the tags of ours.
                tagged("copied", "domain/d-ours"),
            ]),
            ..facts(&[(Kind::ScalableTarget, member.as_str())])
        };
        assert_eq!(
            our_targets(&resources(&facts)),
            [id("orphan"), id("member")]
        );
        // As long as the endpoints are not known, nothing is without its component.
        let facts = Facts {
            endpoints: Reading::Unread,
            ..facts
        };
        assert!(our_targets(&resources(&facts)).is_empty());
    }

    /// How an endpoint of ours and everything about it goes.
    fn around_an_endpoint(facts: Facts) -> Vec<Resource> {
        let facts = Facts {
            endpoints: Reading::Known(vec![Endpoint {
                config: "Llm".to_owned(),
                ..serving("llm", "One", "domain/d-ours")
            }]),
            endpoint_configs: Reading::Known(vec![EndpointConfig {
                name: "Llm".to_owned(),
                arn: arn("endpoint-config/llm"),
                ..EndpointConfig::default()
            }]),
            monitoring_schedules: Reading::Known(vec![schedule("hourly", Some("llm"))]),
            scalable_targets: Reading::Known(vec![
                ScalableTarget {
                    resource: "endpoint/llm/variant/all".to_owned(),
                    dimension: INSTANCES.to_owned(),
                    ..ScalableTarget::default()
                },
                scaling("One"),
            ]),
            ..facts
        };
        resources(&facts)
    }

    #[test]
    fn what_a_template_wants_kept_is_kept_and_an_endpoint_with_all_that_it_has() {
        let target = format!("endpoint/llm/variant/all|{INSTANCES}|sagemaker");
        let (config, component, hourly, endpoint) = (
            arn("endpoint-config/llm"),
            arn("inference-component/one"),
            arn("monitoring-schedule/hourly"),
            arn("endpoint/llm"),
        );
        let members = [
            (Kind::EndpointConfig, config.as_str()),
            (Kind::InferenceComponent, component.as_str()),
            (Kind::MonitoringSchedule, hourly.as_str()),
            (Kind::ScalableTarget, target.as_str()),
        ];
        let kept = Goes::Kept(Keeping::DeletionPolicy);
        let found = around_an_endpoint(facts(&members));
        assert_eq!(found.len(), 6, "{found:?}");
        for found in found {
            let expected = if found.id.kind == Kind::Endpoint {
                Goes::By(Verb::Delete)
            } else {
                kept.clone()
            };
            assert_eq!(found.goes, expected, "{:?}", found.id);
        }
        let found = around_an_endpoint(facts(&[(Kind::Endpoint, endpoint.as_str())]));
        for found in found {
            let stays = found.id.kind != Kind::EndpointConfig;
            assert_eq!(found.goes == kept, stays, "{found:?}");
        }
    }

    #[test]
    fn what_somebody_else_put_on_an_endpoint_of_ours_is_his() {
        let asked = |of: &str| ((arn(of), 0), tags("domain/d-theirs"));
        let facts = Facts {
            asked_tags: [
                asked("endpoint-config/llm"),
                asked("inference-component/one"),
                asked("monitoring-schedule/hourly"),
            ]
            .into(),
            ..facts(&[])
        };
        let of_variant = format!("endpoint/llm/variant/all|{INSTANCES}");
        let found = around_an_endpoint(facts);
        assert_eq!(our_targets(&found), [of_variant.as_str()]);
        for found in found {
            let is_ours = found.id.kind == Kind::Endpoint || found.id.id == of_variant;
            assert_eq!(found.verdict() == Verdict::Ours, is_ours, "{found:?}");
        }
    }
}
