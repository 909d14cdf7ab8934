//! Tags, by ARN.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::record::Record;
use super::refusals::{not_found, validation};
use super::state;
use super::{State, lists, requests};
use crate::error::ServiceError;
use crate::wire::page::page;
use crate::wire::tags::{self, Tag};
use crate::wire::{Input, Output};
use crate::world::{Answered, Call, Place, World};

/// Most tags that a resource may have.
const MOST: usize = 50;

/// The tags that a caller gave.
pub(super) fn read(given: Vec<Tag>) -> Result<BTreeMap<String, String>, ServiceError> {
    let read = tags::read(given).map_err(validation)?;
    if read.len() > MOST {
        Err(too_many())
    } else {
        Ok(read)
    }
}

/// The members of an input without its `Tags`, and these.
pub(super) fn split(input: &Input) -> Result<(Value, BTreeMap<String, String>), ServiceError> {
    let mut members = input.value.clone();
    let given = members
        .as_object_mut()
        .and_then(|members| members.shift_remove("Tags"));
    let given = given.map(serde_json::from_value).transpose();
    let given: Option<Vec<Tag>> = given.map_err(|problem| validation(problem.to_string()))?;
    Ok((members, read(given.unwrap_or_default())?))
}

fn too_many() -> ServiceError {
    validation(format!("A resource has at most {MOST} tags."))
}

/// The record of what has this ARN.
fn find<'a>(state: &'a mut State, arn: &str) -> Result<&'a mut Record, ServiceError> {
    let found = state.taggable_mut(arn);
    found.ok_or_else(|| not_found(format!("The resource with ARN {arn} does not exist.")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct AddTags {
    resource_arn: String,
    tags: Vec<Tag>,
}

pub(super) fn add_tags(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: AddTags = requests::read(input, requests::ADD_TAGS)?;
    let added = read(input.tags)?;
    let record = find(&mut call.region().sagemaker, &input.resource_arn)?;
    let mut changed = record.tags.clone();
    changed.extend(added);
    if changed.len() > MOST {
        return Err(too_many());
    }
    put(record, changed);
    Ok(Output::Json(json!({"Tags": tags::show(&record.tags)})))
}

/// Gives what has this ARN these tags and no others, as CloudFormation does.
pub(super) fn replace(
    world: &mut World,
    place: &Place,
    arn: &str,
    given: Vec<Tag>,
) -> Result<(), ServiceError> {
    let tags = read(given)?;
    put(find(state(world, place), arn)?, tags);
    Ok(())
}

fn put(record: &mut Record, changed: BTreeMap<String, String>) {
    if record.tags != changed {
        record.tags = changed;
        record.revision += 1;
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeleteTags {
    resource_arn: String,
    tag_keys: Vec<String>,
}

pub(super) fn delete_tags(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DeleteTags = requests::read(input, requests::DELETE_TAGS)?;
    let record = find(&mut call.region().sagemaker, &input.resource_arn)?;
    let mut changed = record.tags.clone();
    changed.retain(|key, _| !input.tag_keys.contains(key));
    put(record, changed);
    Ok(Output::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListTags {
    resource_arn: String,
    max_results: Option<usize>,
    next_token: Option<String>,
}

pub(super) fn list_tags(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListTags = requests::read(input, requests::LIST_TAGS)?;
    let size = call.world.page_size(input.max_results, 50);
    let tags = find(&mut call.region().sagemaker, &input.resource_arn)?
        .tags
        .clone();
    let tags: Vec<(String, String)> = tags.into_iter().collect();
    let token = input.next_token.as_deref();
    let (tags, next) = page(
        "ListTags",
        tags,
        |(key, _)| key.clone(),
        token,
        size,
        lists::invalid_token,
    )?;
    let shown = tags
        .into_iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    Ok(lists::body("Tags", shown, next))
}
