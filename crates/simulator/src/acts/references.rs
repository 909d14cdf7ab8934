//! `${NAME.PATH}` in the input of an act: what an earlier answer says.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A piece of a text.
enum Piece<'a> {
    Literal(&'a str),
    /// A name and the path in its answer.
    Reference(&'a str, &'a str),
}

/// The pieces of a text. `$${` is a literal `${`.
fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            pieces.push(Piece::Literal(&rest[..at - 1]));
            pieces.push(Piece::Literal("${"));
            rest = &rest[at + 2..];
            continue;
        }
        pieces.push(Piece::Literal(&rest[..at]));
        let inner = &rest[at + 2..];
        let Some(end) = inner.find('}') else {
            return Err("a reference has no end; a literal ${ is written $${".to_owned());
        };
        let (name, path) = inner[..end].split_once('.').unwrap_or((&inner[..end], ""));
        pieces.push(Piece::Reference(name, path));
        rest = &inner[end + 1..];
    }
    pieces.push(Piece::Literal(rest));
    pieces.retain(|piece| !matches!(piece, Piece::Literal("")));
    Ok(pieces)
}

/// The names that are referred to anywhere in an input.
///
/// # Errors
/// A reference without an end.
pub(super) fn names(value: &Value) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    match value {
        Value::String(text) => {
            for piece in pieces(text)? {
                if let Piece::Reference(name, _) = piece {
                    names.push(name.to_owned());
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                names.extend(self::names(item)?);
            }
        }
        Value::Object(members) => {
            for member in members.values() {
                names.extend(self::names(member)?);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(names)
}

/// The input with what the answers say. A text that is nothing but a reference becomes what is referred to.
///
/// # Errors
/// A sentence that names the reference and what there is instead.
pub(super) fn resolve(value: &Value, answers: &BTreeMap<String, Value>) -> Result<Value, String> {
    match value {
        Value::String(text) => resolve_text(text, answers),
        Value::Array(items) => items.iter().map(|item| resolve(item, answers)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| Ok((name.clone(), resolve(member, answers)?)))
            .collect::<Result<Map<_, _>, String>>()
            .map(Value::Object),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.clone()),
    }
}

fn resolve_text(text: &str, answers: &BTreeMap<String, Value>) -> Result<Value, String> {
    let pieces = pieces(text)?;
    if let [Piece::Reference(name, path)] = pieces.as_slice() {
        return look_up(name, path, answers).cloned();
    }
    let mut resolved = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => resolved.push_str(literal),
            Piece::Reference(name, path) => match look_up(name, path, answers)? {
                Value::String(text) => resolved.push_str(text),
                other @ (Value::Bool(_) | Value::Number(_)) => {
                    resolved.push_str(&other.to_string());
                }
                Value::Null | Value::Array(_) | Value::Object(_) => {
                    return Err(format!("${{{name}.{path}}} is no text"));
                }
            },
        }
    }
    Ok(Value::String(resolved))
}

fn look_up<'a>(
    name: &str,
    path: &str,
    answers: &'a BTreeMap<String, Value>,
) -> Result<&'a Value, String> {
    let Some(mut found) = answers.get(name) else {
        return Err(format!("there is no answer named {name}"));
    };
    for segment in path.split('.').filter(|segment| !segment.is_empty()) {
        let next = match found {
            Value::Object(members) => members.get(segment),
            Value::Array(items) => segment.parse::<usize>().ok().and_then(|at| items.get(at)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        };
        let Some(next) = next else {
            return Err(format!(
                "${{{name}.{path}}}: the answer has no {segment} there, but {}",
                contents(found)
            ));
        };
        found = next;
    }
    Ok(found)
}

fn contents(value: &Value) -> String {
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.keys().cloned().collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => format!("{} items", items.len()),
        Value::Object(_) => "nothing".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answers() -> BTreeMap<String, Value> {
        let vpc = json!({"vpc": {"vpcId": "vpc-1", "sets": [{"id": 1}]}, "ids": ["a", "b"]});
        BTreeMap::from([("net".to_owned(), vpc)])
    }

    #[test]
    fn what_an_answer_says_takes_the_place_of_its_name() {
        let input = json!({"VpcId": "${net.vpc.vpcId}", "Ids": "${net.ids}", "Text": "x-${net.vpc.sets.0.id}-$${Ref}"});
        let resolved = resolve(&input, &answers()).unwrap();
        let wanted = json!({"VpcId": "vpc-1", "Ids": ["a", "b"], "Text": "x-1-${Ref}"});
        assert_eq!(resolved, wanted);
        assert_eq!(names(&input).unwrap(), ["net", "net", "net"]);
    }

    #[test]
    fn what_is_not_there_is_named_with_what_is() {
        for (text, told) in [
            ("${net.vpc.VpcId}", "no VpcId there, but vpcId, sets"),
            ("${net.ids.7}", "no 7 there, but 2 items"),
            ("${other.x}", "no answer named other"),
            ("a ${net.vpc} b", "is no text"),
            ("${net.vpc", "has no end"),
        ] {
            let problem = resolve(&json!(text), &answers()).unwrap_err();
            assert!(problem.contains(told), "{problem}");
        }
    }
}
