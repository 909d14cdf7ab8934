//! Killed at every writing call in turn, run again.

use std::collections::BTreeMap;

use jumpstart_vpc::event::{Finished, Outcome};
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::up::{Options, Participants};
use simulator::{Scenario, World};

use super::{embedded, numbers, orphans, standing, up, warnings};
use crate::support::connector::Gate;
use crate::support::{ENVIRONMENT, Life, paused, until_death};

/// A small workshop.
fn workshop() -> Options {
    Options {
        participants: Participants {
            names: ["ann", "bob"].map(str::to_owned).into(),
            starter_app: true,
            ..Participants::default()
        },
        ..Options::default()
    }
}

/// Numbers of a life's calls that write, from 1, of those after the first `before`.
fn writes(world: &World, before: usize) -> Vec<u64> {
    let calls = world.log().iter().skip(before).zip(1_u64..);
    let writes = calls.filter(|(entry, _)| entry.write);
    writes.map(|(_, number)| number).collect()
}

/// Dies at each writing call in turn, before and after its effect; what the run after that comes to has to be the same.
fn killed_everywhere(world: Option<&World>, deed: &impl AsyncFn(&Life) -> Finished) {
    let begin = || match world {
        Some(world) => Life::within(world, 21),
        None => Life::new(Scenario::default(), 21),
    };
    let (golden, writes): (BTreeMap<String, usize>, Vec<u64>) = paused(21, async {
        let life = begin();
        let before = life.shell.snapshot().log().len();
        let ended = deed(&life).await;
        assert_eq!(ended.outcome, Outcome::Succeeded, "{}", warnings(&life));
        (
            numbers(&life.rows()),
            writes(&life.shell.snapshot(), before),
        )
    });
    let mut problems = Vec::new();
    for (nth, with_effect) in writes.iter().flat_map(|nth| [(*nth, false), (*nth, true)]) {
        paused(21, async {
            let life = begin();
            let mortal = Life {
                gate: Gate::fatal(nth, with_effect),
                ..life.clone()
            };
            let ended = until_death(&mortal, deed(&mortal)).await;
            let again = Life {
                seed: 22,
                ..life.clone()
            };
            let finished = deed(&again).await;
            let after = numbers(&life.rows());
            if ended.is_some() || finished.outcome != Outcome::Succeeded || after != golden {
                problems.push(format!(
                    "call {nth}, with effect {with_effect}: {:?}, {after:?}, {:?}\n{}",
                    finished.outcome,
                    orphans(&life),
                    warnings(&again)
                ));
            }
        });
    }
    assert!(
        problems.is_empty(),
        "not {golden:?}:\n{}",
        problems.join("\n")
    );
    assert!(writes.len() >= 2, "{writes:?}");
}

#[test]
fn killed_at_any_writing_call_the_next_run_completes_it() {
    killed_everywhere(None, &async |life| up(life, workshop()).await);
}

#[test]
fn killed_during_a_change_the_next_run_completes_it() {
    let (world, _) = standing();
    let given = [("IdleTimeoutInMinutes", "180".to_owned())];
    killed_everywhere(Some(&world), &async |life| {
        life.up_given(ENVIRONMENT, embedded(), &given).await
    });
}

/// The profile that the studio stack makes is renamed, which replaces it.
fn renaming() -> Manifest {
    let mut manifest = embedded();
    let mut entries = manifest.stacks.iter_mut();
    let studio = entries.find(|entry| entry.key == "studio").unwrap();
    let name = "other".to_owned();
    studio.parameters.insert("UserProfileName".to_owned(), name);
    manifest
}

#[test]
fn killed_during_a_replacement_the_next_run_completes_it() {
    let (world, _) = standing();
    let options = || Options {
        allow_replacement: true,
        ..Options::default()
    };
    killed_everywhere(Some(&world), &async |life| {
        life.up_as(ENVIRONMENT, renaming(), &[], options()).await
    });
}
