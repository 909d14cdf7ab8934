//! CloudFormation's API: inputs read, outputs rendered.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::body::Body;
use super::change_sets::{self, ChangeSet};
use super::inputs::{ChangeSetIn, CreateIn, UpdateIn, enumeration};
use super::preview::Change;
use super::requests::{self, Leave, no_stack, refuse};
use super::stack::{Member, OnFailure, Stack, StackEvent};
use super::tokens::Token;
use crate::error::ServiceError;
use crate::service::Operation;
use crate::time::SimTime;
use crate::wire::page::page;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

/// What CloudFormation can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[
    ("CreateStack", create_stack),
    ("UpdateStack", update_stack),
    ("DeleteStack", delete_stack),
    ("DescribeStacks", describe_stacks),
    ("ListStacks", list_stacks),
    ("DescribeStackEvents", describe_stack_events),
    ("DescribeStackResources", describe_stack_resources),
    ("DescribeStackResource", describe_stack_resource),
    ("ListStackResources", list_stack_resources),
    ("GetTemplate", get_template),
    ("ListExports", list_exports),
    ("ListImports", list_imports),
    ("CreateChangeSet", create_change_set),
    ("DescribeChangeSet", describe_change_set),
    ("ExecuteChangeSet", execute_change_set),
    ("DeleteChangeSet", delete_change_set),
    ("ListChangeSets", list_change_sets),
    ("UpdateTerminationProtection", update_termination_protection),
    ("GetTemplateSummary", |call, input| {
        template_summary(call, "GetTemplateSummary", input)
    }),
    ("ValidateTemplate", |call, input| {
        template_summary(call, "ValidateTemplate", input)
    }),
];

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

fn create_stack(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: CreateIn = input.parse()?;
    let wanted = given.wanted()?;
    let token = Token::read(given.client_request_token, input)?;
    let (arn, operation) = requests::create(call, &given.stack_name, &wanted, token)?;
    Ok(begun_operation(&arn, &operation))
}

fn update_stack(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: UpdateIn = input.parse()?;
    let wanted = given.wanted()?;
    let token = Token::read(given.client_request_token, input)?;
    let (arn, operation) = requests::update(call, &given.stack_name, &wanted, token)?;
    Ok(begun_operation(&arn, &operation))
}

