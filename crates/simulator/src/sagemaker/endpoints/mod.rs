//! Endpoints: models that serve, with network interfaces in the models' subnets (sections 1.2, 1.6 and 2.2 of the notes
//! on AWS's behaviour).

pub(super) mod calls;
mod deployment;
mod interfaces;
mod quota;
mod successors;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::Entity;
use super::life::{self, Step, Subject};
use super::network::{self, Network};
use super::record::{Record, Status, object};
use super::refusals::{could_not_find, validation};
use super::state;
use super::{endpoint_configs, models, settings};
use crate::auto_scaling;
use crate::error::ServiceError;
use crate::index::Document;
use crate::logs;
use crate::row::Row;
use crate::time::SimTime;
use crate::world::{Course, End, Operation, Place, World};
use interfaces::Networks;

pub(super) const KIND: &str = "AWS::SageMaker::Endpoint";
/// Under this the index keeps the models that an endpoint hosts; the records of endpoints do not show them, those of models
/// show it the other way round.
pub(super) const HOSTED: &str = "hosted models";

/// An endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Endpoint {
    pub(super) record: Record,
    pub(super) name: String,
    pub(super) config_name: String,
    variants: Vec<Value>,
    interface_ids: Vec<String>,
    /// What the update that is at work leads to.
    next: Option<Deployment>,
    /// Why the step that is at work is going to fail.
    problem: Option<String>,
    /// The last update failed, and it is what it was before.
    pub(super) rolled_back: bool,
    last_deployment_config: Option<Value>,
}

/// What an endpoint is to run.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Deployment {
    config_name: String,
    variants: Vec<Value>,
    /// None: other weights and capacities only, and the endpoint keeps the interfaces that it has.
    interface_ids: Option<Vec<String>>,
}

impl Endpoint {
    /// Whether it has a variant of this name.
    pub(super) fn has_variant(&self, name: &str) -> bool {
        self.variants
            .iter()
            .any(|variant| settings::text(variant, "VariantName") == Some(name))
    }

    /// Names of the models that serve on it: none before it has come into being.
    pub(super) fn hosted_models(&self) -> Vec<&str> {
        let variants = self.variants.iter().filter(|_| self.is_deployed());
        variants
            .filter_map(|variant| settings::text(variant, "ModelName"))
            .collect()
    }

    fn is_deployed(&self) -> bool {
        !matches!(self.record.status, Status::Creating | Status::Failed)
    }

    fn variant_names(&self) -> Vec<String> {
        let variants = self.variants.iter();
        let names = variants.filter_map(|variant| settings::text(variant, "VariantName"));
        names.map(str::to_owned).collect()
    }

    pub(super) fn show(&self) -> Value {
        let [created, modified] = self.record.times();
        let shown = |variant: &Value| variant_summary(variant, self.desired(variant));
        let variants = self
            .is_deployed()
            .then(|| self.variants.iter().map(shown).collect());
        object([
            ("EndpointName", json!(self.name)),
            ("EndpointArn", json!(self.record.arn)),
            ("EndpointConfigName", json!(self.config_name)),
            ("ProductionVariants", variants.unwrap_or(Value::Null)),
            ("EndpointStatus", json!(self.record.status)),
            self.record.failure(),
            created,
            modified,
            ("LastDeploymentConfig", json!(self.last_deployment_config)),
        ])
    }

    /// The variant as it is going to be: the same, unless its weight or capacity is being changed.
    fn desired<'a>(&'a self, variant: &'a Value) -> &'a Value {
        let change = self.next.as_ref();
        let change = change.filter(|next| next.interface_ids.is_none());
        let mut coming = change.into_iter().flat_map(|next| &next.variants);
        let same = |other: &&Value| other.get("VariantName") == variant.get("VariantName");
        coming.find(same).unwrap_or(variant)
    }

    fn summary(&self) -> Value {
        let [created, modified] = self.record.times();
        object([
            ("EndpointName", json!(self.name)),
            ("EndpointArn", json!(self.record.arn)),
            created,
            modified,
            ("EndpointStatus", json!(self.record.status)),
        ])
    }
}

