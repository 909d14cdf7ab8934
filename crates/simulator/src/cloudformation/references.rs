//! What a value refers to.

use serde_json::Value;

/// Tells `found` every name that a value refers to by Ref, GetAtt or Sub, and the attribute that is asked for. `holds`
/// knows conditions: where it does, only the branch of a Fn::If that counts is looked at.
pub(super) fn each(
    value: &Value,
    holds: &dyn Fn(&str) -> Option<bool>,
    found: &mut dyn FnMut(&str, Option<&str>),
) {
    match value {
        Value::Object(members) => {
            for (function, argument) in members {
                of_member(function, argument, holds, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| each(item, holds, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn of_member(
    function: &str,
    argument: &Value,
    holds: &dyn Fn(&str) -> Option<bool>,
    found: &mut dyn FnMut(&str, Option<&str>),
) {
    match (function, argument) {
        ("Ref", Value::String(name)) => found(name, None),
        ("Fn::GetAtt", Value::Array(path)) => {
            if let Some(name) = path.first().and_then(Value::as_str) {
                found(name, path.get(1).and_then(Value::as_str));
            }
        }
        ("Fn::GetAtt", Value::String(path)) => of_path(path, found),
        ("Fn::Sub", Value::String(text)) => {
            substituted(text).for_each(|path| of_path(path, found));
        }
        ("Fn::Sub", Value::Array(parts)) => {
            let own = parts.get(1).and_then(Value::as_object);
            let text = parts.first().and_then(Value::as_str).unwrap_or_default();
            substituted(text)
                .filter(|path| own.is_none_or(|own| !own.contains_key(*path)))
                .for_each(|path| of_path(path, found));
            parts.iter().skip(1).for_each(|it| each(it, holds, found));
        }
        ("Fn::If", Value::Array(parts)) => {
            let name = parts.first().and_then(Value::as_str).unwrap_or_default();
            let counts = |at: usize| match holds(name) {
                None => true,
                Some(holds) => at == if holds { 1 } else { 2 },
            };
            let branches = parts.iter().enumerate().skip(1);
            branches
                .filter(|(at, _)| counts(*at))
                .for_each(|(_, branch)| each(branch, holds, found));
        }
        _ => each(argument, holds, found),
    }
}

/// `NAME` or `NAME.ATTRIBUTE`.
fn of_path(path: &str, found: &mut dyn FnMut(&str, Option<&str>)) {
    match path.split_once('.') {
        Some((name, attribute)) => found(name, Some(attribute)),
        None => found(path, None),
    }
}

/// The paths in `${…}` of a Sub text; `${!…}` is literal.
fn substituted(text: &str) -> impl Iterator<Item = &str> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(path, _)| path.trim())
        .filter(|path| !path.starts_with('!'))
}

/// Whether one of these functions is called anywhere in a value.
pub(super) fn calls(value: &Value, functions: &[&str]) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, argument)| {
            functions.contains(&name.as_str()) || calls(argument, functions)
        }),
        Value::Array(items) => items.iter().any(|item| calls(item, functions)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Tells `found` every condition that a Fn::If of the value asks.
pub(super) fn conditions(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(members) => {
            for (function, argument) in members {
                let asked = argument.get(0).and_then(Value::as_str);
                if let Some(name) = asked.filter(|_| function == "Fn::If") {
                    found(name);
                }
                conditions(argument, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| conditions(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
