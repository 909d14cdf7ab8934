//! Monitoring schedules: they watch an endpoint, which is not deleted before them (operators' notes, item 39). They start
//! no jobs here: a schedule that fires for ever would be a world that never comes to rest.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::Entity;
use super::life::{self, Step, Subject};
use super::lists::{self, ListByStatus};
use super::network::VpcConfig;
use super::record::{Record, Status, object};
use super::refusals::{check_name, check_one_of, check_role, in_use, not_found, validation};
use super::shape::Shape::{Flag, List, Members, Number, OneOf, Text, Texts, Whole};
use super::shape::{Reading, Shape, may, must};
use super::views::listed;
use super::{endpoints, settings, state, tags};
use crate::error::ServiceError;
use crate::index::Document;
use crate::instance_types;
use crate::row::Row;
use crate::wire::tags::Tag;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call, Place, World};

pub(super) const KIND: &str = "AWS::SageMaker::MonitoringSchedule";

/// There is no status for a schedule on its way to being stopped or deleted: it is `Pending`.
const STATUSES: &[Status] = &[
    Status::Pending,
    Status::Failed,
    Status::Scheduled,
    Status::Stopped,
];

/// `MonitoringType`.
const TYPES: &[&str] = &[
    "DataQuality",
    "ModelQuality",
    "ModelBias",
    "ModelExplainability",
];

const S3_URI: Shape = Members(&[may("S3Uri", Text)]);

const ENDPOINT_INPUT: Shape = Members(&[
    must("EndpointName", Text),
    must("LocalPath", Text),
    may("S3InputMode", OneOf(&["Pipe", "File"])),
    may(
        "S3DataDistributionType",
        OneOf(&["FullyReplicated", "ShardedByS3Key"]),
    ),
    may("FeaturesAttribute", Text),
    may("InferenceAttribute", Text),
    may("ProbabilityAttribute", Text),
    may("ProbabilityThresholdAttribute", Number),
    may("StartTimeOffset", Text),
    may("EndTimeOffset", Text),
    may("ExcludeFeaturesAttribute", Text),
]);

const OUTPUT: Shape = Members(&[must(
    "S3Output",
    Members(&[
        must("S3Uri", Text),
        must("LocalPath", Text),
        may("S3UploadMode", OneOf(&["Continuous", "EndOfJob"])),
    ]),
)]);

const NETWORK: Shape = Members(&[
    may("EnableInterContainerTrafficEncryption", Flag),
    may("EnableNetworkIsolation", Flag),
    may(
        "VpcConfig",
        Members(&[
            must("SecurityGroupIds", List(&Text, 5)),
            must("Subnets", List(&Text, 16)),
        ]),
    ),
]);

const JOB: Shape = Members(&[
    may(
        "BaselineConfig",
        Members(&[
            may("BaseliningJobName", Text),
            may("ConstraintsResource", S3_URI),
            may("StatisticsResource", S3_URI),
        ]),
    ),
    must(
        "MonitoringInputs",
        List(&Members(&[must("EndpointInput", ENDPOINT_INPUT)]), 1),
    ),
    must(
        "MonitoringOutputConfig",
        Members(&[
            must("MonitoringOutputs", List(&OUTPUT, 1)),
            may("KmsKeyId", Text),
        ]),
    ),
    must(
        "MonitoringResources",
        Members(&[must(
            "ClusterConfig",
            Members(&[
                must("InstanceCount", Whole(1, 100)),
                must("InstanceType", OneOf(instance_types::PROCESSING)),
                must("VolumeSizeInGB", Whole(1, 16_384)),
                may("VolumeKmsKeyId", Text),
            ]),
        )]),
    ),
    must(
        "MonitoringAppSpecification",
        Members(&[
            must("ImageUri", Text),
            may("ContainerEntrypoint", List(&Text, 100)),
            may("ContainerArguments", List(&Text, 50)),
            may("RecordPreprocessorSourceUri", Text),
            may("PostAnalyticsProcessorSourceUri", Text),
        ]),
    ),
    may(
        "StoppingCondition",
        Members(&[must("MaxRuntimeInSeconds", Whole(1, 86_400))]),
    ),
    may("Environment", Texts),
    may("NetworkConfig", NETWORK),
    must("RoleArn", Text),
]);

