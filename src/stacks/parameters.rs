//! `${…}` in the manifest's values, and the values that a stack's parameters get.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::cloudformation::ParameterValue;

use super::manifest::{Entry, Manifest, nearest};

/// A piece of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Text(String),
    Environment,
    /// `${stack.KEY.name}`.
    StackName(String),
    /// `${stack.KEY.output.OUTPUT}`.
    StackOutput(String, String),
    /// `${param.KEY}` with its default, if there is one.
    Param(String, Option<String>),
    /// `${zone.N}`: the n-th usable availability zone of the region, by id, from 1.
    Zone(usize),
}

impl Part {
    /// The stack whose output a piece needs: it has to be there first.
    pub fn named_stack(&self) -> Option<String> {
        match self {
            Part::StackOutput(key, _) => Some(key.clone()),
            Part::Text(_)
            | Part::Environment
            | Part::StackName(_)
            | Part::Param(..)
            | Part::Zone(_) => None,
        }
    }
}

/// Cuts a value into its pieces; `$${` is a literal `${`.
///
/// # Errors
/// A sentence about the piece that is none.
pub fn parts(value: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$${") {
            text.push_str("${");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("${") {
            let (name, after) = after.split_once('}').ok_or("`${` without `}`")?;
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(part(name)?);
            rest = after;
        } else {
            text.push('$');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    if !text.is_empty() || parts.is_empty() {
        parts.push(Part::Text(text));
    }
    Ok(parts)
}

fn part(name: &str) -> Result<Part, String> {
    if let Some(param) = name.strip_prefix("param.") {
        let (key, default) = param
            .split_once(":-")
            .map_or((param, None), |(key, default)| {
                (key, Some(default.to_owned()))
            });
        return Ok(Part::Param(key.to_owned(), default));
    }
    let pieces: Vec<&str> = name.split('.').collect();
    match pieces.as_slice() {
        ["environment"] => Ok(Part::Environment),
        ["stack", key, "name"] => Ok(Part::StackName((*key).to_owned())),
        ["stack", key, "output", output] => {
            Ok(Part::StackOutput((*key).to_owned(), (*output).to_owned()))
        }
        ["zone", number] => match number.parse() {
            Ok(number) if number > 0 => Ok(Part::Zone(number)),
            _ => Err(format!("`{number}` is not the number of a zone")),
        },
        _ => Err(format!(
            "`${{{name}}}` is not known; there are environment, stack.KEY.name, stack.KEY.output.OUTPUT, param.KEY, \
             param.KEY:-default and zone.N"
        )),
    }
}

/// `--parameter` values: `KEY=VALUE` fills `${param.KEY}`, `STACK.KEY=VALUE` sets a template's parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    pub values: BTreeMap<String, String>,
}

/// What the values of one stack's parameters are made from.
pub struct Sources<'a> {
    pub environment: &'a str,
    pub manifest: &'a Manifest,
    pub given: &'a Given,
    /// Outputs of stacks, by key.
    pub outputs: &'a BTreeMap<String, BTreeMap<String, String>>,
    /// Usable zones, by id.
    pub zones: &'a [String],
    /// Names of parameters that the stack has already, where it exists.
    pub existing: Option<&'a BTreeSet<String>>,
}

