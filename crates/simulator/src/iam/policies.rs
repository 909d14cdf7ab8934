//! Managed policies: AWS's own by ARN alone, and those of the account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::State;
use super::roles::{check_name, everywhere};
use crate::error::ServiceError;
use crate::world::World;

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::IAM::ManagedPolicy";

/// A policy of the account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub name: String,
    pub arn: String,
    /// `ANPA…`.
    pub unique_id: String,
    pub description: Option<String>,
    pub document: String,
    pub tags: BTreeMap<String, String>,
    pub revision: u64,
}

/// Makes a policy and returns its ARN.
///
/// # Errors
/// `EntityAlreadyExists`, `ValidationError`, `MalformedPolicyDocument`.
pub(crate) fn create(
    world: &mut World,
    account: &str,
    name: &str,
    path: &str,
    document: String,
    description: Option<String>,
) -> Result<String, ServiceError> {
    check_name("policyName", name, 128)?;
    check_document(&document)?;
    let arn = format!("arn:aws:iam::{account}:policy{path}{name}");
    if world
        .iam(account)
        .policies
        .values()
        .any(|policy| policy.name == name)
    {
        let text =
            format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(ServiceError::new("EntityAlreadyExists", text).status(409));
    }
    let id = world.mint_letters(
        &everywhere(account),
        TYPE,
        name,
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        17,
    );
    let policy = Policy {
        name: name.to_owned(),
        arn: arn.clone(),
        unique_id: format!("ANPA{id}"),
        description,
        document,
        tags: BTreeMap::new(),
        revision: 0,
    };
    world.iam(account).policies.insert(arn.clone(), policy);
    Ok(arn)
}

/// Deletes a policy that is attached to nothing.
///
/// # Errors
/// `NoSuchEntity`, `DeleteConflict`.
pub(crate) fn delete(state: &mut State, arn: &str) -> Result<(), ServiceError> {
    find(state, arn)?;
    if state
        .roles
        .values()
        .any(|role| role.attached.iter().any(|attached| attached == arn))
    {
        let text = "Cannot delete a policy attached to entities.";
        return Err(ServiceError::new("DeleteConflict", text).status(409));
    }
    state.policies.remove(arn);
    Ok(())
}

/// # Errors
/// `NoSuchEntity` unless the policy is AWS's own or the account's.
pub(crate) fn check_exists(state: &State, arn: &str) -> Result<(), ServiceError> {
    if arn.starts_with("arn:aws:iam::aws:policy/") {
        return Ok(());
    }
    find(state, arn).map(|_policy| ())
}

/// # Errors
/// `NoSuchEntity`.
pub(crate) fn find<'a>(state: &'a State, arn: &str) -> Result<&'a Policy, ServiceError> {
    state.policies.get(arn).ok_or_else(|| not_found(arn))
}

pub(crate) fn not_found(arn: &str) -> ServiceError {
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
