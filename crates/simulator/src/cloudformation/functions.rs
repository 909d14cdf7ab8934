//! The intrinsic functions.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use serde_json::{Map, Value, json};

use super::body::Body;
use super::resource;
use super::stack::{Member, Output};
use crate::world::{Place, World};

/// What functions are resolved against.
pub(super) struct Scope<'a> {
    pub world: &'a mut World,
    pub place: &'a Place,
    pub body: &'a Body,
    pub stack_name: &'a str,
    pub stack_id: &'a str,
    pub parameters: &'a BTreeMap<String, String>,
    pub members: &'a BTreeMap<String, Member>,
    pub conditions: &'a BTreeMap<String, bool>,
    /// Names of the exports that were imported.
    pub imports: BTreeSet<String>,
    /// Resources that have no physical id yet, or will get another one: a preview goes on with a stand-in for each.
    pub unknown: BTreeSet<String>,
    /// Whether a stand-in was used.
    pub met_unknown: bool,
}

/// What stands for the values of a resource that are not known before an update: it differs from everything that exists.
fn stand_in_for(name: &str) -> String {
    format!("\u{0}{name}")
}

/// Whether a value hangs on anything that is not known yet.
pub(super) fn hangs_on_unknown(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\u{0}'),
        Value::Array(items) => items.iter().any(hangs_on_unknown),
        Value::Object(members) => members.values().any(hangs_on_unknown),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What `AWS::NoValue` resolves to on the way; the member that holds it is left out.
const NO_VALUE: &str = "\u{0}AWS::NoValue";

/// Evaluates the conditions of a template.
///
/// # Errors
/// A sentence about the condition that cannot be evaluated.
pub(super) fn conditions(
    world: &mut World,
    place: &Place,
    body: &Body,
    stack_name: &str,
    parameters: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, bool>, String> {
    let mut known = BTreeMap::new();
    let mut cause = String::new();
    // Conditions may name one another in any order; each round settles those whose parts are settled.
    for _ in 0..=body.conditions.len() {
        for (name, value) in &body.conditions {
            if known.contains_key(name) {
                continue;
            }
            let snapshot: BTreeMap<String, bool> = known.clone();
            let mut scope = Scope {
                world,
                place,
                body,
                stack_name,
                stack_id: "",
                parameters,
                members: &BTreeMap::new(),
                conditions: &snapshot,
                imports: BTreeSet::new(),
                unknown: BTreeSet::new(),
                met_unknown: false,
            };
            match scope.resolve(value).and_then(|value| truth(&value)) {
                Ok(holds) => {
                    known.insert(name.clone(), holds);
                }
                Err(problem) => cause = problem,
            }
        }
    }
    match body
        .conditions
        .keys()
        .find(|name| !known.contains_key(*name))
    {
        Some(name) => Err(format!(
            "Template error: condition {name} cannot be evaluated: {cause}"
        )),
        None => Ok(known),
    }
}

fn truth(value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) if text == "true" => Ok(true),
        Value::String(text) if text == "false" => Ok(false),
        other @ (Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_)) => Err(format!("Template error: {other} is no boolean")),
    }
}

fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) if text == NO_VALUE => {
            Err("Template error: AWS::NoValue stands where a value is needed".to_owned())
        }
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        other @ (Value::Null | Value::Array(_) | Value::Object(_)) => {
            Err(format!("Template error: expected text, found {other}"))
        }
    }
}