impl Sources<'_> {
    /// The values of a stack's parameters.
    ///
    /// # Errors
    /// A sentence about the value that cannot be made.
    pub fn values(&self, entry: &Entry) -> Result<BTreeMap<String, ParameterValue>, String> {
        let mut values = BTreeMap::new();
        for (name, raw) in &entry.parameters {
            values.insert(name.clone(), self.value(name, raw)?);
        }
        for (name, value) in self.given_to(entry) {
            values.insert(name, ParameterValue::Value(value));
        }
        // What nobody says now stays as it is on the stack.
        if let Some(existing) = self.existing {
            let untold = entry
                .declared
                .iter()
                .filter(|parameter| existing.contains(&parameter.name));
            for parameter in untold {
                values
                    .entry(parameter.name.clone())
                    .or_insert(ParameterValue::Previous);
            }
        }
        Ok(values)
    }

    pub(super) fn value(&self, name: &str, raw: &str) -> Result<ParameterValue, String> {
        let pieces = parts(raw)?;
        let by_default = |part: &Part| match part {
            Part::Zone(_) => true,
            Part::Param(key, Some(_)) => !self.given.values.contains_key(key),
            Part::Text(_)
            | Part::Environment
            | Part::StackName(_)
            | Part::StackOutput(..)
            | Part::Param(_, None) => false,
        };
        // A value that nobody gives now is fixed at creation, whether it was given then or computed: another one would
        // replace what it made (operator notes, item 16).
        if pieces.iter().any(by_default)
            && self
                .existing
                .is_some_and(|existing| existing.contains(name))
        {
            return Ok(ParameterValue::Previous);
        }
        let text: Result<Vec<String>, String> = pieces.iter().map(|part| self.text(part)).collect();
        text.map(|text| ParameterValue::Value(text.concat()))
    }

    fn text(&self, part: &Part) -> Result<String, String> {
        match part {
            Part::Text(text) => Ok(text.clone()),
            Part::Environment => Ok(self.environment.to_owned()),
            Part::StackName(key) => match self.manifest.find(key) {
                Some(entry) => Ok(entry.physical_name(self.environment)),
                None => Err(format!("there is no stack `{key}` in the manifest")),
            },
            Part::StackOutput(key, output) => self
                .outputs
                .get(key)
                .and_then(|outputs| outputs.get(output))
                .cloned()
                .ok_or_else(|| format!("stack `{key}` has no output `{output}`")),
            Part::Param(key, default) => self
                .given
                .values
                .get(key)
                .or(default.as_ref())
                .cloned()
                .ok_or_else(|| {
                    format!("parameter `{key}` is missing: give it with --parameter {key}=VALUE")
                }),
            Part::Zone(number) => self.zones.get(number - 1).cloned().ok_or_else(|| {
                format!(
                    "the region has {} usable availability zones, and zone {number} is asked for",
                    self.zones.len()
                )
            }),
        }
    }

    /// Whether a piece will have a value, as far as that is known before any call.
    fn check(&self, part: &Part) -> Result<(), String> {
        match part {
            Part::Zone(_) => Ok(()),
            Part::StackOutput(key, output) => match self.manifest.find(key) {
                Some(entry) if entry.may_have_output(output) => Ok(()),
                Some(entry) => Err(format!("{} has no output `{output}`", entry.template_name)),
                None => Err(format!("there is no stack `{key}` in the manifest")),
            },
            Part::Text(_) | Part::Environment | Part::StackName(_) | Part::Param(..) => {
                self.text(part).map(drop)
            }
        }
    }

    /// Values given as `STACK.KEY=VALUE`.
    fn given_to(&self, entry: &Entry) -> Vec<(String, String)> {
        let prefix = format!("{}.", entry.key);
        let given = self.given.values.iter();
        given
            .filter_map(|(key, value)| Some((key.strip_prefix(&prefix)?.to_owned(), value.clone())))
            .collect()
    }
}

/// Checks, before any call, that every given value is used and every needed one is given or will be computed.
///
/// # Errors
/// A sentence with the cure.
pub fn check(manifest: &Manifest, given: &Given, environment: &str) -> Result<(), String> {
    let possible = possible(manifest);
    // First what was given and means nothing: it is often what is missing afterwards, misspelt.
    if let Some(key) = given.values.keys().find(|key| !possible.contains(key)) {
        return Err(meaningless(manifest, &possible, key));
    }
    for entry in &manifest.stacks {
        for parameter in &entry.declared {
            let direct = format!("{}.{}", entry.key, parameter.name);
            if let Some(value) = given.values.get(&direct) {
                parameter
                    .check(value)
                    .map_err(|problem| format!("--parameter {direct}: {problem}"))?;
            } else if let Some(raw) = entry.parameters.get(&parameter.name) {
                let sources = Sources {
                    environment,
                    manifest,
                    given,
                    outputs: &BTreeMap::new(),
                    zones: &[],
                    existing: None,
                };
                check_value(&sources, entry, parameter, raw)?;
            } else if parameter.default.is_none() {
                return Err(format!(
                    "{}: parameter `{}` of stack `{}` has no value: give it with --parameter {direct}=VALUE",
                    entry.template_name, parameter.name, entry.key
                ));
            }
        }
    }
    Ok(())
}

