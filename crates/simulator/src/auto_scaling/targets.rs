//! Scalable targets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::policies::Policy;
use super::resource::{Named, check_dimension, owner};
use super::{
    NAMESPACE, check_namespace, invalid_token, not_found, page_size, parse, state, tags, validation,
};
use crate::error::ServiceError;
use crate::iam;
use crate::row::{HasRows, Row, Scope};
use crate::table::Keyed;
use crate::time::SimTime;
use crate::wire::page::page;
use crate::wire::{Input, Output, constraints};
use crate::world::{Answered, Call, Place, World};

pub(super) const KIND: &str = "AWS::ApplicationAutoScaling::ScalableTarget";
const SERVICE: &str = "sagemaker.application-autoscaling.amazonaws.com";

/// A scalable target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Target {
    pub(super) arn: String,
    pub(super) resource: String,
    pub(super) dimension: String,
    least: i64,
    most: i64,
    suspended: Suspended,
    created: SimTime,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) policies: BTreeMap<String, Policy>,
    pub(super) revision: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Suspended {
    #[serde(rename = "DynamicScalingInSuspended")]
    scaling_in: bool,
    #[serde(rename = "DynamicScalingOutSuspended")]
    scaling_out: bool,
    #[serde(rename = "ScheduledScalingSuspended")]
    scheduled: bool,
}

impl Keyed for Target {}

impl HasRows for Target {
    fn rows(&self, _place: &Place, rows: &mut Vec<Row>) {
        rows.push(self.row());
        let policies = self.policies.values();
        rows.extend(policies.map(|policy| policy.row(self)));
    }
}

impl Target {
    /// `RESOURCE|DIMENSION|NAMESPACE`, as CloudFormation names it.
    pub(super) fn id(&self) -> String {
        format!("{}|{}|{NAMESPACE}", self.resource, self.dimension)
    }

    pub(super) fn row(&self) -> Row {
        Row {
            kind: KIND.to_owned(),
            id: self.id(),
            arn: self.arn.clone(),
            status: "available".to_owned(),
            tags: self.tags.clone(),
            stack: None,
            parent: owner(&self.resource),
            revision: self.revision,
            scope: Scope::Environment,
        }
    }

    fn show(&self, place: &Place) -> Value {
        json!({
            "ServiceNamespace": NAMESPACE, "ResourceId": self.resource, "ScalableDimension": self.dimension,
            "MinCapacity": self.least, "MaxCapacity": self.most, "RoleARN": role(place),
            "CreationTime": self.created.epoch_seconds(), "SuspendedState": self.suspended,
            "ScalableTargetARN": self.arn,
        })
    }
}

