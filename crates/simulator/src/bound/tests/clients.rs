//! A thousand clients that ask for anything at any time: none is faster than the bound.

use std::time::Duration;

use serde_json::json;

use super::{NETWORK, STUDIO, Slow};
use crate::bound::removal::Removal;
use crate::bound::{Bound, Ideal, creation, removal};
use crate::draw;
use crate::service::Service;
use crate::world::World;

const REMOVALS: u64 = 900;
const CREATIONS: u64 = 100;
/// Longer than any client needs that goes on asking.
const PATIENCE: Duration = Duration::from_secs(6 * 3600);

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
        Duration::from_secs_f64(0.5 + temper * 60.0 * unit * unit)
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

fn lived(seed: u64) -> (World, World, World) {
    let mut slow = Slow::seeded(seed);
    let before = slow.world.clone();
    slow.stack("network", NETWORK);
    slow.stack("studio", STUDIO);
    let standing = slow.world.clone();
    let rows = standing.environment_rows().into_values();
    let mut domains = rows.filter(|row| row.kind == "AWS::SageMaker::Domain");
    let domain = domains.next().unwrap().id;
    let space = json!({
        "DomainId": domain, "SpaceName": "lab", "SpaceSettings": {"AppType": "JupyterLab"},
        "OwnershipSettings": {"OwnerUserProfileName": "alice"}, "SpaceSharingSettings": {"SharingType": "Private"},
    });
    slow.ask(Service::SageMaker, "CreateSpace", space);
    let app = json!({"DomainId": domain, "SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"});
    slow.ask(Service::SageMaker, "CreateApp", app);
    (before, standing, slow.world)
}

/// How near the bound the luckiest client came.
fn nearest(times: &[Duration], bound: &Bound) -> f64 {
    let best = times.iter().min().unwrap();
    best.as_secs_f64() / bound.time.as_secs_f64()
}

#[test]
fn nobody_removes_faster_than_the_bound() {
    for seed in [1, 2, 3] {
        let (before, _, world) = lived(seed);
        let bound = removal(&world, &before).unwrap();
        let clients = (1..=REMOVALS / 3).map(|client| client + 10_000 * seed);
        let times: Vec<Duration> = clients
            .filter_map(|client| remove_at_random(&world, &before, client))
            .collect();
        assert!(
            times.len() > 200,
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

/// A client that makes stacks in any order at any time, and again when what they needed was not there.
fn create_at_random(before: &World, client: u64) -> Option<Duration> {
    let mut chance = Chance { client, asked: 0 };
    let mut ideal = Ideal::on(before);
    let place = super::place();
    while ideal.elapsed() < PATIENCE {
        let mut complete = 0;
        for (name, template) in [("network", NETWORK), ("studio", STUDIO)] {
            let state = &ideal.world.region(&place).cloudformation;
            let status = state.find(name).map(|stack| stack.status.clone());
            match status.as_deref() {
                Some("CREATE_COMPLETE") => complete += 1,
                None if chance.next() < 0.5 => {
                    let input = json!({"StackName": name, "TemplateBody": template, "Capabilities": ["CAPABILITY_IAM"]});
                    ideal.ask(&place, Service::CloudFormation, "CreateStack", input);
                }
                Some("ROLLBACK_COMPLETE") => {
                    ideal.ask(
                        &place,
                        Service::CloudFormation,
                        "DeleteStack",
                        json!({"StackName": name}),
                    );
                }
                _ => {}
            }
        }
        if complete == 2 {
            return Some(ideal.elapsed());
        }
        let now = ideal.world.now().plus(chance.pause());
        ideal.world.advance(now);
    }
    None
}

#[test]
fn nobody_creates_faster_than_the_bound() {
    let (before, standing, _) = lived(4);
    let bound = creation(&before, &standing).unwrap();
    let times: Vec<Duration> = (1..=CREATIONS)
        .filter_map(|client| create_at_random(&before, client))
        .collect();
    assert!(times.len() > 80, "only {} came to an end", times.len());
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
