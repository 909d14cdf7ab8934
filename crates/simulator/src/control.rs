//! The control endpoints under `/_simulator` that need the world alone. The clock and the reset belong to the shell.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::acts::Import;
use crate::faults::Rule;
use crate::permissions::Permissions;
use crate::service::Service;
use crate::wire::{self, Request, Response};
use crate::world::World;

/// Answers a request under `/_simulator`, or nothing where the path is not one of these.
pub fn answer(world: &mut World, request: &Request) -> Option<Response> {
    Some(match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/_simulator/resources") => document(&json!(world.rows())),
        ("GET", "/_simulator/log") => log(world, &request.query),
        ("GET", "/_simulator/calls") => document(&calls(world)),
        ("GET", "/_simulator/operations") => document(&operations()),
        ("POST", "/_simulator/faults") => match serde_json::from_slice::<Rule>(&request.body) {
            Ok(rule) => match rule.check() {
                Ok(()) => {
                    let now = world.now();
                    document(&json!({"id": world.faults().add(now, rule)}))
                }
                Err(problem) => refuse(&problem),
            },
            Err(problem) => refuse(&problem.to_string()),
        },
        ("DELETE", "/_simulator/faults") => {
            world.faults().clear();
            document(&json!({}))
        }
        ("POST", "/_simulator/imports") => import(world, &request.body),
        ("POST", "/_simulator/templates") => template(world, &request.body),
        ("GET", "/_simulator/permissions") => document(&json!(world.asked())),
        ("PUT", "/_simulator/permissions") => permissions(world, &request.body),
        ("DELETE", "/_simulator/permissions") => {
            world.permissions = Permissions::default();
            document(&json!({}))
        }
        _ => return None,
    })
}

/// A JSON document with status 200.
pub fn document(value: &Value) -> Response {
    Response::new(200, "application/json", value.to_string().into_bytes())
}

/// A refusal with its reason.
pub fn refuse(problem: &str) -> Response {
    Response::new(
        400,
        "application/json",
        json!({"error": problem}).to_string().into_bytes(),
    )
}

/// Lets somebody import into a stack.
fn import(world: &mut World, body: &[u8]) -> Response {
    let read = serde_json::from_slice::<Import>(body).map_err(|problem| problem.to_string());
    match read.and_then(|import| world.import(&import)) {
        Ok(()) => document(&json!({})),
        Err(problem) => refuse(&problem),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTemplate {
    url: String,
    text: String,
}

/// Puts a template where CloudFormation finds it by its URL.
fn template(world: &mut World, body: &[u8]) -> Response {
    let read = serde_json::from_slice::<NewTemplate>(body).map_err(|problem| problem.to_string());
    match read.and_then(|new| world.templates.put(&new.url, &new.text)) {
        Ok(()) => document(&json!({})),
        Err(problem) => refuse(&problem),
    }
}

/// Sets up who may do what, in place of all that was set up before.
fn permissions(world: &mut World, body: &[u8]) -> Response {
    let read = serde_json::from_slice::<Permissions>(body).map_err(|problem| problem.to_string());
    match read.and_then(|permissions| permissions.check().map(|()| permissions)) {
        Ok(permissions) => {
            world.permissions = permissions;
            document(&json!({}))
        }
        Err(problem) => refuse(&problem),
    }
}

fn log(world: &World, query: &str) -> Response {
    let since = wire::form(query)
        .into_iter()
        .find(|(name, _)| name == "since")
        .and_then(|(_, seq)| seq.parse().ok())
        .unwrap_or(0);
    let mut lines = String::new();
    for entry in world.log().iter().filter(|entry| entry.seq > since) {
        // Writing into a string cannot fail.
        if writeln!(lines, "{}", json!(entry)).is_err() {
            break;
        }
    }
    Response::new(200, "application/x-ndjson", lines.into_bytes())
}

/// Every operation that is known, by the prefix of its service's IAM actions.
fn operations() -> Value {
    let named = |service: Service| {
        let names = service.operations().iter().map(|(name, _)| *name);
        (service.prefix(), names.collect::<Vec<_>>())
    };
    json!(
        Service::ALL
            .map(named)
            .into_iter()
            .collect::<BTreeMap<_, _>>()
    )
}

/// How often each action was answered, and with which error.
pub fn calls(world: &World) -> Value {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for entry in world.log() {
        let key = entry.code.as_ref().map_or_else(
            || entry.action.clone(),
            |code| format!("{}!{code}", entry.action),
        );
        *counts.entry(key).or_default() += 1;
    }
    json!(counts)
}
