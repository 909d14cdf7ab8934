//! What a role is allowed: inline policies, and attachments of managed ones.

use super::State;
use super::policies::{check_document, check_exists};
use super::roles::check_name;
use crate::error::ServiceError;
use crate::quotas;
use crate::world::World;

/// Attaches a managed policy; one that is attached stays so.
///
/// # Errors
/// `NoSuchEntity` of the role or the policy, `LimitExceeded`.
pub(crate) fn attach(
    world: &mut World,
    account: &str,
    role: &str,
    arn: &str,
) -> Result<(), ServiceError> {
    let most = world.quotas.limit(quotas::ROLE_POLICIES);
    let state = world.iam(account);
    check_exists(state, arn)?;
    let role = state.role_mut(role)?;
    if role.attached.iter().any(|attached| attached == arn) {
        return Ok(());
    }
    super::check_quota(role.attached.len(), most, "PoliciesPerRole")?;
    role.attached.push(arn.to_owned());
    role.changed();
    Ok(())
}

/// Detaches a managed policy.
///
/// # Errors
/// `NoSuchEntity` of the role or the attachment.
pub(crate) fn detach(state: &mut State, role: &str, arn: &str) -> Result<(), ServiceError> {
    let role = state.role_mut(role)?;
    if !role.attached.iter().any(|attached| attached == arn) {
        let text = format!("Policy {arn} was not found.");
        return Err(ServiceError::new("NoSuchEntity", text).status(404));
    }
    role.attached.retain(|attached| attached != arn);
    role.changed();
    Ok(())
}

/// Sets an inline policy.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`, `MalformedPolicyDocument`.
pub(crate) fn put(
    state: &mut State,
    role: &str,
    name: &str,
    document: &str,
) -> Result<(), ServiceError> {
    check_name("policyName", name, 128)?;
    check_document(document)?;
    let role = state.role_mut(role)?;
    role.inline.insert(name.to_owned(), document.to_owned());
    role.changed();
    Ok(())
}

/// Deletes an inline policy.
///
/// # Errors
/// `NoSuchEntity` of the role or the policy.
pub(crate) fn remove(state: &mut State, role: &str, name: &str) -> Result<(), ServiceError> {
    let role = state.role_mut(role)?;
    if role.inline.remove(name).is_none() {
        return Err(no_inline(name));
    }
    role.changed();
    Ok(())
}

/// There is no inline policy of this name.
pub(crate) fn no_inline(name: &str) -> ServiceError {
    let text = format!("The role policy with name {name} cannot be found.");
    ServiceError::new("NoSuchEntity", text).status(404)
}
