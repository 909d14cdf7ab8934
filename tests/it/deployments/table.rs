//! The table: every status to start from, every place where something fails and whatever is to become of it end in a known
//! state.

use std::collections::{BTreeMap, BTreeSet};

use jumpstart_vpc::event::Outcome;
use jumpstart_vpc::up::{OnFailure, Options};
use simulator::World;

use super::places::{PLACES, Place, everywhere, stack_of};
use super::starts::starts;
use super::worlds::standing;
use super::{KEYS, fault, handling, is_up, numbers, orphans, statuses, up};
use crate::support::process::without_faults;
use crate::support::{Life, difference, paused, warnings};

const HANDLINGS: [OnFailure; 3] = [OnFailure::RollBack, OnFailure::Keep, OnFailure::Delete];

/// One cell of the table.
struct Cell {
    start: &'static str,
    place: Option<Place>,
    on_failure: OnFailure,
}

impl Cell {
    fn name(&self) -> String {
        let place = self
            .place
            .as_ref()
            .map_or("nothing fails".to_owned(), |(kind, nth, _)| {
                format!("{} {nth} fails", kind.rsplit("::").next().unwrap_or(kind))
            });
        format!("{:<26} | {place:<30} | {:?}", self.start, self.on_failure)
    }
}

fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut add = |start, place: Option<(&str, u64, &str)>, on_failure| {
        cells.push(Cell {
            start,
            place: place.map(|(kind, nth, reason)| (kind.to_owned(), nth, reason.to_owned())),
            on_failure,
        });
    };
    for on_failure in HANDLINGS {
        for place in PLACES {
            add("nothing", Some(place), on_failure);
        }
        for place in PLACES
            .into_iter()
            .filter(|place| stack_of(place.0, place.1) == "studio")
        {
            for start in ["the network is there", "studio rolled back"] {
                add(start, Some(place), on_failure);
            }
        }
        for start in [
            "network rolled back",
            "network failed and kept",
            "network being created",
        ] {
            add(start, Some(PLACES[14]), on_failure);
        }
    }
    let is_known = |place: &Place| {
        let mut known = PLACES.iter();
        known.any(|(kind, nth, _)| (*kind, *nth) == (place.0.as_str(), place.1))
    };
    let others = everywhere().into_iter().filter(|place| !is_known(place));
    for ((kind, nth, reason), on_failure) in others.zip(HANDLINGS.into_iter().cycle()) {
        add("nothing", Some((&kind, nth, &reason)), on_failure);
    }
    let starts = [
        "nothing",
        "the network is there",
        "all is there",
        "network rolled back",
        "network failed and kept",
        "studio rolled back",
        "studio failed and kept",
        "endpoints failed and kept",
        "network being created",
        "studio being created",
        "studio being rolled back",
        "studio's rollback failed",
        "studio being changed",
        "studio going back",
        "network being changed",
        "network going back",
        "network changed and kept",
        "network changed and back",
        "network not rolled back",
        "network's import at work",
        "network's import failing",
        "studio's import complete",
        "studio's import taken back",
        "studio's import not back",
        "studio being deleted",
        "network under review",
        "endpoints changed and kept",
        "endpoints changed and back",
        "studio changed and kept",
        "studio not rolled back",
        "endpoints not deleted",
        "a network of others",
    ];
    for start in starts {
        add(start, None, OnFailure::RollBack);
        // Names of the endpoints that go first are not free yet; what is kept is not tried once more.
        if start != "endpoints failed and kept" {
            add(start, None, OnFailure::Keep);
        }
    }
    cells
}

/// What is wrong with where the stacks came to when the creation of one failed: that one is as `--on-failure` has it, and
/// every other that was begun stands.
fn misplaced(failed: &str, on_failure: OnFailure, ended: &BTreeMap<String, String>) -> Vec<String> {
    let status = ended.get(failed).map(String::as_str);
    // What could not be rolled back stands, whatever was wanted.
    let is_as_wanted = matches!(
        (on_failure, status),
        (
            OnFailure::RollBack,
            Some("ROLLBACK_COMPLETE" | "ROLLBACK_FAILED")
        ) | (OnFailure::Keep, Some("CREATE_FAILED"))
            | (OnFailure::Delete, None | Some("ROLLBACK_FAILED"))
    );
    let mut wrong = Vec::new();
    if !is_as_wanted {
        wrong.push(format!("{failed}, which failed, is in {status:?}"));
    }
    for (key, status) in ended {
        if key != failed && status != "CREATE_COMPLETE" {
            wrong.push(format!("{key}, which did not fail, is in {status}"));
        }
    }
    wrong
}

