//! What an update would do, found out before it is done.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::Body;
use super::engine::update;
use super::functions::{self, Unknown};
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
    /// Properties that differ.
    pub properties: Vec<String>,
    /// Whether the stack's tags differ.
    pub tags: bool,
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
    let body = Body::read(&target.template).map_err(|error| error.message)?;
    let conditions = functions::conditions(world, place, &body, &target.name, &target.parameters)?;
    let mut scope = engine::scope(world, place, &body, target, &conditions);
    let mut changes: BTreeMap<String, Change> = removals(stack, &declared);
    let mut properties = BTreeMap::new();
    for logical in in_order(&declared) {
        let (Some(member), Some(wanted)) = (declared.get(logical), body.resources.get(logical))
        else {
            continue;
        };
        let made = |known: &&Member| known.exists() && known.status != "CREATE_FAILED";
        let known = stack.members.get(logical).filter(made);
        let wanted = scope.preview(&wanted.properties)?;
        let change = match known {
            None => Some(addition(logical, member)),
            Some(known) => modification(&target.tags, logical, known, &wanted),
        };
        let Some(change) = change else {
            continue;
        };
        match change.replacement.as_deref() {
            None => drop(scope.unknown.insert(logical.clone(), Unknown::New)),
            Some("False") => {}
            Some(_) => drop(scope.unknown.insert(logical.clone(), Unknown::Replaced)),
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
    }
}

fn modification(
    stack_tags: &BTreeMap<String, String>,
    logical: &str,
    known: &Member,
    wanted: &Value,
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
    Some(Change {
        action: "Modify".to_owned(),
        physical: Some(known.physical.clone()),
        replacement: Some(replacement(known, wanted, stack_tags).to_owned()),
        properties: names.into_iter().filter(differs).cloned().collect(),
        tags,
        ..addition(logical, known)
    })
}

/// `Conditional` where it hangs on another resource that will be replaced.
fn replacement(
    known: &Member,
    wanted: &Value,
    stack_tags: &BTreeMap<String, String>,
) -> &'static str {
    if !update::replaces(known, wanted, stack_tags) {
        return "False";
    }
    let mut settled = wanted.clone();
    let create_only = resource::find(&known.kind).map_or(&[][..], |handler| handler.create_only());
    for name in create_only {
        let hangs = settled.get(name).is_some_and(functions::hangs_on_replaced);
        if let (true, Some(was)) = (hangs, known.properties.get(name)) {
            settled[*name] = was.clone();
        }
    }
    if update::replaces(known, &settled, stack_tags) {
        "True"
    } else {
        "Conditional"
    }
}
