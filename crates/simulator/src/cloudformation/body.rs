//! A template body understood: its sections, what refers to what, and every mistake that CloudFormation finds before
//! it makes anything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use template::{Node, Parameter};

use super::resource;
use crate::error::ServiceError;

/// Sections that a template may have.
const SECTIONS: [&str; 9] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Resources",
    "Outputs",
];
/// Attributes that a resource may have.
const ATTRIBUTES: [&str; 9] = [
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "Metadata",
    "CreationPolicy",
    "UpdatePolicy",
];
/// Functions that the simulator evaluates.
pub(super) const FUNCTIONS: [&str; 17] = [
    "Ref",
    "Condition",
    "Fn::GetAtt",
    "Fn::Sub",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::FindInMap",
    "Fn::GetAZs",
    "Fn::Cidr",
    "Fn::ImportValue",
    "Fn::If",
    "Fn::And",
    "Fn::Or",
    "Fn::Not",
    "Fn::Equals",
    "Fn::Base64",
];
/// Parameters that every template has.
pub(super) const PSEUDO: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// A declared resource.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub kind: String,
    pub properties: Value,
    pub depends: BTreeSet<String>,
    pub condition: Option<String>,
    pub deletion_policy: Option<String>,
}

/// A declared output.
#[derive(Clone, Debug)]
pub(crate) struct DeclaredOutput {
    pub key: String,
    pub value: Value,
    pub description: Option<String>,
    pub export: Option<Value>,
    pub condition: Option<String>,
}

/// A template.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub description: Option<String>,
    pub parameters: Vec<Parameter>,
    pub mappings: Value,
    pub conditions: BTreeMap<String, Value>,
    pub resources: BTreeMap<String, Declared>,
    pub outputs: Vec<DeclaredOutput>,
}

fn refuse(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationError", message)
}

fn format_error(message: impl std::fmt::Display) -> ServiceError {
    refuse(format!("Template format error: {message}"))
}

impl Body {
    /// Reads and checks a template body.
    ///
    /// # Errors
    /// `ValidationError` with CloudFormation's text.
    pub(super) fn read(text: &str) -> Result<Self, ServiceError> {
        check_size(text)?;
        let tree = template::parse(text).map_err(format_error)?;
        let sections = tree
            .as_map()
            .ok_or_else(|| format_error("unsupported structure."))?;
        if let Some((key, _)) = sections
            .iter()
            .find(|(key, _)| !SECTIONS.contains(&key.name.as_str()))
        {
            return Err(refuse(format!(
                "Invalid template property or properties [{}]",
                key.name
            )));
        }
        if tree.get("Rules").is_some() {
            return Err(format_error("the section Rules is not supported here"));
        }
        let parameters = template::parameters(&tree).map_err(format_error)?;
        let resources = resources(&tree)?;
        let body = Self {
            description: tree.get("Description").and_then(Node::text),
            parameters,
            mappings: tree.get("Mappings").map_or(Value::Null, Node::to_json),
            conditions: map(&tree, "Conditions")
                .map(|(name, node)| (name.to_owned(), node.to_json()))
                .collect(),
            resources,
            outputs: outputs(&tree)?,
        };
        body.check()?;
        Ok(body)
    }

    fn check(&self) -> Result<(), ServiceError> {
        if self.resources.is_empty() {
            return Err(format_error(
                "At least one Resources member must be defined.",
            ));
        }
        if self.resources.len() > 500 {
            return Err(format_error(
                "Number of resources, 501, is greater than maximum allowed, 500",
            ));
        }
        let unknown: Vec<&str> = self
            .resources
            .values()
            .map(|declared| declared.kind.as_str())
            .filter(|kind| resource::find(kind).is_none())
            .collect();
        if !unknown.is_empty() {
            return Err(format_error(format!(
                "Unrecognized resource types: [{}]",
                unknown.join(", ")
            )));
        }
        let mut dangling = BTreeSet::new();
        for declared in self.resources.values() {
            check_functions(&declared.properties)?;
            dangling.extend(
                declared
                    .depends
                    .iter()
                    .filter(|name| !self.resources.contains_key(*name))
                    .cloned(),
            );
            dangling.extend(self.dangling(&declared.properties));
            self.check_condition(declared.condition.as_ref())?;
        }
        if !dangling.is_empty() {
            let names = dangling.into_iter().collect::<Vec<_>>().join(", ");
            return Err(format_error(format!(
                "Unresolved resource dependencies [{names}] in the Resources block of the template"
            )));
        }
        for output in &self.outputs {
            check_functions(&output.value)?;
            let mut dangling: BTreeSet<String> = self.dangling(&output.value);
            dangling.extend(
                output
                    .export
                    .iter()
                    .flat_map(|export| self.dangling(export)),
            );
            if let Some(name) = dangling.first() {
                return Err(format_error(format!(
                    "Unresolved resource dependencies [{name}] in the Outputs block of the template"
                )));
            }
            self.check_condition(output.condition.as_ref())?;
        }
        for condition in self.conditions.values() {
            check_functions(condition)?;
        }
        self.check_circles()
    }

