//! Policy documents of IAM, as far as this corner reads them. What it does not know is an error when the document is
//! read, so that no policy passes that would be understood wrongly.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::condition::Condition;
use super::question::Question;
use crate::faults::glob;

/// A document, and what it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    source: Value,
    statements: Vec<Statement>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, PartialEq)]
struct Statement {
    effect: Effect,
    actions: Listed,
    resources: Listed,
    conditions: Vec<Condition>,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq)]
struct Listed {
    negated: bool,
    patterns: Vec<String>,
}

impl Listed {
    fn has(&self, matches: impl Fn(&str) -> bool) -> bool {
        self.patterns.iter().any(|pattern| matches(pattern)) != self.negated
    }
}

impl Statement {
    fn applies(&self, question: &Question<'_>) -> bool {
        let action = question.action.to_lowercase();
        self.actions
            .has(|pattern| glob(pattern.as_bytes(), action.as_bytes()))
            && self
                .resources
                .has(|pattern| pattern == "*" || arn_like(pattern, question.resource))
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(question.context))
    }
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// A sentence that names what is wrong or not known.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text)
            .map_err(|problem| format!("Syntax errors in policy: {problem}"))
            .and_then(Self::of)
    }

    fn of(source: Value) -> Result<Self, String> {
        let document: Document = serde_json::from_value(source.clone())
            .map_err(|problem| format!("Syntax errors in policy: {problem}"))?;
        if let Some(version) = document
            .version
            .filter(|version| !["2012-10-17", "2008-10-17"].contains(&version.as_str()))
        {
            return Err(format!("the policy's Version {version} is not known"));
        }
        let statements = one_or_many(document.statement)
            .into_iter()
            .enumerate()
            .map(|(at, statement)| {
                serde_json::from_value(statement)
                    .map_err(|problem| problem.to_string())
                    .and_then(Written::read)
                    .map_err(|problem| format!("statement {} of the policy: {problem}", at + 1))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { source, statements })
    }

    /// Whether a statement of this effect applies.
    pub(super) fn says(&self, effect: Effect, question: &Question<'_>) -> bool {
        let mut statements = self.statements.iter();
        statements.any(|statement| statement.effect == effect && statement.applies(question))
    }

    /// What allows everything, as AWS's `FullAWSAccess` and `AdministratorAccess`.
    pub(super) fn everything() -> Self {
        let all = || Listed {
            negated: false,
            patterns: vec!["*".to_owned()],
        };
        Self {
            source: serde_json::json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}),
            statements: vec![Statement {
                effect: Effect::Allow,
                actions: all(),
                resources: all(),
                conditions: Vec::new(),
            }],
        }
    }

    /// Whether a condition asks for a key that begins so.
    pub(super) fn mentions_key(&self, start: &str) -> bool {
        let mut conditions = self.statements.iter().flat_map(|one| &one.conditions);
        conditions.any(|condition| condition.key.starts_with(start))
    }

    /// Whether there is any statement that allows.
    pub(super) fn allows_something(&self) -> bool {
        let mut statements = self.statements.iter();
        statements.any(|statement| statement.effect == Effect::Allow)
    }
}

impl<'de> Deserialize<'de> for Policy {
    /// A document is text with JSON in it, or the JSON itself.
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(input)?;
        let read = match value.as_str() {
            Some(text) => Self::read(text),
            None => Self::of(value),
        };
        read.map_err(D::Error::custom)
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.source.to_string().serialize(out)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Document {
    version: Option<String>,
    #[serde(rename = "Id")]
    _id: Option<String>,
    statement: Value,
}

/// A statement as it is written. `Principal` belongs to resources' own policies, which nobody has here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Written {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    action: Option<Value>,
    not_action: Option<Value>,
    resource: Option<Value>,
    not_resource: Option<Value>,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, Value>>,
}

impl Written {
    fn read(self) -> Result<Statement, String> {
        let actions = listed("Action", self.action, self.not_action)?;
        for pattern in &actions.patterns {
            let prefixed = pattern.split_once(':').is_some_and(|(vendor, name)| {
                !vendor.is_empty() && !vendor.contains('*') && !name.is_empty()
            });
            if pattern != "*" && !prefixed {
                return Err(format!("the action {pattern} has no vendor before it"));
            }
        }
        let resources = listed("Resource", self.resource, self.not_resource)?;
        for pattern in &resources.patterns {
            if pattern != "*" && (!pattern.starts_with("arn:") || parts(pattern).len() < 6) {
                return Err(format!("the resource {pattern} is neither an ARN nor *"));
            }
        }
        let lower = |pattern: &String| pattern.to_lowercase();
        Ok(Statement {
            effect: self.effect,
            actions: Listed {
                patterns: actions.patterns.iter().map(lower).collect(),
                ..actions
            },
            resources,
            conditions: Condition::read_all(self.condition)?,
        })
    }
}

fn listed(name: &str, plain: Option<Value>, negated: Option<Value>) -> Result<Listed, String> {
    let (value, negated) = match (plain, negated) {
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        (None, None) | (Some(_), Some(_)) => {
            return Err(format!("it must have either {name} or Not{name}"));
        }
    };
    let patterns = texts(value)?;
    if patterns.is_empty() {
        return Err(format!("{name} is empty"));
    }
    Ok(Listed { negated, patterns })
}

fn one_or_many(value: Value) -> Vec<Value> {
    match value.as_array() {
        Some(items) => items.clone(),
        None => vec![value],
    }
}

/// One text or a list of texts, without variables, which this corner does not know.
pub(super) fn texts(value: Value) -> Result<Vec<String>, String> {
    one_or_many(value)
        .into_iter()
        .map(|item| match item {
            Value::String(text) if text.contains("${") => {
                Err(format!("the simulator knows no policy variables: {text}"))
            }
            Value::String(text) => Ok(text),
            Value::Bool(flag) => Ok(flag.to_string()),
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Err(format!("{item} is not text"))
            }
        })
        .collect()
}

fn parts(arn: &str) -> Vec<&str> {
    arn.splitn(6, ':').collect()
}

/// Each of an ARN's six parts for itself: a wildcard does not reach into the next.
pub(super) fn arn_like(pattern: &str, arn: &str) -> bool {
    let (patterns, parts) = (parts(pattern), parts(arn));
    patterns.len() == parts.len()
        && patterns
            .iter()
            .zip(parts)
            .all(|(pattern, part)| glob(pattern.as_bytes(), part.as_bytes()))
}
