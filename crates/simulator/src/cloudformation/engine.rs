//! Stack operations at work: what may begin begins, independent resources side by side, and handlers are asked how it
//! goes every few seconds (section 3.3).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Body, Declared};
use super::functions::{self, Scope};
use super::resource::{self, Failure, Progress, Request};
use super::stack::{Member, OnFailure, Operation, Output, Phase, Stack};
use super::{cleanup, update};
use crate::queue;
use crate::world::{Place, World};

/// From the first event of a resource to the call of its handler.
const INITIATION: Duration = Duration::from_millis(700);
/// Between two questions to a handler: at first, and at most.
const QUESTION: Duration = Duration::from_millis(1500);
const LONGEST_QUESTION: Duration = Duration::from_secs(4);
/// For how long a deletion that something depends on is tried again (roadmap#1327).
const RETRIES: Duration = Duration::from_secs(15 * 60);
/// From the last resource to the end of the stack's operation.
const CLOSING: Duration = Duration::from_millis(900);

/// What the engine has on the queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    Work {
        stack: String,
        turn: Turn,
        work: Work,
    },
    ChangeSetReady {
        change_set: String,
    },
}

/// One phase of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    pub(super) operation: String,
    pub(super) generation: u64,
}

/// A piece of work of an operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Work {
    /// Begin what may begin, or end the operation.
    Step,
    /// Call the handler that makes or changes a member.
    Initiate { logical: String },
    /// Ask the handler that makes or changes a member.
    Ask { logical: String, asked: u32 },
    /// Call, or ask, the handler that removes a member.
    Remove { logical: String, asked: u32 },
    /// Remove a resource that an update replaced or dropped.
    RemoveOld { index: usize },
    /// A deletion that an importer forbids goes back.
    Revert { status: String, reason: String },
}

/// Lets an event of the engine happen. One that belongs to an operation that has ended, or to a phase that is over, is
/// void.
pub(crate) fn fire(world: &mut World, place: &Place, event: Event) {
    match event {
        Event::Work { stack, turn, work } if is_current(world, place, &stack, &turn) => {
            perform(world, place, &stack, work);
        }
        Event::Work { .. } => {}
        Event::ChangeSetReady { change_set } => {
            super::change_sets::ready(world, place, &change_set);
        }
    }
}

fn perform(world: &mut World, place: &Place, stack: &str, work: Work) {
    match work {
        Work::Step => step(world, place, stack),
        Work::Initiate { logical } => initiate(world, place, stack, &logical),
        Work::Ask { logical, asked } => ask(world, place, stack, &logical, asked),
        Work::Remove { logical, asked } => remove(world, place, stack, &logical, asked),
        Work::RemoveOld { index } => cleanup::remove(world, place, stack, index),
        Work::Revert { status, reason } => revert(world, place, stack, status, reason),
    }
}

fn is_current(world: &mut World, place: &Place, arn: &str, turn: &Turn) -> bool {
    let stack = world.region(place).cloudformation.stacks.get(arn);
    stack
        .and_then(|stack| stack.operation.as_ref())
        .is_some_and(|current| current.turn() == *turn)
}

/// Lets the stack be changed, where it exists.
pub(super) fn with<T: Default>(
    world: &mut World,
    place: &Place,
    arn: &str,
    change: impl FnOnce(&mut Stack) -> T,
) -> T {
    world
        .region(place)
        .cloudformation
        .stacks
        .get_mut(arn)
        .map(change)
        .unwrap_or_default()
}

pub(super) fn get(world: &mut World, place: &Place, arn: &str) -> Option<Stack> {
    world.region(place).cloudformation.stacks.get(arn).cloned()
}

/// Puts work of the current phase of the stack's operation on the queue.
pub(super) fn schedule(world: &mut World, place: &Place, arn: &str, delay: Duration, work: Work) {
    let turn = with(world, place, arn, |stack| {
        stack.operation.as_ref().map(Operation::turn)
    });
    if let Some(turn) = turn {
        let stack = arn.to_owned();
        let event = Event::Work { stack, turn, work };
        world.schedule(delay, place, queue::Event::CloudFormation(event));
    }
}

