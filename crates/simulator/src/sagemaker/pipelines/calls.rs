//! The calls about pipelines and their executions.

use serde::Deserialize;
use serde_json::json;

use super::executions::{self, execution};
use super::{Pipeline, arn, check_token, definition, delete, find};
use crate::error::ServiceError;
use crate::sagemaker::lists::{self, Asked, SortBy, SortOrder, within};
use crate::sagemaker::record::{Record, Status};
use crate::sagemaker::refusals::{check_role, validation};
use crate::sagemaker::tags;
use crate::sagemaker::views::listed;
use crate::wire::tags::Tag;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreatePipeline {
    pipeline_name: String,
    pipeline_display_name: Option<String>,
    pipeline_definition: String,
    pipeline_description: Option<String>,
    client_request_token: String,
    role_arn: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

fn check_name(name: &str) -> Result<(), ServiceError> {
    let letters = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if letters && !name.starts_with('-') && !name.ends_with('-') && (1..=256).contains(&name.len())
    {
        return Ok(());
    }
    Err(validation(format!(
        "1 validation error detected: Value '{name}' at 'pipelineName' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){{0,255}}"
    )))
}

pub(in crate::sagemaker) fn create_pipeline(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreatePipeline = input.parse()?;
    check_name(&input.pipeline_name)?;
    check_token(&input.client_request_token)?;
    definition::read(&input.pipeline_definition)?;
    check_role(call.world, &call.place.account, &input.role_arn)?;
    let arn = arn(&call.place, &input.pipeline_name);
    if let Ok(known) = find(call.world, &call.place, &input.pipeline_name) {
        if known.token == input.client_request_token {
            return Ok(Output::Json(json!({"PipelineArn": arn})));
        }
        return Err(validation(format!(
            "Pipeline names must be unique within an AWS account and region. Pipeline with name ({}) already exists.",
            input.pipeline_name
        )));
    }
    let pipeline = Pipeline {
        record: Record::new(
            arn.clone(),
            tags::read(input.tags)?,
            Status::Active,
            call.world.now(),
        ),
        name: input.pipeline_name,
        display_name: input.pipeline_display_name,
        description: input.pipeline_description,
        definition: input.pipeline_definition,
        role: input.role_arn,
        last_run: None,
        token: input.client_request_token,
    };
    let pipelines = &mut call.region().sagemaker.pipelines;
    pipelines.insert(pipeline.name.clone(), pipeline);
    call.touch(&arn);
    Ok(Output::Json(json!({"PipelineArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OnePipeline {
    pipeline_name: String,
}

pub(in crate::sagemaker) fn describe_pipeline(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OnePipeline = input.parse()?;
    let pipeline = find(call.world, &call.place, &input.pipeline_name)?;
    Ok(Output::Json(pipeline.show()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeletePipeline {
    pipeline_name: String,
    client_request_token: String,
}

pub(in crate::sagemaker) fn delete_pipeline(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DeletePipeline = input.parse()?;
    check_name(&input.pipeline_name)?;
    check_token(&input.client_request_token)?;
    let arn = delete(call.world, &call.place, &input.pipeline_name)?;
    Ok(Output::Json(json!({"PipelineArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListPipelines {
    pipeline_name_prefix: Option<String>,
    created_after: Option<f64>,
    created_before: Option<f64>,
    sort_by: Option<SortBy>,
    sort_order: Option<SortOrder>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

pub(in crate::sagemaker) fn list_pipelines(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListPipelines = input.parse()?;
    let asked = Asked {
        by: input.sort_by.unwrap_or(SortBy::CreationTime),
        order: input.sort_order.unwrap_or(SortOrder::Descending),
        max_results: input.max_results,
        next_token: input.next_token,
    };
    let asked = asked.known(&[SortBy::Name, SortBy::CreationTime])?;
    let prefix = input.pipeline_name_prefix.unwrap_or_default();
    let pipelines = listed(call, |it| (&it.views.pipelines, &it.pipelines));
    let pipelines = pipelines.filter(|pipeline| {
        pipeline.name.starts_with(&prefix)
            && within(
                pipeline.record.created,
                input.created_after,
                input.created_before,
            )
    });
    let items = pipelines
        .map(|pipeline| asked.item(&pipeline.record, &pipeline.name, pipeline.summary()))
        .collect();
    lists::answer(call, "PipelineSummaries", items, &asked)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct StartPipelineExecution {
    pipeline_name: String,
    pipeline_execution_display_name: Option<String>,
    pipeline_execution_description: Option<String>,
    client_request_token: String,
}

pub(in crate::sagemaker) fn start_pipeline_execution(
    call: &mut Call<'_>,
    input: &Input,
) -> Answered {
    let input: StartPipelineExecution = input.parse()?;
    check_token(&input.client_request_token)?;
    let arn = executions::start(
        call.world,
        &call.place,
        &input.pipeline_name,
        input.pipeline_execution_display_name,
        input.pipeline_execution_description,
        input.client_request_token,
    )?;
    call.touch(&arn);
    Ok(Output::Json(json!({"PipelineExecutionArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneExecution {
    pipeline_execution_arn: String,
}

pub(in crate::sagemaker) fn describe_pipeline_execution(
    call: &mut Call<'_>,
    input: &Input,
) -> Answered {
    let input: OneExecution = input.parse()?;
    let found = execution(call.world, &call.place, &input.pipeline_execution_arn)?;
    Ok(Output::Json(found.show()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct StopPipelineExecution {
    pipeline_execution_arn: String,
    client_request_token: String,
}

pub(in crate::sagemaker) fn stop_pipeline_execution(
    call: &mut Call<'_>,
    input: &Input,
) -> Answered {
    let input: StopPipelineExecution = input.parse()?;
    check_token(&input.client_request_token)?;
    let arn = input.pipeline_execution_arn;
    executions::stop(call.world, &call.place, &arn)?;
    Ok(Output::Json(json!({"PipelineExecutionArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListPipelineExecutions {
    pipeline_name: String,
    created_after: Option<f64>,
    created_before: Option<f64>,
    sort_by: Option<ExecutionOrder>,
    sort_order: Option<SortOrder>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

#[derive(Clone, Copy, Deserialize)]
enum ExecutionOrder {
    CreationTime,
    PipelineExecutionArn,
}

pub(in crate::sagemaker) fn list_pipeline_executions(
    call: &mut Call<'_>,
    input: &Input,
) -> Answered {
    let input: ListPipelineExecutions = input.parse()?;
    let asked = Asked {
        by: match input.sort_by {
            Some(ExecutionOrder::PipelineExecutionArn) => SortBy::Name,
            Some(ExecutionOrder::CreationTime) | None => SortBy::CreationTime,
        },
        order: input.sort_order.unwrap_or(SortOrder::Descending),
        max_results: input.max_results,
        next_token: input.next_token,
    };
    let pipeline = find(call.world, &call.place, &input.pipeline_name)?;
    let pipeline_arn = pipeline.record.arn.clone();
    let found = listed(call, |it| (&it.views.executions, &it.executions));
    let found = found.filter(|execution| {
        execution.is_of(&pipeline_arn)
            && within(
                execution.record.created,
                input.created_after,
                input.created_before,
            )
    });
    let items = found
        .map(|found| asked.item(&found.record, &found.record.arn, found.summary()))
        .collect();
    lists::answer(call, "PipelineExecutionSummaries", items, &asked)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListPipelineExecutionSteps {
    pipeline_execution_arn: String,
    sort_order: Option<SortOrder>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// The steps whose jobs were started, newest first.
pub(in crate::sagemaker) fn list_pipeline_execution_steps(
    call: &mut Call<'_>,
    input: &Input,
) -> Answered {
    let input: ListPipelineExecutionSteps = input.parse()?;
    let asked = Asked {
        by: SortBy::CreationTime,
        order: input.sort_order.unwrap_or(SortOrder::Descending),
        max_results: input.max_results,
        next_token: input.next_token,
    };
    let found = execution(call.world, &call.place, &input.pipeline_execution_arn)?.clone();
    let mut items = Vec::new();
    for (step, (kind, job)) in &found.started {
        let job = crate::sagemaker::jobs::find(call.world, &call.place, *kind, job)?;
        let status = if job.record.status == Status::Completed {
            "Succeeded"
        } else if job.record.status == Status::InProgress {
            "Executing"
        } else {
            job.record.status.word()
        };
        let [(_, started), _] = job.record.times();
        let shown = json!({
            "StepName": step, "StartTime": started, "StepStatus": status, "AttemptCount": 1,
            "Metadata": { (format!("{}Job", kind.word())): {"Arn": job.record.arn} },
        });
        items.push(asked.item(&job.record, step, shown));
    }
    lists::answer(call, "PipelineExecutionSteps", items, &asked)
}
