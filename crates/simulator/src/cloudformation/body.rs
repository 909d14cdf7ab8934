//! A template body understood: its sections, what refers to what, and every mistake that CloudFormation finds before
//! it makes anything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use template::{Node, Parameter};

use super::{parameters, references, resource};
use crate::error::ServiceError;
use crate::wire::xml;

/// How many bytes a template has at most, and one that a call gives itself.
const LONGEST: usize = 1_000_000;
const LONGEST_GIVEN: usize = 51_200;
/// Sections that a template may have.
const SECTIONS: [&str; 10] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Transform",
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
    /// Where it is not Delete.
    pub deletion_policy: Option<String>,
    /// Where it is not Delete.
    pub replace_policy: Option<String>,
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
    /// Whether macros would have to be expanded.
    pub transformed: bool,
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
        check_text(&tree)?;
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
            transformed: tree.get("Transform").is_some(),
        };
        body.check()?;
        Ok(body)
    }

    fn check(&self) -> Result<(), ServiceError> {
        self.check_limits()?;
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
            self.check_names(&declared.properties)?;
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
            self.check_names(&output.value)?;
            self.check_condition(output.condition.as_ref())?;
        }
        for condition in self.conditions.values() {
            check_functions(condition)?;
        }
        self.check_circles()
    }

    /// Section 3.6, and the types of parameters that the simulator knows.
    fn check_limits(&self) -> Result<(), ServiceError> {
        let mappings = self.mappings.as_object().map_or(0, serde_json::Map::len);
        let counts = [
            ("parameters", self.parameters.len()),
            ("outputs", self.outputs.len()),
            ("mappings", mappings),
        ];
        if let Some((what, count)) = counts.into_iter().find(|(_, count)| *count > 200) {
            return Err(format_error(format!(
                "Number of {what}, {count}, is greater than maximum allowed, 200"
            )));
        }
        if self.description.as_ref().is_some_and(|it| it.len() > 1_024) {
            return Err(format_error(
                "Template description is longer than the maximum allowed, 1024 bytes",
            ));
        }
        self.parameters
            .iter()
            .try_for_each(|parameter| match parameters::kind(&parameter.kind) {
                Some(_) => Ok(()),
                None => Err(format_error(format!(
                    "Unrecognized parameter type: {} of parameter {}",
                    parameter.kind, parameter.name
                ))),
            })
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
        references::each(value, &|_| None, &mut |name, _| {
            let parameter = self
                .parameters
                .iter()
                .any(|parameter| parameter.name == name);
            if !parameter && !PSEUDO.contains(&name) && !self.resources.contains_key(name) {
                names.insert(name.to_owned());
            }
        });
        names
    }

    /// Attributes that the resource's type does not have, and conditions that nobody has defined.
    fn check_names(&self, value: &Value) -> Result<(), ServiceError> {
        let mut problem = None;
        references::each(value, &|_| None, &mut |name, attribute| {
            let kind = self
                .resources
                .get(name)
                .and_then(|declared| resource::find(&declared.kind));
            if let (Some(kind), Some(attribute)) = (kind, attribute)
                && !kind.has_attribute(attribute)
            {
                problem = Some(format!(
                    "Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt"
                ));
            }
        });
        references::conditions(value, &mut |name| {
            if !self.conditions.contains_key(name) {
                problem = Some(format!(
                    "Template format error: Unresolved condition dependency {name} in the Fn::If function"
                ));
            }
        });
        problem.map_or(Ok(()), |problem| Err(refuse(problem)))
    }

    /// Resources that something which is made refers to, and that are not made under these conditions.
    ///
    /// # Errors
    /// A sentence that names them.
    pub(super) fn check_conditional(
        &self,
        conditions: &BTreeMap<String, bool>,
    ) -> Result<(), String> {
        let holds = |name: &Option<String>| {
            name.as_ref()
                .is_none_or(|name| conditions.get(name) == Some(&true))
        };
        let absent = |value: &Value| {
            let mut absent = BTreeSet::new();
            references::each(
                value,
                &|name| conditions.get(name).copied(),
                &mut |name, _| {
                    let declared = self.resources.get(name);
                    if declared.is_some_and(|declared| !holds(&declared.condition)) {
                        absent.insert(name.to_owned());
                    }
                },
            );
            absent
        };
        let resources = self.resources.values();
        let resources = resources.filter(|declared| holds(&declared.condition));
        let outputs = self.outputs.iter();
        let outputs = outputs.filter(|declared| holds(&declared.condition));
        let blocks: [(&str, BTreeSet<String>); 2] = [
            (
                "Resources",
                resources.flat_map(|it| absent(&it.properties)).collect(),
            ),
            (
                "Outputs",
                outputs.flat_map(|it| absent(&it.value)).collect(),
            ),
        ];
        match blocks.into_iter().find(|(_, names)| !names.is_empty()) {
            None => Ok(()),
            Some((block, names)) => Err(format!(
                "Template format error: Unresolved resource dependencies [{}] in the {block} block of the template",
                names.into_iter().collect::<Vec<_>>().join(", ")
            )),
        }
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

    /// The capability that the template asks for: for its macros, or for its IAM resources, strictest first.
    pub(super) fn capability(&self) -> Option<&'static str> {
        if self.transformed {
            return Some("CAPABILITY_AUTO_EXPAND");
        }
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
    if text.len() > LONGEST {
        return Err(refuse("Template may not exceed 1000000 bytes in size."));
    }
    Ok(())
}

/// What is longer has to be read from S3 (section 3.6).
pub(super) fn check_given(text: &str) -> Result<(), ServiceError> {
    if text.len() > LONGEST_GIVEN {
        return Err(refuse(
            "1 validation error detected: Value '…' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200",
        ));
    }
    Ok(())
}

/// No text may hold what the answers' XML cannot: JSON's escapes can smuggle it in.
fn check_text(node: &Node) -> Result<(), ServiceError> {
    let refuse = |text: &str| {
        if xml::can_carry(text) {
            return Ok(());
        }
        Err(format_error(format!(
            "{}: a character that is not allowed",
            node.position
        )))
    };
    match &node.value {
        template::Value::String(text) => refuse(text),
        template::Value::List(items) => items.iter().try_for_each(check_text),
        template::Value::Map(members) => members.iter().try_for_each(|(key, node)| {
            refuse(&key.name)?;
            check_text(node)
        }),
        template::Value::Null | template::Value::Bool(_) | template::Value::Number(_) => Ok(()),
    }
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
    references::each(&properties, &|_| None, &mut |referred, _| {
        if names.contains(referred) {
            depends.insert(referred.to_owned());
        }
    });
    let policy = |attribute: &str| policy(name, attribute, text(attribute));
    Ok(Declared {
        kind,
        properties,
        depends,
        condition: text("Condition"),
        deletion_policy: policy("DeletionPolicy")?,
        replace_policy: policy("UpdateReplacePolicy")?,
    })
}

fn policy(
    name: &str,
    attribute: &str,
    given: Option<String>,
) -> Result<Option<String>, ServiceError> {
    let known: &[&str] = if attribute == "DeletionPolicy" {
        &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"]
    } else {
        &["Delete", "Retain", "Snapshot"]
    };
    match given {
        Some(policy) if !known.contains(&policy.as_str()) => Err(format_error(format!(
            "Unrecognized {attribute} {policy} for resource {name}"
        ))),
        given => Ok(given.filter(|policy| policy != "Delete")),
    }
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
