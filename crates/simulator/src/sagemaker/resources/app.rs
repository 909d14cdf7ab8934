//! `AWS::SageMaker::App`: apps of profiles only, of which Studio Classic's can no longer be created (section 3.8). The
//! physical id is `NAME|TYPE|DOMAIN|PROFILE`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{deletion, progress, refused, refused_deletion, with_stack_tags};
use crate::cloudformation::resource::{Failure, Progress, Request, ResourceType};
use crate::error::ServiceError;
use crate::sagemaker::apps::{self, KIND, NewApp, Owner};
use crate::sagemaker::record::{Record, Status};
use crate::sagemaker::shape::Reading;
use crate::sagemaker::{requests, tags};
use crate::wire::tags::Tag;
use crate::world::{Place, World};

pub(crate) struct App;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    app_name: String,
    app_type: String,
    domain_id: String,
    user_profile_name: String,
    resource_spec: Option<Value>,
    #[serde(default)]
    tags: Vec<Tag>,
}

fn properties(properties: &Value) -> Result<Properties, ServiceError> {
    requests::parse(properties, requests::APP_PROPERTIES, Reading::Coercing)
}

/// The key of the app out of its physical id.
fn key(id: &str) -> String {
    let parts: Vec<&str> = id.split('|').collect();
    match parts[..] {
        [name, kind, domain, profile] => format!("{domain}/{profile}/{kind}/{name}"),
        _ => id.to_owned(),
    }
}

fn record(world: &mut World, place: &Place, id: &str) -> Option<Record> {
    apps::find(world, place, &key(id))
        .ok()
        .map(|app| app.record.clone())
}

impl ResourceType for App {
    fn name(&self) -> &'static str {
        KIND
    }

    fn create_only(&self) -> &'static [&'static str] {
        &[
            "AppName",
            "AppType",
            "DomainId",
            "UserProfileName",
            "ResourceSpec",
            "Tags",
        ]
    }

    fn tags_property(&self) -> Option<&'static str> {
        Some("Tags")
    }

    fn check(&self, given: &Value) -> Result<(), String> {
        properties(given).map(|_| ()).map_err(|error| error.message)
    }

    fn create(&self, world: &mut World, request: &Request<'_>) -> Result<String, Failure> {
        let place = request.place;
        let created = properties(request.properties).and_then(|given| {
            let (name, kind, domain) = (&given.app_name, &given.app_type, &given.domain_id);
            let id = format!("{name}|{kind}|{domain}|{}", given.user_profile_name);
            let new = NewApp {
                tags: tags::read(with_stack_tags(request, given.tags))?,
                domain_id: given.domain_id,
                owner: Owner::UserProfile(given.user_profile_name),
                app_type: given.app_type,
                name: given.app_name,
                resource_spec: given.resource_spec,
                recovery_mode: None,
            };
            apps::create(world, place, new).map(|_| id)
        });
        created.map_err(|error| refused(world, place, &error, "AlreadyExists"))
    }

    fn progress(&self, world: &mut World, place: &Place, id: &str) -> Progress {
        let record = record(world, place, id);
        progress(KIND, id, record.as_ref())
    }

    fn update(
        &self,
        _world: &mut World,
        _id: &str,
        _old: &Value,
        _request: &Request<'_>,
    ) -> Result<(), Failure> {
        Err(Failure::new(
            "NotUpdatable",
            format!("Resource of type '{KIND}' cannot be updated."),
        ))
    }

    /// An app that has failed or is deleted needs no deletion, and is refused one.
    fn delete(&self, world: &mut World, place: &Place, id: &str, _properties: &Value) -> Progress {
        let status = record(world, place, id).map(|record| record.status);
        if matches!(status, Some(Status::Failed | Status::Deleted)) {
            return Progress::Done;
        }
        match apps::delete(world, place, &key(id)) {
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

    fn row_id(&self, id: &str) -> String {
        key(id)
    }

    fn attribute(&self, world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        let record = record(world, place, id).filter(|_| name == "AppArn")?;
        Some(json!(record.arn))
    }

    fn has_attribute(&self, name: &str) -> bool {
        name == "AppArn"
    }
}