impl Document for Endpoint {
    fn document(&self) -> Value {
        let mut shown = self.show();
        if let Some(members) = shown.as_object_mut() {
            members.shift_remove("LastDeploymentConfig");
        }
        json!({"Endpoint": shown, HOSTED: self.hosted_models()})
    }
}

impl Entity for Endpoint {
    fn record(&self) -> &Record {
        &self.record
    }

    fn row(&self) -> Row {
        self.record.row(KIND, self.name.clone(), None)
    }
}

fn variant_summary(variant: &Value, desired: &Value) -> Value {
    let member = |variant: &Value, name: &str| variant.get(name).cloned().unwrap_or(Value::Null);
    let weight = |variant: &Value| {
        let weight = variant.get("InitialVariantWeight").cloned();
        weight.unwrap_or_else(|| json!(1.0))
    };
    object([
        ("VariantName", member(variant, "VariantName")),
        ("CurrentWeight", weight(variant)),
        ("DesiredWeight", weight(desired)),
        (
            "CurrentInstanceCount",
            member(variant, "InitialInstanceCount"),
        ),
        (
            "DesiredInstanceCount",
            member(desired, "InitialInstanceCount"),
        ),
        (
            "CurrentServerlessConfig",
            member(variant, "ServerlessConfig"),
        ),
        (
            "ManagedInstanceScaling",
            member(variant, "ManagedInstanceScaling"),
        ),
        ("RoutingConfig", member(variant, "RoutingConfig")),
    ])
}

pub(super) fn arn(place: &Place, name: &str) -> String {
    place.arn("sagemaker", &format!("endpoint/{}", name.to_lowercase()))
}

/// The endpoint, or `ValidationException`.
pub(super) fn find<'a>(
    world: &'a mut World,
    place: &Place,
    name: &str,
) -> Result<&'a mut Endpoint, ServiceError> {
    let endpoints = &mut state(world, place).endpoints;
    endpoints
        .get_mut(name)
        .ok_or_else(|| could_not_find("endpoint", &arn(place, name)))
}

/// Starts making an endpoint, takes its network interfaces and returns its ARN.
pub(super) fn create(
    world: &mut World,
    place: &Place,
    name: &str,
    config_name: &str,
    tags: BTreeMap<String, String>,
) -> Result<String, ServiceError> {
    let arn = arn(place, name);
    if state(world, place).endpoints.contains_key(name) {
        return Err(validation(format!(
            "Cannot create already existing endpoint \"{arn}\"."
        )));
    }
    let config = endpoint_configs::used(world, place, config_name)?;
    let Networks {
        networks,
        missing_model,
    } = interfaces::networks(world, place, &config);
    if let Some(model) = missing_model
        .as_ref()
        .filter(|_| world.switches.missing_model_refused)
    {
        return Err(could_not_find("model", &models::arn(place, model)));
    }
    quota::check(world, place, &config.variants)?;
    let (interface_ids, problem) = take(world, place, name, &networks);
    let endpoint = Endpoint {
        record: Record::new(arn.clone(), tags, Status::Creating, world.now()),
        name: name.to_owned(),
        config_name: config_name.to_owned(),
        variants: config.variants,
        interface_ids,
        next: None,
        problem,
        rolled_back: false,
        last_deployment_config: None,
    };
    let endpoints = &mut state(world, place).endpoints;
    endpoints.insert(name.to_owned(), endpoint);
    let subject = Subject::Endpoint(name.to_owned());
    match missing_model {
        None => life::begin(world, place, subject, Step::Creation),
        Some(model) => {
            let reason = could_not_find("model", &models::arn(place, &model)).message;
            let course = Course {
                takes: world.draw("endpoint create without model", name),
                end: End::Failed(reason),
            };
            life::begin_course(world, place, subject, Step::Creation, course);
        }
    }
    Ok(arn)
}

fn take(
    world: &mut World,
    place: &Place,
    name: &str,
    networks: &[Network],
) -> (Vec<String>, Option<String>) {
    let description = format!("ENI managed by SageMaker for endpoint {name}");
    network::take(world, place, name, &description, networks)
}