fn begun_operation(stack: &str, operation: &str) -> Output {
    Output::Xml(vec![
        Element::text("StackId", stack),
        Element::text("OperationId", operation),
    ])
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteIn {
    stack_name: String,
    #[serde(default)]
    retain_resources: BTreeSet<String>,
    deletion_mode: Option<String>,
    client_request_token: Option<String>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
}

fn delete_stack(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: DeleteIn = input.parse()?;
    let force = match given.deletion_mode.as_deref() {
        None | Some("STANDARD") => false,
        Some("FORCE_DELETE_STACK") => true,
        Some(other) => {
            let set = ["STANDARD", "FORCE_DELETE_STACK"];
            return Err(enumeration(other, "deletionMode", &set));
        }
    };
    let leave = Leave {
        retain: given.retain_resources,
        force,
        role_arn: given.role_arn,
    };
    let token = Token::read(given.client_request_token, input)?;
    requests::delete(call, &given.stack_name, leave, token)?;
    Ok(Output::Xml(Vec::new()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct NamedIn {
    stack_name: Option<String>,
    next_token: Option<String>,
    logical_resource_id: Option<String>,
    physical_resource_id: Option<String>,
}

fn bad_token() -> ServiceError {
    refuse("NextToken is not valid")
}

fn find(call: &mut Call<'_>, name: &str) -> Result<Stack, ServiceError> {
    let stack = call
        .region()
        .cloudformation
        .find(name)
        .cloned()
        .ok_or_else(|| no_stack(name))?;
    call.touch(&stack.arn);
    Ok(stack)
}

fn next_token(token: Option<&String>) -> Option<Element> {
    Element::optional("NextToken", token)
}

fn describe_stacks(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: NamedIn = input.parse()?;
    let (stacks, token) = if let Some(name) = &input.stack_name {
        (vec![find(call, name)?], None)
    } else {
        let mut stacks: Vec<Stack> = call.region().cloudformation.live().cloned().collect();
        stacks.sort_by(|one, other| one.arn.cmp(&other.arn));
        page(
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
        Element::list(
            "LastOperations",
            "member",
            stack.operations.iter().map(|(kind, id)| {
                vec![
                    Element::text("OperationType", kind),
                    Element::text("OperationId", id),
                ]
            }),
        ),
    ];
    members.extend(Element::optional("StackStatusReason", reason));
    members.extend(Element::optional("RoleARN", stack.role_arn.as_ref()));
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

/// Values of parameters under NoEcho are never shown.
fn shown_parameters(stack: &Stack) -> Vec<Vec<Element>> {
    let body = Body::read(&stack.template).ok();
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

fn list_stacks(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListStacksIn = input.parse()?;
    let filter = &input.stack_status_filter;
    if let Some(bad) = filter.iter().find(|it| !STATUSES.contains(&it.as_str())) {
        return Err(enumeration(bad, "stackStatusFilter", &STATUSES));
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
        ];
        members.extend(Element::optional("StackStatusReason", reason));
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

fn required(name: Option<String>) -> Result<String, ServiceError> {
    name.ok_or_else(|| refuse("1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null"))
}

fn describe_stack_events(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: NamedIn = input.parse()?;
    let name = required(input.stack_name)?;
    let stack = call.region().cloudformation.find(&name).cloned();
    // The text differs from DescribeStacks' (section 3.2).
    let stack = stack.ok_or_else(|| refuse(format!("Stack [{name}] does not exist")))?;
    let newest_first: Vec<StackEvent> = stack.events.iter().rev().cloned().collect();
    let size = call.world.page_size(None, 100);
    let (events, token) = page(
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

/// A member as three operations show it, under their names for its time.
fn member_elements(stack: &Stack, logical: &str, member: &Member, time: &str) -> Vec<Element> {
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
    if time != "LastUpdatedTimestamp" || stack.name.is_empty() {
        members.push(Element::text("StackName", &stack.name));
        members.push(Element::text("StackId", &stack.arn));
    }
    members
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

fn describe_stack_resources(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: NamedIn = input.parse()?;
    let stack = match (input.stack_name, &input.physical_resource_id) {
        (Some(name), _) => find(call, &name)?,
        (None, Some(physical)) => {
            let state = &call.region().cloudformation;
            let owner = state
                .live()
                .find(|stack| {
                    stack
                        .members
                        .values()
                        .any(|member| member.physical == *physical)
                })
                .cloned();
            owner.ok_or_else(|| refuse(format!("Stack for {physical} does not exist")))?
        }
        (None, None) => {
            return Err(refuse(
                "Either StackName or PhysicalResourceId must be specified",
            ));
        }
    };
    let shown = begun(&stack).into_iter().filter(|(logical, _)| {
        input
            .logical_resource_id
            .as_ref()
            .is_none_or(|wanted| wanted == logical)
    });
    let members =
        shown.map(|(logical, member)| member_elements(&stack, &logical, &member, "Timestamp"));
    Ok(Output::Xml(vec![Element::list(
        "StackResources",
        "member",
        members,
    )]))
}

fn describe_stack_resource(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: NamedIn = input.parse()?;
    let stack = find(call, &required(input.stack_name)?)?;
    let logical = input.logical_resource_id.unwrap_or_default();
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
    let detail = Element::new("StackResourceDetail").children(
        member_elements(&stack, &logical, member, "LastUpdatedTimestamp")
            .into_iter()
            .chain([
                Element::text("StackName", &stack.name),
                Element::text("StackId", &stack.arn),
            ]),
    );
    Ok(Output::Xml(vec![detail]))
}

fn list_stack_resources(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: NamedIn = input.parse()?;
    let stack = find(call, &required(input.stack_name)?)?;
    let size = call.world.page_size(None, 100);
    let (shown, token) = page(
        begun(&stack),
        |(logical, _)| logical.clone(),
        input.next_token.as_deref(),
        size,
        bad_token,
    )?;
    let summaries = shown.into_iter().map(|(logical, member)| {
        member_elements(&stack, &logical, &member, "LastUpdatedTimestamp")
    });
    let mut members = vec![Element::list("StackResourceSummaries", "member", summaries)];
    members.extend(next_token(token.as_ref()));
    Ok(Output::Xml(members))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TemplateIn {
    stack_name: Option<String>,
    change_set_name: Option<String>,
    template_stage: Option<String>,
    template_body: Option<String>,
}

fn get_template(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: TemplateIn = input.parse()?;
    if input.change_set_name.is_some() || input.template_body.is_some() {
        return Err(refuse("templates are shown by stack here"));
    }
    if let Some(stage) = input
        .template_stage
        .filter(|stage| !["Original", "Processed"].contains(&stage.as_str()))
    {
        let set = ["Original", "Processed"];
        return Err(enumeration(&stage, "templateStage", &set));
    }
    let stack = find(call, &required(input.stack_name)?)?;
    Ok(Output::Xml(vec![
        Element::text("TemplateBody", &stack.template),
        Element::texts("StagesAvailable", "member", ["Original", "Processed"]),
    ]))
}

fn template_summary(call: &mut Call<'_>, action: &str, input: &Input) -> Answered {
    let input: TemplateIn = input.parse()?;
    let text = match (input.template_body, input.stack_name) {
        (Some(text), _) => text,
        (None, Some(name)) => find(call, &name)?.template,
        (None, None) => {
            return Err(refuse(
                "Either Template URL or Template Body must be specified.",
            ));
        }
    };
    let body = Body::read(&text)?;
    let parameters = body.parameters.iter().map(|parameter| {
        let mut members = vec![
            Element::text("ParameterKey", &parameter.name),
            Element::text("NoEcho", parameter.no_echo),
        ];
        members.extend(Element::optional(
            "DefaultValue",
            parameter.default.as_ref(),
        ));
        members.extend(Element::optional(
            "Description",
            parameter.description.as_ref(),
        ));
        if action == "GetTemplateSummary" {
            members.push(Element::text("ParameterType", &parameter.kind));
        }
        members
    });
    let mut members = vec![
        Element::list("Parameters", "member", parameters),
        Element::texts("Capabilities", "member", body.capability()),
    ];
    members.extend(Element::optional("Description", body.description.as_ref()));
    if action == "GetTemplateSummary" {
        let kinds: BTreeSet<&String> = body
            .resources
            .values()
            .map(|declared| &declared.kind)
            .collect();
        members.push(Element::texts("ResourceTypes", "member", kinds));
        members.push(Element::text("Version", "2010-09-09"));
    }
    Ok(Output::Xml(members))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ExportsIn {
    export_name: Option<String>,
    next_token: Option<String>,
}

fn list_exports(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ExportsIn = input.parse()?;
    let state = &call.region().cloudformation;
    let exports: BTreeMap<String, (String, String)> = state
        .live()
        .flat_map(|stack| {
            stack
                .exports()
                .map(|(name, value)| (name.clone(), (stack.arn.clone(), value.clone())))
        })
        .collect();
    let exports: Vec<_> = exports.into_iter().collect();
    let size = call.world.page_size(None, 100);
    let (exports, token) = page(
        exports,
        |(name, _)| name.clone(),
        input.next_token.as_deref(),
        size,
        bad_token,
    )?;
    let exports = exports.iter().map(|(name, (stack, value))| {
        vec![
            Element::text("ExportingStackId", stack),
            Element::text("Name", name),
            Element::text("Value", value),
        ]
    });
    let mut members = vec![Element::list("Exports", "member", exports)];
    members.extend(next_token(token.as_ref()));
    Ok(Output::Xml(members))
}

fn list_imports(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ExportsIn = input.parse()?;
    let name = input.export_name.unwrap_or_default();
    let importers = call.region().cloudformation.importers(&name);
    if importers.is_empty() {
        return Err(refuse(format!(
            "Export '{name}' is not imported by any stack."
        )));
    }
    let size = call.world.page_size(None, 100);
    let (importers, token) = page(
        importers,
        Clone::clone,
        input.next_token.as_deref(),
        size,
        bad_token,
    )?;
    let mut members = vec![Element::texts("Imports", "member", importers)];
    members.extend(next_token(token.as_ref()));
    Ok(Output::Xml(members))
}

fn create_change_set(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: ChangeSetIn = input.parse()?;
    let (wanted, is_create) = (given.wanted()?, given.is_create()?);
    let asked = change_sets::Asked {
        name: given.change_set_name,
        is_create,
        description: given.description,
        wanted,
        token: Token::read(given.client_token, input)?,
    };
    let (id, stack) = change_sets::create(call, &given.stack_name, asked)?;
    Ok(Output::Xml(vec![
        Element::text("Id", id),
        Element::text("StackId", stack),
    ]))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct NamedSetIn {
    change_set_name: Option<String>,
    stack_name: Option<String>,
    next_token: Option<String>,
    client_request_token: Option<String>,
    disable_rollback: Option<bool>,
    include_property_values: Option<bool>,
}

fn find_change_set(call: &mut Call<'_>, input: &NamedSetIn) -> Result<ChangeSet, ServiceError> {
    let name = input.change_set_name.clone().unwrap_or_default();
    let stack = input.stack_name.as_ref().and_then(|name| {
        call.region()
            .cloudformation
            .find(name)
            .map(|stack| stack.arn.clone())
    });
    let state = &call.region().cloudformation;
    let by_name = |set: &&ChangeSet| set.name == name && Some(&set.stack) == stack.as_ref();
    // A name may be used again after its set was executed or overtaken.
    let newest = |set: &&ChangeSet| (set.is_waiting(), set.created);
    let named = state
        .change_sets
        .values()
        .filter(by_name)
        .max_by_key(newest);
    let found = state.change_sets.get(&name).or(named).cloned();
    found.ok_or_else(|| change_sets::not_found(&name))
}

fn describe_change_set(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: NamedSetIn = input.parse()?;
    let set = find_change_set(call, &input)?;
    let stack = find(call, &set.stack)?;
    let size = call.world.page_size(None, 100);
    let (changes, token) = page(
        set.changes.clone(),
        |change| change.logical.clone(),
        input.next_token.as_deref(),
        size,
        bad_token,
    )?;
    let changes = changes.iter().map(|change| {
        let mut resource = Element::new("ResourceChange").children([
            Element::text("Action", &change.action),
            Element::text("LogicalResourceId", &change.logical),
            Element::text("ResourceType", &change.kind),
            Element::texts("Scope", "member", scope(change)),
            Element::list("Details", "member", details(change)),
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

fn details(change: &Change) -> Vec<Vec<Element>> {
    let properties = change.properties.iter().map(|property| {
        Element::new("Target")
            .child(Element::text("Attribute", "Properties"))
            .child(Element::text("Name", property))
    });
    let tags = change
        .tags
        .then(|| Element::new("Target").child(Element::text("Attribute", "Tags")));
    properties
        .chain(tags)
        .map(|target| {
            vec![
                target,
                Element::text("Evaluation", "Static"),
                Element::text("ChangeSource", "DirectModification"),
            ]
        })
        .collect()
}

fn execute_change_set(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: NamedSetIn = input.parse()?;
    if given.include_property_values == Some(true) {
        return Err(refuse("IncludePropertyValues is not supported here"));
    }
    let set = find_change_set(call, &given)?;
    let keep_failed = given.disable_rollback == Some(true);
    let token = Token::read(given.client_request_token, input)?;
    change_sets::execute(call, &set.arn, keep_failed, token)?;
    Ok(Output::Xml(Vec::new()))
}

fn delete_change_set(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: NamedSetIn = input.parse()?;
    // Deleting what does not exist is no error.
    if let Ok(set) = find_change_set(call, &input) {
        call.region().cloudformation.change_sets.remove(&set.arn);
    }
    Ok(Output::Xml(Vec::new()))
}

fn list_change_sets(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: NamedSetIn = input.parse()?;
    let stack = find(call, &required(input.stack_name)?)?;
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ProtectionIn {
    stack_name: String,
    enable_termination_protection: bool,
}

fn update_termination_protection(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ProtectionIn = input.parse()?;
    let stack = find(call, &input.stack_name)?;
    if matches!(
        stack.status.as_str(),
        "DELETE_IN_PROGRESS" | "DELETE_COMPLETE"
    ) {
        return Err(refuse(format!(
            "Stack [{}] is in {} state and termination protection cannot be changed",
            stack.name, stack.status
        )));
    }
    if let Some(stack) = call.region().cloudformation.stacks.get_mut(&stack.arn) {
        stack.protected = input.enable_termination_protection;
        stack.revision += 1;
    }
    Ok(Output::Xml(vec![Element::text("StackId", stack.arn)]))
}
