//! Logs of endpoints and inference components whose writers are gone: what leads to them is the mark that a teardown leaves
//! on them before it tells their writers to go.

use std::collections::BTreeSet;

use jumpstart_vpc::down::Consent;
use jumpstart_vpc::event::{Finished, Outcome};
use serde_json::json;
use simulator::{Scenario, World};

use super::obstacles::{put, role_of};
use super::starts::up;
use super::worlds::in_halves;
use crate::support::connector::Gate;
use crate::support::hand::{Hand, carl, ids, rest};
use crate::support::process::post;
use crate::support::{ENVIRONMENT, Life, force, paused, until_death, warnings};

const SEED: u64 = 161;
const OF_ENDPOINT: &str = "/aws/sagemaker/Endpoints/many";
const OF_COMPONENT: &str = "/aws/sagemaker/InferenceComponents/one";

fn with_logs() -> Consent {
    Consent {
        delete_logs: true,
        ..force()
    }
}

/// The groups that endpoints and components have for themselves.
fn groups(life: &Life) -> Vec<String> {
    let rows = life.shell.snapshot().rows().into_iter();
    let groups = rows.filter(|row| row.kind == "AWS::Logs::LogGroup");
    let own = groups.filter(|row| [OF_ENDPOINT, OF_COMPONENT].contains(&row.id.as_str()));
    let own: BTreeSet<String> = own.map(|row| row.id).collect();
    own.into_iter().collect()
}

/// An environment with an endpoint and a component on it, which have written.
fn served() -> World {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        up(&life).await;
        assert!(put(&life, "inference component").await);
        assert_eq!(groups(&life), [OF_ENDPOINT, OF_COMPONENT]);
        life.shell.snapshot()
    })
}

const WRITES: [&str; 4] = [
    "logs:DeleteLogGroup",
    "logs:TagResource",
    "sagemaker:DeleteEndpoint",
    "sagemaker:DeleteInferenceComponent",
];

/// The calls of an undisturbed teardown by which writers and their groups go, by their number from 1.
fn writing_calls(world: &World) -> Vec<(u64, String)> {
    let life = Life::within(world, SEED);
    let began = world.log().len();
    let fallen = paused(SEED, life.down(ENVIRONMENT, with_logs()));
    assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
    assert_eq!(groups(&life), Vec::<String>::new());
    let after = life.shell.snapshot();
    let calls = after.log().iter().skip(began);
    let numbered = (1..).zip(calls.filter(|entry| entry.caller.ends_with("/ann")));
    numbered
        .filter(|(_, entry)| WRITES.contains(&entry.action.as_str()))
        .map(|(number, entry)| (number, entry.action.clone()))
        .collect()
}

/// A teardown that dies at a call; and then nobody comes until the endpoint is off its list, if it has been told to go.
fn dies(life: &Life, call: u64, with_effect: bool) {
    let mortal = Life {
        gate: Gate::fatal(call, with_effect),
        ..life.clone()
    };
    paused(SEED, async {
        let ended = until_death(&mortal, mortal.down(ENVIRONMENT, with_logs())).await;
        assert!(ended.is_none(), "{ended:#?}");
        rest(life, 1800).await;
    });
}

/// A world in which a teardown died as soon as its endpoint had been told to go.
fn orphaned() -> Life {
    let world = served();
    let calls = writing_calls(&world);
    let mut calls = calls.iter();
    let (call, _) = calls
        .find(|(_, action)| action == "sagemaker:DeleteEndpoint")
        .unwrap();
    let life = Life::within(&world, SEED);
    dies(&life, *call, true);
    assert_eq!(ids(&life, "AWS::SageMaker::Endpoint"), Vec::<String>::new());
    assert!(groups(&life).contains(&OF_ENDPOINT.to_owned()));
    life
}

/// Why a group is kept, where it is told as kept.
fn why_kept(fallen: &Finished) -> Option<String> {
    let mut kept = fallen.kept.iter();
    let kept = kept.find(|kept| kept.id == OF_ENDPOINT)?;
    kept.reason.clone()
}

