//! The Resource Groups Tagging API: what is tagged in a region, over all its services, in one paged list (operators'
//! notes, item 15). It reads the index, which lags; it writes through the services' own operations.

mod change;
mod find;
#[cfg(test)]
mod tests;
mod types;

use serde::de::DeserializeOwned;
use serde_json::Value;

use std::time::Duration;

use crate::error::ServiceError;
use crate::service::Operation;
use crate::time::SimTime;
use crate::wire::Input;
use crate::wire::page::page;
use crate::world::Call;

/// What the API can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[
    ("GetResources", find::get_resources),
    ("GetTagKeys", find::get_tag_keys),
    ("GetTagValues", find::get_tag_values),
    ("TagResources", change::tag_resources),
    ("UntagResources", change::untag_resources),
];

/// How long a token may be used (botocore's documentation of `PaginationTokenExpiredException`).
const TOKENS_LAST: Duration = Duration::from_mins(15);

/// Reads an input; what does not fit is an `InvalidParameterException` here.
fn parse<T: DeserializeOwned>(input: &Input) -> Result<T, ServiceError> {
    input.parse().map_err(|problem| invalid(problem.message))
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidParameterException", message)
}

fn invalid_token() -> ServiceError {
    invalid("The PaginationToken is not valid.")
}

/// One page of what is kept by a key, and the token of the next one: an empty text after the last.
fn paged(
    call: &Call<'_>,
    items: Vec<(String, Value)>,
    token: Option<&str>,
    size: usize,
) -> Result<(Vec<Value>, String), ServiceError> {
    let now = call.world.now();
    let token = token.filter(|token| !token.is_empty());
    let token = token.map(|token| unexpired(token, now)).transpose()?;
    let size = call.world.page_size(Some(size), size);
    let (items, next) = page(
        &call.action,
        items,
        |(key, _)| key.clone(),
        token,
        size,
        invalid_token,
    )?;
    let next = next.map_or_else(String::new, |next| format!("{}.{next}", now.0));
    Ok((items.into_iter().map(|(_, item)| item).collect(), next))
}

/// A token carries the instant at which it was given.
fn unexpired(token: &str, now: SimTime) -> Result<&str, ServiceError> {
    let (given, token) = token.split_once('.').ok_or_else(invalid_token)?;
    let given = given.parse().map_err(|_problem| invalid_token())?;
    if now.since(SimTime(given)) > TOKENS_LAST {
        return Err(ServiceError::new(
            "PaginationTokenExpiredException",
            "The specified PaginationToken has expired.",
        ));
    }
    Ok(token)
}
