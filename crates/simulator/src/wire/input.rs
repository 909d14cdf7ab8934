//! An operation's input as a tree, read into a typed struct. An unknown member is an error that names it.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde_json::Value;

use crate::error::ServiceError;

/// The input of one call.
#[derive(Clone, Debug)]
pub struct Input {
    pub value: Value,
    /// Scalars came as text (query and ec2 protocols) and are read as what the operation asks for.
    pub textual: bool,
}

impl Input {
    /// Reads the whole input into `T`, which should deny unknown fields.
    ///
    /// # Errors
    /// `ValidationError` (textual protocols) or `ValidationException` (JSON) that names the member.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ServiceError> {
        if self.textual {
            lenient(self.value.clone())
                .map_err(|problem| ServiceError::new("ValidationError", problem))
        } else {
            serde_json::from_value(self.value.clone())
                .map_err(|problem| ServiceError::new("ValidationException", problem.to_string()))
        }
    }

    /// The text of every member whose name ends in `Id`, `Name` or `Arn` (or their plurals), for the log and for faults.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect(&self.value, false, &mut names);
        names
    }
}

fn collect(value: &Value, named: bool, names: &mut Vec<String>) {
    match value {
        Value::String(text) if named && !text.is_empty() => {
            if !names.contains(text) {
                names.push(text.clone());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, named, names)),
        Value::Object(members) => {
            for (name, member) in members {
                let stem = name.strip_suffix('s').unwrap_or(name);
                let named = ["Id", "Name", "Arn", "ARN"]
                    .iter()
                    .any(|ending| stem.ends_with(ending));
                collect(member, named, names);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Reads a tree whose scalars may be text into `T`: `"true"` is a boolean and `"443"` a number where `T` asks for one,
/// and `443` is text where `T` asks for text. So do the query protocols and CloudFormation's properties.
///
/// # Errors
/// A sentence that names what does not fit.
pub fn lenient<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    T::deserialize(Lenient(value)).map_err(|problem| problem.to_string())
}

struct Lenient(Value);

type Problem = serde::de::value::Error;

impl IntoDeserializer<'_, Problem> for Lenient {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

fn text(value: &Value) -> Result<String, Problem> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(Problem::custom(format!("expected a scalar, found {value}")))
        }
    }
}

macro_rules! scalars {
    ($($method:ident $visit:ident $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            let text = text(&self.0)?;
            let parsed = text.parse::<$type>().map_err(|_problem| {
                Problem::custom(format!("expected {}, found '{text}'", stringify!($type)))
            })?;
            visitor.$visit(parsed)
        }
    )*};
}

impl<'de> Deserializer<'de> for Lenient {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Number(number) => {
                if let Some(whole) = number.as_i64() {
                    visitor.visit_i64(whole)
                } else {
                    visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN))
                }
            }
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => {
                visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(Lenient)))
            }
            Value::Object(members) => visitor.visit_map(MapDeserializer::new(
                members
                    .into_iter()
                    .map(|(name, value)| (name, Lenient(value))),
            )),
        }
    }

    scalars! {
        deserialize_bool visit_bool bool;
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_f32 visit_f32 f32;
        deserialize_f64 visit_f64 f64;
        deserialize_char visit_char char;
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_string(text(&self.0)?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_string(text(&self.0)?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Value::Array(items) => {
                visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(Lenient)))
            }
            // An empty list is sent as an empty text by the query protocol.
            Value::String(text) if text.is_empty() => {
                visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<Lenient>()))
            }
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_)) => Err(Problem::custom(format!("expected a list, found {other}"))),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_enum(text(&self.0)?.into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        i128 u128 bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Rule {
        port: u16,
        open: Option<bool>,
        #[serde(default)]
        peers: Vec<String>,
    }

    #[test]
    fn text_is_read_as_what_is_asked_for() {
        let rule: Rule =
            lenient(json!({"port": "443", "open": "true", "peers": [1, "b"]})).unwrap();
        assert_eq!(
            rule,
            Rule {
                port: 443,
                open: Some(true),
                peers: vec!["1".to_owned(), "b".to_owned()]
            }
        );
        assert_eq!(
            lenient::<Rule>(json!({"port": 1, "peers": ""}))
                .unwrap()
                .peers,
            Vec::<String>::new()
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert!(
            lenient::<Rule>(json!({"port": "x"}))
                .unwrap_err()
                .contains("'x'")
        );
        assert!(
            lenient::<Rule>(json!({"port": 1, "Color": 2}))
                .unwrap_err()
                .contains("Color")
        );
    }

    #[test]
    fn names_are_collected() {
        let input = Input {
            value: json!({"DomainId": "d-1", "GroupIds": ["a", "b"], "Other": "c"}),
            textual: false,
        };
        assert_eq!(input.names(), ["d-1", "a", "b"]);
    }
}
