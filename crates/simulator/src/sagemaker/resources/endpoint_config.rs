//! `AWS::SageMaker::EndpointConfig`, whose physical id is its ARN.

use serde_json::{Value, json};

use super::{named, read, refused, refused_deletion, with_any_name, with_stack_tags};
use crate::cloudformation::resource::{Failure, Progress, Request, ResourceType};
use crate::error::ServiceError;
use crate::sagemaker::endpoint_configs::{self, CreateEndpointConfig, KIND};
use crate::sagemaker::shape::Reading;
use crate::sagemaker::state;
use crate::sagemaker::tags;
use crate::world::{Place, World};

pub(crate) struct EndpointConfig;

fn properties(properties: &Value) -> Result<CreateEndpointConfig, ServiceError> {
    read::<CreateEndpointConfig>(properties)?.checked(Reading::Coercing)
}

/// The name of the endpoint config with this ARN.
fn name_of(world: &mut World, place: &Place, arn: &str) -> Option<String> {
    let mut endpoint_configs = state(world, place).endpoint_configs.values();
    endpoint_configs
        .find(|config| config.record.arn == arn)
        .map(|config| config.name.clone())
}

impl ResourceType for EndpointConfig {
    fn name(&self) -> &'static str {
        KIND
    }

    fn create_only(&self) -> &'static [&'static str] {
        &[
            "EnableNetworkIsolation",
            "EndpointConfigName",
            "ExecutionRoleArn",
            "KmsKeyId",
            "ProductionVariants",
            "VpcConfig",
        ]
    }

    fn tags_property(&self) -> Option<&'static str> {
        Some("Tags")
    }

    fn check(&self, given: &Value) -> Result<(), String> {
        let given = with_any_name(given, "EndpointConfigName");
        properties(&given)
            .map(|_| ())
            .map_err(|error| error.message)
    }

    fn create(&self, world: &mut World, request: &Request<'_>) -> Result<String, Failure> {
        let place = request.place;
        let given = named(world, request, KIND, "EndpointConfigName");
        let created = properties(&given).and_then(|mut input| {
            input.tags = with_stack_tags(request, input.tags);
            endpoint_configs::create(world, place, input)
        });
        created.map_err(|error| refused(world, place, &error, "AlreadyExists"))
    }

    fn progress(&self, _world: &mut World, _place: &Place, _id: &str) -> Progress {
        Progress::Done
    }

    /// Only the tags can change.
    fn update(
        &self,
        world: &mut World,
        id: &str,
        _old: &Value,
        request: &Request<'_>,
    ) -> Result<(), Failure> {
        let place = request.place;
        let replaced = properties(&with_any_name(request.properties, "EndpointConfigName"))
            .and_then(|new| tags::replace(world, place, id, with_stack_tags(request, new.tags)));
        replaced.map_err(|error| refused(world, place, &error, "ResourceConflict"))
    }

    fn delete(&self, world: &mut World, place: &Place, id: &str, _properties: &Value) -> Progress {
        let Some(name) = name_of(world, place, id) else {
            return Progress::Done;
        };
        match endpoint_configs::delete(world, place, &name) {
            Ok(()) => Progress::Done,
            Err(error) => refused_deletion(world, place, &error),
        }
    }

    fn deletion(
        &self,
        _world: &mut World,
        _place: &Place,
        _id: &str,
        _properties: &Value,
    ) -> Progress {
        Progress::Done
    }

    fn attribute(&self, world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        let config = name_of(world, place, id).filter(|_| name == "EndpointConfigName")?;
        Some(json!(config))
    }

    fn has_attribute(&self, name: &str) -> bool {
        name == "EndpointConfigName"
    }
}
