//! `PipelineDefinition`: the steps of a pipeline.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::sagemaker::jobs::{self, Kind};
use crate::sagemaker::refusals::validation;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Definition {
    version: String,
    #[serde(default)]
    steps: Vec<Step>,
}

/// A step, which is one job.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Step {
    pub(super) name: String,
    #[serde(rename = "Type")]
    kind: String,
    arguments: Value,
    #[serde(default)]
    pub(super) depends_on: Vec<String>,
}

impl Step {
    pub(super) fn kind(&self) -> Result<Kind, ServiceError> {
        [Kind::Training, Kind::Processing, Kind::Transform]
            .into_iter()
            .find(|kind| kind.word() == self.kind)
            .ok_or_else(|| {
                let (name, kind) = (&self.name, &self.kind);
                validation(format!(
                    "Step '{name}' has the type {kind}, which is not supported"
                ))
            })
    }

    /// What its job is made from, under this name.
    pub(super) fn job(&self, kind: Kind, name: &str) -> Value {
        let mut input = self.arguments.clone();
        input[kind.name_member()] = json!(name);
        input
    }
}

/// The steps of a definition, each of which could be started.
pub(super) fn read(text: &str) -> Result<Vec<Step>, ServiceError> {
    let invalid =
        |problem: String| validation(format!("Unable to parse pipeline definition: {problem}"));
    let definition: Definition =
        serde_json::from_str(text).map_err(|problem| invalid(problem.to_string()))?;
    if definition.version != "2020-12-01" {
        return Err(invalid(format!("unknown version {}", definition.version)));
    }
    if definition.steps.is_empty() {
        return Err(invalid("there are no steps".to_owned()));
    }
    for (at, step) in definition.steps.iter().enumerate() {
        let kind = step.kind()?;
        if !step.arguments.is_object() {
            return Err(invalid(format!("step '{}' has no Arguments", step.name)));
        }
        jobs::check(kind, &step.job(kind, "step"))?;
        let before = &definition.steps[..at];
        if before.iter().any(|other| other.name == step.name) {
            return Err(invalid(format!("there are two steps '{}'", step.name)));
        }
        // Steps are written in an order in which they can run, so there are no circles.
        let known = |name: &String| before.iter().any(|other| other.name == *name);
        if let Some(name) = step.depends_on.iter().find(|name| !known(name)) {
            return Err(invalid(format!(
                "step '{}' depends on '{name}', which does not stand before it",
                step.name
            )));
        }
    }
    Ok(definition.steps)
}
