//! What is asked of a stack, and what may be asked in which status (section 3.2).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::body::Body;
use super::engine::update;
use super::engine::{self, Work};
use super::stack::{Lag, Member, OnFailure, Operation, Phase, Stack};
use super::tokens::{self, Token};
use super::{change_sets, plan, preview};
use crate::error::ServiceError;
use crate::world::{Call, Place};

/// From a request to the first step of its operation.
const BEGINNING: Duration = Duration::from_millis(800);

pub(super) fn refuse(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationError", message)
}

pub(super) fn no_stack(name: &str) -> ServiceError {
    refuse(format!("Stack with id {name} does not exist"))
}

/// What somebody wants a stack to be.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// None: as it is.
    pub template: Option<String>,
    /// None: the previous value.
    pub parameters: BTreeMap<String, Option<String>>,
    pub capabilities: Vec<String>,
    /// None: as they are.
    pub tags: Option<BTreeMap<String, String>>,
    pub role_arn: Option<String>,
    pub on_failure: OnFailure,
    pub protected: bool,
}

impl Wanted {
    /// Makes the stack what is wanted, as far as its description goes.
    ///
    /// # Errors
    /// What CloudFormation finds before it begins.
    pub(crate) fn apply(&self, stack: &mut Stack) -> Result<(), ServiceError> {
        let template = self
            .template
            .clone()
            .unwrap_or_else(|| stack.template.clone());
        let body = Body::read(&template)?;
        stack.parameters = self.values(&body, stack)?;
        if let Some(needed) = body.capability() {
            let enough = self
                .capabilities
                .iter()
                .any(|given| given == needed || given == "CAPABILITY_NAMED_IAM");
            if !enough {
                return Err(ServiceError::new(
                    "InsufficientCapabilitiesException",
                    format!("Requires capabilities : [{needed}]"),
                ));
            }
        }
        stack.template = template;
        stack.capabilities.clone_from(&self.capabilities);
        if let Some(tags) = &self.tags {
            stack.tags.clone_from(tags);
        }
        if self.role_arn.is_some() {
            stack.role_arn.clone_from(&self.role_arn);
        }
        Ok(())
    }

    fn values(&self, body: &Body, stack: &Stack) -> Result<BTreeMap<String, String>, ServiceError> {
        let unknown: Vec<&String> = self
            .parameters
            .keys()
            .filter(|name| !body.parameters.iter().any(|known| known.name == **name))
            .collect();
        if !unknown.is_empty() {
            let names = unknown.into_iter().cloned().collect::<Vec<_>>().join(", ");
            return Err(refuse(format!(
                "Parameters: [{names}] do not exist in the template"
            )));
        }
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        for declared in &body.parameters {
            let given = match self.parameters.get(&declared.name) {
                Some(Some(value)) => Some(value.clone()),
                Some(None) => stack.parameters.get(&declared.name).cloned(),
                None => declared.default.clone(),
            };
            match given {
                Some(value) => {
                    declared.check(&value).map_err(refuse)?;
                    values.insert(declared.name.clone(), value);
                }
                None => missing.push(declared.name.clone()),
            }
        }
        if missing.is_empty() {
            Ok(values)
        } else {
            Err(refuse(format!(
                "Parameters: [{}] must have values",
                missing.join(", ")
            )))
        }
    }
}

/// A stack that is not stored yet, and the members that it will have.
///
/// # Errors
/// `ValidationError` for names that are none, and what CloudFormation finds before it begins.
pub(super) fn new_stack(
    call: &mut Call<'_>,
    name: &str,
    wanted: &Wanted,
) -> Result<(Stack, BTreeMap<String, Member>), ServiceError> {
    check_name("stackName", name)?;
    let live = call.region().cloudformation.live().count();
    if live >= 2_000 {
        return Err(ServiceError::new(
            "LimitExceededException",
            "Limit for stack has been exceeded",
        ));
    }
    let mut stack = Stack {
        name: name.to_owned(),
        created: call.world.now(),
        on_failure: wanted.on_failure,
        protected: wanted.protected,
        ..Stack::default()
    };
    wanted.apply(&mut stack)?;
    let place = call.place.clone();
    let members = plan::members(call.world, &place, &stack).map_err(refuse)?;
    let id = call.world.mint_uuid(&place, "stack", name);
    stack.arn = place.arn("cloudformation", &format!("stack/{name}/{id}"));
    call.touch(&stack.arn);
    Ok((stack, members))
}

