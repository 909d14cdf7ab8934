//! DescribeEvents: the history of a stack by operation, with what early validation found (section 3.7).

use serde::Deserialize;

use super::super::change_sets::{ChangeSet, Finding};
use super::super::requests::{no_such_stack, refuse};
use super::super::stack::{STACK_TYPE, Stack, StackEvent};
use super::{bad_token, next_token};
use crate::error::ServiceError;
use crate::wire::page::page;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EventsIn {
    stack_name: Option<String>,
    change_set_name: Option<String>,
    operation_id: Option<String>,
    filters: Option<FilterIn>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct FilterIn {
    #[serde(default)]
    failed_events: bool,
}

/// One event as it is shown; `failed` ones are left by the filter.
struct Shown {
    id: String,
    failed: bool,
    members: Vec<Element>,
}

pub(super) fn describe_events(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: EventsIn = input.parse()?;
    let mut events = wanted(call, &given)?;
    if given.filters.is_some_and(|filters| filters.failed_events) {
        events.retain(|event| event.failed);
    }
    let size = call.world.page_size(None, 100);
    let (events, token) = page(
        "DescribeEvents",
        events,
        |event| event.id.clone(),
        given.next_token.as_deref(),
        size,
        bad_token,
    )?;
    let events = events.into_iter().map(|event| event.members);
    let mut members = vec![Element::list("OperationEvents", "member", events)];
    members.extend(next_token(token.as_ref()));
    Ok(Output::Xml(members))
}

/// The events of a change set, of an operation, or of a stack, newest first.
fn wanted(call: &mut Call<'_>, given: &EventsIn) -> Result<Vec<Shown>, ServiceError> {
    let state = &call.region().cloudformation;
    let named = given.stack_name.as_deref();
    let stack = match named {
        Some(name) => Some(state.find(name).ok_or_else(|| no_such_stack(name))?),
        None => None,
    };
    if let Some(name) = &given.change_set_name {
        // The name of a change set alone finds nothing (aws-cloudformation/cloudformation-cli#1116).
        if stack.is_none() && !name.starts_with("arn:") {
            return Err(unnamed());
        }
        let set = super::change_sets::named(state, name, stack)?;
        let stack = state.stacks.get(&set.stack);
        return Ok(stack.map_or_else(Vec::new, |stack| of_change_set(stack, set)));
    }
    if let Some(id) = &given.operation_id {
        let mut known = state.stacks.values();
        let owner = known.find(|stack| stack.operations.iter().any(|(_, known)| known == id));
        let owner = owner.filter(|owner| stack.is_none_or(|stack| stack.arn == owner.arn));
        let owner = owner.ok_or_else(|| refuse(format!("Operation [{id}] does not exist")))?;
        let mut sets = state.change_sets.values();
        if let Some(set) = sets.find(|set| set.operation == *id) {
            return Ok(of_change_set(owner, set));
        }
        let events = owner.events.iter().rev();
        let events = events.filter(|event| event.operation.as_ref() == Some(id));
        return Ok(events.map(|event| of_event(owner, event)).collect());
    }
    let stack = stack.ok_or_else(unnamed)?;
    let events = stack.events.iter().rev();
    Ok(events.map(|event| of_event(stack, event)).collect())
}

fn unnamed() -> ServiceError {
    refuse("One of ChangeSetName, OperationId or StackName must be specified")
}

/// What every event has, as far as it belongs to an operation.
fn of_operation(stack: &Stack, id: Option<&String>) -> Vec<Element> {
    let mut known = stack.operations.iter();
    let kind = known.find(|(_, known)| Some(known) == id);
    let mut members = vec![Element::text("StackId", &stack.arn)];
    members.extend(Element::optional("OperationId", id));
    members.extend(kind.map(|(kind, _)| Element::text("OperationType", kind)));
    members
}

fn of_event(stack: &Stack, event: &StackEvent) -> Shown {
    let of_stack = event.kind == STACK_TYPE && event.physical == stack.arn;
    let kind = if of_stack {
        "STACK_EVENT"
    } else if event.is_failure() {
        "PROVISIONING_ERROR"
    } else {
        "PROGRESS_EVENT"
    };
    let mut members = of_operation(stack, event.operation.as_ref());
    members.extend([
        Element::text("EventId", &event.id),
        Element::text("EventType", kind),
        Element::text("LogicalResourceId", &event.logical),
        Element::text("PhysicalResourceId", &event.physical),
        Element::text("ResourceType", &event.kind),
        Element::text("Timestamp", event.at.iso()),
        Element::text("ResourceStatus", &event.status),
    ]);
    if of_stack {
        members.push(Element::text("OperationStatus", outcome(&event.status)));
    }
    members.extend(Element::optional(
        "ResourceStatusReason",
        event.reason.as_ref(),
    ));
    members.extend(Element::optional("DetailedStatus", event.detailed.as_ref()));
    members.extend(Element::optional(
        "ClientRequestToken",
        event.token.as_ref(),
    ));
    Shown {
        id: event.id.clone(),
        failed: event.is_failure(),
        members,
    }
}

/// How an operation stands when its stack has this status.
fn outcome(status: &str) -> &'static str {
    if status.ends_with("_IN_PROGRESS") {
        "IN_PROGRESS"
    } else if status.ends_with("_FAILED") {
        "FAILED"
    } else {
        "SUCCEEDED"
    }
}

/// What early validation found, and how the change set's creation stands.
fn of_change_set(stack: &Stack, set: &ChangeSet) -> Vec<Shown> {
    let status = match set.status.as_str() {
        "CREATE_COMPLETE" => "SUCCEEDED",
        "FAILED" => "FAILED",
        _ => "IN_PROGRESS",
    };
    let mut whole = of_operation(stack, Some(&set.operation));
    let id = format!("{}-{status}", set.operation);
    whole.extend([
        Element::text("EventId", &id),
        Element::text("EventType", "STACK_EVENT"),
        Element::text("OperationStatus", status),
        Element::text("LogicalResourceId", &stack.name),
        Element::text("PhysicalResourceId", &stack.arn),
        Element::text("ResourceType", STACK_TYPE),
        Element::text("Timestamp", set.created.iso()),
    ]);
    let whole = Shown {
        id,
        failed: status == "FAILED",
        members: whole,
    };
    let findings = set.findings.iter().enumerate();
    std::iter::once(whole)
        .chain(findings.map(|(at, finding)| of_finding(stack, set, at, finding)))
        .collect()
}

fn of_finding(stack: &Stack, set: &ChangeSet, at: usize, finding: &Finding) -> Shown {
    let id = format!("{}-{at}", set.operation);
    let mut members = of_operation(stack, Some(&set.operation));
    members.extend([
        Element::text("EventId", &id),
        Element::text("EventType", "VALIDATION_ERROR"),
        Element::text("LogicalResourceId", &finding.logical),
        Element::text("ResourceType", &finding.kind),
        Element::text("Timestamp", finding.at.iso()),
        Element::text("ValidationFailureMode", "FAIL"),
        Element::text("ValidationName", finding.validation.name()),
        Element::text("ValidationStatus", "FAILED"),
        Element::text("ValidationStatusReason", &finding.reason),
        Element::text("ValidationPath", &finding.path),
    ]);
    Shown {
        id,
        failed: true,
        members,
    }
}
