//! The crate's documents and its tests tell the same: `FACTS.md` names a test for every fact, and `README.md` lists every
//! operation and resource type; `docs/scenarios.md` lists every switch and quota. `UPDATE_DOCUMENTS=1` writes what is generated in them.

mod scenarios;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::cloudformation::resource;
use crate::service::Service;

/// Sections of the notes on AWS's behaviour, and of the operators' notes (F), that the simulator answers for, each with the
/// number of facts that it was found to tell: so many rows it has at least. The notes are not part of the repository; whoever
/// finds one more there counts it here.
const SECTIONS: [(&str, usize); 24] = [
    ("0", 11),
    ("1.1", 11),
    ("1.2", 18),
    ("1.3", 15),
    ("1.4", 13),
    ("1.5", 11),
    ("1.6", 28),
    ("2.1", 23),
    ("2.2", 15),
    ("2.3", 10),
    ("2.4", 18),
    ("3.1", 8),
    ("3.2", 22),
    ("3.3", 19),
    ("3.4", 11),
    ("3.5", 18),
    ("3.6", 9),
    ("3.7", 14),
    ("3.8", 14),
    ("5", 12),
    ("7", 26),
    ("8", 27),
    ("12", 8),
    ("F", 51),
];
const LEFT_OUT: &str = "left out: ";

/// The crate's folder, in which cargo runs its tests. Where it was compiled may be another clone that shares the target.
fn folder() -> PathBuf {
    PathBuf::from(".")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

/// Every file of the ending under a folder, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|found| found == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The tests that show each fact: those under a line `/// Facts: ID, ID` (`# Facts:` in Python).
fn shown() -> BTreeMap<String, BTreeSet<String>> {
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let conformance = folder().join("../../tests/conformance");
    let mut sources = files(&folder().join("src"), "rs");
    if conformance.exists() {
        sources.extend(files(&conformance, "py"));
    }
    for path in sources {
        let place = path.strip_prefix(folder()).unwrap_or(&path);
        let place = place.display().to_string();
        let place = place.rsplit("../").next().unwrap_or_default();
        let source = read(&path);
        let marked = marked(&source).unwrap_or_else(|problem| panic!("{place}: {problem}"));
        for (id, name) in marked {
            let tests = shown.entry(id).or_default();
            tests.insert(format!("`{name}` in {place}"));
        }
    }
    shown
}

/// Each fact that a source names, with the test under it.
fn marked(source: &str) -> Result<Vec<(String, &str)>, String> {
    let (mut marked, mut pending, mut tested) = (Vec::new(), Vec::new(), false);
    for line in source.lines().map(str::trim) {
        let ids = line
            .strip_prefix("/// Facts: ")
            .or(line.strip_prefix("# Facts: "));
        if let Some(ids) = ids {
            let ids = ids.trim_end_matches('.').split(',');
            pending.extend(ids.map(|id| id.trim().to_owned()));
        }
        tested |= line == "#[test]" || line.starts_with("#[tokio::test");
        let named = ["fn ", "async fn ", "def "];
        let named = named.iter().find_map(|start| line.strip_prefix(start));
        let Some(name) = named.and_then(|rest| rest.split('(').next()) else {
            continue;
        };
        if !(pending.is_empty() || tested || name.starts_with("test_")) {
            return Err(format!("{pending:?} stand over {name}, which is no test"));
        }
        marked.extend(pending.drain(..).map(|id| (id, name)));
        tested = false;
    }
    if pending.is_empty() {
        Ok(marked)
    } else {
        Err(format!("{pending:?} stand over no test"))
    }
}

/// A row of `FACTS.md`: the fact's id, its text, and what shows it.
struct Row<'a> {
    id: &'a str,
    text: &'a str,
    shown: &'a str,
}

fn row(line: &str) -> Option<Row<'_>> {
    let cells: Vec<&str> = line
        .strip_prefix("| ")?
        .strip_suffix(" |")?
        .split(" | ")
        .collect();
    let [id, text, shown] = cells[..] else {
        return None;
    };
    let numbered = id.contains('.') && id.chars().any(|letter| letter.is_ascii_digit());
    numbered.then_some(Row { id, text, shown })
}