    fn check_condition(&self, name: Option<&String>) -> Result<(), ServiceError> {
        match name.filter(|name| !self.conditions.contains_key(*name)) {
            Some(name) => Err(format_error(format!(
                "Unresolved condition dependency {name}"
            ))),
            None => Ok(()),
        }
    }

    /// Names that are neither resource nor parameter.
    fn dangling(&self, value: &Value) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        references(value, &mut names);
        names
            .into_iter()
            .filter(|name| {
                let parameter = self
                    .parameters
                    .iter()
                    .any(|parameter| parameter.name == *name);
                !parameter && !PSEUDO.contains(&name.as_str()) && !self.resources.contains_key(name)
            })
            .collect()
    }

    fn check_circles(&self) -> Result<(), ServiceError> {
        let mut left: BTreeMap<&String, &BTreeSet<String>> = self
            .resources
            .iter()
            .map(|(name, declared)| (name, &declared.depends))
            .collect();
        loop {
            let free: Vec<&String> = left
                .iter()
                .filter(|(_, depends)| !depends.iter().any(|name| left.contains_key(name)))
                .map(|(name, _)| *name)
                .collect();
            if free.is_empty() {
                break;
            }
            for name in free {
                left.remove(name);
            }
        }
        if left.is_empty() {
            return Ok(());
        }
        let names = left.into_keys().cloned().collect::<Vec<_>>().join(", ");
        Err(refuse(format!(
            "Circular dependency between resources: [{names}]"
        )))
    }

    /// Capabilities that the template's IAM resources ask for, strictest first.
    pub(super) fn capability(&self) -> Option<&'static str> {
        let named = |declared: &Declared| {
            [
                "RoleName",
                "ManagedPolicyName",
                "GroupName",
                "UserName",
                "InstanceProfileName",
            ]
            .iter()
            .any(|name| declared.properties.get(name).is_some())
        };
        let mut iam = self
            .resources
            .values()
            .filter(|declared| declared.kind.starts_with("AWS::IAM::"))
            .peekable();
        iam.peek()?;
        Some(if iam.any(named) {
            "CAPABILITY_NAMED_IAM"
        } else {
            "CAPABILITY_IAM"
        })
    }
}

