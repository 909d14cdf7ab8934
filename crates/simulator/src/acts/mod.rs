//! What people do in a scenario: ordinary calls of named people, so that nothing can exist that AWS would not let exist.
//!
//! Acts without a time make the first world ([`World::begin`](crate::World::begin)); acts with a time are entries of the
//! world's queue, or wait for a call of somebody else.
//!
//! Imports into stacks stand beside them: no call here asks for one.

mod activity;
mod first;
mod imports;
mod references;
mod rest;
mod studio;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

pub(crate) use activity::Activity;
pub use first::Invalid;
pub use imports::Import;
#[cfg(test)]
pub(crate) use rest::Statuses;

use crate::faults::{Rule, glob, known};
use crate::nearest;
use crate::numbers;
use crate::service::{self, Invocation, Service};
use crate::wire::{Input, xml};
use crate::world::Place;

/// Where acts happen unless they say otherwise.
const REGION: &str = "us-east-1";

/// A call of somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// A user's name, or an ARN.
    pub caller: String,
    /// As IAM names it: `sagemaker:CreateApp`.
    pub action: String,
    /// Members as the wire names them. `${NAME.PATH}` is what an earlier answer says; `$${` is a literal `${`.
    #[serde(default)]
    pub input: Map<String, Value>,
    /// Where in Studio the caller is at work, `DOMAIN/PROFILE` or `DOMAIN/PROFILE/SPACE`: what the call makes is tagged
    /// as Studio does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub studio: Option<String>,
    /// Name of its answer.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Seconds after the world's start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
    /// The call that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// Whether time passes until what it started has come to rest; it does unless this says no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle: Option<bool>,
    /// Seconds that pass instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<f64>,
    /// The code with which it must be refused, or the status of failure in which what it started must come to rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
    /// Faults that are in force for its call and the time that passes after it.
    #[serde(
        default,
        rename = "fault",
        deserialize_with = "one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub faults: Vec<Rule>,
}

/// The n-th call of anybody that matches, answered or refused. Globs know `*` and `?`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// Glob over the action.
    pub action: String,
    /// Glob over the ids and names that the call names or makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Glob over the caller's ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Which of the matching calls, from 1.
    #[serde(default = "first")]
    pub nth: u64,
    /// Seconds between the call and the act.
    #[serde(default)]
    pub delay: f64,
}

fn first() -> u64 {
    1
}

impl After {
    fn check(&self) -> Result<(), String> {
        known::check_action(&self.action).map_err(|problem| format!("after: {problem}"))?;
        numbers::check_seconds("after.delay", self.delay)?;
        if self.nth == 0 {
            return Err("after.nth counts from 1".to_owned());
        }
        Ok(())
    }

    fn matches(&self, action: &str, caller: &str, resources: &[String]) -> bool {
        let fits = |pattern: &str, text: &str| glob(pattern.as_bytes(), text.as_bytes());
        let asked = |pattern: &Option<String>, text: &str| {
            pattern.as_ref().is_none_or(|pattern| fits(pattern, text))
        };
        fits(&self.action, action)
            && asked(&self.caller, caller)
            && (self.resource.is_none() || resources.iter().any(|id| asked(&self.resource, id)))
    }
}

impl Act {
    /// Whether it belongs to the world's life rather than to how it came about.
    pub(crate) fn is_activity(&self) -> bool {
        self.at.is_some() || self.after.is_some()
    }

    fn place(&self) -> Place {
        Place::new(service::ACCOUNT, self.region.as_deref().unwrap_or(REGION))
    }

    /// ARN of the caller.
    fn principal(&self) -> String {
        if self.caller.starts_with("arn:") {
            self.caller.clone()
        } else {
            service::user(&self.caller)
        }
    }

    /// The call with what the answers say in place of the references to them.
    fn invocation(&self, answers: &BTreeMap<String, Value>) -> Result<Invocation, String> {
        let (prefix, action) = self.action.split_once(':').unwrap_or_default();
        let mut services = Service::ALL.into_iter();
        let Some(service) = services.find(|service| service.prefix() == prefix) else {
            return Err(format!("no service has actions of {prefix}"));
        };
        let given = references::resolve(&Value::Object(self.input.clone()), answers)?;
        let textual = !service.speaks_json();
        let value = if textual { as_texts(given) } else { given };
        Ok(Invocation {
            service,
            action: action.to_owned(),
            input: Input { value, textual },
        })
    }