/// Asks for a step soon.
pub(super) fn soon(world: &mut World, place: &Place, arn: &str, delay: Duration) {
    schedule(world, place, arn, delay, Work::Step);
}

/// The operation is over.
pub(super) fn end(world: &mut World, place: &Place, arn: &str) {
    let status = with(world, place, arn, |stack| {
        stack.operation = None;
        stack.status.clone()
    });
    super::change_sets::ended(world, place, arn, &status);
}

/// Lets the operation go on to another phase.
pub(super) fn enter(world: &mut World, place: &Place, arn: &str, phase: Phase) {
    with(world, place, arn, |stack| {
        if let Some(operation) = &mut stack.operation {
            operation.enter(phase);
        }
    });
}

pub(super) fn stack_event(
    world: &mut World,
    place: &Place,
    arn: &str,
    status: &str,
    reason: Option<&str>,
) {
    let now = world.now();
    let id = world.mint_uuid(place, "stack event", arn);
    with(world, place, arn, |stack| {
        stack.stack_event(now, status, reason, id);
    });
}

pub(super) fn member_event(
    world: &mut World,
    place: &Place,
    arn: &str,
    logical: &str,
    status: &str,
    reason: Option<&str>,
) {
    let now = world.now();
    with(world, place, arn, |stack| {
        stack.member_event(now, logical, status, reason);
    });
}

fn step(world: &mut World, place: &Place, arn: &str) {
    let Some(stack) = get(world, place, arn) else {
        return;
    };
    match stack.phase() {
        Some(Phase::Create) => step_create(world, place, &stack),
        Some(Phase::RollbackCreate | Phase::Delete) => step_delete(world, place, &stack),
        Some(Phase::Update) => update::step(world, place, &stack),
        Some(Phase::UpdateCleanup) => update::step_cleanup(world, place, &stack),
        Some(Phase::UpdateRollback) => update::step_rollback(world, place, &stack),
        None => {}
    }
}

/// A handler's failure as the event tells it.
pub(super) fn told(world: &mut World, place: &Place, arn: &str, failure: &Failure) -> String {
    let token = world.mint_uuid(place, "request token", arn);
    let Failure {
        message,
        handler_code,
        ..
    } = failure;
    format!(
        "Resource handler returned message: \"{message}\" (RequestToken: {token}, HandlerErrorCode: {handler_code})"
    )
}

// ---- creation ----

fn step_create(world: &mut World, place: &Place, stack: &Stack) {
    let failed = stack
        .operation
        .as_ref()
        .is_some_and(|operation| !operation.failed.is_empty());
    if failed {
        fail_creation(world, place, stack);
        return;
    }
    let done = |name: &String| {
        stack
            .members
            .get(name)
            .is_none_or(|member| member.status == "CREATE_COMPLETE")
    };
    let ready: Vec<String> = stack
        .members
        .iter()
        .filter(|(_, member)| member.status.is_empty() && member.depends.iter().all(done))
        .map(|(logical, _)| logical.clone())
        .collect();
    for logical in &ready {
        member_event(
            world,
            place,
            &stack.arn,
            logical,
            "CREATE_IN_PROGRESS",
            None,
        );
        let logical = logical.clone();
        let work = Work::Initiate { logical };
        schedule(world, place, &stack.arn, INITIATION, work);
    }
    if ready.is_empty()
        && stack
            .members
            .values()
            .all(|member| member.status == "CREATE_COMPLETE")
    {
        finish_creation(world, place, stack);
    }
}

fn finish_creation(world: &mut World, place: &Place, stack: &Stack) {
    match outputs(world, place, stack) {
        Ok((outputs, imports)) => {
            with(world, place, &stack.arn, |stack| {
                stack.outputs = outputs;
                stack.imports.extend(imports);
            });
            stack_event(world, place, &stack.arn, "CREATE_COMPLETE", None);
            end(world, place, &stack.arn);
        }
        Err(problem) => begin_rollback(world, place, &stack.arn, &problem),
    }
}

