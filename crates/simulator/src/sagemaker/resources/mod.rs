//! CloudFormation's handlers for SageMaker's types (sections 3.5 and 3.8 of the notes on AWS's behaviour). They get the
//! stack's tags but no system tags.

mod app;
mod domain;
mod endpoint;
mod endpoint_config;
mod model;
mod space;
mod user_profile;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::record::{Record, Status};
use crate::cloudformation::resource::{Failure, Progress, Request, ResourceType, not_stabilized};
use crate::error::ServiceError;
use crate::wire::input::lenient;
use crate::wire::tags::Tag;
use crate::world::{Place, World};

pub(crate) const TYPES: &[&dyn ResourceType] = &[
    &domain::Domain,
    &user_profile::UserProfile,
    &space::Space,
    &app::App,
    &model::Model,
    &endpoint_config::EndpointConfig,
    &endpoint::Handler,
];

/// Reads properties as a call's input.
fn read<T: DeserializeOwned>(properties: &Value) -> Result<T, ServiceError> {
    lenient(properties.clone()).map_err(super::refusals::validation)
}

/// A resource's own tags and, beside them, the stack's.
fn with_stack_tags(request: &Request<'_>, own: Vec<Tag>) -> Vec<Tag> {
    let stack = request.stack_tags.iter();
    let mut tags: BTreeMap<String, String> = stack
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    tags.extend(own.into_iter().map(|tag| (tag.key, tag.value)));
    tags.into_iter()
        .map(|(key, value)| Tag { key, value })
        .collect()
}

/// The properties, with a name that CloudFormation makes up where the template gives none.
fn named(world: &mut World, request: &Request<'_>, kind: &str, member: &str) -> Value {
    let mut properties = request.properties.clone();
    if properties.get(member).is_none() {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let name = request.mint_name();
        let letters = world.mint_letters(request.place, kind, &name, alphabet, 12);
        let stem: String = request.logical_id.chars().take(50).collect();
        properties[member] = json!(format!("{stem}-{letters}"));
    }
    properties
}

/// The properties as they are checked before there is a name.
fn with_any_name(properties: &Value, member: &str) -> Value {
    let mut properties = properties.clone();
    if properties.is_object() && properties.get(member).is_none() {
        properties[member] = json!("unnamed");
    }
    properties
}

/// SageMaker's refusal in the words of a handler. `in_use` is what `ResourceInUse` means for the operation.
fn refused(
    world: &mut World,
    place: &Place,
    error: &ServiceError,
    in_use: &'static str,
) -> Failure {
    let code = match error.code.as_str() {
        "ResourceInUse" => in_use,
        "ResourceNotFound" => "NotFound",
        "ResourceLimitExceeded" => "ServiceLimitExceeded",
        "ThrottlingException" => "Throttling",
        "ValidationException" => "InvalidRequest",
        _ => "GeneralServiceException",
    };
    let request_id = world.mint_uuid(place, "handler request", "SageMaker");
    Failure::of_service("SageMaker", error, code, &request_id)
}

/// A refused deletion: what is not there is deleted.
fn refused_deletion(world: &mut World, place: &Place, error: &ServiceError) -> Progress {
    if error.code == "ResourceNotFound" {
        return Progress::Done;
    }
    Progress::Failed(refused(world, place, error, "ResourceConflict"))
}

/// `Resource of type 'T' with identifier 'X' was not found.`
fn was_not_found(kind: &str, identifier: &str) -> Failure {
    let message =
        format!("Resource of type '{kind}' with identifier '{identifier}' was not found.");
    Failure::new("NotFound", message)
}

/// How a creation or an update goes.
fn progress(kind: &str, identifier: &str, record: Option<&Record>) -> Progress {
    let Some(record) = record else {
        return Progress::Failed(was_not_found(kind, identifier));
    };
    match record.status {
        Status::InService => Progress::Done,
        Status::Pending
        | Status::Creating
        | Status::Updating
        | Status::SystemUpdating
        | Status::RollingBack => Progress::Working,
        Status::Deleting | Status::Deleted => Progress::Failed(was_not_found(kind, identifier)),
        Status::Failed
        | Status::UpdateFailed
        | Status::OutOfService
        | Status::UpdateRollbackFailed
        | Status::InProgress
        | Status::Completed
        | Status::Stopping
        | Status::Stopped
        | Status::Scheduled
        | Status::Executing
        | Status::Succeeded
        | Status::Active
        | Status::DeleteFailed
        | Status::Created
        | Status::CreateFailed
        | Status::DeletionFailed => Progress::Failed(not_stabilized(kind, identifier)),
    }
}

/// How a deletion goes.
fn deletion(kind: &str, identifier: &str, record: Option<&Record>) -> Progress {
    let Some(record) = record else {
        return Progress::Done;
    };
    match record.status {
        Status::Deleted => Progress::Done,
        Status::Deleting => Progress::Working,
        Status::Pending
        | Status::Creating
        | Status::InService
        | Status::Updating
        | Status::Failed
        | Status::UpdateFailed
        | Status::SystemUpdating
        | Status::RollingBack
        | Status::OutOfService
        | Status::UpdateRollbackFailed
        | Status::InProgress
        | Status::Completed
        | Status::Stopping
        | Status::Stopped
        | Status::Scheduled
        | Status::Executing
        | Status::Succeeded
        | Status::Active
        | Status::DeleteFailed
        | Status::Created
        | Status::CreateFailed
        | Status::DeletionFailed => Progress::Failed(not_stabilized(kind, identifier)),
    }
}

#[cfg(test)]
mod tests;
