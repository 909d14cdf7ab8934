//! CloudFormation's API: inputs read, outputs rendered.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::body::Body;
use super::change_sets::{self, ChangeSet};
use super::requests::{self, Leave, Wanted, no_stack};
use super::stack::{Member, OnFailure, Stack, StackEvent};
use crate::error::ServiceError;
use crate::service::{self, Service};
use crate::wire::page::page;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

pub(super) fn perform(call: &mut Call<'_>, action: &str, input: &Input) -> Answered {
    match action {
        "CreateStack" => create_stack(call, input),
        "UpdateStack" => update_stack(call, input),
        "DeleteStack" => delete_stack(call, input),
        "DescribeStacks" => describe_stacks(call, input),
        "ListStacks" => list_stacks(call, input),
        "DescribeStackEvents" => describe_stack_events(call, input),
        "DescribeStackResources" => describe_stack_resources(call, input),
        "DescribeStackResource" => describe_stack_resource(call, input),
        "ListStackResources" => list_stack_resources(call, input),
        "GetTemplate" => get_template(call, input),
        "GetTemplateSummary" | "ValidateTemplate" => template_summary(call, action, input),
        "ListExports" => list_exports(call, input),
        "ListImports" => list_imports(call, input),
        "CreateChangeSet" => create_change_set(call, input),
        "DescribeChangeSet" => describe_change_set(call, input),
        "ExecuteChangeSet" => execute_change_set(call, input),
        "DeleteChangeSet" => delete_change_set(call, input),
        "ListChangeSets" => list_change_sets(call, input),
        "UpdateTerminationProtection" => update_termination_protection(call, input),
        _ => Err(service::unknown_action(Service::CloudFormation, action)),
    }
}

fn refuse(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationError", message)
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Tag {
    key: String,
    value: String,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ParameterIn {
    parameter_key: String,
    parameter_value: Option<String>,
    #[serde(default)]
    use_previous_value: bool,
}

/// What CreateStack, UpdateStack and CreateChangeSet have in common.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StackIn {
    stack_name: String,
    template_body: Option<String>,
    #[serde(default)]
    use_previous_template: bool,
    #[serde(default)]
    parameters: Vec<ParameterIn>,
    #[serde(default)]
    capabilities: Vec<String>,
    tags: Option<Vec<Tag>>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    on_failure: Option<String>,
    disable_rollback: Option<bool>,
    enable_termination_protection: Option<bool>,
    client_request_token: Option<String>,
    timeout_in_minutes: Option<u32>,
    // Only of change sets.
    change_set_name: Option<String>,
    change_set_type: Option<String>,
    client_token: Option<String>,
    description: Option<String>,
    include_nested_stacks: Option<bool>,
    on_stack_failure: Option<String>,
}

fn wanted(input: &StackIn) -> Result<Wanted, ServiceError> {
    if input.on_failure.is_some() && input.disable_rollback.is_some() {
        return Err(refuse(
            "Either DisableRollback or OnFailure can be specified, not both.",
        ));
    }
    let on_failure = match (
        input
            .on_failure
            .as_deref()
            .or(input.on_stack_failure.as_deref()),
        input.disable_rollback,
    ) {
        (None | Some("ROLLBACK"), None | Some(false)) => OnFailure::Rollback,
        (None, Some(true)) | (Some("DO_NOTHING"), _) => OnFailure::DoNothing,
        (Some("DELETE"), _) => OnFailure::Delete,
        (Some(other), _) => {
            return Err(enumeration(
                other,
                "onFailure",
                "[ROLLBACK, DELETE, DO_NOTHING]",
            ));
        }
    };
    if input.timeout_in_minutes.is_some() || input.include_nested_stacks == Some(true) {
        return Err(refuse(
            "TimeoutInMinutes and IncludeNestedStacks are not supported here",
        ));
    }
    if input.template_body.is_none() && !input.use_previous_template {
        return Err(refuse(
            "Either Template URL or Template Body must be specified.",
        ));
    }
    if let Some(bad) = input
        .capabilities
        .iter()
        .find(|name| !name.starts_with("CAPABILITY_"))
    {
        return Err(enumeration(
            bad,
            "capabilities",
            "[CAPABILITY_IAM, CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND]",
        ));
    }
    let parameters = input.parameters.iter().map(|parameter| {
        let value = if parameter.use_previous_value {
            None
        } else {
            Some(parameter.parameter_value.clone().unwrap_or_default())
        };
        (parameter.parameter_key.clone(), value)
    });
    Ok(Wanted {
        template: input.template_body.clone(),
        parameters: parameters.collect(),
        capabilities: input.capabilities.clone(),
        tags: input
            .tags
            .clone()
            .map(|tags| tags.into_iter().map(|tag| (tag.key, tag.value)).collect()),
        role_arn: input.role_arn.clone(),
        on_failure,
        protected: input.enable_termination_protection.unwrap_or(false),
    })
}

fn enumeration(value: &str, member: &str, set: &str) -> ServiceError {
    refuse(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy enum value set: {set}"
    ))
}

fn create_stack(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: StackIn = input.parse()?;
    let wanted = wanted(&input)?;
    let (arn, operation) =
        requests::create(call, &input.stack_name, &wanted, input.client_request_token)?;
    Ok(Output::Xml(vec![
        Element::text("StackId", arn),
        Element::text("OperationId", operation),
    ]))
}

