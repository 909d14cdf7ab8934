//! Every kind of effect on every step that takes time: in the lives of services, and in those of CloudFormation's
//! handlers.

mod handlers;
mod services;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Effect, EffectKind, Match, Rule, known};
use crate::acts::{Act, Statuses};
use crate::scenario::Scenario;
use crate::world::World;

fn begin(text: &str) -> World {
    let scenario = Scenario::read(text).unwrap_or_else(|problem| panic!("{problem}"));
    World::begin(&scenario, None).unwrap_or_else(|problem| panic!("{problem}"))
}

fn act(action: &str, input: Value) -> Act {
    let input: Map<String, Value> = serde_json::from_value(input).unwrap();
    serde_json::from_value(json!({"caller": "bob", "action": action, "input": input})).unwrap()
}

fn rule(kind: &str, operation: &str, effect: EffectKind, takes: f64) -> Rule {
    let rule = Rule {
        matches: Match {
            kind: Some(kind.to_owned()),
            operation: Some(operation.to_owned()),
            ..Match::default()
        },
        answer: None,
        effect: Some(Effect {
            kind: effect,
            reason: None,
            seconds: (effect == EffectKind::Take).then_some(takes),
        }),
    };
    rule.check().unwrap();
    rule
}

/// Does an act under a rule and returns the statuses before it, shortly before `takes`, and a good while later.
fn live(base: &World, act: &Act, rule: Rule, takes: f64) -> [Statuses; 3] {
    let mut world = base.clone();
    let now = world.now();
    world.faults().add(now, rule);
    let before = Statuses::of(&world);
    world.act(act);
    let refusal = world.log().last().and_then(|entry| entry.code.clone());
    assert_eq!(refusal, None, "{}", act.action);
    let after = [0.9, 2.0].map(|times| {
        world.advance(now.plus(Duration::from_secs_f64(takes * times)));
        Statuses::of(&world)
    });
    let [meanwhile, later] = after;
    [before, meanwhile, later]
}

/// The step takes as long as the rule says, never ends, or fails.
fn check(base: &World, kind: &str, operation: &str, act: &Act, takes: f64) {
    let lived = |effect| live(base, act, rule(kind, operation, effect, takes), takes);
    let told = format!("{operation} of {kind}");
    let [before, meanwhile, later] = lived(EffectKind::Take);
    assert!(meanwhile.at_work_since(&before).is_some(), "{told} takes");
    assert_eq!(later.at_work_since(&before), None, "{told} takes");
    assert_eq!(later.failed_since(&before), None, "{told} takes");

    let [before, _, later] = lived(EffectKind::Stuck);
    assert!(later.at_work_since(&before).is_some(), "{told} is stuck");

    let [before, _, later] = lived(EffectKind::Fail);
    assert_eq!(later.at_work_since(&before), None, "{told} fails");
    match operation {
        _ if LEAVES_NOTHING.contains(&(kind, operation)) => {}
        "create" => assert!(later.failed_since(&before).is_some(), "{told} fails"),
        _ => assert!(later.has_all_of(kind, &before), "{told} fails"),
    }
}

/// What fails is not there afterwards: an instance that cannot start is terminated, and no termination fails; a NAT gateway
/// that could not be made is shown for an hour and is no resource.
const LEAVES_NOTHING: [(&str, &str); 3] = [
    ("AWS::EC2::Instance", "create"),
    ("AWS::EC2::Instance", "delete"),
    ("AWS::EC2::NatGateway", "create"),
];

/// Steps that no status tells of: what follows an owner or is let go of, and what is part of two volumes.
const WITHOUT_STATUS: [(&str, &str); 5] = [
    ("AWS::EC2::NetworkInterface", "update"),
    ("AWS::EC2::NetworkInterface", "delete"),
    ("AWS::EC2::SecurityGroup", "delete"),
    ("AWS::EFS::ReplicationConfiguration", "create"),
    ("AWS::EFS::ReplicationConfiguration", "delete"),
];

/// A step that no call begins; what it leads to is shown beside its service.
const BY_ITSELF: (&str, &str) = ("AWS::SageMaker::Endpoint", "maintain");

#[test]
fn no_step_is_forgotten() {
    let of_services = services::steps().into_iter();
    let of_services = of_services.map(|(kind, word, _)| (kind.to_owned(), word));
    let of_handlers =
        handlers::steps().map(|(kind, operation)| (kind.to_owned(), operation.word()));
    let second_gateway = handlers::NOT_UPDATED.map(|kind| (kind.to_owned(), "update"));
    let without_status = WITHOUT_STATUS.map(|(kind, word)| (kind.to_owned(), word));
    let covered: BTreeSet<_> = of_services
        .chain(of_handlers)
        .chain(second_gateway)
        .chain(without_status)
        .chain([(BY_ITSELF.0.to_owned(), BY_ITSELF.1)])
        .collect();
    assert_eq!(covered, known::steps());
}
