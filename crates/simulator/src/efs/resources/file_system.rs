//! `AWS::EFS::FileSystem`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{all_tags, deleting, deletion, progress, read, refused};
use crate::cloudformation::resource::{Failure, Progress, Request, ResourceType};
use crate::efs::file_systems::{self, NewFileSystem};
use crate::efs::life::{Kind, LifeCycle};
use crate::efs::{backups, policies, tags};
use crate::error::ServiceError;
use crate::wire::tags::Tag;
use crate::world::{Place, World};

pub(crate) struct FileSystem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    #[serde(default)]
    encrypted: bool,
    kms_key_id: Option<String>,
    performance_mode: Option<String>,
    throughput_mode: Option<String>,
    provisioned_throughput_in_mibps: Option<f64>,
    #[serde(default)]
    file_system_tags: Vec<Tag>,
    file_system_policy: Option<Value>,
    availability_zone_name: Option<String>,
    backup_policy: Option<backups::Policy>,
    #[serde(rename = "BypassPolicyLockoutSafetyCheck")]
    _bypass: Option<bool>,
}

fn create(world: &mut World, request: &Request<'_>) -> Result<String, ServiceError> {
    let given: Properties = read(request.properties)?;
    let name = request.mint_name();
    let new = NewFileSystem {
        creation_token: world.mint_uuid(request.place, Kind::FileSystem.name(), &name),
        name,
        encrypted: given.encrypted,
        kms_key_id: given.kms_key_id,
        performance_mode: given.performance_mode,
        throughput_mode: given.throughput_mode,
        provisioned_throughput: given.provisioned_throughput_in_mibps,
        tags: all_tags(request, given.file_system_tags)?,
        owner: None,
    };
    let zone = given.availability_zone_name.as_deref();
    let id = file_systems::create_in(world, request.place, new, zone)?;
    let backup = given.backup_policy.map(|policy| policy.status);
    backups::set(world, request.place, &id, backup)?;
    let policy = given.file_system_policy.map(|policy| policy.to_string());
    policies::put(world, request.place, &id, policy)?;
    Ok(id)
}

fn update(world: &mut World, id: &str, request: &Request<'_>) -> Result<(), ServiceError> {
    let given: Properties = read(request.properties)?;
    let all = all_tags(request, given.file_system_tags)?;
    tags::change(world, request.place, id, |tags| *tags = all)?;
    let policy = given.file_system_policy.map(|policy| policy.to_string());
    policies::put(world, request.place, id, policy)?;
    let backup = given.backup_policy.map(|policy| policy.status);
    backups::set(world, request.place, id, backup)?;
    let (mode, rate) = (given.throughput_mode, given.provisioned_throughput_in_mibps);
    file_systems::set_throughput(world, request.place, id, mode, rate)
}

fn state(world: &mut World, place: &Place, id: &str) -> Result<LifeCycle, ServiceError> {
    file_systems::find(world, place, id).map(|volume| volume.state)
}

impl ResourceType for FileSystem {
    fn name(&self) -> &'static str {
        Kind::FileSystem.name()
    }

    fn create_only(&self) -> &'static [&'static str] {
        &[
            "AvailabilityZoneName",
            "Encrypted",
            "KmsKeyId",
            "PerformanceMode",
        ]
    }

    fn tags_property(&self) -> Option<&'static str> {
        Some("FileSystemTags")
    }

    fn check(&self, properties: &Value) -> Result<(), String> {
        read::<Properties>(properties)
            .map(drop)
            .map_err(|error| error.message)
    }

    fn create(&self, world: &mut World, request: &Request<'_>) -> Result<String, Failure> {
        create(world, request).map_err(|error| refused(world, request.place, &error))
    }

    fn progress(&self, world: &mut World, place: &Place, id: &str) -> Progress {
        progress(self.name(), id, state(world, place, id))
    }

    fn update(
        &self,
        world: &mut World,
        id: &str,
        _old: &Value,
        request: &Request<'_>,
    ) -> Result<(), Failure> {
        update(world, id, request).map_err(|error| refused(world, request.place, &error))
    }

    fn delete(&self, world: &mut World, place: &Place, id: &str, _properties: &Value) -> Progress {
        let started = file_systems::delete(world, place, id);
        deleting(world, place, started)
    }

    fn deletion(
        &self,
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: &Value,
    ) -> Progress {
        deletion(self.name(), id, &state(world, place, id))
    }

    fn attribute(&self, _world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        match name {
            "Arn" => Some(json!(file_systems::arn(place, id))),
            "FileSystemId" => Some(json!(id)),
            _ => None,
        }
    }

    fn has_attribute(&self, name: &str) -> bool {
        ["Arn", "FileSystemId"].contains(&name)
    }
}