/// `FACTS.md` with the names of the tests filled in.
fn with_tests(text: &str, shown: &BTreeMap<String, BTreeSet<String>>) -> String {
    let line = |line: &str| match row(line) {
        Some(row) if !row.shown.starts_with(LEFT_OUT) => {
            let tests = shown.get(row.id).into_iter().flatten().cloned();
            let tests = tests.collect::<Vec<_>>().join(", ");
            format!("| {} | {} | {tests} |\n", row.id, row.text)
        }
        Some(_) | None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// What is wrong with the rows, a sentence each.
fn problems(text: &str, shown: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let rows: Vec<Row<'_>> = text.lines().filter_map(row).collect();
    let mut problems = Vec::new();
    let mut known = BTreeSet::new();
    for row in &rows {
        if !known.insert(row.id) {
            problems.push(format!("{} has two rows", row.id));
        }
        let reason = row.shown.strip_prefix(LEFT_OUT);
        match (reason, shown.get(row.id)) {
            (Some(reason), None) if reason.len() > 10 => {}
            (Some(_), None) => problems.push(format!("{} is left out without a reason", row.id)),
            (Some(_), Some(_)) => problems.push(format!("{} is left out and has a test", row.id)),
            (None, None) => problems.push(format!("{} has no test", row.id)),
            (None, Some(_)) => {}
        }
    }
    let strays = shown.keys().filter(|id| !known.contains(id.as_str()));
    problems.extend(strays.map(|id| format!("a test shows {id}, which has no row")));
    for (section, least) in SECTIONS {
        let start = format!("{section}.");
        let of_section = rows.iter().filter(|row| row.id.starts_with(&start));
        let found = of_section.count();
        if found < least {
            problems.push(format!("section {section} has {found} rows of {least}"));
        }
    }
    problems
}

/// The operations and resource types as the tables of the README.
fn tables() -> String {
    let mut text = "| service | operations |\n|---|---|\n".to_owned();
    for service in Service::ALL {
        let mut names: Vec<&str> = service.operations().iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        // Writing into a string cannot fail.
        writeln!(text, "| `{}` | {} |", service.prefix(), names.join(", ")).unwrap();
    }
    let mut types: Vec<&str> = resource::all().map(resource::ResourceType::name).collect();
    types.sort_unstable();
    text.push_str("\n| resource type | replaced when these change |\n|---|---|\n");
    for name in types {
        let handler = resource::find(name).unwrap();
        writeln!(text, "| `{name}` | {} |", handler.create_only().join(", ")).unwrap();
    }
    text
}

/// A document with this between a mark of its own and the next end.
fn between(text: &str, mark: &str, generated: &str) -> String {
    let (start, end) = (format!("<!-- {mark} -->\n"), "<!-- end -->\n");
    let (before, rest) = text.split_once(&start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    format!("{before}{start}{generated}{end}{after}")
}

/// Compares a document with what it should be, or writes it when asked to.
pub(crate) fn held(name: &str, wanted: &str) {
    let path = folder().join(name);
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        std::fs::write(&path, wanted).unwrap();
    }
    assert!(
        read(&path) == wanted,
        "{name} is out of date: run UPDATE_DOCUMENTS=1 cargo test -p simulator documents"
    );
}

#[test]
fn every_fact_has_its_test_and_every_test_its_fact() {
    let text = read(&folder().join("FACTS.md"));
    let shown = shown();
    let problems = problems(&text, &shown);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    held("FACTS.md", &with_tests(&text, &shown));
}

#[test]
fn the_readme_lists_every_operation_and_type() {
    let text = read(&folder().join("README.md"));
    held("README.md", &between(&text, "operations", &tables()));
}

#[test]
fn only_a_test_shows_a_fact() {
    let shown = |source: &str| {
        let source = source.replace("FACTS", "Facts");
        let shown = marked(&source)?.into_iter();
        let shown = shown.map(|(id, name)| format!("{id} {name}"));
        Ok::<Vec<String>, String>(shown.collect())
    };
    for source in [
        "/// FACTS: 1.1, 1.2.\n#[test]\nfn a() {}",
        "/// FACTS: 1.1, 1.2\n#[tokio::test(start_paused = true)]\nasync fn a() {}",
    ] {
        assert_eq!(
            shown(source),
            Ok(vec!["1.1 a".to_owned(), "1.2 a".to_owned()])
        );
    }
    assert_eq!(
        shown("# FACTS: 0.1\ndef test_a():"),
        Ok(vec!["0.1 test_a".to_owned()])
    );
    for source in [
        "/// FACTS: 1.1\nfn helper() {}",
        "#[test]\nfn a() {}\n/// FACTS: 1.1\nfn helper() {}",
        "# FACTS: 0.1\ndef helper():",
        "/// FACTS: 1.1\n",
    ] {
        assert!(shown(source).is_err(), "{source}");
    }
}

#[test]
fn a_row_without_a_test_a_test_without_a_row_and_a_missing_reason_are_problems() {
    let shown = BTreeMap::from([
        ("1.1.1".to_owned(), BTreeSet::from(["`a` in b".to_owned()])),
        ("1.1.9".to_owned(), BTreeSet::from(["`c` in d".to_owned()])),
    ]);
    let text = "| 1.1.1 | shown |  |\n| 1.1.2 | not shown |  |\n| 1.1.3 | left | left out: no |\n";
    let found = problems(text, &shown).join("\n");
    for expected in [
        "1.1.2 has no test",
        "1.1.3 is left out without a reason",
        "a test shows 1.1.9, which has no row",
        "section 1.1 has 3 rows of 11",
        "section 1.2 has 0 rows of 18",
    ] {
        assert!(found.contains(expected), "{found}");
    }
    let filled = with_tests("| 1.1.1 | shown |  |", &shown);
    assert_eq!(filled, "| 1.1.1 | shown | `a` in b |\n");
}
