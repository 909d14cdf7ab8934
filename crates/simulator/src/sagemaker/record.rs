//! What everything in SageMaker has: an ARN, tags, a status and times.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::index::{Document, Indexed};
use crate::row::{Row, Scope};
use crate::time::SimTime;

/// The statuses of section 1.1, and those of jobs, notebook instances, schedules, pipelines and what is managed. Models
/// and endpoint configs have none and stay `InService`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Status {
    /// Domains, profiles, spaces and apps.
    Pending,
    /// Endpoints and inference components.
    Creating,
    InService,
    Updating,
    Deleting,
    /// Apps only: they stay listed for a day.
    Deleted,
    Failed,
    /// An endpoint under maintenance, which nobody asked for.
    SystemUpdating,
    RollingBack,
    OutOfService,
    UpdateRollbackFailed,
    /// Jobs.
    InProgress,
    Completed,
    /// Jobs, notebook instances and executions of pipelines.
    Stopping,
    Stopped,
    /// Monitoring schedules.
    Scheduled,
    /// Executions of pipelines.
    Executing,
    Succeeded,
    /// Pipelines.
    Active,
    #[serde(rename = "Update_Failed")]
    UpdateFailed,
    #[serde(rename = "Delete_Failed")]
    DeleteFailed,
    /// Feature groups, and what MLflow runs on.
    Created,
    CreateFailed,
    #[serde(rename = "DeleteFailed")]
    DeletionFailed,
}

impl Status {
    /// As it is on the wire.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::Pending => "Pending",
            Status::Creating => "Creating",
            Status::InService => "InService",
            Status::Updating => "Updating",
            Status::Deleting => "Deleting",
            Status::Deleted => "Deleted",
            Status::Failed => "Failed",
            Status::SystemUpdating => "SystemUpdating",
            Status::RollingBack => "RollingBack",
            Status::OutOfService => "OutOfService",
            Status::UpdateRollbackFailed => "UpdateRollbackFailed",
            Status::InProgress => "InProgress",
            Status::Completed => "Completed",
            Status::Stopping => "Stopping",
            Status::Stopped => "Stopped",
            Status::Scheduled => "Scheduled",
            Status::Executing => "Executing",
            Status::Succeeded => "Succeeded",
            Status::Active => "Active",
            Status::UpdateFailed => "Update_Failed",
            Status::DeleteFailed => "Delete_Failed",
            Status::Created => "Created",
            Status::CreateFailed => "CreateFailed",
            Status::DeletionFailed => "DeleteFailed",
        }
    }

    /// Something is at work, which has to end first.
    pub(crate) fn busy(self) -> bool {
        matches!(
            self,
            Status::Pending
                | Status::Creating
                | Status::Updating
                | Status::Deleting
                | Status::SystemUpdating
                | Status::RollingBack
                | Status::InProgress
                | Status::Stopping
                | Status::Executing
        )
    }
}

/// The common part of every entity.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) arn: String,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) status: Status,
    pub(crate) failure_reason: Option<String>,
    pub(crate) created: SimTime,
    pub(crate) modified: SimTime,
    pub(crate) revision: u64,
}

impl Record {
    pub(super) fn new(
        arn: String,
        tags: BTreeMap<String, String>,
        status: Status,
        now: SimTime,
    ) -> Self {
        Self {
            arn,
            tags,
            status,
            failure_reason: None,
            created: now,
            modified: now,
            revision: 1,
        }
    }

    /// Passes into another status.
    pub(super) fn turn(&mut self, status: Status, failure_reason: Option<String>, now: SimTime) {
        self.status = status;
        self.failure_reason = failure_reason;
        self.modified = now;
        self.revision += 1;
    }

    /// As the index looks at it.
    pub(super) fn indexed<'a>(&'a self, document: Option<&'a dyn Document>) -> Indexed<'a> {
        Indexed {
            arn: &self.arn,
            revision: self.revision,
            tags: &self.tags,
            document,
        }
    }

    pub(super) fn row(&self, kind: &str, id: String, parent: Option<String>) -> Row {
        Row {
            kind: kind.to_owned(),
            id,
            arn: self.arn.clone(),
            status: self.status.word().to_owned(),
            tags: self.tags.clone(),
            stack: None,
            parent,
            revision: self.revision,
            scope: Scope::Environment,
        }
    }

    /// The two times of it, for a list or a description.
    pub(super) fn times(&self) -> [(&'static str, Value); 2] {
        [
            ("CreationTime", json!(self.created.epoch_seconds())),
            ("LastModifiedTime", json!(self.modified.epoch_seconds())),
        ]
    }

    /// Why it failed, if it did. What will come of a step that is at work is not told before its end.
    pub(super) fn failure(&self) -> (&'static str, Value) {
        let reason = self.failure_reason.as_ref().filter(|_| !self.status.busy());
        ("FailureReason", json!(reason))
    }
}

/// An object of the members that have a value.
pub(super) fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let members = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(
        members
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<Map<_, _>>(),
    )
}
