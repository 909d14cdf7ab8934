//! Application Auto Scaling for SageMaker: scalable targets and their policies (section 1.6 of the notes on AWS's
//! behaviour with its correction in section F of the operators' notes). Nothing is scaled.

mod policies;
mod release;
mod resource;
mod tags;
mod targets;
#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::index::Observer;
use crate::row::Row;
use crate::service::Operation;
use crate::table::Table;
use crate::wire::{Input, constraints};
use crate::world::{Place, World};

use targets::Target;

pub(crate) use release::{check_release, component_goes, endpoint_goes, is_scaled};

/// All scalable targets of a region, by `RESOURCE|DIMENSION`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    targets: Table<Target>,
}

impl State {
    /// Every target, and every policy as a part of its target.
    pub fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        self.targets.rows(place, rows);
    }

    /// Lets the index take notice of what has changed.
    pub(crate) fn observe(&mut self, observer: &mut Observer<'_>) {
        observer.look("auto_scaling targets", &mut self.targets);
    }
}

/// Application Auto Scaling in a region.
fn state<'a>(world: &'a mut World, place: &Place) -> &'a mut State {
    &mut world.region(place).auto_scaling
}

/// What Application Auto Scaling can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[
    ("RegisterScalableTarget", targets::register_scalable_target),
    (
        "DescribeScalableTargets",
        targets::describe_scalable_targets,
    ),
    (
        "DeregisterScalableTarget",
        targets::deregister_scalable_target,
    ),
    ("PutScalingPolicy", policies::put_scaling_policy),
    (
        "DescribeScalingPolicies",
        policies::describe_scaling_policies,
    ),
    ("DeleteScalingPolicy", policies::delete_scaling_policy),
    ("TagResource", tags::tag_resource),
    ("UntagResource", tags::untag_resource),
    ("ListTagsForResource", tags::list_tags_for_resource),
];

const NAMESPACE: &str = "sagemaker";

/// Every namespace of the model. Only SageMaker's has targets here.
const NAMESPACES: [&str; 15] = [
    "ecs",
    "elasticmapreduce",
    "ec2",
    "appstream",
    "dynamodb",
    "rds",
    "sagemaker",
    "custom-resource",
    "comprehend",
    "lambda",
    "cassandra",
    "kafka",
    "elasticache",
    "neptune",
    "workspaces",
];

fn parse<T: DeserializeOwned>(input: &Input) -> Result<T, ServiceError> {
    input.parse()
}

fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationException", message)
}

fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ObjectNotFoundException", message)
}

fn invalid_token() -> ServiceError {
    ServiceError::new(
        "InvalidNextTokenException",
        "The next token supplied was invalid.",
    )
}

fn check_namespace(namespace: &str) -> Result<(), ServiceError> {
    constraints::one_of("serviceNamespace", namespace, &NAMESPACES).map_err(validation)
}

/// A page of 1 to `most` items, `most` unless the caller says otherwise.
fn page_size(world: &World, asked: Option<i64>, most: i64) -> Result<usize, ServiceError> {
    let asked = asked.unwrap_or(most);
    constraints::within("maxResults", asked, 1, most).map_err(validation)?;
    let size = usize::try_from(asked).unwrap_or(1);
    Ok(world.page_size(Some(size), size))
}
