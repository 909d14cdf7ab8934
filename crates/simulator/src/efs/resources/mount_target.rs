//! `AWS::EFS::MountTarget`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{deleting, deletion, progress, read, refused};
use crate::cloudformation::resource::{Failure, Progress, Request, ResourceType};
use crate::efs::life::{Kind, LifeCycle};
use crate::efs::mount_targets;
use crate::error::ServiceError;
use crate::world::{Place, World};

pub(crate) struct MountTarget;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    file_system_id: String,
    subnet_id: String,
    security_groups: Vec<String>,
}

fn create(world: &mut World, request: &Request<'_>) -> Result<String, ServiceError> {
    let given: Properties = read(request.properties)?;
    let (name, groups) = (request.mint_name(), &given.security_groups);
    mount_targets::create(
        world,
        request.place,
        &name,
        &given.file_system_id,
        &given.subnet_id,
        groups,
    )
}

fn update(world: &mut World, id: &str, request: &Request<'_>) -> Result<(), ServiceError> {
    let given: Properties = read(request.properties)?;
    mount_targets::set_groups(world, request.place, id, given.security_groups)
}

fn state(world: &mut World, place: &Place, id: &str) -> Result<LifeCycle, ServiceError> {
    mount_targets::find(world, place, id).map(|target| target.state)
}

impl ResourceType for MountTarget {
    fn name(&self) -> &'static str {
        Kind::MountTarget.name()
    }

    fn create_only(&self) -> &'static [&'static str] {
        &["FileSystemId", "SubnetId"]
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
        let started = mount_targets::delete(world, place, id);
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

    fn attribute(&self, world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        match name {
            "Id" => Some(json!(id)),
            "IpAddress" => mount_targets::find(world, place, id)
                .ok()?
                .address
                .clone()
                .map(Value::String),
            _ => None,
        }
    }

    fn has_attribute(&self, name: &str) -> bool {
        ["Id", "IpAddress"].contains(&name)
    }
}
