//! Tags of volumes and access points.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    access_points, bad_request, file_systems, listed, page_size, parse, resource_id, verdicts,
};
use crate::error::ServiceError;
use crate::wire::page::page;
use crate::wire::tags::{self, Tag};
use crate::wire::{Input, Output};
use crate::world::{Answered, Call, Place, World};

/// Most tags that a resource may have.
const MOST: usize = 50;

/// Changes the tags of a resource.
pub(super) fn change(
    world: &mut World,
    place: &Place,
    id: &str,
    change: impl FnOnce(&mut BTreeMap<String, String>),
) -> Result<(), ServiceError> {
    let (tags, revision) = find(world, place, id)?;
    let mut changed = tags.clone();
    change(&mut changed);
    if changed.len() > MOST {
        return Err(bad_request(format!("A resource has at most {MOST} tags")));
    }
    if changed != *tags {
        *tags = changed;
        *revision += 1;
    }
    Ok(())
}

type Tagged<'a> = (&'a mut BTreeMap<String, String>, &'a mut u64);

fn find<'a>(world: &'a mut World, place: &Place, id: &str) -> Result<Tagged<'a>, ServiceError> {
    if id.starts_with("fsap-") {
        access_points::find(world, place, id).map(|point| (&mut point.tags, &mut point.revision))
    } else {
        file_systems::find(world, place, id).map(|volume| (&mut volume.tags, &mut volume.revision))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct TagResource {
    resource_id: String,
    tags: Vec<Tag>,
}

pub(super) fn tag_resource(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: TagResource = parse(input)?;
    let added = tags::read(input.tags).map_err(bad_request)?;
    let id = resource_id(&input.resource_id)?;
    verdicts::check(call, id, "TagResource")?;
    change(call.world, &call.place, id, |tags| tags.extend(added))?;
    Ok(Output::Empty(200))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UntagResource {
    resource_id: String,
    tag_keys: Vec<String>,
}

pub(super) fn untag_resource(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: UntagResource = parse(input)?;
    let id = resource_id(&input.resource_id)?;
    verdicts::check(call, id, "UntagResource")?;
    change(call.world, &call.place, id, |tags| {
        tags.retain(|key, _| !input.tag_keys.contains(key));
    })?;
    Ok(Output::Empty(200))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListTagsForResource {
    resource_id: String,
    max_results: Option<usize>,
    next_token: Option<String>,
}

pub(super) fn list_tags_for_resource(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListTagsForResource = parse(input)?;
    let size = page_size(call.world, input.max_results)?;
    let id = resource_id(&input.resource_id)?;
    verdicts::check(call, id, "ListTagsForResource")?;
    let (tags, _) = find(call.world, &call.place, id)?;
    let tags: Vec<(String, String)> = tags.clone().into_iter().collect();
    let invalid = || bad_request("The token is not valid");
    let (tags, next) = page(
        "ListTagsForResource",
        tags,
        |(key, _)| key.clone(),
        input.next_token.as_deref(),
        size,
        invalid,
    )?;
    let shown = tags
        .into_iter()
        .map(|(key, value)| serde_json::json!({"Key": key, "Value": value}))
        .collect();
    Ok(Output::Json(listed("Tags", shown, [("NextToken", next)])))
}
