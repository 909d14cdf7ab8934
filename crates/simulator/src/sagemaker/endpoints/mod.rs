//! Endpoints: models that serve, with network interfaces in the models' subnets (sections 1.2, 1.6 and 2.2 of the notes
//! on AWS's behaviour).

pub(super) mod calls;
mod interfaces;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::life::{self, Step, Subject};
use super::record::{Record, Status, object};
use super::refusals::{could_not_find, validation};
use super::state;
use super::{endpoint_configs, settings};
use crate::auto_scaling;
use crate::error::ServiceError;
use crate::index::Document;
use crate::logs;
use crate::row::Row;
use crate::world::{Place, World};

pub(super) const KIND: &str = "AWS::SageMaker::Endpoint";

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
}

/// What an endpoint runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Deployment {
    config_name: String,
    variants: Vec<Value>,
    interface_ids: Vec<String>,
}

impl Endpoint {
    pub(super) fn row(&self) -> Row {
        self.record.row(KIND, self.name.clone(), None)
    }

    /// Whether it has a variant of this name.
    pub(super) fn has_variant(&self, name: &str) -> bool {
        self.variants
            .iter()
            .any(|variant| settings::text(variant, "VariantName") == Some(name))
    }

    fn variant_names(&self) -> Vec<String> {
        let variants = self.variants.iter();
        let names = variants.filter_map(|variant| settings::text(variant, "VariantName"));
        names.map(str::to_owned).collect()
    }

    pub(super) fn show(&self) -> Value {
        let [created, modified] = self.record.times();
        let deployed = !matches!(self.record.status, Status::Creating | Status::Failed);
        let variants = deployed.then(|| self.variants.iter().map(variant_summary).collect());
        object([
            ("EndpointName", json!(self.name)),
            ("EndpointArn", json!(self.record.arn)),
            ("EndpointConfigName", json!(self.config_name)),
            ("ProductionVariants", variants.unwrap_or(Value::Null)),
            ("EndpointStatus", json!(self.record.status)),
            self.record.failure(),
            created,
            modified,
        ])
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
        json!({"Endpoint": self.show()})
    }
}

fn variant_summary(variant: &Value) -> Value {
    let member = |name: &str| variant.get(name).cloned().unwrap_or(Value::Null);
    let weight = variant
        .get("InitialVariantWeight")
        .cloned()
        .unwrap_or_else(|| json!(1.0));
    object([
        ("VariantName", member("VariantName")),
        ("CurrentWeight", weight.clone()),
        ("DesiredWeight", weight),
        ("CurrentInstanceCount", member("InitialInstanceCount")),
        ("DesiredInstanceCount", member("InitialInstanceCount")),
        ("ManagedInstanceScaling", member("ManagedInstanceScaling")),
        ("RoutingConfig", member("RoutingConfig")),
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
    let config = endpoint_configs::find(world, place, config_name)?.clone();
    let networks = interfaces::networks(world, place, &config)?;
    let mut record = Record::new(arn.clone(), tags, Status::Creating, world.now());
    let (interface_ids, problem) = interfaces::take(world, place, name, &networks);
    record.failure_reason = problem;
    let endpoint = Endpoint {
        record,
        name: name.to_owned(),
        config_name: config_name.to_owned(),
        variants: config.variants,
        interface_ids,
        next: None,
    };
    state(world, place)
        .endpoints
        .insert(name.to_owned(), endpoint);
    life::begin(
        world,
        place,
        Subject::Endpoint(name.to_owned()),
        Step::Creation,
    );
    Ok(arn)
}

/// Starts bringing an endpoint to another config.
pub(super) fn update(
    world: &mut World,
    place: &Place,
    name: &str,
    config_name: &str,
) -> Result<String, ServiceError> {
    let now = world.now();
    refuse_in_progress(find(world, place, name)?)?;
    if find(world, place, name)?.record.status == Status::Failed {
        return Err(validation(format!(
            "Cannot update failed endpoint \"{}\".",
            arn(place, name)
        )));
    }
    let config = endpoint_configs::find(world, place, config_name)?.clone();
    let networks = interfaces::networks(world, place, &config)?;
    let (interface_ids, problem) = interfaces::take(world, place, name, &networks);
    let endpoint = find(world, place, name)?;
    endpoint.next = Some(Deployment {
        config_name: config_name.to_owned(),
        variants: config.variants,
        interface_ids,
    });
    endpoint.record.turn(Status::Updating, problem, now);
    life::begin(
        world,
        place,
        Subject::Endpoint(name.to_owned()),
        Step::Update,
    );
    Ok(arn(place, name))
}

/// Starts the deletion of an endpoint that is at rest and has no inference components.
pub(super) fn delete(world: &mut World, place: &Place, name: &str) -> Result<(), ServiceError> {
    let now = world.now();
    refuse_in_progress(find(world, place, name)?)?;
    let mut components = state(world, place).inference_components.values();
    if components.any(|component| component.endpoint_name == name) {
        return Err(validation(format!(
            "Cannot delete endpoint \"{}\" because inference components are associated with it.",
            arn(place, name)
        )));
    }
    find(world, place, name)?
        .record
        .turn(Status::Deleting, None, now);
    auto_scaling::endpoint_goes(world, place, name);
    life::begin(
        world,
        place,
        Subject::Endpoint(name.to_owned()),
        Step::Deletion,
    );
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
    let failure = failure.or_else(|| endpoint.record.failure_reason.take());
    let serves = failure.is_none() && step != Step::Deletion;
    let released = match (step, failure) {
        (Step::Deletion, None) => std::mem::take(&mut endpoint.interface_ids),
        (Step::Update, failure) => {
            let released = endpoint.deploy(failure.is_none());
            endpoint.record.turn(Status::InService, failure, now);
            released
        }
        (Step::Creation | Step::Deletion, Some(reason)) => {
            endpoint.record.turn(Status::Failed, Some(reason), now);
            Vec::new()
        }
        (Step::Creation, None) => {
            endpoint.record.turn(Status::InService, None, now);
            Vec::new()
        }
    };
    let gone = endpoint.record.status == Status::Deleting;
    if serves {
        let variants = endpoint.variant_names();
        logs::endpoint_serves(world, place, name, &variants);
    }
    for interface in released {
        life::release_later(world, place, "endpoint interface tail", interface);
    }
    if gone {
        state(world, place).endpoints.remove(name);
    }
}

impl Endpoint {
    /// Ends an update: the new deployment replaces the old one, or is given up. Returns the interfaces of the other.
    fn deploy(&mut self, succeeded: bool) -> Vec<String> {
        let Some(next) = self.next.take() else {
            return Vec::new();
        };
        if !succeeded {
            return next.interface_ids;
        }
        self.config_name = next.config_name;
        self.variants = next.variants;
        std::mem::replace(&mut self.interface_ids, next.interface_ids)
    }
}

#[cfg(test)]
mod tests;
