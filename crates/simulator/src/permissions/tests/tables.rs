//! The tables know what the simulator has.

use super::super::{handlers, resources, sides};
use crate::cloudformation::resource;
use crate::service::{Invocation, Service};
use crate::wire::Input;

fn writes() -> impl Iterator<Item = String> {
    let all = Service::ALL.into_iter();
    all.flat_map(|service| {
        service.operations().iter().filter_map(move |(name, _)| {
            let input = Input {
                value: serde_json::Value::Null,
                textual: false,
            };
            let action = (*name).to_owned();
            let invocation = Invocation {
                service,
                action,
                input,
            };
            invocation.write().then(|| invocation.iam_action())
        })
    })
}

/// Facts: F.56
#[test]
fn every_write_has_its_resources() {
    let missing: Vec<String> = writes()
        .filter(|action| resources::templates(action).is_none())
        .collect();
    assert!(
        missing.is_empty(),
        "resources.toml has no entry for {missing:?}"
    );
}

/// Facts: 7.34
#[test]
fn every_resource_type_has_its_handlers_permissions() {
    let known = handlers::kinds();
    let types = resource::all().map(resource::ResourceType::name);
    let missing: Vec<&str> = types.filter(|name| !known.contains(name)).collect();
    assert!(
        missing.is_empty(),
        "handlers.toml has no entry for {missing:?}"
    );
    for kind in known {
        for permission in handlers::permissions(kind) {
            let (prefix, name) = permission.split_once(':').unwrap();
            assert!(!name.is_empty() && prefix != "efs", "{kind}: {permission}");
        }
    }
}

#[test]
fn what_needs_more_has_its_own_entry_too() {
    for action in sides::actions() {
        assert!(resources::templates(&action).is_some(), "{action}");
    }
}
