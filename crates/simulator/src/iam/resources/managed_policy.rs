//! `AWS::IAM::ManagedPolicy`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{document, generated_name};
use crate::cloudformation::resource::{Failure, Request};
use crate::error::ServiceError;
use crate::iam::attachments;
use crate::iam::policies::{self, NewPolicy};
use crate::steps::{AtOnce, Steps};
use crate::world::{Place, World};

pub(super) struct ManagedPolicy;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Properties {
    policy_document: Value,
    #[serde(default)]
    managed_policy_name: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

impl AtOnce for ManagedPolicy {
    type Properties = Properties;
    const NAME: &'static str = policies::TYPE;
    const CREATE_ONLY: &'static [&'static str] = &["Description", "ManagedPolicyName", "Path"];
    const ATTRIBUTES: &'static [&'static str] = &["PolicyArn", "PolicyId"];
    const SERVICE: &'static str = "Iam";

    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
        &mut world.iam(&place.account).steps
    }

    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: Properties,
    ) -> Result<String, ServiceError> {
        let account = &request.place.account;
        let name = match &properties.managed_policy_name {
            Some(name) => name.clone(),
            None => generated_name(world, request, policies::TYPE, 128),
        };
        let path = properties.path.as_deref().unwrap_or("/");
        let text = document(&properties.policy_document);
        for role in &properties.roles {
            world.iam(account).role(role)?;
        }
        let new = NewPolicy {
            name,
            path: path.to_owned(),
            document: text,
            description: properties.description.clone(),
            tags: BTreeMap::new(),
        };
        let arn = policies::create(world, account, new)?;
        for role in &properties.roles {
            attachments::attach(world, account, role, &arn)?;
        }
        Ok(arn)
    }

    fn change(
        world: &mut World,
        id: &str,
        old: Properties,
        request: &Request<'_>,
        new: Properties,
    ) -> Result<(), ServiceError> {
        let (now, account) = (world.now(), &request.place.account);
        let text = document(&new.policy_document);
        let state = world.iam(account);
        policies::find(state, id)?;
        policies::check_document(&text)?;
        policies::make_room(state, id);
        policies::add_version(state, id, text, true, now)?;
        for role in old.roles.iter().filter(|role| !new.roles.contains(role)) {
            attachments::detach(state, role, id)?;
        }
        new.roles
            .iter()
            .try_for_each(|role| attachments::attach(world, account, role, id))
    }

    /// Attachments that the stack did not make keep the policy.
    fn remove(
        world: &mut World,
        place: &Place,
        id: &str,
        properties: Properties,
    ) -> Result<(), ServiceError> {
        let state = world.iam(&place.account);
        for role in &properties.roles {
            if let Some(role) = state.roles.get_mut(role) {
                role.attached.retain(|arn| arn != id);
                role.changed();
            }
        }
        if let Some(policy) = state.policies.get_mut(id) {
            let in_force = policy.in_force;
            policy.versions.retain(|version| version.number == in_force);
        }
        policies::delete(state, id)
    }

    fn value(world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        let policy = world.iam(&place.account).policies.get(id)?;
        match name {
            "PolicyArn" => Some(json!(policy.arn)),
            "PolicyId" => Some(json!(policy.unique_id)),
            _ => None,
        }
    }

    fn failure(error: &ServiceError, request_id: &str) -> Failure {
        super::failure(policies::TYPE, error, request_id)
    }
}
