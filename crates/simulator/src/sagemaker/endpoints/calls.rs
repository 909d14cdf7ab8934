//! The calls about endpoints.

use serde::Deserialize;
use serde_json::json;

use super::{create, delete, find, update};
use crate::auto_scaling;
use crate::sagemaker::lists::{self, ListByStatus};
use crate::sagemaker::refusals::check_name;
use crate::sagemaker::tags;
use crate::wire::tags::Tag;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateEndpoint {
    endpoint_name: String,
    endpoint_config_name: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

pub(in crate::sagemaker) fn create_endpoint(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreateEndpoint = input.parse()?;
    check_name("endpointName", &input.endpoint_name)?;
    let tags = tags::read(input.tags)?;
    let arn = create(
        call.world,
        &call.place,
        &input.endpoint_name,
        &input.endpoint_config_name,
        tags,
    )?;
    call.touch(&arn);
    Ok(Output::Json(json!({"EndpointArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UpdateEndpoint {
    endpoint_name: String,
    endpoint_config_name: String,
}

pub(in crate::sagemaker) fn update_endpoint(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: UpdateEndpoint = input.parse()?;
    let arn = update(
        call.world,
        &call.place,
        &input.endpoint_name,
        &input.endpoint_config_name,
    )?;
    Ok(Output::Json(json!({"EndpointArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneEndpoint {
    endpoint_name: String,
}

pub(in crate::sagemaker) fn describe_endpoint(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneEndpoint = input.parse()?;
    Ok(Output::Json(
        find(call.world, &call.place, &input.endpoint_name)?.show(),
    ))
}

pub(in crate::sagemaker) fn delete_endpoint(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneEndpoint = input.parse()?;
    let name = &input.endpoint_name;
    auto_scaling::check_release(call.world, &call.place, &call.caller, name)?;
    delete(call.world, &call.place, name)?;
    Ok(Output::Json(json!({})))
}

pub(in crate::sagemaker) fn list_endpoints(call: &mut Call<'_>, input: &Input) -> Answered {
    let (input, []) = ListByStatus::read(input, [])?;
    let asked = input.asked()?;
    let endpoints = call.region().sagemaker.endpoints.values();
    let endpoints = endpoints.filter(|endpoint| input.wants(&endpoint.name, &endpoint.record));
    let items = endpoints
        .map(|endpoint| asked.item(&endpoint.record, &endpoint.name, endpoint.summary()))
        .collect();
    lists::answer(call.world, "Endpoints", items, &asked)
}
