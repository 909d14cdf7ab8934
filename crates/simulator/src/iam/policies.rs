//! Managed policies: AWS's own by ARN alone, and those of the account with their versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::State;
use super::roles::{check_name, everywhere};
use crate::error::ServiceError;
use crate::quotas;
use crate::time::SimTime;
use crate::world::World;

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::IAM::ManagedPolicy";

/// Versions that a policy may have.
const VERSIONS: usize = 5;

/// A policy of the account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub name: String,
    pub arn: String,
    /// `ANPA…`.
    pub unique_id: String,
    /// `/` or `/a/b/`.
    pub path: String,
    pub description: Option<String>,
    /// In order of their numbers; one of them is in force.
    pub versions: Vec<Version>,
    pub in_force: u32,
    pub created: SimTime,
    pub tags: BTreeMap<String, String>,
    pub revision: u64,
}

impl Policy {
    /// The document of the version that decides.
    pub(crate) fn in_force(&self) -> &str {
        let mut versions = self.versions.iter();
        let decides = versions.find(|version| version.number == self.in_force);
        decides.map_or("", |version| &version.document)
    }
}

/// A version of a policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Version {
    pub number: u32,
    pub document: String,
    pub created: SimTime,
}

impl Version {
    /// `v1`.
    pub(crate) fn id(&self) -> String {
        format!("v{}", self.number)
    }
}

/// A policy that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewPolicy {
    pub name: String,
    pub path: String,
    pub document: String,
    pub description: Option<String>,
    pub tags: BTreeMap<String, String>,
}

/// Makes a policy and returns its ARN.
///
/// # Errors
/// `EntityAlreadyExists`, `ValidationError`, `MalformedPolicyDocument`, `LimitExceeded`.
pub(crate) fn create(
    world: &mut World,
    account: &str,
    new: NewPolicy,
) -> Result<String, ServiceError> {
    let most = world.quotas.limit(quotas::POLICIES);
    check(world.iam(account), &new, most)?;
    let id = world.mint_letters(
        &everywhere(account),
        TYPE,
        &new.name,
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        17,
    );
    let created = world.now();
    let arn = format!("arn:aws:iam::{account}:policy{}{}", new.path, new.name);
    let first = Version {
        number: 1,
        document: new.document,
        created,
    };
    let policy = Policy {
        name: new.name,
        arn: arn.clone(),
        unique_id: format!("ANPA{id}"),
        path: new.path,
        description: new.description,
        versions: vec![first],
        in_force: 1,
        created,
        tags: new.tags,
        revision: 0,
    };
    world.iam(account).policies.insert(arn.clone(), policy);
    Ok(arn)
}

fn check(state: &State, new: &NewPolicy, most: usize) -> Result<(), ServiceError> {
    check_name("policyName", &new.name, 128)?;
    super::roles::check_path(&new.path)?;
    check_document(&new.document)?;
    let taken = |policy: &Policy| policy.name.eq_ignore_ascii_case(&new.name);
    if state.policies.values().any(taken) {
        let text = format!(
            "A policy called {} already exists. Duplicate names are not allowed.",
            new.name
        );
        return Err(ServiceError::new("EntityAlreadyExists", text).status(409));
    }
    super::check_quota(state.policies.len(), most, "PoliciesPerAccount")
}

/// Adds a version, which is in force from now on if that is asked for, and returns its id.
///
/// # Errors
/// `NoSuchEntity`, `MalformedPolicyDocument`, `LimitExceeded`.
pub(crate) fn add_version(
    state: &mut State,
    arn: &str,
    document: String,
    in_force: bool,
    now: SimTime,
) -> Result<String, ServiceError> {
    check_document(&document)?;
    let policy = find_mut(state, arn)?;
    if policy.versions.len() >= VERSIONS {
        let text = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an \
                    existing version.";
        return Err(ServiceError::new("LimitExceeded", text).status(409));
    }
    let last = policy.versions.last().map_or(0, |version| version.number);
    let version = Version {
        number: last + 1,
        document,
        created: now,
    };
    let id = version.id();
    if in_force {
        policy.in_force = version.number;
    }
    policy.versions.push(version);
    policy.revision += 1;
    Ok(id)
}

/// Makes room for a version: the oldest that is not in force goes where there are as many as there may be.
pub(crate) fn make_room(state: &mut State, arn: &str) {
    let Some(policy) = state.policies.get_mut(arn) else {
        return;
    };
    if policy.versions.len() < VERSIONS {
        return;
    }
    let in_force = policy.in_force;
    let oldest = policy.versions.iter().position(|it| it.number != in_force);
    if let Some(oldest) = oldest {
        policy.versions.remove(oldest);
    }
}

