//! Security Token Service: who is calling.

use serde::Deserialize;

use crate::service::{self, ACCOUNT, Service};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

pub(crate) fn perform(call: &mut Call<'_>, action: &str, input: &Input) -> Answered {
    match action {
        "GetCallerIdentity" => {
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
        _ => Err(service::unknown_action(Service::Sts, action)),
    }
}
