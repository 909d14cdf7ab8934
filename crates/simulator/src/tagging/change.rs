//! Setting and taking away tags: each resource through the operation of its own service, so that each may refuse.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::types::{Arn, tagger};
use super::{invalid, parse};
use crate::error::ServiceError;
use crate::service::{self, Invocation, Service};
use crate::wire::{Input, Output, constraints, tags};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct TagResources {
    #[serde(rename = "ResourceARNList")]
    arns: Vec<String>,
    tags: BTreeMap<String, String>,
}

pub(super) fn tag_resources(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: TagResources = parse(input)?;
    constraints::count("tags", input.tags.len(), 1, 50).map_err(invalid)?;
    change(call, &input.arns, |service, arn| {
        set(service, arn, &input.tags)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UntagResources {
    #[serde(rename = "ResourceARNList")]
    arns: Vec<String>,
    tag_keys: Vec<String>,
}

pub(super) fn untag_resources(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: UntagResources = parse(input)?;
    constraints::count("tagKeys", input.tag_keys.len(), 1, 50).map_err(invalid)?;
    change(call, &input.arns, |service, arn| {
        unset(service, arn, &input.tag_keys)
    })
}

/// An operation of a service, and its input.
type Order = (&'static str, Value);

/// The operation of the resource's own service that sets tags.
fn set(service: Service, arn: Arn<'_>, given: &BTreeMap<String, String>) -> Option<Order> {
    let list = tags::show(given);
    let order = match service {
        Service::AutoScaling => {
            let input = json!({"ResourceARN": arn.whole, "Tags": given});
            ("TagResource", input)
        }
        Service::Ec2 => ("CreateTags", json!({"ResourceId": [arn.id], "Tag": list})),
        Service::Efs => ("TagResource", json!({"ResourceId": arn.id, "Tags": list})),
        Service::Logs => {
            let input = json!({"resourceArn": arn.whole, "tags": given});
            ("TagResource", input)
        }
        Service::SageMaker => {
            let input = json!({"ResourceArn": arn.whole, "Tags": list});
            ("AddTags", input)
        }
        Service::CloudFormation
        | Service::Iam
        | Service::Quotas
        | Service::Sts
        | Service::Tagging => return None,
    };
    Some(order)
}

/// The operation of the resource's own service that takes tags away.
fn unset(service: Service, arn: Arn<'_>, keys: &[String]) -> Option<Order> {
    let order = match service {
        Service::AutoScaling => {
            let input = json!({"ResourceARN": arn.whole, "TagKeys": keys});
            ("UntagResource", input)
        }
        Service::Ec2 => {
            let tags: Value = keys.iter().map(|key| json!({"Key": key})).collect();
            ("DeleteTags", json!({"ResourceId": [arn.id], "Tag": tags}))
        }
        Service::Efs => {
            let input = json!({"ResourceId": arn.id, "TagKeys": keys});
            ("UntagResource", input)
        }
        Service::Logs => {
            let input = json!({"resourceArn": arn.whole, "tagKeys": keys});
            ("UntagResource", input)
        }
        Service::SageMaker => {
            let input = json!({"ResourceArn": arn.whole, "TagKeys": keys});
            ("DeleteTags", input)
        }
        Service::CloudFormation
        | Service::Iam
        | Service::Quotas
        | Service::Sts
        | Service::Tagging => return None,
    };
    Some(order)
}

/// Does it for each resource. What fails is named; the rest is done.
fn change(
    call: &mut Call<'_>,
    arns: &[String],
    order: impl Fn(Service, Arn<'_>) -> Option<Order>,
) -> Answered {
    constraints::count("resourceARNList", arns.len(), 1, 20).map_err(invalid)?;
    let mut failed = Map::new();
    for arn in arns {
        constraints::length("resourceARNList", arn, 1, 1011).map_err(invalid)?;
        if let Err(error) = change_one(call, arn, &order) {
            let failure = json!({
                "StatusCode": 400, "ErrorCode": "InvalidParameterException", "ErrorMessage": error.message,
            });
            failed.insert(arn.clone(), failure);
        }
    }
    Ok(Output::Json(json!({"FailedResourcesMap": failed})))
}

fn change_one(
    call: &mut Call<'_>,
    arn: &str,
    order: impl Fn(Service, Arn<'_>) -> Option<Order>,
) -> Result<(), ServiceError> {
    let read = Arn::read(arn).ok_or_else(|| invalid(format!("Invalid ARN specified: {arn}")))?;
    if !read.is_of(&call.place) {
        return Err(invalid(format!("{arn} is not of this region and account")));
    }
    let order = tagger(read).and_then(|service| Some((service, order(service, read)?)));
    let Some((service, (action, value))) = order else {
        return Err(invalid(format!("{arn} cannot be tagged with this API")));
    };
    let invocation = Invocation {
        service,
        action: action.to_owned(),
        input: Input {
            value,
            textual: !service.speaks_json(),
        },
    };
    service::perform(call, &invocation).map(|_output| ())
}
