//! The tables of `docs/scenarios.md`: switches with what `switches.rs` says of them, and quotas. And every switch is tried.

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

#[test]
fn every_switch_is_tried() {
    let sources = files(&folder().join("src"), "rs");
    let tests: Vec<String> = sources.iter().map(|path| tests(path)).collect();
    let names = switches().into_iter().map(|(name, _)| name);
    let untried: Vec<String> = names
        .filter(|name| {
            let key = name.replace('_', "-");
            let mut tests = tests.iter();
            !tests.any(|text| text.contains(name.as_str()) || text.contains(&key))
        })
        .collect();
    assert!(untried.is_empty(), "no test turns {untried:?}");
}