/// Names of stacks and change sets (section 3.6).
pub(super) fn check_name(member: &str, name: &str) -> Result<(), ServiceError> {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if name.len() <= 128 && begins && name.bytes().all(letters) {
        return Ok(());
    }
    Err(refuse(format!(
        "1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    )))
}

fn operation(call: &mut Call<'_>, name: &str, phase: Phase, token: Option<&Token>) -> Operation {
    let place = call.place.clone();
    let id = call.world.mint_uuid(&place, "operation", name);
    Operation {
        id,
        token: token.map(|token| token.text.clone()),
        phase,
        generation: 0,
        retain: BTreeSet::new(),
        force: false,
        failed: Vec::new(),
    }
}

/// Creates a stack and returns its ARN and the operation's id.
///
/// # Errors
/// `AlreadyExistsException`, or what CloudFormation finds before it begins.
pub(super) fn create(
    call: &mut Call<'_>,
    name: &str,
    wanted: &Wanted,
    token: Option<Token>,
) -> Result<(String, String), ServiceError> {
    if let Some(existing) = call.region().cloudformation.find(name).cloned() {
        return match tokens::seen(&existing, token.as_ref(), "CREATE_STACK")? {
            Some(operation) => Ok((existing.arn, operation)),
            None => Err(ServiceError::new(
                "AlreadyExistsException",
                format!("Stack [{name}] already exists"),
            )),
        };
    }
    let (stack, members) = new_stack(call, name, wanted)?;
    let arn = stack.arn.clone();
    let stacks = &mut call.region().cloudformation.stacks;
    stacks.insert(arn.clone(), stack);
    let id = start_creation(call, &arn, members, token);
    Ok((arn, id))
}

/// Begins the creation of a stored stack, and returns the operation's id.
pub(super) fn start_creation(
    call: &mut Call<'_>,
    arn: &str,
    members: BTreeMap<String, Member>,
    token: Option<Token>,
) -> String {
    let place = call.place.clone();
    let name = engine::with(call.world, &place, arn, |stack| stack.name.clone());
    let operation = operation(call, &name, Phase::Create, token.as_ref());
    let id = operation.id.clone();
    engine::with(call.world, &place, arn, |stack| {
        stack.members = members;
        stack.operation = Some(operation);
        tokens::remember(stack, "CREATE_STACK", &id, token);
    });
    let reason = Some("User Initiated");
    engine::stack_event(call.world, &place, arn, "CREATE_IN_PROGRESS", reason);
    engine::soon(call.world, &place, arn, BEGINNING);
    id
}

/// Whether a stack may be updated in its status.
///
/// # Errors
/// `ValidationError` with the text of section 3.5.
pub(super) fn check_updatable(stack: &Stack) -> Result<(), ServiceError> {
    match stack.status.as_str() {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_COMPLETE" => {
            Ok(())
        }
        status => Err(refuse(format!(
            "Stack:{} is in {status} state and can not be updated.",
            stack.arn
        ))),
    }
}

/// An update that keeps what it had made when it failed.
pub(super) fn no_update_without_rollback() -> ServiceError {
    refuse("DisableRollback and OnStackFailure are not supported here for updates")
}

/// Updates a stack and returns its ARN and the operation's id.
///
/// # Errors
/// Where it may not be updated, or nothing would change.
pub(super) fn update(
    call: &mut Call<'_>,
    name: &str,
    wanted: &Wanted,
    token: Option<Token>,
) -> Result<(String, String), ServiceError> {
    let place = call.place.clone();
    let stack = call
        .region()
        .cloudformation
        .find(name)
        .cloned()
        .ok_or_else(|| no_stack(name))?;
    if let Some(operation) = tokens::seen(&stack, token.as_ref(), "UPDATE_STACK")? {
        return Ok((stack.arn, operation));
    }
    check_updatable(&stack)?;
    let mut target = stack.clone();
    wanted.apply(&mut target)?;
    plan::members(call.world, &place, &target).map_err(refuse)?;
    // What cannot be resolved is a change, and one that will fail.
    let preview = preview::of(call.world, &place, &stack, &target);
    if preview.is_ok_and(|preview| preview.is_empty()) {
        return Err(refuse("No updates are to be performed."));
    }
    let id = start_update(call, &stack, wanted, token)?;
    Ok((stack.arn, id))
}

/// Begins an update of a stack.
///
/// # Errors
/// What CloudFormation finds before it begins.
pub(super) fn start_update(
    call: &mut Call<'_>,
    stack: &Stack,
    wanted: &Wanted,
    token: Option<Token>,
) -> Result<String, ServiceError> {
    let place = call.place.clone();
    let mut target = stack.clone();
    wanted.apply(&mut target)?;
    let members = plan::members(call.world, &place, &target).map_err(refuse)?;
    let operation = operation(call, &stack.name, Phase::Update, token.as_ref());
    let id = operation.id.clone();
    let before = update::before(stack);
    engine::with(call.world, &place, &stack.arn, |current| {
        *current = target;
        current.before = Some(before);
        current.operation = Some(operation);
        tokens::remember(current, "UPDATE_STACK", &id, token);
        update::begin(current, members);
    });
    let (arn, reason) = (&stack.arn, Some("User Initiated"));
    engine::stack_event(call.world, &place, arn, "UPDATE_IN_PROGRESS", reason);
    engine::soon(call.world, &place, arn, BEGINNING);
    change_sets::overtake(&mut call.region().cloudformation, arn);
    Ok(id)
}

/// What a deletion leaves alone.
pub(super) struct Leave {
    pub retain: BTreeSet<String>,
    pub force: bool,
    /// Role that CloudFormation works with from here on.
    pub role_arn: Option<String>,
}

/// Deletes a stack. One that does not exist, or is being deleted, is no error.
///
/// # Errors
/// Where it is protected, or its status forbids it.
pub(super) fn delete(
    call: &mut Call<'_>,
    name: &str,
    leave: Leave,
    token: Option<Token>,
) -> Result<(), ServiceError> {
    let place = call.place.clone();
    let Some(stack) = call.region().cloudformation.find(name).cloned() else {
        return Ok(());
    };
    call.touch(&stack.arn);
    let going = ["DELETE_COMPLETE", "DELETE_IN_PROGRESS"];
    if going.contains(&stack.status.as_str())
        || tokens::seen(&stack, token.as_ref(), "DELETE_STACK")?.is_some()
    {
        return Ok(());
    }
    check_deletable(call, &stack, &leave)?;
    let operation = Operation {
        retain: leave.retain,
        force: leave.force,
        ..operation(call, &stack.name, Phase::Delete, token.as_ref())
    };
    let forbidden = forbidden_by_importers(call, &stack);
    if forbidden.is_some() && stack.operation.is_some() {
        return Err(in_progress(&stack));
    }
    if forbidden.is_none() && stack.phase() == Some(Phase::Create) {
        // A creation at work is cancelled.
        let (status, reason) = ("CREATE_FAILED", "Resource creation cancelled");
        engine::cancel_others(call.world, &place, &stack, status, reason);
    }
    let lag = lag(call, &stack, &operation.id);
    engine::with(call.world, &place, &stack.arn, |stack| {
        tokens::remember(stack, "DELETE_STACK", &operation.id, token);
        stack.operation = Some(operation);
        stack.lag = lag;
    });
    let (arn, reason) = (&stack.arn, Some("User Initiated"));
    engine::stack_event(call.world, &place, arn, "DELETE_IN_PROGRESS", reason);
    match forbidden {
        Some(reason) => go_back(call, &place, &stack, reason),
        None => start_deletion(call, &place, arn, leave.role_arn),
    }
    Ok(())
}

fn start_deletion(call: &mut Call<'_>, place: &Place, arn: &str, role_arn: Option<String>) {
    engine::with(call.world, place, arn, |stack| {
        if role_arn.is_some() {
            stack.role_arn = role_arn;
        }
        engine::begin_anew(stack);
    });
    engine::resume_removals(call.world, place, arn);
    engine::soon(call.world, place, arn, BEGINNING);
    let sets = &mut call.region().cloudformation.change_sets;
    sets.retain(|_, set| set.stack != arn);
}

/// Readers may still see the old status for a moment (section 3.2).
fn lag(call: &Call<'_>, stack: &Stack, operation: &str) -> Option<Lag> {
    let world = &call.world;
    world.switches.delete_status_lags.then(|| Lag {
        until: world.now().plus(world.draw("delete status lag", operation)),
        status: stack.status.clone(),
        reason: stack.reason.clone(),
    })
}

fn in_progress(stack: &Stack) -> ServiceError {
    refuse(format!(
        "Stack [{}] cannot be deleted while in status {}",
        stack.name, stack.status
    ))
}

fn check_deletable(call: &mut Call<'_>, stack: &Stack, leave: &Leave) -> Result<(), ServiceError> {
    if stack.protected {
        return Err(refuse(format!(
            "Stack [{}] cannot be deleted while TerminationProtection is enabled",
            stack.name
        )));
    }
    let failed = stack.status == "DELETE_FAILED";
    if !leave.retain.is_empty() && !failed {
        return Err(refuse(format!(
            "Invalid operation on stack [{}]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state.",
            stack.arn
        )));
    }
    if let Some(unknown) = leave.retain.iter().find(|logical| {
        let replaced = stack.old.iter().any(|old| old.logical == **logical);
        !stack.members.contains_key(*logical) && !replaced
    }) {
        return Err(refuse(format!(
            "The specified resources to retain must be in a valid state. Do not specify unknown resources: [{unknown}]"
        )));
    }
    if leave.force && !failed {
        return Err(refuse(format!(
            "Invalid operation on stack [{}]. FORCE_DELETE_STACK may be used only when the stack is in the DELETE_FAILED state.",
            stack.arn
        )));
    }
    let rolling = [
        "ROLLBACK_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    ];
    if rolling.contains(&stack.status.as_str())
        && call.world.switches.delete_during_rollback_refused
    {
        return Err(in_progress(stack));
    }
    Ok(())
}

/// Why importers forbid a deletion (section 3.4).
fn forbidden_by_importers(call: &mut Call<'_>, stack: &Stack) -> Option<String> {
    let prefix = if call.world.switches.delete_canceled_prefix {
        "Delete canceled. Cannot delete export"
    } else {
        "Export"
    };
    let state = &call.region().cloudformation;
    stack.exports().find_map(|(name, _)| {
        let importers = state.importers(name);
        let text = if prefix == "Export" {
            "cannot be deleted as it is in use by"
        } else {
            "as it is in use by"
        };
        (!importers.is_empty())
            .then(|| format!("{prefix} {name} {text} {}", importers.join(" and ")))
    })
}

/// The stack goes back to what it was, a moment later.
fn go_back(call: &mut Call<'_>, place: &Place, stack: &Stack, reason: String) {
    let delay = call.world.draw("export revert", &stack.arn);
    let status = stack.status.clone();
    let work = Work::Revert { status, reason };
    engine::schedule(call.world, place, &stack.arn, delay, work);
}
