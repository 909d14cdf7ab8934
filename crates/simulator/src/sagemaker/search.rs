//! Search: many resources with their tags in one call, as the index shows them (operators' notes, item 15).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::endpoints::HOSTED;
use super::lists::{self, SortOrder, invalid_token};
use super::refusals::{not_in_set, validation};
use super::settings;
use crate::error::ServiceError;
use crate::index::Shown;
use crate::wire::page::{inverted, page};
use crate::wire::{Input, tags};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Search {
    resource: String,
    #[serde(rename = "SearchExpression")]
    expression: Option<Expression>,
    sort_by: Option<String>,
    sort_order: Option<SortOrder>,
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

/// What the index shows of a resource.
struct Candidate {
    arn: String,
    shown: Shown,
    /// The members of its kind in the document.
    members: Value,
}

/// A kind of resources that can be searched.
struct Kind {
    /// As `Resource` calls it.
    name: &'static str,
    /// As the record of a result calls it; none where the simulator has no resources of the kind.
    member: Option<&'static str>,
    /// The properties that filters may name, besides tags. The first is the name.
    properties: &'static [&'static str],
}

const fn kind(
    name: &'static str,
    member: Option<&'static str>,
    properties: &'static [&'static str],
) -> Kind {
    Kind {
        name,
        member,
        properties,
    }
}

/// `ResourceType` in botocore.
const KINDS: &[Kind] = &[
    kind(
        "TrainingJob",
        Some("TrainingJob"),
        &[
            "TrainingJobName",
            "TrainingJobArn",
            "TrainingJobStatus",
            "RoleArn",
        ],
    ),
    kind("Experiment", None, &["ExperimentName"]),
    kind("ExperimentTrial", None, &["TrialName"]),
    kind("ExperimentTrialComponent", None, &["TrialComponentName"]),
    kind(
        "Endpoint",
        Some("Endpoint"),
        &[
            "EndpointName",
            "EndpointArn",
            "EndpointStatus",
            "EndpointConfigName",
        ],
    ),
    kind(
        "Model",
        Some("Model"),
        &["ModelName", "ModelArn", "ExecutionRoleArn"],
    ),
    kind("ModelPackage", None, &["ModelPackageName"]),
    kind("ModelPackageGroup", None, &["ModelPackageGroupName"]),
    kind(
        "Pipeline",
        Some("Pipeline"),
        &["PipelineName", "PipelineArn", "PipelineStatus", "RoleArn"],
    ),
    kind(
        "PipelineExecution",
        Some("PipelineExecution"),
        &[
            "PipelineExecutionArn",
            "PipelineArn",
            "PipelineExecutionStatus",
        ],
    ),
    kind(
        "FeatureGroup",
        Some("FeatureGroup"),
        &[
            "FeatureGroupName",
            "FeatureGroupArn",
            "FeatureGroupStatus",
            "RoleArn",
        ],
    ),
    kind("FeatureMetadata", None, &["FeatureName"]),
    kind("Image", None, &["ImageName"]),
    kind("ImageVersion", None, &["ImageName"]),
    kind("Project", None, &["ProjectName"]),
    kind(
        "HyperParameterTuningJob",
        Some("HyperParameterTuningJob"),
        &[
            "HyperParameterTuningJobName",
            "HyperParameterTuningJobArn",
            "HyperParameterTuningJobStatus",
        ],
    ),
    kind("ModelCard", None, &["ModelCardName"]),
    kind("PipelineVersion", None, &["PipelineVersionDisplayName"]),
    kind("Job", None, &["JobName"]),
];

