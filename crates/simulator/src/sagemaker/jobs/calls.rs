//! The calls about jobs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::warm::{self, PoolStatus};
use super::{Kind, create, find, stop};
use crate::sagemaker::lists::{self, ListByStatus};
use crate::sagemaker::record::Status;
use crate::sagemaker::refusals::validation;
use crate::sagemaker::tags;
use crate::sagemaker::views::listed;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

/// What the lists of jobs can be asked for.
pub(super) const STATUSES: &[Status] = &[
    Status::InProgress,
    Status::Completed,
    Status::Failed,
    Status::Stopping,
    Status::Stopped,
];

fn create_job(call: &mut Call<'_>, input: &Input, kind: Kind) -> Answered {
    let (members, tags) = tags::split(input)?;
    let arn = create(call.world, &call.place, kind, &members, tags, None)?;
    call.touch(&arn);
    Ok(Output::Json(
        json!({ (format!("{}JobArn", kind.word())): arn }),
    ))
}

/// The only member of an input, which is the name of a job.
fn name(input: &Input, kind: Kind) -> Result<String, crate::ServiceError> {
    let member = kind.name_member();
    let mut members = input.value.as_object().into_iter().flatten();
    if let Some((other, _)) = members.find(|(name, _)| **name != member) {
        return Err(validation(format!("The input has no member '{other}'")));
    }
    let name = input.value.get(&member).and_then(Value::as_str);
    name.map(str::to_owned)
        .ok_or_else(|| validation(format!("The input needs a text as {member}.")))
}

fn describe_job(call: &mut Call<'_>, input: &Input, kind: Kind) -> Answered {
    let name = name(input, kind)?;
    let job = find(call.world, &call.place, kind, &name)?;
    Ok(Output::Json(job.show()))
}

fn stop_job(call: &mut Call<'_>, input: &Input, kind: Kind) -> Answered {
    let name = name(input, kind)?;
    stop(call.world, &call.place, kind, &name)?;
    Ok(Output::Json(json!({})))
}

fn list_jobs(call: &mut Call<'_>, input: &Input, kind: Kind) -> Answered {
    let besides = match kind {
        Kind::Training => "WarmPoolStatusEquals",
        Kind::Processing | Kind::Transform => "",
    };
    let (input, [pool]) = ListByStatus::read(input, [besides])?;
    let asked = input.asked()?;
    input.check_status(STATUSES)?;
    let pool: Option<PoolStatus> = pool
        .map(|pool| serde_json::from_value(Value::String(pool)))
        .transpose()
        .map_err(|problem| validation(problem.to_string()))?;
    let jobs = listed(call, |it| match kind {
        Kind::Training => (&it.views.training_jobs, &it.training_jobs),
        Kind::Processing => (&it.views.processing_jobs, &it.processing_jobs),
        Kind::Transform => (&it.views.transform_jobs, &it.transform_jobs),
    });
    let jobs = jobs
        .filter(|job| input.wants(&job.name, &job.record))
        .filter(|job| {
            let status = job.pool.as_ref().map(|pool| pool.status);
            pool.is_none() || status == pool
        });
    let items = jobs
        .map(|job| asked.item(&job.record, &job.name, job.summary()))
        .collect();
    let list = format!("{}JobSummaries", kind.word());
    lists::answer(call, &list, items, &asked)
}

macro_rules! calls {
    ($kind:ident: $create:ident $describe:ident $stop:ident $list:ident) => {
        pub(in crate::sagemaker) fn $create(call: &mut Call<'_>, input: &Input) -> Answered {
            create_job(call, input, Kind::$kind)
        }

        pub(in crate::sagemaker) fn $describe(call: &mut Call<'_>, input: &Input) -> Answered {
            describe_job(call, input, Kind::$kind)
        }

        pub(in crate::sagemaker) fn $stop(call: &mut Call<'_>, input: &Input) -> Answered {
            stop_job(call, input, Kind::$kind)
        }

        pub(in crate::sagemaker) fn $list(call: &mut Call<'_>, input: &Input) -> Answered {
            list_jobs(call, input, Kind::$kind)
        }
    };
}

calls!(Training: create_training_job describe_training_job stop_training_job list_training_jobs);
calls!(Processing: create_processing_job describe_processing_job stop_processing_job list_processing_jobs);
calls!(Transform: create_transform_job describe_transform_job stop_transform_job list_transform_jobs);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UpdateTrainingJob {
    training_job_name: String,
    resource_config: Retention,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Retention {
    keep_alive_period_in_seconds: u64,
}

pub(in crate::sagemaker) fn update_training_job(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: UpdateTrainingJob = input.parse()?;
    let (name, seconds) = (
        input.training_job_name,
        input.resource_config.keep_alive_period_in_seconds,
    );
    if seconds > 21_600 {
        return Err(validation(
            "KeepAlivePeriodInSeconds must be between 0 and 21600.",
        ));
    }
    warm::retain(call.world, &call.place, &name, seconds)?;
    let job = find(call.world, &call.place, Kind::Training, &name)?;
    Ok(Output::Json(json!({"TrainingJobArn": job.record.arn})))
}