/// Puts a version in force.
///
/// # Errors
/// `NoSuchEntity`.
pub(crate) fn set_in_force(state: &mut State, arn: &str, id: &str) -> Result<(), ServiceError> {
    let number = version(find(state, arn)?, id)?.number;
    let policy = find_mut(state, arn)?;
    policy.in_force = number;
    policy.revision += 1;
    Ok(())
}

/// Deletes a version that is not in force.
///
/// # Errors
/// `NoSuchEntity`, `DeleteConflict`.
pub(crate) fn remove_version(state: &mut State, arn: &str, id: &str) -> Result<(), ServiceError> {
    let number = version(find(state, arn)?, id)?.number;
    let policy = find_mut(state, arn)?;
    if policy.in_force == number {
        let text = "Cannot delete the default version of a policy.";
        return Err(ServiceError::new("DeleteConflict", text).status(409));
    }
    policy.versions.retain(|version| version.number != number);
    policy.revision += 1;
    Ok(())
}

/// The version of this id.
///
/// # Errors
/// `NoSuchEntity`.
pub(crate) fn version<'a>(policy: &'a Policy, id: &str) -> Result<&'a Version, ServiceError> {
    let found = policy.versions.iter().find(|version| version.id() == id);
    found.ok_or_else(|| {
        let text = format!(
            "Policy {} version {id} does not exist or is not attachable.",
            policy.arn
        );
        ServiceError::new("NoSuchEntity", text).status(404)
    })
}

/// How many roles have the policy.
pub(crate) fn attachments(state: &State, arn: &str) -> usize {
    let has = |role: &&super::roles::Role| role.attached.iter().any(|attached| attached == arn);
    state.roles.values().filter(has).count()
}

/// How many roles the policy bounds.
pub(crate) fn boundaries(state: &State, arn: &str) -> usize {
    let bound = |role: &&super::roles::Role| role.boundary.as_deref() == Some(arn);
    state.roles.values().filter(bound).count()
}

/// Deletes a policy that nothing has, and that has no versions but the one in force.
///
/// # Errors
/// `NoSuchEntity`, `DeleteConflict`.
pub(crate) fn delete(state: &mut State, arn: &str) -> Result<(), ServiceError> {
    let versions = find(state, arn)?.versions.len();
    if attachments(state, arn) + boundaries(state, arn) > 0 {
        let text = "Cannot delete a policy attached to entities.";
        return Err(ServiceError::new("DeleteConflict", text).status(409));
    }
    if versions > 1 {
        let text = "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                    versions. The default version is deleted with the policy.";
        return Err(ServiceError::new("DeleteConflict", text).status(409));
    }
    state.policies.remove(arn);
    Ok(())
}

/// Whether the policy is one of AWS's own, whose documents are not known here.
pub(crate) fn is_of_aws(arn: &str) -> bool {
    arn.starts_with("arn:aws:iam::aws:policy/")
}

/// # Errors
/// `NoSuchEntity` unless the policy is AWS's own or the account's.
pub(crate) fn check_exists(state: &State, arn: &str) -> Result<(), ServiceError> {
    if is_of_aws(arn) {
        return Ok(());
    }
    find(state, arn).map(|_policy| ())
}

/// # Errors
/// `NoSuchEntity`.
pub(crate) fn find<'a>(state: &'a State, arn: &str) -> Result<&'a Policy, ServiceError> {
    state.policies.get(arn).ok_or_else(|| not_found(arn))
}

fn find_mut<'a>(state: &'a mut State, arn: &str) -> Result<&'a mut Policy, ServiceError> {
    state.policies.get_mut(arn).ok_or_else(|| not_found(arn))
}

fn not_found(arn: &str) -> ServiceError {
    let text = format!("Policy {arn} does not exist or is not attachable.");
    ServiceError::new("NoSuchEntity", text).status(404)
}

/// A document is an object with statements.
///
/// # Errors
/// `MalformedPolicyDocument`.
pub(crate) fn check_document(text: &str) -> Result<(), ServiceError> {
    let parsed = serde_json::from_str::<serde_json::Value>(text).ok();
    if parsed.is_some_and(|document| document.get("Statement").is_some()) {
        return Ok(());
    }
    Err(ServiceError::new(
        "MalformedPolicyDocument",
        "Syntax errors in policy.",
    ))
}
