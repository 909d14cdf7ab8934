//! Elastic File System: volumes, their mount targets and their access points (section 2.4 of the notes on AWS's
//! behaviour). What is deleted vanishes.

pub(crate) mod access_points;
mod backups;
pub(crate) mod file_systems;
pub(crate) mod life;
pub(crate) mod mount_targets;
mod policies;
mod replications;
mod resources;
mod routes;
mod tags;
#[cfg(test)]
mod tests;
mod verdicts;
mod views;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ServiceError;
use crate::index::Observer;
use crate::row::Row;
use crate::service::Operation;
use crate::table::Table;
use crate::wire::Input;
use crate::world::{Place, World};

use access_points::AccessPoint;
use file_systems::FileSystem;
use life::Kind;
use mount_targets::MountTarget;
use replications::Replication;

pub use life::Event;
pub(crate) use resources::TYPES;
pub use routes::route;
pub(crate) use views::Truth;

/// All volumes of a region.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    file_systems: Table<FileSystem>,
    mount_targets: Table<MountTarget>,
    access_points: Table<AccessPoint>,
    /// By the id of the source, in both regions.
    replications: BTreeMap<String, Replication>,
    views: views::Views,
}

impl State {
    pub fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        self.file_systems.rows(place, rows);
        self.mount_targets.rows(place, rows);
        self.access_points.rows(place, rows);
    }

    /// Lets the index take notice of what has changed.
    pub(crate) fn observe(&mut self, observer: &mut Observer<'_>) {
        observer.look("efs file_systems", &mut self.file_systems);
        observer.look("efs mount_targets", &mut self.mount_targets);
        observer.look("efs access_points", &mut self.access_points);
    }
}

pub fn fire(world: &mut World, place: &Place, event: Event) {
    let Event {
        kind,
        id,
        step,
        failed,
    } = event;
    match kind {
        Kind::FileSystem => file_systems::ended(world, place, &id, step, failed),
        Kind::MountTarget => mount_targets::ended(world, place, &id, step, failed),
        Kind::AccessPoint => access_points::ended(world, place, &id, step, failed),
        Kind::Replication => replications::ended(world, place, &id, step, failed),
    }
}

/// What EFS can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[
    ("CreateFileSystem", file_systems::calls::create_file_system),
    (
        "DescribeFileSystems",
        file_systems::calls::describe_file_systems,
    ),
    ("DeleteFileSystem", file_systems::calls::delete_file_system),
    (
        "CreateMountTarget",
        mount_targets::calls::create_mount_target,
    ),
    (
        "DescribeMountTargets",
        mount_targets::calls::describe_mount_targets,
    ),
    (
        "DeleteMountTarget",
        mount_targets::calls::delete_mount_target,
    ),
    (
        "DescribeMountTargetSecurityGroups",
        mount_targets::calls::describe_security_groups,
    ),
    (
        "ModifyMountTargetSecurityGroups",
        mount_targets::calls::modify_security_groups,
    ),
    (
        "CreateAccessPoint",
        access_points::calls::create_access_point,
    ),
    (
        "DescribeAccessPoints",
        access_points::calls::describe_access_points,
    ),
    (
        "DeleteAccessPoint",
        access_points::calls::delete_access_point,
    ),
    ("TagResource", tags::tag_resource),
    ("UntagResource", tags::untag_resource),
    ("ListTagsForResource", tags::list_tags_for_resource),
    ("PutFileSystemPolicy", policies::put_file_system_policy),
    (
        "DescribeFileSystemPolicy",
        policies::describe_file_system_policy,
    ),
    (
        "DeleteFileSystemPolicy",
        policies::delete_file_system_policy,
    ),
    ("PutBackupPolicy", backups::put),
    ("DescribeBackupPolicy", backups::describe),
    ("CreateReplicationConfiguration", replications::create),
    ("DescribeReplicationConfigurations", replications::describe),
    ("DeleteReplicationConfiguration", replications::delete),
];

/// Reads an input; what does not fit is a `BadRequest` here.
fn parse<T: DeserializeOwned>(input: &Input) -> Result<T, ServiceError> {
    input
        .parse()
        .map_err(|problem| bad_request(problem.message))
}

fn bad_request(message: impl Into<String>) -> ServiceError {
    ServiceError::new("BadRequest", message)
}

/// The body of a list: its items, the marker that was given and the one of the next page, where there is one.
fn listed(
    name: &str,
    items: Vec<Value>,
    markers: impl IntoIterator<Item = (&'static str, Option<String>)>,
) -> Value {
    let mut body = serde_json::Map::from_iter([(name.to_owned(), Value::Array(items))]);
    for (name, marker) in markers {
        if let Some(marker) = marker {
            body.insert(name.to_owned(), Value::String(marker));
        }
    }
    Value::Object(body)
}

/// The id of a volume out of an id or an ARN.
fn file_system_id(text: &str) -> Result<&str, ServiceError> {
    checked("file system", "fs-", text)
}

/// The id of an access point out of an id or an ARN.
fn access_point_id(text: &str) -> Result<&str, ServiceError> {
    checked("access point", "fsap-", text)
}

/// The id of a mount target.
fn mount_target_id(text: &str) -> Result<&str, ServiceError> {
    checked("mount target", "fsmt-", text)
}

/// The id of what has tags, out of an id or an ARN.
fn resource_id(text: &str) -> Result<&str, ServiceError> {
    if text.contains("fsap-") {
        access_point_id(text)
    } else {
        file_system_id(text)
    }
}

/// Ids are a prefix and 8 to 40 hexadecimal digits.
fn checked<'a>(what: &str, prefix: &str, text: &'a str) -> Result<&'a str, ServiceError> {
    let id = text.rsplit('/').next().unwrap_or(text);
    let hexadecimal = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
    let fits = id
        .strip_prefix(prefix)
        .is_some_and(|it| (8..=40).contains(&it.len()) && it.bytes().all(hexadecimal));
    if fits {
        return Ok(id);
    }
    Err(bad_request(format!("invalid {what} ID: {text}")))
}

/// A member whose text has at least one character and at most so many.
fn check_length(member: &str, text: &str, most: usize) -> Result<(), ServiceError> {
    if (1..=most).contains(&text.chars().count()) {
        return Ok(());
    }
    Err(bad_request(format!(
        "{member} must have between 1 and {most} characters"
    )))
}

/// The page that was asked for: more than 100 counts as 100.
fn page_size(world: &World, asked: Option<usize>) -> Result<usize, ServiceError> {
    if asked == Some(0) {
        return Err(bad_request("A page has at least one item"));
    }
    Ok(world.page_size(asked, 100).min(100))
}