const CONFIG: Shape = Members(&[
    may(
        "ScheduleConfig",
        Members(&[
            must("ScheduleExpression", Text),
            may("DataAnalysisStartTime", Text),
            may("DataAnalysisEndTime", Text),
        ]),
    ),
    must("MonitoringJobDefinition", JOB),
    may("MonitoringType", OneOf(TYPES)),
]);

/// A monitoring schedule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct MonitoringSchedule {
    pub(super) record: Record,
    name: String,
    config: Value,
}

impl MonitoringSchedule {
    /// Whether it watches this endpoint. It does so until it is gone.
    pub(super) fn watches(&self, endpoint: &str) -> bool {
        endpoint_name(&self.config) == endpoint
    }

    fn kind(&self) -> &str {
        settings::text(&self.config, "MonitoringType").unwrap_or("DataQuality")
    }

    fn summary(&self) -> Value {
        let [created, modified] = self.record.times();
        object([
            ("MonitoringScheduleName", json!(self.name)),
            ("MonitoringScheduleArn", json!(self.record.arn)),
            created,
            modified,
            ("MonitoringScheduleStatus", json!(self.record.status)),
            ("EndpointName", json!(endpoint_name(&self.config))),
            ("MonitoringType", json!(self.kind())),
        ])
    }

    fn show(&self) -> Value {
        let mut shown = self.summary();
        shown["MonitoringScheduleConfig"] = self.config.clone();
        if let (name, Value::String(reason)) = self.record.failure() {
            shown[name] = json!(reason);
        }
        shown
    }
}

impl Document for MonitoringSchedule {}

impl Entity for MonitoringSchedule {
    fn record(&self) -> &Record {
        &self.record
    }

    fn row(&self) -> Row {
        let parent = Some(endpoint_name(&self.config).to_owned());
        self.record.row(KIND, self.name.clone(), parent)
    }
}

fn endpoint_name(config: &Value) -> &str {
    let input = &config["MonitoringJobDefinition"]["MonitoringInputs"][0]["EndpointInput"];
    settings::text(input, "EndpointName").unwrap_or_default()
}

fn find<'a>(
    world: &'a mut World,
    place: &Place,
    name: &str,
) -> Result<&'a mut MonitoringSchedule, ServiceError> {
    let found = state(world, place).schedules.get_mut(name);
    found.ok_or_else(|| {
        not_found(format!(
            "Monitoring Schedule with name {name} does not exist."
        ))
    })
}

/// Checks the config, and that what it names exists and is not on its way out.
fn check(world: &mut World, place: &Place, config: &Value) -> Result<Value, ServiceError> {
    let config = CONFIG
        .read("monitoringScheduleConfig", config, Reading::Strict)
        .map_err(validation)?;
    let job = &config["MonitoringJobDefinition"];
    let inputs = job["MonitoringInputs"].as_array();
    if inputs.is_none_or(Vec::is_empty) {
        return Err(validation("MonitoringInputs must have exactly one item."));
    }
    let watched = &endpoints::find(world, place, endpoint_name(&config))?.record;
    if watched.status == Status::Deleting {
        return Err(validation(format!(
            "Endpoint \"{}\" is being deleted.",
            watched.arn
        )));
    }
    let role = settings::text(job, "RoleArn").unwrap_or_default();
    check_role(world, &place.account, role)?;
    if let Some(network) = VpcConfig::of(&job["NetworkConfig"])? {
        network.check(world, place)?;
    }
    Ok(config)
}

/// Begins a step of a schedule that is in one of these statuses.
fn begin(
    world: &mut World,
    place: &Place,
    name: &str,
    step: Step,
    from: &[Status],
) -> Result<(), ServiceError> {
    let now = world.now();
    let schedule = find(world, place, name)?;
    let status = schedule.record.status;
    if !from.contains(&status) {
        return Err(validation(format!(
            "The request was rejected because the monitoring schedule {name} is in status {}.",
            status.word()
        )));
    }
    schedule.record.turn(Status::Pending, None, now);
    let subject = Subject::MonitoringSchedule(name.to_owned());
    life::begin(world, place, subject, step);
    Ok(())
}

