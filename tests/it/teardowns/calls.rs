//! The calls of an undisturbed teardown, in their order, and what each is about: the places where something can go wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::worlds::{Choice, Full};
use crate::support::{ENVIRONMENT, Life, paused};

/// A call of a teardown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    /// Its number among all calls, from 1.
    pub number: u64,
    pub action: String,
    /// Its number among those of its action, from 1.
    pub nth: u64,
    /// The kinds of what it names.
    pub kind: String,
    pub write: bool,
}

impl Call {
    /// Where it is made: an action on things of a kind.
    pub(super) fn place(&self) -> (&str, &str) {
        (&self.action, &self.kind)
    }
}

/// All calls of an undisturbed teardown, and how long it takes.
fn undisturbed(full: &Full, choice: Choice, seed: u64) -> (Vec<Call>, Duration) {
    let life = Life::within(&full.world, seed);
    let kinds = kinds(&life);
    let began = full.world.log().len();
    let fallen = paused(seed, life.down(ENVIRONMENT, choice.consent()));
    assert_eq!(fallen.exit_code, 0, "{choice:?}: {fallen:#?}");
    let left = full.wrongly_left(choice, &life);
    assert_eq!(left, Vec::<String>::new(), "{choice:?}");
    let world = life.shell.snapshot();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let entries = world.log().iter().skip(began);
    let entries = entries.filter(|entry| entry.caller.ends_with("/ann"));
    let calls = (1..).zip(entries).map(|(number, entry)| {
        let nth = counts.entry(&entry.action).or_default();
        *nth += 1;
        let named = entry.resources.iter().filter_map(|named| kinds.get(named));
        let kinds: BTreeSet<&str> = named.map(String::as_str).collect();
        Call {
            number,
            action: entry.action.clone(),
            nth: *nth,
            kind: kinds.into_iter().collect::<Vec<_>>().join("+"),
            write: entry.write,
        }
    });
    let calls = calls.collect();
    (calls, world.now().since(full.world.now()))
}

/// The calls of an undisturbed teardown, and how long it takes: with `--force` all of them, with another choice those in
/// places where that makes none.
pub(super) fn calls(full: &Full, choice: Choice, seed: u64) -> (Vec<Call>, Duration) {
    let (mut calls, took) = undisturbed(full, choice, seed);
    match choice {
        Choice::Everything => {}
        Choice::LogsButNoVolume => {
            let (others, _) = undisturbed(full, Choice::Everything, seed);
            let known: BTreeSet<(&str, &str)> = others.iter().map(Call::place).collect();
            calls.retain(|call| !known.contains(&call.place()));
        }
    }
    (calls, took)
}

/// Of which kind each thing is, by what calls name it by: stacks by the part that they play.
fn kinds(life: &Life) -> BTreeMap<String, String> {
    let rows = life.rows().into_values();
    let named = rows.flat_map(|row| {
        let part = row.arn.split('/').nth(1).unwrap_or_default().to_owned();
        let is_stack = row.kind == "AWS::CloudFormation::Stack";
        let kind = if is_stack { part.clone() } else { row.kind };
        let names = is_stack.then_some(part);
        let names = names.into_iter().chain([row.id, row.arn]);
        names.map(move |name| (name, kind.clone()))
    });
    named.collect()
}
