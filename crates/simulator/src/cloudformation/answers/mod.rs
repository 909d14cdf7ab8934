//! CloudFormation's API: inputs read, outputs rendered.

mod change_sets;
mod events;
mod exports;
mod operation_events;
mod operations;
mod resources;
mod stacks;
mod templates;

use std::sync::Arc;

use super::requests::{no_stack, refuse};
use super::stack::Stack;
use crate::error::ServiceError;
use crate::service::Operation;
use crate::wire::Element;
use crate::world::Call;

/// What CloudFormation can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[
    ("CreateStack", operations::create_stack),
    ("UpdateStack", operations::update_stack),
    ("DeleteStack", operations::delete_stack),
    ("DescribeStacks", stacks::describe_stacks),
    ("ListStacks", stacks::list_stacks),
    ("RollbackStack", operations::rollback_stack),
    (
        "ContinueUpdateRollback",
        operations::continue_update_rollback,
    ),
    ("CancelUpdateStack", operations::cancel_update_stack),
    ("DescribeEvents", operation_events::describe_events),
    ("DescribeStackEvents", events::describe_stack_events),
    (
        "DescribeStackResources",
        resources::describe_stack_resources,
    ),
    ("DescribeStackResource", resources::describe_stack_resource),
    ("ListStackResources", resources::list_stack_resources),
    ("GetTemplate", templates::get_template),
    ("ListExports", exports::list_exports),
    ("ListImports", exports::list_imports),
    ("CreateChangeSet", change_sets::create_change_set),
    ("DescribeChangeSet", change_sets::describe_change_set),
    ("ExecuteChangeSet", change_sets::execute_change_set),
    ("DeleteChangeSet", change_sets::delete_change_set),
    ("ListChangeSets", change_sets::list_change_sets),
    (
        "UpdateTerminationProtection",
        operations::update_termination_protection,
    ),
    ("GetTemplateSummary", templates::template_summary),
    ("ValidateTemplate", templates::validate_template),
];

fn bad_token() -> ServiceError {
    refuse("NextToken is not valid")
}

fn find(call: &mut Call<'_>, name: &str) -> Result<Arc<Stack>, ServiceError> {
    let stack = call
        .region()
        .cloudformation
        .find_now(name)
        .ok_or_else(|| no_stack(name))?;
    call.touch(&stack.arn);
    Ok(stack)
}

fn next_token(token: Option<&String>) -> Option<Element> {
    Element::optional("NextToken", token)
}