fn check_size(text: &str) -> Result<(), ServiceError> {
    if text.is_empty() {
        return Err(refuse(
            "1 validation error detected: Value '' at 'templateBody' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ));
    }
    if text.len() > 51_200 {
        return Err(refuse(
            "1 validation error detected: Value '…' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200",
        ));
    }
    Ok(())
}

fn map<'a>(tree: &'a Node, section: &str) -> impl Iterator<Item = (&'a str, &'a Node)> {
    tree.get(section)
        .and_then(Node::as_map)
        .unwrap_or_default()
        .iter()
        .map(|(key, node)| (key.name.as_str(), node))
}

fn resources(tree: &Node) -> Result<BTreeMap<String, Declared>, ServiceError> {
    let names: BTreeSet<&str> = map(tree, "Resources").map(|(name, _)| name).collect();
    map(tree, "Resources")
        .map(|(name, node)| Ok((name.to_owned(), declared(name, node, &names)?)))
        .collect()
}

fn declared(name: &str, node: &Node, names: &BTreeSet<&str>) -> Result<Declared, ServiceError> {
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format_error(format!(
            "Resource name {name} is non alphanumeric."
        )));
    }
    let members = node
        .as_map()
        .ok_or_else(|| format_error(format!("resource {name} must be a map")))?;
    if let Some((key, _)) = members
        .iter()
        .find(|(key, _)| !ATTRIBUTES.contains(&key.name.as_str()))
    {
        return Err(refuse(format!(
            "Invalid template resource property '{}' of resource {name}",
            key.name
        )));
    }
    let text = |attribute: &str| node.get(attribute).and_then(Node::text);
    let kind = text("Type").ok_or_else(|| {
        format_error(format!(
            "[/Resources/{name}] Every Resources object must contain a Type member."
        ))
    })?;
    let properties = node
        .get("Properties")
        .map_or_else(|| Value::Object(serde_json::Map::new()), Node::to_json);
    let mut depends: BTreeSet<String> = match node.get("DependsOn") {
        None => BTreeSet::new(),
        Some(one) => match one.as_list() {
            Some(many) => many.iter().filter_map(Node::text).collect(),
            None => one.text().into_iter().collect(),
        },
    };
    let mut referred = BTreeSet::new();
    references(&properties, &mut referred);
    depends.extend(
        referred
            .into_iter()
            .filter(|referred| names.contains(referred.as_str())),
    );
    let deletion_policy = text("DeletionPolicy");
    if let Some(policy) = deletion_policy
        .as_deref()
        .filter(|policy| !["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"].contains(policy))
    {
        return Err(format_error(format!(
            "Unrecognized DeletionPolicy {policy} for resource {name}"
        )));
    }
    Ok(Declared {
        kind,
        properties,
        depends,
        condition: text("Condition"),
        deletion_policy: deletion_policy.filter(|policy| policy != "Delete"),
    })
}

fn outputs(tree: &Node) -> Result<Vec<DeclaredOutput>, ServiceError> {
    map(tree, "Outputs")
        .map(|(key, node)| {
            let members = node.as_map().unwrap_or_default();
            if let Some((bad, _)) = members.iter().find(|(bad, _)| {
                !["Value", "Description", "Export", "Condition"].contains(&bad.name.as_str())
            }) {
                return Err(format_error(format!(
                    "output {key} has an unknown attribute {}",
                    bad.name
                )));
            }
            let value = node.get("Value").ok_or_else(|| {
                format_error(format!("Output {key} is malformed: there is no Value"))
            })?;
            Ok(DeclaredOutput {
                key: key.to_owned(),
                value: value.to_json(),
                description: node.get("Description").and_then(Node::text),
                export: node
                    .get("Export")
                    .and_then(|export| export.get("Name"))
                    .map(Node::to_json),
                condition: node.get("Condition").and_then(Node::text),
            })
        })
        .collect()
}

/// A map with one member that looks like a function has to be one that is known.
fn check_functions(value: &Value) -> Result<(), ServiceError> {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name.starts_with("Fn::") && !FUNCTIONS.contains(&name.as_str()) {
                    return Err(format_error(format!(
                        "Encountered unsupported function: {name} Supported functions are: [{}]",
                        FUNCTIONS.join(", ")
                    )));
                }
                check_functions(member)?;
            }
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(check_functions),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// Every name that a value refers to by Ref, GetAtt or Sub.
pub(super) fn references(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (function, argument) in members {
                match (function.as_str(), argument) {
                    ("Ref", Value::String(name)) => {
                        names.insert(name.clone());
                    }
                    ("Fn::GetAtt", Value::Array(path)) => {
                        names.extend(path.first().and_then(Value::as_str).map(str::to_owned));
                    }
                    ("Fn::GetAtt", Value::String(path)) => {
                        names.extend(path.split('.').next().map(str::to_owned));
                    }
                    ("Fn::Sub", Value::String(text)) => names.extend(substituted(text)),
                    ("Fn::Sub", Value::Array(parts)) => {
                        let own = parts.get(1).and_then(Value::as_object);
                        let text = parts.first().and_then(Value::as_str).unwrap_or_default();
                        names.extend(
                            substituted(text)
                                .into_iter()
                                .filter(|name| own.is_none_or(|own| !own.contains_key(name))),
                        );
                        parts
                            .iter()
                            .skip(1)
                            .for_each(|part| references(part, names));
                    }
                    _ => references(argument, names),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The names in `${…}` of a Sub text, attributes cut off; `${!…}` is literal.
fn substituted(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        if !name.starts_with('!') {
            names.push(name.split('.').next().unwrap_or(name).trim().to_owned());
        }
        rest = after;
    }
    names
}
