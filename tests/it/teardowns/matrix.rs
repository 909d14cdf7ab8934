//! The product of starting points, obstacles and choices about data. Each cell is judged by the simulator's world; what it
//! came to is printed, and is what `matrix.txt` says of it; with `UPDATE_SNAPSHOTS=1` that is written.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jumpstart_vpc::down::Consent;

use super::judge::{Foreign, verdict};
use super::obstacles::{OBSTACLES, meanwhile, put};
use super::starts::{STARTS, begin, scenario};
use super::worlds::in_halves;
use crate::support::{ENVIRONMENT, Life, force, paused, yes};

const CHOICES: [&str; 3] = ["--yes", "--force", "--force --keep-efs"];
const SEED: u64 = 71;

fn consent(choice: &str) -> Consent {
    match choice {
        "--yes" => yes(),
        "--force" => force(),
        "--force --keep-efs" => Consent {
            keep_efs: true,
            ..force()
        },
        other => panic!("no choice {other}"),
    }
}

/// What the cells of a starting point came to, a line a cell, and what is wrong about them.
fn cells(start: &str) -> (Vec<String>, Vec<String>) {
    let mut lines = Vec::new();
    let mut wrong = Vec::new();
    let nothing = Life::new(scenario(start), SEED);
    let before = nothing.rows();
    // A world is at its moment only while its clock runs.
    let begun = paused(SEED, async {
        begin(&nothing, start).await;
        nothing.shell.snapshot()
    });
    for obstacle in OBSTACLES {
        let life = Life::within(&begun, SEED);
        let put = || {
            paused(SEED, async {
                let there = put(&life, obstacle).await;
                there.then(|| life.shell.snapshot())
            })
        };
        let world = match catch_unwind(AssertUnwindSafe(put)) {
            Ok(Some(world)) => world,
            Ok(None) => continue,
            Err(_) => {
                wrong.push(format!("{start} / {obstacle}: cannot be put there"));
                continue;
            }
        };
        for choice in CHOICES {
            let life = Life::within(&world, SEED);
            let foreign = Foreign::of(&before, &life);
            let began = world.log().len();
            let (fallen, ()) = paused(SEED, async {
                let down = life.down(ENVIRONMENT, consent(choice));
                tokio::join!(down, meanwhile(&life, obstacle))
            });
            let name = format!("{start} / {obstacle} / {choice}");
            match verdict(&life, &foreign, began, &fallen) {
                Ok(told) => lines.push(format!("{name}: {told}")),
                Err(why) => wrong.push(format!("{name}: {why}")),
            }
        }
    }
    (lines, wrong)
}

#[test]
fn every_teardown_comes_to_what_it_has_to() {
    let results = in_halves(&STARTS, |start| cells(start));
    let wrong: Vec<&String> = results.iter().flat_map(|(_, wrong)| wrong).collect();
    let lines: Vec<&String> = results.iter().flat_map(|(lines, _)| lines).collect();
    let mut text = String::new();
    for line in &lines {
        writeln!(text, "{line}").unwrap();
    }
    println!("{text}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    let file = "tests/it/teardowns/matrix.txt";
    if std::env::vars().any(|(key, _)| key == "UPDATE_SNAPSHOTS") {
        std::fs::write(file, &text).unwrap();
    }
    let known = std::fs::read_to_string(file).unwrap();
    let known: BTreeSet<&str> = known.lines().collect();
    let now: BTreeSet<&str> = text.lines().collect();
    let changed: Vec<&&str> = known.symmetric_difference(&now).collect();
    assert!(changed.is_empty(), "not as in matrix.txt: {changed:#?}");
    let results: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line.split_once(": ").map(|(_, result)| result))
        .collect();
    assert!(lines.len() >= 750, "{} cells", lines.len());
    assert!(results.len() >= 90, "{} results", results.len());
}
