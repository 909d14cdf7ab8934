//! As much of JSON Schema as `docs/events.schema.json` uses. A keyword that is not known here fails the test.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// The schema of a line, and what a value lacks of it.
pub(crate) struct Schema {
    whole: Value,
    patterns: BTreeMap<String, Regex>,
}

static OF_LINES: LazyLock<Schema> = LazyLock::new(|| {
    let text = include_str!("../../../docs/events.schema.json");
    let whole: Value = serde_json::from_str(text).unwrap();
    let mut patterns = BTreeMap::new();
    collect(&whole, &mut patterns);
    Schema { whole, patterns }
});

/// Every pattern of a schema, made once: each line of each run is held to them.
fn collect(schema: &Value, patterns: &mut BTreeMap<String, Regex>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(pattern)) = members.get("pattern") {
                patterns.insert(pattern.clone(), Regex::new(pattern).unwrap());
            }
            members.values().for_each(|it| collect(it, patterns));
        }
        Value::Array(items) => items.iter().for_each(|it| collect(it, patterns)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl Schema {
    pub(crate) fn of_lines() -> &'static Self {
        &OF_LINES
    }

    /// Checks one line.
    pub(crate) fn check(&self, line: &Value) -> Result<(), String> {
        self.against(&self.whole, line, "")
    }

    fn against(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (keyword, wanted) in schema.as_object().unwrap() {
            let held = match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" => Ok(()),
                "$ref" => {
                    let name = wanted.as_str().unwrap().trim_start_matches("#/$defs/");
                    self.against(&self.whole["$defs"][name], value, at)
                }
                "type" => is_of(wanted, value),
                "const" => same(wanted == value, wanted),
                "enum" => same(wanted.as_array().unwrap().contains(value), wanted),
                "minimum" => same(value.as_f64() >= wanted.as_f64(), wanted),
                "pattern" => {
                    let pattern = &self.patterns[wanted.as_str().unwrap()];
                    same(pattern.is_match(value.as_str().unwrap_or_default()), wanted)
                }
                "required" => wanted.as_array().unwrap().iter().try_for_each(|name| {
                    let there = value.get(name.as_str().unwrap()).is_some();
                    same(there, name)
                }),
                "properties" => {
                    wanted
                        .as_object()
                        .unwrap()
                        .iter()
                        .try_for_each(|(name, schema)| {
                            value.get(name).map_or(Ok(()), |member| {
                                self.against(schema, member, &format!("{at}/{name}"))
                            })
                        })
                }
                "additionalProperties" => {
                    let known = schema["properties"].as_object();
                    let members = value.as_object().into_iter().flatten();
                    let mut others = members
                        .filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)));
                    if *wanted == Value::Bool(false) {
                        same(others.next().is_none(), wanted)
                    } else {
                        others.try_for_each(|(name, member)| {
                            self.against(wanted, member, &format!("{at}/{name}"))
                        })
                    }
                }
                "items" => value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .try_for_each(|item| self.against(wanted, item, &format!("{at}/[]"))),
                "oneOf" => {
                    let verdicts: Vec<_> = wanted
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|schema| self.against(schema, value, at))
                        .collect();
                    let holding = verdicts.iter().filter(|verdict| verdict.is_ok()).count();
                    same(holding == 1, &Value::from(format!("one of {verdicts:?}")))
                }
                other => panic!("keyword {other} of the schema is not known to the test"),
            };
            held.map_err(|problem| format!("{at} {keyword}: {problem}"))?;
        }
        Ok(())
    }
}

fn is_of(wanted: &Value, value: &Value) -> Result<(), String> {
    let is = |name: &str| match name {
        "string" => value.is_string(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        other => panic!("type {other}"),
    };
    let any = match wanted.as_array() {
        Some(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        None => is(wanted.as_str().unwrap()),
    };
    same(any, wanted)
}

fn same(holds: bool, wanted: &Value) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(wanted.to_string())
    }
}

#[test]
fn what_is_none_of_the_lines_is_found_out() {
    let schema = Schema::of_lines();
    let line = |body: &str| -> Value {
        serde_json::from_str(&format!(
            "{{\"schema\":1,\"time\":\"2026-01-05T10:00:00Z\",\"environment\":null,\"account\":null,\"region\":\"x\",{body}}}"
        ))
        .unwrap()
    };
    for right in [
        "\"event\":\"warning\",\"message\":\"x\"",
        "\"event\":\"step-finished\",\"id\":\"delete:A::B::C:d\",\"outcome\":\"skipped\",\"elapsed_seconds\":1",
        "\"event\":\"step-finished\",\"id\":\"delete:A::B::C:d\",\"outcome\":\"failed\",\"elapsed_seconds\":1,\"error\":{\"service\":\"ec2\",\"code\":\"X\",\"message\":\"x\"}",
    ] {
        assert_eq!(schema.check(&line(right)), Ok(()), "{right}");
    }
    for wrong in [
        "\"event\":\"warning\"",
        "\"event\":\"nonsense\",\"message\":\"x\"",
        "\"event\":\"step-started\",\"id\":\"no id\"",
        // Whatever failed or was blocked says why.
        "\"event\":\"step-finished\",\"id\":\"delete:A::B::C:d\",\"outcome\":\"blocked\",\"elapsed_seconds\":1",
        "\"event\":\"step-finished\",\"id\":\"delete:A::B::C:d\",\"outcome\":\"failed\",\"elapsed_seconds\":1",
        "\"event\":\"finished\",\"outcome\":\"succeeded\",\"exit_code\":7,\"elapsed_seconds\":1,\"remaining\":[],\"blockers\":[],\"kept\":[],\"data\":[]",
    ] {
        assert!(schema.check(&line(wrong)).is_err(), "{wrong}");
    }
}
