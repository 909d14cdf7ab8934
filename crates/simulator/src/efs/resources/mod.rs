//! CloudFormation's handlers for EFS's types (section 3.8 of the notes on AWS's behaviour).

mod access_point;
mod file_system;
mod mount_target;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::bad_request;
use super::life::LifeCycle;
use crate::cloudformation::resource::{Failure, Progress, Request, ResourceType, not_stabilized};
use crate::error::ServiceError;
use crate::wire::input::lenient;
use crate::wire::tags::{self, Tag};
use crate::world::{Place, World};

pub(crate) const TYPES: &[&dyn ResourceType] = &[
    &file_system::FileSystem,
    &mount_target::MountTarget,
    &access_point::AccessPoint,
];

/// Reads properties.
fn read<T: DeserializeOwned>(properties: &Value) -> Result<T, ServiceError> {
    lenient(properties.clone()).map_err(bad_request)
}

/// A resource's own tags, the stack's, and the system tags.
fn all_tags(
    request: &Request<'_>,
    own: Vec<Tag>,
) -> Result<BTreeMap<String, String>, ServiceError> {
    let mut all = request.stack_tags.clone();
    all.extend(tags::read(own).map_err(bad_request)?);
    all.extend(request.system_tags());
    Ok(all)
}

/// EFS's refusal in the words of a handler.
fn refused(world: &mut World, place: &Place, error: &ServiceError) -> Failure {
    let code = match error.code.as_str() {
        "FileSystemAlreadyExists" | "AccessPointAlreadyExists" => "AlreadyExists",
        "FileSystemNotFound" | "MountTargetNotFound" | "AccessPointNotFound" => "NotFound",
        "FileSystemInUse" | "MountTargetConflict" | "IncorrectMountTargetState" => {
            "ResourceConflict"
        }
        "AccessPointLimitExceeded"
        | "FileSystemLimitExceeded"
        | "NetworkInterfaceLimitExceeded" => "ServiceLimitExceeded",
        "BadRequest" | "SubnetNotFound" | "SecurityGroupNotFound" => "InvalidRequest",
        _ => "GeneralServiceException",
    };
    let request_id = world.mint_uuid(place, "handler request", "EFS");
    Failure::of_service("Efs", error, code, &request_id)
}

/// A started deletion: what is not there is deleted.
fn deleting(world: &mut World, place: &Place, started: Result<(), ServiceError>) -> Progress {
    match started {
        Ok(()) => Progress::Working,
        Err(error) if error.status == 404 => Progress::Done,
        Err(error) => Progress::Failed(refused(world, place, &error)),
    }
}

/// How a creation goes.
fn progress(kind: &str, id: &str, state: Result<LifeCycle, ServiceError>) -> Progress {
    match state {
        Ok(LifeCycle::Creating) => Progress::Working,
        Ok(LifeCycle::Available) => Progress::Done,
        Ok(LifeCycle::Deleting | LifeCycle::Error) => Progress::Failed(not_stabilized(kind, id)),
        Err(error) => Progress::Failed(Failure::new("NotFound", error.message)),
    }
}

/// How a deletion goes.
fn deletion(kind: &str, id: &str, state: &Result<LifeCycle, ServiceError>) -> Progress {
    match state {
        Ok(LifeCycle::Deleting) => Progress::Working,
        Ok(LifeCycle::Creating | LifeCycle::Available | LifeCycle::Error) => {
            Progress::Failed(not_stabilized(kind, id))
        }
        Err(_) => Progress::Done,
    }
}
