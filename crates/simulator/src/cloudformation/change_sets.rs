//! Change sets: what a deployment would do, asked before it is done.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::body::Body;
use super::engine::{self, Event};
use super::functions;
use super::requests::{self, Wanted};
use super::stack::Stack;
use super::update;
use crate::error::ServiceError;
use crate::queue;
use crate::time::SimTime;
use crate::world::{Call, Place, World};

/// How long CloudFormation takes to compute one.
const COMPUTING: Duration = Duration::from_secs(4);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ChangeSet {
    pub arn: String,
    pub name: String,
    pub stack: String,
    pub create: bool,
    pub description: Option<String>,
    pub wanted: Wanted,
    pub status: String,
    pub reason: Option<String>,
    pub execution: String,
    pub changes: Vec<Change>,
    pub created: SimTime,
    /// The same request with the same token is answered as the first was.
    pub token: Option<String>,
}

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
}

pub(super) fn not_found(name: &str) -> ServiceError {
    ServiceError::new(
        "ChangeSetNotFound",
        format!("ChangeSet [{name}] does not exist"),
    )
    .status(404)
}

/// Makes a change set; for a stack that does not exist an empty one under review is made first.
///
/// # Errors
/// As CreateStack and UpdateStack.
pub(super) fn create(
    call: &mut Call<'_>,
    stack_name: &str,
    name: &str,
    kind: &str,
    description: Option<String>,
    wanted: Wanted,
    token: Option<String>,
) -> Result<(String, String), ServiceError> {
    let place = call.place.clone();
    let existing = call.region().cloudformation.find(stack_name).cloned();
    let is_create = kind == "CREATE";
    let stack = match (existing, is_create) {
        (Some(stack), true) if stack.status != "REVIEW_IN_PROGRESS" => {
            return Err(ServiceError::new(
                "AlreadyExistsException",
                format!(
                    "Stack [{stack_name}] already exists and cannot be created again with the changeSet [{name}]."
                ),
            ));
        }
        (Some(stack), _) => stack,
        (None, true) => under_review(call, stack_name, &wanted)?,
        (None, false) => return Err(requests::no_stack(stack_name)),
    };
    if !is_create {
        requests::check_updatable(&stack)?;
    }
    let mut sets = call.region().cloudformation.change_sets.values();
    let same = sets
        .find(|set| set.stack == stack.arn && set.name == name)
        .cloned();
    if let Some(same) = same
        .as_ref()
        .filter(|same| token.is_some() && same.token == token)
    {
        return Ok((same.arn.clone(), stack.arn));
    }
    if same.is_some() {
        return Err(ServiceError::new(
            "AlreadyExistsException",
            format!("ChangeSet {name} already exists"),
        ));
    }
    let id = call
        .world
        .mint_uuid(&place, "change set", &format!("{stack_name}/{name}"));
    let arn = place.arn("cloudformation", &format!("changeSet/{name}/{id}"));
    let set = ChangeSet {
        arn: arn.clone(),
        name: name.to_owned(),
        stack: stack.arn.clone(),
        create: is_create,
        description,
        wanted,
        status: "CREATE_PENDING".to_owned(),
        reason: None,
        execution: "UNAVAILABLE".to_owned(),
        changes: Vec::new(),
        created: call.world.now(),
        token,
    };
    call.region()
        .cloudformation
        .change_sets
        .insert(arn.clone(), set);
    call.touch(&arn);
    call.world.schedule(
        COMPUTING,
        &place,
        queue::Event::CloudFormation(Event::ChangeSetReady {
            change_set: arn.clone(),
        }),
    );
    Ok((arn, stack.arn))
}

fn under_review(call: &mut Call<'_>, name: &str, wanted: &Wanted) -> Result<Stack, ServiceError> {
    let stack = requests::new_stack(call, name, wanted)?;
    let (place, arn) = (call.place.clone(), stack.arn.clone());
    call.region()
        .cloudformation
        .stacks
        .insert(arn.clone(), stack);
    engine::stack_event(
        call.world,
        &place,
        &arn,
        "REVIEW_IN_PROGRESS",
        Some("User Initiated"),
    );
    Ok(engine::get(call.world, &place, &arn).unwrap_or_default())
}

/// The change set has been computed.
pub(super) fn ready(world: &mut World, place: &Place, arn: &str) {
    let Some(set) = world
        .region(place)
        .cloudformation
        .change_sets
        .get(arn)
        .cloned()
    else {
        return;
    };
    let Some(stack) = engine::get(world, place, &set.stack) else {
        return;
    };
    let outcome = changes(world, place, &stack, &set);
    let Some(set) = world.region(place).cloudformation.change_sets.get_mut(arn) else {
        return;
    };
    match outcome {
        Ok(changes) if changes.is_empty() && !tags_or_parameters_differ(&stack, set) => {
            "FAILED".clone_into(&mut set.status);
            set.reason = Some(
                "The submitted information didn't contain changes. Submit different information to create a change set.".to_owned(),
            );
        }
        Ok(changes) => {
            set.changes = changes;
            "CREATE_COMPLETE".clone_into(&mut set.status);
            "AVAILABLE".clone_into(&mut set.execution);
        }
        Err(problem) => {
            "FAILED".clone_into(&mut set.status);
            set.reason = Some(problem);
        }
    }
}

