//! Stacks as they are shown.

use std::sync::Arc;

use serde::Deserialize;

use super::super::inputs::enumeration_of_list;
use super::super::stack::{OnFailure, Stack};
use super::{bad_token, find, next_token};
use crate::time::SimTime;
use crate::wire::page::page;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

/// Section 3.1.
const STATUSES: [&str; 23] = [
    "CREATE_IN_PROGRESS",
    "CREATE_FAILED",
    "CREATE_COMPLETE",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS",
    "DELETE_FAILED",
    "DELETE_COMPLETE",
    "UPDATE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS",
    "IMPORT_IN_PROGRESS",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "IMPORT_ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_COMPLETE",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeIn {
    stack_name: Option<String>,
    next_token: Option<String>,
}

pub(super) fn describe_stacks(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DescribeIn = input.parse()?;
    let (stacks, token) = if let Some(name) = &input.stack_name {
        (vec![find(call, name)?], None)
    } else {
        let mut stacks: Vec<Arc<Stack>> = call.region().cloudformation.live_now().collect();
        stacks.sort_by(|one, other| one.arn.cmp(&other.arn));
        page(
            "DescribeStacks",
            stacks,
            |stack| stack.arn.clone(),
            input.next_token.as_deref(),
            call.world.page_size(None, 100),
            bad_token,
        )?
    };
    let now = call.world.now();
    let shown = stacks.iter().map(|stack| stack_members(stack, now));
    let mut members = vec![Element::list("Stacks", "member", shown)];
    members.extend(next_token(token.as_ref()));
    Ok(Output::Xml(members))
}

fn stack_members(stack: &Stack, now: SimTime) -> Vec<Element> {
    let (status, reason) = stack.shown(now);
    let mut members = vec![
        Element::text("StackId", &stack.arn),
        Element::text("StackName", &stack.name),
        Element::text("CreationTime", stack.created.iso()),
        Element::text("StackStatus", status),
        Element::text("DisableRollback", stack.on_failure == OnFailure::DoNothing),
        Element::text("EnableTerminationProtection", stack.protected),
        Element::text("RetainExceptOnCreate", stack.retain_except_on_create),
        Element::texts("NotificationARNs", "member", Vec::<String>::new()),
        Element::texts("Capabilities", "member", &stack.capabilities),
        Element::list(
            "Tags",
            "member",
            stack
                .tags
                .iter()
                .map(|(key, value)| vec![Element::text("Key", key), Element::text("Value", value)]),
        ),
        Element::list("Parameters", "member", shown_parameters(stack)),
        Element::list(
            "Outputs",
            "member",
            stack.outputs.iter().map(|output| {
                let mut members = vec![
                    Element::text("OutputKey", &output.key),
                    Element::text("OutputValue", &output.value),
                ];
                members.extend(Element::optional(
                    "Description",
                    output.description.as_ref(),
                ));
                members.extend(Element::optional("ExportName", output.export.as_ref()));
                members
            }),
        ),
        Element::new("DriftInformation").child(Element::text("StackDriftStatus", "NOT_CHECKED")),
        last_operations(stack),
    ];
    members.extend(Element::optional("Description", stack.description.as_ref()));
    members.extend(Element::optional("StackStatusReason", reason));
    members.extend(Element::optional("RoleARN", stack.role_arn.as_ref()));
    members.extend(nested_in(stack));
    members.extend(
        stack
            .updated
            .map(|at| Element::text("LastUpdatedTime", at.iso())),
    );
    members.extend(
        stack
            .deleted
            .map(|at| Element::text("DeletionTime", at.iso())),
    );
    members
}

/// The stack that it is nested in, and the first above it.
fn nested_in(stack: &Stack) -> impl Iterator<Item = Element> {
    let parent = Element::optional("ParentId", stack.parent.as_ref());
    parent
        .into_iter()
        .chain(Element::optional("RootId", stack.root.as_ref()))
}

/// What was done to the stack, newest first.
fn last_operations(stack: &Stack) -> Element {
    let shown = stack.operations.iter().map(|(kind, id)| {
        vec![
            Element::text("OperationType", kind),
            Element::text("OperationId", id),
        ]
    });
    Element::list("LastOperations", "member", shown)
}

/// Values of parameters under NoEcho are never shown.
fn shown_parameters(stack: &Stack) -> Vec<Vec<Element>> {
    let body = stack.template.body().ok();
    let hidden = |name: &str| {
        body.as_ref().is_some_and(|body| {
            body.parameters
                .iter()
                .any(|parameter| parameter.name == name && parameter.no_echo)
        })
    };
    let shown = stack.parameters.iter().map(|(name, value)| {
        let value = if hidden(name) { "****" } else { value };
        vec![
            Element::text("ParameterKey", name),
            Element::text("ParameterValue", value),
        ]
    });
    shown.collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListStacksIn {
    next_token: Option<String>,
    #[serde(default)]
    stack_status_filter: Vec<String>,
}

pub(super) fn list_stacks(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListStacksIn = input.parse()?;
    let filter = &input.stack_status_filter;
    if let Some(bad) = filter.iter().find(|it| !STATUSES.contains(&it.as_str())) {
        return Err(enumeration_of_list(bad, "stackStatusFilter", &STATUSES));
    }
    let now = call.world.now();
    let wanted = |stack: &&Stack| {
        filter.is_empty() || filter.iter().any(|status| status == stack.shown(now).0)
    };
    let stacks: Vec<Stack> = call
        .region()
        .cloudformation
        .stacks
        .values()
        .filter(wanted)
        .cloned()
        .collect();
    let size = call.world.page_size(None, 100);
    let (stacks, token) = page(
        "ListStacks",
        stacks,
        |stack| stack.arn.clone(),
        input.next_token.as_deref(),
        size,
        bad_token,
    )?;
    let summaries = stacks.iter().map(|stack| {
        let (status, reason) = stack.shown(now);
        let mut members = vec![
            Element::text("StackId", &stack.arn),
            Element::text("StackName", &stack.name),
            Element::text("CreationTime", stack.created.iso()),
            Element::text("StackStatus", status),
            Element::new("DriftInformation")
                .child(Element::text("StackDriftStatus", "NOT_CHECKED")),
            last_operations(stack),
        ];
        members.extend(Element::optional("StackStatusReason", reason));
        members.extend(Element::optional(
            "TemplateDescription",
            stack.description.as_ref(),
        ));
        members.extend(nested_in(stack));
        members.extend(
            stack
                .updated
                .map(|at| Element::text("LastUpdatedTime", at.iso())),
        );
        members.extend(
            stack
                .deleted
                .map(|at| Element::text("DeletionTime", at.iso())),
        );
        members
    });
    let mut members = vec![Element::list("StackSummaries", "member", summaries)];
    members.extend(next_token(token.as_ref()));
    Ok(Output::Xml(members))
}