/// The values of a stack's parameters that are known before any call; `kept` are those that a stack which stays has.
pub fn known_values(
    manifest: &Manifest,
    given: &Given,
    environment: &str,
    entry: &Entry,
    kept: Option<&BTreeMap<String, String>>,
) -> BTreeMap<String, String> {
    let existing = kept.map(|kept| kept.keys().cloned().collect());
    let sources = Sources {
        environment,
        manifest,
        given,
        outputs: &BTreeMap::new(),
        zones: &[],
        existing: existing.as_ref(),
    };
    let value = |parameter: &template::Parameter| {
        let direct = format!("{}.{}", entry.key, parameter.name);
        let kept = || kept?.get(&parameter.name).cloned();
        let by_manifest = |raw: &String| match sources.value(&parameter.name, raw) {
            Ok(ParameterValue::Value(value)) => Some(value),
            Ok(ParameterValue::Previous) => kept(),
            Err(_) => None,
        };
        let given = given.values.get(&direct).cloned();
        let raw = entry.parameters.get(&parameter.name);
        let value = match (given, raw) {
            (Some(given), _) => Some(given),
            (None, Some(raw)) => by_manifest(raw),
            (None, None) => kept().or_else(|| parameter.default.clone()),
        };
        value.map(|value| (parameter.name.clone(), value))
    };
    entry.declared.iter().filter_map(value).collect()
}

/// Why a given key means nothing.
fn meaningless(manifest: &Manifest, possible: &[String], key: &str) -> String {
    let set_by_manifest = key.split_once('.').and_then(|(stack, name)| {
        let entry = manifest.find(stack)?;
        entry.parameters.contains_key(name).then_some((stack, name))
    });
    if let Some((stack, name)) = set_by_manifest {
        return format!("--parameter {key}: the manifest sets `{name}` of stack `{stack}` itself");
    }
    let near = nearest(key, possible.iter().map(String::as_str));
    let hint = near
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default();
    format!("--parameter {key}: nothing uses it{hint}")
}

/// Checks one value of the manifest, as far as it is known before any call.
fn check_value(
    sources: &Sources<'_>,
    entry: &Entry,
    parameter: &template::Parameter,
    raw: &str,
) -> Result<(), String> {
    let at_fault = |problem: String| format!("stack `{}`: {problem}", entry.key);
    let pieces = parts(raw).map_err(at_fault)?;
    let late = |part: &Part| matches!(part, Part::Zone(_) | Part::StackOutput(..));
    if pieces.iter().any(late) {
        // What it will be is not known yet; that it will be something is.
        return pieces
            .iter()
            .try_for_each(|part| sources.check(part))
            .map_err(at_fault);
    }
    let value = sources.value(&parameter.name, raw).map_err(at_fault)?;
    match value {
        ParameterValue::Previous => Ok(()),
        ParameterValue::Value(value) => parameter.check(&value).map_err(|problem| {
            format!(
                "stack `{}`, parameter `{}`: {problem}",
                entry.key, parameter.name
            )
        }),
    }
}

/// Every key that `--parameter` could take with this manifest.
fn possible(manifest: &Manifest) -> Vec<String> {
    let mut keys = Vec::new();
    for entry in &manifest.stacks {
        for raw in entry.parameters.values() {
            for part in parts(raw).unwrap_or_default() {
                if let Part::Param(key, _) = part {
                    keys.push(key);
                }
            }
        }
        let open = entry
            .declared
            .iter()
            .filter(|parameter| !entry.parameters.contains_key(&parameter.name));
        keys.extend(open.map(|parameter| format!("{}.{}", entry.key, parameter.name)));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_into_pieces() {
        assert_eq!(
            parts("a-${environment}-$${x}-${param.k:-d}").unwrap(),
            [
                Part::Text("a-".into()),
                Part::Environment,
                Part::Text("-${x}-".into()),
                Part::Param("k".into(), Some("d".into()))
            ]
        );
        assert_eq!(parts("").unwrap(), [Part::Text(String::new())]);
        assert!(
            parts("${stak.network.name}")
                .unwrap_err()
                .contains("stak.network.name")
        );
        assert!(parts("${environment").is_err());
    }
}
