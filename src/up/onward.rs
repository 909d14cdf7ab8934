//! The commands that come next.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::request::Request;
use crate::context::Context;

/// How to open it and how to remove it, where there is a domain.
pub(super) fn tell(cx: &Context, request: &Request, outputs: &mut BTreeMap<String, Value>) {
    let Some(domain) = outputs.get("domain").and_then(Value::as_str) else {
        return;
    };
    let opening = opener(request, outputs).map(|profile| {
        format!(
            "aws sagemaker create-presigned-domain-url --domain-id {domain} --user-profile-name {profile}{}",
            reach(cx, request)
        )
    });
    outputs.extend(opening.map(|opening| ("open".to_owned(), json!(opening))));
    outputs.insert("remove".to_owned(), json!(removal(request)));
}

/// What the commands are made of that lead on from a stack with which nothing may be done.
pub(super) struct Onward {
    /// The end of a command of the AWS CLI.
    pub reach: String,
    /// The teardown.
    pub removal: String,
}

impl Onward {
    pub(super) fn of(cx: &Context, request: &Request) -> Self {
        Self {
            reach: reach(cx, request),
            removal: removal(request),
        }
    }
}

/// What leads a command of the AWS CLI to where this run was at work.
pub(super) fn reach(cx: &Context, request: &Request) -> String {
    format!(
        " --region {}{}",
        cx.aws.region(),
        flag("profile", request.reached_by.profile.as_ref())
    )
}

/// Whose Studio is opened: a profile of the stacks' own rather than a participant's.
fn opener(request: &Request, outputs: &BTreeMap<String, Value>) -> Option<String> {
    let profiles = outputs.get("profiles")?.as_array()?;
    let names: Vec<&str> = profiles.iter().filter_map(Value::as_str).collect();
    let participants = &request.options.participants.names;
    let own = names.iter().find(|name| !participants.contains(**name));
    own.or(names.first()).map(|name| (*name).to_owned())
}

/// The teardown, as whoever runs this one would call it.
pub(super) fn removal(request: &Request) -> String {
    format!(
        "jumpstart-vpc down --name {}{}{}",
        request.claim.environment,
        flag("region", request.reached_by.region.as_ref()),
        flag("profile", request.reached_by.profile.as_ref())
    )
}

fn flag(name: &str, value: Option<&String>) -> String {
    value
        .map(|value| format!(" --{name} {value}"))
        .unwrap_or_default()
}
