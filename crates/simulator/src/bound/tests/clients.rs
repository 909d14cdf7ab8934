//! A thousand clients that ask for anything at any time and come to an end: none is faster than the bound.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::paper::{make_domain, make_endpoint, make_lab, make_models, make_role, tight};
use super::{ENDPOINTS, NETWORK, STUDIO, Slow};
use crate::bound::asking::{ask, goes_by_hand, goes_by_hand_alone};
use crate::bound::{Bound, Ideal, creation, place_of, removal};
use crate::cloudformation::{STACK_TYPE, resource};
use crate::draw;
use crate::row::Row;
use crate::service::Service;
use crate::world::World;

/// Of the creation.
const CREATORS: usize = 100;
/// Longer than any client needs that goes on asking.
const PATIENCE: Duration = Duration::from_secs(2 * 3600);

/// Chance of one client.
#[derive(Clone, Copy)]
struct Chance {
    client: u64,
    asked: u64,
}

impl Chance {
    fn next(&mut self) -> f64 {
        self.asked += 1;
        draw::unit(self.client, &["client", &self.asked.to_string()])
    }

    /// Some seconds, seldom many; how many depends on the client's temper.
    fn pause(&mut self) -> Duration {
        let temper = draw::unit(self.client, &["temper"]);
        let unit = self.next();
        Duration::from_secs_f64(2.0 + temper * 60.0 * unit * unit)
    }
}

/// A client that asks for a random part of what is to go, again and again.
struct Remover {
    chance: Chance,
    eagerness: f64,
    retention: &'static str,
    /// Whether stacks leave what they failed at.
    retains: bool,
    /// Whether stacks wait for apps.
    apps_first: bool,
}

impl Remover {
    fn new(client: u64) -> Self {
        let mut chance = Chance { client, asked: 0 };
        let either = [
            chance.next() < 0.5,
            chance.next() < 0.7,
            chance.next() < 0.5,
        ];
        Self {
            eagerness: chance.next(),
            retention: if either[0] { "Retain" } else { "Delete" },
            retains: either[1],
            apps_first: either[2],
            chance,
        }
    }

    fn remove(mut self, world: &World, before: &World) -> Option<Duration> {
        let left = before.environment_rows();
        let mut ideal = Ideal::at_work_in(world.clone());
        while ideal.elapsed() < PATIENCE {
            let mut targets = ideal.world.environment_rows();
            targets.retain(|key, _| !left.contains_key(key));
            if targets.is_empty() {
                return Some(ideal.elapsed());
            }
            for row in targets.values() {
                if self.chance.next() < self.eagerness {
                    self.ask(&mut ideal, row, &targets);
                }
            }
            let now = ideal.world.now().plus(self.chance.pause());
            ideal.world.advance(now);
        }
        None
    }

    fn ask(&self, ideal: &mut Ideal, row: &Row, targets: &BTreeMap<String, Row>) {
        if row.kind != STACK_TYPE {
            return ask(ideal, row, self.retention);
        }
        let mut others = targets.values();
        if self.apps_first && others.any(|row| row.kind == "AWS::SageMaker::App") {
            return;
        }
        let place = place_of(row);
        let mut input = json!({"StackName": row.id});
        if self.retains {
            let state = &ideal.world.region(&place).cloudformation;
            let members = state.find(&row.id).into_iter().flat_map(|it| &it.members);
            let failed = members.filter(|(_, member)| {
                let id = resource::row_id(&member.kind, &member.physical);
                let is_there = || targets.values().any(|row| row.id == id || row.arn == id);
                let can_go = goes_by_hand(&member.kind) || goes_by_hand_alone(&member.kind);
                member.status == "DELETE_FAILED" && (can_go || !is_there())
            });
            let failed: Vec<&String> = failed.map(|(logical, _)| logical).collect();
            input["RetainResources"] = json!(failed);
        }
        ideal.ask(&place, Service::CloudFormation, "DeleteStack", input);
    }
}

/// Before a studio and an endpoint were made by hand, and with them.
fn made_by_hand(seed: u64) -> (World, World) {
    let mut slow = Slow::seeded(seed);
    make_role(&mut slow);
    let before = slow.world.clone();
    make_domain(&mut slow);
    make_endpoint(&mut slow);
    (before, slow.world)
}

/// Before two stacks were made, and with them.
fn made_of_stacks(seed: u64) -> (World, World) {
    let mut slow = Slow::seeded(seed);
    let before = slow.world.clone();
    slow.stack("network", NETWORK);
    slow.stack("studio", STUDIO);
    (before, slow.world)
}

