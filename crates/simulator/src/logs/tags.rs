//! Tags of log groups.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::groups::{self, Group};
use super::{invalid, parse};
use crate::error::ServiceError;
use crate::wire::{Input, Output, constraints};
use crate::world::{Answered, Call};

/// Most tags that a group may have.
const MOST: usize = 50;

/// Checks tags that a caller gives.
pub(super) fn check(tags: &BTreeMap<String, String>) -> Result<(), ServiceError> {
    for (key, value) in tags {
        constraints::length("tags", key, 1, 128)
            .and_then(|()| constraints::length("tags", value, 0, 256))
            .map_err(invalid)?;
    }
    if own(tags).count() > MOST {
        return Err(too_many());
    }
    Ok(())
}

/// The tags that are not AWS's.
fn own(tags: &BTreeMap<String, String>) -> impl Iterator<Item = &String> {
    tags.keys().filter(|key| !key.starts_with("aws:"))
}

/// Nobody but AWS sets and takes away its tags.
fn refuse_reserved<'a>(mut keys: impl Iterator<Item = &'a String>) -> Result<(), ServiceError> {
    let reserved = keys.find(|key| key.to_lowercase().starts_with("aws:"));
    reserved.map_or(Ok(()), |key| {
        Err(invalid(format!(
            "The tag key '{key}' begins with aws:, which is reserved for AWS."
        )))
    })
}

fn too_many() -> ServiceError {
    ServiceError::new(
        "TooManyTagsException",
        "A resource can have no more than 50 tags.",
    )
}

/// The group with this ARN, which does not end in `:*`.
fn find<'a>(call: &'a mut Call<'_>, arn: &str) -> Result<&'a mut Group, ServiceError> {
    constraints::length("resourceArn", arn, 1, 1011).map_err(invalid)?;
    let prefix = groups::arn(&call.place, "");
    let name = arn
        .strip_prefix(&prefix)
        .filter(|name| !name.ends_with(":*"));
    let Some(name) = name else {
        return Err(invalid(format!("The ARN '{arn}' is not valid.")));
    };
    call.region().logs.group(name).map_err(|_missing| {
        ServiceError::new(
            "ResourceNotFoundException",
            "The specified resource does not exist.",
        )
    })
}

/// Changes the tags of a group.
pub(super) fn put(group: &mut Group, tags: BTreeMap<String, String>) -> Result<(), ServiceError> {
    check(&tags)?;
    if group.tags != tags {
        group.tags = tags;
        group.revision += 1;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct TagResource {
    resource_arn: String,
    tags: BTreeMap<String, String>,
}

pub(super) fn tag_resource(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: TagResource = parse(input)?;
    constraints::count("tags", input.tags.len(), 1, MOST).map_err(invalid)?;
    refuse_reserved(input.tags.keys())?;
    let group = find(call, &input.resource_arn)?;
    let mut tags = group.tags.clone();
    tags.extend(input.tags);
    put(group, tags)?;
    Ok(Output::Empty(200))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct UntagResource {
    resource_arn: String,
    tag_keys: Vec<String>,
}

pub(super) fn untag_resource(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: UntagResource = parse(input)?;
    constraints::count("tagKeys", input.tag_keys.len(), 0, MOST).map_err(invalid)?;
    refuse_reserved(input.tag_keys.iter())?;
    let group = find(call, &input.resource_arn)?;
    let mut tags = group.tags.clone();
    tags.retain(|key, _| !input.tag_keys.contains(key));
    put(group, tags)?;
    Ok(Output::Empty(200))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ListTagsForResource {
    resource_arn: String,
}

pub(super) fn list_tags_for_resource(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListTagsForResource = parse(input)?;
    let group = find(call, &input.resource_arn)?;
    Ok(Output::Json(json!({"tags": group.tags})))
}
