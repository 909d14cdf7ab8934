//! SageMaker's refusals, in its codes and texts (section 1.2 of the notes on AWS's behaviour).

use super::record::{Record, Status};
use crate::error::ServiceError;
use crate::iam;
use crate::world::World;

/// The principal that execution roles trust.
const SERVICE: &str = "sagemaker.amazonaws.com";

pub(super) fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationException", message)
}

pub(super) fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ResourceNotFound", message)
}

pub(super) fn in_use(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ResourceInUse", message)
}

/// One more than a quota allows (section 8).
pub(super) fn limit_exceeded(quota: &str, unit: &str, limit: usize, used: usize) -> ServiceError {
    limit_exceeded_by(quota, unit, limit, used, 1)
}

/// So many more than a quota allows (section 8).
pub(super) fn limit_exceeded_by(
    quota: &str,
    unit: &str,
    limit: usize,
    used: usize,
    delta: usize,
) -> ServiceError {
    let message = format!(
        "The account-level service limit '{quota}' is {limit} {unit}, with current utilization of {used} {unit} and a \
         request delta of {delta} {unit}. Please use AWS Service Quotas to request an increase for this quota. If AWS Service \
         Quotas is not available, contact AWS support to request an increase for this quota."
    );
    ServiceError::new("ResourceLimitExceeded", message)
}

/// Refuses one more of what a quota of the account counts.
pub(super) fn check_quota(
    world: &World,
    quota: &str,
    unit: &str,
    used: usize,
) -> Result<(), ServiceError> {
    let limit = world.quotas.limit(quota);
    if used < limit {
        return Ok(());
    }
    Err(limit_exceeded(quota, unit, limit, used))
}

/// `Could not find endpoint "arn:…".`, which is how the inference side says that something is not there.
pub(super) fn could_not_find(what: &str, arn: &str) -> ServiceError {
    validation(format!("Could not find {what} \"{arn}\"."))
}

/// `Unable to delete Domain [arn] because UserProfile(s) are associated with it.`
pub(super) fn associated(verb: &str, kind: &str, arn: &str, others: &str) -> ServiceError {
    in_use(format!(
        "Unable to {verb} {kind} [{arn}] because {others}(s) are associated with it."
    ))
}

/// What is not in service can own or carry nothing new.
pub(super) fn check_in_service(kind: &str, record: &Record) -> Result<(), ServiceError> {
    if record.status == Status::InService {
        return Ok(());
    }
    let (arn, status) = (&record.arn, record.status.word());
    Err(validation(format!(
        "{kind} [{arn}] is not in InService status: {status}."
    )))
}

/// A step is asked for while another one is at work (section 1.1).
pub(super) fn busy(world: &World, verb: &str, kind: &str, record: &Record) -> ServiceError {
    let message = format!(
        "Unable to {verb} {kind} [{}] because it is in {} status.",
        record.arn,
        record.status.word()
    );
    if world.switches.busy_is_resource_in_use {
        in_use(message)
    } else {
        validation(message)
    }
}

/// A name that is not `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`.
pub(super) fn check_name(member: &str, name: &str) -> Result<(), ServiceError> {
    let letters = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let ends = name.starts_with('-') || name.ends_with('-');
    if letters && !ends && (1..=63).contains(&name.len()) {
        return Ok(());
    }
    Err(validation(format!(
        "1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){{0,62}}"
    )))
}

/// Refuses a value that is not in an enumeration.
pub(super) fn check_one_of(member: &str, value: &str, known: &[&str]) -> Result<(), ServiceError> {
    if known.contains(&value) {
        return Ok(());
    }
    Err(validation(not_in_set(member, value, known)))
}

/// The sentence about a value that is not in an enumeration.
pub(super) fn not_in_set(member: &str, value: &str, known: &[&str]) -> String {
    format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy \
         enum value set: [{}]",
        known.join(", ")
    )
}

/// Refuses an execution role that IAM does not have, or that does not let SageMaker assume it (section 7).
pub(super) fn check_role(world: &mut World, account: &str, arn: &str) -> Result<(), ServiceError> {
    let trust_counts = world.switches.untrusting_role_refused;
    let role = iam::usable(world, account, arn);
    if role.is_some_and(|role| !trust_counts || role.trusts(SERVICE)) {
        return Ok(());
    }
    Err(validation(format!(
        "Could not assume role {arn}. Please ensure that the role exists and allows principal '{SERVICE}' to assume the \
         role."
    )))
}
