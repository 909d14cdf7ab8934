//! What is tagged: resources, keys and values.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::types::{Arn, Filter};
use super::{invalid, paged, parse};
use crate::error::ServiceError;
use crate::index::Shown;
use crate::wire::{Input, Output, constraints, tags};
use crate::world::{Answered, Call};

/// The items of a page where nobody says.
const PAGE: u16 = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GetResources {
    pagination_token: Option<String>,
    tag_filters: Option<Vec<TagFilter>>,
    resources_per_page: Option<i64>,
    resource_type_filters: Option<Vec<String>>,
    #[serde(default)]
    include_compliance_details: bool,
    #[serde(default)]
    exclude_compliant_resources: bool,
    #[serde(rename = "ResourceARNList")]
    resource_arn_list: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct TagFilter {
    key: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

impl TagFilter {
    fn check(&self) -> Result<(), ServiceError> {
        let Some(key) = &self.key else {
            return Err(invalid("Each TagFilter must contain a key."));
        };
        constraints::length("tagFilters.key", key, 1, 128)
            .and_then(|()| constraints::count("tagFilters.values", self.values.len(), 0, 20))
            .and_then(|()| {
                let mut values = self.values.iter();
                values.try_for_each(|value| constraints::length("tagFilters.values", value, 0, 256))
            })
            .map_err(invalid)
    }

    /// A key without values is any value of it.
    fn holds(&self, shown: &Shown) -> bool {
        let value = self.key.as_ref().and_then(|key| shown.tags.get(key));
        value.is_some_and(|value| self.values.is_empty() || self.values.contains(value))
    }
}

impl GetResources {
    fn check(&self) -> Result<(), ServiceError> {
        if self.include_compliance_details || self.exclude_compliant_resources {
            return Err(invalid("Compliance with tag policies is not simulated."));
        }
        let filters = self.tag_filters.as_deref().unwrap_or_default();
        constraints::count("tagFilters", filters.len(), 0, 50).map_err(invalid)?;
        filters.iter().try_for_each(TagFilter::check)?;
        let types = self.resource_type_filters.as_deref().unwrap_or_default();
        constraints::count("resourceTypeFilters", types.len(), 0, 100).map_err(invalid)?;
        self.check_arns()
    }

    /// A list of ARNs goes with no other parameter.
    fn check_arns(&self) -> Result<(), ServiceError> {
        let Some(arns) = &self.resource_arn_list else {
            return Ok(());
        };
        constraints::count("resourceARNList", arns.len(), 1, 100).map_err(invalid)?;
        let filtered = self.tag_filters.is_some() || self.resource_type_filters.is_some();
        if filtered || self.pagination_token.is_some() || self.resources_per_page.is_some() {
            return Err(invalid(
                "ResourceARNList cannot be combined with filters or pagination parameters.",
            ));
        }
        let unread = arns.iter().find(|arn| Arn::read(arn).is_none());
        unread.map_or(Ok(()), |arn| {
            Err(invalid(format!("Invalid ARN specified: {arn}")))
        })
    }
}

pub(super) fn get_resources(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: GetResources = parse(input)?;
    input.check()?;
    let size = input.resources_per_page.unwrap_or(PAGE.into());
    constraints::within("resourcesPerPage", size, 1, 100).map_err(invalid)?;
    let types = input.resource_type_filters.iter().flatten();
    let types: Vec<Filter<'_>> = types
        .map(|text| Filter::read(text))
        .collect::<Result<_, _>>()?;
    let filters = input.tag_filters.as_deref().unwrap_or_default();
    let wanted = |arn: &str, shown: &Shown| {
        let arns = input.resource_arn_list.as_ref();
        let typed = Arn::read(arn)
            .is_some_and(|arn| types.is_empty() || types.iter().any(|kind| kind.wants(arn)));
        typed
            && arns.is_none_or(|arns| arns.iter().any(|listed| listed == arn))
            && filters.iter().all(|filter| filter.holds(shown))
    };
    let found = tagged(
        call,
        wanted,
        |arn, shown| json!({"ResourceARN": arn, "Tags": tags::show(&shown.tags)}),
    );
    let size = usize::try_from(size).unwrap_or(PAGE.into());
    let token = input.pagination_token.as_deref();
    let (found, next) = paged(call, found, token, size)?;
    Ok(Output::Json(
        json!({"PaginationToken": next, "ResourceTagMappingList": found}),
    ))
}

/// What the index shows of resources that are, or ever were, tagged.
fn tagged(
    call: &mut Call<'_>,
    wanted: impl Fn(&str, &Shown) -> bool,
    show: impl Fn(&str, &Shown) -> Value,
) -> Vec<(String, Value)> {
    let now = call.world.now();
    let shown = call.region().index.shown(now);
    shown
        .filter(|(arn, shown)| shown.was_tagged && wanted(arn, shown))
        .map(|(arn, shown)| (arn.to_owned(), show(arn, shown)))
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GetTagKeys {
    pagination_token: Option<String>,
}

pub(super) fn get_tag_keys(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: GetTagKeys = parse(input)?;
    let keys = distinct(call, |shown| shown.tags.keys().cloned().collect());
    let (keys, next) = paged(call, keys, input.pagination_token.as_deref(), PAGE.into())?;
    Ok(Output::Json(
        json!({"PaginationToken": next, "TagKeys": keys}),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GetTagValues {
    pagination_token: Option<String>,
    key: String,
}

pub(super) fn get_tag_values(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: GetTagValues = parse(input)?;
    constraints::length("key", &input.key, 1, 128).map_err(invalid)?;
    let value = |shown: &Shown| shown.tags.get(&input.key).cloned().into_iter().collect();
    let values = distinct(call, value);
    let (values, next) = paged(call, values, input.pagination_token.as_deref(), PAGE.into())?;
    Ok(Output::Json(
        json!({"PaginationToken": next, "TagValues": values}),
    ))
}

/// Every text once, in order.
fn distinct(call: &mut Call<'_>, texts: impl Fn(&Shown) -> Vec<String>) -> Vec<(String, Value)> {
    let now = call.world.now();
    let shown = call.region().index.shown(now);
    let all: BTreeSet<String> = shown.flat_map(|(_, shown)| texts(shown)).collect();
    all.into_iter()
        .map(|text| (text.clone(), json!(text)))
        .collect()
}
