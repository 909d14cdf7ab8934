//! `AWS::SageMaker::Domain`. The handler passes no RetentionPolicy, so that the home always stays.

use serde_json::{Value, json};

use super::{deletion, progress, refused, refused_deletion, with_stack_tags};
use crate::cloudformation::resource::{Failure, Progress, Request, ResourceType};
use crate::error::ServiceError;
use crate::sagemaker::domains::{self, CreateDomain, KIND, Retention, UpdateDomain};
use crate::sagemaker::record::Status;
use crate::sagemaker::refusals::validation;
use crate::sagemaker::requests;
use crate::sagemaker::shape::Reading;
use crate::world::{Place, World};

pub(crate) struct Domain;

fn properties(properties: &Value) -> Result<CreateDomain, ServiceError> {
    let read: CreateDomain =
        requests::parse(properties, requests::CREATE_DOMAIN, Reading::Coercing)?;
    match read.beyond_template() {
        Some(name) => Err(validation(format!(
            "extraneous key [{name}] is not permitted"
        ))),
        None => Ok(read),
    }
}

/// Section 3.5: a domain that could not be made, in the older words or, by switch, in those of 2025.
fn told(world: &World, id: &str, failure: Failure, reason: Option<String>) -> Failure {
    let Some(reason) = reason.filter(|_| world.switches.domain_failure_tells_cause) else {
        return failure;
    };
    let identifier = json!({"/properties/DomainId": id});
    let message = format!(
        "{KIND} [{identifier}] failed to stabilize during domain creation with the following error: {reason}"
    );
    Failure::new("NotStabilized", message)
}

impl ResourceType for Domain {
    fn name(&self) -> &'static str {
        KIND
    }

    fn create_only(&self) -> &'static [&'static str] {
        &["AuthMode", "DomainName", "KmsKeyId", "Tags", "VpcId"]
    }

    fn tags_property(&self) -> Option<&'static str> {
        Some("Tags")
    }

    fn check(&self, given: &Value) -> Result<(), String> {
        properties(given).map(|_| ()).map_err(|error| error.message)
    }

    fn taken(&self, world: &mut World, place: &Place, properties: &Value) -> Option<String> {
        let name = properties.get("DomainName")?.as_str()?;
        let mut domains = world.region(place).sagemaker.domains.values();
        domains
            .any(|domain| domain.name == name)
            .then(|| name.to_owned())
    }

    fn create(&self, world: &mut World, request: &Request<'_>) -> Result<String, Failure> {
        let place = request.place;
        let mut input = properties(request.properties)
            .map_err(|error| refused(world, place, &error, "InvalidRequest"))?;
        input.tags = with_stack_tags(request, input.tags);
        let name = input.domain_name.clone();
        domains::create(world, place, &request.mint_name(), input).map_err(|error| {
            if error.code != "ResourceInUse" {
                return refused(world, place, &error, "ResourceConflict");
            }
            let message =
                format!("Resource of type '{KIND}' with identifier '{name}' already exists.");
            Failure::new("AlreadyExists", message)
        })
    }

    /// The name, which the handler's texts show instead of the id.
    fn identifier(&self, world: &mut World, place: &Place, id: &str) -> String {
        domains::find(world, place, id).map_or_else(|_| id.to_owned(), |domain| domain.name.clone())
    }

    fn progress(&self, world: &mut World, place: &Place, id: &str) -> Progress {
        let name = self.identifier(world, place, id);
        let record = domains::find(world, place, id)
            .ok()
            .map(|domain| domain.record.clone());
        let failed = record
            .as_ref()
            .is_some_and(|record| record.status == Status::Failed);
        match progress(KIND, &name, record.as_ref()) {
            Progress::Failed(failure) if failed => {
                let reason = record.and_then(|record| record.failure_reason);
                Progress::Failed(told(world, id, failure, reason))
            }
            progress @ (Progress::Working | Progress::Done | Progress::Failed(_)) => progress,
        }
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
            let update = UpdateDomain {
                domain_id: id.to_owned(),
                default_user_settings: Some(new.default_user_settings),
                domain_settings_for_update: new.domain_settings,
                app_security_group_management: new.app_security_group_management,
                default_space_settings: new.default_space_settings,
                subnet_ids: Some(new.subnet_ids),
                app_network_access_type: new.app_network_access_type,
                tag_propagation: new.tag_propagation,
                ..UpdateDomain::default()
            };
            domains::update(world, place, update)
        });
        updated.map_err(|error| refused(world, place, &error, "ResourceConflict"))
    }

    fn delete(&self, world: &mut World, place: &Place, id: &str, _properties: &Value) -> Progress {
        match domains::delete(world, place, id, Retention::Retain) {
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
        let name = self.identifier(world, place, id);
        let record = domains::find(world, place, id)
            .ok()
            .map(|domain| domain.record.clone());
        deletion(KIND, &name, record.as_ref())
    }

    fn attribute(&self, world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        let domain = domains::find(world, place, id).ok()?;
        match name {
            "DomainArn" => Some(json!(domain.record.arn)),
            "DomainId" => Some(json!(domain.id)),
            "HomeEfsFileSystemId" => domain.home.file_system_id.clone().map(Value::String),
            "SecurityGroupIdForDomainBoundary" => {
                domain.home.boundary_group.clone().map(Value::String)
            }
            "Url" => Some(json!(domain.url(place))),
            _ => None,
        }
    }

    fn has_attribute(&self, name: &str) -> bool {
        let without_value = [
            "SingleSignOnManagedApplicationInstanceId",
            "SingleSignOnApplicationArn",
        ];
        let with_value = [
            "DomainArn",
            "DomainId",
            "HomeEfsFileSystemId",
            "SecurityGroupIdForDomainBoundary",
            "Url",
        ];
        with_value.contains(&name) || without_value.contains(&name)
    }
}
