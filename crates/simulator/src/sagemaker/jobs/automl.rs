//! AutoML jobs: while one is at work, it trains one candidate after the other (operators' notes, item 39; members from
//! botocore 1.43.11). Those of CreateAutoMLJobV2 for tabular data: other problems, a time limit for the whole job,
//! definitions of candidates alone, deployment and EMR Serverless are unknown members. What Autopilot does before the
//! first candidate, and how many it trains at a time, no source says: nothing here, and one.

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
use crate::sagemaker::shape::Shape::{Between, Flag, List, Members, Number, OneOf, Text, Whole};
use crate::sagemaker::shape::{Reading, Shape, may, must};
use crate::sagemaker::views::listed;
use crate::sagemaker::{settings, state, tags};
use crate::time::SimTime;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call, Place, World};

const KIND: &str = "AWS::SageMaker::AutoMLJob";

/// Autopilot chooses image and instance by itself; no source says which.
const IMAGE: &str = "autopilot";
const INSTANCE: &str = "ml.m5.4xlarge";

/// As many candidates as a job may ask for, where it does not say.
const MOST: u64 = 750;

const CHANNEL: Shape = Members(&[
    may("ChannelType", OneOf(&["training", "validation"])),
    may("ContentType", Text),
    may("CompressionType", OneOf(&["None", "Gzip"])),
    may(
        "DataSource",
        Members(&[must(
            "S3DataSource",
            Members(&[
                // Tabular data may not be augmented.
                must("S3DataType", OneOf(&["ManifestFile", "S3Prefix"])),
                must("S3Uri", Text),
            ]),
        )]),
    ),
]);

const ALGORITHMS: Shape = OneOf(&[
    "xgboost",
    "linear-learner",
    "mlp",
    "lightgbm",
    "catboost",
    "randomforest",
    "extra-trees",
    "nn-torch",
    "fastai",
]);

const TABULAR: Shape = Members(&[
    may(
        "CandidateGenerationConfig",
        Members(&[may(
            "AlgorithmsConfig",
            List(
                &Members(&[must("AutoMLAlgorithms", List(&ALGORITHMS, 11))]),
                1,
            ),
        )]),
    ),
    may(
        "CompletionCriteria",
        Members(&[
            may("MaxCandidates", Whole(1, 750)),
            may("MaxRuntimePerTrainingJobInSeconds", Whole(1, i64::MAX)),
        ]),
    ),
    may("FeatureSpecificationS3Uri", Text),
    may(
        "Mode",
        OneOf(&["AUTO", "ENSEMBLING", "HYPERPARAMETER_TUNING"]),
    ),
    may(
        "ProblemType",
        OneOf(&[
            "BinaryClassification",
            "MulticlassClassification",
            "Regression",
        ]),
    ),
    must("TargetAttributeName", Text),
    may("SampleWeightAttributeName", Text),
]);

const METRIC: Shape = OneOf(&[
    "Accuracy",
    "MSE",
    "F1",
    "F1macro",
    "AUC",
    "RMSE",
    "BalancedAccuracy",
    "R2",
    "Recall",
    "RecallMacro",
    "Precision",
    "PrecisionMacro",
    "MAE",
]);

const SHAPE: Shape = Members(&[
    must("AutoMLJobName", Text),
    must("AutoMLJobInputDataConfig", Between(&CHANNEL, 1, 2)),
    must(
        "OutputDataConfig",
        Members(&[may("KmsKeyId", Text), must("S3OutputPath", Text)]),
    ),
    must(
        "AutoMLProblemTypeConfig",
        Members(&[must("TabularJobConfig", TABULAR)]),
    ),
    must("RoleArn", Text),
    may(
        "SecurityConfig",
        Members(&[
            may("VolumeKmsKeyId", Text),
            may("EnableInterContainerTrafficEncryption", Flag),
            may("VpcConfig", shapes::VPC),
        ]),
    ),
    may("AutoMLJobObjective", Members(&[must("MetricName", METRIC)])),
    may(
        "DataSplitConfig",
        Members(&[may("ValidationFraction", Number)]),
    ),
]);

