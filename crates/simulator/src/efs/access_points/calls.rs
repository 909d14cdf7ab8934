//! The calls about access points.

use serde::Deserialize;

use super::{
    AccessPoint, NewAccessPoint, PosixUser, RootDirectory, create, delete, find, not_found,
};
use crate::consistency::Lags;
use crate::efs::{
    access_point_id, bad_request, check_length, file_system_id, file_systems, listed, page_size,
    parse, verdicts,
};
use crate::error::ServiceError;
use crate::wire::page::page;
use crate::wire::tags::{self, Tag};
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateAccessPoint {
    client_token: String,
    file_system_id: String,
    posix_user: Option<PosixUser>,
    #[serde(default)]
    root_directory: RootDirectory,
    #[serde(default)]
    tags: Vec<Tag>,
}

pub(in crate::efs) fn create_access_point(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreateAccessPoint = parse(input)?;
    check_length("ClientToken", &input.client_token, 64)?;
    let id = file_system_id(&input.file_system_id)?;
    verdicts::check(call, id, "CreateAccessPoint")?;
    let new = NewAccessPoint {
        name: input.client_token.clone(),
        client_token: input.client_token,
        file_system_id: id.to_owned(),
        posix_user: input.posix_user,
        root_directory: input.root_directory,
        tags: tags::read(input.tags).map_err(bad_request)?,
    };
    let id = create(call.world, &call.place, new)?;
    call.touch(&id);
    let place = call.place.clone();
    Ok(Output::Json(find(call.world, &place, &id)?.show(&place)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DescribeAccessPoints {
    max_results: Option<usize>,
    next_token: Option<String>,
    access_point_id: Option<String>,
    file_system_id: Option<String>,
}

pub(in crate::efs) fn describe_access_points(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DescribeAccessPoints = parse(input)?;
    let size = page_size(call.world, input.max_results)?;
    let place = call.place.clone();
    let points: Vec<AccessPoint> = match (&input.access_point_id, &input.file_system_id) {
        (Some(_), Some(_)) => {
            return Err(bad_request(
                "AccessPointId and FileSystemId exclude each other",
            ));
        }
        (Some(id), None) => vec![found(call, access_point_id(id)?)?],
        (None, Some(id)) => {
            let id = file_system_id(id)?;
            file_systems::find(call.world, &place, id)?;
            let mut points = shown(call);
            points.retain(|point| point.file_system_id == id);
            points
        }
        (None, None) => shown(call),
    };
    let invalid = || bad_request("The token is not valid");
    let (points, next) = page(
        "DescribeAccessPoints",
        points,
        |point| point.id.clone(),
        input.next_token.as_deref(),
        size,
        invalid,
    )?;
    let shown = points.iter().map(|point| point.show(&place)).collect();
    Ok(Output::Json(listed(
        "AccessPoints",
        shown,
        [("NextToken", next)],
    )))
}

/// The access point of this id, which may not be found yet.
fn found(call: &mut Call<'_>, id: &str) -> Result<AccessPoint, ServiceError> {
    let lags = Lags::of(call.world);
    let efs = &call.region().efs;
    let found = efs
        .views
        .access_points
        .found(&efs.access_points, &[id], lags);
    found.into_iter().next().ok_or_else(|| not_found(id))
}

/// What a list has, which may lag.
fn shown(call: &mut Call<'_>) -> Vec<AccessPoint> {
    let lags = Lags::of(call.world);
    let efs = &call.region().efs;
    let points = efs.views.access_points.listed(&efs.access_points, lags);
    points.into_iter().cloned().collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeleteAccessPoint {
    access_point_id: String,
}

pub(in crate::efs) fn delete_access_point(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DeleteAccessPoint = parse(input)?;
    delete(
        call.world,
        &call.place,
        access_point_id(&input.access_point_id)?,
    )?;
    Ok(Output::Empty(204))
}
