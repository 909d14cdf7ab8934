//! CloudFormation's handler for log groups.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::groups::{self, NewGroup};
use super::{invalid, state, tags};
use crate::cloudformation::resource::{Failure, Request, ResourceType};
use crate::error::ServiceError;
use crate::steps::{AtOnce, Steps};
use crate::wire::tags::{Tag, read};
use crate::world::{Place, World};

pub(crate) const TYPES: &[&dyn ResourceType] = &[&LogGroup];

const TAKEN: &str = "ResourceAlreadyExistsException";

struct LogGroup;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Properties {
    log_group_name: Option<String>,
    retention_in_days: Option<u32>,
    kms_key_id: Option<String>,
    log_group_class: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// A group's own tags, the stack's, and the system tags.
fn all_tags(
    request: &Request<'_>,
    own: Vec<Tag>,
) -> Result<BTreeMap<String, String>, ServiceError> {
    let mut all = request.stack_tags.clone();
    all.extend(read(own).map_err(invalid)?);
    all.extend(request.system_tags());
    Ok(all)
}

/// A name that is taken is told in CloudFormation's own words (section 3.5), the rest in the service's.
fn in_words(error: ServiceError, name: &str) -> ServiceError {
    if error.code != TAKEN {
        return error;
    }
    let (kind, id) = (groups::KIND, json!({"/properties/LogGroupName": name}));
    let text = format!("Resource of type '{kind}' with identifier '{id}' already exists.");
    ServiceError::new(TAKEN, text)
}

/// `STACK-LOGICAL-RANDOM`.
fn generated_name(world: &mut World, request: &Request<'_>) -> String {
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let name = request.mint_name();
    let random = world.mint_letters(request.place, groups::KIND, &name, alphabet, 12);
    format!("{}-{}-{random}", request.stack_name, request.logical_id)
}

impl AtOnce for LogGroup {
    type Properties = Properties;
    const NAME: &'static str = groups::KIND;
    const CREATE_ONLY: &'static [&'static str] = &["LogGroupClass", "LogGroupName"];
    const ATTRIBUTES: &'static [&'static str] = &["Arn"];
    const TAGS: Option<&'static str> = Some("Tags");
    const SERVICE: &'static str = "CloudWatchLogs";

    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
        &mut state(world, place).steps
    }

    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: Properties,
    ) -> Result<String, ServiceError> {
        let tags = all_tags(request, properties.tags)?;
        let name = match properties.log_group_name {
            Some(name) => name,
            None => generated_name(world, request),
        };
        let new = NewGroup {
            name: name.clone(),
            retention: properties.retention_in_days,
            kms_key_id: properties.kms_key_id,
            class: properties.log_group_class,
            tags,
        };
        groups::create(world, request.place, new).map_err(|error| in_words(error, &name))?;
        Ok(name)
    }

    fn change(
        world: &mut World,
        id: &str,
        _old: Properties,
        request: &Request<'_>,
        new: Properties,
    ) -> Result<(), ServiceError> {
        new.retention_in_days
            .map_or(Ok(()), groups::check_retention)?;
        let all = all_tags(request, new.tags)?;
        let group = state(world, request.place).group(id)?;
        tags::put(group, all)?;
        group.retain(new.retention_in_days);
        group.encrypt(new.kms_key_id);
        Ok(())
    }

    fn remove(
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: Properties,
    ) -> Result<(), ServiceError> {
        groups::delete(world, place, id)
    }

    /// As DescribeLogGroups has it, with `:*` at the end.
    fn value(world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        let arn = groups::arn(place, id);
        let group = state(world, place).group(id).ok()?;
        (name == "Arn" && group.name == id).then(|| json!(format!("{arn}:*")))
    }

    fn failure(error: &ServiceError, request_id: &str) -> Failure {
        let code = match error.code.as_str() {
            TAKEN => return Failure::new("AlreadyExists", &error.message),
            "ResourceNotFoundException" => "NotFound",
            "OperationAbortedException" => "ResourceConflict",
            _ => "InvalidRequest",
        };
        Failure::of_service(Self::SERVICE, error, code, request_id)
    }
}
