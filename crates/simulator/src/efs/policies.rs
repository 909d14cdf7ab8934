//! A volume's own policy. It is kept and shown; nobody is judged by it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{file_systems, parse, plain};
use crate::error::ServiceError;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call, Place, World};

/// Gives a volume a policy, or takes it away.
pub(super) fn put(
    world: &mut World,
    place: &Place,
    id: &str,
    policy: Option<String>,
) -> Result<(), ServiceError> {
    if let Some(text) = &policy {
        serde_json::from_str::<serde_json::Map<String, Value>>(text)
            .map_err(|problem| ServiceError::new("InvalidPolicyException", problem.to_string()))?;
    }
    let volume = file_systems::find(world, place, id)?;
    volume.policy = policy;
    volume.revision += 1;
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct PutFileSystemPolicy {
    file_system_id: String,
    policy: String,
    #[serde(rename = "BypassPolicyLockoutSafetyCheck")]
    _bypass: Option<bool>,
}

pub(super) fn put_file_system_policy(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: PutFileSystemPolicy = parse(input)?;
    let id = plain(&input.file_system_id);
    put(call.world, &call.place, id, Some(input.policy.clone()))?;
    Ok(Output::Json(
        json!({"FileSystemId": id, "Policy": input.policy}),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneFileSystem {
    file_system_id: String,
}

pub(super) fn describe_file_system_policy(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneFileSystem = parse(input)?;
    let volume = file_systems::find(call.world, &call.place, plain(&input.file_system_id))?;
    let no_policy = || {
        let message = format!("File system '{}' has no policy.", volume.id);
        ServiceError::new("PolicyNotFound", message).status(404)
    };
    let policy = volume.policy.as_ref().ok_or_else(no_policy)?;
    Ok(Output::Json(
        json!({"FileSystemId": volume.id, "Policy": policy}),
    ))
}

pub(super) fn delete_file_system_policy(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneFileSystem = parse(input)?;
    put(call.world, &call.place, plain(&input.file_system_id), None)?;
    Ok(Output::Empty(200))
}
