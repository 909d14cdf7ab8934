//! Service roles: CloudFormation works as one where a stack has it (operators' notes, item 28).

use serde_json::Value;

use super::refuse;
use crate::error::ServiceError;
use crate::world::Call;

const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";

/// Checks that CloudFormation can assume a role, where there is one. The ideal client of a bound needs none: a stack that
/// goes early may have had it.
///
/// # Errors
/// `ValidationError` where IAM has no such role, or where the role does not trust CloudFormation.
pub(in super::super) fn check(
    call: &mut Call<'_>,
    role_arn: Option<&String>,
) -> Result<(), ServiceError> {
    let Some(arn) = role_arn.filter(|_| !call.world.ideal) else {
        return Ok(());
    };
    let account = call.place.account.clone();
    match call.world.iam(&account).role_of(arn) {
        Some(role) if trusts(&role.trust) => Ok(()),
        Some(_) | None => Err(refuse(format!(
            "Role {arn} is invalid or cannot be assumed"
        ))),
    }
}

/// Whether a trust policy lets CloudFormation assume the role.
fn trusts(document: &str) -> bool {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let statements = document.get("Statement").map(many).unwrap_or_default();
    let allows = |statement: &&Value| {
        let has = |part: Option<&Value>, wanted: &[&str]| {
            let texts = part.map(many).unwrap_or_default();
            texts
                .iter()
                .any(|text| text.as_str().is_some_and(|text| wanted.contains(&text)))
        };
        let principal = statement.get("Principal");
        let service = principal.and_then(|principal| principal.get("Service"));
        statement.get("Effect").and_then(Value::as_str) == Some("Allow")
            && has(service, &[CLOUDFORMATION])
            && has(statement.get("Action"), &["sts:AssumeRole", "sts:*", "*"])
    };
    statements.iter().any(allows)
}

/// One value or a list of them.
fn many(value: &Value) -> Vec<&Value> {
    value
        .as_array()
        .map_or_else(|| vec![value], |items| items.iter().collect())
}
