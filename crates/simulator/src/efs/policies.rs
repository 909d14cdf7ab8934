//! A volume's own policy, which [`super::verdicts`] judges callers by.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{file_system_id, file_systems, parse, verdicts};
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
        read(text)?;
    }
    let volume = file_systems::find(world, place, id)?;
    volume.policy = policy;
    volume.revision += 1;
    Ok(())
}

fn read(text: &str) -> Result<Value, ServiceError> {
    let policy = serde_json::from_str::<serde_json::Map<String, Value>>(text);
    let policy = Value::Object(policy.map_err(|problem| invalid(problem.to_string()))?);
    verdicts::check_known(&policy).map_err(invalid)?;
    Ok(policy)
}

fn invalid(text: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidPolicyException", text)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct PutFileSystemPolicy {
    file_system_id: String,
    policy: String,
    #[serde(default)]
    bypass_policy_lockout_safety_check: bool,
}

pub(super) fn put_file_system_policy(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: PutFileSystemPolicy = parse(input)?;
    let id = file_system_id(&input.file_system_id)?;
    verdicts::check(call, id, "PutFileSystemPolicy")?;
    let locked_out = verdicts::denies(&read(&input.policy)?, &call.caller, "PutFileSystemPolicy");
    if locked_out && !input.bypass_policy_lockout_safety_check {
        return Err(invalid(
            "The policy would keep its own author from changing it",
        ));
    }
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
    let id = file_system_id(&input.file_system_id)?;
    verdicts::check(call, id, "DescribeFileSystemPolicy")?;
    let volume = file_systems::find(call.world, &call.place, id)?;
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
    let id = file_system_id(&input.file_system_id)?;
    verdicts::check(call, id, "DeleteFileSystemPolicy")?;
    put(call.world, &call.place, id, None)?;
    Ok(Output::Empty(200))
}