/// Before a studio was made of three stacks, and while an app and a model run in it.
fn at_work(seed: u64) -> (World, World) {
    let mut slow = Slow::seeded(seed);
    make_role(&mut slow);
    let before = slow.world.clone();
    for (name, template) in [
        ("network", NETWORK),
        ("endpoints", ENDPOINTS),
        ("studio", STUDIO),
    ] {
        slow.stack(name, template);
    }
    make_lab(&mut slow);
    make_endpoint(&mut slow);
    (before, slow.world)
}

/// The times of so many clients that come to an end, which most of them do.
fn finished(count: usize, client: impl FnMut(u64) -> Option<Duration>) -> Vec<Duration> {
    let tries = 1..=2 * count as u64;
    let times: Vec<Duration> = tries.filter_map(client).take(count).collect();
    assert_eq!(times.len(), count, "most clients come to no end");
    times
}

/// How near the bound the luckiest client came.
fn nearest(times: &[Duration], bound: &Bound) -> f64 {
    let best = times.iter().min().unwrap();
    best.as_secs_f64() / bound.time.as_secs_f64()
}

/// No client comes below the bound, and the luckiest comes near it.
fn compete(name: &str, made: fn(u64) -> (World, World), clients: usize) {
    for seed in [1, 2, 3] {
        compete_in(&format!("{name} {seed}"), &made(seed), seed, clients);
    }
}

fn compete_in(name: &str, (before, world): &(World, World), seed: u64, count: usize) {
    let bound = removal(world, before).unwrap();
    let times = finished(count, |client| {
        Remover::new(client + 10_000 * seed).remove(world, before)
    });
    let near = nearest(&times, &bound);
    assert!(near >= 1.0, "{name}: {bound:?}, {:?}", times.iter().min());
    assert!(
        near < 1.2,
        "{name}: the bound is far from what anybody reaches"
    );
}

#[test]
fn nobody_removes_what_was_made_by_hand_faster_than_the_bound() {
    compete("by hand", made_by_hand, 100);
}

#[test]
fn nobody_removes_stacks_faster_than_the_bound() {
    compete("stacks", made_of_stacks, 150);
}

#[test]
fn nobody_removes_what_is_at_work_faster_than_the_bound() {
    compete("at work", at_work, 50);
}

#[test]
fn nobody_who_is_throttled_is_faster_than_the_bound_under_limits() {
    for seed in [1, 2] {
        let mut slow = Slow::seeded(seed);
        make_role(&mut slow);
        let before = slow.world.clone();
        make_domain(&mut slow);
        make_models(&mut slow, 13);
        slow.world.rates = tight(2.0, 0.02);
        let bound = removal(&slow.world, &before).unwrap();
        assert_eq!(bound.under_limits, Duration::from_secs(11 * 50));
        assert!(bound.time < bound.under_limits, "{bound:?}");
        let times = finished(60, |client| {
            Remover::new(client + 10_000 * seed).remove(&slow.world, &before)
        });
        let best = times.iter().min().unwrap().as_secs_f64();
        let near = best / bound.under_limits.as_secs_f64();
        assert!((1.0..1.3).contains(&near), "{seed}: {bound:?}, {best}");
    }
}

/// A client that makes each stack some time after what it needs is there. One that fails and is made again would have
/// other durations, for they are drawn for the second of its name.
fn create_at_random(before: &World, client: u64) -> Option<Duration> {
    let mut chance = Chance { client, asked: 0 };
    let mut ideal = Ideal::at_work_in(before.clone());
    let place = super::place();
    let mut wanted = [("network", NETWORK), ("studio", STUDIO)].into_iter();
    let mut last: Option<&str> = None;
    while ideal.elapsed() < PATIENCE {
        let state = &ideal.world.region(&place).cloudformation;
        let complete = last.is_none_or(|name| {
            let stack = state.find(name);
            stack.is_some_and(|stack| stack.status == "CREATE_COMPLETE")
        });
        if complete && chance.next() < 0.5 {
            let Some((name, template)) = wanted.next() else {
                return Some(ideal.elapsed());
            };
            let input = json!({"StackName": name, "TemplateBody": template, "Capabilities": ["CAPABILITY_IAM"]});
            ideal.ask(&place, Service::CloudFormation, "CreateStack", input);
            last = Some(name);
        }
        let now = ideal.world.now().plus(chance.pause());
        ideal.world.advance(now);
    }
    None
}

#[test]
fn nobody_creates_faster_than_the_bound() {
    let (before, standing) = made_of_stacks(4);
    let bound = creation(&before, &standing).unwrap();
    let times = finished(CREATORS, |client| create_at_random(&before, client));
    assert!(
        times.iter().all(|time| *time >= bound.time),
        "{bound:?}, {:?}",
        times.iter().min()
    );
    assert!(
        nearest(&times, &bound) < 1.3,
        "the bound is far from what anybody reaches"
    );
}