/// An AutoML job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::sagemaker) struct AutoMlJob {
    pub(in crate::sagemaker) record: Record,
    name: String,
    input: Value,
    /// How many candidates it has begun to train.
    started: u64,
    ended: Option<SimTime>,
}

impl AutoMlJob {
    fn tabular(&self) -> &Value {
        &self.input["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    }

    fn most(&self) -> u64 {
        let most = &self.tabular()["CompletionCriteria"]["MaxCandidates"];
        most.as_u64().unwrap_or(MOST)
    }

    /// What the next candidate is trained with: the job's own role and network.
    fn candidate(&self, name: &str) -> Value {
        let security = &self.input["SecurityConfig"];
        let limit = &self.tabular()["CompletionCriteria"]["MaxRuntimePerTrainingJobInSeconds"];
        json!({
            "TrainingJobName": name,
            "RoleArn": self.input["RoleArn"],
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "OutputDataConfig": self.input["OutputDataConfig"],
            "ResourceConfig": {
                "InstanceType": INSTANCE, "InstanceCount": 1, "VolumeSizeInGB": 50,
                "VolumeKmsKeyId": security["VolumeKmsKeyId"],
            },
            "VpcConfig": security["VpcConfig"],
            "EnableInterContainerTrafficEncryption":
                security["EnableInterContainerTrafficEncryption"],
            "StoppingCondition": {"MaxRuntimeInSeconds": limit},
        })
    }

    /// `AutoMLJobSecondaryStatus`.
    fn secondary(&self) -> &'static str {
        if self.record.status == Status::InProgress {
            "TrainingModels"
        } else {
            self.record.status.word()
        }
    }

    /// All of it, as Describe shows it.
    fn show(&self) -> Value {
        let [created, modified] = self.record.times();
        let mut shown = self.input.clone();
        let besides = object([
            ("AutoMLJobArn", json!(self.record.arn)),
            ("AutoMLJobStatus", json!(self.record.status)),
            ("AutoMLJobSecondaryStatus", json!(self.secondary())),
            ("AutoMLProblemTypeConfigName", json!("Tabular")),
            created,
            modified,
            ("EndTime", json!(self.ended.map(SimTime::epoch_seconds))),
            self.record.failure(),
        ]);
        for (name, value) in besides.as_object().into_iter().flatten() {
            shown[name.as_str()] = value.clone();
        }
        shown
    }

    fn summary(&self) -> Value {
        let shown = self.show();
        let mut summary = json!({});
        for name in [
            "AutoMLJobName",
            "AutoMLJobArn",
            "AutoMLJobStatus",
            "AutoMLJobSecondaryStatus",
            "CreationTime",
            "EndTime",
            "LastModifiedTime",
            "FailureReason",
        ] {
            if let Some(value) = shown.get(name) {
                summary[name] = value.clone();
            }
        }
        summary
    }
}

impl Document for AutoMlJob {
    /// Search does not know them: `ResourceType` in botocore.
    fn document(&self) -> Value {
        Value::Null
    }
}

impl Entity for AutoMlJob {
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

/// Checks what the members of an input say together.
fn check(input: &Value) -> Result<(), ServiceError> {
    let name = settings::text(input, "AutoMLJobName").unwrap_or_default();
    check_name("autoMLJobName", name)?;
    if name.len() > 32 {
        return Err(validation("AutoMLJobName has at most 32 letters."));
    }
    let tabular = &input["AutoMLProblemTypeConfig"]["TabularJobConfig"];
    if tabular.get("ProblemType").is_some() != input.get("AutoMLJobObjective").is_some() {
        return Err(validation(
            "Either both of ProblemType and AutoMLJobObjective must be given, or none.",
        ));
    }
    Ok(())
}

fn create(
    world: &mut World,
    place: &Place,
    input: &Value,
    tags: BTreeMap<String, String>,
) -> Result<String, ServiceError> {
    let input = SHAPE.read("", input, Reading::Strict).map_err(validation)?;
    check(&input)?;
    let name = settings::text(&input, "AutoMLJobName")
        .unwrap_or_default()
        .to_owned();
    let arn = place.arn("sagemaker", &format!("automl-job/{}", name.to_lowercase()));
    // Names are the same whatever their case.
    let mut jobs = state(world, place).automl_jobs.values();
    if jobs.any(|job| job.record.arn == arn) {
        return Err(in_use(format!(
            "AutoML job names must be unique within an AWS account and region: {arn}"
        )));
    }
    let role = settings::text(&input, "RoleArn").unwrap_or_default();
    check_role(world, &place.account, role)?;
    if let Some(config) = VpcConfig::of(&input["SecurityConfig"])? {
        config.check(world, place)?;
    }
    let job = AutoMlJob {
        record: Record::new(arn.clone(), tags, Status::InProgress, world.now()),
        name: name.clone(),
        input,
        started: 0,
        ended: None,
    };
    state(world, place).automl_jobs.insert(name.clone(), job);
    AutoMlJob::go_on(world, place, &name);
    Ok(arn)
}

/// Starts the training job of a candidate. That it has the job's tags no source says.
fn start_one(world: &mut World, place: &Place, name: &str) -> Result<(), ServiceError> {
    let seed = world.seed();
    let job = AutoMlJob::find(world, place, name)?;
    job.started += 1;
    job.record.revision += 1;
    let number = format!("{:03}", job.started);
    let letters = crate::draw::hex(seed, &["candidate", &job.record.arn, &number], 8);
    let input = job.candidate(&format!("{name}-{number}-{letters}"));
    let parent = Some(AutoMlJob::parent(name));
    super::create(
        world,
        place,
        Kind::Training,
        &input,
        BTreeMap::new(),
        parent,
    )
    .map(drop)
}

impl Starter for AutoMlJob {
    const WORDS: &'static str = "AutoML job";

