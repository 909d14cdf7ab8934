//! `AWS::EFS::AccessPoint`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{all_tags, deleting, deletion, progress, read, refused};
use crate::cloudformation::resource::{Failure, Progress, Request, ResourceType};
use crate::efs::access_points::{self, NewAccessPoint, PosixUser, RootDirectory};
use crate::efs::life::{Kind, LifeCycle};
use crate::efs::tags;
use crate::error::ServiceError;
use crate::wire::tags::Tag;
use crate::world::{Place, World};

pub(crate) struct AccessPoint;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    file_system_id: String,
    client_token: Option<String>,
    posix_user: Option<PosixUser>,
    #[serde(default)]
    root_directory: RootDirectory,
    #[serde(default)]
    access_point_tags: Vec<Tag>,
}

fn create(world: &mut World, request: &Request<'_>) -> Result<String, ServiceError> {
    let given: Properties = read(request.properties)?;
    let name = request.mint_name();
    let drawn = world.mint_uuid(request.place, Kind::AccessPoint.name(), &name);
    let new = NewAccessPoint {
        name,
        client_token: given.client_token.unwrap_or(drawn),
        file_system_id: given.file_system_id,
        posix_user: given.posix_user,
        root_directory: given.root_directory,
        tags: all_tags(request, given.access_point_tags)?,
    };
    access_points::create(world, request.place, new)
}

fn update(world: &mut World, id: &str, request: &Request<'_>) -> Result<(), ServiceError> {
    let given: Properties = read(request.properties)?;
    let all = all_tags(request, given.access_point_tags)?;
    tags::change(world, request.place, id, |tags| *tags = all)
}

fn state(world: &mut World, place: &Place, id: &str) -> Result<LifeCycle, ServiceError> {
    access_points::find(world, place, id).map(|point| point.state)
}

impl ResourceType for AccessPoint {
    fn name(&self) -> &'static str {
        Kind::AccessPoint.name()
    }

    fn create_only(&self) -> &'static [&'static str] {
        &["ClientToken", "FileSystemId", "PosixUser", "RootDirectory"]
    }

    fn tags_property(&self) -> Option<&'static str> {
        Some("AccessPointTags")
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
        let started = access_points::delete(world, place, id);
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
            "AccessPointId" => Some(json!(id)),
            "Arn" => Some(json!(access_points::arn(place, id))),
            _ => None,
        }
    }

    fn has_attribute(&self, name: &str) -> bool {
        ["AccessPointId", "Arn"].contains(&name)
    }
}