#[test]
fn wherever_a_teardown_died_the_next_one_deletes_the_groups() {
    let world = served();
    let calls = writing_calls(&world);
    let actions: BTreeSet<&str> = calls.iter().map(|(_, action)| action.as_str()).collect();
    assert_eq!(actions, BTreeSet::from(WRITES), "{calls:?}");
    let deaths: Vec<(u64, bool)> = calls
        .iter()
        .flat_map(|(call, _)| [(*call, false), (*call, true)])
        .collect();
    let wrong: Vec<String> = in_halves(&deaths, |(call, with_effect)| {
        let life = Life::within(&world, SEED);
        dies(&life, *call, *with_effect);
        let fallen = paused(SEED + 1, life.down(ENVIRONMENT, with_logs()));
        let left = groups(&life);
        let is_well = fallen.exit_code == 0 && left.is_empty();
        (!is_well).then(|| format!("{call} {with_effect}: {left:?} {fallen:#?}"))
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_group_that_a_dead_teardown_left_is_told_and_goes_by_itself_when_somebody_says_so() {
    let life = orphaned();
    let fallen = paused(SEED + 1, life.down(ENVIRONMENT, force()));
    assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
    let why = why_kept(&fallen).unwrap();
    assert!(why.contains("--delete-logs"), "{why}");
    assert!(groups(&life).contains(&OF_ENDPOINT.to_owned()));
    // No stack, no VPC and no domain leads to it any more.
    let fallen = paused(SEED + 2, life.down(ENVIRONMENT, with_logs()));
    assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
    assert_eq!(groups(&life), Vec::<String>::new());
}

#[test]
fn a_group_of_ours_that_somebody_elses_endpoint_writes_to_since_stays() {
    let life = orphaned();
    paused(SEED + 1, async {
        let carl = carl(&life);
        let role = role_of(&carl).await;
        rest(&life, 60).await;
        let input = json!({
            "ModelName": "theirs",
            "ExecutionRoleArn": role,
            "PrimaryContainer": {"Image": "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.27"},
        });
        carl.sagemaker("CreateModel", input).await;
        let input = json!({
            "EndpointConfigName": "theirs",
            "ProductionVariants": [{
                "VariantName": "AllTraffic",
                "ModelName": "theirs",
                "InitialInstanceCount": 1,
                "InstanceType": "ml.g5.2xlarge",
            }],
        });
        carl.sagemaker("CreateEndpointConfig", input).await;
        let input = json!({"EndpointName": "many", "EndpointConfigName": "theirs"});
        carl.sagemaker("CreateEndpoint", input).await;
        rest(&life, 1800).await;
        let fallen = life.down(ENVIRONMENT, with_logs()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let stays = || {
            assert_eq!(groups(&life), [OF_ENDPOINT]);
        };
        let is_told = |fallen: &Finished| {
            let why = why_kept(fallen).unwrap();
            assert!(why.contains("has written to it since"), "{why}");
        };
        stays();
        is_told(&fallen);
        // His endpoint is gone, and his lines are still in it.
        carl.sagemaker("DeleteEndpoint", json!({"EndpointName": "many"}))
            .await;
        rest(&life, 900).await;
        let fallen = life.down(ENVIRONMENT, with_logs()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        stays();
        is_told(&fallen);
    });
}

#[test]
fn who_may_not_mark_logs_deletes_them_all_the_same_and_is_told() {
    let life = Life::within(&served(), SEED);
    paused(SEED, async {
        let rule = json!({
            "match": {"action": "logs:TagResource", "caller": "*ann*", "times": 1_000_000},
            "answer": {"kind": "error", "code": "AccessDeniedException", "message": "no", "status": 400},
        });
        post(&life.shell, "/_simulator/faults", &rule).await;
        let fallen = life.down(ENVIRONMENT, with_logs()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(groups(&life), Vec::<String>::new());
        let told = warnings(&life);
        assert_eq!(told.matches("logs:TagResource").count(), 1, "{told}");
    });
}

#[test]
fn nothing_is_marked_where_logs_are_kept() {
    let life = Life::within(&served(), SEED);
    paused(SEED, async {
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let written = life.writes();
        assert!(
            written
                .iter()
                .all(|(action, _)| action != "logs:TagResource"),
            "{written:?}"
        );
    });
}

#[test]
fn logs_that_somebody_elses_teardown_left_under_the_usual_name_are_his() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let bob = Hand {
            shell: &life.shell,
            name: "bob",
        };
        let group = json!({
            "logGroupName": OF_ENDPOINT,
            "tags": {
                "jumpstart-vpc:environment": ENVIRONMENT,
                "jumpstart-vpc:owner": "arn:aws:iam::111122223333:user/bob",
                "jumpstart-vpc:ended": "2026-01-05T10:00:00Z",
            },
        });
        bob.json("Logs_20140328.CreateLogGroup", group).await;
        // Until the index of tags has noticed it.
        rest(&life, 900).await;
        let unnamed = life
            .down_as(ENVIRONMENT, with_logs(), |request| {
                request.claim.explicit = false;
            })
            .await;
        assert_eq!(unnamed.outcome, Outcome::Refused, "{unnamed:#?}");
        assert_eq!(groups(&life), [OF_ENDPOINT]);
        let named = life.down(ENVIRONMENT, with_logs()).await;
        assert_eq!(named.outcome, Outcome::Succeeded, "{named:#?}");
        assert_eq!(groups(&life), Vec::<String>::new());
    });
}