/// Outputs and the exports that they import. Names of exports are unique in a region.
pub(super) fn outputs(
    world: &mut World,
    place: &Place,
    stack: &Stack,
) -> Result<(Vec<Output>, BTreeSet<String>), String> {
    let body = Body::read(&stack.template).map_err(|error| error.message)?;
    let conditions = functions::conditions(world, place, &body, &stack.name, &stack.parameters)?;
    let mut scope = scope(world, place, &body, stack, &conditions);
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

pub(super) fn scope<'a>(
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
        unknown: BTreeMap::new(),
        met_unknown: false,
    }
}

/// The resolved properties of one declared resource, with the exports that they import.
pub(super) fn properties(
    world: &mut World,
    place: &Place,
    stack: &Stack,
    logical: &str,
) -> Result<(Value, BTreeSet<String>), String> {
    let body = Body::read(&stack.template).map_err(|error| error.message)?;
    let conditions = functions::conditions(world, place, &body, &stack.name, &stack.parameters)?;
    let declared: &Declared = body
        .resources
        .get(logical)
        .ok_or_else(|| format!("resource {logical} is not in the template"))?;
    let mut scope = scope(world, place, &body, stack, &conditions);
    let value = scope.properties(&declared.properties)?;
    Ok((value, scope.imports))
}

/// Calls the handler that makes a member (or changes it, in an update).
fn initiate(world: &mut World, place: &Place, arn: &str, logical: &str) {
    let Some((stack, member)) = at_work(world, place, arn, logical) else {
        return;
    };
    let updating = member.status == "UPDATE_IN_PROGRESS" && !member.fresh;
    if updating && is_still_changing(world, place, &stack, &member) {
        let logical = logical.to_owned();
        schedule(world, place, arn, QUESTION, Work::Initiate { logical });
        return;
    }
    match make(world, place, &stack, logical, &member, updating) {
        Ok(made) => {
            with(world, place, arn, |stack| made.keep(stack, logical));
            if !updating {
                let status = member.status.clone();
                let reason = Some("Resource creation Initiated");
                member_event(world, place, arn, logical, &status, reason);
            }
            let logical = logical.to_owned();
            let work = Work::Ask { logical, asked: 1 };
            schedule(world, place, arn, QUESTION, work);
        }
        Err(reason) => member_failed(world, place, arn, logical, &reason),
    }
}

/// The stack and a member of it that is being made or changed.
fn at_work(world: &mut World, place: &Place, arn: &str, logical: &str) -> Option<(Stack, Member)> {
    let stack = get(world, place, arn)?;
    let member = stack.members.get(logical)?.clone();
    let making = ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"];
    making
        .contains(&member.status.as_str())
        .then_some((stack, member))
}

/// What a rollback changes back may still be busy with the change.
fn is_still_changing(world: &mut World, place: &Place, stack: &Stack, member: &Member) -> bool {
    stack.phase() == Some(Phase::UpdateRollback)
        && resource::find(&member.kind).is_some_and(|handler| {
            handler.progress(world, place, &member.physical) == Progress::Working
        })
}

/// What a handler has begun.
struct Made {
    physical: String,
    properties: Value,
    tags: BTreeMap<String, String>,
    imports: BTreeSet<String>,
}

impl Made {
    fn keep(self, stack: &mut Stack, logical: &str) {
        stack.collect_imports(self.imports);
        if let Some(member) = stack.members.get_mut(logical) {
            member.physical = self.physical;
            member.properties = self.properties;
            member.tags = self.tags;
        }
    }
}

