//! `AWS::SageMaker::Endpoint`, whose physical id is its ARN. An update that the service rolled back has failed.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    deletion, named, progress, read, refused, refused_deletion, with_any_name, with_stack_tags,
};
use crate::auto_scaling;
use crate::cloudformation::resource::{Failure, Progress, Request, ResourceType, not_stabilized};
use crate::error::ServiceError;
use crate::permissions::Behalf;
use crate::sagemaker::endpoints::{self, Endpoint, KIND};
use crate::sagemaker::refusals::check_name;
use crate::sagemaker::state;
use crate::sagemaker::tags;
use crate::wire::tags::Tag;
use crate::world::{Place, World};

pub(crate) struct Handler;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    endpoint_name: String,
    endpoint_config_name: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

fn properties(properties: &Value) -> Result<Properties, ServiceError> {
    let read: Properties = read(properties)?;
    check_name("endpointName", &read.endpoint_name)?;
    Ok(read)
}

/// The endpoint with this ARN.
fn find(world: &mut World, place: &Place, arn: &str) -> Option<Endpoint> {
    let mut endpoints = state(world, place).endpoints.values();
    endpoints
        .find(|endpoint| endpoint.record.arn == arn)
        .cloned()
}

impl ResourceType for Handler {
    fn name(&self) -> &'static str {
        KIND
    }

    fn create_only(&self) -> &'static [&'static str] {
        &["EndpointName"]
    }

    fn tags_property(&self) -> Option<&'static str> {
        Some("Tags")
    }

    fn check(&self, given: &Value) -> Result<(), String> {
        let given = with_any_name(given, "EndpointName");
        properties(&given)
            .map(|_| ())
            .map_err(|error| error.message)
    }

    fn create(&self, world: &mut World, request: &Request<'_>) -> Result<String, Failure> {
        let place = request.place;
        let given = named(world, request, KIND, "EndpointName");
        let created = properties(&given).and_then(|given| {
            let tags = tags::read(with_stack_tags(request, given.tags))?;
            let (name, config) = (&given.endpoint_name, &given.endpoint_config_name);
            endpoints::create(world, place, name, config, tags)
        });
        created.map_err(|error| refused(world, place, &error, "AlreadyExists"))
    }

    fn progress(&self, world: &mut World, place: &Place, id: &str) -> Progress {
        let found = find(world, place, id);
        let rolled_back = found.as_ref().is_some_and(|it| it.rolled_back);
        match progress(KIND, id, found.as_ref().map(|it| &it.record)) {
            Progress::Done if rolled_back => Progress::Failed(not_stabilized(KIND, id)),
            progress @ (Progress::Working | Progress::Done | Progress::Failed(_)) => progress,
        }
    }

    fn update(
        &self,
        world: &mut World,
        id: &str,
        old: &Value,
        request: &Request<'_>,
    ) -> Result<(), Failure> {
        let place = request.place;
        let given = with_any_name(request.properties, "EndpointName");
        let updated = properties(&given).and_then(|new| {
            tags::replace(world, place, id, with_stack_tags(request, new.tags))?;
            let config = json!(new.endpoint_config_name);
            match find(world, place, id) {
                Some(found) if old.get("EndpointConfigName") != Some(&config) => {
                    let config = &new.endpoint_config_name;
                    endpoints::update(world, place, &found.name, config).map(drop)
                }
                // What was rolled back before is none of this update's business.
                Some(found) => endpoints::accept(world, place, &found.name),
                None => Ok(()),
            }
        });
        updated.map_err(|error| refused(world, place, &error, "ResourceConflict"))
    }

    fn check_deletion(
        &self,
        world: &mut World,
        place: &Place,
        id: &str,
        identity: &str,
    ) -> Result<(), Failure> {
        let Some(found) = find(world, place, id) else {
            return Ok(());
        };
        let behalf = Behalf::Handler(identity);
        auto_scaling::check_release(world, place, behalf, &found.name)
            .map_err(|error| refused(world, place, &error, "ResourceConflict"))
    }

    fn delete(&self, world: &mut World, place: &Place, id: &str, _properties: &Value) -> Progress {
        let Some(found) = find(world, place, id) else {
            return Progress::Done;
        };
        match endpoints::delete(world, place, &found.name) {
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
        let found = find(world, place, id);
        deletion(KIND, id, found.as_ref().map(|it| &it.record))
    }

    fn attribute(&self, world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        let endpoint = find(world, place, id).filter(|_| name == "EndpointName")?;
        Some(json!(endpoint.name))
    }

    fn has_attribute(&self, name: &str) -> bool {
        name == "EndpointName"
    }
}
