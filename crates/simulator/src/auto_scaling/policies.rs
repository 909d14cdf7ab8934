//! Scaling policies: a part of their target, kept and shown as they were given.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::resource::{Named, check_dimension};
use super::targets::{self, Target};
use super::{NAMESPACE, check_namespace, invalid_token, not_found, page_size, parse, validation};
use crate::error::ServiceError;
use crate::row::{Row, Scope};
use crate::time::SimTime;
use crate::wire::page::page;
use crate::wire::{Input, Output, constraints};
use crate::world::{Answered, Call, Place};

const KIND: &str = "AWS::ApplicationAutoScaling::ScalingPolicy";

/// Metrics of SageMaker that a target may be tracked by.
const METRICS: [&str; 5] = [
    "SageMakerVariantInvocationsPerInstance",
    "SageMakerVariantProvisionedConcurrencyUtilization",
    "SageMakerInferenceComponentInvocationsPerCopy",
    "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
    "SageMakerVariantConcurrentRequestsPerModelHighResolution",
];

/// A scaling policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Policy {
    arn: String,
    name: String,
    configuration: Configuration,
    /// Names of the alarms that the service keeps for it.
    alarms: Vec<String>,
    created: SimTime,
    revision: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Configuration {
    Steps(Steps),
    Tracking(Tracking),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Steps {
    adjustment_type: String,
    step_adjustments: Vec<Adjustment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_adjustment_magnitude: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cooldown: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metric_aggregation_type: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Adjustment {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metric_interval_lower_bound: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metric_interval_upper_bound: Option<f64>,
    #[serde(rename = "ScalingAdjustment")]
    by: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Tracking {
    target_value: f64,
    predefined_metric_specification: Predefined,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scale_out_cooldown: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scale_in_cooldown: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disable_scale_in: Option<bool>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Predefined {
    predefined_metric_type: String,
}

impl Configuration {
    fn kind(&self) -> &'static str {
        match self {
            Self::Steps(_) => "StepScaling",
            Self::Tracking(_) => "TargetTrackingScaling",
        }
    }

    fn check(&self) -> Result<(), ServiceError> {
        let checked = match self {
            Self::Steps(steps) => {
                let known = [
                    "ChangeInCapacity",
                    "PercentChangeInCapacity",
                    "ExactCapacity",
                ];
                let aggregations = ["Average", "Minimum", "Maximum"];
                let aggregation = steps
                    .metric_aggregation_type
                    .as_deref()
                    .unwrap_or("Average");
                let adjustments = steps.step_adjustments.len();
                constraints::one_of("adjustmentType", &steps.adjustment_type, &known)
                    .and_then(|()| {
                        constraints::one_of("metricAggregationType", aggregation, &aggregations)
                    })
                    .and_then(|()| constraints::count("stepAdjustments", adjustments, 1, 20))
            }
            Self::Tracking(tracking) => {
                let metric = &tracking
                    .predefined_metric_specification
                    .predefined_metric_type;
                constraints::one_of("predefinedMetricType", metric, &METRICS)
            }
        };
        checked.map_err(validation)
    }
}

impl Policy {
    pub(super) fn row(&self, target: &Target) -> Row {
        Row {
            kind: KIND.to_owned(),
            id: self.arn.clone(),
            arn: self.arn.clone(),
            status: "available".to_owned(),
            tags: std::collections::BTreeMap::new(),
            stack: None,
            parent: Some(target.id()),
            revision: self.revision,
            scope: Scope::Environment,
        }
    }

    fn show_alarms(&self, place: &Place) -> Value {
        let alarm = |name: &String| {
            let arn = place.arn("cloudwatch", &format!("alarm:{name}"));
            json!({"AlarmName": name, "AlarmARN": arn})
        };
        self.alarms.iter().map(alarm).collect()
    }

    fn show(&self, place: &Place, target: &Target) -> Value {
        let mut shown = json!({
            "PolicyARN": self.arn, "PolicyName": self.name, "ServiceNamespace": NAMESPACE,
            "ResourceId": target.resource, "ScalableDimension": target.dimension,
            "PolicyType": self.configuration.kind(), "Alarms": self.show_alarms(place),
            "CreationTime": self.created.epoch_seconds(),
        });
        match &self.configuration {
            Configuration::Steps(steps) => shown["StepScalingPolicyConfiguration"] = json!(steps),
            Configuration::Tracking(tracking) => {
                shown["TargetTrackingScalingPolicyConfiguration"] = json!(tracking);
            }
        }
        shown
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct PutScalingPolicy {
    policy_name: String,
    service_namespace: String,
    resource_id: String,
    scalable_dimension: String,
    policy_type: Option<String>,
    step_scaling_policy_configuration: Option<Steps>,
    target_tracking_scaling_policy_configuration: Option<Tracking>,
}

impl PutScalingPolicy {
    fn named(&self) -> Named {
        Named {
            service_namespace: self.service_namespace.clone(),
            resource_id: self.resource_id.clone(),
            scalable_dimension: self.scalable_dimension.clone(),
        }
    }

    /// Exactly one configuration, of the type that is said.
    fn configuration(self) -> Result<Configuration, ServiceError> {
        let steps = self.step_scaling_policy_configuration;
        let tracking = self.target_tracking_scaling_policy_configuration;
        let configuration = match (steps, tracking) {
            (Some(steps), None) => Configuration::Steps(steps),
            (None, Some(tracking)) => Configuration::Tracking(tracking),
            (None, None) | (Some(_), Some(_)) => {
                return Err(validation(
                    "Exactly one scaling policy configuration must be specified.",
                ));
            }
        };
        let kind = configuration.kind();
        if self.policy_type.is_some_and(|given| given != kind) {
            return Err(validation(format!(
                "The configuration is one of a policy of type {kind}."
            )));
        }
        configuration.check()?;
        Ok(configuration)
    }
}

/// Makes a policy for a registered target, or puts it in the place of the one of that name.
pub(super) fn put_scaling_policy(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: PutScalingPolicy = parse(input)?;
    constraints::length("policyName", &input.policy_name, 1, 256).map_err(validation)?;
    let (named, name) = (input.named(), input.policy_name.clone());
    named.check()?;
    let configuration = input.configuration()?;
    let known = targets::find(call.world, &call.place, &named);
    let known = known.ok_or_else(|| {
        not_found(format!(
            "No scalable target registered for {}",
            named.words()
        ))
    })?;
    let before = known.policies.get(&name).cloned();
    let policy = match before {
        Some(policy) => Policy {
            configuration,
            revision: policy.revision + 1,
            ..policy
        },
        None => new(call, &named, &name, configuration),
    };
    let answer = json!({"PolicyARN": policy.arn, "Alarms": policy.show_alarms(&call.place)});
    if let Some(target) = targets::find(call.world, &call.place, &named) {
        target.policies.insert(name, policy);
    }
    Ok(Output::Json(answer))
}

fn new(call: &mut Call<'_>, named: &Named, name: &str, configuration: Configuration) -> Policy {
    let who = format!("{}/{name}", named.key());
    let id = call.world.mint_uuid(&call.place, KIND, &who);
    let resource = &named.resource_id;
    let path = format!("scalingPolicy:{id}:resource/{NAMESPACE}/{resource}:policyName/{name}");
    let alarms = match configuration {
        Configuration::Steps(_) => Vec::new(),
        Configuration::Tracking(_) => ["AlarmHigh", "AlarmLow"]
            .map(|alarm| {
                let id = call.world.mint_uuid(&call.place, alarm, &who);
                format!("TargetTracking-{resource}-{alarm}-{id}")
            })
            .to_vec(),
    };
    Policy {
        arn: call.place.arn("autoscaling", &path),
        name: name.to_owned(),
        configuration,
        alarms,
        created: call.world.now(),
        revision: 1,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeleteScalingPolicy {
    policy_name: String,
    service_namespace: String,
    resource_id: String,
    scalable_dimension: String,
}

pub(super) fn delete_scaling_policy(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DeleteScalingPolicy = parse(input)?;
    let named = Named {
        service_namespace: input.service_namespace,
        resource_id: input.resource_id,
        scalable_dimension: input.scalable_dimension,
    };
    named.check()?;
    let name = input.policy_name;
    let target = targets::find(call.world, &call.place, &named);
    let gone = target.and_then(|target| target.policies.remove(&name));
    gone.map(|_policy| Output::Json(json!({}))).ok_or_else(|| {
        let words = named.words();
        not_found(format!(
            "No scaling policy found for {words}, policy name: {name}"
        ))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DescribeScalingPolicies {
    policy_names: Option<Vec<String>>,
    service_namespace: String,
    resource_id: Option<String>,
    scalable_dimension: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

impl DescribeScalingPolicies {
    fn check(&self) -> Result<(), ServiceError> {
        check_namespace(&self.service_namespace)?;
        if let Some(dimension) = &self.scalable_dimension {
            check_dimension(dimension)?;
            if self.resource_id.is_none() {
                return Err(validation(
                    "If you specify a scalable dimension, you must also specify a resource ID.",
                ));
            }
        }
        let names = self.policy_names.as_ref().map_or(0, Vec::len);
        constraints::count("policyNames", names, 0, 50).map_err(validation)
    }

    fn wants(&self, target: &Target, policy: &Policy) -> bool {
        let (names, resource) = (self.policy_names.as_ref(), self.resource_id.as_ref());
        let dimension = self.scalable_dimension.as_ref();
        self.service_namespace == NAMESPACE
            && names.is_none_or(|names| names.is_empty() || names.contains(&policy.name))
            && resource.is_none_or(|resource| *resource == target.resource)
            && dimension.is_none_or(|dimension| *dimension == target.dimension)
    }
}

pub(super) fn describe_scaling_policies(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DescribeScalingPolicies = parse(input)?;
    input.check()?;
    let size = page_size(call.world, input.max_results, 10)?;
    let place = call.place.clone();
    let targets = call.region().auto_scaling.targets.values();
    let policies = targets.flat_map(|target| {
        let policies = target.policies.values();
        policies.map(move |policy| (target, policy))
    });
    let wanted = policies.filter(|(target, policy)| input.wants(target, policy));
    let (policies, next) = page(
        "DescribeScalingPolicies",
        wanted.collect(),
        |(target, policy)| format!("{}|{}", target.id(), policy.name),
        input.next_token.as_deref(),
        size,
        invalid_token,
    )?;
    let shown = policies.into_iter();
    let shown: Vec<Value> = shown
        .map(|(target, policy)| policy.show(&place, target))
        .collect();
    let mut body = json!({"ScalingPolicies": shown});
    if let Some(next) = next {
        body["NextToken"] = json!(next);
    }
    Ok(Output::Json(body))
}
