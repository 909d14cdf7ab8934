//! IAM: roles with their policies, and customer managed policies. One for all regions of an account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::row::{Row, Scope};
use crate::steps::Steps;
use crate::time::SimTime;
use crate::world::World;

mod api;
mod attachments;
mod instance_profiles;
mod policies;
mod resources;
mod roles;
pub(crate) mod sessions;
mod trust;

pub(crate) use api::OPERATIONS;
pub(crate) use resources::TYPES;
pub(crate) use roles::{Role, ensure_service_linked_role};

/// What exists in an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// By name.
    pub(crate) roles: BTreeMap<String, roles::Role>,
    /// Customer managed, by ARN.
    pub(crate) policies: BTreeMap<String, policies::Policy>,
    /// By name.
    pub(crate) instance_profiles: BTreeMap<String, instance_profiles::InstanceProfile>,
    /// By access key.
    #[serde(default)]
    pub(crate) sessions: BTreeMap<String, sessions::Session>,
    /// Of CloudFormation's handlers.
    pub(crate) steps: Steps,
}

impl State {
    /// The role with this ARN, which ends in its name.
    pub(crate) fn role_of(&self, arn: &str) -> Option<&roles::Role> {
        let role = self.roles.get(arn.rsplit('/').next()?);
        role.filter(|role| role.arn == arn)
    }

    /// Everything that exists.
    pub fn rows(&self, _account: &str, rows: &mut Vec<Row>) {
        rows.extend(self.roles.values().map(|role| Row {
            kind: roles::TYPE.to_owned(),
            id: role.name.clone(),
            arn: role.arn.clone(),
            status: "available".to_owned(),
            tags: role.tags.clone(),
            stack: None,
            parent: None,
            revision: role.revision,
            scope: if role.is_service_linked() {
                Scope::Account
            } else {
                Scope::Environment
            },
        }));
        rows.extend(self.policies.values().map(|policy| Row {
            kind: policies::TYPE.to_owned(),
            id: policy.arn.clone(),
            arn: policy.arn.clone(),
            status: "available".to_owned(),
            tags: policy.tags.clone(),
            stack: None,
            parent: None,
            revision: policy.revision,
            scope: Scope::Environment,
        }));
        rows.extend(self.instance_profiles.values().map(|profile| Row {
            kind: instance_profiles::TYPE.to_owned(),
            id: profile.name.clone(),
            arn: profile.arn.clone(),
            status: "available".to_owned(),
            tags: profile.tags.clone(),
            stack: None,
            parent: None,
            revision: profile.revision,
            scope: Scope::Environment,
        }));
    }

    /// # Errors
    /// `NoSuchEntity`.
    pub(crate) fn role(&self, name: &str) -> Result<&roles::Role, ServiceError> {
        self.roles.get(name).ok_or_else(|| roles::not_found(name))
    }

    /// # Errors
    /// `NoSuchEntity`.
    pub(crate) fn role_mut(&mut self, name: &str) -> Result<&mut roles::Role, ServiceError> {
        self.roles
            .get_mut(name)
            .ok_or_else(|| roles::not_found(name))
    }
}

/// Refuses one more of what the account may have so many of (section 8).
fn check_quota(present: usize, most: usize, name: &str) -> Result<(), ServiceError> {
    if present < most {
        return Ok(());
    }
    let text = format!("Cannot exceed quota for {name}: {most}");
    Err(ServiceError::new("LimitExceeded", text).status(409))
}

/// A role as other services see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoleView {
    pub name: String,
    /// `AROA…`.
    pub role_id: String,
}

/// The role with this ARN, or nothing where there is none.
pub(crate) fn role(world: &mut World, account: &str, arn: &str) -> Option<RoleView> {
    let role = world.iam(account).role_of(arn)?;
    Some(RoleView {
        name: role.name.clone(),
        role_id: role.unique_id.clone(),
    })
}

/// The role with this ARN, if services know it: a new one is known everywhere only after some seconds.
pub(crate) fn usable<'a>(world: &'a mut World, account: &str, arn: &str) -> Option<&'a Role> {
    let role = world.iam(account).role_of(arn)?.clone();
    if usable_from(world, &role) > world.now() {
        return None;
    }
    world.iam(account).role_of(arn)
}

/// When other services know a role that was made (section 7).
pub(crate) fn usable_from(world: &World, role: &roles::Role) -> SimTime {
    if !world.switches.new_roles_lag {
        return role.created;
    }
    let lag = world.draw("new role usable", &role.unique_id);
    role.created.plus(lag)
}

#[cfg(test)]
mod tests;