/// The service-linked role for which SageMaker's targets are scaled.
fn role(place: &Place) -> String {
    format!(
        "arn:aws:iam::{}:role/aws-service-role/{SERVICE}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
        place.account
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RegisterScalableTarget {
    service_namespace: String,
    resource_id: String,
    scalable_dimension: String,
    min_capacity: Option<i64>,
    max_capacity: Option<i64>,
    /// Left alone: the service-linked role does it.
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    suspended_state: Option<Suspended>,
    tags: Option<BTreeMap<String, String>>,
}

impl RegisterScalableTarget {
    fn named(&self) -> Named {
        Named {
            service_namespace: self.service_namespace.clone(),
            resource_id: self.resource_id.clone(),
            scalable_dimension: self.scalable_dimension.clone(),
        }
    }

    fn check(&self) -> Result<(), ServiceError> {
        if let Some(role) = &self.role_arn {
            constraints::length("roleARN", role, 1, 1600).map_err(validation)?;
        }
        self.tags.as_ref().map_or(Ok(()), tags::check)?;
        self.named().check()
    }
}

fn check_capacity(least: Option<i64>, most: Option<i64>) -> Result<(i64, i64), ServiceError> {
    let (Some(least), Some(most)) = (least, most) else {
        return Err(validation(
            "Both MinCapacity and MaxCapacity are required to register a new scalable target.",
        ));
    };
    if least < 0 || most < least {
        return Err(validation(
            "Maximum capacity cannot be less than minimum capacity, nor minimum capacity less than 0.",
        ));
    }
    Ok((least, most))
}

/// Registers a target, or changes what is given of one that is registered.
pub(super) fn register_scalable_target(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: RegisterScalableTarget = parse(input)?;
    input.check()?;
    let named = input.named();
    named.check_there(call.world, &call.place)?;
    let known = find(call.world, &call.place, &named).cloned();
    if known.is_some() && input.tags.is_some() {
        return Err(validation(
            "The scalable target that you tried to tag already exists. To update tags on an existing scalable target, \
             use the TagResource API.",
        ));
    }
    let mut target = match known {
        Some(target) => target,
        None => new(call, &named),
    };
    let registered = target.revision > 0;
    let least = input.min_capacity.or(registered.then_some(target.least));
    let most = input.max_capacity.or(registered.then_some(target.most));
    (target.least, target.most) = check_capacity(least, most)?;
    target.suspended = input.suspended_state.unwrap_or(target.suspended);
    target.tags.extend(input.tags.unwrap_or_default());
    target.revision += 1;
    let arn = target.arn.clone();
    iam::ensure_service_linked_role(call.world, &call.place.account, SERVICE);
    let targets = &mut state(call.world, &call.place).targets;
    targets.insert(named.key(), target);
    Ok(Output::Json(json!({"ScalableTargetARN": arn})))
}

fn new(call: &mut Call<'_>, named: &Named) -> Target {
    let id = call.world.mint(&call.place, KIND, &named.key(), "", 36);
    let resource = format!("scalable-target/{id}");
    Target {
        arn: call.place.arn("application-autoscaling", &resource),
        resource: named.resource_id.clone(),
        dimension: named.scalable_dimension.clone(),
        least: 0,
        most: 0,
        suspended: Suspended::default(),
        created: call.world.now(),
        tags: BTreeMap::new(),
        policies: BTreeMap::new(),
        revision: 0,
    }
}

/// Deregisters a target, and its policies with it.
pub(super) fn deregister_scalable_target(call: &mut Call<'_>, input: &Input) -> Answered {
    let named: Named = parse(input)?;
    named.check()?;
    let gone = state(call.world, &call.place).targets.remove(&named.key());
    gone.map(|_target| Output::Json(json!({})))
        .ok_or_else(|| not_found(format!("No scalable target found for {}", named.words())))
}

/// The target that a policy is for.
pub(super) fn find<'a>(
    world: &'a mut World,
    place: &Place,
    named: &Named,
) -> Option<&'a mut Target> {
    state(world, place).targets.get_mut(&named.key())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DescribeScalableTargets {
    service_namespace: String,
    resource_ids: Option<Vec<String>>,
    scalable_dimension: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn describe_scalable_targets(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DescribeScalableTargets = parse(input)?;
    check_namespace(&input.service_namespace)?;
    let size = page_size(call.world, input.max_results, 50)?;
    if let Some(dimension) = &input.scalable_dimension {
        check_dimension(dimension)?;
        if input.resource_ids.is_none() {
            return Err(validation(
                "If you specify a scalable dimension, you must also specify a resource ID.",
            ));
        }
    }
    if let Some(ids) = &input.resource_ids {
        constraints::count("resourceIds", ids.len(), 0, 50).map_err(validation)?;
    }
    let wanted = |target: &&Target| {
        let ids = input.resource_ids.as_ref();
        let dimension = input.scalable_dimension.as_ref();
        input.service_namespace == NAMESPACE
            && ids.is_none_or(|ids| ids.is_empty() || ids.contains(&target.resource))
            && dimension.is_none_or(|dimension| *dimension == target.dimension)
    };
    let place = call.place.clone();
    let targets = call.region().auto_scaling.targets.values();
    let (targets, next) = page(
        "DescribeScalableTargets",
        targets.filter(wanted).collect(),
        |target: &&Target| target.id(),
        input.next_token.as_deref(),
        size,
        invalid_token,
    )?;
    let shown: Vec<Value> = targets.iter().map(|target| target.show(&place)).collect();
    let mut body = json!({"ScalableTargets": shown});
    if let Some(next) = next {
        body["NextToken"] = json!(next);
    }
    Ok(Output::Json(body))
}
