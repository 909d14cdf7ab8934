//! What an update would do, found out before it is done.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::engine::update;
use super::functions;
use super::origins::{Changed, Difference, Origin};
use super::stack::{Member, Stack};
use super::{engine, plan, resource};
use crate::world::{Place, World};

/// What would happen to one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    /// `Add`, `Modify`, `Remove`.
    pub action: String,
    pub logical: String,
    pub physical: Option<String>,
    pub kind: String,
    /// `True`, `False`, `Conditional`; none for what is added or removed.
    pub replacement: Option<String>,
    pub properties: Vec<Difference>,
    /// Whether the stack's tags differ.
    pub tags: bool,
    /// Whether other tags replace it.
    pub tags_recreate: bool,
}

/// Everything that an update would change.
pub(super) struct Preview {
    /// By logical id.
    pub changes: Vec<Change>,
    /// Properties of what is added or modified, as far as they are known.
    pub wanted: BTreeMap<String, Value>,
    /// Outputs, exports or the stack's own tags.
    pub others: bool,
}

impl Preview {
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.others
    }
}

/// What makes `target`, which still has the members that exist, out of `stack`.
///
/// # Errors
/// A sentence about what cannot be resolved.
pub(super) fn of(
    world: &mut World,
    place: &Place,
    stack: &Stack,
    target: &Stack,
) -> Result<Preview, String> {
    let declared = plan::members(world, place, target)?;
    let body = target.template.body().map_err(|error| error.message)?;
    let conditions = functions::conditions(world, place, body, &target.name, &target.parameters)?;
    let old_body = stack.template.body().ok();
    let mut scope = engine::scope(world, place, body, target, &conditions);
    let mut changes: BTreeMap<String, Change> = removals(stack, &declared);
    let mut properties = BTreeMap::new();
    for logical in in_order(&declared) {
        let (Some(member), Some(wanted)) = (declared.get(logical), body.resources.get(logical))
        else {
            continue;
        };
        let made = |known: &&Member| known.exists() && known.status != "CREATE_FAILED";
        let known = stack.members.get(logical).filter(made);
        let declared = &wanted.properties;
        let wanted = scope.preview(declared)?;
        let change = match known {
            None => Some(addition(logical, member)),
            Some(known) => {
                let old = old_body.and_then(|body| body.resources.get(logical));
                let changed = Changed {
                    conditions: &conditions,
                    parameters: changed_parameters(stack, target),
                    resources: &scope.unknown,
                };
                let why = |property: &str| {
                    let before = old.and_then(|old| old.properties.get(property));
                    changed.origins(before, declared.get(property))
                };
                modification(&target.tags, logical, known, &wanted, &why)
            }
        };
        let Some(change) = change else {
            continue;
        };
        if change.replacement.as_deref() != Some("False") {
            scope.unknown.insert(logical.clone());
        }
        changes.insert(logical.clone(), change);
        properties.insert(logical.clone(), wanted);
    }
    // Outputs that cannot be told yet, or not at all, are others than those that there are.
    let outputs = scope.outputs().ok();
    Ok(Preview {
        changes: changes.into_values().collect(),
        wanted: properties,
        others: outputs.as_ref() != Some(&stack.outputs) || target.tags != stack.tags,
    })
}

/// Logical ids, each after those that it depends on.
fn in_order(declared: &BTreeMap<String, Member>) -> Vec<&String> {
    let mut ordered = Vec::new();
    let mut open: BTreeSet<&String> = declared.keys().collect();
    while !open.is_empty() {
        let depends = |logical: &&String| declared.get(*logical).map(|member| &member.depends);
        let free = |logical: &&String| {
            depends(logical).is_none_or(|names| !names.iter().any(|name| open.contains(name)))
        };
        let ready: Vec<&String> = open.iter().copied().filter(|it| free(it)).collect();
        if ready.is_empty() {
            // Circles were refused before.
            break;
        }
        open.retain(|logical| !ready.contains(logical));
        ordered.extend(ready);
    }
    ordered
}

fn removals(stack: &Stack, declared: &BTreeMap<String, Member>) -> BTreeMap<String, Change> {
    stack
        .members
        .iter()
        .filter(|(logical, known)| known.exists() && !declared.contains_key(*logical))
        .map(|(logical, known)| {
            let change = Change {
                action: "Remove".to_owned(),
                physical: Some(known.physical.clone()),
                ..addition(logical, known)
            };
            (logical.clone(), change)
        })
        .collect()
}

fn addition(logical: &str, member: &Member) -> Change {
    Change {
        action: "Add".to_owned(),
        logical: logical.to_owned(),
        physical: None,
        kind: member.kind.clone(),
        replacement: None,
        properties: Vec::new(),
        tags: false,
        tags_recreate: false,
    }
}

/// Parameters that have another value, or are new.
fn changed_parameters<'a>(stack: &'a Stack, target: &'a Stack) -> BTreeSet<&'a String> {
    let given = target.parameters.iter();
    given
        .filter(|(name, value)| stack.parameters.get(*name) != Some(*value))
        .map(|(name, _)| name)
        .collect()
}

/// `why` tells where another value of a property comes from, and whether it is known before the update.
fn modification(
    stack_tags: &BTreeMap<String, String>,
    logical: &str,
    known: &Member,
    wanted: &Value,
    why: &dyn Fn(&str) -> (BTreeSet<Origin>, bool),
) -> Option<Change> {
    let tags = update::is_retagged(known, stack_tags);
    // What failed to be changed is changed again.
    if *wanted == known.properties && !tags && known.status != "UPDATE_FAILED" {
        return None;
    }
    let names: BTreeSet<&String> = [wanted, &known.properties]
        .into_iter()
        .filter_map(Value::as_object)
        .flat_map(|members| members.keys())
        .collect();
    let differs = |name: &&String| wanted.get(name.as_str()) != known.properties.get(name.as_str());
    let handler = resource::find(&known.kind);
    let create_only = handler.map_or(&[][..], |handler| handler.create_only());
    let differences = names.into_iter().filter(differs).flat_map(|name| {
        let (origins, dynamic) = why(name);
        origins.into_iter().map(move |origin| Difference {
            property: name.clone(),
            origin,
            dynamic,
            recreates: create_only.contains(&name.as_str()),
        })
    });
    let differences: Vec<Difference> = differences.collect();
    let of_tags = handler.and_then(resource::ResourceType::tags_property);
    let tags_recreate = tags && of_tags.is_some_and(|name| create_only.contains(&name));
    Some(Change {
        action: "Modify".to_owned(),
        physical: Some(known.physical.clone()),
        replacement: Some(replacement(&differences, tags_recreate).to_owned()),
        properties: differences,
        tags,
        tags_recreate,
        ..addition(logical, known)
    })
}

/// `Conditional` where only the update itself will know whether what may not change in place does.
fn replacement(differences: &[Difference], tags_recreate: bool) -> &'static str {
    let recreates = |dynamic: bool| {
        let mut known = differences.iter();
        known.any(|one| one.recreates && one.dynamic == dynamic)
    };
    if tags_recreate || recreates(false) {
        "True"
    } else if recreates(true) {
        "Conditional"
    } else {
        "False"
    }
}