fn tags_or_parameters_differ(stack: &Stack, set: &ChangeSet) -> bool {
    !set.create
        && set
            .wanted
            .tags
            .as_ref()
            .is_some_and(|tags| *tags != stack.tags)
}

/// What would happen to each resource.
fn changes(
    world: &mut World,
    place: &Place,
    stack: &Stack,
    set: &ChangeSet,
) -> Result<Vec<Change>, String> {
    let mut target = stack.clone();
    set.wanted
        .apply(&mut target)
        .map_err(|error| error.message)?;
    let declared = engine::members(world, place, &target)?;
    let mut changes = Vec::new();
    for (logical, member) in &declared {
        match stack.members.get(logical).filter(|known| known.exists()) {
            None => changes.push(Change {
                action: "Add".to_owned(),
                logical: logical.clone(),
                physical: None,
                kind: member.kind.clone(),
                replacement: None,
                properties: Vec::new(),
            }),
            Some(known) => changes.extend(modification(
                world,
                place,
                &target,
                logical,
                &known.physical,
                known,
            )?),
        }
    }
    for (logical, known) in stack
        .members
        .iter()
        .filter(|(logical, known)| known.exists() && !declared.contains_key(*logical))
    {
        changes.push(Change {
            action: "Remove".to_owned(),
            logical: logical.clone(),
            physical: Some(known.physical.clone()),
            kind: known.kind.clone(),
            replacement: None,
            properties: Vec::new(),
        });
    }
    Ok(changes)
}

fn modification(
    world: &mut World,
    place: &Place,
    target: &Stack,
    logical: &str,
    physical: &str,
    known: &super::stack::Member,
) -> Result<Option<Change>, String> {
    let body = Body::read(&target.template).map_err(|error| error.message)?;
    let conditions = functions::conditions(world, place, &body, &target.name, &target.parameters)?;
    let Some(declared) = body.resources.get(logical) else {
        return Ok(None);
    };
    // Resources that exist are resolved as they are; what depends on one that will be replaced is not known yet.
    let wanted =
        engine::scope(world, place, &body, target, &conditions).resolve(&declared.properties)?;
    if wanted == known.properties {
        return Ok(None);
    }
    let names: BTreeSet<&String> = [&wanted, &known.properties]
        .into_iter()
        .filter_map(serde_json::Value::as_object)
        .flat_map(|members| members.keys())
        .collect();
    let differs = |name: &&String| wanted.get(name.as_str()) != known.properties.get(name.as_str());
    let properties: Vec<String> = names.into_iter().filter(differs).cloned().collect();
    let replacement = if update::replaces(&known.kind, &known.properties, &wanted) {
        "True"
    } else {
        "False"
    };
    Ok(Some(Change {
        action: "Modify".to_owned(),
        logical: logical.to_owned(),
        physical: Some(physical.to_owned()),
        kind: known.kind.clone(),
        replacement: Some(replacement.to_owned()),
        properties,
    }))
}

/// Executes a change set.
///
/// # Errors
/// `ChangeSetNotFound`, or `InvalidChangeSetStatus` where it cannot be executed.
pub(super) fn execute(
    call: &mut Call<'_>,
    arn: &str,
    token: Option<String>,
) -> Result<(), ServiceError> {
    let set = call
        .region()
        .cloudformation
        .change_sets
        .get(arn)
        .cloned()
        .ok_or_else(|| not_found(arn))?;
    if set.execution != "AVAILABLE" {
        let message = format!(
            "ChangeSet [{arn}] cannot be executed in its current execution status of [{}]",
            set.execution
        );
        return Err(ServiceError::new("InvalidChangeSetStatus", message));
    }
    let place = call.place.clone();
    let stack = engine::get(call.world, &place, &set.stack)
        .ok_or_else(|| requests::no_stack(&set.stack))?;
    if set.create {
        requests::start_creation(call, &stack.arn, token)?;
    } else {
        requests::check_updatable(&stack)?;
        requests::start_update(call, &stack, &set.wanted, token)?;
    }
    // Executing one makes the others of the stack obsolete, and CloudFormation removes them all.
    call.region()
        .cloudformation
        .change_sets
        .retain(|_, other| other.stack != set.stack);
    Ok(())
}
