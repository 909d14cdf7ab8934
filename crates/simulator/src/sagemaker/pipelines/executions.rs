//! Executions of pipelines: each step starts its job as soon as the steps before it have succeeded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::definition::{self, Step};
use super::{conflict, find};
use crate::error::ServiceError;
use crate::index::Document;
use crate::row::{Row, Scope};
use crate::sagemaker::entity::Entity;
use crate::sagemaker::jobs::{self, Kind, Parent};
use crate::sagemaker::record::{Record, Status, object};
use crate::sagemaker::refusals::not_found;
use crate::sagemaker::state;
use crate::world::{Place, World};

const KIND: &str = "AWS::SageMaker::PipelineExecution";

/// An execution.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::sagemaker) struct Execution {
    pub(in crate::sagemaker) record: Record,
    pipeline_arn: String,
    pipeline_name: String,
    pub(super) display_name: String,
    pub(super) description: Option<String>,
    /// The pipeline's definition when it was started.
    definition: String,
    /// The jobs of the steps that were started, by step.
    pub(super) started: BTreeMap<String, (Kind, String)>,
    pub(super) token: String,
}

impl Execution {
    /// Whether it is an execution of the pipeline with this ARN.
    pub(super) fn is_of(&self, pipeline: &str) -> bool {
        self.pipeline_arn == pipeline
    }

    pub(super) fn show(&self) -> Value {
        let [created, modified] = self.record.times();
        object([
            ("PipelineArn", json!(self.pipeline_arn)),
            ("PipelineExecutionArn", json!(self.record.arn)),
            ("PipelineExecutionDisplayName", json!(self.display_name)),
            ("PipelineExecutionStatus", json!(self.record.status)),
            ("PipelineExecutionDescription", json!(self.description)),
            self.record.failure(),
            created,
            modified,
        ])
    }

    pub(super) fn summary(&self) -> Value {
        let [(_, started), _] = self.record.times();
        let (_, failure) = self.record.failure();
        object([
            ("PipelineExecutionArn", json!(self.record.arn)),
            ("StartTime", started),
            ("PipelineExecutionStatus", json!(self.record.status)),
            ("PipelineExecutionDescription", json!(self.description)),
            ("PipelineExecutionDisplayName", json!(self.display_name)),
            ("PipelineExecutionFailureReason", failure),
        ])
    }
}

impl Document for Execution {
    fn document(&self) -> Value {
        json!({"PipelineExecution": self.show()})
    }
}

impl Entity for Execution {
    fn record(&self) -> &Record {
        &self.record
    }

    fn row(&self) -> Row {
        let parent = Some(self.pipeline_name.clone());
        let row = self.record.row(KIND, self.record.arn.clone(), parent);
        let scope = if self.record.status.busy() {
            Scope::Environment
        } else {
            Scope::Account
        };
        Row { scope, ..row }
    }
}

/// The execution with this ARN, or `ResourceNotFound`.
pub(super) fn execution<'a>(
    world: &'a mut World,
    place: &Place,
    arn: &str,
) -> Result<&'a mut Execution, ServiceError> {
    let found = state(world, place).executions.get_mut(arn);
    found.ok_or_else(|| not_found(format!("Pipeline execution '{arn}' does not exist.")))
}

/// Starts an execution and returns its ARN. The same token starts it only once.
pub(super) fn start(
    world: &mut World,
    place: &Place,
    pipeline: &str,
    display_name: Option<String>,
    description: Option<String>,
    token: String,
) -> Result<String, ServiceError> {
    let now = world.now();
    let found = find(world, place, pipeline)?;
    if found.record.status == Status::Deleting {
        let arn = &found.record.arn;
        return Err(conflict(format!("Pipeline '{arn}' is being deleted.")));
    }
    let found = found.clone();
    let pipeline_arn = found.record.arn.clone();
    let mut executions = state(world, place).executions.values();
    if let Some(again) = executions.find(|other| other.is_of(&pipeline_arn) && other.token == token)
    {
        return Ok(again.record.arn.clone());
    }
    let alphabet = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let id = world.mint_letters(place, KIND, &found.name, alphabet, 12);
    let arn = format!("{pipeline_arn}/execution/{id}");
    let execution = Execution {
        record: Record::new(arn.clone(), BTreeMap::new(), Status::Executing, now),
        pipeline_arn,
        pipeline_name: found.name.clone(),
        display_name: display_name.unwrap_or_else(|| format!("execution-{}", now.0)),
        description,
        definition: found.definition.clone(),
        started: BTreeMap::new(),
        token,
    };
    find(world, place, pipeline)?.last_run = Some(now);
    let executions = &mut state(world, place).executions;
    executions.insert(arn.clone(), execution);
    go_on(world, place, &arn);
    Ok(arn)
}

