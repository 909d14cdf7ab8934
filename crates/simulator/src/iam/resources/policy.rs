//! `AWS::IAM::Policy`: an inline policy of some roles.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{document, generated_name};
use crate::cloudformation::resource::Request;
use crate::error::ServiceError;
use crate::iam::attachments;
use crate::steps::{AtOnce, Steps};
use crate::world::{Place, World};

/// As CloudFormation names the type.
const TYPE: &str = "AWS::IAM::Policy";

pub(super) struct Policy;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Properties {
    policy_name: String,
    policy_document: Value,
    roles: Vec<String>,
}

impl AtOnce for Policy {
    type Properties = Properties;
    const NAME: &'static str = TYPE;
    const CREATE_ONLY: &'static [&'static str] = &[];
    const ATTRIBUTES: &'static [&'static str] = &["Id"];
    const SERVICE: &'static str = "Iam";

    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
        &mut world.iam(&place.account).steps
    }

    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: Properties,
    ) -> Result<String, ServiceError> {
        let id = generated_name(world, request, TYPE, 128);
        put(world, request.place, &properties)?;
        Ok(id)
    }

    fn change(
        world: &mut World,
        _id: &str,
        old: Properties,
        request: &Request<'_>,
        new: Properties,
    ) -> Result<(), ServiceError> {
        let renamed = old.policy_name != new.policy_name;
        let gone = old
            .roles
            .iter()
            .filter(|role| renamed || !new.roles.contains(role));
        take(world, request.place, gone, &old.policy_name);
        put(world, request.place, &new)
    }

    fn remove(
        world: &mut World,
        place: &Place,
        _id: &str,
        properties: Properties,
    ) -> Result<(), ServiceError> {
        take(
            world,
            place,
            properties.roles.iter(),
            &properties.policy_name,
        );
        Ok(())
    }

    fn value(_world: &mut World, _place: &Place, id: &str, name: &str) -> Option<Value> {
        (name == "Id").then(|| json!(id))
    }
}

fn put(world: &mut World, place: &Place, properties: &Properties) -> Result<(), ServiceError> {
    let state = world.iam(&place.account);
    for role in &properties.roles {
        state.role(role)?;
    }
    let text = document(&properties.policy_document);
    properties
        .roles
        .iter()
        .try_for_each(|role| attachments::put(state, role, &properties.policy_name, &text))
}

/// Takes the policy from roles; a role that has gone has no policy left.
fn take<'a>(world: &mut World, place: &Place, roles: impl Iterator<Item = &'a String>, name: &str) {
    let state = world.iam(&place.account);
    for role in roles {
        if let Some(role) = state.roles.get_mut(role)
            && role.inline.remove(name).is_some()
        {
            role.changed();
        }
    }
}
