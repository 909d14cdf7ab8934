//! Search over endpoints and models: many resources with their tags in one call.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::lists::{self, invalid_token};
use super::refusals::{not_in_set, validation};
use crate::error::ServiceError;
use crate::wire::page::page;
use crate::wire::{Input, tags};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Search {
    resource: String,
    #[serde(rename = "SearchExpression")]
    expression: Option<Expression>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Expression {
    #[serde(default)]
    filters: Vec<Filter>,
    #[serde(default)]
    sub_expressions: Vec<Expression>,
    #[serde(default)]
    operator: Connective,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
enum Connective {
    #[default]
    And,
    Or,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Filter {
    name: String,
    #[serde(default)]
    operator: Operator,
    value: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
enum Operator {
    #[default]
    Equals,
    NotEquals,
    Contains,
    Exists,
    NotExists,
    In,
}

/// What is searched: a name, its tags, and how it is shown.
struct Candidate {
    name: String,
    tags: BTreeMap<String, String>,
    shown: Value,
}

impl Expression {
    /// Refuses filters that are not known for the resource.
    fn check(&self, own_name: &str) -> Result<(), ServiceError> {
        for filter in &self.filters {
            if filter.name != own_name && !filter.name.starts_with("Tags.") {
                return Err(validation(format!(
                    "Unknown property name: {}",
                    filter.name
                )));
            }
            let valueless = matches!(filter.operator, Operator::Exists | Operator::NotExists);
            if valueless == filter.value.is_some() {
                return Err(validation(format!(
                    "The filter on {} has a value too many or too few",
                    filter.name
                )));
            }
        }
        self.sub_expressions
            .iter()
            .try_for_each(|expression| expression.check(own_name))
    }

    fn holds(&self, candidate: &Candidate) -> bool {
        let filters = self.filters.iter().map(|filter| filter.holds(candidate));
        let mut all = filters.chain(
            self.sub_expressions
                .iter()
                .map(|expression| expression.holds(candidate)),
        );
        match self.operator {
            Connective::And => all.all(|holds| holds),
            Connective::Or => all.any(|holds| holds),
        }
    }
}

impl Filter {
    fn holds(&self, candidate: &Candidate) -> bool {
        let found = match self.name.strip_prefix("Tags.") {
            Some(key) => candidate.tags.get(key).map(String::as_str),
            None => Some(candidate.name.as_str()),
        };
        let wanted = self.value.as_deref().unwrap_or_default();
        match self.operator {
            Operator::Equals => found == Some(wanted),
            Operator::NotEquals => found != Some(wanted),
            Operator::Contains => found.is_some_and(|found| found.contains(wanted)),
            Operator::Exists => found.is_some(),
            Operator::NotExists => found.is_none(),
            Operator::In => {
                found.is_some_and(|found| wanted.split(',').any(|wanted| wanted.trim() == found))
            }
        }
    }
}

pub(super) fn search(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: Search = input.parse()?;
    let (own_name, candidates) = match input.resource.as_str() {
        "Endpoint" => ("EndpointName", endpoints(call)),
        "Model" => ("ModelName", models(call)),
        other => {
            return Err(validation(not_in_set(
                "resource",
                other,
                &["Endpoint", "Model"],
            )));
        }
    };
    if let Some(expression) = &input.expression {
        expression.check(own_name)?;
    }
    let holds = |candidate: &Candidate| {
        input
            .expression
            .as_ref()
            .is_none_or(|all| all.holds(candidate))
    };
    let found: Vec<Candidate> = candidates.into_iter().filter(holds).collect();
    let size = lists::page_size(call.world, input.max_results, 10)?;
    let token = input.next_token.as_deref();
    let (found, next) = page(
        found,
        |candidate| candidate.name.clone(),
        token,
        size,
        invalid_token,
    )?;
    Ok(lists::body(
        "Results",
        found.into_iter().map(|candidate| candidate.shown).collect(),
        next,
    ))
}

fn endpoints(call: &mut Call<'_>) -> Vec<Candidate> {
    let endpoints = call.region().sagemaker.endpoints.values();
    let candidate = |endpoint: &super::endpoints::Endpoint| {
        let mut shown = endpoint.show();
        shown["Tags"] = tags::show(&endpoint.record.tags);
        let (name, tags) = (endpoint.name.clone(), endpoint.record.tags.clone());
        Candidate {
            name,
            tags,
            shown: json!({"Endpoint": shown}),
        }
    };
    endpoints.map(candidate).collect()
}

fn models(call: &mut Call<'_>) -> Vec<Candidate> {
    let models = call.region().sagemaker.models.values();
    let candidate = |model: &super::models::Model| {
        let mut shown = model.show();
        shown["Tags"] = tags::show(&model.record.tags);
        let (name, tags) = (model.name.clone(), model.record.tags.clone());
        Candidate {
            name,
            tags,
            shown: json!({"Model": {"Model": shown}}),
        }
    };
    models.map(candidate).collect()
}
