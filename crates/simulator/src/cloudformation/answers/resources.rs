//! The members of a stack as they are shown.

use serde::Deserialize;

use super::super::requests::refuse;
use super::super::stack::{Member, Stack};
use super::{bad_token, find, next_token};
use crate::wire::page::page;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

/// How many members DescribeStackResources shows: it has no pages, and leaves the rest to ListStackResources (its page in
/// AWS's reference).
const MOST: usize = 100;

/// A member as three operations show it, under their names for its time.
fn member_elements(logical: &str, member: &Member, time: &str) -> Vec<Element> {
    let mut members = vec![
        Element::text("LogicalResourceId", logical),
        Element::text("PhysicalResourceId", &member.physical),
        Element::text("ResourceType", &member.kind),
        Element::text(time, member.at.iso()),
        Element::text("ResourceStatus", &member.status),
        Element::new("DriftInformation")
            .child(Element::text("StackResourceDriftStatus", "NOT_CHECKED")),
    ];
    members.extend(Element::optional(
        "ResourceStatusReason",
        member.reason.as_ref(),
    ));
    members
}

/// The stack that a member is of.
fn of_stack(stack: &Stack) -> [Element; 2] {
    [
        Element::text("StackName", &stack.name),
        Element::text("StackId", &stack.arn),
    ]
}

fn begun(stack: &Stack) -> Vec<(String, Member)> {
    let begun = stack
        .members
        .iter()
        .filter(|(_, member)| !member.status.is_empty());
    begun
        .map(|(logical, member)| (logical.clone(), member.clone()))
        .collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ResourcesIn {
    stack_name: Option<String>,
    logical_resource_id: Option<String>,
    physical_resource_id: Option<String>,
}

pub(super) fn describe_stack_resources(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ResourcesIn = input.parse()?;
    let stack = match (input.stack_name, &input.physical_resource_id) {
        (Some(name), None) => find(call, &name)?,
        (None, Some(physical)) => {
            let state = &call.region().cloudformation;
            let owner = state.live_now().find(|stack| {
                let mut members = stack.members.values();
                members.any(|member| member.physical == *physical)
            });
            owner.ok_or_else(|| refuse(format!("Stack for {physical} does not exist")))?
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(refuse(
                "Either StackName or PhysicalResourceId must be specified, and not both",
            ));
        }
    };
    let shown = begun(&stack).into_iter().filter(|(logical, _)| {
        input
            .logical_resource_id
            .as_ref()
            .is_none_or(|wanted| wanted == logical)
    });
    let members = shown.take(MOST).map(|(logical, member)| {
        let mut members = member_elements(&logical, &member, "Timestamp");
        members.extend(of_stack(&stack));
        members
    });
    Ok(Output::Xml(vec![Element::list(
        "StackResources",
        "member",
        members,
    )]))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ResourceIn {
    stack_name: String,
    logical_resource_id: String,
}

pub(super) fn describe_stack_resource(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ResourceIn = input.parse()?;
    let stack = find(call, &input.stack_name)?;
    let logical = input.logical_resource_id;
    let member = stack
        .members
        .get(&logical)
        .filter(|member| !member.status.is_empty());
    let member = member.ok_or_else(|| {
        refuse(format!(
            "Resource {logical} does not exist for stack {}",
            stack.name
        ))
    })?;
    let detail = Element::new("StackResourceDetail")
        .children(member_elements(&logical, member, "LastUpdatedTimestamp"))
        .children(of_stack(&stack));
    Ok(Output::Xml(vec![detail]))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListIn {
    stack_name: String,
    next_token: Option<String>,
}

pub(super) fn list_stack_resources(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListIn = input.parse()?;
    let stack = find(call, &input.stack_name)?;
    let size = call.world.page_size(None, 100);
    let (shown, token) = page(
        "ListStackResources",
        begun(&stack),
        |(logical, _)| logical.clone(),
        input.next_token.as_deref(),
        size,
        bad_token,
    )?;
    let summaries = shown
        .into_iter()
        .map(|(logical, member)| member_elements(&logical, &member, "LastUpdatedTimestamp"));
    let mut members = vec![Element::list("StackResourceSummaries", "member", summaries)];
    members.extend(next_token(token.as_ref()));
    Ok(Output::Xml(members))
}
