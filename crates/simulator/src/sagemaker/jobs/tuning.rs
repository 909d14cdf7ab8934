//! Hyper-parameter tuning jobs: while one is at work, it starts a training job whenever another one has ended (operators'
//! notes, item 39).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calls::STATUSES;
use super::children::{self, Starter};
use super::{Kind, Parent, shapes};
use crate::error::ServiceError;
use crate::index::Document;
use crate::row::{Row, Scope};
use crate::sagemaker::entity::Entity;
use crate::sagemaker::lists::{self, ListByStatus};
use crate::sagemaker::network::VpcConfig;
use crate::sagemaker::record::{Record, Status, object};
use crate::sagemaker::refusals::{check_name, check_role, in_use, not_found, validation};
use crate::sagemaker::shape::Shape::{Flag, List, Members, OneOf, Text, Texts, Whole};
use crate::sagemaker::shape::{Reading, Shape, may, must};
use crate::sagemaker::views::listed;
use crate::sagemaker::{settings, state, tags};
use crate::time::SimTime;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call, Place, World};

const KIND: &str = "AWS::SageMaker::HyperParameterTuningJob";

const SCALING: Shape = OneOf(&["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]);
const RANGE: Shape = Members(&[
    must("Name", Text),
    must("MinValue", Text),
    must("MaxValue", Text),
    may("ScalingType", SCALING),
]);
const CHOICE: Shape = Members(&[must("Name", Text), must("Values", List(&Text, 30))]);

const SHAPE: Shape = Members(&[
    must("HyperParameterTuningJobName", Text),
    must(
        "HyperParameterTuningJobConfig",
        Members(&[
            must(
                "Strategy",
                OneOf(&["Bayesian", "Random", "Hyperband", "Grid"]),
            ),
            may(
                "HyperParameterTuningJobObjective",
                Members(&[
                    must("Type", OneOf(&["Maximize", "Minimize"])),
                    must("MetricName", Text),
                ]),
            ),
            must(
                "ResourceLimits",
                Members(&[
                    must("MaxNumberOfTrainingJobs", Whole(1, 750)),
                    must("MaxParallelTrainingJobs", Whole(1, 100)),
                ]),
            ),
            may(
                "ParameterRanges",
                Members(&[
                    may("IntegerParameterRanges", List(&RANGE, 30)),
                    may("ContinuousParameterRanges", List(&RANGE, 30)),
                    may("CategoricalParameterRanges", List(&CHOICE, 30)),
                ]),
            ),
            may("TrainingJobEarlyStoppingType", OneOf(&["Off", "Auto"])),
            may("RandomSeed", Whole(0, i64::MAX)),
        ]),
    ),
    must(
        "TrainingJobDefinition",
        Members(&[
            may("StaticHyperParameters", Texts),
            must(
                "AlgorithmSpecification",
                Members(&[
                    may("TrainingImage", Text),
                    may("AlgorithmName", Text),
                    must("TrainingInputMode", shapes::INPUT_MODE),
                    may("MetricDefinitions", shapes::METRICS),
                ]),
            ),
            must("RoleArn", Text),
            may("InputDataConfig", shapes::CHANNELS),
            may("VpcConfig", shapes::VPC),
            must("OutputDataConfig", shapes::OUTPUT),
            must("ResourceConfig", shapes::RESOURCES),
            must("StoppingCondition", shapes::STOPPING),
            may("EnableNetworkIsolation", Flag),
            may("EnableInterContainerTrafficEncryption", Flag),
            may("EnableManagedSpotTraining", Flag),
            may("CheckpointConfig", shapes::CHECKPOINT),
            may("RetryStrategy", shapes::RETRY),
            may("Environment", Texts),
        ]),
    ),
]);

/// A tuning job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::sagemaker) struct TuningJob {
    pub(in crate::sagemaker) record: Record,
    name: String,
    input: Value,
    /// How many training jobs it has started.
    started: u64,
    ended: Option<SimTime>,
}

impl TuningJob {
    fn limit(&self, name: &str) -> u64 {
        let limits = &self.input["HyperParameterTuningJobConfig"]["ResourceLimits"];
        limits[name].as_u64().unwrap_or(1)
    }

    fn show(&self, counters: &Value) -> Value {
        let [created, modified] = self.record.times();
        let mut shown = self.input.clone();
        let besides = object([
            ("HyperParameterTuningJobArn", json!(self.record.arn)),
            ("HyperParameterTuningJobStatus", json!(self.record.status)),
            created,
            modified,
            (
                "HyperParameterTuningEndTime",
                json!(self.ended.map(SimTime::epoch_seconds)),
            ),
            self.record.failure(),
        ]);
        let besides = besides.as_object().into_iter().flatten();
        let counters = counters.as_object().into_iter().flatten();
        for (name, value) in besides.chain(counters) {
            shown[name.as_str()] = value.clone();
        }
        shown
    }

    fn summary(&self, counters: &Value) -> Value {
        let mut shown = self.show(counters);
        let config = shown["HyperParameterTuningJobConfig"].take();
        let mut summary = json!({
            "Strategy": config["Strategy"], "ResourceLimits": config["ResourceLimits"],
        });
        for name in [
            "HyperParameterTuningJobName",
            "HyperParameterTuningJobArn",
            "HyperParameterTuningJobStatus",
            "CreationTime",
            "LastModifiedTime",
            "HyperParameterTuningEndTime",
            "TrainingJobStatusCounters",
            "ObjectiveStatusCounters",
        ] {
            if let Some(value) = shown.get(name) {
                summary[name] = value.clone();
            }
        }
        summary
    }
}

impl Document for TuningJob {
    fn document(&self) -> Value {
        json!({"HyperParameterTuningJob": self.show(&Value::Null)})
    }
}

impl Entity for TuningJob {
    fn record(&self) -> &Record {
        &self.record
    }

    fn row(&self) -> Row {
        let row = self.record.row(KIND, self.name.clone(), None);
        let scope = if self.record.status.busy() {
            Scope::Environment
        } else {
            Scope::Account
        };
        Row { scope, ..row }
    }
}

/// How its training jobs stand, for its description.
fn counters(world: &mut World, place: &Place, name: &str) -> Value {
    let jobs = children::of(world, place, &TuningJob::parent(name));
    let count = |known: &[Status]| {
        let jobs = jobs.iter();
        jobs.filter(|job| known.contains(&job.record.status))
            .count()
    };
    let working = count(&[Status::InProgress, Status::Stopping]);
    let (completed, failed) = (count(&[Status::Completed]), count(&[Status::Failed]));
    let stopped = count(&[Status::Stopped]);
    json!({
        "TrainingJobStatusCounters": {
            "Completed": completed, "InProgress": working, "RetryableError": 0,
            "NonRetryableError": failed, "Stopped": stopped,
        },
        "ObjectiveStatusCounters": {
            "Succeeded": completed, "Pending": working, "Failed": failed + stopped,
        },
    })
}

fn create(
    world: &mut World,
    place: &Place,
    input: &Value,
    tags: BTreeMap<String, String>,
) -> Result<String, ServiceError> {
    let input = SHAPE.read("", input, Reading::Strict).map_err(validation)?;
    let name = settings::text(&input, "HyperParameterTuningJobName")
        .unwrap_or_default()
        .to_owned();
    check_name("hyperParameterTuningJobName", &name)?;
    if name.len() > 32 {
        return Err(validation(
            "HyperParameterTuningJobName has at most 32 letters.",
        ));
    }
    let path = format!("hyper-parameter-tuning-job/{}", name.to_lowercase());
    let arn = place.arn("sagemaker", &path);
    if state(world, place).tuning_jobs.contains_key(&name) {
        return Err(in_use(format!(
            "Tuning job names must be unique within an AWS account and region: {arn}"
        )));
    }
    let definition = &input["TrainingJobDefinition"];
    let role = settings::text(definition, "RoleArn").unwrap_or_default();
    check_role(world, &place.account, role)?;
    if let Some(config) = VpcConfig::of(definition)? {
        config.check(world, place)?;
    }
    let job = TuningJob {
        record: Record::new(arn.clone(), tags, Status::InProgress, world.now()),
        name: name.clone(),
        input,
        started: 0,
        ended: None,
    };
    state(world, place).tuning_jobs.insert(name.clone(), job);
    TuningJob::go_on(world, place, &name);
    Ok(arn)
}

fn start_one(world: &mut World, place: &Place, name: &str) -> Result<(), ServiceError> {
    let seed = world.seed();
    let tuning = TuningJob::find(world, place, name)?;
    tuning.started += 1;
    tuning.record.revision += 1;
    let number = format!("{:03}", tuning.started);
    let letters = crate::draw::hex(seed, &["tuning", &tuning.record.arn, &number], 8);
    let mut input = tuning.input["TrainingJobDefinition"].clone();
    if let Some(members) = input.as_object_mut()
        && let Some(fixed) = members.shift_remove("StaticHyperParameters")
    {
        members.insert("HyperParameters".to_owned(), fixed);
    }
    input["TrainingJobName"] = json!(format!("{name}-{number}-{letters}"));
    let tags = tuning.record.tags.clone();
    let parent = Some(TuningJob::parent(name));
    super::create(world, place, Kind::Training, &input, tags, parent).map(drop)
}

impl Starter for TuningJob {
    const WORDS: &'static str = "tuning job";

    fn find<'a>(
        world: &'a mut World,
        place: &Place,
        name: &str,
    ) -> Result<&'a mut Self, ServiceError> {
        let found = state(world, place).tuning_jobs.get_mut(name);
        found.ok_or_else(|| not_found("Requested resource not found."))
    }

    fn parent(name: &str) -> Parent {
        Parent::Tuning(name.to_owned())
    }

    /// Starts as many training jobs as may be at work at the same time. One that cannot be started ends the tuning job.
    fn go_on(world: &mut World, place: &Place, name: &str) {
        let working = children::at_work(world, place, &Self::parent(name));
        let Ok(tuning) = Self::find(world, place, name) else {
            return;
        };
        let (most, parallel) = (
            tuning.limit("MaxNumberOfTrainingJobs"),
            tuning.limit("MaxParallelTrainingJobs"),
        );
        let free = parallel.saturating_sub(u64::try_from(working).unwrap_or(u64::MAX));
        let more = most.saturating_sub(tuning.started).min(free);
        for _ in 0..more {
            if let Err(error) = start_one(world, place, name) {
                children::end::<Self>(world, place, name, Status::Failed, Some(error.message));
                return;
            }
        }
        if working == 0 && more == 0 {
            children::end::<Self>(world, place, name, Status::Completed, None);
        }
    }

    fn record(&mut self) -> &mut Record {
        &mut self.record
    }

    fn ended(&mut self) -> &mut Option<SimTime> {
        &mut self.ended
    }
}

