//! Change sets as they are asked for and shown.

use serde::Deserialize;
use serde_json::Value;

use super::super::State;
use super::super::change_sets::{self, ChangeSet, How, Values};
use super::super::functions;
use super::super::inputs::ChangeSetIn;
use super::super::origins::Origin;
use super::super::preview::Change;
use super::super::requests::refuse;
use super::super::stack::Stack;
use super::super::tokens::Token;
use super::{bad_token, find, next_token};
use crate::error::ServiceError;
use crate::wire::page::page;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

pub(super) fn create_change_set(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: ChangeSetIn = input.parse()?;
    let wanted = given.wanted(&call.world.templates)?;
    let is_create = given.is_create()?;
    let asked = change_sets::Asked {
        name: given.change_set_name,
        is_create,
        description: given.description,
        wanted,
        validated: !given.disable_validation,
        token: Token::read(given.client_token, input)?,
    };
    let (id, stack) = change_sets::create(call, &given.stack_name, asked)?;
    Ok(Output::Xml(vec![
        Element::text("Id", id),
        Element::text("StackId", stack),
    ]))
}

/// The set of this name (of the stack) or ARN.
pub(super) fn named<'a>(
    state: &'a State,
    name: &str,
    stack: Option<&Stack>,
) -> Result<&'a ChangeSet, ServiceError> {
    let arn = stack.map(|stack| &stack.arn);
    let by_name = |set: &&ChangeSet| set.name == name && Some(&set.stack) == arn;
    // A name may be used again after its set was executed or overtaken.
    let newest = |set: &&ChangeSet| (set.is_waiting(), set.created);
    let sets = state.change_sets.values();
    let named = sets.filter(by_name).max_by_key(newest);
    let found = state.change_sets.get(name).or(named);
    found.ok_or_else(|| change_sets::not_found(name))
}

fn find_change_set(
    call: &mut Call<'_>,
    name: &str,
    stack: Option<&String>,
) -> Result<ChangeSet, ServiceError> {
    if stack.is_none() && !name.starts_with("arn:") {
        return Err(refuse(
            "StackName must be specified if ChangeSetName is not specified as an ARN.",
        ));
    }
    let state = &call.region().cloudformation;
    let stack = stack.and_then(|name| state.find(name));
    let set = named(state, name, stack)?.clone();
    call.touch(&set.arn);
    Ok(set)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeIn {
    change_set_name: String,
    stack_name: Option<String>,
    next_token: Option<String>,
    #[serde(default)]
    include_property_values: bool,
}

pub(super) fn describe_change_set(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DescribeIn = input.parse()?;
    let set = find_change_set(call, &input.change_set_name, input.stack_name.as_ref())?;
    let stack = find(call, &set.stack)?;
    let size = call.world.page_size(None, 100);
    let (changes, token) = page(
        "DescribeChangeSet",
        set.changes.clone(),
        |change| change.logical.clone(),
        input.next_token.as_deref(),
        size,
        bad_token,
    )?;
    let values = if input.include_property_values {
        change_sets::values(call, &set)
    } else {
        Values::new()
    };
    let changes = changes.iter().map(|change| {
        let mut resource = Element::new("ResourceChange").children([
            Element::text("Action", &change.action),
            Element::text("LogicalResourceId", &change.logical),
            Element::text("ResourceType", &change.kind),
            Element::texts("Scope", "member", scope(change)),
            Element::list("Details", "member", details(change, &values)),
        ]);
        resource = resource.children(Element::optional(
            "PhysicalResourceId",
            change.physical.as_ref(),
        ));
        resource = resource.children(Element::optional(
            "Replacement",
            change.replacement.as_ref(),
        ));
        vec![Element::text("Type", "Resource"), resource]
    });
    let mut members = vec![
        Element::text("ChangeSetName", &set.name),
        Element::text("ChangeSetId", &set.arn),
        Element::text("StackId", &set.stack),
        Element::text("StackName", &stack.name),
        Element::text("CreationTime", set.created.iso()),
        Element::text("Status", &set.status),
        Element::text("ExecutionStatus", &set.execution),
        Element::list("Changes", "member", changes),
    ];
    members.extend(Element::optional("StatusReason", set.reason.as_ref()));
    members.extend(Element::optional("Description", set.description.as_ref()));
    members.push(Element::texts(
        "Capabilities",
        "member",
        &set.wanted.capabilities,
    ));
    members.extend(next_token(token.as_ref()));
    Ok(Output::Xml(members))
}

/// Kinds of attributes that a change is about.
fn scope(change: &Change) -> Vec<&'static str> {
    let properties = (!change.properties.is_empty()).then_some("Properties");
    properties
        .into_iter()
        .chain(change.tags.then_some("Tags"))
        .collect()
}