impl Expression {
    /// Refuses filters that are not known for the resource.
    fn check(&self, properties: &[&str]) -> Result<(), ServiceError> {
        for filter in &self.filters {
            let known = properties.contains(&filter.name.as_str());
            if !known && !filter.name.starts_with("Tags.") {
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
            .try_for_each(|expression| expression.check(properties))
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
            Some(key) => candidate.shown.tags.get(key).map(String::as_str),
            None => settings::text(&candidate.members, &self.name),
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
    let Some(kind) = KINDS.iter().find(|kind| kind.name == input.resource) else {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        return Err(validation(not_in_set("resource", &input.resource, &known)));
    };
    if let Some(expression) = &input.expression {
        expression.check(kind.properties)?;
    }
    let by = input.sort_by.as_deref().unwrap_or("LastModifiedTime");
    let times = ["CreationTime", "LastModifiedTime"];
    if !times.contains(&by) && !kind.properties.contains(&by) {
        return Err(validation(format!("Unknown property name: {by}")));
    }
    let expression = input.expression.as_ref();
    let holds =
        |candidate: &Candidate| expression.is_none_or(|expression| expression.holds(candidate));
    let mut found: Vec<Candidate> = candidates(call, kind).into_iter().filter(holds).collect();
    let descending = input.sort_order.unwrap_or(SortOrder::Descending) == SortOrder::Descending;
    let key = |candidate: &Candidate| {
        let rank = rank(&candidate.members[by]);
        let rank = if descending { inverted(&rank) } else { rank };
        format!("{rank}/{}", candidate.arn)
    };
    found.sort_by_cached_key(key);
    let size = lists::page_size(call.world, input.max_results, 10)?;
    let token = input.next_token.as_deref();
    let (found, next) = page(&call.action, found, key, token, size, invalid_token)?;
    let hosts = (kind.name == "Model").then(|| hosts(call)).flatten();
    let results = found.into_iter().map(|it| it.result(hosts.as_ref()));
    let results = results.collect();
    Ok(lists::body("Results", results, next))
}

/// A text that sorts as the value does.
fn rank(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(seconds) => format!("{:017.3}", seconds.as_f64().unwrap_or_default()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// The resources of the kind that the index shows now.
fn candidates(call: &mut Call<'_>, kind: &Kind) -> Vec<Candidate> {
    let now = call.world.now();
    let Some(member) = kind.member else {
        return Vec::new();
    };
    let shown = call.region().index.shown(now);
    let candidate = |(arn, shown): (&str, &Shown)| {
        // A model's record is that of the model dashboard, and the model is a member of it.
        let members = match (shown.document.get(member)?, kind.name) {
            (dashboard, "Model") => dashboard.get("Model")?,
            (members, _) => members,
        };
        Some(Candidate {
            arn: arn.to_owned(),
            members: members.clone(),
            shown: shown.clone(),
        })
    };
    shown.filter_map(candidate).collect()
}

/// The endpoints that host a model, by its name, as the model dashboard shows them. Models of inference components are not
/// among them. None: the dashboard shows nothing of the kind.
fn hosts(call: &mut Call<'_>) -> Option<BTreeMap<String, Vec<Value>>> {
    if !call.world.switches.model_records_show_endpoints {
        return None;
    }
    let now = call.world.now();
    let mut hosts: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (_, shown) in call.region().index.shown(now) {
        let Some(endpoint) = shown.document.get("Endpoint") else {
            continue;
        };
        let of_dashboard = [
            "EndpointName",
            "EndpointArn",
            "CreationTime",
            "LastModifiedTime",
            "EndpointStatus",
        ];
        let members = of_dashboard.map(|member| (member.to_owned(), endpoint[member].clone()));
        let shown_as = Value::Object(members.into_iter().collect());
        let models = shown.document[HOSTED].as_array().into_iter().flatten();
        for model in models.filter_map(Value::as_str) {
            hosts
                .entry(model.to_owned())
                .or_default()
                .push(shown_as.clone());
        }
    }
    Some(hosts)
}

impl Candidate {
    /// The record of a result: the document, with the tags where the kind has any.
    fn result(self, hosts: Option<&BTreeMap<String, Vec<Value>>>) -> Value {
        let mut record = self.shown.document;
        if let Some(members) = record.as_object_mut() {
            members.shift_remove(HOSTED);
        }
        let tags = tags::show(&self.shown.tags);
        for member in [
            "TrainingJob",
            "Endpoint",
            "Pipeline",
            "HyperParameterTuningJob",
            "FeatureGroup",
        ] {
            if let Some(members) = record.get_mut(member) {
                members["Tags"] = tags.clone();
            }
        }
        if let Some(model) = record
            .get_mut("Model")
            .and_then(|model| model.get_mut("Model"))
        {
            model["Tags"] = tags;
            let name = settings::text(model, "ModelName").unwrap_or_default();
            let endpoints =
                hosts.map(|hosts| json!(hosts.get(name).map_or(&[][..], Vec::as_slice)));
            if let Some(endpoints) = endpoints {
                record["Model"]["Endpoints"] = endpoints;
            }
        }
        record
    }
}

#[cfg(test)]
mod tests;