/// A step has ended.
pub(super) fn ended(
    world: &mut World,
    place: &Place,
    name: &str,
    step: Step,
    failure: Option<String>,
) {
    let now = world.now();
    if step == Step::Deletion && failure.is_none() {
        state(world, place).schedules.remove(name);
        return;
    }
    if let Ok(schedule) = find(world, place, name) {
        let status = match (step, failure.is_some()) {
            (_, true) => Status::Failed,
            (Step::Stop, false) => Status::Stopped,
            (_, false) => Status::Scheduled,
        };
        schedule.record.turn(status, failure, now);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateMonitoringSchedule {
    monitoring_schedule_name: String,
    monitoring_schedule_config: Value,
    #[serde(default)]
    tags: Vec<Tag>,
}

pub(super) fn create_monitoring_schedule(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreateMonitoringSchedule = input.parse()?;
    let name = input.monitoring_schedule_name;
    check_name("monitoringScheduleName", &name)?;
    let path = format!("monitoring-schedule/{}", name.to_lowercase());
    let arn = call.place.arn("sagemaker", &path);
    if call.region().sagemaker.schedules.contains_key(&name) {
        return Err(in_use(format!(
            "Monitoring Schedule with name {name} already exists."
        )));
    }
    let config = check(call.world, &call.place, &input.monitoring_schedule_config)?;
    let tags = tags::read(input.tags)?;
    let now = call.world.now();
    let schedule = MonitoringSchedule {
        record: Record::new(arn.clone(), tags, Status::Pending, now),
        name: name.clone(),
        config,
    };
    let schedules = &mut call.region().sagemaker.schedules;
    schedules.insert(name.clone(), schedule);
    let subject = Subject::MonitoringSchedule(name);
    life::begin(call.world, &call.place, subject, Step::Creation);
    call.touch(&arn);
    Ok(Output::Json(json!({"MonitoringScheduleArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneSchedule {
    #[serde(rename = "MonitoringScheduleName")]
    name: String,
}

pub(super) fn describe_monitoring_schedule(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneSchedule = input.parse()?;
    let schedule = find(call.world, &call.place, &input.name)?;
    Ok(Output::Json(schedule.show()))
}

pub(super) fn start_monitoring_schedule(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneSchedule = input.parse()?;
    let from = [Status::Stopped];
    begin(call.world, &call.place, &input.name, Step::Start, &from)?;
    Ok(Output::Json(json!({})))
}

pub(super) fn stop_monitoring_schedule(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneSchedule = input.parse()?;
    let from = [Status::Scheduled];
    begin(call.world, &call.place, &input.name, Step::Stop, &from)?;
    Ok(Output::Json(json!({})))
}

/// A schedule need not be stopped first.
pub(super) fn delete_monitoring_schedule(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneSchedule = input.parse()?;
    let from = [Status::Scheduled, Status::Stopped, Status::Failed];
    begin(call.world, &call.place, &input.name, Step::Deletion, &from)?;
    Ok(Output::Json(json!({})))
}

pub(super) fn list_monitoring_schedules(call: &mut Call<'_>, input: &Input) -> Answered {
    let (input, [endpoint, kind]) =
        ListByStatus::read(input, ["EndpointName", "MonitoringTypeEquals"])?;
    let asked = input.asked()?;
    input.check_status(STATUSES)?;
    if let Some(kind) = &kind {
        check_one_of("monitoringTypeEquals", kind, TYPES)?;
    }
    let schedules = listed(call, |it| (&it.views.schedules, &it.schedules));
    let schedules = schedules.filter(|schedule| {
        endpoint.as_ref().is_none_or(|name| schedule.watches(name))
            && kind.as_ref().is_none_or(|kind| schedule.kind() == kind)
            && input.wants(&schedule.name, &schedule.record)
    });
    let items = schedules
        .map(|schedule| asked.item(&schedule.record, &schedule.name, schedule.summary()))
        .collect();
    lists::answer(call, "MonitoringScheduleSummaries", items, &asked)
}

#[cfg(test)]
mod tests;
