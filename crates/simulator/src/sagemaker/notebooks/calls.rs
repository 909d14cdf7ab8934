//! The calls about notebook instances.

use serde::Deserialize;
use serde_json::json;

use super::{NotebookInstance, arn, begin, check_quota, create, find};
use crate::ec2::{groups, subnets};
use crate::error::ServiceError;
use crate::instance_types;
use crate::sagemaker::life::Step;
use crate::sagemaker::lists::{self, ListByStatus};
use crate::sagemaker::record::{Record, Status};
use crate::sagemaker::refusals::{check_name, check_one_of, check_role, validation};
use crate::sagemaker::tags;
use crate::sagemaker::views::listed;
use crate::wire::tags::Tag;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

const STATUSES: &[Status] = &[
    Status::Pending,
    Status::InService,
    Status::Stopping,
    Status::Stopped,
    Status::Failed,
    Status::Deleting,
    Status::Updating,
];

const SWITCH: &[&str] = &["Enabled", "Disabled"];

const PLATFORMS: &[&str] = &[
    "notebook-al1-v1",
    "notebook-al2-v1",
    "notebook-al2-v2",
    "notebook-al2-v3",
    "notebook-al2023-v1",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateNotebookInstance {
    notebook_instance_name: String,
    instance_type: String,
    subnet_id: Option<String>,
    #[serde(default)]
    security_group_ids: Vec<String>,
    role_arn: String,
    kms_key_id: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    lifecycle_config_name: Option<String>,
    direct_internet_access: Option<String>,
    #[serde(rename = "VolumeSizeInGB")]
    volume_size: Option<u32>,
    root_access: Option<String>,
    platform_identifier: Option<String>,
}

/// `ml.t3.medium`.
fn check_instance_type(name: &str) -> Result<(), ServiceError> {
    check_one_of("instanceType", name, instance_types::NOTEBOOK)
}

fn check_volume(size: u32) -> Result<(), ServiceError> {
    if (5..=16_384).contains(&size) {
        return Ok(());
    }
    Err(validation(format!(
        "1 validation error detected: Value '{size}' at 'volumeSizeInGB' failed to satisfy constraint: Member must be \
         between 5 and 16384"
    )))
}

impl CreateNotebookInstance {
    fn check(&self, call: &mut Call<'_>) -> Result<(), ServiceError> {
        check_name("notebookInstanceName", &self.notebook_instance_name)?;
        check_instance_type(&self.instance_type)?;
        check_volume(self.volume_size.unwrap_or(5))?;
        for (member, value) in [
            ("directInternetAccess", &self.direct_internet_access),
            ("rootAccess", &self.root_access),
        ] {
            check_one_of(member, value.as_deref().unwrap_or("Enabled"), SWITCH)?;
        }
        if let Some(platform) = &self.platform_identifier {
            check_one_of("platformIdentifier", platform, PLATFORMS)?;
        }
        if self.lifecycle_config_name.is_some() {
            return Err(validation("There is no such notebook lifecycle config."));
        }
        check_role(call.world, &call.place.account, &self.role_arn)?;
        self.check_network(call)?;
        check_quota(call.world, &call.place, &self.instance_type)
    }

    fn check_network(&self, call: &mut Call<'_>) -> Result<(), ServiceError> {
        let groups = &self.security_group_ids;
        let Some(subnet) = &self.subnet_id else {
            let closed = self.direct_internet_access.as_deref() == Some("Disabled");
            if closed || !groups.is_empty() {
                return Err(validation(
                    "SecurityGroupIds and DirectInternetAccess=Disabled need a SubnetId.",
                ));
            }
            return Ok(());
        };
        if !(1..=5).contains(&groups.len()) {
            return Err(validation("A SubnetId needs 1 to 5 SecurityGroupIds."));
        }
        let (world, place) = (&mut *call.world, &call.place);
        if subnets::find(world, place, subnet).is_none() {
            return Err(validation(format!(
                "The subnet ID '{subnet}' does not exist"
            )));
        }
        match groups.iter().find(|id| !groups::exists(world, place, id)) {
            Some(id) => Err(validation(format!(
                "The security group '{id}' does not exist"
            ))),
            None => Ok(()),
        }
    }
}

pub(in crate::sagemaker) fn create_notebook_instance(
    call: &mut Call<'_>,
    input: &Input,
) -> Answered {
    let input: CreateNotebookInstance = input.parse()?;
    let arn = arn(&call.place, &input.notebook_instance_name);
    if find(call.world, &call.place, &input.notebook_instance_name).is_ok() {
        return Err(validation(format!(
            "Cannot create a duplicate Notebook Instance ({arn})"
        )));
    }
    input.check(call)?;
    let tags = tags::read(input.tags)?;
    let or = |given: Option<String>, default: &str| given.unwrap_or_else(|| default.to_owned());
    let notebook = NotebookInstance {
        record: Record::new(arn.clone(), tags, Status::Pending, call.world.now()),
        name: input.notebook_instance_name,
        instance_type: input.instance_type,
        subnet_id: input.subnet_id,
        security_groups: input.security_group_ids,
        role: input.role_arn,
        kms_key_id: input.kms_key_id,
        direct_internet_access: or(input.direct_internet_access, "Enabled"),
        volume_size: input.volume_size.unwrap_or(5),
        root_access: or(input.root_access, "Enabled"),
        platform: or(input.platform_identifier, "notebook-al2-v3"),
        lifecycle_config: None,
        interface_id: None,
        problem: None,
    };
    create(call.world, &call.place, notebook);
    call.touch(&arn);
    Ok(Output::Json(json!({"NotebookInstanceArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneNotebook {
    #[serde(rename = "NotebookInstanceName")]
    name: String,
}

pub(in crate::sagemaker) fn describe_notebook_instance(
    call: &mut Call<'_>,
    input: &Input,
) -> Answered {
    let input: OneNotebook = input.parse()?;
    let notebook = find(call.world, &call.place, &input.name)?;
    Ok(Output::Json(notebook.show()))
}

fn step(call: &mut Call<'_>, input: &Input, step: Step, from: &[Status], to: Status) -> Answered {
    let input: OneNotebook = input.parse()?;
    begin(call.world, &call.place, &input.name, step, from, to)?;
    Ok(Output::Json(json!({})))
}

const AT_REST: &[Status] = &[Status::Stopped, Status::Failed];

pub(in crate::sagemaker) fn start_notebook_instance(
    call: &mut Call<'_>,
    input: &Input,
) -> Answered {
    let one: OneNotebook = input.parse()?;
    let notebook = find(call.world, &call.place, &one.name)?.clone();
    if AT_REST.contains(&notebook.record.status) {
        check_quota(call.world, &call.place, &notebook.instance_type)?;
    }
    step(call, input, Step::Start, AT_REST, Status::Pending)
}

pub(in crate::sagemaker) fn stop_notebook_instance(call: &mut Call<'_>, input: &Input) -> Answered {
    let from = &[Status::InService];
    step(call, input, Step::Stop, from, Status::Stopping)
}

pub(in crate::sagemaker) fn delete_notebook_instance(
    call: &mut Call<'_>,
    input: &Input,
) -> Answered {
    step(call, input, Step::Deletion, AT_REST, Status::Deleting)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UpdateNotebookInstance {
    notebook_instance_name: String,
    instance_type: Option<String>,
    role_arn: Option<String>,
    #[serde(rename = "VolumeSizeInGB")]
    volume_size: Option<u32>,
}

pub(in crate::sagemaker) fn update_notebook_instance(
    call: &mut Call<'_>,
    input: &Input,
) -> Answered {
    let input: UpdateNotebookInstance = input.parse()?;
    if let Some(instance_type) = &input.instance_type {
        check_instance_type(instance_type)?;
    }
    if let Some(role) = &input.role_arn {
        check_role(call.world, &call.place.account, role)?;
    }
    let name = &input.notebook_instance_name;
    let known = find(call.world, &call.place, name)?;
    if let Some(size) = input.volume_size {
        check_volume(size)?;
        if size < known.volume_size {
            return Err(validation("The size of a volume cannot be decreased."));
        }
    }
    let (world, place) = (&mut *call.world, &call.place);
    begin(world, place, name, Step::Update, AT_REST, Status::Updating)?;
    let notebook = find(world, place, name)?;
    if let Some(instance_type) = input.instance_type {
        notebook.instance_type = instance_type;
    }
    if let Some(role) = input.role_arn {
        notebook.role = role;
    }
    notebook.volume_size = input.volume_size.unwrap_or(notebook.volume_size);
    Ok(Output::Json(json!({})))
}

pub(in crate::sagemaker) fn list_notebook_instances(
    call: &mut Call<'_>,
    input: &Input,
) -> Answered {
    let (input, []) = ListByStatus::read(input, [])?;
    let asked = input.asked()?;
    input.check_status(STATUSES)?;
    let notebooks = listed(call, |it| (&it.views.notebooks, &it.notebooks));
    let notebooks = notebooks.filter(|notebook| input.wants(&notebook.name, &notebook.record));
    let items = notebooks
        .map(|notebook| asked.item(&notebook.record, &notebook.name, notebook.summary()))
        .collect();
    lists::answer(call, "NotebookInstances", items, &asked)
}