fn make(
    world: &mut World,
    place: &Place,
    stack: &Stack,
    logical: &str,
    member: &Member,
    updating: bool,
) -> Result<Made, String> {
    let (properties, imports) = if stack.phase() == Some(Phase::UpdateRollback) {
        (
            member.before.clone().unwrap_or(Value::Null),
            BTreeSet::new(),
        )
    } else {
        properties(world, place, stack, logical)?
    };
    let handler = resource::find(&member.kind)
        .ok_or_else(|| format!("Unrecognized resource type {}", member.kind))?;
    handler.check(&properties).map_err(|problem| {
        let failure = Failure::new(
            "InvalidRequest",
            format!("Properties validation failed for resource {logical} with message: {problem}"),
        );
        told(world, place, &stack.arn, &failure)
    })?;
    let request = Request {
        place,
        stack_name: &stack.name,
        stack_id: &stack.arn,
        logical_id: logical,
        properties: &properties,
        stack_tags: &stack.tags,
        old_stack_tags: &member.tags,
    };
    let outcome = if updating {
        handler
            .update(world, &member.physical, &member.properties, &request)
            .map(|()| handler.id_after(world, &member.physical, &request))
    } else {
        handler.create(world, &request)
    };
    match outcome {
        Ok(physical) => Ok(Made {
            physical,
            properties,
            tags: stack.tags.clone(),
            imports,
        }),
        Err(failure) => Err(told(world, place, &stack.arn, &failure)),
    }
}

/// Asks how a creation or an update goes.
fn ask(world: &mut World, place: &Place, arn: &str, logical: &str, asked: u32) {
    let Some((_, member)) = at_work(world, place, arn, logical) else {
        return;
    };
    let Some(handler) = resource::find(&member.kind) else {
        return;
    };
    match handler.progress(world, place, &member.physical) {
        Progress::Working => {
            let pause =
                (QUESTION + Duration::from_millis(u64::from(asked) * 250)).min(LONGEST_QUESTION);
            let logical = logical.to_owned();
            let asked = asked + 1;
            schedule(world, place, arn, pause, Work::Ask { logical, asked });
        }
        Progress::Done => {
            let done = member.status.replace("_IN_PROGRESS", "_COMPLETE");
            member_event(world, place, arn, logical, &done, None);
            step_now_or_closing(world, place, arn);
        }
        Progress::Failed(failure) => {
            let reason = told(world, place, arn, &failure);
            member_failed(world, place, arn, logical, &reason);
        }
    }
}

/// The next resources begin at once; the operation's end takes a moment.
fn step_now_or_closing(world: &mut World, place: &Place, arn: &str) {
    let working = get(world, place, arn).is_some_and(|stack| {
        stack
            .members
            .values()
            .any(|member| member.status.is_empty() || member.status.ends_with("_IN_PROGRESS"))
    });
    soon(
        world,
        place,
        arn,
        if working { Duration::ZERO } else { CLOSING },
    );
}

fn member_failed(world: &mut World, place: &Place, arn: &str, logical: &str, reason: &str) {
    let status = with(world, place, arn, |stack| {
        stack
            .members
            .get(logical)
            .map(|member| member.status.clone())
    })
    .unwrap_or_default();
    let failed = if status.starts_with("UPDATE") {
        "UPDATE_FAILED"
    } else {
        "CREATE_FAILED"
    };
    member_event(world, place, arn, logical, failed, Some(reason));
    with(world, place, arn, |stack| {
        if let Some(operation) = &mut stack.operation {
            operation.failed.push(logical.to_owned());
        }
    });
    soon(world, place, arn, CLOSING);
}

/// The others are cancelled, and the stack goes back (or stays, or goes away, as `OnFailure` says).
fn fail_creation(world: &mut World, place: &Place, stack: &Stack) {
    cancel_others(
        world,
        place,
        stack,
        "CREATE_FAILED",
        "Resource creation cancelled",
    );
    let failed = get(world, place, &stack.arn)
        .and_then(|stack| stack.operation)
        .map(|operation| operation.failed)
        .unwrap_or_default();
    let reason = format!(
        "The following resource(s) failed to create: [{}]. ",
        failed.join(", ")
    );
    begin_rollback(world, place, &stack.arn, &reason);
}

/// Cancels what is still being made; it counts among the failed.
pub(super) fn cancel_others(
    world: &mut World,
    place: &Place,
    stack: &Stack,
    status: &str,
    reason: &str,
) {
    let others: Vec<String> = stack
        .members
        .iter()
        .filter(|(_, member)| member.status.ends_with("_IN_PROGRESS"))
        .map(|(logical, _)| logical.clone())
        .collect();
    for logical in others {
        member_event(world, place, &stack.arn, &logical, status, Some(reason));
        with(world, place, &stack.arn, |stack| {
            if let Some(operation) = &mut stack.operation {
                operation.failed.push(logical.clone());
            }
        });
    }
}

