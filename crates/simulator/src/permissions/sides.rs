//! What calls need besides their own action: roles that are passed, tags that are given at once, actions of other
//! services and service-linked roles (`sides.toml`; operators' notes, item 14).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::question::Context;
use super::request;
use super::resources::{self, Members};
use crate::world::{Place, World};

/// One more question that a call has to pass.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub action: String,
    pub resource: String,
    pub context: Context,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Sides {
    passes: Vec<Passes>,
    tagging: Vec<Tagging>,
    needs: Vec<Needs>,
    service_linked: Vec<ServiceLinked>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Passes {
    actions: Vec<String>,
    members: Vec<String>,
    to: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tagging {
    prefix: String,
    action: String,
    #[serde(default)]
    made: BTreeMap<String, String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Needs {
    actions: Vec<String>,
    action: String,
    resource: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceLinked {
    actions: Vec<String>,
    service: String,
    #[serde(rename = "source")]
    _source: String,
}

#[expect(
    clippy::expect_used,
    reason = "the table is part of the crate, and a test reads it"
)]
static SIDES: LazyLock<Sides> = LazyLock::new(|| {
    toml::from_str(include_str!("sides.toml")).expect("sides.toml is a table of side permissions")
});

/// A role that is handed to a service.
pub(super) fn pass_role(role: String, to: &str) -> Side {
    Side {
        action: "iam:PassRole".to_owned(),
        resource: role,
        context: Context::default().with("iam:PassedToService", [to]),
    }
}

/// Everything that a call needs besides its own action.
pub(super) fn of(world: &World, place: &Place, action: &str, input: &Value) -> Vec<Side> {
    let members = Members::of(input);
    let mut sides = Vec::new();
    for passes in SIDES
        .passes
        .iter()
        .filter(|one| one.actions.iter().any(|it| it == action))
    {
        let names: Vec<&str> = passes.members.iter().map(String::as_str).collect();
        let roles = request::found(input, &names).into_iter();
        sides.extend(roles.map(|role| pass_role(role, &passes.to)));
    }
    sides.extend(tagging(world, place, action, input, &members));
    sides.extend(needs(world, place, action, &members));
    let linked = SIDES.service_linked.iter();
    let linked = linked.filter(|one| one.actions.iter().any(|it| it == action));
    sides.extend(linked.filter_map(|one| service_linked(world, place, &one.service)));
    sides
}

/// The actions of other services that an action needs, whoever calls it.
pub(super) fn needs(world: &World, place: &Place, action: &str, members: &Members) -> Vec<Side> {
    let mut sides = Vec::new();
    for needs in SIDES
        .needs
        .iter()
        .filter(|one| one.actions.iter().any(|it| it == action))
    {
        let prefix = needs.action.split(':').next().unwrap_or_default();
        let found = resources::expand(world, place, prefix, &needs.resource, members);
        let resources = if found.is_empty() {
            vec!["*".to_owned()]
        } else {
            found
        };
        sides.extend(resources.into_iter().map(|resource| Side {
            action: needs.action.clone(),
            resource,
            context: Context::default(),
        }));
    }
    sides
}

/// Every member that names a role which a call passes to a service.
pub(super) fn passing_members() -> BTreeSet<&'static str> {
    let members = SIDES.passes.iter().flat_map(|passes| &passes.members);
    members.map(String::as_str).collect()
}

/// What a service needs for its own role while the account does not have it.
pub(super) fn service_linked(world: &World, place: &Place, service: &str) -> Option<Side> {
    let path = format!("/aws-service-role/{service}/");
    let there = world
        .iam_state(&place.account)
        .is_some_and(|state| state.roles.values().any(|role| role.path == path));
    (!there).then(|| Side {
        action: "iam:CreateServiceLinkedRole".to_owned(),
        resource: format!("arn:aws:iam::{}:role{path}*", place.account),
        context: Context::default().with("iam:AWSServiceName", [service]),
    })
}

fn tagging(
    world: &World,
    place: &Place,
    action: &str,
    input: &Value,
    members: &Members,
) -> Vec<Side> {
    let (prefix, name) = action.split_once(':').unwrap_or_default();
    let Some(tagging) = SIDES.tagging.iter().find(|one| one.prefix == prefix) else {
        return Vec::new();
    };
    let tags = request::tags(input);
    let context = Context::default()
        .with("ec2:CreateAction", (prefix == "ec2").then_some(name))
        .with_request_tags(&tags);
    let side = |resource| Side {
        action: tagging.action.clone(),
        resource,
        context: context.clone(),
    };
    if prefix == "ec2" {
        let kinds = input.get("TagSpecification").and_then(Value::as_array);
        let kinds = kinds.into_iter().flatten();
        let kinds = kinds.filter_map(|one| one.get("ResourceType").and_then(Value::as_str));
        return kinds
            .map(|kind| side(place.arn("ec2", &format!("{kind}/*"))))
            .collect();
    }
    if tags.is_empty() || !name.starts_with("Create") {
        return Vec::new();
    }
    let made = match tagging.made.get(name) {
        Some(template) => resources::expand(world, place, prefix, template, members),
        None => resources::arns(world, place, action, members),
    };
    made.into_iter().take(1).map(side).collect()
}

#[cfg(test)]
pub(super) fn actions() -> Vec<String> {
    let passes = SIDES.passes.iter().flat_map(|one| one.actions.clone());
    let needs = SIDES.needs.iter().flat_map(|one| one.actions.clone());
    let linked = SIDES
        .service_linked
        .iter()
        .flat_map(|one| one.actions.clone());
    passes.chain(needs).chain(linked).collect()
}