/// What a cell came to, in a line; what is wrong with it, if anything.
async fn lived(
    cell: &Cell,
    life: &Life,
    golden: &BTreeMap<String, usize>,
) -> (String, Vec<String>) {
    let before = life.rows();
    if let Some((kind, nth, reason)) = &cell.place {
        fault(life, kind, "create", *nth, reason).await;
    }
    let options = Options {
        // Where nothing is to fail, nothing may be found to stand in the way.
        no_preflight: cell.place.is_some(),
        ..handling(cell.on_failure)
    };
    let finished = up(life, options).await;
    let ended = statuses(life);
    let told: Vec<String> = KEYS
        .iter()
        .map(|key| {
            ended
                .get(*key)
                .map_or("-", String::as_str)
                .replace("_COMPLETE", "")
        })
        .collect();
    let result = format!("{} {}", finished.exit_code, told.join(" "));
    let mut wrong = Vec::new();
    let refused = [
        "studio not rolled back",
        "network not rolled back",
        "endpoints not deleted",
        "studio's import not back",
        "a network of others",
    ]
    .contains(&cell.start);
    match &cell.place {
        _ if refused => {
            if finished.outcome != Outcome::Refused {
                wrong.push(format!("not refused: {:?}", finished.outcome));
            }
            wrong.extend(difference(&before, &life.rows()));
            return (result, wrong);
        }
        None => {
            if finished.outcome != Outcome::Succeeded {
                wrong.push(format!("{:?}: {}", finished.outcome, warnings(life)));
            }
            let down = KEYS.iter().filter(|key| !is_up(ended.get(**key)));
            wrong.extend(down.map(|key| format!("{key} is not up")));
        }
        Some((kind, nth, reason)) => {
            wrong.extend(misplaced(stack_of(kind, *nth), cell.on_failure, &ended));
            if finished.outcome != Outcome::Failed {
                wrong.push(format!("not failed: {:?}", finished.outcome));
            }
            let why: Vec<String> = finished
                .remaining
                .iter()
                .filter_map(|it| it.reason.clone())
                .collect();
            let why = format!("{}\n{}", why.join("\n"), warnings(life));
            // CloudFormation says of a profile only that it did not stabilise.
            let told = kind == "AWS::SageMaker::UserProfile" || why.contains(reason.as_str());
            if !why.contains(kind.as_str()) || !told {
                wrong.push(format!("the cause is not named: {why}"));
            }
            if cell.on_failure != OnFailure::Keep {
                wrong.extend(orphans(life));
            }
            let failed = finished.remaining.iter().any(|left| {
                left.kind == "AWS::CloudFormation::Stack"
                    && left
                        .reason
                        .as_ref()
                        .is_some_and(|why| why.contains("first to fail"))
            });
            // What could not be rolled back stands, whatever was wanted.
            let stands = cell.on_failure != OnFailure::Delete
                || ended.values().any(|status| status == "ROLLBACK_FAILED");
            if failed != stands {
                wrong.push(format!("the failed stack: told {failed}, stands {stands}"));
            }
            if ended.values().any(|status| status.ends_with("IN_PROGRESS")) {
                wrong.push("something is still at work".to_owned());
            }
        }
    }
    // Whatever it was, the same command comes to the same end once the cause is gone.
    without_faults(&life.shell).await;
    let again = up(life, handling(OnFailure::RollBack)).await;
    if again.outcome != Outcome::Succeeded {
        wrong.push(format!("again: {:?} {}", again.outcome, warnings(life)));
    }
    let after = numbers(&life.rows());
    // What the domain of a stack left that somebody deleted is theirs: its volume may hold data.
    if after != *golden && cell.start != "studio being deleted" {
        wrong.push(format!("again there is {after:?}, not {golden:?}"));
    }
    (result, wrong)
}

#[test]
fn every_start_and_every_failure_ends_in_a_known_state() {
    let starts: BTreeMap<&str, World> = starts().into_iter().collect();
    let golden = standing().1;
    let cells = cells();
    let mut results: BTreeSet<String> = BTreeSet::new();
    let mut problems = Vec::new();
    for cell in &cells {
        let (result, wrong) = paused(9, async {
            let life = Life::within(&starts[cell.start], 9);
            lived(cell, &life, &golden).await
        });
        println!("{} | {result}", cell.name());
        if !wrong.is_empty() {
            println!("  WRONG: {}", wrong.join("; "));
            problems.push(format!("{}: {}", cell.name(), wrong.join("; ")));
        }
        results.insert(result);
    }
    println!("{} cells, {} results", cells.len(), results.len());
    assert!(
        problems.is_empty(),
        "{} cells:\n{}",
        problems.len(),
        problems.join("\n")
    );
    assert!(cells.len() >= 100 && results.len() >= 10);
    let places = everywhere();
    let has_cell = |place: &Place| cells.iter().any(|cell| cell.place.as_ref() == Some(place));
    // The endpoint that only `ServiceCatalog=yes` brings is the one that fails where a start has endpoints changed.
    assert_eq!(places.len(), 27);
    assert!(places.iter().all(has_cell));
}