    fn find<'a>(
        world: &'a mut World,
        place: &Place,
        name: &str,
    ) -> Result<&'a mut Self, ServiceError> {
        let found = state(world, place).automl_jobs.get_mut(name);
        found.ok_or_else(|| not_found("Requested resource not found."))
    }

    fn parent(name: &str) -> Parent {
        Parent::AutoMl(name.to_owned())
    }

    /// Trains the next candidate, if there is to be one. One that cannot be trained ends the job.
    fn go_on(world: &mut World, place: &Place, name: &str) {
        let Ok(job) = Self::find(world, place, name) else {
            return;
        };
        if job.started >= job.most() {
            children::end::<Self>(world, place, name, Status::Completed, None);
        } else if let Err(error) = start_one(world, place, name) {
            children::end::<Self>(world, place, name, Status::Failed, Some(error.message));
        }
    }

    fn record(&mut self) -> &mut Record {
        &mut self.record
    }

    fn ended(&mut self) -> &mut Option<SimTime> {
        &mut self.ended
    }
}

pub(in crate::sagemaker) fn create_automl_job(call: &mut Call<'_>, input: &Input) -> Answered {
    let (members, tags) = tags::split(input)?;
    let arn = create(call.world, &call.place, &members, tags)?;
    call.touch(&arn);
    Ok(Output::Json(json!({"AutoMLJobArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneAutoMlJob {
    #[serde(rename = "AutoMLJobName")]
    name: String,
}

pub(in crate::sagemaker) fn describe_automl_job(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneAutoMlJob = input.parse()?;
    let job = AutoMlJob::find(call.world, &call.place, &input.name)?;
    Ok(Output::Json(job.show()))
}

pub(in crate::sagemaker) fn stop_automl_job(call: &mut Call<'_>, input: &Input) -> Answered {
    let OneAutoMlJob { name } = input.parse()?;
    children::stop::<AutoMlJob>(call.world, &call.place, &name)?;
    Ok(Output::Json(json!({})))
}

pub(in crate::sagemaker) fn list_automl_jobs(call: &mut Call<'_>, input: &Input) -> Answered {
    let (input, []) = ListByStatus::read(input, [])?;
    let asked = input.asked()?;
    input.check_status(STATUSES)?;
    let found = listed(call, |it| (&it.views.automl_jobs, &it.automl_jobs));
    let items = found
        .filter(|job| input.wants(&job.name, &job.record))
        .map(|job| asked.item(&job.record, &job.name, job.summary()))
        .collect();
    lists::answer(call, "AutoMLJobSummaries", items, &asked)
}