fn details(change: &Change, values: &Values) -> Vec<Vec<Element>> {
    let properties = change.properties.iter().map(|difference| {
        let property = &difference.property;
        let (before, after) = match values.get(&change.logical) {
            Some((before, after)) => (value(before, property), value(after, property)),
            None => (None, None),
        };
        let target = target("Properties", difference.recreates)
            .child(Element::text("Name", property))
            .children(Element::optional("BeforeValue", before.as_ref()))
            .children(Element::optional("AfterValue", after.as_ref()));
        detail(target, &difference.origin, difference.dynamic)
    });
    let tags = change.tags.then(|| {
        detail(
            target("Tags", change.tags_recreate),
            &Origin::Template,
            false,
        )
    });
    properties.chain(tags).collect()
}

fn target(attribute: &str, recreates: bool) -> Element {
    let recreation = if recreates { "Always" } else { "Never" };
    Element::new("Target")
        .child(Element::text("Attribute", attribute))
        .child(Element::text("RequiresRecreation", recreation))
}

fn detail(target: Element, origin: &Origin, dynamic: bool) -> Vec<Element> {
    let evaluation = if dynamic { "Dynamic" } else { "Static" };
    let mut members = vec![
        target,
        Element::text("Evaluation", evaluation),
        Element::text("ChangeSource", origin.source()),
    ];
    members.extend(Element::optional("CausingEntity", origin.entity()));
    members
}

/// A property's value as text; what is not known before the change is told as AWS tells it.
fn value(properties: &Value, name: &str) -> Option<String> {
    let value = properties.get(name)?;
    if functions::hangs_on_unknown(value) {
        return Some("{{changeSet:KNOWN_AFTER_APPLY}}".to_owned());
    }
    let text = value.as_str().map(str::to_owned);
    Some(text.unwrap_or_else(|| value.to_string()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ExecuteIn {
    change_set_name: String,
    stack_name: Option<String>,
    client_request_token: Option<String>,
    disable_rollback: Option<bool>,
    #[serde(default)]
    retain_except_on_create: bool,
}

pub(super) fn execute_change_set(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: ExecuteIn = input.parse()?;
    let set = find_change_set(call, &given.change_set_name, given.stack_name.as_ref())?;
    let how = How {
        disable_rollback: given.disable_rollback,
        retain_except_on_create: given.retain_except_on_create,
        token: Token::read(given.client_request_token, input)?,
    };
    change_sets::execute(call, &set.arn, how)?;
    Ok(Output::Xml(Vec::new()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteIn {
    change_set_name: String,
    stack_name: Option<String>,
}

pub(super) fn delete_change_set(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: DeleteIn = input.parse()?;
    match find_change_set(call, &given.change_set_name, given.stack_name.as_ref()) {
        Ok(set) => change_sets::delete(call, &set)?,
        // Deleting what does not exist is no error.
        Err(absent) if absent.code == "ChangeSetNotFound" => {}
        Err(refusal) => return Err(refusal),
    }
    Ok(Output::Xml(Vec::new()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListIn {
    stack_name: String,
    next_token: Option<String>,
}

pub(super) fn list_change_sets(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListIn = input.parse()?;
    let stack = find(call, &input.stack_name)?;
    let sets: Vec<ChangeSet> = call
        .region()
        .cloudformation
        .change_sets
        .values()
        .filter(|set| set.stack == stack.arn)
        .cloned()
        .collect();
    let size = call.world.page_size(None, 100);
    let (sets, token) = page(
        "ListChangeSets",
        sets,
        |set| set.arn.clone(),
        input.next_token.as_deref(),
        size,
        bad_token,
    )?;
    let summaries = sets.iter().map(|set| {
        let mut members = vec![
            Element::text("StackId", &set.stack),
            Element::text("StackName", &stack.name),
            Element::text("ChangeSetId", &set.arn),
            Element::text("ChangeSetName", &set.name),
            Element::text("ExecutionStatus", &set.execution),
            Element::text("Status", &set.status),
            Element::text("CreationTime", set.created.iso()),
        ];
        members.extend(Element::optional("StatusReason", set.reason.as_ref()));
        members
    });
    let mut members = vec![Element::list("Summaries", "member", summaries)];
    members.extend(next_token(token.as_ref()));
    Ok(Output::Xml(members))
}
