//! The tables of `docs/scenarios.md`: switches with what `switches.rs` says of them, and quotas. And every switch is tried in
//! its other position.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::{between, files, folder, held, read};
use crate::quotas::{families, singles};
use crate::switches::Switches;

const DOCUMENT: &str = "../../docs/scenarios.md";

/// What the source says of each switch, in its order.
fn switches() -> Vec<(String, String)> {
    let source = read(&folder().join("src/switches.rs"));
    let (_, members) = source.split_once("pub struct Switches {\n").unwrap();
    let (members, _) = members.split_once("\n}\n").unwrap();
    let (mut found, mut said) = (Vec::new(), Vec::new());
    for line in members.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("/// ") {
            said.push(text);
        } else if let Some(member) = line.strip_prefix("pub ") {
            let (name, _) = member.split_once(':').unwrap();
            found.push((name.to_owned(), said.join(" ")));
            said.clear();
        }
    }
    found
}

fn table_of_switches() -> String {
    let defaults = serde_json::to_value(Switches::default()).unwrap();
    let mut text = "| switch | default | what it says |\n|---|---|---|\n".to_owned();
    for (name, said) in switches() {
        let key = name.replace('_', "-");
        let default = &defaults[&key];
        assert_ne!(*default, Value::Null, "{key} is no switch");
        writeln!(text, "| `{key}` | `{default}` | {said} |").unwrap();
    }
    text
}

fn table_of_quotas() -> String {
    let mut text = "| in short | name | default |\n|---|---|---|\n".to_owned();
    for quota in singles::SINGLES {
        let (short, name, default) = (quota.short, quota.name, quota.default);
        writeln!(text, "| `{short}` | {name} | {default} |").unwrap();
    }
    for family in families::FAMILIES {
        let name = family.name("TYPE");
        let (default, accelerated) = (family.default, family.accelerated);
        writeln!(
            text,
            "| | {name} | {default}; with an accelerator {accelerated} |"
        )
        .unwrap();
    }
    text
}

#[test]
fn the_scenarios_page_lists_every_switch_and_quota() {
    let text = read(&folder().join(DOCUMENT));
    let text = between(&text, "switches", &table_of_switches());
    held(DOCUMENT, &between(&text, "quotas", &table_of_quotas()));
}

/// The part of a source file that is tests.
fn tests(path: &Path) -> String {
    let text = read(path);
    let inside = path.strip_prefix(folder().join("src")).unwrap();
    let inside = inside.display().to_string();
    if inside.contains("tests") || inside.contains("histories") || inside.contains("lives") {
        return text;
    }
    let own = text.split_once("\nmod tests {");
    own.map(|(_, own)| own.to_owned()).unwrap_or_default()
}

/// Whether a text of tests sets a switch to anything but its default: to its other position, or to one that a test chooses
/// as it runs, such as each of a loop's. What a comment says sets nothing.
fn turns(text: &str, name: &str, default: &str) -> bool {
    let key = name.replace('_', "-");
    let set = |form: &str| {
        text.match_indices(form).any(|(at, _)| {
            let (before, rest) = (&text[..at], text[at + form.len()..].trim_start());
            let before = before.rsplit('\n').next().unwrap_or_default();
            // A member by itself has the value of a variable.
            let by_itself = before.trim().is_empty() && rest.starts_with(',');
            let value = rest.strip_prefix(':').or(rest.strip_prefix('='));
            let is_other = value.map(str::trim_start).is_some_and(|value| {
                let is_value = !value.starts_with(['=', '>', ':']) && !value.starts_with("bool");
                is_value && !value.starts_with(default)
            });
            !before.contains("//") && (by_itself || is_other)
        })
    };
    set(name) || set(&key)
}

#[test]
fn every_switch_is_tried_in_its_other_position() {
    let Value::Object(defaults) = serde_json::to_value(Switches::default()).unwrap() else {
        panic!("switches are a table");
    };
    let sources = files(&folder().join("src"), "rs");
    let tests: Vec<String> = sources.iter().map(|path| tests(path)).collect();
    let is_tried = |key: &str, default: &Value| {
        let (name, default) = (key.replace('-', "_"), default.to_string());
        tests.iter().any(|text| turns(text, &name, &default))
    };
    let untried: Vec<&String> = defaults
        .iter()
        .filter(|(key, default)| !is_tried(key, default))
        .map(|(key, _)| key)
        .collect();
    assert!(
        untried.is_empty(),
        "no test turns {untried:?} from the default"
    );
}

#[test]
fn a_mention_a_comment_and_the_default_turn_no_switch() {
    let turned = |text: &str| turns(text, "lists_lag", "false");
    for text in [
        "lists_lag: true,",
        "world.switches.lists_lag = lags;",
        "Switches {\n    lists_lag,\n    ..Switches::default()\n}",
        "of(\"[switches]\\nlists-lag = true\\n\")",
        "\"lists-lag = {lags}\"",
    ] {
        assert!(turned(text), "{text}");
    }
    for text in [
        "// lists_lag: true",
        "lists_lag: false,",
        "\"lists-lag = false\"",
        "fn with(lists_lag: bool)",
        "if lists_lag {",
        "assert!(world.switches.lists_lag == lags)",
        "assert_eq!(lags, lists_lag)",
    ] {
        assert!(!turned(text), "{text}");
    }
}