fn begin_rollback(world: &mut World, place: &Place, arn: &str, reason: &str) {
    let on_failure = with(world, place, arn, |stack| stack.on_failure);
    match on_failure {
        OnFailure::DoNothing => {
            stack_event(world, place, arn, "CREATE_FAILED", Some(reason.trim_end()));
            end(world, place, arn);
            return;
        }
        OnFailure::Rollback => {
            let reason = format!(
                "{}. Rollback requested by user.",
                reason.trim_end().trim_end_matches('.')
            );
            stack_event(world, place, arn, "ROLLBACK_IN_PROGRESS", Some(&reason));
        }
        OnFailure::Delete => {
            let reason = format!(
                "{}. Delete requested by user.",
                reason.trim_end().trim_end_matches('.')
            );
            stack_event(world, place, arn, "DELETE_IN_PROGRESS", Some(&reason));
        }
    }
    let phase = if on_failure == OnFailure::Delete {
        Phase::Delete
    } else {
        Phase::RollbackCreate
    };
    enter(world, place, arn, phase);
    soon(world, place, arn, CLOSING);
}

// ---- deletion ----

/// Whether a deletion is through with a member.
fn is_through(member: &Member) -> bool {
    !member.exists()
}

fn step_delete(world: &mut World, place: &Place, stack: &Stack) {
    if cleanup::go_on(world, place, stack) {
        return;
    }
    let operation = stack.operation.clone();
    let retain = operation
        .as_ref()
        .map(|operation| operation.retain.clone())
        .unwrap_or_default();
    let failed: BTreeSet<String> = operation
        .map(|operation| operation.failed.into_iter().collect())
        .unwrap_or_default();
    let depended = |logical: &String| {
        stack
            .members
            .values()
            .any(|other| !is_through(other) && other.depends.contains(logical))
    };
    let ready: Vec<String> = stack
        .members
        .iter()
        .filter(|(logical, member)| {
            member.exists()
                && member.status != "DELETE_IN_PROGRESS"
                && !failed.contains(*logical)
                && !depended(logical)
        })
        .map(|(logical, _)| logical.clone())
        .collect();
    for logical in &ready {
        let policy = stack
            .members
            .get(logical)
            .and_then(|member| member.policy.clone());
        let rollback = stack.phase() == Some(Phase::RollbackCreate);
        let kept = policy.is_some_and(|policy| !(rollback && policy == "RetainExceptOnCreate"));
        if retain.contains(logical) || kept {
            member_event(world, place, &stack.arn, logical, "DELETE_SKIPPED", None);
            soon(world, place, &stack.arn, Duration::ZERO);
        } else {
            member_event(
                world,
                place,
                &stack.arn,
                logical,
                "DELETE_IN_PROGRESS",
                None,
            );
            let logical = logical.clone();
            let work = Work::Remove { logical, asked: 0 };
            schedule(world, place, &stack.arn, INITIATION, work);
        }
    }
    let idle = !stack
        .members
        .values()
        .any(|member| member.status == "DELETE_IN_PROGRESS");
    if ready.is_empty() && idle {
        finish_deletion(world, place, stack);
    }
}

/// A deletion that takes the place of a rollback goes on with what the rollback was removing.
pub(super) fn resume_removals(world: &mut World, place: &Place, arn: &str) {
    let going: Vec<String> = with(world, place, arn, |stack| {
        let members = stack.members.iter();
        members
            .filter(|(_, member)| member.status == "DELETE_IN_PROGRESS")
            .map(|(logical, _)| logical.clone())
            .collect()
    });
    for logical in going {
        let work = Work::Remove { logical, asked: 1 };
        schedule(world, place, arn, QUESTION, work);
    }
}

