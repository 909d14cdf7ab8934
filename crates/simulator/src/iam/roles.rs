//! Roles.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::State;
use super::instance_profiles::InstanceProfile;
use crate::error::ServiceError;
use crate::quotas;
use crate::time::SimTime;
use crate::world::{Place, World};

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::IAM::Role";

/// A role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Role {
    pub name: String,
    /// `AROA…`.
    pub unique_id: String,
    pub arn: String,
    /// `/` or `/a/b/`.
    pub path: String,
    pub trust: String,
    pub description: Option<String>,
    pub max_session: u32,
    pub boundary: Option<String>,
    /// Inline policies' documents, by name.
    pub inline: BTreeMap<String, String>,
    /// ARNs of managed policies, in order of their attachment.
    pub attached: Vec<String>,
    pub created: SimTime,
    pub tags: BTreeMap<String, String>,
    pub revision: u64,
}

impl Role {
    /// A service's own role, which an account has and keeps.
    pub(crate) fn is_service_linked(&self) -> bool {
        self.path.starts_with("/aws-service-role/")
    }

    /// Notes a change.
    pub(crate) fn changed(&mut self) {
        self.revision += 1;
    }
}

/// A role that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewRole {
    pub name: String,
    pub path: String,
    pub trust: String,
    pub description: Option<String>,
    pub max_session: Option<u32>,
    pub boundary: Option<String>,
    pub tags: BTreeMap<String, String>,
}

/// IAM's ids do not depend on a region.
pub(crate) fn everywhere(account: &str) -> Place {
    Place::new(account, "aws-global")
}

/// Of unique ids.
pub(super) const ID_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Makes a role.
///
/// # Errors
/// `EntityAlreadyExists`, `ValidationError` for a name or path, `MalformedPolicyDocument`, `LimitExceeded`.
pub(crate) fn create(world: &mut World, account: &str, new: NewRole) -> Result<(), ServiceError> {
    let most = world.quotas.limit(quotas::ROLES);
    check(world.iam(account), &new, most)?;
    let id = world.mint_letters(&everywhere(account), TYPE, &new.name, ID_ALPHABET, 17);
    let role = Role {
        unique_id: format!("AROA{id}"),
        arn: format!("arn:aws:iam::{account}:role{}{}", new.path, new.name),
        path: new.path,
        trust: new.trust,
        description: new.description,
        max_session: new.max_session.unwrap_or(3600),
        boundary: new.boundary,
        inline: BTreeMap::new(),
        attached: Vec::new(),
        created: world.now(),
        tags: new.tags,
        revision: 0,
        name: new.name.clone(),
    };
    world.iam(account).roles.insert(new.name, role);
    Ok(())
}

fn check(state: &State, new: &NewRole, most: usize) -> Result<(), ServiceError> {
    check_name("roleName", &new.name, 64)?;
    check_path(&new.path)?;
    if new.path.starts_with("/aws-service-role/") {
        let text = "The path /aws-service-role/ is reserved for services.";
        return Err(ServiceError::new("ValidationError", text));
    }
    let session = new.max_session.unwrap_or(3600);
    if !(3600..=43200).contains(&session) {
        let text = format!(
            "1 validation error detected: Value '{session}' at 'maxSessionDuration' failed to satisfy constraint: Member \
             must have value between 3600 and 43200"
        );
        return Err(ServiceError::new("ValidationError", text));
    }
    super::policies::check_document(&new.trust)?;
    // Names are told apart without regard to case.
    if state
        .roles
        .keys()
        .any(|name| name.eq_ignore_ascii_case(&new.name))
    {
        let text = format!("Role with name {} already exists.", new.name);
        return Err(ServiceError::new("EntityAlreadyExists", text).status(409));
    }
    super::check_quota(state.roles.len(), most, "RolesPerAccount")
}

/// Paths of roles, policies and instance profiles.
///
/// # Errors
/// `ValidationError`.
pub(crate) fn check_path(path: &str) -> Result<(), ServiceError> {
    if path.starts_with('/') && path.ends_with('/') && path.len() <= 512 {
        return Ok(());
    }
    let text = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                characters and/or / characters.";
    Err(ServiceError::new("ValidationError", text))
}

/// Names of roles and policies.
///
/// # Errors
/// `ValidationError`.
pub(crate) fn check_name(member: &str, name: &str, most: usize) -> Result<(), ServiceError> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if (1..=most).contains(&name.len()) && name.chars().all(fits) {
        return Ok(());
    }
    let text = format!(
        "1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: Member must have length \
         less than or equal to {most} and satisfy regular expression pattern: [\\w+=,.@-]+"
    );
    Err(ServiceError::new("ValidationError", text))
}

/// Deletes a role that has no policies left and is in no instance profile (section 7).
///
/// # Errors
/// `NoSuchEntity`, `DeleteConflict`, `UnmodifiableEntity` for a service's own role.
pub(crate) fn delete(state: &mut State, name: &str) -> Result<(), ServiceError> {
    let role = state.role(name)?;
    if role.is_service_linked() {
        let text = format!("Cannot perform the operation on the protected role '{name}'.");
        return Err(ServiceError::new("UnmodifiableEntity", text));
    }
    if !role.attached.is_empty() {
        return Err(delete_conflict("must detach all policies first."));
    }
    if !role.inline.is_empty() {
        return Err(delete_conflict("must delete policies first."));
    }
    let lent = |profile: &InstanceProfile| profile.role.as_deref() == Some(name);
    if state.instance_profiles.values().any(lent) {
        return Err(delete_conflict(
            "must remove roles from instance profile first.",
        ));
    }
    state.roles.remove(name);
    Ok(())
}

/// Section 7.
pub(crate) fn delete_conflict(must: &str) -> ServiceError {
    ServiceError::new("DeleteConflict", format!("Cannot delete entity, {must}")).status(409)
}

/// Makes the role that a service uses for itself, unless there is one (section 7).
pub(crate) fn ensure_service_linked_role(world: &mut World, account: &str, service: &str) {
    let path = format!("/aws-service-role/{service}/");
    if world
        .iam(account)
        .roles
        .values()
        .any(|role| role.path == path)
    {
        return;
    }
    let name = service_linked_name(service);
    let id = world.mint_letters(&everywhere(account), TYPE, &name, ID_ALPHABET, 17);
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
    );
    let role = Role {
        unique_id: format!("AROA{id}"),
        arn: format!("arn:aws:iam::{account}:role{path}{name}"),
        path,
        trust,
        description: None,
        max_session: 3600,
        boundary: None,
        inline: BTreeMap::new(),
        attached: Vec::new(),
        created: world.now(),
        tags: BTreeMap::new(),
        revision: 0,
        name: name.clone(),
    };
    world.iam(account).roles.insert(name, role);
}

/// `AWSServiceRoleForAmazonSageMakerNotebooks` of `notebooks.sagemaker.amazonaws.com`.
fn service_linked_name(service: &str) -> String {
    let known = match service {
        "notebooks.sagemaker.amazonaws.com" => "AmazonSageMakerNotebooks",
        "elasticfilesystem.amazonaws.com" => "AmazonElasticFileSystem",
        "sagemaker.application-autoscaling.amazonaws.com" => {
            "ApplicationAutoScaling_SageMakerEndpoint"
        }
        other => other.split('.').next().unwrap_or_default(),
    };
    format!("AWSServiceRoleFor{known}")
}

pub(crate) fn not_found(name: &str) -> ServiceError {
    let text = format!("The role with name {name} cannot be found.");
    ServiceError::new("NoSuchEntity", text).status(404)
}
