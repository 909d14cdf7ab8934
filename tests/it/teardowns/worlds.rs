//! Worlds to be torn down beside a neighbour: one in which every kind of thing that a teardown meets is there at once, and
//! one of which only a VPC is left.

use std::collections::BTreeMap;

use jumpstart_vpc::event::Outcome;
use simulator::{Row, Scenario, World};

use super::obstacles::put;
use super::starts;
use crate::support::{Life, paused};

/// What a world of Ann's has besides what `up` and a session make.
const EXTRAS: [&str; 5] = [
    "policy by hand",
    "training job",
    "notebook instance",
    "watched and scaled endpoint",
    "pipeline",
];

/// A world to be torn down, and the neighbour's part of it.
pub(super) struct Full {
    pub world: World,
    pub neighbours: BTreeMap<String, Row>,
}

/// Everything there is, at once.
pub(super) fn full(seed: u64) -> Full {
    let life = Life::new(Scenario::default(), seed);
    let neighbours = paused(seed, async {
        neighbour(&life).await;
        life.rows()
    });
    // A world is at its moment only while its clock runs.
    paused(seed, async {
        starts::begin(&life, "in use").await;
        for extra in EXTRAS {
            assert!(put(&life, extra).await, "{extra}");
        }
        Full {
            world: life.shell.snapshot(),
            neighbours,
        }
    })
}

/// What no stack has any more: a VPC and what is in it. The neighbour comes later.
pub(super) fn left(seed: u64) -> Full {
    let life = Life::new(Scenario::default(), seed);
    paused(seed, async {
        starts::begin(&life, "all stacks gone and the VPC left").await;
        let ours = life.rows();
        neighbour(&life).await;
        let mut neighbours = life.rows();
        neighbours.retain(|key, _| !ours.contains_key(key));
        Full {
            world: life.shell.snapshot(),
            neighbours,
        }
    })
}

async fn neighbour(life: &Life) {
    let bob = life.as_caller("bob");
    let risen = bob.up("workshop").await;
    assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
    bob.session("workshop", 1).await;
}

/// Works through cases on both cores; what each has to say.
pub(crate) fn in_halves<T: Sync, R: Send>(cases: &[T], judge: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let half = cases.len().div_ceil(2).max(1);
    let judge = &judge;
    std::thread::scope(|scope| {
        let running: Vec<_> = cases
            .chunks(half)
            .map(|half| scope.spawn(move || half.iter().map(judge).collect::<Vec<R>>()))
            .collect();
        running
            .into_iter()
            .flat_map(|half| half.join().unwrap())
            .collect()
    })
}