fn update_stack(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: StackIn = input.parse()?;
    let wanted = wanted(&input)?;
    let (arn, operation) =
        requests::update(call, &input.stack_name, &wanted, input.client_request_token)?;
    Ok(Output::Xml(vec![
        Element::text("StackId", arn),
        Element::text("OperationId", operation),
    ]))
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
    let input: DeleteIn = input.parse()?;
    let force = match input.deletion_mode.as_deref() {
        None | Some("STANDARD") => false,
        Some("FORCE_DELETE_STACK") => true,
        Some(other) => {
            return Err(enumeration(
                other,
                "deletionMode",
                "[STANDARD, FORCE_DELETE_STACK]",
            ));
        }
    };
    requests::delete(
        call,
        &input.stack_name,
        Leave {
            retain: input.retain_resources,
            force,
            role_arn: input.role_arn,
        },
        input.client_request_token,
    )?;
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
    let mut members = vec![Element::list(
        "Stacks",
        "member",
        stacks.iter().map(stack_members),
    )];
    members.extend(next_token(token.as_ref()));
    Ok(Output::Xml(members))
}

fn stack_members(stack: &Stack) -> Vec<Element> {
    let mut members = vec![
        Element::text("StackId", &stack.arn),
        Element::text("StackName", &stack.name),
        Element::text("CreationTime", stack.created.iso()),
        Element::text("StackStatus", &stack.status),
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
    members.extend(Element::optional(
        "StackStatusReason",
        stack.reason.as_ref(),
    ));
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
    let wanted = |stack: &&Stack| {
        input.stack_status_filter.is_empty() || input.stack_status_filter.contains(&stack.status)
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
        let mut members = vec![
            Element::text("StackId", &stack.arn),
            Element::text("StackName", &stack.name),
            Element::text("CreationTime", stack.created.iso()),
            Element::text("StackStatus", &stack.status),
        ];
        members.extend(Element::optional(
            "StackStatusReason",
            stack.reason.as_ref(),
        ));
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
        return Err(enumeration(
            &stage,
            "templateStage",
            "[Original, Processed]",
        ));
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
    let input: StackIn = input.parse()?;
    let wanted = wanted(&input)?;
    let kind = input.change_set_type.as_deref().unwrap_or("UPDATE");
    if !["CREATE", "UPDATE"].contains(&kind) {
        return Err(enumeration(kind, "changeSetType", "[CREATE, UPDATE]"));
    }
    let name = input.change_set_name.clone().unwrap_or_default();
    let (id, stack) = change_sets::create(
        call,
        &input.stack_name,
        &name,
        kind,
        input.description.clone(),
        wanted,
        input.client_token.clone(),
    )?;
    Ok(Output::Xml(vec![
        Element::text("Id", id),
        Element::text("StackId", stack),
    ]))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ChangeSetIn {
    change_set_name: Option<String>,
    stack_name: Option<String>,
    next_token: Option<String>,
    client_request_token: Option<String>,
    disable_rollback: Option<bool>,
    include_property_values: Option<bool>,
}

fn find_change_set(call: &mut Call<'_>, input: &ChangeSetIn) -> Result<ChangeSet, ServiceError> {
    let name = input.change_set_name.clone().unwrap_or_default();
    let stack = input.stack_name.as_ref().and_then(|name| {
        call.region()
            .cloudformation
            .find(name)
            .map(|stack| stack.arn.clone())
    });
    let state = &call.region().cloudformation;
    let by_name = |set: &&ChangeSet| set.name == name && Some(&set.stack) == stack.as_ref();
    let found = state
        .change_sets
        .get(&name)
        .or_else(|| state.change_sets.values().find(by_name))
        .cloned();
    found.ok_or_else(|| change_sets::not_found(&name))
}

fn describe_change_set(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ChangeSetIn = input.parse()?;
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
            Element::texts(
                "Scope",
                "member",
                if change.properties.is_empty() {
                    None
                } else {
                    Some("Properties")
                },
            ),
            Element::list(
                "Details",
                "member",
                change.properties.iter().map(|property| {
                    let target = Element::new("Target")
                        .child(Element::text("Attribute", "Properties"))
                        .child(Element::text("Name", property));
                    vec![
                        target,
                        Element::text("Evaluation", "Static"),
                        Element::text("ChangeSource", "DirectModification"),
                    ]
                }),
            ),
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

fn execute_change_set(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ChangeSetIn = input.parse()?;
    let set = find_change_set(call, &input)?;
    if input.include_property_values == Some(true) {
        return Err(refuse("IncludePropertyValues is not supported here"));
    }
    if input.disable_rollback == Some(true)
        && let Some(stack) = call.region().cloudformation.stacks.get_mut(&set.stack)
    {
        stack.on_failure = OnFailure::DoNothing;
    }
    change_sets::execute(call, &set.arn, input.client_request_token)?;
    Ok(Output::Xml(Vec::new()))
}

fn delete_change_set(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ChangeSetIn = input.parse()?;
    // Deleting what does not exist is no error.
    if let Ok(set) = find_change_set(call, &input) {
        call.region().cloudformation.change_sets.remove(&set.arn);
    }
    Ok(Output::Xml(Vec::new()))
}

fn list_change_sets(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ChangeSetIn = input.parse()?;
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
