//! The history of a stack.

use serde::Deserialize;

use super::super::requests::no_such_stack;
use super::super::stack::StackEvent;
use super::{bad_token, next_token};
use crate::wire::page::page;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EventsIn {
    stack_name: String,
    next_token: Option<String>,
}

pub(super) fn describe_stack_events(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: EventsIn = input.parse()?;
    let name = input.stack_name;
    let stack = call.region().cloudformation.find_now(&name);
    // The text differs from DescribeStacks' (section 3.2).
    let stack = stack.ok_or_else(|| no_such_stack(&name))?;
    let newest_first: Vec<StackEvent> = stack.events.iter().rev().cloned().collect();
    let size = call.world.page_size(None, 100);
    let (events, token) = page(
        "DescribeStackEvents",
        newest_first,
        |event| event.id.clone(),
        input.next_token.as_deref(),
        size,
        bad_token,
    )?;
    let events = events.iter().map(|event| {
        let mut members = vec![
            Element::text("StackId", &stack.arn),
            Element::text("EventId", &event.id),
            Element::text("StackName", &stack.name),
            Element::text("LogicalResourceId", &event.logical),
            Element::text("PhysicalResourceId", &event.physical),
            Element::text("ResourceType", &event.kind),
            Element::text("Timestamp", event.at.iso()),
            Element::text("ResourceStatus", &event.status),
        ];
        members.extend(Element::optional(
            "ResourceStatusReason",
            event.reason.as_ref(),
        ));
        members.extend(Element::optional("DetailedStatus", event.detailed.as_ref()));
        members.extend(Element::optional(
            "ClientRequestToken",
            event.token.as_ref(),
        ));
        members.extend(Element::optional("OperationId", event.operation.as_ref()));
        members
    });
    let mut members = vec![Element::list("StackEvents", "member", events)];
    members.extend(next_token(token.as_ref()));
    Ok(Output::Xml(members))
}
