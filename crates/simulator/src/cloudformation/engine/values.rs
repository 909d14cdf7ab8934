//! What a template's values are for a stack as it stands.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::body::{Body, Declared};
use super::super::functions::{self, Scope};
use super::super::stack::{Output, Stack};
use crate::world::{Place, World};

/// Outputs and the exports that they import. Names of exports are unique in a region.
pub(super) fn outputs(
    world: &mut World,
    place: &Place,
    stack: &Stack,
) -> Result<(Vec<Output>, BTreeSet<String>), String> {
    let body = stack.template.body().map_err(|error| error.message)?;
    let conditions = functions::conditions(world, place, body, &stack.name, &stack.parameters)?;
    let mut scope = scope(world, place, body, stack, &conditions);
    let outputs = scope.outputs()?;
    let imports = scope.imports;
    for name in outputs.iter().filter_map(|output| output.export.as_ref()) {
        if let Some(other) = world
            .region(place)
            .cloudformation
            .exporter(name)
            .filter(|other| other.arn != stack.arn)
        {
            return Err(format!(
                "Export with name {name} is already exported by stack {}.",
                other.name
            ));
        }
    }
    Ok((outputs, imports))
}

pub(in super::super) fn scope<'a>(
    world: &'a mut World,
    place: &'a Place,
    body: &'a Body,
    stack: &'a Stack,
    conditions: &'a BTreeMap<String, bool>,
) -> Scope<'a> {
    Scope {
        world,
        place,
        body,
        stack_name: &stack.name,
        stack_id: &stack.arn,
        parameters: &stack.parameters,
        members: &stack.members,
        conditions,
        imports: BTreeSet::new(),
        unknown: BTreeSet::new(),
        met_unknown: false,
    }
}

/// The first export that the stack's resources import and that nobody has: CloudFormation looks for them before it makes
/// anything (section 3.4).
pub(super) fn missing_import(world: &mut World, place: &Place, stack: &Stack) -> Option<String> {
    let body = stack.template.body().ok()?;
    let conditions =
        functions::conditions(world, place, body, &stack.name, &stack.parameters).ok()?;
    let mut scope = scope(world, place, body, stack, &conditions);
    let members = stack
        .members
        .keys()
        .filter_map(|logical| body.resources.get(logical));
    let mut values = members.map(|declared| &declared.properties);
    values.find_map(|value| scope.missing_import(value))
}

/// The resolved properties of one declared resource, with the exports that they import.
pub(super) fn properties(
    world: &mut World,
    place: &Place,
    stack: &Stack,
    logical: &str,
) -> Result<(Value, BTreeSet<String>), String> {
    let body = stack.template.body().map_err(|error| error.message)?;
    let conditions = functions::conditions(world, place, body, &stack.name, &stack.parameters)?;
    let declared: &Declared = body
        .resources
        .get(logical)
        .ok_or_else(|| format!("resource {logical} is not in the template"))?;
    let mut scope = scope(world, place, body, stack, &conditions);
    let value = scope.properties(&declared.properties)?;
    Ok((value, scope.imports))
}