pub(in crate::sagemaker) fn create_tuning_job(call: &mut Call<'_>, input: &Input) -> Answered {
    let (members, tags) = tags::split(input)?;
    let arn = create(call.world, &call.place, &members, tags)?;
    call.touch(&arn);
    Ok(Output::Json(json!({"HyperParameterTuningJobArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneTuningJob {
    #[serde(rename = "HyperParameterTuningJobName")]
    name: String,
}

pub(in crate::sagemaker) fn describe_tuning_job(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneTuningJob = input.parse()?;
    let counters = counters(call.world, &call.place, &input.name);
    let tuning = TuningJob::find(call.world, &call.place, &input.name)?;
    Ok(Output::Json(tuning.show(&counters)))
}

pub(in crate::sagemaker) fn stop_tuning_job(call: &mut Call<'_>, input: &Input) -> Answered {
    let OneTuningJob { name } = input.parse()?;
    children::stop::<TuningJob>(call.world, &call.place, &name)?;
    Ok(Output::Json(json!({})))
}

pub(in crate::sagemaker) fn list_tuning_jobs(call: &mut Call<'_>, input: &Input) -> Answered {
    let (input, []) = ListByStatus::read(input, [])?;
    let asked = input.asked()?;
    input.check_status(STATUSES)?;
    let found = listed(call, |it| (&it.views.tuning_jobs, &it.tuning_jobs));
    let found: Vec<TuningJob> = found
        .filter(|job| input.wants(&job.name, &job.record))
        .cloned()
        .collect();
    let mut items = Vec::new();
    for job in found {
        let counters = counters(call.world, &call.place, &job.name);
        items.push(asked.item(&job.record, &job.name, job.summary(&counters)));
    }
    lists::answer(call, "HyperParameterTuningJobSummaries", items, &asked)
}
