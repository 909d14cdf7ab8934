//! Describe actions: ids, filters and pages.

use std::ops::RangeInclusive;

use serde::Deserialize;

use super::meta::Tags;
use crate::consistency::{Lags, View};
use crate::error::ServiceError;
use crate::table::Table;
use crate::wire::page::page;
use crate::wire::{Element, Input};
use crate::world::Call;

/// Items of the largest page.
const MOST: usize = 1000;

/// Names of filters, and the values that each sees in an item.
pub(crate) type Filters<T> = &'static [(&'static str, fn(&T) -> Vec<String>)];

/// Something that a Describe action lists.
pub(crate) trait Listed: Sized + 'static {
    const FILTERS: Filters<Self>;

    /// The sizes of pages that may be asked for, as botocore's model has them; None where the list has no pages.
    const SIZES: Option<RangeInclusive<usize>> = Some(5..=1000);

    /// Whether a size may be asked for together with ids.
    const SIZE_WITH_IDS: bool = true;

    /// By what it is asked for.
    fn id(&self) -> &str;

    /// What tells it apart; lists are sorted by it.
    fn key(&self) -> String {
        self.id().to_owned()
    }

    /// Its tags, or nothing where its kind has none and the filters over tags are unknown.
    fn tags(&self) -> Option<&Tags>;
}

/// What a filter sees in a member that is always there.
#[expect(
    clippy::needless_pass_by_value,
    reason = "members are given by value and by reference alike"
)]
pub(crate) fn one(value: impl ToString) -> Vec<String> {
    vec![value.to_string()]
}

/// What a filter sees in a member that may be absent.
pub(crate) fn some(value: Option<&(impl ToString + ?Sized)>) -> Vec<String> {
    value.map(ToString::to_string).into_iter().collect()
}

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Query {
    pub ids: Vec<String>,
    filter: Vec<Filter>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Filter {
    name: String,
    #[serde(default)]
    value: Vec<String>,
}

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub items: Vec<T>,
    next: Option<String>,
}

impl<T> Page<T> {
    /// The token of the next page.
    pub(crate) fn next(&self) -> Option<&String> {
        self.next.as_ref()
    }

    /// The answer's members: the list under its name, and the token of the next page.
    pub(crate) fn elements(&self, name: &str, item: impl Fn(&T) -> Vec<Element>) -> Vec<Element> {
        let list = Element::list(name, "item", self.items.iter().map(item));
        std::iter::once(list)
            .chain(Element::optional("nextToken", self.next.as_ref()))
            .collect()
    }
}

impl Query {
    /// Reads the input of an action that names ids by `member`.
    ///
    /// # Errors
    /// `ValidationError` for an unknown parameter, `InvalidParameterValue` for a size of pages out of range.
    pub(crate) fn read(input: &Input, member: &str) -> Result<Self, ServiceError> {
        let mut input = input.clone();
        if let Some(members) = input.value.as_object_mut() {
            if members.contains_key("Ids") {
                return Err(unknown_parameter("Ids"));
            }
            if let Some(ids) = members.remove(member) {
                members.insert("Ids".to_owned(), ids);
            }
        }
        let query: Self = input.parse()?;
        for filter in &query.filter {
            filter.check()?;
        }
        Ok(query)
    }

