//! From text to tree.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use crate::node::{Key, Node, Position, Value};

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {message}")]
pub struct ParseError {
    pub position: Position,
    pub message: String,
}

impl ParseError {
    pub(crate) fn new(position: Position, message: impl Into<String>) -> Self {
        Self {
            position,
            message: message.into(),
        }
    }
}

impl From<ScanError> for ParseError {
    fn from(error: ScanError) -> Self {
        let marker = error.marker();
        let position = Position {
            line: marker.line(),
            column: marker.col() + 1,
        };
        Self::new(position, error.info())
    }
}

/// The functions with a short form: `!X` is `Fn::X`, but for `Ref` and `Condition`.
const SHORT_FORMS: [&str; 21] = [
    "And",
    "Base64",
    "Cidr",
    "Condition",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Ref",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

/// Reads a template, YAML or JSON. Duplicate keys, anchors, aliases and unknown tags are errors.
///
/// # Errors
/// The first mistake and its place.
pub fn parse(text: &str) -> Result<Node, ParseError> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        depth: 0,
    };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::StreamEnd | Event::DocumentEnd, span) => {
                return Err(ParseError::new(place(span), "the document is empty"));
            }
            (event, span) => {
                let node = reader.node(event, span)?;
                reader.end()?;
                return Ok(node);
            }
        }
    }
}

/// How deep a tree may be.
const DEPTH: usize = 100;

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    depth: usize,
}

fn place(span: Span) -> Position {
    Position {
        line: span.start.line(),
        column: span.start.col() + 1,
    }
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), ParseError> {
        match self.parser.next() {
            Some(event) => Ok(event?),
            None => Err(ParseError::new(
                Position::default(),
                "the document ends too early",
            )),
        }
    }

    /// Whatever follows the document: nothing may.
    fn end(&mut self) -> Result<(), ParseError> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentEnd | Event::Nothing, _) => {}
                (_, span) => {
                    return Err(ParseError::new(
                        place(span),
                        "there is more than one document",
                    ));
                }
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, ParseError> {
        let position = place(span);
        let (value, anchor, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (scalar(&text, style, tag.as_deref()), anchor, tag)
            }
            Event::SequenceStart(anchor, tag) => (self.deeper(position, Self::list)?, anchor, tag),
            Event::MappingStart(anchor, tag) => (self.deeper(position, Self::map)?, anchor, tag),
            Event::Alias(_) => return Err(ParseError::new(position, "aliases are not supported")),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => return Err(ParseError::new(position, "expected a value")),
        };
        if anchor != 0 {
            return Err(ParseError::new(position, "anchors are not supported"));
        }
        match tag {
            Some(tag) => long_form(&tag, Node { position, value }),
            None => Ok(Node { position, value }),
        }
    }

    /// Reads what lies one level further down, unless that is too deep.
    fn deeper(
        &mut self,
        position: Position,
        read: impl FnOnce(&mut Self) -> Result<Value, ParseError>,
    ) -> Result<Value, ParseError> {
        if self.depth == DEPTH {
            let message = format!("there are more than {DEPTH} levels");
            return Err(ParseError::new(position, message));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn list(&mut self) -> Result<Value, ParseError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn map(&mut self) -> Result<Value, ParseError> {
        let mut members: Vec<(Key, Node)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let position = place(span);
            let name = match event {
                Event::MappingEnd => return Ok(Value::Map(members)),
                Event::Scalar(text, _, 0, None) => text.into_owned(),
                Event::Scalar(..)
                | Event::Nothing
                | Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentStart(_)
                | Event::DocumentEnd
                | Event::Alias(_)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..) => {
                    return Err(ParseError::new(position, "a key must be plain text"));
                }
            };
            if members.iter().any(|(key, _)| key.name == name) {
                return Err(ParseError::new(
                    position,
                    format!("the key `{name}` is there twice"),
                ));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span)?;
            members.push((Key { name, position }, value));
        }
    }
}

