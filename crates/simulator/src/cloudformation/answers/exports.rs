//! Exports and who imports them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::requests::refuse;
use super::{bad_token, next_token};
use crate::wire::page::page;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ExportsIn {
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ImportsIn {
    export_name: String,
    next_token: Option<String>,
}

pub(super) fn list_exports(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ExportsIn = input.parse()?;
    let state = &call.region().cloudformation;
    let exports: BTreeMap<String, (String, String)> = state
        .live()
        .flat_map(|stack| {
            stack
                .exports()
                .map(|(name, value)| (name.clone(), (stack.arn.clone(), value.clone())))
        })
        .collect();
    let exports: Vec<_> = exports.into_iter().collect();
    let size = call.world.page_size(None, 100);
    let (exports, token) = page(
        "ListExports",
        exports,
        |(name, _)| name.clone(),
        input.next_token.as_deref(),
        size,
        bad_token,
    )?;
    let exports = exports.iter().map(|(name, (stack, value))| {
        vec![
            Element::text("ExportingStackId", stack),
            Element::text("Name", name),
            Element::text("Value", value),
        ]
    });
    let mut members = vec![Element::list("Exports", "member", exports)];
    members.extend(next_token(token.as_ref()));
    Ok(Output::Xml(members))
}

pub(super) fn list_imports(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ImportsIn = input.parse()?;
    let name = input.export_name;
    let importers = call.region().cloudformation.importers(&name);
    if importers.is_empty() {
        return Err(refuse(format!(
            "Export '{name}' is not imported by any stack."
        )));
    }
    let size = call.world.page_size(None, 100);
    let (importers, token) = page(
        "ListImports",
        importers,
        Clone::clone,
        input.next_token.as_deref(),
        size,
        bad_token,
    )?;
    let mut members = vec![Element::texts("Imports", "member", importers)];
    members.extend(next_token(token.as_ref()));
    Ok(Output::Xml(members))
}
