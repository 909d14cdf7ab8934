//! Tags of scalable targets.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::targets::Target;
use super::{parse, validation};
use crate::error::ServiceError;
use crate::wire::{Input, Output, constraints};
use crate::world::{Answered, Call};

/// Most tags that a target may have.
const MOST: usize = 50;

/// Checks tags that a caller gives.
pub(super) fn check(tags: &BTreeMap<String, String>) -> Result<(), ServiceError> {
    constraints::count("tags", tags.len(), 0, MOST).map_err(validation)?;
    for (key, value) in tags {
        constraints::length("tags", key, 1, 128)
            .and_then(|()| constraints::length("tags", value, 0, 256))
            .map_err(validation)?;
        if key.to_lowercase().starts_with("aws:") {
            return Err(validation(format!(
                "The tag key '{key}' begins with aws:, which is reserved for AWS."
            )));
        }
    }
    Ok(())
}

fn find<'a>(call: &'a mut Call<'_>, arn: &str) -> Result<&'a mut Target, ServiceError> {
    let targets = &mut call.region().auto_scaling.targets;
    targets.find_mut(|target| target.arn == arn).ok_or_else(|| {
        ServiceError::new(
            "ResourceNotFoundException",
            format!("The scalable target {arn} does not exist."),
        )
    })
}

/// Gives a target these tags and no others.
fn put(target: &mut Target, tags: BTreeMap<String, String>) -> Result<(), ServiceError> {
    if tags.len() > MOST {
        return Err(ServiceError::new(
            "TooManyTagsException",
            "A scalable target can have no more than 50 tags.",
        ));
    }
    if target.tags != tags {
        target.tags = tags;
        target.revision += 1;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct TagResource {
    #[serde(rename = "ResourceARN")]
    resource: String,
    tags: BTreeMap<String, String>,
}

pub(super) fn tag_resource(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: TagResource = parse(input)?;
    check(&input.tags)?;
    let target = find(call, &input.resource)?;
    let mut tags = target.tags.clone();
    tags.extend(input.tags);
    put(target, tags)?;
    Ok(Output::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UntagResource {
    #[serde(rename = "ResourceARN")]
    resource: String,
    tag_keys: Vec<String>,
}

pub(super) fn untag_resource(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: UntagResource = parse(input)?;
    let target = find(call, &input.resource)?;
    let mut tags = target.tags.clone();
    tags.retain(|key, _| !input.tag_keys.contains(key));
    put(target, tags)?;
    Ok(Output::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListTagsForResource {
    #[serde(rename = "ResourceARN")]
    resource: String,
}

pub(super) fn list_tags_for_resource(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListTagsForResource = parse(input)?;
    let target = find(call, &input.resource)?;
    Ok(Output::Json(json!({"Tags": target.tags})))
}