    /// What the types do not say.
    fn check(&self) -> Result<(), String> {
        check_words(self)?;
        if let Some(unknown) = self.action.find(['*', '?']) {
            return Err(format!(
                "an action is one, not many: {}",
                &self.action[unknown..]
            ));
        }
        known::check_action(&self.action)?;
        if self.at.is_some() && self.after.is_some() {
            return Err("an act is `at` a time or `after` a call".to_owned());
        }
        if self.is_activity()
            && (self.settle.is_some() || self.wait.is_some() || self.expect.is_some())
        {
            return Err("`settle`, `wait` and `expect` belong to acts without a time".to_owned());
        }
        if self.settle == Some(true) && self.wait.is_some() {
            return Err("an act waits a number of seconds, or until it has settled".to_owned());
        }
        for (field, seconds) in [("at", self.at), ("wait", self.wait)] {
            seconds.map_or(Ok(()), |seconds| numbers::check_seconds(field, seconds))?;
        }
        self.after.as_ref().map_or(Ok(()), After::check)?;
        self.studio.as_deref().map_or(Ok(()), studio::check)?;
        for rule in &self.faults {
            rule.check()
                .map_err(|problem| format!("fault: {problem}"))?;
        }
        Ok(())
    }
}

/// Callers, names and regions are words.
fn check_words(act: &Act) -> Result<(), String> {
    let words = [
        ("caller", Some(&act.caller)),
        ("as", act.name.as_ref()),
        ("region", act.region.as_ref()),
    ];
    for (field, word) in words {
        let is_word = |word: &String| {
            let letter =
                |letter: char| letter.is_ascii_alphanumeric() || "-_+=,@:/".contains(letter);
            let dotted = |at: char| at == '.' && field == "caller";
            !word.is_empty() && word.chars().all(|it| letter(it) || dotted(it))
        };
        if word.is_some_and(|word| !is_word(word)) {
            return Err(format!("`{field}` is not a name"));
        }
    }
    if Value::Object(act.input.clone())
        .to_string()
        .contains("$__toml_private_datetime")
    {
        return Err("an input has no dates: give a text or a number".to_owned());
    }
    xml::can_carry(&act.caller)
        .then_some(())
        .ok_or_else(|| "`caller` is not a name".to_owned())
}

/// Checks the acts of a scenario one by one, and that every answer that they refer to has one name, in time.
///
/// # Errors
/// A sentence that names the act.
pub(crate) fn check(acts: &[Act]) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for (at, act) in acts.iter().enumerate() {
        let told = |problem: String| format!("act {} ({}): {problem}", at + 1, act.action);
        act.check().map_err(told)?;
        if let Some(name) = act.name.as_ref().filter(|name| !names.insert(*name)) {
            return Err(told(format!("another act is named {name} already")));
        }
    }
    let all: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    let mut earlier: Vec<&str> = Vec::new();
    for (at, act) in acts.iter().enumerate() {
        let told = |problem: String| format!("act {} ({}): {problem}", at + 1, act.action);
        let input = json!([act.input, act.studio]);
        for name in references::names(&input).map_err(told)? {
            let known = if act.is_activity() { &all } else { &earlier };
            if !known.contains(&name.as_str()) {
                let problem = nearest::unknown("answer", &name, known.iter().copied());
                return Err(told(format!("{problem} (a literal ${{ is written $${{)")));
            }
        }
        if !act.is_activity() {
            earlier.extend(act.name.as_deref());
        }
    }
    Ok(())
}

/// Scalars as the query protocols send them.
fn as_texts(value: Value) -> Value {
    match value {
        Value::Bool(flag) => Value::String(flag.to_string()),
        Value::Number(number) => Value::String(number.to_string()),
        Value::Array(items) => items.into_iter().map(as_texts).collect(),
        Value::Object(members) => {
            let members = members.into_iter();
            Value::Object(
                members
                    .map(|(name, member)| (name, as_texts(member)))
                    .collect(),
            )
        }
        Value::Null | Value::String(_) => value,
    }
}

/// One table, or a list of them.
fn one_or_many<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Rule>, D::Error> {
    struct Rules;

    impl<'de> Visitor<'de> for Rules {
        type Value = Vec<Rule>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("a fault or a list of faults")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<Rule>, A::Error> {
            Rule::deserialize(MapAccessDeserializer::new(map)).map(|rule| vec![rule])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Vec<Rule>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(seq))
        }
    }

    input.deserialize_any(Rules)
}