/// A scalar as CloudFormation reads it: `true` and `false` are booleans, numbers are numbers unless they begin with
/// zeros (an account id stays text), everything quoted is text.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    if style != ScalarStyle::Plain || tag.is_some() {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<serde_json::Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let leading_zero = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if digits.is_empty() || !plain || leading_zero || !digits.as_bytes()[0].is_ascii_digit() {
        return None;
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    // A date such as 2010-09-09 or a version such as 1.2.3 is no number.
    text.parse::<f64>()
        .ok()
        .and_then(serde_json::Number::from_f64)
}

/// `!GetAtt a.b` → `{"Fn::GetAtt": ["a", "b"]}`.
fn long_form(tag: &Tag, node: Node) -> Result<Node, ParseError> {
    let position = node.position;
    if tag.is_yaml_core_schema() && tag.suffix == "str" {
        return Ok(node);
    }
    let name = tag.suffix.as_str();
    if tag.handle != "!" || !SHORT_FORMS.contains(&name) {
        return Err(ParseError::new(
            position,
            format!("unknown tag {}{name}", tag.handle),
        ));
    }
    let long = if matches!(name, "Ref" | "Condition") {
        name.to_owned()
    } else {
        format!("Fn::{name}")
    };
    let argument = match (name, &node.value) {
        ("GetAtt", Value::String(text)) => match text.split_once('.') {
            Some((resource, attribute)) => {
                let text = |text: &str| Node {
                    position,
                    value: Value::String(text.to_owned()),
                };
                Node {
                    position,
                    value: Value::List(vec![text(resource), text(attribute)]),
                }
            }
            None => {
                return Err(ParseError::new(
                    position,
                    format!("`!GetAtt {text}` names no attribute"),
                ));
            }
        },
        _ => node,
    };
    Ok(Node {
        position,
        value: Value::Map(vec![(
            Key {
                name: long,
                position,
            },
            argument,
        )]),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_forms_become_long_forms() {
        let text =
            "a: !Ref X\nb: !GetAtt R.Arn.Deep\nc: !Sub\n  - '${V}'\n  - V: !If [C, 1, two]\n";
        let expected = json!({
            "a": {"Ref": "X"},
            "b": {"Fn::GetAtt": ["R", "Arn.Deep"]},
            "c": {"Fn::Sub": ["${V}", {"V": {"Fn::If": ["C", 1, "two"]}}]},
        });
        assert_eq!(parse(text).unwrap().to_json(), expected);
    }

    #[test]
    fn scalars_are_read_as_cloudformation_reads_them() {
        let text = "account: 012345678901\nno: no\nflag: true\nport: 443\nversion: 2010-09-09\nquoted: '443'\nempty:\n";
        let expected = json!({
            "account": "012345678901", "no": "no", "flag": true, "port": 443, "version": "2010-09-09",
            "quoted": "443", "empty": null,
        });
        assert_eq!(parse(text).unwrap().to_json(), expected);
    }

    #[test]
    fn json_is_read_too() {
        let value =
            parse("{\"Resources\": {\"A\": {\"Type\": \"T\", \"N\": [1, 2.5, false]}}}").unwrap();
        assert_eq!(
            value.to_json(),
            json!({"Resources": {"A": {"Type": "T", "N": [1, 2.5, false]}}})
        );
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (text, message) in [
            (
                "a: 1\na: 2\n",
                "line 2, column 1: the key `a` is there twice",
            ),
            ("a: !Foo x\n", "line 1, column 4: unknown tag !Foo"),
            (
                "a: !GetAtt x\n",
                "line 1, column 4: `!GetAtt x` names no attribute",
            ),
            (
                "a: &x 1\nb: *x\n",
                "line 1, column 4: anchors are not supported",
            ),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), message, "{text}");
        }
        let deep = format!("a: {}{}", "[".repeat(150), "]".repeat(150));
        let problem = parse(&deep).unwrap_err().to_string();
        assert!(problem.contains("more than 100 levels"), "{problem}");
        assert!(parse(&format!("a: {}", "[".repeat(50_000))).is_err());
        assert_eq!(parse("a: [1\nb: 2\n").unwrap_err().position.line, 2);
        assert!(parse("").is_err());
    }
}
