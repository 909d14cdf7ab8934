//! Security Token Service: who is calling.

use serde::Deserialize;

use crate::service::{ACCOUNT, Operation};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// What STS can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[("GetCallerIdentity", get_caller_identity)];

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
