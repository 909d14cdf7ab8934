//! Conditions of a statement: operators, quantifiers and the keys that the simulator can know.

use std::collections::BTreeMap;

use serde_json::Value;

use super::policy::{arn_like, texts};
use super::question::Context;
use crate::faults::glob;

/// Keys with one value at most, in lower case: names of keys are told apart without regard to case.
const SINGLE: [&str; 15] = [
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principaltype",
    "aws:requestedregion",
    "aws:username",
    "aws:viaawsservice",
    "cloudformation:rolearn",
    "ec2:createaction",
    "iam:awsservicename",
    "iam:passedtoservice",
    "iam:permissionsboundary",
    "iam:policyarn",
    "sagemaker:appnetworkaccesstype",
];

/// Keys with any number of values.
const MULTIPLE: [&str; 5] = [
    "aws:calledvia",
    "aws:tagkeys",
    "sagemaker:instancetypes",
    "sagemaker:vpcsecuritygroupids",
    "sagemaker:vpcsubnets",
];

/// Keys that end in a tag's name.
pub(super) const REQUEST_TAG: &str = "aws:requesttag/";
pub(super) const RESOURCE_TAGS: [&str; 4] = [
    "aws:resourcetag/",
    "ec2:resourcetag/",
    "iam:resourcetag/",
    "sagemaker:resourcetag/",
];

/// `"StringEquals": {"aws:RequestTag/team": ["a", "b"]}`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    quantifier: Option<Quantifier>,
    test: Test,
    /// True where the key has no value.
    if_exists: bool,
    /// In lower case.
    pub(super) key: String,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    All,
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Null,
    Compare { negated: bool, by: By },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Text,
    TextIgnoringCase,
    Glob,
    Arn,
    Bool,
}

impl Test {
    fn named(name: &str) -> Option<Self> {
        let compare = |negated, by| Some(Test::Compare { negated, by });
        match name {
            "Null" => Some(Test::Null),
            "Bool" => compare(false, By::Bool),
            "StringEquals" => compare(false, By::Text),
            "StringNotEquals" => compare(true, By::Text),
            "StringEqualsIgnoreCase" => compare(false, By::TextIgnoringCase),
            "StringNotEqualsIgnoreCase" => compare(true, By::TextIgnoringCase),
            "StringLike" => compare(false, By::Glob),
            "StringNotLike" => compare(true, By::Glob),
            // IAM treats the two alike.
            "ArnEquals" | "ArnLike" => compare(false, By::Arn),
            "ArnNotEquals" | "ArnNotLike" => compare(true, By::Arn),
            _ => None,
        }
    }
}

impl By {
    fn matches(self, pattern: &str, value: &str) -> bool {
        match self {
            By::Text => pattern == value,
            By::TextIgnoringCase | By::Bool => pattern.eq_ignore_ascii_case(value),
            By::Glob => glob(pattern.as_bytes(), value.as_bytes()),
            By::Arn => arn_like(pattern, value),
        }
    }
}

impl Condition {
    /// Reads the block of a statement.
    ///
    /// # Errors
    /// A sentence that names the operator or key that is not known.
    pub(super) fn read_all(
        block: BTreeMap<String, BTreeMap<String, Value>>,
    ) -> Result<Vec<Self>, String> {
        let mut conditions = Vec::new();
        for (operator, keys) in block {
            for (key, values) in keys {
                conditions.push(Self::read(&operator, &key, texts(values)?)?);
            }
        }
        Ok(conditions)
    }

    fn read(operator: &str, key: &str, values: Vec<String>) -> Result<Self, String> {
        let (quantifier, name) = match operator.split_once(':') {
            Some(("ForAllValues", name)) => (Some(Quantifier::All), name),
            Some(("ForAnyValue", name)) => (Some(Quantifier::Any), name),
            Some(_) | None => (None, operator),
        };
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some(name) if name != "Null" => (name, true),
            Some(_) | None => (name, false),
        };
        let test = Test::named(name)
            .ok_or_else(|| format!("the simulator does not know the operator {operator}"))?;
        let condition = Self {
            quantifier,
            test,
            if_exists,
            key: key.to_lowercase(),
            values,
        };
        condition.check(key)?;
        Ok(condition)
    }

    fn check(&self, key: &str) -> Result<(), String> {
        let tag = std::iter::once(&REQUEST_TAG).chain(&RESOURCE_TAGS);
        let of_tag = tag.into_iter().any(|start| {
            self.key
                .strip_prefix(*start)
                .is_some_and(|tag| !tag.is_empty())
        });
        let multiple = MULTIPLE.contains(&self.key.as_str());
        if !of_tag && !multiple && !SINGLE.contains(&self.key.as_str()) {
            return Err(format!(
                "the simulator does not know the condition key {key}"
            ));
        }
        if multiple && self.quantifier.is_none() && self.test != Test::Null {
            return Err(format!(
                "{key} has many values: it needs ForAllValues or ForAnyValue"
            ));
        }
        let flags = matches!(self.test, Test::Null | Test::Compare { by: By::Bool, .. });
        let flag = |value: &String| ["true", "false"].contains(&value.to_lowercase().as_str());
        if flags && !self.values.iter().all(flag) {
            return Err(format!("{key} is compared with true or false"));
        }
        Ok(())
    }

    /// Whether the condition holds.
    pub(super) fn holds(&self, context: &Context) -> bool {
        let given = context.values(&self.key);
        let Test::Compare { negated, by } = self.test else {
            let wanted = self
                .values
                .iter()
                .any(|value| value.eq_ignore_ascii_case("true"));
            return given.is_empty() == wanted;
        };
        let one = |value: &String| {
            let matches = |pattern: &String| by.matches(pattern, value);
            self.values.iter().any(matches) != negated
        };
        if given.is_empty() && self.if_exists {
            return true;
        }
        match self.quantifier {
            // What is not there equals nothing.
            None if given.is_empty() => negated,
            Some(Quantifier::Any) => given.iter().any(one),
            None | Some(Quantifier::All) => given.iter().all(one),
        }
    }
}
