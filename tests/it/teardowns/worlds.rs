//! Worlds to be torn down beside a neighbour: one in which every kind of thing that a teardown meets is there at once, and
//! one of which only a VPC is left; and what is said with their teardowns.

use std::collections::{BTreeMap, BTreeSet};

use environment::mark;
use jumpstart_vpc::down::Consent;
use jumpstart_vpc::event::Outcome;
use simulator::{Row, Scenario, World};

use super::kinds::start_jobs;
use super::obstacles::{network, put};
use super::starts;
use crate::support::hand::hand;
use crate::support::{ENVIRONMENT, Life, difference, force, paused};

/// What a world of Ann's has besides what `up` and a session make. What works and ends by itself comes last.
const EXTRAS: [&str; 7] = [
    "policy by hand",
    "inference component",
    "notebook instance",
    "watched and scaled endpoint",
    "warm pool",
    "training job",
    "pipeline",
];

/// What is said with a teardown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// `--force`.
    Everything,
    /// `--force --keep-efs --delete-logs`: all that is not done with `--force` alone.
    LogsButNoVolume,
}

impl Choice {
    pub(super) const ALL: [Self; 2] = [Self::Everything, Self::LogsButNoVolume];

    pub(super) fn consent(self) -> Consent {
        match self {
            Self::Everything => force(),
            Self::LogsButNoVolume => Consent {
                keep_efs: true,
                delete_logs: true,
                ..force()
            },
        }
    }

    /// How many volumes it keeps in an environment with one domain.
    fn volumes(self) -> usize {
        match self {
            Self::Everything => 0,
            Self::LogsButNoVolume => 1,
        }
    }
}

/// A world to be torn down, and the neighbour's part of it.
pub(super) struct Full {
    pub world: World,
    pub neighbours: BTreeMap<String, Row>,
}

impl Full {
    /// What is wrong about what a teardown has left: it is to be the neighbour's part as it was, and as many volumes as the
    /// choice keeps, with the mark of it.
    pub(super) fn wrongly_left(&self, choice: Choice, life: &Life) -> Vec<String> {
        let mut rows = life.rows();
        let kept = rows.values().filter(|row| is_kept(row));
        let kept: BTreeSet<String> = kept.map(|row| row.id.clone()).collect();
        // A volume's access points stay in it; its mount targets do not.
        rows.retain(|_, row| {
            let is_in = |volume: &String| kept.contains(volume);
            let is_part =
                row.kind == "AWS::EFS::AccessPoint" && row.parent.as_ref().is_some_and(is_in);
            !kept.contains(&row.id) && !is_part
        });
        let mut wrong = difference(&self.neighbours, &rows);
        if kept.len() != choice.volumes() {
            wrong.push(format!("volumes that are marked as kept: {kept:?}"));
        }
        wrong
    }
}

/// Whether a volume bears the marks of one that was kept (design, section 3).
fn is_kept(row: &Row) -> bool {
    let name = row.tags.get(mark::ENVIRONMENT);
    row.kind == "AWS::EFS::FileSystem"
        && row.tags.contains_key(mark::KEPT)
        && name.is_some_and(|name| name == ENVIRONMENT)
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
        unmark(&life).await;
        for extra in EXTRAS {
            assert!(put(&life, extra).await, "{extra}");
        }
        start_jobs(&life).await;
        Full {
            world: life.shell.snapshot(),
            neighbours,
        }
    })
}

/// What no stack has any more: a VPC and what is in it.
pub(super) fn left(seed: u64) -> Full {
    begun(seed, "all stacks gone and the VPC left")
}

/// A starting point. The neighbour comes later.
pub(super) fn begun(seed: u64, start: &str) -> Full {
    let life = Life::new(Scenario::default(), seed);
    paused(seed, async {
        starts::begin(&life, start).await;
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

/// Takes the domain's mark off our VPC, as if `up` had died before it wrote it: the teardown has to write it.
async fn unmark(life: &Life) {
    let vpc = network(life).unwrap().vpc;
    let members = [("ResourceId.1", vpc.as_str()), ("Tag.1.Key", mark::DOMAIN)];
    hand(life).ec2("DeleteTags", &members, "return").await;
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
