//! Clients that ask for anything at any time: none is faster than the bound.

use std::time::Duration;

use serde_json::json;

use super::paper::{make_domain, make_endpoint, make_role};
use super::{NETWORK, STUDIO, Slow};
use crate::bound::removal::Removal;
use crate::bound::{Bound, Ideal, creation, removal};
use crate::draw;
use crate::service::Service;
use crate::world::World;

/// Of each seed's removal, and of the creation.
const CLIENTS: u64 = 300;
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
fn remove_at_random(world: &World, before: &World, client: u64) -> Option<Duration> {
    let mut chance = Chance { client, asked: 0 };
    let mut targets = world.environment_rows();
    let left = before.environment_rows();
    targets.retain(|key, _| !left.contains_key(key));
    let mut removal = Removal::at_random(&left, targets, chance.next() < 0.5, chance.next() < 0.5);
    let mut ideal = Ideal::on(world);
    let eagerness = chance.next();
    while ideal.elapsed() < PATIENCE {
        if removal.turn_at_random(&mut ideal, || chance.next() < eagerness) {
            return Some(ideal.elapsed());
        }
        let now = ideal.world.now().plus(chance.pause());
        ideal.world.advance(now);
    }
    None
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

/// How near the bound the luckiest client came.
fn nearest(times: &[Duration], bound: &Bound) -> f64 {
    let best = times.iter().min().unwrap();
    best.as_secs_f64() / bound.time.as_secs_f64()
}

/// Of what was made by hand. With stacks a client can be faster by a hundredth: it lets a stack's deletion fail early, and
/// what went before the failure need not go later; the ideal client does not do that.
#[test]
fn nobody_removes_faster_than_the_bound() {
    for seed in [1, 2, 3] {
        let (before, world) = made_by_hand(seed);
        let bound = removal(&world, &before).unwrap();
        let clients = (1..=CLIENTS).map(|client| client + 10_000 * seed);
        let times: Vec<Duration> = clients
            .filter_map(|client| remove_at_random(&world, &before, client))
            .collect();
        assert!(
            2 * times.len() as u64 > CLIENTS,
            "seed {seed}: only {} came to an end",
            times.len()
        );
        assert!(
            times.iter().all(|time| *time >= bound.time),
            "seed {seed}: {bound:?}, {:?}",
            times.iter().min()
        );
        assert!(
            nearest(&times, &bound) < 1.5,
            "seed {seed}: the bound is far from what anybody reaches"
        );
    }
}

/// A client that makes each stack some time after what it needs is there. One that fails and is made again would have
/// other durations, for they are drawn for the second of its name.
fn create_at_random(before: &World, client: u64) -> Option<Duration> {
    let mut chance = Chance { client, asked: 0 };
    let mut ideal = Ideal::on(before);
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
    let times: Vec<Duration> = (1..=CLIENTS)
        .filter_map(|client| create_at_random(&before, client))
        .collect();
    assert!(
        2 * times.len() as u64 > CLIENTS,
        "only {} came to an end",
        times.len()
    );
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
