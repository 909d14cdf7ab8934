//! `AWS::SageMaker::Space`, whose physical id is `DOMAIN|NAME`.

use serde_json::{Value, json};

use super::user_profile::parts;
use super::{deletion, progress, refused, refused_deletion, with_stack_tags};
use crate::cloudformation::resource::{Failure, Progress, Request, ResourceType};
use crate::error::ServiceError;
use crate::sagemaker::record::Record;
use crate::sagemaker::requests;
use crate::sagemaker::shape::Reading;
use crate::sagemaker::spaces::{self, CreateSpace, KIND};
use crate::world::{Place, World};

pub(crate) struct Space;

fn properties(properties: &Value) -> Result<CreateSpace, ServiceError> {
    requests::parse(properties, requests::CREATE_SPACE, Reading::Coercing)
}

fn record(world: &mut World, place: &Place, id: &str) -> Option<Record> {
    let (domain, name) = parts(id);
    spaces::find(world, place, domain, name)
        .ok()
        .map(|space| space.record.clone())
}

impl ResourceType for Space {
    fn name(&self) -> &'static str {
        KIND
    }

    fn create_only(&self) -> &'static [&'static str] {
        &[
            "DomainId",
            "SpaceName",
            "OwnershipSettings",
            "SpaceSharingSettings",
            "Tags",
        ]
    }

    fn tags_property(&self) -> Option<&'static str> {
        Some("Tags")
    }

    fn check(&self, given: &Value) -> Result<(), String> {
        properties(given).map(|_| ()).map_err(|error| error.message)
    }

    fn taken(&self, world: &mut World, place: &Place, properties: &Value) -> Option<String> {
        let text = |name: &str| properties.get(name).and_then(Value::as_str);
        let id = format!("{}|{}", text("DomainId")?, text("SpaceName")?);
        record(world, place, &id).map(|_| id)
    }

    fn create(&self, world: &mut World, request: &Request<'_>) -> Result<String, Failure> {
        let place = request.place;
        let created = properties(request.properties).and_then(|mut input| {
            input.tags = with_stack_tags(request, input.tags);
            let id = format!("{}|{}", input.domain_id, input.space_name);
            spaces::create(world, place, input).map(|_| id)
        });
        created.map_err(|error| refused(world, place, &error, "AlreadyExists"))
    }

    fn progress(&self, world: &mut World, place: &Place, id: &str) -> Progress {
        let record = record(world, place, id);
        progress(KIND, id, record.as_ref())
    }

    fn update(
        &self,
        world: &mut World,
        id: &str,
        _old: &Value,
        request: &Request<'_>,
    ) -> Result<(), Failure> {
        let place = request.place;
        let updated = properties(request.properties).and_then(|new| {
            let settings = new.space_settings.as_ref();
            spaces::update(world, place, parts(id), settings, new.space_display_name)
        });
        updated
            .map(drop)
            .map_err(|error| refused(world, place, &error, "ResourceConflict"))
    }

    fn delete(&self, world: &mut World, place: &Place, id: &str, _properties: &Value) -> Progress {
        let (domain, name) = parts(id);
        match spaces::delete(world, place, domain, name) {
            Ok(()) => Progress::Working,
            Err(error) => refused_deletion(world, place, &error),
        }
    }

    fn deletion(
        &self,
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: &Value,
    ) -> Progress {
        let record = record(world, place, id);
        deletion(KIND, id, record.as_ref())
    }

    fn attribute(&self, world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        let record = record(world, place, id)?;
        let (domain, space) = parts(id);
        match name {
            "SpaceArn" => Some(json!(record.arn)),
            "Url" => spaces::url(world, place, domain, space)
                .ok()
                .map(Value::String),
            _ => None,
        }
    }

    fn has_attribute(&self, name: &str) -> bool {
        ["SpaceArn", "Url"].contains(&name)
    }
}
