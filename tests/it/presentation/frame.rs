//! What every watched run is held to, and how its texts are compared.

use std::time::Duration;

use jumpstart_vpc::event::{Finished, Outcome};
use jumpstart_vpc::report::{Detail, JsonLines, Lines, Output, page, replay};
use regex::Regex;
use serde_json::Value;

use super::stage::{Stage, snapshot};
use crate::support::Life;
use crate::support::process::post;
use crate::support::schema::Schema;
use crate::support::witness::{SILENCE, Speech};

pub(super) fn watched(stage: &Stage, life: &Life, github: bool) -> Life {
    let out = stage.out.clone();
    stage.watch(life, move |cx| {
        let lines = Lines::new(cx.output.clone(), cx.clock.clone(), Detail::Everything);
        let json = Output::to(
            Box::new(out.clone()),
            Box::new(std::io::sink()),
            false,
            false,
        );
        vec![
            Box::new(lines.for_github(github)),
            Box::new(JsonLines::new(json, cx.clock.clone(), cx.heading.clone())),
        ]
    })
}

/// What holds of every run, whatever it comes to.
pub(super) fn check(stage: &Stage) {
    let text = stage.err.text();
    let mut speech = Speech::default();
    text.lines().for_each(|line| speech.hear(line));
    for buffer in [&stage.err, &stage.out] {
        let mut before = Duration::ZERO;
        for at in buffer.moments() {
            let silence = at.saturating_sub(before);
            assert!(
                silence <= SILENCE,
                "{silence:?} of silence until {at:?}:\n{}",
                buffer.text()
            );
            before = at;
        }
    }
    let schema = Schema::of_lines();
    let lines: Vec<Value> = stage
        .out
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &lines {
        assert_eq!(schema.check(line), Ok(()), "{line}");
    }
    let ends = lines.iter().filter(|line| line["event"] == "finished");
    assert_eq!(ends.count(), 1);
    assert_eq!(lines.last().unwrap()["event"], "finished");
    // The page is made of any run.
    let recording = replay::read(&stage.out.text()).unwrap();
    assert!(page(&recording).contains("</html>"));
}

/// The end of what was told, without what differs between runs.
pub(super) fn ending(text: &str) -> String {
    let begins = [
        "Failed: ",
        "Goes on by itself:",
        "Not done",
        "Not begun:",
        "Nothing was begun",
        "Still there:",
        "In the way",
        "hint [",
        "Refused",
        "Interrupted",
        "Not finished",
    ];
    let end = text
        .lines()
        .skip_while(|line| !begins.iter().any(|begin| line.starts_with(begin)));
    redacted(&(end.collect::<Vec<_>>().join("\n") + "\n"))
}

/// A text without what differs between runs.
pub(super) fn redacted(text: &str) -> String {
    let patterns = [
        (
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "UUID",
        ),
        (
            r"\b(vpc|subnet|sg|eni|fs|fsmt|vpce|rtb|acl)-[0-9a-f]{8,17}\b",
            "$1-ID",
        ),
        (r"\bd-[a-z0-9]{12}\b", "d-ID"),
        (
            r"(?m)^ *(\d+h \d\dm( \d\ds)?|\d+m \d\ds|\d+s)  ",
            "    TIME  ",
        ),
        (r"\d+h \d\dm( \d\ds)?|\d+m \d\ds|\b\d+s\b", "TIME"),
    ];
    let mut text = text.to_owned();
    for (pattern, instead) in patterns {
        let pattern = Regex::new(pattern).unwrap();
        text = pattern.replace_all(&text, instead).into_owned();
    }
    text
}

pub(super) async fn fault(life: &Life, rule: Value) {
    post(&life.shell, "/_simulator/faults", &rule).await;
}

pub(super) fn ended(stage: &Stage, finished: Finished, outcome: Outcome, name: &str) {
    assert_eq!(finished.outcome, outcome, "{finished:#?}");
    stage.conclude(finished);
    check(stage);
    snapshot(&format!("end-{name}.txt"), &ending(&stage.err.text()));
}

/// As `ended`, of a run that is short enough to be kept whole.
pub(super) fn ended_whole(stage: &Stage, finished: Finished, outcome: Outcome, name: &str) {
    assert_eq!(finished.outcome, outcome, "{finished:#?}");
    stage.conclude(finished);
    check(stage);
    snapshot(&format!("end-{name}.txt"), &redacted(&stage.err.text()));
}

#[test]
fn every_duration_is_taken_out() {
    let told =
        " 1h 02m 05s  a: done after 1h 02m 05s of usually 1h 20m\n      5s  b: done after 4m 05s\n";
    let bare = "    TIME  a: done after TIME of usually TIME\n    TIME  b: done after TIME\n";
    assert_eq!(redacted(told), bare);
}
