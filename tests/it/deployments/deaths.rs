//! Killed at every writing call in turn, run again.

use std::collections::BTreeMap;

use jumpstart_vpc::event::{Finished, Outcome};
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::up::{OnFailure, Options, Participants};
use simulator::{Scenario, World};

use super::worlds::{HURRIED, delete, leave_endpoints, standing, standing_in, world_after};
use super::{embedded, fault, handling, numbers, orphans, up};
use crate::support::connector::Gate;
use crate::support::hand::rest;
use crate::support::process::without_faults;
use crate::support::{ENVIRONMENT, Life, force, paused, until_death, warnings};

/// After how many deaths one is followed by a teardown as well.
const TORN_DOWN: usize = 7;

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
    killed_on_the_way_to(Outcome::Succeeded, world, deed);
}

/// The same with a deed that comes to this.
fn killed_on_the_way_to(
    outcome: Outcome,
    world: Option<&World>,
    deed: &impl AsyncFn(&Life) -> Finished,
) {
    let begin = || match world {
        Some(world) => Life::within(world, 21),
        None => Life::new(Scenario::default(), 21),
    };
    let (golden, writes): (BTreeMap<String, usize>, Vec<u64>) = paused(21, async {
        let life = begin();
        let before = life.shell.snapshot().log().len();
        let ended = deed(&life).await;
        assert_eq!(ended.outcome, outcome, "{}", warnings(&life));
        (
            numbers(&life.rows()),
            writes(&life.shell.snapshot(), before),
        )
    });
    let mut problems = Vec::new();
    let mut torn_down = Vec::new();
    let deaths = writes.iter().flat_map(|nth| [(*nth, false), (*nth, true)]);
    for (number, (nth, with_effect)) in deaths.enumerate() {
        paused(21, async {
            let life = begin();
            let mortal = Life {
                gate: Gate::fatal(nth, with_effect),
                ..life.clone()
            };
            let ended = until_death(&mortal, deed(&mortal)).await;
            if number % TORN_DOWN == 0 {
                torn_down.push((nth, with_effect, life.shell.snapshot()));
            }
            let again = Life {
                seed: 22,
                ..life.clone()
            };
            let finished = deed(&again).await;
            let after = numbers(&life.rows());
            if ended.is_some() || finished.outcome != outcome || after != golden {
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
    for (nth, with_effect, dead) in torn_down {
        tear_down(&dead, &format!("call {nth}, with effect {with_effect}"));
    }
}

/// Whoever changes his mind after a death gets rid of everything.
fn tear_down(dead: &World, death: &str) {
    paused(23, async {
        let life = Life::within(dead, 23);
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{death}: {fallen:#?}");
        assert_eq!(numbers(&life.rows()), BTreeMap::new(), "{death}");
    });
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

/// A network and endpoints; a studio is made, and its profile fails.
fn without_studio(on_failure: OnFailure) -> (World, World) {
    let (standing, _) = standing_in(Scenario::read(HURRIED).unwrap());
    let bare = world_after(&standing, async |life: &Life| {
        delete(life, "studio").await;
        rest(life, 900).await;
        leave_endpoints(life).await;
    });
    let failed = world_after(&bare, async move |life: &Life| {
        fault(life, "AWS::SageMaker::UserProfile", "create", 1, "no").await;
        let ended = up(life, handling(on_failure)).await;
        assert_eq!(ended.outcome, Outcome::Failed, "{}", warnings(life));
        without_faults(&life.shell).await;
    });
    (bare, failed)
}

#[test]
fn killed_while_a_failed_stack_is_made_anew_the_next_run_completes_it() {
    let (_, failed) = without_studio(OnFailure::Keep);
    killed_everywhere(Some(&failed), &async |life| {
        up(life, handling(OnFailure::RollBack)).await
    });
}

#[test]
fn killed_while_what_failed_is_removed_the_next_run_removes_it() {
    let (bare, _) = without_studio(OnFailure::Keep);
    let failing = world_after(&bare, async |life: &Life| {
        fault(life, "AWS::SageMaker::UserProfile", "create", 1, "no").await;
    });
    killed_on_the_way_to(Outcome::Failed, Some(&failing), &async |life| {
        up(life, handling(OnFailure::Delete)).await
    });
}

#[test]
fn killed_while_participants_are_pruned_the_next_run_completes_it() {
    let taking_part = |names: &[&str], prune| Options {
        participants: Participants {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            prune,
            ..Participants::default()
        },
        ..Options::default()
    };
    let (standing, _) = standing();
    let full = world_after(&standing, async |life: &Life| {
        let ended = up(life, taking_part(&["ann", "bob", "carl"], false)).await;
        assert_eq!(ended.outcome, Outcome::Succeeded);
    });
    killed_everywhere(Some(&full), &async |life| {
        up(life, taking_part(&["ann"], true)).await
    });
}