/// Starts bringing an endpoint to another config.
pub(super) fn update(
    world: &mut World,
    place: &Place,
    name: &str,
    config_name: &str,
) -> Result<String, ServiceError> {
    let endpoint = find(world, place, name)?;
    check_updatable(endpoint)?;
    let old = endpoint.variants.clone();
    let config = endpoint_configs::used(world, place, config_name)?;
    let Networks {
        networks,
        missing_model,
    } = interfaces::networks(world, place, &config);
    if let Some(model) = missing_model {
        return Err(could_not_find("model", &models::arn(place, &model)));
    }
    successors::check(world, place, name, &old, &config.variants)?;
    quota::check(world, place, &config.variants)?;
    let (interface_ids, problem) = take(world, place, name, &networks);
    let next = Deployment {
        config_name: config_name.to_owned(),
        variants: config.variants,
        interface_ids: Some(interface_ids),
    };
    begin_update(world, place, name, next, problem)
}

/// Starts giving variants other weights and numbers of instances.
fn rescale(
    world: &mut World,
    place: &Place,
    name: &str,
    desired: Vec<calls::Desired>,
) -> Result<String, ServiceError> {
    let endpoint = find(world, place, name)?;
    check_updatable(endpoint)?;
    let (arn, config_name) = (endpoint.record.arn.clone(), endpoint.config_name.clone());
    let old = endpoint.variants.clone();
    let mut variants = old.clone();
    for change in desired {
        let same = |variant: &&mut Value| {
            settings::text(variant, "VariantName") == Some(change.variant_name.as_str())
        };
        let Some(variant) = variants.iter_mut().find(same) else {
            return Err(validation(format!(
                "Endpoint \"{arn}\" has no variant {}.",
                change.variant_name
            )));
        };
        change.apply(variant);
    }
    quota::check(world, place, &quota::growth(&old, &variants))?;
    let next = Deployment {
        config_name,
        variants,
        interface_ids: None,
    };
    begin_update(world, place, name, next, None)
}

fn begin_update(
    world: &mut World,
    place: &Place,
    name: &str,
    next: Deployment,
    problem: Option<String>,
) -> Result<String, ServiceError> {
    let now = world.now();
    let endpoint = find(world, place, name)?;
    endpoint.next = Some(next);
    endpoint.problem = problem;
    endpoint.rolled_back = false;
    endpoint.record.turn(Status::Updating, None, now);
    let subject = Subject::Endpoint(name.to_owned());
    life::begin(world, place, subject, Step::Update);
    Ok(arn(place, name))
}

/// Takes an endpoint as it is, whether its last update was rolled back or not.
pub(super) fn accept(world: &mut World, place: &Place, name: &str) -> Result<(), ServiceError> {
    find(world, place, name)?.rolled_back = false;
    Ok(())
}

/// A Failed endpoint can only be deleted.
fn check_updatable(endpoint: &Endpoint) -> Result<(), ServiceError> {
    refuse_in_progress(endpoint)?;
    if endpoint.record.status == Status::Failed {
        let arn = &endpoint.record.arn;
        return Err(validation(format!(
            "Cannot update failed endpoint \"{arn}\"."
        )));
    }
    Ok(())
}

/// Starts the deletion of an endpoint that is at rest, has no inference components and is not watched.
pub(super) fn delete(world: &mut World, place: &Place, name: &str) -> Result<(), ServiceError> {
    let now = world.now();
    refuse_in_progress(find(world, place, name)?)?;
    let watched_refuses = world.switches.monitoring_schedule_refuses_delete_endpoint;
    let sagemaker = state(world, place);
    let mut components = sagemaker.inference_components.values();
    let mut schedules = sagemaker.schedules.values();
    let holder = if components.any(|component| component.endpoint_name == name) {
        Some("inference components")
    } else if watched_refuses && schedules.any(|schedule| schedule.watches(name)) {
        Some("monitoring schedules")
    } else {
        None
    };
    if let Some(holder) = holder {
        return Err(validation(format!(
            "Cannot delete endpoint \"{}\" because {holder} are associated with it.",
            arn(place, name)
        )));
    }
    let endpoint = find(world, place, name)?;
    endpoint.record.turn(Status::Deleting, None, now);
    auto_scaling::endpoint_goes(world, place, name);
    let subject = Subject::Endpoint(name.to_owned());
    life::begin(world, place, subject, Step::Deletion);
    Ok(())
}