/// The status of the job of a step that was started.
pub(super) fn job_status(
    world: &mut World,
    place: &Place,
    execution: &Execution,
    step: &str,
) -> Option<Status> {
    let (kind, name) = execution.started.get(step)?;
    let job = jobs::find(world, place, *kind, name).ok()?;
    Some(job.record.status)
}

/// The statuses of the jobs that were started.
fn statuses(world: &mut World, place: &Place, execution: &Execution) -> BTreeMap<String, Status> {
    let steps = execution.started.keys();
    let status = |step: &String| {
        let status = job_status(world, place, execution, step)?;
        Some((step.clone(), status))
    };
    steps.filter_map(status).collect()
}

/// Starts the jobs of all steps that may, and ends the execution when nothing is left to do.
fn go_on(world: &mut World, place: &Place, arn: &str) {
    let Ok(execution) = execution(world, place, arn) else {
        return;
    };
    let execution = execution.clone();
    let statuses = statuses(world, place, &execution);
    let failed = statuses
        .iter()
        .find(|(_, status)| matches!(status, Status::Failed | Status::Stopped));
    let working = statuses.values().any(|status| status.busy());
    if let Some((step, _)) = failed {
        if !working {
            let reason = format!("Step failure: One or multiple steps failed: {step}.");
            end(world, place, arn, Status::Failed, Some(reason));
        }
        return;
    }
    let steps = definition::read(&execution.definition).unwrap_or_default();
    let done = |name: &String| statuses.get(name) == Some(&Status::Completed);
    let ready = |step: &&Step| {
        !execution.started.contains_key(&step.name) && step.depends_on.iter().all(done)
    };
    let ready: Vec<&Step> = steps.iter().filter(ready).collect();
    for step in &ready {
        if let Err(error) = begin(world, place, arn, step) {
            let reason = format!("Step '{}': {}", step.name, error.message);
            end(world, place, arn, Status::Failed, Some(reason));
            return;
        }
    }
    if !working && ready.is_empty() {
        end(world, place, arn, Status::Succeeded, None);
    }
}

fn begin(world: &mut World, place: &Place, arn: &str, step: &Step) -> Result<(), ServiceError> {
    let kind = step.kind()?;
    let id = arn.rsplit('/').next().unwrap_or_default();
    let letters = crate::draw::hex(world.seed(), &["step", arn, &step.name], 10);
    // A step's name may have underscores, a job's may not.
    let stem: String = step.name.replace('_', "-").chars().take(25).collect();
    let name = format!("pipelines-{id}-{stem}-{letters}");
    let input = step.job(kind, &name);
    let parent = Some(Parent::Execution(arn.to_owned()));
    jobs::create(world, place, kind, &input, BTreeMap::new(), parent)?;
    let execution = execution(world, place, arn)?;
    execution.started.insert(step.name.clone(), (kind, name));
    execution.record.revision += 1;
    Ok(())
}

fn end(world: &mut World, place: &Place, arn: &str, status: Status, failure: Option<String>) {
    let now = world.now();
    if let Ok(execution) = execution(world, place, arn) {
        execution.record.turn(status, failure, now);
    }
}

/// One of its jobs has ended.
pub(in crate::sagemaker) fn job_ended(world: &mut World, place: &Place, arn: &str) {
    let Ok(execution) = execution(world, place, arn) else {
        return;
    };
    if execution.record.status == Status::Executing {
        go_on(world, place, arn);
    } else if execution.record.status == Status::Stopping {
        end_if_idle(world, place, arn);
    }
}

fn end_if_idle(world: &mut World, place: &Place, arn: &str) {
    let Ok(execution) = execution(world, place, arn) else {
        return;
    };
    let execution = execution.clone();
    let statuses = statuses(world, place, &execution);
    if !statuses.values().any(|status| status.busy()) {
        end(world, place, arn, Status::Stopped, None);
    }
}

/// Begins to stop an execution, and the jobs that it has at work.
pub(super) fn stop(world: &mut World, place: &Place, arn: &str) -> Result<(), ServiceError> {
    let now = world.now();
    let found = execution(world, place, arn)?;
    if found.record.status != Status::Executing {
        let status = found.record.status.word();
        return Err(conflict(format!(
            "Pipeline execution with ARN {arn} status {status}. Only executing pipelines can be stopped."
        )));
    }
    found.record.turn(Status::Stopping, None, now);
    for (kind, name) in execution(world, place, arn)?.clone().started.into_values() {
        if jobs::find(world, place, kind, &name)?.record.status == Status::InProgress {
            jobs::stop(world, place, kind, &name)?;
        }
    }
    end_if_idle(world, place, arn);
    Ok(())
}
