//! The calls about endpoints.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{create, delete, deployment, find, rescale, update};
use crate::auto_scaling;
use crate::permissions::Behalf;
use crate::sagemaker::lists::{self, ListByStatus};
use crate::sagemaker::record::Status;
use crate::sagemaker::refusals::{check_name, validation};
use crate::sagemaker::tags;
use crate::sagemaker::views::listed;
use crate::wire::tags::Tag;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

/// What ListEndpoints can be asked for (section 1.1).
const STATUSES: &[Status] = &[
    Status::OutOfService,
    Status::Creating,
    Status::Updating,
    Status::SystemUpdating,
    Status::RollingBack,
    Status::InService,
    Status::Deleting,
    Status::Failed,
    Status::UpdateRollbackFailed,
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateEndpoint {
    endpoint_name: String,
    endpoint_config_name: String,
    deployment_config: Option<Value>,
    #[serde(default)]
    tags: Vec<Tag>,
}

pub(in crate::sagemaker) fn create_endpoint(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreateEndpoint = input.parse()?;
    check_name("endpointName", &input.endpoint_name)?;
    let deployment_config = deployment::read(input.deployment_config.as_ref())?;
    let tags = tags::read(input.tags)?;
    let arn = create(
        call.world,
        &call.place,
        &input.endpoint_name,
        &input.endpoint_config_name,
        tags,
    )?;
    find(call.world, &call.place, &input.endpoint_name)?.last_deployment_config = deployment_config;
    call.touch(&arn);
    Ok(Output::Json(json!({"EndpointArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UpdateEndpoint {
    endpoint_name: String,
    endpoint_config_name: String,
    deployment_config: Option<Value>,
}

pub(in crate::sagemaker) fn update_endpoint(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: UpdateEndpoint = input.parse()?;
    let deployment_config = deployment::read(input.deployment_config.as_ref())?;
    let arn = update(
        call.world,
        &call.place,
        &input.endpoint_name,
        &input.endpoint_config_name,
    )?;
    find(call.world, &call.place, &input.endpoint_name)?.last_deployment_config = deployment_config;
    Ok(Output::Json(json!({"EndpointArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UpdateEndpointWeightsAndCapacities {
    endpoint_name: String,
    desired_weights_and_capacities: Vec<Desired>,
}

/// What a variant is to have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Desired {
    pub(super) variant_name: String,
    #[serde(rename = "DesiredWeight")]
    weight: Option<f64>,
    #[serde(rename = "DesiredInstanceCount")]
    instance_count: Option<u32>,
}

impl Desired {
    /// Changes a variant.
    pub(super) fn apply(&self, variant: &mut Value) {
        if let Some(weight) = self.weight {
            variant["InitialVariantWeight"] = json!(weight);
        }
        if let Some(count) = self.instance_count {
            variant["InitialInstanceCount"] = json!(count);
        }
    }
}

pub(in crate::sagemaker) fn update_endpoint_weights_and_capacities(
    call: &mut Call<'_>,
    input: &Input,
) -> Answered {
    let input: UpdateEndpointWeightsAndCapacities = input.parse()?;
    let desired = input.desired_weights_and_capacities;
    if desired.is_empty() {
        return Err(validation(
            "DesiredWeightsAndCapacities must have at least one item.",
        ));
    }
    let arn = rescale(call.world, &call.place, &input.endpoint_name, desired)?;
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
    let behalf = Behalf::Caller(&call.caller);
    auto_scaling::check_release(call.world, &call.place, behalf, name)?;
    delete(call.world, &call.place, name)?;
    Ok(Output::Json(json!({})))
}

pub(in crate::sagemaker) fn list_endpoints(call: &mut Call<'_>, input: &Input) -> Answered {
    let (input, []) = ListByStatus::read(input, [])?;
    let asked = input.asked()?;
    input.check_status(STATUSES)?;
    let endpoints = listed(call, |it| (&it.views.endpoints, &it.endpoints));
    let endpoints = endpoints.filter(|endpoint| input.wants(&endpoint.name, &endpoint.record));
    let items = endpoints
        .map(|endpoint| asked.item(&endpoint.record, &endpoint.name, endpoint.summary()))
        .collect();
    lists::answer(call, "Endpoints", items, &asked)
}