/// The same text for an update and a deletion (section 1.2).
fn refuse_in_progress(endpoint: &Endpoint) -> Result<(), ServiceError> {
    if endpoint.record.status.busy() {
        return Err(validation(format!(
            "Cannot update in-progress endpoint \"{}\".",
            endpoint.record.arn
        )));
    }
    Ok(())
}

/// A step has ended.
pub(super) fn ended(
    world: &mut World,
    place: &Place,
    name: &str,
    step: Step,
    failure: Option<String>,
) {
    let now = world.now();
    let Ok(endpoint) = find(world, place, name) else {
        return;
    };
    let problem = endpoint.problem.take();
    let failure = failure.or(problem);
    let subject = Subject::Endpoint(name.to_owned());
    let released = match (step, failure) {
        (Step::Deletion, None) => std::mem::take(&mut endpoint.interface_ids),
        (Step::Creation | Step::Deletion, Some(reason)) => {
            endpoint.record.turn(Status::Failed, Some(reason), now);
            Vec::new()
        }
        (Step::Update, Some(reason)) => {
            endpoint.record.turn(Status::RollingBack, Some(reason), now);
            life::begin(world, place, subject, Step::Rollback);
            return;
        }
        (Step::Rollback, None) => {
            let reason = endpoint.record.failure_reason.take();
            endpoint.record.turn(Status::InService, reason, now);
            endpoint.rolled_back = true;
            endpoint.give_up()
        }
        (Step::Rollback, Some(reason)) => {
            let status = Status::UpdateRollbackFailed;
            endpoint.record.turn(status, Some(reason), now);
            let both = endpoint.give_up();
            endpoint.interface_ids.extend(both);
            Vec::new()
        }
        (Step::Update, None) => {
            endpoint.record.turn(Status::InService, None, now);
            let released = endpoint.deploy();
            let variants = endpoint.variant_names();
            logs::endpoint_serves(world, place, name, &variants);
            released
        }
        (Step::Creation, None) => {
            endpoint.record.turn(Status::InService, None, now);
            let variants = endpoint.variant_names();
            logs::endpoint_serves(world, place, name, &variants);
            life::maintain_later(world, place, name);
            return;
        }
        (Step::Maintenance, Some(reason)) => {
            let status = Status::OutOfService;
            endpoint.record.turn(status, Some(reason), now);
            Vec::new()
        }
        (Step::Maintenance | Step::Start | Step::Stop, _) => {
            endpoint.record.turn(Status::InService, None, now);
            Vec::new()
        }
    };
    let gone =
        find(world, place, name).is_ok_and(|endpoint| endpoint.record.status == Status::Deleting);
    life::release_all_later(world, place, "endpoint interface tail", released);
    if gone {
        state(world, place).endpoints.remove(name);
    }
}

/// Maintenance begins, unless something else is at work (section 1.1). What leads an endpoint out of service no source
/// says: here it is maintenance that fails, which a fault orders.
pub(super) fn maintain(world: &mut World, place: &Place, name: &str, created: SimTime) {
    let now = world.now();
    let Ok(endpoint) = find(world, place, name) else {
        return;
    };
    let record = &mut endpoint.record;
    if record.status == Status::InService && record.created == created {
        record.turn(Status::SystemUpdating, None, now);
        let entry = "endpoint maintenance";
        let course = world.course_named(KIND, entry, Operation::Maintain, name);
        let subject = Subject::Endpoint(name.to_owned());
        life::begin_course(world, place, subject, Step::Maintenance, course);
    }
}

impl Endpoint {
    /// The new deployment replaces the old one, whose interfaces are returned.
    fn deploy(&mut self) -> Vec<String> {
        let Some(next) = self.next.take() else {
            return Vec::new();
        };
        self.config_name = next.config_name;
        self.variants = next.variants;
        match next.interface_ids {
            Some(interface_ids) => std::mem::replace(&mut self.interface_ids, interface_ids),
            None => Vec::new(),
        }
    }

    /// The new deployment is given up, and its interfaces are returned.
    fn give_up(&mut self) -> Vec<String> {
        let next = self.next.take();
        next.and_then(|next| next.interface_ids).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_statuses;
