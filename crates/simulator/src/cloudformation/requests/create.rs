//! Creations are asked for.

use std::collections::BTreeMap;

use super::super::stack::{Member, Phase, Stack};
use super::super::tokens::{self, Token};
use super::super::{engine, plan};
use super::{Wanted, already_exists, check_name, operation, refuse, role};
use crate::error::ServiceError;
use crate::quotas;
use crate::world::Call;

/// A stack that is not stored yet, and the members that it will have.
///
/// # Errors
/// `ValidationError` for names that are none, and what CloudFormation finds before it begins.
pub(in super::super) fn new_stack(
    call: &mut Call<'_>,
    name: &str,
    wanted: &Wanted,
) -> Result<(Stack, BTreeMap<String, Member>), ServiceError> {
    check_name("stackName", name)?;
    role::check(call, wanted.role_arn.as_ref())?;
    let live = call.region().cloudformation.live().count();
    if live >= call.world.quotas.limit(quotas::STACKS) {
        return Err(ServiceError::new(
            "LimitExceededException",
            "Limit for stack has been exceeded",
        ));
    }
    let mut stack = Stack {
        name: name.to_owned(),
        created: call.world.now(),
        on_failure: wanted.on_failure,
        protected: wanted.protected,
        ..Stack::default()
    };
    wanted.apply(&mut stack)?;
    let place = call.place.clone();
    let members = plan::members(call.world, &place, &stack).map_err(refuse)?;
    let id = call.world.mint_uuid(&place, "stack", name);
    stack.arn = place.arn("cloudformation", &format!("stack/{name}/{id}"));
    call.touch(&stack.arn);
    Ok((stack, members))
}

/// Creates a stack and returns its ARN and the operation's id.
///
/// # Errors
/// `AlreadyExistsException`, or what CloudFormation finds before it begins.
pub(in super::super) fn create(
    call: &mut Call<'_>,
    name: &str,
    wanted: &Wanted,
    token: Option<Token>,
) -> Result<(String, String), ServiceError> {
    if let Some(existing) = call.region().cloudformation.find_now(name) {
        return match tokens::seen(&existing, token.as_ref(), "CREATE_STACK")? {
            Some(operation) => Ok((existing.arn.clone(), operation)),
            None => Err(already_exists(name)),
        };
    }
    let (stack, members) = new_stack(call, name, wanted)?;
    let arn = stack.arn.clone();
    let stacks = &mut call.region().cloudformation.stacks;
    stacks.insert(arn.clone(), stack);
    let id = start_creation(call, &arn, members, token);
    Ok((arn, id))
}

/// Begins the creation of a stored stack, and returns the operation's id.
pub(in super::super) fn start_creation(
    call: &mut Call<'_>,
    arn: &str,
    members: BTreeMap<String, Member>,
    token: Option<Token>,
) -> String {
    let place = call.place.clone();
    let stack = engine::get(call.world, &place, arn).unwrap_or_default();
    let operation = operation(call, &stack, Phase::Create, token.as_ref());
    let id = operation.id.clone();
    engine::with(call.world, &place, arn, |stack| {
        stack.members = members;
        stack.operation = Some(operation);
        tokens::remember(stack, "CREATE_STACK", &id, token);
    });
    let reason = Some("User Initiated");
    engine::stack_event(call.world, &place, arn, "CREATE_IN_PROGRESS", reason);
    engine::step_after(call.world, &place, arn, engine::pace::BEGINNING);
    id
}
