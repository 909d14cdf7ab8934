//! Instance profiles: each lends one role to instances, and holds it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::State;
use super::roles::{ID_ALPHABET, check_name, check_path, everywhere};
use crate::error::ServiceError;
use crate::quotas;
use crate::time::SimTime;
use crate::world::World;

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::IAM::InstanceProfile";

/// An instance profile.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct InstanceProfile {
    pub name: String,
    /// `AIPA…`.
    pub unique_id: String,
    pub arn: String,
    pub path: String,
    pub role: Option<String>,
    pub created: SimTime,
    pub tags: BTreeMap<String, String>,
    pub revision: u64,
}

/// Makes a profile without a role.
///
/// # Errors
/// `EntityAlreadyExists`, `ValidationError`, `LimitExceeded`.
pub(crate) fn create(
    world: &mut World,
    account: &str,
    name: &str,
    path: &str,
    tags: BTreeMap<String, String>,
) -> Result<(), ServiceError> {
    check_name("instanceProfileName", name, 128)?;
    check_path(path)?;
    let most = world.quotas.limit(quotas::INSTANCE_PROFILES);
    let profiles = &world.iam(account).instance_profiles;
    if profiles
        .keys()
        .any(|other| other.eq_ignore_ascii_case(name))
    {
        let text = format!("Instance Profile {name} already exists.");
        return Err(ServiceError::new("EntityAlreadyExists", text).status(409));
    }
    super::check_quota(profiles.len(), most, "InstanceProfilesPerAccount")?;
    let id = world.mint_letters(&everywhere(account), TYPE, name, ID_ALPHABET, 17);
    let profile = InstanceProfile {
        name: name.to_owned(),
        unique_id: format!("AIPA{id}"),
        arn: format!("arn:aws:iam::{account}:instance-profile{path}{name}"),
        path: path.to_owned(),
        role: None,
        created: world.now(),
        tags,
        revision: 0,
    };
    let profiles = &mut world.iam(account).instance_profiles;
    profiles.insert(name.to_owned(), profile);
    Ok(())
}

/// Puts a role into a profile that has none.
///
/// # Errors
/// `NoSuchEntity`, `LimitExceeded`, `UnmodifiableEntity` for a service's own role.
pub(crate) fn add_role(state: &mut State, name: &str, role: &str) -> Result<(), ServiceError> {
    if state.role(role)?.is_service_linked() {
        let text = format!("Cannot perform the operation on the protected role '{role}'.");
        return Err(ServiceError::new("UnmodifiableEntity", text));
    }
    let profile = find_mut(state, name)?;
    super::check_quota(
        usize::from(profile.role.is_some()),
        1,
        "InstanceSessionsPerInstanceProfile",
    )?;
    profile.role = Some(role.to_owned());
    profile.revision += 1;
    Ok(())
}

/// Takes the role out of a profile.
///
/// # Errors
/// `NoSuchEntity`.
pub(crate) fn remove_role(state: &mut State, name: &str, role: &str) -> Result<(), ServiceError> {
    let profile = find_mut(state, name)?;
    if profile.role.as_deref() != Some(role) {
        return Err(super::roles::not_found(role));
    }
    profile.role = None;
    profile.revision += 1;
    Ok(())
}

/// Deletes a profile that has no role.
///
/// # Errors
/// `NoSuchEntity`, `DeleteConflict`.
pub(crate) fn delete(state: &mut State, name: &str) -> Result<(), ServiceError> {
    if find(state, name)?.role.is_some() {
        return Err(super::roles::delete_conflict(
            "must remove roles from instance profile first.",
        ));
    }
    state.instance_profiles.remove(name);
    Ok(())
}

/// # Errors
/// `NoSuchEntity`.
pub(crate) fn find<'a>(state: &'a State, name: &str) -> Result<&'a InstanceProfile, ServiceError> {
    let found = state.instance_profiles.get(name);
    found.ok_or_else(|| not_found(name))
}

fn find_mut<'a>(state: &'a mut State, name: &str) -> Result<&'a mut InstanceProfile, ServiceError> {
    let found = state.instance_profiles.get_mut(name);
    found.ok_or_else(|| not_found(name))
}

fn not_found(name: &str) -> ServiceError {
    let text = format!("Instance Profile {name} cannot be found.");
    ServiceError::new("NoSuchEntity", text).status(404)
}