    fn check_size<T: Listed>(&self) -> Result<(), ServiceError> {
        let Some(sizes) = T::SIZES else {
            let paged = [
                self.max_results.map(|_size| "MaxResults"),
                self.next_token.as_ref().map(|_token| "NextToken"),
            ];
            return match paged.into_iter().flatten().next() {
                Some(member) => Err(unknown_parameter(member)),
                None => Ok(()),
            };
        };
        match self.max_results {
            Some(size) if !sizes.contains(&size) => {
                let text = format!(
                    "Value ( {size} ) for parameter maxResults is invalid. Expecting a value between {} and {}.",
                    sizes.start(),
                    sizes.end()
                );
                Err(ServiceError::new("InvalidParameterValue", text))
            }
            Some(_) if !T::SIZE_WITH_IDS && !self.ids.is_empty() => {
                let text = "The parameter maxResults may not be used together with ids";
                Err(ServiceError::new("InvalidParameterCombination", text))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Reads the input of an action that names no ids.
    ///
    /// # Errors
    /// As [`Query::read`].
    pub(crate) fn without_ids(input: &Input) -> Result<Self, ServiceError> {
        Self::read(input, "")
    }

    /// What there is for this query: a list may lag, and what is asked for by its id may not be found yet.
    pub(crate) fn seen<T: Clone>(&self, view: &View<T>, truth: &Table<T>, lags: Lags) -> Vec<T> {
        if self.ids.is_empty() {
            view.listed(truth, lags).into_iter().cloned().collect()
        } else {
            view.found(truth, &self.ids, lags)
        }
    }

    /// The page asked for, out of everything there is.
    ///
    /// # Errors
    /// `InvalidParameterValue` for an unknown filter or token, `not_found` for an unknown id.
    pub(crate) fn page<T: Listed>(
        &self,
        call: &Call<'_>,
        items: Vec<T>,
        not_found: impl Fn(&str) -> ServiceError,
    ) -> Result<Page<T>, ServiceError> {
        self.check_size::<T>()?;
        if let Some(absent) = self
            .ids
            .iter()
            .find(|id| !items.iter().any(|item| item.id() == id.as_str()))
        {
            return Err(not_found(absent));
        }
        let mut items = items;
        items.retain(|item| self.ids.is_empty() || self.ids.iter().any(|id| id == item.id()));
        for filter in &self.filter {
            filter.apply(&mut items)?;
        }
        let most = T::SIZES.map_or(usize::MAX, |sizes| *sizes.end().min(&MOST));
        let size = call.world.page_size(self.max_results, most).min(most);
        let invalid = || ServiceError::new("InvalidParameterValue", "The token is not valid.");
        let token = self.next_token.as_deref();
        let (items, next) = page(&call.action, items, Listed::key, token, size, invalid)?;
        Ok(Page { items, next })
    }
}

/// A member that an action does not have.
pub(crate) fn unknown_parameter(name: &str) -> ServiceError {
    let text = format!("The parameter {name} is not recognized");
    ServiceError::new("UnknownParameter", text)
}

/// Values that a filter may have.
const VALUES: usize = 200;

impl Filter {
    fn check(&self) -> Result<(), ServiceError> {
        if self.value.is_empty() {
            let text = format!("The filter '{}' has no value", self.name);
            return Err(ServiceError::new("InvalidParameterValue", text));
        }
        if self.value.len() > VALUES {
            let text = format!("The maximum number of filter values is {VALUES}");
            return Err(ServiceError::new("FilterLimitExceeded", text));
        }
        Ok(())
    }

    fn apply<T: Listed>(&self, items: &mut Vec<T>) -> Result<(), ServiceError> {
        if let Some((_, values)) = T::FILTERS.iter().find(|(name, _)| *name == self.name) {
            items.retain(|item| self.accepts(&values(item)));
            return Ok(());
        }
        if self.name == "tag-key" {
            items.retain(|item| {
                item.tags()
                    .is_some_and(|tags| tags.keys().any(|key| self.accepts_one(key)))
            });
            return Ok(());
        }
        let Some(key) = self.name.strip_prefix("tag:") else {
            let text = format!("The filter '{}' is invalid", self.name);
            return Err(ServiceError::new("InvalidParameterValue", text));
        };
        items.retain(|item| {
            item.tags()
                .and_then(|tags| tags.get(key))
                .is_some_and(|value| self.accepts_one(value))
        });
        Ok(())
    }

    fn accepts(&self, values: &[String]) -> bool {
        values.iter().any(|value| self.accepts_one(value))
    }

    fn accepts_one(&self, value: &str) -> bool {
        self.value
            .iter()
            .any(|pattern| matches(pattern.as_bytes(), value.as_bytes()))
    }
}

/// `*` is any text and `?` any one character; a backslash makes them, and itself, ordinary.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', rest @ ..] => (0..=text.len()).any(|at| matches(rest, &text[at..])),
        [b'?', rest @ ..] => !text.is_empty() && matches(rest, &text[1..]),
        [b'\\', letter, rest @ ..] | [letter, rest @ ..] => {
            text.first() == Some(letter) && matches(rest, &text[1..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn wildcards_and_escapes() {
        for (pattern, text, fits) in [
            ("EFS mount target for *", "EFS mount target for fs-1", true),
            ("subnet-?", "subnet-1", true),
            ("subnet-?", "subnet-", false),
            (r"\*amazon\?\\", r"*amazon?\", true),
            (r"\*amazon", "xamazon", false),
        ] {
            assert_eq!(
                matches(pattern.as_bytes(), text.as_bytes()),
                fits,
                "{pattern}"
            );
        }
    }
}
