//! What can be scaled in SageMaker: a variant of an endpoint, and an inference component.

use serde::Deserialize;

use super::{NAMESPACE, check_namespace, validation};
use crate::error::ServiceError;
use crate::sagemaker::scaling;
use crate::wire::constraints;
use crate::world::{Place, World};

const DIMENSIONS: [&str; 3] = [
    "sagemaker:variant:DesiredInstanceCount",
    "sagemaker:variant:DesiredProvisionedConcurrency",
    "sagemaker:inference-component:DesiredCopyCount",
];

/// The members by which a call names a target.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Named {
    pub(super) service_namespace: String,
    pub(super) resource_id: String,
    pub(super) scalable_dimension: String,
}

impl Named {
    /// Under which a target is kept.
    pub(super) fn key(&self) -> String {
        format!("{}|{}", self.resource_id, self.scalable_dimension)
    }

    /// `service namespace: …, resource ID: …, scalable dimension: …`, as refusals say it.
    pub(super) fn words(&self) -> String {
        format!(
            "service namespace: {}, resource ID: {}, scalable dimension: {}",
            self.service_namespace, self.resource_id, self.scalable_dimension
        )
    }

    /// Refuses what is no name of anything that could be scaled.
    pub(super) fn check(&self) -> Result<(), ServiceError> {
        check_namespace(&self.service_namespace)?;
        if self.service_namespace != NAMESPACE {
            return Err(validation(format!(
                "The service namespace {} is not simulated.",
                self.service_namespace
            )));
        }
        constraints::length("resourceId", &self.resource_id, 1, 1600).map_err(validation)?;
        check_dimension(&self.scalable_dimension)?;
        Scaled::of(&self.resource_id, &self.scalable_dimension).map(|_scaled| ())
    }

    /// Refuses what is not there.
    pub(super) fn check_there(&self, world: &mut World, place: &Place) -> Result<(), ServiceError> {
        match Scaled::of(&self.resource_id, &self.scalable_dimension)? {
            Scaled::Variant(endpoint, variant) => {
                scaling::check_variant(world, place, endpoint, variant)
            }
            Scaled::Component(name) => scaling::check_component(world, place, name),
        }
    }
}

pub(super) fn check_dimension(dimension: &str) -> Result<(), ServiceError> {
    constraints::one_of("scalableDimension", dimension, &DIMENSIONS).map_err(validation)
}

enum Scaled<'a> {
    /// `endpoint/NAME/variant/VARIANT`.
    Variant(&'a str, &'a str),
    /// `inference-component/NAME`.
    Component(&'a str),
}

impl<'a> Scaled<'a> {
    fn of(resource: &'a str, dimension: &str) -> Result<Self, ServiceError> {
        let pieces: Vec<&str> = resource.split('/').collect();
        let by_variant = dimension.starts_with("sagemaker:variant:");
        match *pieces.as_slice() {
            ["endpoint", name, "variant", variant] if by_variant => {
                Ok(Self::Variant(name, variant))
            }
            ["inference-component", name] if !by_variant => Ok(Self::Component(name)),
            _ => Err(validation(format!(
                "Unsupported service namespace, resource type or scalable dimension: {resource}, {dimension}"
            ))),
        }
    }
}

/// The row of the endpoint or the component that a target scales.
pub(super) fn owner(resource: &str) -> Option<String> {
    resource.split('/').nth(1).map(str::to_owned)
}
