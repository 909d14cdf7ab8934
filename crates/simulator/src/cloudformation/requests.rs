//! What is asked of a stack, and what may be asked in which status (section 3.2).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::body::Body;
use super::change_sets::ChangeSet;
use super::engine::{self, Event};
use super::stack::{OnFailure, Operation, Phase, Stack};
use super::update;
use crate::error::ServiceError;
use crate::queue;
use crate::world::{Call, Place};

fn refuse(message: impl Into<String>) -> ServiceError {
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

/// A stack that is not stored yet.
///
/// # Errors
/// `ValidationError` for names that are none.
pub(super) fn new_stack(
    call: &mut Call<'_>,
    name: &str,
    wanted: &Wanted,
) -> Result<Stack, ServiceError> {
    let valid = name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !valid {
        return Err(refuse(format!(
            "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )));
    }
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
    if wanted.tags.as_ref().is_some_and(|tags| tags.len() > 50) {
        return Err(refuse(
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
        ));
    }
    let place = call.place.clone();
    let id = call.world.mint_uuid(&place, "stack", name);
    stack.arn = place.arn("cloudformation", &format!("stack/{name}/{id}"));
    call.touch(&stack.arn);
    Ok(stack)
}

fn operation(call: &mut Call<'_>, name: &str, phase: Phase, token: Option<String>) -> Operation {
    let place = call.place.clone();
    let id = call.world.mint_uuid(&place, "operation", name);
    Operation {
        id,
        token,
        phase,
        retain: BTreeSet::new(),
        force: false,
        failed: Vec::new(),
    }
}

/// The same token for the same request gives the same answer; for another it is refused (section 3.5).
fn seen_token(stack: &Stack, token: Option<&String>, what: &str) -> Result<bool, ServiceError> {
    match token.and_then(|token| stack.tokens.get(token).map(|used| (token, used))) {
        None => Ok(false),
        Some((_, used)) if used == what => Ok(true),
        Some((token, _)) => Err(ServiceError::new(
            "TokenAlreadyExistsException",
            format!("Invalid operation: the client request token {token} has been used already"),
        )),
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
    token: Option<String>,
) -> Result<(String, String), ServiceError> {
    if let Some(existing) = call.region().cloudformation.find(name).cloned() {
        if seen_token(&existing, token.as_ref(), "CREATE_STACK")? {
            let id = existing
                .operations
                .last()
                .map(|(_, id)| id.clone())
                .unwrap_or_default();
            return Ok((existing.arn, id));
        }
        return Err(ServiceError::new(
            "AlreadyExistsException",
            format!("Stack [{name}] already exists"),
        ));
    }
    let stack = new_stack(call, name, wanted)?;
    let arn = stack.arn.clone();
    call.region()
        .cloudformation
        .stacks
        .insert(arn.clone(), stack);
    let id = start_creation(call, &arn, token)?;
    Ok((arn, id))
}

/// Begins the creation of a stored stack.
///
/// # Errors
/// Where a condition cannot be evaluated.
pub(super) fn start_creation(
    call: &mut Call<'_>,
    arn: &str,
    token: Option<String>,
) -> Result<String, ServiceError> {
    let place = call.place.clone();
    let Some(stack) = engine::get(call.world, &place, arn) else {
        return Err(no_stack(arn));
    };
    let members = engine::members(call.world, &place, &stack).map_err(refuse)?;
    let operation = operation(call, &stack.name, Phase::Create, token.clone());
    let id = operation.id.clone();
    engine::with(call.world, &place, arn, |stack| {
        stack.members = members;
        stack.operation = Some(operation);
        remember(stack, "CREATE_STACK", &id, token);
    });
    engine::stack_event(
        call.world,
        &place,
        arn,
        "CREATE_IN_PROGRESS",
        Some("User Initiated"),
    );
    engine::soon(call.world, &place, arn, Duration::from_millis(800));
    Ok(id)
}

fn remember(stack: &mut Stack, what: &str, id: &str, token: Option<String>) {
    stack.operations.insert(0, (what.to_owned(), id.to_owned()));
    if let Some(token) = token {
        stack.tokens.insert(token, what.to_owned());
    }
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

/// Updates a stack and returns its ARN and the operation's id.
///
/// # Errors
/// Where it may not be updated, or nothing would change.
pub(super) fn update(
    call: &mut Call<'_>,
    name: &str,
    wanted: &Wanted,
    token: Option<String>,
) -> Result<(String, String), ServiceError> {
    let place = call.place.clone();
    let stack = call
        .region()
        .cloudformation
        .find(name)
        .cloned()
        .ok_or_else(|| no_stack(name))?;
    if seen_token(&stack, token.as_ref(), "UPDATE_STACK")? {
        return Ok((
            stack.arn,
            stack
                .operations
                .first()
                .map(|(_, id)| id.clone())
                .unwrap_or_default(),
        ));
    }
    check_updatable(&stack)?;
    let mut target = stack.clone();
    wanted.apply(&mut target)?;
    let same = target.template == stack.template
        && target.parameters == stack.parameters
        && target.tags == stack.tags;
    if same {
        return Err(refuse("No updates are to be performed."));
    }
    engine::members(call.world, &place, &target).map_err(refuse)?;
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
    token: Option<String>,
) -> Result<String, ServiceError> {
    let place = call.place.clone();
    let mut target = stack.clone();
    wanted.apply(&mut target)?;
    let members = engine::members(call.world, &place, &target).map_err(refuse)?;
    let operation = operation(call, &stack.name, Phase::Update, token.clone());
    let id = operation.id.clone();
    let before = update::before(stack);
    engine::with(call.world, &place, &stack.arn, |current| {
        *current = target;
        current.before = Some(before);
        current.operation = Some(operation);
        remember(current, "UPDATE_STACK", &id, token);
        update::begin(current, members);
    });
    engine::stack_event(
        call.world,
        &place,
        &stack.arn,
        "UPDATE_IN_PROGRESS",
        Some("User Initiated"),
    );
    engine::soon(call.world, &place, &stack.arn, Duration::from_millis(800));
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
    token: Option<String>,
) -> Result<(), ServiceError> {
    let place = call.place.clone();
    let Some(stack) = call.region().cloudformation.find(name).cloned() else {
        return Ok(());
    };
    call.touch(&stack.arn);
    if matches!(
        stack.status.as_str(),
        "DELETE_COMPLETE" | "DELETE_IN_PROGRESS"
    ) || seen_token(&stack, token.as_ref(), "DELETE_STACK")?
    {
        return Ok(());
    }
    check_deletable(call, &stack, &leave)?;
    let Leave {
        retain,
        force,
        role_arn,
    } = leave;
    let operation = Operation {
        retain,
        force,
        ..operation(call, &stack.name, Phase::Delete, token.clone())
    };
    let id = operation.id.clone();
    // A creation at work is cancelled.
    if stack.phase() == Some(Phase::Create) {
        engine::cancel_others(
            call.world,
            &place,
            &stack,
            "CREATE_FAILED",
            "Resource creation cancelled",
        );
    }
    engine::with(call.world, &place, &stack.arn, |stack| {
        stack.operation = Some(operation);
        if role_arn.is_some() {
            stack.role_arn = role_arn;
        }
        remember(stack, "DELETE_STACK", &id, token);
    });
    engine::stack_event(
        call.world,
        &place,
        &stack.arn,
        "DELETE_IN_PROGRESS",
        Some("User Initiated"),
    );
    match forbidden_by_importers(call, &place, &stack) {
        Some(reason) => go_back(call, &place, &stack, reason),
        None => engine::soon(call.world, &place, &stack.arn, Duration::from_millis(800)),
    }
    call.region()
        .cloudformation
        .change_sets
        .retain(|_, set: &mut ChangeSet| set.stack != stack.arn);
    Ok(())
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
    if let Some(unknown) = leave
        .retain
        .iter()
        .find(|logical| !stack.members.contains_key(*logical))
    {
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
        return Err(refuse(format!(
            "Stack [{}] cannot be deleted while in status {}",
            stack.name, stack.status
        )));
    }
    Ok(())
}

/// Why importers forbid a deletion (section 3.4).
fn forbidden_by_importers(call: &mut Call<'_>, _place: &Place, stack: &Stack) -> Option<String> {
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
    let arn = stack.arn.clone();
    let operation = engine::get(call.world, place, &arn)
        .and_then(|stack| stack.operation)
        .map(|operation| operation.id)
        .unwrap_or_default();
    let event = Event::Revert {
        stack: arn,
        operation,
        status,
        reason,
    };
    call.world
        .schedule(delay, place, queue::Event::CloudFormation(event));
}
