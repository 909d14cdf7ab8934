//! The calls about mount targets.

use serde::Deserialize;
use serde_json::json;

use super::{MountTarget, create, delete, find, of_file_system, set_groups, settled};
use crate::efs::{access_points, bad_request, file_systems, listed, page_size, parse, plain};
use crate::error::ServiceError;
use crate::wire::page::page;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call, Place, World};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateMountTarget {
    file_system_id: String,
    subnet_id: String,
    #[serde(default)]
    security_groups: Vec<String>,
}

pub(in crate::efs) fn create_mount_target(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreateMountTarget = parse(input)?;
    let file_system_id = plain(&input.file_system_id);
    let name = format!("{file_system_id}/{}", input.subnet_id);
    let id = create(
        call.world,
        &call.place,
        &name,
        file_system_id,
        &input.subnet_id,
        &input.security_groups,
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
        (Some(id), None, None) => targets_of(call.world, &place, plain(id))?,
        (None, Some(id), None) => vec![find(call.world, &place, id)?.clone()],
        (None, None, Some(id)) => {
            let file_system_id = access_points::find(call.world, &place, plain(id))?
                .file_system_id
                .clone();
            targets_of(call.world, &place, &file_system_id)?
        }
        _ => {
            return Err(bad_request(
                "Give one of FileSystemId, MountTargetId and AccessPointId",
            ));
        }
    };
    let invalid = || bad_request("The marker is not valid");
    let (targets, next) = page(
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

fn targets_of(
    world: &mut World,
    place: &Place,
    id: &str,
) -> Result<Vec<MountTarget>, ServiceError> {
    file_systems::find(world, place, id)?;
    Ok(of_file_system(world, place, id))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneMountTarget {
    mount_target_id: String,
}

pub(in crate::efs) fn delete_mount_target(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneMountTarget = parse(input)?;
    delete(call.world, &call.place, &input.mount_target_id)?;
    Ok(Output::Empty(204))
}

pub(in crate::efs) fn describe_security_groups(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneMountTarget = parse(input)?;
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
    set_groups(
        call.world,
        &call.place,
        &input.mount_target_id,
        input.security_groups,
    )?;
    Ok(Output::Empty(204))
}
