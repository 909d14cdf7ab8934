//! Where the values of a stack's parameters come from, in words.

use std::collections::BTreeMap;

use crate::aws::cloudformation::ParameterValue;

use super::manifest::{Entry, Manifest};
use super::parameters::{Part, Sources, parts};

/// A parameter of a stack with its value and where that comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub parameter: String,
    /// Nothing where it is not known before the run.
    pub value: Option<String>,
    pub from: String,
}

/// Every parameter of a stack; `kept` are the values that the stack has now.
pub fn origins(
    sources: &Sources<'_>,
    entry: &Entry,
    kept: Option<&BTreeMap<String, String>>,
) -> Vec<Told> {
    let told = |parameter: &template::Parameter| {
        let name = &parameter.name;
        let direct = format!("{}.{name}", entry.key);
        let given = sources.given.values.get(&direct);
        let raw = entry.parameters.get(name);
        let (value, from) = match (given, raw) {
            (Some(value), _) => (Some(value.clone()), format!("parameter {direct}")),
            (None, Some(raw)) => of_manifest(sources, name, raw, kept),
            (None, None) => match kept.and_then(|kept| kept.get(name)) {
                Some(value) => (Some(value.clone()), "kept from the first run".to_owned()),
                None => (
                    parameter.default.clone(),
                    "the template's default".to_owned(),
                ),
            },
        };
        Told {
            parameter: name.clone(),
            value: if parameter.no_echo { None } else { value },
            from,
        }
    };
    entry.declared.iter().map(told).collect()
}

/// Whether the value given for a key (`STACK.NAME`, or a `${param.KEY}` of the manifest) is one that a template hides: it
/// is shown nowhere.
pub fn is_hidden(manifest: &Manifest, key: &str) -> bool {
    let takes_it = |entry: &Entry, name: &str| {
        let raw = entry.parameters.get(name);
        let parts = raw.and_then(|raw| parts(raw).ok()).unwrap_or_default();
        let of_key = |part: &Part| matches!(part, Part::Param(named, _) if named == key);
        key == format!("{}.{name}", entry.key) || parts.iter().any(of_key)
    };
    manifest.stacks.iter().any(|entry| {
        let mut hidden = entry.declared.iter().filter(|it| it.no_echo);
        hidden.any(|it| takes_it(entry, &it.name))
    })
}

fn of_manifest(
    sources: &Sources<'_>,
    name: &str,
    raw: &str,
    kept: Option<&BTreeMap<String, String>>,
) -> (Option<String>, String) {
    match sources.value(name, raw) {
        Ok(ParameterValue::Previous) => {
            let value = kept.and_then(|kept| kept.get(name)).cloned();
            (value, "kept from the first run".to_owned())
        }
        Ok(ParameterValue::Value(value)) => (Some(value), words(sources, raw)),
        Err(_not_yet) => (None, words(sources, raw)),
    }
}

/// The part of a value that says most about where it comes from.
fn words(sources: &Sources<'_>, raw: &str) -> String {
    let parts = parts(raw).unwrap_or_default();
    let from = parts.iter().find_map(|part| match part {
        Part::Param(key, _) if sources.given.values.contains_key(key) => {
            Some(format!("parameter {key}"))
        }
        Part::Param(..) => Some("the manifest's default".to_owned()),
        Part::Zone(_) => Some("computed: a zone in which everything is offered".to_owned()),
        Part::StackOutput(key, output) => Some(format!("output {output} of stack {key}")),
        Part::Text(_) | Part::Environment | Part::StackName(_) => None,
    });
    from.unwrap_or_else(|| "the manifest".to_owned())
}
