//! The shape of nested settings: what is stored as it was given is checked against it first.

use serde_json::{Map, Value};

use super::forms::Form;
use super::refusals::not_in_set;

/// What a value must look like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Text,
    /// A text of this length and pattern.
    Written(Form),
    Flag,
    /// A whole number within bounds.
    Whole(i64, i64),
    Number,
    OneOf(&'static [&'static str]),
    /// At most so many items.
    List(&'static Shape, usize),
    /// At least and at most so many items.
    Between(&'static Shape, usize, usize),
    /// Texts by any name.
    Texts,
    Members(&'static [Member]),
}

/// A member of a structure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    name: &'static str,
    shape: Shape,
    required: bool,
}

/// A member that may be left out.
pub(crate) const fn may(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        shape,
        required: false,
    }
}

/// A member that must be there.
pub(crate) const fn must(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        shape,
        required: true,
    }
}

/// Whose value it is: CloudFormation turns scalars into what is asked for, the API does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Strict,
    Coercing,
}

impl Shape {
    /// The value as it is stored.
    ///
    /// # Errors
    /// A sentence that names the member that does not fit.
    pub(crate) fn read(self, path: &str, value: &Value, reading: Reading) -> Result<Value, String> {
        let value = if reading == Reading::Coercing {
            self.coerce(value)
        } else {
            value.clone()
        };
        match (self, &value) {
            (Shape::Text, Value::String(_))
            | (Shape::Flag, Value::Bool(_))
            | (Shape::Number, Value::Number(_)) => Ok(value),
            (Shape::Written(form), Value::String(text)) => {
                form.check(path, text)?;
                Ok(value)
            }
            (Shape::Whole(least, most), Value::Number(number)) => {
                let fits = number
                    .as_i64()
                    .is_some_and(|number| (least..=most).contains(&number));
                if fits {
                    Ok(value)
                } else {
                    Err(outside(path, &value, least, most))
                }
            }
            (Shape::OneOf(known), Value::String(text)) => {
                if known.contains(&text.as_str()) {
                    Ok(value)
                } else {
                    Err(not_in_set(path, text, known))
                }
            }
            (Shape::List(shape, most), Value::Array(items)) => {
                list(*shape, (0, most), path, items, reading)
            }
            (Shape::Between(shape, least, most), Value::Array(items)) => {
                list(*shape, (least, most), path, items, reading)
            }
            (Shape::Texts, Value::Object(members)) => {
                let items = members.iter();
                let read = items
                    .map(|(name, item)| Ok((name.clone(), Shape::Text.read(path, item, reading)?)));
                Ok(Value::Object(read.collect::<Result<_, String>>()?))
            }
            (Shape::Members(known), Value::Object(members)) => {
                structure(known, path, members, reading)
            }
            _ => Err(format!(
                "The value {value} at '{path}' is not of the expected type"
            )),
        }
    }

    fn coerce(self, value: &Value) -> Value {
        let coerced = match (self, value) {
            (
                Shape::Text | Shape::Written(_) | Shape::OneOf(_),
                Value::Bool(_) | Value::Number(_),
            ) => Some(Value::String(value.to_string())),
            (Shape::Flag, Value::String(text)) => text.parse().ok().map(Value::Bool),
            (Shape::Whole(..), Value::String(text)) => text.parse::<i64>().ok().map(Value::from),
            (Shape::Number, Value::String(text)) => text.parse::<f64>().ok().map(Value::from),
            _ => None,
        };
        coerced.unwrap_or_else(|| value.clone())
    }
}

/// The path of a member. AWS writes the members of the input itself with a small letter.
fn below(path: &str, name: &str) -> String {
    if !path.is_empty() {
        return format!("{path}.{name}");
    }
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

fn outside(path: &str, value: &Value, least: i64, most: i64) -> String {
    format!(
        "1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: Member must be between \
         {least} and {most}"
    )
}

fn list(
    shape: Shape,
    (least, most): (usize, usize),
    path: &str,
    items: &[Value],
    reading: Reading,
) -> Result<Value, String> {
    let bound = if items.len() > most {
        Some(format!("less than or equal to {most}"))
    } else if items.len() < least {
        Some(format!("greater than or equal to {least}"))
    } else {
        None
    };
    if let Some(bound) = bound {
        return Err(format!(
            "1 validation error detected: Value at '{path}' failed to satisfy constraint: Member must have length {bound}"
        ));
    }
    items
        .iter()
        .map(|item| shape.read(path, item, reading))
        .collect()
}

fn structure(
    known: &[Member],
    path: &str,
    members: &Map<String, Value>,
    reading: Reading,
) -> Result<Value, String> {
    if let Some(name) = members
        .keys()
        .find(|name| known.iter().all(|member| member.name != *name))
    {
        return Err(if path.is_empty() {
            format!("The input has no member '{name}'")
        } else {
            format!("'{path}' has no member '{name}'")
        });
    }
    let mut read = Map::new();
    for Member {
        name,
        shape,
        required,
    } in known
    {
        let path = below(path, name);
        match members.get(*name).filter(|value| !value.is_null()) {
            Some(value) => {
                read.insert((*name).to_owned(), shape.read(&path, value, reading)?);
            }
            None if *required => {
                return Err(format!(
                    "1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not \
                     be null"
                ));
            }
            None => {}
        }
    }
    Ok(Value::Object(read))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sagemaker::forms;

    const SHAPE: Shape = Shape::Members(&[
        must("Size", Shape::Whole(5, 10)),
        may("Open", Shape::Flag),
        may("Mode", Shape::OneOf(&["A", "B"])),
        may("Names", Shape::List(&Shape::Text, 1)),
        may("Pair", Shape::Between(&Shape::Text, 1, 2)),
        may("Label", Shape::Written(forms::NAME)),
    ]);

    #[test]
    fn what_fits_is_kept() {
        let value = json!({"Size": 5, "Open": true, "Mode": "A", "Names": ["x"]});
        assert_eq!(SHAPE.read("s", &value, Reading::Strict).unwrap(), value);
    }

    #[test]
    fn cloudformation_turns_scalars() {
        let value = json!({"Size": "5", "Open": "true"});
        assert_eq!(
            SHAPE.read("s", &value, Reading::Coercing).unwrap(),
            json!({"Size": 5, "Open": true})
        );
        assert!(SHAPE.read("s", &value, Reading::Strict).is_err());
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let problem = |value: Value| SHAPE.read("s", &value, Reading::Strict).unwrap_err();
        assert!(problem(json!({"Size": 11})).contains("s.Size"));
        assert!(problem(json!({})).contains("s.Size"));
        assert!(problem(json!({"Size": 5, "Color": 1})).contains("Color"));
        assert!(problem(json!({"Size": 5, "Mode": "C"})).contains("[A, B]"));
        assert!(problem(json!({"Size": 5, "Names": ["x", "y"]})).contains("s.Names"));
        assert!(problem(json!({"Size": 5, "Pair": []})).contains("greater than or equal to 1"));
        assert!(problem(json!({"Size": 5, "Label": "-"})).contains("s.Label"));
    }

    #[test]
    fn members_of_the_input_begin_with_a_small_letter() {
        let problem = |value: Value| SHAPE.read("", &value, Reading::Strict).unwrap_err();
        assert!(problem(json!({})).contains("Value null at 'size'"));
        assert_eq!(
            problem(json!({"Color": 1})),
            "The input has no member 'Color'"
        );
    }
}
