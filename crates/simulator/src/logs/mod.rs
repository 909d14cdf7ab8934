//! CloudWatch Logs: groups and their streams. Groups that SageMaker writes to come into being with the first line and
//! stay when their writer goes (section 5.4 of the notes on AWS's behaviour; operators' notes, items 6 and 44).
//!
//! A group that all domains and jobs of the account share is the account's, and so is every stream in it: an account
//! keeps them. Whose such a stream is, its name says: it begins with the domain's id or the job's name. A group of one
//! endpoint is of its environment.

mod groups;
mod put_events;
mod resources;
mod streams;
mod tags;
#[cfg(test)]
mod tests;
mod writers;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::index::Observer;
use crate::row::{Row, Scope};
use crate::service::Operation;
use crate::steps::Steps;
use crate::table::Table;
use crate::wire::{Input, constraints};
use crate::world::{Place, World};

use groups::Group;

pub(crate) use resources::TYPES;
pub(crate) use writers::{component_serves, endpoint_serves, wrote};

/// Studio's group, one for the account and region; an app's stream is `DOMAIN/OWNER/TYPE/NAME` (operators' notes, item 6).
pub(crate) const STUDIO: &str = "/aws/sagemaker/studio";

/// Groups that everybody in the account writes to: Studio's and those of jobs.
const SHARED: [&str; 4] = [
    "/aws/sagemaker/ProcessingJobs",
    "/aws/sagemaker/TrainingJobs",
    "/aws/sagemaker/TransformJobs",
    STUDIO,
];

/// All log groups of a region, by name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    groups: Table<Group>,
    /// Of CloudFormation's handlers.
    steps: Steps,
}

impl State {
    /// Every group, and every stream as a part of its group.
    pub fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        self.groups.rows(place, rows);
    }

    /// Lets the index take notice of what has changed.
    pub(crate) fn observe(&mut self, observer: &mut Observer<'_>) {
        observer.look("logs groups", &mut self.groups);
    }

    /// # Errors
    /// `ResourceNotFoundException`.
    fn group(&mut self, name: &str) -> Result<&mut Group, ServiceError> {
        self.groups.get_mut(name).ok_or_else(group_not_found)
    }
}

/// What SageMaker made by itself stays in the account for good, and costs next to nothing.
fn scope(group: &str) -> Scope {
    if SHARED.contains(&group) || writers::is_of_service(group) {
        Scope::Account
    } else {
        Scope::Environment
    }
}

/// Logs in a region.
fn state<'a>(world: &'a mut World, place: &Place) -> &'a mut State {
    &mut world.region(place).logs
}

/// What CloudWatch Logs can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[
    ("CreateLogGroup", groups::create_log_group),
    ("DeleteLogGroup", groups::delete_log_group),
    ("DescribeLogGroups", groups::describe_log_groups),
    ("PutRetentionPolicy", groups::put_retention_policy),
    ("DeleteRetentionPolicy", groups::delete_retention_policy),
    ("CreateLogStream", streams::create_log_stream),
    ("DeleteLogStream", streams::delete_log_stream),
    ("DescribeLogStreams", streams::describe_log_streams),
    ("PutLogEvents", put_events::put_log_events),
    ("TagResource", tags::tag_resource),
    ("UntagResource", tags::untag_resource),
    ("ListTagsForResource", tags::list_tags_for_resource),
];

/// Reads an input; what does not fit is an `InvalidParameterException` here.
fn parse<T: DeserializeOwned>(input: &Input) -> Result<T, ServiceError> {
    input.parse().map_err(|problem| invalid(problem.message))
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidParameterException", message)
}

fn group_not_found() -> ServiceError {
    ServiceError::new(
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    )
}

fn exists_already(what: &str) -> ServiceError {
    ServiceError::new(
        "ResourceAlreadyExistsException",
        format!("The specified log {what} already exists"),
    )
}

/// CloudFormation is at work on the group.
fn refuse_conflict(world: &mut World, place: &Place, group: &str) -> Result<(), ServiceError> {
    let now = world.now();
    if !state(world, place).steps.at_work(group, now) {
        return Ok(());
    }
    Err(ServiceError::new(
        "OperationAbortedException",
        "A conflicting operation is currently in progress against this resource. Please try again.",
    ))
}

/// `[\.\-_/#A-Za-z0-9]+`, 1 to 512 letters.
fn check_group_name(member: &str, name: &str) -> Result<(), ServiceError> {
    let pattern = "[\\.\\-_/#A-Za-z0-9]+";
    constraints::length(member, name, 1, 512)
        .and_then(|()| constraints::letters(member, name, pattern, is_group_letter))
        .map_err(invalid)
}

fn is_group_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "._-/#".contains(letter)
}

/// `[^:*]*`, 1 to 512 letters.
fn check_stream_name(member: &str, name: &str) -> Result<(), ServiceError> {
    constraints::length(member, name, 1, 512)
        .and_then(|()| {
            constraints::letters(member, name, "[^:*]*", |letter| !":*".contains(letter))
        })
        .map_err(invalid)
}

/// A page of 1 to 50 items; 50 unless the caller says otherwise.
fn page_size(world: &World, limit: Option<i64>) -> Result<usize, ServiceError> {
    let limit = limit.unwrap_or(50);
    constraints::within("limit", limit, 1, 50).map_err(invalid)?;
    Ok(world.page_size(usize::try_from(limit).ok(), 50))
}

fn invalid_token() -> ServiceError {
    invalid("The specified nextToken is invalid.")
}

/// The name out of a name or an ARN of a group.
fn group_of<'a>(place: &Place, identifier: &'a str) -> &'a str {
    let prefix = groups::arn(place, "");
    identifier.strip_prefix(&prefix).unwrap_or(identifier)
}
