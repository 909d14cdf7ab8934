//! `AWS::SageMaker::UserProfile`, whose physical id is `DOMAIN|NAME`.

use serde_json::{Value, json};

use super::{deletion, progress, refused, refused_deletion, with_stack_tags};
use crate::cloudformation::resource::{Failure, Progress, Request, ResourceType};
use crate::error::ServiceError;
use crate::sagemaker::profiles::{self, CreateUserProfile, KIND};
use crate::sagemaker::record::Record;
use crate::sagemaker::requests;
use crate::sagemaker::shape::Reading;
use crate::world::{Place, World};

pub(crate) struct UserProfile;

fn properties(properties: &Value) -> Result<CreateUserProfile, ServiceError> {
    requests::parse(properties, requests::CREATE_USER_PROFILE, Reading::Coercing)
}

/// Domain and name out of `DOMAIN|NAME`.
pub(super) fn parts(id: &str) -> (&str, &str) {
    id.split_once('|').unwrap_or((id, ""))
}

fn record(world: &mut World, place: &Place, id: &str) -> Option<Record> {
    let (domain, name) = parts(id);
    profiles::find(world, place, domain, name)
        .ok()
        .map(|profile| profile.record.clone())
}

impl ResourceType for UserProfile {
    fn name(&self) -> &'static str {
        KIND
    }

    fn create_only(&self) -> &'static [&'static str] {
        &[
            "DomainId",
            "UserProfileName",
            "SingleSignOnUserIdentifier",
            "SingleSignOnUserValue",
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
        let id = format!("{}|{}", text("DomainId")?, text("UserProfileName")?);
        record(world, place, &id).map(|_| id)
    }

    fn create(&self, world: &mut World, request: &Request<'_>) -> Result<String, Failure> {
        let place = request.place;
        let created = properties(request.properties).and_then(|mut input| {
            input.tags = with_stack_tags(request, input.tags);
            let id = format!("{}|{}", input.domain_id, input.user_profile_name);
            profiles::create(world, place, input).map(|_| id)
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
        let (place, (domain, name)) = (request.place, parts(id));
        let updated = properties(request.properties).and_then(|new| {
            profiles::update(world, place, domain, name, new.user_settings.as_ref())
        });
        updated
            .map(drop)
            .map_err(|error| refused(world, place, &error, "ResourceConflict"))
    }

    fn delete(&self, world: &mut World, place: &Place, id: &str, _properties: &Value) -> Progress {
        let (domain, name) = parts(id);
        match profiles::delete(world, place, domain, name) {
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
        let record = record(world, place, id).filter(|_| name == "UserProfileArn")?;
        Some(json!(record.arn))
    }

    fn has_attribute(&self, name: &str) -> bool {
        name == "UserProfileArn"
    }
}