/// Calls or asks the handler that removes a member. What something depends on is tried again for a quarter of an hour.
fn remove(world: &mut World, place: &Place, arn: &str, logical: &str, asked: u32) {
    let Some(stack) = get(world, place, arn) else {
        return;
    };
    let going = |member: &&Member| member.status == "DELETE_IN_PROGRESS";
    let Some(member) = stack.members.get(logical).filter(going).cloned() else {
        return;
    };
    let Some(handler) = resource::find(&member.kind) else {
        return;
    };
    let (id, properties) = (&member.physical, &member.properties);
    let progress = if member.removing {
        handler.deletion(world, place, id, properties)
    } else {
        handler.delete(world, place, id, properties)
    };
    with(world, place, arn, |stack| {
        if let Some(member) = stack.members.get_mut(logical) {
            member.removing = progress == Progress::Working;
        }
    });
    let again = |asked: u32| Work::Remove {
        logical: logical.to_owned(),
        asked,
    };
    match progress {
        Progress::Done => {
            member_event(world, place, arn, logical, "DELETE_COMPLETE", None);
            step_now_or_closing(world, place, arn);
        }
        Progress::Working => {
            let pause =
                (QUESTION + Duration::from_millis(u64::from(asked) * 250)).min(LONGEST_QUESTION);
            schedule(world, place, arn, pause, again(asked + 1));
        }
        Progress::Failed(failure) => {
            let now = world.now();
            let since = member.refused.unwrap_or(now);
            with(world, place, arn, |stack| {
                if let Some(member) = stack.members.get_mut(logical) {
                    member.refused = Some(since);
                }
            });
            if failure.cause == "DependencyViolation" && now.since(since) < RETRIES {
                let pause = world.dependency_pause;
                schedule(world, place, arn, pause, again(0));
            } else {
                let reason = told(world, place, arn, &failure);
                member_event(world, place, arn, logical, "DELETE_FAILED", Some(&reason));
                with(world, place, arn, |stack| {
                    if let Some(member) = stack.members.get_mut(logical) {
                        member.refused = None;
                    }
                    if let Some(operation) = &mut stack.operation {
                        operation.failed.push(logical.to_owned());
                    }
                });
                step_now_or_closing(world, place, arn);
            }
        }
    }
}

fn finish_deletion(world: &mut World, place: &Place, stack: &Stack) {
    let arn = &stack.arn;
    let operation = stack.operation.clone();
    let failed = operation
        .as_ref()
        .map(|operation| operation.failed.clone())
        .unwrap_or_default();
    let force = operation.is_some_and(|operation| operation.force);
    let rollback = stack.phase() == Some(Phase::RollbackCreate);
    if !failed.is_empty() && !force {
        let reason = format!(
            "The following resource(s) failed to delete: [{}]. ",
            failed.join(", ")
        );
        let status = if rollback {
            "ROLLBACK_FAILED"
        } else {
            "DELETE_FAILED"
        };
        stack_event(world, place, arn, status, Some(&reason));
        end(world, place, arn);
        return;
    }
    if force {
        let left: Vec<String> = stack
            .members
            .iter()
            .filter(|(_, member)| member.exists())
            .map(|(logical, _)| logical.clone())
            .collect();
        for logical in left {
            member_event(world, place, arn, &logical, "DELETE_SKIPPED", None);
        }
        cleanup::leave(world, place, arn);
    }
    stack_event(
        world,
        place,
        arn,
        if rollback {
            "ROLLBACK_COMPLETE"
        } else {
            "DELETE_COMPLETE"
        },
        None,
    );
    let now = world.now();
    end(world, place, arn);
    with(world, place, arn, |stack| {
        stack.old.clear();
        stack.outputs.clear();
        stack.imports.clear();
        stack.importing.clear();
        if !rollback {
            stack.deleted = Some(now);
        }
    });
}

/// The stack is what it was before somebody asked for its deletion; nothing says so but its status (section 3.4).
fn revert(world: &mut World, place: &Place, arn: &str, status: String, reason: String) {
    with(world, place, arn, |stack| {
        stack.status = status;
        stack.reason = Some(reason);
        stack.revision += 1;
    });
    end(world, place, arn);
}
