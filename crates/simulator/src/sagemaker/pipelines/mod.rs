//! Pipelines, whose executions start jobs (operators' notes, item 39). A definition has steps of the three kinds of jobs,
//! with literal arguments and `DependsOn`; anything else is refused when the pipeline is made.

pub(super) mod calls;
mod definition;
pub(super) mod executions;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::Entity;
use super::life::{self, Step, Subject};
use super::record::{Record, Status, object};
use super::refusals::{not_found, validation};
use super::state;
use crate::error::ServiceError;
use crate::index::Document;
use crate::row::Row;
use crate::time::SimTime;
use crate::world::{Place, World};

pub(super) const KIND: &str = "AWS::SageMaker::Pipeline";

/// A pipeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Pipeline {
    pub(in crate::sagemaker) record: Record,
    name: String,
    display_name: Option<String>,
    description: Option<String>,
    /// As it was given.
    definition: String,
    role: String,
    last_run: Option<SimTime>,
    /// `ClientRequestToken` of its creation.
    token: String,
}

impl Pipeline {
    fn members(&self) -> Vec<(&'static str, Value)> {
        let [created, modified] = self.record.times();
        vec![
            ("PipelineArn", json!(self.record.arn)),
            ("PipelineName", json!(self.name)),
            ("PipelineDisplayName", json!(self.display_name)),
            ("PipelineDescription", json!(self.description)),
            ("RoleArn", json!(self.role)),
            created,
            modified,
        ]
    }

    fn last_run(&self) -> Value {
        json!(self.last_run.map(SimTime::epoch_seconds))
    }

    fn search_members(&self) -> Value {
        let mut members = self.members();
        members.push(("PipelineStatus", json!(self.record.status)));
        members.push(("LastRunTime", self.last_run()));
        object(members)
    }

    fn show(&self) -> Value {
        let mut shown = self.search_members();
        shown["PipelineDefinition"] = json!(self.definition);
        shown
    }

    fn summary(&self) -> Value {
        let mut members = self.members();
        members.push(("LastExecutionTime", self.last_run()));
        object(members)
    }
}

impl Document for Pipeline {
    fn document(&self) -> Value {
        json!({"Pipeline": self.search_members()})
    }
}

impl Entity for Pipeline {
    fn record(&self) -> &Record {
        &self.record
    }

    fn row(&self) -> Row {
        self.record.row(KIND, self.name.clone(), None)
    }
}

fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ConflictException", message)
}

fn arn(place: &Place, name: &str) -> String {
    place.arn("sagemaker", &format!("pipeline/{}", name.to_lowercase()))
}

/// The pipeline of this name or ARN, or `ResourceNotFound`.
fn find<'a>(
    world: &'a mut World,
    place: &Place,
    name: &str,
) -> Result<&'a mut Pipeline, ServiceError> {
    let pipelines = &mut state(world, place).pipelines;
    let found = pipelines.find_mut(|pipeline| pipeline.name == name || pipeline.record.arn == name);
    found.ok_or_else(|| {
        let arn = if name.starts_with("arn:") {
            name.to_owned()
        } else {
            arn(place, name)
        };
        not_found(format!("Pipeline '{arn}' does not exist."))
    })
}

/// Begins to delete a pipeline that has no execution at work.
fn delete(world: &mut World, place: &Place, name: &str) -> Result<String, ServiceError> {
    let now = world.now();
    let arn = find(world, place, name)?.record.arn.clone();
    let mut executions = state(world, place).executions.values();
    if executions.any(|execution| execution.is_of(&arn) && execution.record.status.busy()) {
        return Err(conflict(format!(
            "Pipeline '{arn}' cannot be deleted while it has running executions."
        )));
    }
    let pipeline = find(world, place, name)?;
    if pipeline.record.status == Status::Deleting {
        return Err(conflict(format!("Pipeline '{arn}' is being deleted.")));
    }
    pipeline.record.turn(Status::Deleting, None, now);
    let subject = Subject::Pipeline(name.to_owned());
    life::begin(world, place, subject, Step::Deletion);
    Ok(arn)
}

/// A deletion has ended. The executions go with their pipeline.
pub(super) fn ended(world: &mut World, place: &Place, name: &str, failure: Option<String>) {
    let now = world.now();
    let Ok(pipeline) = find(world, place, name) else {
        return;
    };
    if failure.is_some() {
        pipeline.record.turn(Status::Active, failure, now);
        return;
    }
    let arn = pipeline.record.arn.clone();
    let sagemaker = state(world, place);
    sagemaker.pipelines.remove(name);
    sagemaker
        .executions
        .retain(|execution| !execution.is_of(&arn));
}

/// A token that makes a call one and the same.
fn check_token(token: &str) -> Result<(), ServiceError> {
    if (32..=128).contains(&token.chars().count()) {
        return Ok(());
    }
    Err(validation(
        "1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have \
         length between 32 and 128",
    ))
}

#[cfg(test)]
mod tests;
