//! CloudFormation's handlers for IAM's types.

use serde_json::Value;

use crate::cloudformation::resource::{Failure, Request, ResourceType};
use crate::error::ServiceError;
use crate::steps::handler_code;
use crate::world::World;

mod managed_policy;
mod policy;
mod role;

/// CloudFormation's handlers for this service's types.
pub(crate) const TYPES: &[&dyn ResourceType] =
    &[&role::Role, &managed_policy::ManagedPolicy, &policy::Policy];

/// A document as properties have it, an object or a text.
fn document(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// `STACK-LOGICAL-RANDOM`, cut to `most` characters from the left of the random part.
fn generated_name(world: &mut World, request: &Request<'_>, kind: &str, most: usize) -> String {
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let random = world.mint_letters(request.place, kind, &request.mint_name(), alphabet, 12);
    let stem: String = format!("{}-{}", request.stack_name, request.logical_id)
        .chars()
        .take(most - 13)
        .collect();
    format!("{stem}-{random}")
}

/// A name that is taken is told in CloudFormation's own words (section 3.5), the rest in IAM's.
fn failure(kind: &str, error: &ServiceError, request_id: &str) -> Failure {
    if error.code != "EntityAlreadyExists" {
        return Failure::of_service("Iam", error, handler_code(&error.code), request_id);
    }
    let name = error.message.split_whitespace().nth(3).unwrap_or_default();
    let text = format!("Resource of type '{kind}' with identifier '{name}' already exists.");
    Failure {
        cause: error.code.clone(),
        ..Failure::new("AlreadyExists", text)
    }
}
