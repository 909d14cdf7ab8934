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

/// The obstacles that there is no room for at a starting point.
fn without_room(start: &str) -> Vec<&'static str> {
    let of_domain: &[&str] = &["endpoint that is made for hours", "late app"];
    let of_role: &[&str] = &[
        "policy by hand",
        "inference component",
        "training job",
        "notebook instance",
    ];
    let of_groups: &[&str] = &["foreign rule on our group"];
    let of_network_stack: &[&str] = &["protected stack", "foreign importer"];
    match start {
        "domain deleted by hand" | "domain deleted with its volume" | "mount targets going" => {
            of_domain.to_vec()
        }
        "studio stack deleted" | "studio stack under review" | "network stack not deleted" => {
            [of_domain, of_role].concat()
        }
        "rolled back" => [of_domain, of_role, of_groups].concat(),
        "all stacks gone and the VPC left" => [of_domain, of_role, of_network_stack].concat(),
        _ => Vec::new(),
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
    let without_room = without_room(start);
    for obstacle in OBSTACLES {
        let life = Life::within(&begun, SEED);
        let put = || {
            paused(SEED, async {
                let there = put(&life, obstacle).await;
                there.then(|| life.shell.snapshot())
            })
        };
        let world = match catch_unwind(AssertUnwindSafe(put)) {
            Ok(Some(_)) if without_room.contains(&obstacle) => {
                wrong.push(format!("{start} / {obstacle}: there is room for it"));
                continue;
            }
            Ok(Some(world)) => world,
            Ok(None) if without_room.contains(&obstacle) => continue,
            Ok(None) => {
                wrong.push(format!("{start} / {obstacle}: there is no room for it"));
                continue;
            }
            Err(_) => {
                wrong.push(format!("{start} / {obstacle}: cannot be put there"));
                continue;
            }
        };
        for choice in CHOICES {
            let life = Life::within(&world, SEED);
            let foreign = Foreign::of(&before, &life);
            let (fallen, ()) = paused(SEED, async {
                let down = life.down(ENVIRONMENT, consent(choice));
                tokio::join!(down, meanwhile(&life, obstacle))
            });
            let name = format!("{start} / {obstacle} / {choice}");
            match verdict(&life, &foreign, &world, &fallen) {
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
    assert!(lines.len() >= 800, "{} cells", lines.len());
    assert!(results.len() >= 90, "{} results", results.len());
}
