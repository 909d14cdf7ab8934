//! The calls about file systems.

use serde::Deserialize;
use serde_json::Value;

use super::{FileSystem, NewFileSystem, create_in, delete, find, not_found};
use crate::consistency::Lags;
use crate::efs::backups::{self, Backup};
use crate::efs::{
    bad_request, check_length, file_system_id, listed, mount_targets, page_size, parse, verdicts,
};
use crate::wire::page::page;
use crate::wire::tags::{self, Tag};
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateFileSystem {
    creation_token: String,
    performance_mode: Option<String>,
    encrypted: Option<bool>,
    kms_key_id: Option<String>,
    throughput_mode: Option<String>,
    provisioned_throughput_in_mibps: Option<f64>,
    availability_zone_name: Option<String>,
    backup: Option<bool>,
    #[serde(default)]
    tags: Vec<Tag>,
}

pub(in crate::efs) fn create_file_system(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreateFileSystem = parse(input)?;
    check_length("CreationToken", &input.creation_token, 64)?;
    // One Zone volumes are backed up unless the request says otherwise.
    let zone = input.availability_zone_name;
    let backup = input.backup.unwrap_or(zone.is_some());
    let new = NewFileSystem {
        name: input.creation_token.clone(),
        creation_token: input.creation_token,
        encrypted: input.encrypted.unwrap_or(false),
        kms_key_id: input.kms_key_id,
        performance_mode: input.performance_mode,
        throughput_mode: input.throughput_mode,
        provisioned_throughput: input.provisioned_throughput_in_mibps,
        tags: tags::read(input.tags).map_err(bad_request)?,
        owner: None,
    };
    let id = create_in(call.world, &call.place, new, zone.as_deref())?;
    let policy = backup.then_some(Backup::Enabled);
    backups::set(call.world, &call.place, &id, policy)?;
    call.touch(&id);
    let place = call.place.clone();
    Ok(Output::Created(
        find(call.world, &place, &id)?.show(&place, 0),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DescribeFileSystems {
    max_items: Option<usize>,
    marker: Option<String>,
    creation_token: Option<String>,
    file_system_id: Option<String>,
}

pub(in crate::efs) fn describe_file_systems(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DescribeFileSystems = parse(input)?;
    if input.creation_token.is_some() && input.file_system_id.is_some() {
        return Err(bad_request(
            "CreationToken and FileSystemId exclude each other",
        ));
    }
    let size = page_size(call.world, input.max_items)?;
    let place = call.place.clone();
    let wanted = input.file_system_id.as_deref().map(file_system_id);
    let wanted = wanted.transpose()?;
    if let Some(id) = wanted {
        verdicts::check(call, id, "DescribeFileSystems")?;
    }
    let lags = Lags::of(call.world);
    let efs = &call.region().efs;
    let (view, truth) = (&efs.views.file_systems, &efs.file_systems);
    let mut volumes: Vec<FileSystem> = match wanted {
        None => view.listed(truth, lags).into_iter().cloned().collect(),
        Some(id) => {
            let found = view.found(truth, &[id], lags);
            if found.is_empty() {
                return Err(not_found(id));
            }
            found
        }
    };
    if let Some(token) = &input.creation_token {
        volumes.retain(|volume| volume.creation_token == *token);
    }
    let invalid = || bad_request("The marker is not valid");
    let (volumes, next) = page(
        "DescribeFileSystems",
        volumes,
        |volume| volume.id.clone(),
        input.marker.as_deref(),
        size,
        invalid,
    )?;
    let count = |id: &str| {
        efs.mount_targets
            .with_key(&mount_targets::of_volume(id))
            .count()
    };
    let shown: Vec<Value> = volumes
        .iter()
        .map(|volume| volume.show(&place, count(&volume.id)))
        .collect();
    Ok(Output::Json(listed(
        "FileSystems",
        shown,
        [("Marker", input.marker), ("NextMarker", next)],
    )))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeleteFileSystem {
    file_system_id: String,
}

pub(in crate::efs) fn delete_file_system(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DeleteFileSystem = parse(input)?;
    let id = file_system_id(&input.file_system_id)?;
    verdicts::check(call, id, "DeleteFileSystem")?;
    delete(call.world, &call.place, id)?;
    Ok(Output::Empty(204))
}
