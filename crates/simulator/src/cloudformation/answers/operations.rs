//! The operations that change a stack.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::super::inputs::{CreateIn, UpdateIn, enumeration, role_arn};
use super::super::requests::{self, Back, Leave, no_such_stack, refuse};
use super::super::tokens::Token;
use super::find;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

pub(super) fn create_stack(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: CreateIn = input.parse()?;
    let wanted = given.wanted(&call.world.templates)?;
    let token = Token::read(given.client_request_token, input)?;
    let (arn, operation) = requests::create(call, &given.stack_name, &wanted, token)?;
    Ok(begun_operation(&arn, &operation))
}

pub(super) fn update_stack(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: UpdateIn = input.parse()?;
    let wanted = given.wanted(&call.world.templates)?;
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

pub(super) fn delete_stack(call: &mut Call<'_>, input: &Input) -> Answered {
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
        role_arn: given.role_arn.as_deref().map(role_arn).transpose()?,
    };
    let token = Token::read(given.client_request_token, input)?;
    requests::delete(call, &given.stack_name, leave, token)?;
    Ok(Output::Xml(Vec::new()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RollbackIn {
    stack_name: String,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    #[serde(default)]
    retain_except_on_create: bool,
    client_request_token: Option<String>,
}

pub(super) fn rollback_stack(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: RollbackIn = input.parse()?;
    let back = Back {
        role_arn: given.role_arn.as_deref().map(role_arn).transpose()?,
        retain_except_on_create: given.retain_except_on_create,
        skip: BTreeSet::new(),
    };
    let token = Token::read(given.client_request_token, input)?;
    let (arn, operation) = requests::roll_back(call, &given.stack_name, &back, token)?;
    Ok(begun_operation(&arn, &operation))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ContinueIn {
    stack_name: String,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    #[serde(default)]
    resources_to_skip: BTreeSet<String>,
    client_request_token: Option<String>,
}

pub(super) fn continue_update_rollback(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: ContinueIn = input.parse()?;
    let back = Back {
        role_arn: given.role_arn.as_deref().map(role_arn).transpose()?,
        retain_except_on_create: false,
        skip: given.resources_to_skip,
    };
    let token = Token::read(given.client_request_token, input)?;
    requests::continue_rollback(call, &given.stack_name, &back, token)?;
    Ok(Output::Xml(Vec::new()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CancelIn {
    stack_name: String,
    client_request_token: Option<String>,
}

pub(super) fn cancel_update_stack(call: &mut Call<'_>, input: &Input) -> Answered {
    let given: CancelIn = input.parse()?;
    let token = Token::read(given.client_request_token, input)?;
    requests::cancel_update(call, &given.stack_name, token)?;
    Ok(Output::Xml(Vec::new()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ProtectionIn {
    stack_name: String,
    enable_termination_protection: bool,
}

pub(super) fn update_termination_protection(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ProtectionIn = input.parse()?;
    let known = call.region().cloudformation.find(&input.stack_name);
    if known.is_none() {
        return Err(no_such_stack(&input.stack_name));
    }
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
    if stack.root.is_some() {
        return Err(refuse(format!(
            "Termination protection cannot be changed on nested stack [{}]: it is set on its root stack",
            stack.name
        )));
    }
    let state = &mut call.region().cloudformation;
    for arn in state.with_nested(&stack.arn) {
        if let Some(stack) = state.stacks.get_mut(&arn) {
            stack.protected = input.enable_termination_protection;
            stack.revision += 1;
        }
    }
    Ok(Output::Xml(vec![Element::text("StackId", &stack.arn)]))
}
