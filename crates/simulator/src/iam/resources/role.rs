//! `AWS::IAM::Role`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{document, generated_name};
use crate::cloudformation::resource::{Failure, Request};
use crate::error::ServiceError;
use crate::iam::roles::{self, NewRole};
use crate::iam::{State, attachments, policies};
use crate::steps::{AtOnce, Steps};
use crate::world::{Place, World};

pub(super) struct Role;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Properties {
    assume_role_policy_document: Value,
    #[serde(default)]
    role_name: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    max_session_duration: Option<u32>,
    #[serde(default)]
    permissions_boundary: Option<String>,
    #[serde(default)]
    managed_policy_arns: Vec<String>,
    #[serde(default)]
    policies: Vec<Inline>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Inline {
    policy_name: String,
    policy_document: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

impl Properties {
    fn tags(&self) -> BTreeMap<String, String> {
        self.tags
            .iter()
            .map(|tag| (tag.key.clone(), tag.value.clone()))
            .collect()
    }

    fn all_tags(&self, request: &Request<'_>) -> BTreeMap<String, String> {
        let mut all = request.stack_tags.clone();
        all.extend(self.tags());
        all.extend(request.system_tags());
        all
    }

    /// Gives the role the policies that it has here.
    fn grant(&self, world: &mut World, account: &str, name: &str) -> Result<(), ServiceError> {
        for arn in &self.managed_policy_arns {
            attachments::attach(world, account, name, arn)?;
        }
        let state = world.iam(account);
        for policy in &self.policies {
            attachments::put(
                state,
                name,
                &policy.policy_name,
                &document(&policy.policy_document),
            )?;
        }
        Ok(())
    }

    /// Takes the policies away that it has here, unless `next` has them too. What others gave it stays.
    fn withdraw(
        &self,
        state: &mut State,
        name: &str,
        next: Option<&Properties>,
    ) -> Result<(), ServiceError> {
        let role = state.role_mut(name)?;
        let keeps_arn =
            |arn: &String| next.is_some_and(|next| next.managed_policy_arns.contains(arn));
        let keeps_name = |name: &String| {
            next.is_some_and(|next| next.policies.iter().any(|it| it.policy_name == *name))
        };
        role.attached
            .retain(|arn| keeps_arn(arn) || !self.managed_policy_arns.contains(arn));
        role.inline.retain(|name, _| {
            keeps_name(name) || !self.policies.iter().any(|it| it.policy_name == *name)
        });
        role.changed();
        Ok(())
    }
}

impl AtOnce for Role {
    type Properties = Properties;
    const NAME: &'static str = roles::TYPE;
    const CREATE_ONLY: &'static [&'static str] = &["Path", "RoleName"];
    const ATTRIBUTES: &'static [&'static str] = &["Arn", "RoleId"];
    const TAGS: Option<&'static str> = Some("Tags");
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
        let name = match &properties.role_name {
            Some(name) => name.clone(),
            None => generated_name(world, request, roles::TYPE, 64),
        };
        let new = NewRole {
            name: name.clone(),
            path: properties.path.clone().unwrap_or_else(|| "/".to_owned()),
            trust: document(&properties.assume_role_policy_document),
            description: properties.description.clone(),
            max_session: properties.max_session_duration,
            boundary: properties.permissions_boundary.clone(),
            tags: properties.all_tags(request),
        };
        roles::create(world, account, new)?;
        if let Err(error) = properties.grant(world, account, &name) {
            world.iam(account).roles.remove(&name);
            return Err(error);
        }
        Ok(name)
    }

    fn change(
        world: &mut World,
        id: &str,
        old: Properties,
        request: &Request<'_>,
        new: Properties,
    ) -> Result<(), ServiceError> {
        let account = &request.place.account;
        let trust = document(&new.assume_role_policy_document);
        policies::check_document(&trust)?;
        old.withdraw(world.iam(account), id, Some(&new))?;
        new.grant(world, account, id)?;
        let role = world.iam(account).role_mut(id)?;
        role.trust = trust;
        role.description.clone_from(&new.description);
        role.max_session = new.max_session_duration.unwrap_or(3600);
        role.boundary.clone_from(&new.permissions_boundary);
        for key in old.tags().keys().chain(request.old_stack_tags.keys()) {
            role.tags.remove(key);
        }
        role.tags.extend(new.all_tags(request));
        Ok(())
    }

    /// IAM refuses while policies are left that somebody else gave the role (section 7); then nothing is changed.
    fn remove(
        world: &mut World,
        place: &Place,
        id: &str,
        properties: Properties,
    ) -> Result<(), ServiceError> {
        let state = world.iam(&place.account);
        let mut rest = state.role(id)?.clone();
        rest.attached
            .retain(|arn| !properties.managed_policy_arns.contains(arn));
        if !rest.attached.is_empty() {
            return Err(roles::delete_conflict("must detach all policies first."));
        }
        rest.inline
            .retain(|name, _| !properties.policies.iter().any(|it| it.policy_name == *name));
        if !rest.inline.is_empty() {
            return Err(roles::delete_conflict("must delete policies first."));
        }
        properties.withdraw(state, id, None)?;
        roles::delete(state, id)
    }

    fn value(world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        let role = world.iam(&place.account).roles.get(id)?;
        match name {
            "Arn" => Some(json!(role.arn)),
            "RoleId" => Some(json!(role.unique_id)),
            _ => None,
        }
    }

    fn failure(error: &ServiceError, request_id: &str) -> Failure {
        super::failure(roles::TYPE, error, request_id)
    }
}
