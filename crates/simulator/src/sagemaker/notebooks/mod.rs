//! Notebook instances. One that is in a subnet has a network interface there, which goes with Delete and not with Stop, and
//! so does the volume with its data (section 2.2 of the notes on AWS's behaviour, operators' notes, item 39).

pub(super) mod calls;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::Entity;
use super::instances::{self, Instances};
use super::life::{self, Step, Subject};
use super::record::{Record, Status, object};
use super::refusals::validation;
use super::state;
use crate::ec2::interfaces::{self, NewAttachment, NewInterface};
use crate::error::ServiceError;
use crate::index::Document;
use crate::quotas::Usage;
use crate::row::Row;
use crate::world::{Place, World};

pub(super) const KIND: &str = "AWS::SageMaker::NotebookInstance";

/// A notebook instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct NotebookInstance {
    pub(in crate::sagemaker) record: Record,
    name: String,
    instance_type: String,
    subnet_id: Option<String>,
    security_groups: Vec<String>,
    role: String,
    kms_key_id: Option<String>,
    direct_internet_access: String,
    volume_size: u32,
    root_access: String,
    platform: String,
    lifecycle_config: Option<String>,
    interface_id: Option<String>,
    /// Why it is going to fail.
    problem: Option<String>,
}

impl NotebookInstance {
    /// It has an instance; one that is stopped has none.
    fn runs(&self) -> bool {
        let statuses = [Status::Pending, Status::InService, Status::Stopping];
        statuses.contains(&self.record.status)
    }

    fn url(&self) -> Value {
        if self.record.status != Status::InService {
            return Value::Null;
        }
        let region = self.record.arn.split(':').nth(3).unwrap_or_default();
        json!(format!("{}.notebook.{region}.sagemaker.aws", self.name))
    }

    fn summary(&self) -> Value {
        let [created, modified] = self.record.times();
        object([
            ("NotebookInstanceName", json!(self.name)),
            ("NotebookInstanceArn", json!(self.record.arn)),
            ("NotebookInstanceStatus", json!(self.record.status)),
            ("Url", self.url()),
            ("InstanceType", json!(self.instance_type)),
            created,
            modified,
            (
                "NotebookInstanceLifecycleConfigName",
                json!(self.lifecycle_config),
            ),
        ])
    }

    fn show(&self) -> Value {
        let groups = (!self.security_groups.is_empty()).then_some(&self.security_groups);
        let besides = object([
            ("SubnetId", json!(self.subnet_id)),
            ("SecurityGroups", json!(groups)),
            ("RoleArn", json!(self.role)),
            ("KmsKeyId", json!(self.kms_key_id)),
            ("NetworkInterfaceId", json!(self.interface_id)),
            ("DirectInternetAccess", json!(self.direct_internet_access)),
            ("VolumeSizeInGB", json!(self.volume_size)),
            ("RootAccess", json!(self.root_access)),
            ("PlatformIdentifier", json!(self.platform)),
            self.record.failure(),
        ]);
        let mut shown = self.summary();
        for (name, value) in besides.as_object().into_iter().flatten() {
            shown[name.as_str()] = value.clone();
        }
        shown
    }
}

impl Document for NotebookInstance {}

impl Entity for NotebookInstance {
    fn record(&self) -> &Record {
        &self.record
    }

    fn row(&self) -> Row {
        self.record.row(KIND, self.name.clone(), None)
    }
}

fn arn(place: &Place, name: &str) -> String {
    let name = name.to_lowercase();
    place.arn("sagemaker", &format!("notebook-instance/{name}"))
}

/// The notebook instance, or `RecordNotFound`, which is a text and not a code.
fn find<'a>(
    world: &'a mut World,
    place: &Place,
    name: &str,
) -> Result<&'a mut NotebookInstance, ServiceError> {
    let found = state(world, place).notebooks.get_mut(name);
    found.ok_or_else(|| validation("RecordNotFound"))
}

/// Refuses one more running instance of a type than there may be (section 8).
fn check_quota(world: &mut World, place: &Place, instance_type: &str) -> Result<(), ServiceError> {
    let notebooks = state(world, place).notebooks.values();
    let running = notebooks.filter(|notebook| notebook.runs());
    let used = instances::sum(running.map(|notebook| (notebook.instance_type.clone(), 1)));
    let more = Instances::from([(instance_type.to_owned(), 1)]);
    instances::check(world, Usage::Notebook, &used, &more)
}

/// Starts a new instance, with its interface if it is in a subnet.
fn create(world: &mut World, place: &Place, mut notebook: NotebookInstance) {
    let name = notebook.name.clone();
    match interface(world, place, &notebook).transpose() {
        Ok(id) => notebook.interface_id = id,
        Err(error) => notebook.problem = Some(error.message),
    }
    state(world, place).notebooks.insert(name.clone(), notebook);
    let subject = Subject::NotebookInstance(name);
    life::begin(world, place, subject, Step::Creation);
}

/// Its interface is made by SageMaker in a session of the service-linked role.
fn interface(
    world: &mut World,
    place: &Place,
    notebook: &NotebookInstance,
) -> Option<Result<String, ServiceError>> {
    let subnet_id = notebook.subnet_id.clone()?;
    let arn = &notebook.record.arn;
    let new = NewInterface {
        name: format!("notebook/{}", notebook.name),
        subnet_id,
        groups: notebook.security_groups.clone(),
        description: format!(
            "[Do not delete] Network Interface created to access resources in your VPC for SageMaker Notebook Instance \
             {arn}"
        ),
        interface_type: "interface".to_owned(),
        requester_id: super::apps::interface::requester(world, place),
        requester_managed: world.switches.app_interfaces_requester_managed,
        attachment: Some(NewAttachment {
            service_owned: true,
        }),
        tags: BTreeMap::new(),
        owner: Some(notebook.name.clone()),
    };
    Some(interfaces::create(world, place, new))
}

/// Begins a step, from one of these statuses.
fn begin(
    world: &mut World,
    place: &Place,
    name: &str,
    step: Step,
    from: &[Status],
    to: Status,
) -> Result<(), ServiceError> {
    let now = world.now();
    let notebook = find(world, place, name)?;
    let status = notebook.record.status;
    if !from.contains(&status) {
        let from: Vec<&str> = from.iter().map(|status| status.word()).collect();
        return Err(validation(format!(
            "Status ({}) not in ([{}]). Unable to transition to ({}) for Notebook Instance ({})",
            status.word(),
            from.join(", "),
            to.word(),
            notebook.record.arn
        )));
    }
    notebook.record.turn(to, None, now);
    let subject = Subject::NotebookInstance(name.to_owned());
    life::begin(world, place, subject, step);
    Ok(())
}

/// A step has ended.
pub(super) fn ended(
    world: &mut World,
    place: &Place,
    name: &str,
    step: Step,
    failure: Option<String>,
) {
    let now = world.now();
    let Ok(notebook) = find(world, place, name) else {
        return;
    };
    let problem = notebook.problem.take();
    let failure = failure.or(problem);
    if step == Step::Deletion && failure.is_none() {
        let interface_id = notebook.interface_id.take();
        state(world, place).notebooks.remove(name);
        let released = interface_id.into_iter().collect();
        life::release_all_later(world, place, "notebook interface tail", released);
        return;
    }
    let status = match (step, failure.is_some()) {
        (_, true) => Status::Failed,
        (Step::Stop | Step::Update, false) => Status::Stopped,
        (_, false) => Status::InService,
    };
    notebook.record.turn(status, failure, now);
}

#[cfg(test)]
mod tests;
