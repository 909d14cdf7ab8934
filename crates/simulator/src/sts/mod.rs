//! Security Token Service: who is calling, roles that are assumed, and why something was denied.

mod assume;
#[cfg(test)]
mod tests;

use serde::Deserialize;

use crate::error::ServiceError;
use crate::permissions;
use crate::service::{ACCOUNT, Operation};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// What ARNs of sessions have before the role's name.
const SESSION: &str = ":assumed-role/";

/// What STS can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[
    ("AssumeRole", assume::assume_role),
    (
        "AssumeRoleWithWebIdentity",
        assume::assume_role_with_web_identity,
    ),
    ("DecodeAuthorizationMessage", decode_authorization_message),
    ("GetCallerIdentity", get_caller_identity),
];

fn get_caller_identity(call: &mut Call<'_>, input: &Input) -> Answered {
    let Nothing {} = input.parse()?;
    Ok(Output::Xml(vec![
        Element::text("Arn", &call.caller),
        Element::text("UserId", user_id(call)),
        Element::text("Account", ACCOUNT),
    ]))
}

/// The unique id of whoever calls: of a role's session the role's, with the session's name.
fn user_id(call: &Call<'_>) -> String {
    let mut parts = call.caller.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let state = call.world.iam_state(&call.place.account);
    let role = parts.next().filter(|_| call.caller.contains(SESSION));
    match role.and_then(|role| state?.roles.get(role)) {
        Some(role) => format!("{}:{name}", role.unique_id),
        None => name.to_uppercase(),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DecodeIn {
    encoded_message: String,
}

/// The operators' way to see why EC2 denied something.
fn decode_authorization_message(call: &mut Call<'_>, input: &Input) -> Answered {
    let DecodeIn { encoded_message } = input.parse()?;
    match permissions::decode(&encoded_message, call.world.seed()) {
        Some(message) => Ok(Output::Xml(vec![Element::text("DecodedMessage", message)])),
        None => Err(ServiceError::new(
            "InvalidAuthorizationMessageException",
            "Message is not valid",
        )),
    }
}
