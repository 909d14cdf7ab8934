//! Whether AWS Backup keeps recovery points of a volume. The points themselves are no part of this world.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{file_system_id, file_systems, parse, verdicts};
use crate::error::ServiceError;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call, Place, World};

/// The backup policy of a volume; changes take effect at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Backup {
    Enabled,
    Disabled,
}

/// The policy as requests and properties have it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Policy {
    pub(super) status: Backup,
}

/// Gives a volume a policy.
pub(super) fn set(
    world: &mut World,
    place: &Place,
    id: &str,
    backup: Option<Backup>,
) -> Result<(), ServiceError> {
    let volume = file_systems::find(world, place, id)?;
    if volume.backup != backup {
        volume.backup = backup;
        volume.revision += 1;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Put {
    file_system_id: String,
    backup_policy: Policy,
}

pub(super) fn put(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: Put = parse(input)?;
    let (id, status) = (
        file_system_id(&input.file_system_id)?,
        input.backup_policy.status,
    );
    verdicts::check(call, id, "PutBackupPolicy")?;
    file_systems::settled(call.world, &call.place, id)?;
    set(call.world, &call.place, id, Some(status))?;
    Ok(Output::Json(json!({"BackupPolicy": {"Status": status}})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Describe {
    file_system_id: String,
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: Describe = parse(input)?;
    let id = file_system_id(&input.file_system_id)?;
    verdicts::check(call, id, "DescribeBackupPolicy")?;
    let volume = file_systems::find(call.world, &call.place, id)?;
    let status = volume.backup.ok_or_else(|| {
        let text = format!("File system '{id}' has no backup policy.");
        ServiceError::new("PolicyNotFound", text).status(404)
    })?;
    Ok(Output::Json(json!({"BackupPolicy": {"Status": status}})))
}
