//! What CloudFormation finds out before it begins: the members that a template makes under its conditions, and
//! mistakes that need the stack or the account to be seen.

use std::collections::BTreeMap;

use super::functions;
use super::parameters;
use super::stack::{Member, Stack};
use crate::world::{Place, World};

/// The members of a stack that has the wanted template and parameters, and still the members that exist.
///
/// # Errors
/// A sentence in CloudFormation's words.
pub(super) fn members(
    world: &mut World,
    place: &Place,
    stack: &Stack,
) -> Result<BTreeMap<String, Member>, String> {
    let body = stack.template.body().map_err(|error| error.message)?;
    for parameter in &body.parameters {
        if let Some(value) = stack.parameters.get(&parameter.name) {
            parameters::look_up(world, place, parameter, value)?;
        }
    }
    let conditions = functions::conditions(world, place, body, &stack.name, &stack.parameters)?;
    body.check_conditional(&conditions)?;
    let wanted = |condition: &Option<String>| {
        condition
            .as_ref()
            .is_none_or(|name| conditions.get(name) == Some(&true))
    };
    let members: BTreeMap<String, Member> = body
        .resources
        .iter()
        .filter(|(_, declared)| wanted(&declared.condition))
        .map(|(logical, declared)| {
            let member = Member {
                kind: declared.kind.clone(),
                depends: declared.depends.clone(),
                policy: declared.deletion_policy.clone(),
                replace_policy: declared.replace_policy.clone(),
                ..Member::default()
            };
            (logical.clone(), member)
        })
        .collect();
    check_types(stack, &members)?;
    Ok(members)
}

/// A logical id stands for one type as long as its resource lives.
fn check_types(stack: &Stack, members: &BTreeMap<String, Member>) -> Result<(), String> {
    let other_type = |(logical, member): &(&String, &Member)| {
        let known = stack.members.get(*logical);
        known.is_some_and(|known| known.exists() && known.kind != member.kind)
    };
    let changed: Vec<&str> = members
        .iter()
        .filter(other_type)
        .map(|(logical, _)| logical.as_str())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(format!(
        "Update of resource type is not permitted. The new template modifies resource type of the following resources: [{}]",
        changed.join(", ")
    ))
}
