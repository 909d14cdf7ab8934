//! What is asked of a stack, and what may be asked in which status (section 3.2).

mod create;
mod delete;
mod role;
mod roll_back;
mod update;
mod wanted;

use super::stack::{Operation, Phase, Stack};
use super::tokens::Token;
use crate::error::ServiceError;
use crate::world::Call;

pub(super) use create::{create, new_stack, start_creation};
pub(super) use delete::{Leave, begin as begin_deletion, delete};
pub(super) use role::check as check_role;
pub(super) use roll_back::{Back, cancel_update, continue_rollback, roll_back};
pub(super) use update::{check_updatable, start_update, update};
pub(crate) use wanted::Wanted;

pub(super) fn refuse(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationError", message)
}

/// As most of the operations that read say it (section 3.2).
pub(super) fn no_stack(name: &str) -> ServiceError {
    refuse(format!("Stack with id {name} does not exist"))
}

/// As the operations that change say it, and DescribeStackEvents (section 3.2).
pub(super) fn no_such_stack(name: &str) -> ServiceError {
    refuse(format!("Stack [{name}] does not exist"))
}

/// There is a live stack of that name.
pub(super) fn already_exists(name: &str) -> ServiceError {
    ServiceError::new(
        "AlreadyExistsException",
        format!("Stack [{name}] already exists"),
    )
}

/// Names of stacks and change sets (section 3.6).
pub(super) fn check_name(member: &str, name: &str) -> Result<(), ServiceError> {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let constraint = if name.len() > 128 {
        "have length less than or equal to 128"
    } else if begins && name.bytes().all(letters) {
        return Ok(());
    } else {
        "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    };
    Err(refuse(format!(
        "1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: Member must {constraint}"
    )))
}

/// A new operation on a stack, which works with the stack's service role or else as the caller (operators' notes, items
/// 14 and 28).
fn operation(call: &mut Call<'_>, stack: &Stack, phase: Phase, token: Option<&Token>) -> Operation {
    let place = call.place.clone();
    Operation {
        id: call.world.mint_uuid(&place, "operation", &stack.name),
        token: token.map(|token| token.text.clone()),
        initiator: call.caller.clone(),
        identity: stack
            .role_arn
            .clone()
            .unwrap_or_else(|| call.caller.clone()),
        phase,
        ..Operation::default()
    }
}
