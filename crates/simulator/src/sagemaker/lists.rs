//! Lists: order, filters and pages (section 1.3 of the notes on AWS's behaviour).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::record::{Record, Status};
use super::refusals::{not_in_set, validation};
use crate::error::ServiceError;
use crate::time::SimTime;
use crate::wire::page::{inverted, page};
use crate::wire::{Input, Output};
use crate::world::{Answered, Call, World};

/// `SortOrder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum SortOrder {
    Ascending,
    Descending,
}

/// `SortBy`; each list knows some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum SortBy {
    Name,
    CreationTime,
    LastModifiedTime,
    Status,
}

/// How a list is asked for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) by: SortBy,
    pub(super) order: SortOrder,
    pub(super) max_results: Option<usize>,
    pub(super) next_token: Option<String>,
}

/// One item of a list.
pub(super) struct Item {
    rank: String,
    id: String,
    shown: Value,
}

impl Asked {
    /// An item and where it stands in this list.
    pub(super) fn item(&self, record: &Record, id: &str, shown: Value) -> Item {
        let time = |instant: SimTime| format!("{:015}", instant.0);
        let rank = match self.by {
            SortBy::Name => id.to_owned(),
            SortBy::CreationTime => time(record.created),
            SortBy::LastModifiedTime => time(record.modified),
            SortBy::Status => record.status.word().to_owned(),
        };
        let rank = if self.order == SortOrder::Descending {
            inverted(&rank)
        } else {
            rank
        };
        Item {
            rank,
            id: id.to_owned(),
            shown,
        }
    }

    /// Refuses an order that the list does not have.
    pub(super) fn known(self, known: &[SortBy]) -> Result<Self, ServiceError> {
        if known.contains(&self.by) {
            return Ok(self);
        }
        let names: Vec<String> = known.iter().map(|by| format!("{by:?}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Err(validation(not_in_set(
            "sortBy",
            &format!("{:?}", self.by),
            &names,
        )))
    }
}

/// The answer to a list call: one page of `items` under `name`. Ten items are a page unless the caller says otherwise.
pub(super) fn answer(call: &Call<'_>, name: &str, mut items: Vec<Item>, asked: &Asked) -> Answered {
    let size = page_size(call.world, asked.max_results, 10)?;
    let key = |item: &Item| format!("{}/{}", item.rank, item.id);
    items.sort_by_cached_key(key);
    let (items, next) = page(
        &call.action,
        items,
        key,
        asked.next_token.as_deref(),
        size,
        invalid_token,
    )?;
    Ok(body(
        name,
        items.into_iter().map(|item| item.shown).collect(),
        next,
    ))
}

/// A page of 1 to 100 items.
pub(super) fn page_size(
    world: &World,
    asked: Option<usize>,
    default: usize,
) -> Result<usize, ServiceError> {
    match asked {
        Some(asked) if !(1..=100).contains(&asked) => Err(validation(format!(
            "1 validation error detected: Value '{asked}' at 'maxResults' failed to satisfy constraint: Member must be \
             between 1 and 100"
        ))),
        asked => Ok(world.page_size(asked, default)),
    }
}

pub(super) fn invalid_token() -> ServiceError {
    validation("The NextToken is not valid")
}

/// The body of a list.
pub(super) fn body(name: &str, items: Vec<Value>, next: Option<String>) -> Output {
    let mut body = Map::from_iter([(name.to_owned(), Value::Array(items))]);
    if let Some(next) = next {
        body.insert("NextToken".to_owned(), Value::String(next));
    }
    Output::Json(Value::Object(body))
}

/// Whether an instant lies after and before the given ones, in epoch seconds.
pub(super) fn within(instant: SimTime, after: Option<f64>, before: Option<f64>) -> bool {
    let seconds = instant.epoch_seconds();
    after.is_none_or(|after| seconds > after) && before.is_none_or(|before| seconds < before)
}

/// Whether a name contains the text, whatever its case.
pub(super) fn contains(name: &str, text: Option<&String>) -> bool {
    text.is_none_or(|text| name.to_lowercase().contains(&text.to_lowercase()))
}

/// The input of the lists of models and endpoint configs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct ListByName {
    sort_by: Option<SortBy>,
    sort_order: Option<SortOrder>,
    name_contains: Option<String>,
    creation_time_before: Option<f64>,
    creation_time_after: Option<f64>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

impl ListByName {
    /// The order, newest first unless the caller says otherwise.
    pub(super) fn asked(&self) -> Result<Asked, ServiceError> {
        let asked = Asked {
            by: self.sort_by.unwrap_or(SortBy::CreationTime),
            order: self.sort_order.unwrap_or(SortOrder::Descending),
            max_results: self.max_results,
            next_token: self.next_token.clone(),
        };
        asked.known(&[SortBy::Name, SortBy::CreationTime])
    }

    /// Whether the filters let it through.
    pub(super) fn wants(&self, name: &str, record: &Record) -> bool {
        contains(name, self.name_contains.as_ref())
            && within(
                record.created,
                self.creation_time_after,
                self.creation_time_before,
            )
    }
}

/// The input of the lists of endpoints and inference components.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct ListByStatus {
    sort_by: Option<SortBy>,
    sort_order: Option<SortOrder>,
    name_contains: Option<String>,
    creation_time_before: Option<f64>,
    creation_time_after: Option<f64>,
    last_modified_time_before: Option<f64>,
    last_modified_time_after: Option<f64>,
    status_equals: Option<Status>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

impl ListByStatus {
    /// Reads the input, and apart from it the texts that one of the lists knows besides.
    pub(super) fn read<const N: usize>(
        input: &Input,
        besides: [&str; N],
    ) -> Result<(Self, [Option<String>; N]), ServiceError> {
        let mut input = input.clone();
        let taken = besides.map(|name| {
            let member = input
                .value
                .as_object_mut()
                .and_then(|members| members.shift_remove(name));
            member.filter(|value| !value.is_null())
        });
        if let Some(other) = taken.iter().flatten().find(|value| !value.is_string()) {
            return Err(validation(format!(
                "A text is expected instead of {other}."
            )));
        }
        let texts = taken.map(|value| value?.as_str().map(str::to_owned));
        Ok((input.parse()?, texts))
    }

    /// The order, newest first unless the caller says otherwise.
    pub(super) fn asked(&self) -> Result<Asked, ServiceError> {
        let asked = Asked {
            by: self.sort_by.unwrap_or(SortBy::CreationTime),
            order: self.sort_order.unwrap_or(SortOrder::Descending),
            max_results: self.max_results,
            next_token: self.next_token.clone(),
        };
        asked.known(&[SortBy::Name, SortBy::CreationTime, SortBy::Status])
    }

    /// Refuses to look for a status that the list's items cannot have.
    pub(super) fn check_status(&self, known: &[Status]) -> Result<(), ServiceError> {
        match self.status_equals {
            Some(status) if !known.contains(&status) => {
                let known: Vec<&str> = known.iter().map(|status| status.word()).collect();
                Err(validation(not_in_set(
                    "statusEquals",
                    status.word(),
                    &known,
                )))
            }
            _ => Ok(()),
        }
    }

    /// Whether the filters let it through.
    pub(super) fn wants(&self, name: &str, record: &Record) -> bool {
        contains(name, self.name_contains.as_ref())
            && within(
                record.created,
                self.creation_time_after,
                self.creation_time_before,
            )
            && within(
                record.modified,
                self.last_modified_time_after,
                self.last_modified_time_before,
            )
            && self
                .status_equals
                .is_none_or(|status| record.status == status)
    }
}
