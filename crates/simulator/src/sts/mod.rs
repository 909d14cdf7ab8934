//! Security Token Service: who is calling, and why something was denied.

use serde::Deserialize;

use crate::error::ServiceError;
use crate::permissions;
use crate::service::{ACCOUNT, Operation};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// What STS can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[
    ("DecodeAuthorizationMessage", decode_authorization_message),
    ("GetCallerIdentity", get_caller_identity),
];

fn get_caller_identity(call: &mut Call<'_>, input: &Input) -> Answered {
    let Nothing {} = input.parse()?;
    let key = call
        .caller
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_uppercase();
    Ok(Output::Xml(vec![
        Element::text("Arn", &call.caller),
        Element::text("UserId", key),
        Element::text("Account", ACCOUNT),
    ]))
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
