//! Service roles: CloudFormation works as one where a stack has it (operators' notes, item 28).

use super::refuse;
use crate::error::ServiceError;
use crate::iam;
use crate::world::Call;

const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";

/// Checks that CloudFormation can assume a role, where there is one. The ideal client of a bound needs none: a stack that
/// goes early may have had it.
///
/// # Errors
/// `ValidationError` where IAM has no such role, where it was made a moment ago, or where it does not trust
/// CloudFormation.
pub(in super::super) fn check(
    call: &mut Call<'_>,
    role_arn: Option<&String>,
) -> Result<(), ServiceError> {
    let Some(arn) = role_arn.filter(|_| !call.world.ideal) else {
        return Ok(());
    };
    let account = call.place.account.clone();
    let trusts = |role: &iam::Role| role.trusts(CLOUDFORMATION);
    if iam::usable(call.world, &account, arn).is_some_and(trusts) {
        return Ok(());
    }
    let text = format!("Role {arn} is invalid or cannot be assumed");
    Err(refuse(text))
}
