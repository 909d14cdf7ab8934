//! The calls about mount targets.

use std::net::Ipv4Addr;

use serde::Deserialize;
use serde_json::json;

use super::{MountTarget, create_at, delete, find, not_found, set_groups, settled};
use crate::consistency::Lags;
use crate::efs::{
    access_point_id, access_points, bad_request, file_system_id, file_systems, listed,
    mount_target_id, page_size, parse, verdicts,
};
use crate::error::ServiceError;
use crate::wire::page::page;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateMountTarget {
    file_system_id: String,
    subnet_id: String,
    ip_address: Option<Ipv4Addr>,
    #[serde(default)]
    security_groups: Vec<String>,
}

pub(in crate::efs) fn create_mount_target(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreateMountTarget = parse(input)?;
    let volume = file_system_id(&input.file_system_id)?;
    verdicts::check(call, volume, "CreateMountTarget")?;
    let name = format!("{volume}/{}", input.subnet_id);
    let id = create_at(
        call.world,
        &call.place,
        &name,
        volume,
        &input.subnet_id,
        &input.security_groups,
        input.ip_address,
    )?;
    call.touch(&id);
    let place = call.place.clone();
    Ok(Output::Json(find(call.world, &place, &id)?.show(&place)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DescribeMountTargets {
    max_items: Option<usize>,
    marker: Option<String>,
    file_system_id: Option<String>,
    mount_target_id: Option<String>,
    access_point_id: Option<String>,
}

pub(in crate::efs) fn describe_mount_targets(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DescribeMountTargets = parse(input)?;
    let size = page_size(call.world, input.max_items)?;
    let place = call.place.clone();
    let targets = match (
        &input.file_system_id,
        &input.mount_target_id,
        &input.access_point_id,
    ) {
        (Some(id), None, None) => targets_of(call, file_system_id(id)?)?,
        (None, Some(id), None) => {
            check_target(call, id, "DescribeMountTargets")?;
            let lags = Lags::of(call.world);
            let efs = &call.region().efs;
            let view = &efs.views.mount_targets;
            let found = view.found(&efs.mount_targets, &[id], lags);
            if found.is_empty() {
                return Err(not_found(id));
            }
            found
        }
        (None, None, Some(id)) => {
            let point = access_points::find(call.world, &place, access_point_id(id)?)?;
            let volume = point.file_system_id.clone();
            targets_of(call, &volume)?
        }
        _ => {
            return Err(bad_request(
                "Give one of FileSystemId, MountTargetId and AccessPointId",
            ));
        }
    };
    let invalid = || bad_request("The marker is not valid");
    let (targets, next) = page(
        "DescribeMountTargets",
        targets,
        |target| target.id.clone(),
        input.marker.as_deref(),
        size,
        invalid,
    )?;
    let shown = targets.iter().map(|target| target.show(&place)).collect();
    Ok(Output::Json(listed(
        "MountTargets",
        shown,
        [("Marker", input.marker), ("NextMarker", next)],
    )))
}

fn targets_of(call: &mut Call<'_>, id: &str) -> Result<Vec<MountTarget>, ServiceError> {
    verdicts::check(call, id, "DescribeMountTargets")?;
    file_systems::find(call.world, &call.place, id)?;
    let lags = Lags::of(call.world);
    let efs = &call.region().efs;
    let targets = efs.views.mount_targets.listed(&efs.mount_targets, lags);
    let targets = targets.into_iter();
    let targets = targets.filter(|target| target.file_system_id == id);
    Ok(targets.cloned().collect())
}

/// Refuses an id that is none, and what the volume's policy denies.
fn check_target(call: &mut Call<'_>, id: &str, action: &str) -> Result<(), ServiceError> {
    let target = find(call.world, &call.place, mount_target_id(id)?)?;
    let volume = target.file_system_id.clone();
    verdicts::check(call, &volume, action)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneMountTarget {
    mount_target_id: String,
}

pub(in crate::efs) fn delete_mount_target(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneMountTarget = parse(input)?;
    check_target(call, &input.mount_target_id, "DeleteMountTarget")?;
    delete(call.world, &call.place, &input.mount_target_id)?;
    Ok(Output::Empty(204))
}

pub(in crate::efs) fn describe_security_groups(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneMountTarget = parse(input)?;
    let action = "DescribeMountTargetSecurityGroups";
    check_target(call, &input.mount_target_id, action)?;
    let target = settled(call.world, &call.place, &input.mount_target_id)?;
    let interface_id = target.interface_id.clone();
    let groups = call
        .region()
        .ec2
        .interfaces
        .get(&interface_id)
        .map(|interface| interface.groups.clone());
    Ok(Output::Json(
        json!({"SecurityGroups": groups.unwrap_or_default()}),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ModifySecurityGroups {
    mount_target_id: String,
    #[serde(default)]
    security_groups: Vec<String>,
}

pub(in crate::efs) fn modify_security_groups(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ModifySecurityGroups = parse(input)?;
    if input.security_groups.is_empty() {
        return Err(bad_request("SecurityGroups names at least one group"));
    }
    let action = "ModifyMountTargetSecurityGroups";
    check_target(call, &input.mount_target_id, action)?;
    set_groups(
        call.world,
        &call.place,
        &input.mount_target_id,
        input.security_groups,
    )?;
    Ok(Output::Empty(204))
}