impl Scope<'_> {
    /// Resolves every function in a value.
    ///
    /// # Errors
    /// A sentence in CloudFormation's words.
    pub(super) fn resolve(&mut self, value: &Value) -> Result<Value, String> {
        match value {
            Value::Object(members) => match members.iter().next() {
                Some((name, argument)) if members.len() == 1 && is_function(name, argument) => {
                    self.call(name, argument)
                }
                _ => self.map(members),
            },
            Value::Array(items) => {
                let resolved: Result<Vec<Value>, String> =
                    items.iter().map(|item| self.resolve(item)).collect();
                Ok(Value::Array(
                    resolved?
                        .into_iter()
                        .filter(|item| item != NO_VALUE)
                        .collect(),
                ))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
        }
    }

    /// Resolves the properties of a resource.
    ///
    /// # Errors
    /// As [`Scope::resolve`].
    pub(super) fn properties(&mut self, declared: &Value) -> Result<Value, String> {
        let resolved = self.resolve(declared)?;
        if resolved == NO_VALUE {
            return Err("Template error: AWS::NoValue cannot be all of Properties".to_owned());
        }
        Ok(resolved)
    }

    /// Resolves the properties of a resource as far as they are known: what cannot be made out of a stand-in becomes one.
    ///
    /// # Errors
    /// As [`Scope::resolve`], where no stand-in is to blame.
    pub(super) fn preview(&mut self, declared: &Value) -> Result<Value, String> {
        let Value::Object(members) = declared else {
            return self.properties(declared);
        };
        let is_call = members.len() == 1 && members.iter().all(|(name, it)| is_function(name, it));
        if is_call {
            return self.properties(declared);
        }
        let mut resolved = Map::new();
        for (name, member) in members {
            self.met_unknown = false;
            match self.resolve(member) {
                Ok(value) if value == NO_VALUE => {}
                Ok(value) => {
                    resolved.insert(name.clone(), value);
                }
                Err(_) if self.met_unknown => {
                    resolved.insert(name.clone(), Value::String(stand_in_for(name)));
                }
                Err(problem) => return Err(problem),
            }
        }
        Ok(Value::Object(resolved))
    }

    /// The outputs whose conditions hold.
    ///
    /// # Errors
    /// As [`Scope::resolve`].
    pub(super) fn outputs(&mut self) -> Result<Vec<Output>, String> {
        let mut outputs = Vec::new();
        let body = self.body;
        for declared in &body.outputs {
            let condition = declared.condition.as_ref();
            if condition.is_some_and(|name| self.conditions.get(name) != Some(&true)) {
                continue;
            }
            let export = match &declared.export {
                Some(name) => Some(text(&self.resolve(name)?)?),
                None => None,
            };
            outputs.push(Output {
                key: declared.key.clone(),
                value: text(&self.resolve(&declared.value)?)?,
                description: declared.description.clone(),
                export,
            });
        }
        Ok(outputs)
    }

    /// The stand-in of a resource that is not known yet.
    fn stand_in(&mut self, name: &str) -> Option<String> {
        let unknown = self.unknown.get(name)?;
        self.met_unknown = true;
        Some(stand_in_for(unknown))
    }

    fn map(&mut self, members: &Map<String, Value>) -> Result<Value, String> {
        let mut resolved = Map::new();
        for (name, member) in members {
            let value = self.resolve(member)?;
            if value != NO_VALUE {
                resolved.insert(name.clone(), value);
            }
        }
        Ok(Value::Object(resolved))
    }

    fn call(&mut self, name: &str, argument: &Value) -> Result<Value, String> {
        match name {
            "Ref" => self.reference(&text(argument)?),
            "Condition" => {
                let name = text(argument)?;
                let known = self.conditions.get(&name).copied();
                known
                    .map(Value::Bool)
                    .ok_or_else(|| format!("Template error: condition {name} is not known"))
            }
            "Fn::GetAtt" => self.get_att(argument),
            "Fn::Sub" => self.sub(argument),
            "Fn::Join" => self.join(argument),
            "Fn::Select" => self.select(argument),
            "Fn::Split" => self.split(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::GetAZs" => self.zones(argument),
            "Fn::Cidr" => self.cidr(argument),
            "Fn::ImportValue" => self.import(argument),
            "Fn::If" => self.if_(argument),
            "Fn::Equals" => {
                let [one, other] = self.pair("Fn::Equals", argument)?;
                Ok(Value::Bool(text(&one)? == text(&other)?))
            }
            "Fn::And" | "Fn::Or" => {
                let parts: Result<Vec<bool>, String> =
                    self.list(name, argument)?.iter().map(truth).collect();
                let parts = parts?;
                Ok(Value::Bool(if name == "Fn::And" {
                    parts.iter().all(|part| *part)
                } else {
                    parts.iter().any(|part| *part)
                }))
            }
            "Fn::Not" => match self.list(name, argument)?.as_slice() {
                [part] => Ok(Value::Bool(!truth(part)?)),
                _ => Err("Template error: every Fn::Not object requires one argument".to_owned()),
            },
            "Fn::Base64" => {
                let plain = self.resolve(argument)?;
                Ok(Value::String(
                    base64::engine::general_purpose::STANDARD.encode(text(&plain)?),
                ))
            }
            _ => Err(format!(
                "Template error: the function {name} is not supported"
            )),
        }
    }

    fn list(&mut self, function: &str, argument: &Value) -> Result<Vec<Value>, String> {
        match self.resolve(argument)? {
            Value::Array(items) => Ok(items),
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_)) => Err(format!(
                "Template error: every {function} object requires a list, found {other}"
            )),
        }
    }

    fn pair(&mut self, function: &str, argument: &Value) -> Result<[Value; 2], String> {
        let wrong = || format!("Template error: every {function} object requires two arguments");
        <[Value; 2]>::try_from(self.list(function, argument)?).map_err(|_list| wrong())
    }

    fn reference(&mut self, name: &str) -> Result<Value, String> {
        let pseudo = match name {
            "AWS::AccountId" => Some(self.place.account.clone()),
            "AWS::NoValue" => Some(NO_VALUE.to_owned()),
            "AWS::Partition" => Some("aws".to_owned()),
            "AWS::Region" => Some(self.place.region.clone()),
            "AWS::StackId" => Some(self.stack_id.to_owned()),
            "AWS::StackName" => Some(self.stack_name.to_owned()),
            "AWS::URLSuffix" => Some("amazonaws.com".to_owned()),
            "AWS::NotificationARNs" => return Ok(json!([])),
            _ => None,
        };
        if let Some(value) = pseudo {
            return Ok(Value::String(value));
        }
        if let Some(declared) = self
            .body
            .parameters
            .iter()
            .find(|parameter| parameter.name == name)
        {
            let value = self
                .parameters
                .get(name)
                .cloned()
                .or_else(|| declared.default.clone())
                .unwrap_or_default();
            return Ok(if declared.is_list() {
                value
                    .split(',')
                    .map(|item| Value::String(item.trim().to_owned()))
                    .collect()
            } else {
                Value::String(value)
            });
        }
        if let Some(value) = self.stand_in(name) {
            return Ok(Value::String(value));
        }
        let member = self.members.get(name).filter(|member| member.exists());
        let member = member.ok_or_else(|| {
            format!("Template error: instance of Ref references undefined resource {name}")
        })?;
        let kind =
            resource::find(&member.kind).ok_or_else(|| format!("unknown type {}", member.kind))?;
        Ok(Value::String(kind.reference(&member.physical)))
    }

    fn get_att(&mut self, argument: &Value) -> Result<Value, String> {
        let (name, attribute) = match argument {
            Value::String(path) => path.split_once('.').map(|(name, attribute)| (name.to_owned(), attribute.to_owned())),
            Value::Array(path) => match path.as_slice() {
                [name, attribute] => Some((text(name)?, text(&self.resolve(attribute)?)?)),
                _ => None,
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        }
        .ok_or("Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute")?;
        if let Some(value) = self.stand_in(&name) {
            return Ok(Value::String(format!("{value}.{attribute}")));
        }
        let undefined = || {
            format!("Template error: instance of Fn::GetAtt references undefined resource {name}")
        };
        let member = self
            .members
            .get(&name)
            .filter(|member| member.exists())
            .ok_or_else(undefined)?
            .clone();
        let kind = resource::find(&member.kind).ok_or_else(undefined)?;
        kind.attribute(self.world, self.place, &member.physical, &attribute)
            .ok_or_else(|| format!("Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt"))
    }

    fn sub(&mut self, argument: &Value) -> Result<Value, String> {
        let (pattern, own) = match argument {
            Value::String(pattern) => (pattern.clone(), Map::new()),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(pattern), Value::Object(own)] => (pattern.clone(), own.clone()),
                _ => return Err("Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments".to_owned()),
            },
            other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
                return Err(format!("Template error: Fn::Sub cannot take {other}"));
            }
        };
        let mut result = String::new();
        let mut rest = pattern.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let (name, after) = after
                .split_once('}')
                .ok_or("Template error: `${` without `}` in Fn::Sub")?;
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str("${");
                result.push_str(literal);
                result.push('}');
            } else {
                let value = match own.get(name) {
                    Some(value) => self.resolve(value)?,
                    None if name.contains('.') => self.get_att(&Value::String(name.to_owned()))?,
                    None => self.reference(name)?,
                };
                result.push_str(&text(&value)?);
            }
            rest = after;
        }
        result.push_str(rest);
        Ok(Value::String(result))
    }

    fn join(&mut self, argument: &Value) -> Result<Value, String> {
        let [separator, items] = self.pair("Fn::Join", argument)?;
        let Value::Array(items) = items else {
            return Err(
                "Template error: every Fn::Join object requires a list of strings".to_owned(),
            );
        };
        let texts: Result<Vec<String>, String> = items.iter().map(text).collect();
        Ok(Value::String(texts?.join(&text(&separator)?)))
    }

    fn select(&mut self, argument: &Value) -> Result<Value, String> {
        let [index, items] = self.pair("Fn::Select", argument)?;
        let index: usize = text(&index)?.parse().map_err(|_problem| {
            "Template error: every Fn::Select object requires an index".to_owned()
        })?;
        let Value::Array(items) = items else {
            return Err("Template error: every Fn::Select object requires a list".to_owned());
        };
        items.get(index).cloned().ok_or_else(|| {
            format!("Template error: Fn::Select cannot select nonexistent value at index {index}")
        })
    }

    fn split(&mut self, argument: &Value) -> Result<Value, String> {
        let [separator, whole] = self.pair("Fn::Split", argument)?;
        Ok(text(&whole)?
            .split(text(&separator)?.as_str())
            .map(|part| Value::String(part.to_owned()))
            .collect())
    }

    fn find_in_map(&mut self, argument: &Value) -> Result<Value, String> {
        let parts = self.list("Fn::FindInMap", argument)?;
        let (path, fallback) = match parts.as_slice() {
            [map, first, second] => ([text(map)?, text(first)?, text(second)?], None),
            [map, first, second, Value::Object(options)] => (
                [text(map)?, text(first)?, text(second)?],
                options.get("DefaultValue").cloned(),
            ),
            _ => {
                return Err(
                    "Template error: every Fn::FindInMap object requires three parameters"
                        .to_owned(),
                );
            }
        };
        let [map, first, second] = path;
        let found = self
            .body
            .mappings
            .get(&map)
            .and_then(|map| map.get(&first))
            .and_then(|first| first.get(&second))
            .cloned();
        found.or(fallback).ok_or_else(|| {
            format!("Template error: Unable to get mapping for {map}::{first}::{second}")
        })
    }

    fn zones(&mut self, argument: &Value) -> Result<Value, String> {
        let region = text(&self.resolve(argument)?)?;
        let region = if region.is_empty() {
            self.place.region.clone()
        } else {
            region
        };
        let place = Place::new(&self.place.account, &region);
        Ok(crate::ec2::zones::of(&place)
            .into_iter()
            .filter(|zone| zone.opted_in)
            .map(|zone| zone.name)
            .map(Value::String)
            .collect())
    }

    fn cidr(&mut self, argument: &Value) -> Result<Value, String> {
        let parts = self.list("Fn::Cidr", argument)?;
        let wrong = || {
            "Template error: every Fn::Cidr object requires an address block, a count and the bits of each".to_owned()
        };
        let (block, count, bits) = match parts.as_slice() {
            [block, count] => (text(block)?, text(count)?, "8".to_owned()),
            [block, count, bits] => (text(block)?, text(count)?, text(bits)?),
            _ => return Err(wrong()),
        };
        let block: ipnet::Ipv4Net = block.parse().map_err(|_problem| wrong())?;
        let count: usize = count.parse().map_err(|_problem| wrong())?;
        let bits: u8 = bits.parse().map_err(|_problem| wrong())?;
        let length = 32_u8.checked_sub(bits).ok_or_else(wrong)?;
        let subnets = block.subnets(length).map_err(|_problem| wrong())?;
        let cut: Vec<Value> = subnets
            .take(count)
            .map(|subnet| Value::String(subnet.to_string()))
            .collect();
        if cut.len() < count {
            return Err(format!(
                "Template error: {block} cannot be cut into {count} blocks of {bits} bits"
            ));
        }
        Ok(Value::Array(cut))
    }

    fn import(&mut self, argument: &Value) -> Result<Value, String> {
        let name = text(&self.resolve(argument)?)?;
        let value = self.world.region(self.place).cloudformation.export(&name);
        let value = value.ok_or_else(|| format!("No export named {name} found."))?;
        self.imports.insert(name);
        Ok(Value::String(value))
    }

    /// The first export that a value imports and that nobody has. Only the branch of an `Fn::If` that counts is looked at.
    pub(super) fn missing_import(&mut self, value: &Value) -> Option<String> {
        match value {
            Value::Array(items) => items.iter().find_map(|item| self.missing_import(item)),
            Value::Object(members) => {
                members
                    .iter()
                    .find_map(|(name, member)| match name.as_str() {
                        "Fn::ImportValue" => {
                            let name = self.resolve(member).and_then(|name| text(&name)).ok()?;
                            let cloudformation = &self.world.region(self.place).cloudformation;
                            cloudformation.exporter(&name).is_none().then_some(name)
                        }
                        "Fn::If" => {
                            let branches = member.as_array().filter(|parts| parts.len() == 3)?;
                            let holds = *self.conditions.get(branches[0].as_str()?)?;
                            self.missing_import(&branches[if holds { 1 } else { 2 }])
                        }
                        _ => self.missing_import(member),
                    })
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }
    }

    fn if_(&mut self, argument: &Value) -> Result<Value, String> {
        let Value::Array(parts) = argument else {
            return Err("Template error: every Fn::If object requires three arguments".to_owned());
        };
        let [name, yes, no] = parts.as_slice() else {
            return Err("Template error: every Fn::If object requires three arguments".to_owned());
        };
        let name = text(name)?;
        let holds = self
            .conditions
            .get(&name)
            .copied()
            .ok_or_else(|| format!("Template error: unresolved condition {name}"))?;
        // Only the branch that counts is resolved: the other may name a resource that is not there.
        self.resolve(if holds { yes } else { no })
    }
}

/// `Condition` is a function only where it names one: IAM's policy statements have a member of that name too.
fn is_function(name: &str, argument: &Value) -> bool {
    name == "Ref" || (name == "Condition" && argument.is_string()) || name.starts_with("Fn::")
}
