//! Workshops: user profiles, spaces and apps of participants.

use std::collections::BTreeMap;

use jumpstart_vpc::event::{Event, Finished, Outcome};
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::up::{Options, Participants};
use serde_json::json;
use simulator::{Row, Scenario};

use crate::support::process::post;
use crate::support::{ENVIRONMENT, Life, difference, paused};

async fn up(life: &Life, participants: Participants) -> Finished {
    let options = Options {
        participants,
        ..Options::default()
    };
    let manifest = Manifest::embedded().unwrap();
    life.up_as(ENVIRONMENT, manifest, &[], options).await
}

fn numbered(count: usize) -> Participants {
    let names = (1..=count).map(|number| format!("participant-{number:03}"));
    Participants {
        names: names.collect(),
        ..Participants::default()
    }
}

fn named(names: &[&str]) -> Participants {
    Participants {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Participants::default()
    }
}

fn of_kind(life: &Life, kind: &str) -> Vec<Row> {
    let rows = life.rows().into_values();
    rows.filter(|row| row.kind == kind).collect()
}

fn warnings(life: &Life) -> String {
    let events = life.recorder.0.borrow();
    let warnings = events.iter().filter_map(|event| match event {
        Event::Warning { message } => Some(message.as_str()),
        _ => None,
    });
    warnings.collect::<Vec<_>>().join("\n")
}

#[test]
fn three_hundred_come_in_one_run_and_calls_grow_with_pages_and_creations() {
    let calls = |count: usize| {
        paused(61, async {
            let life = Life::new(Scenario::default(), 61);
            let risen = up(&life, numbered(count)).await;
            assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
            assert_eq!(
                of_kind(&life, "AWS::SageMaker::UserProfile").len(),
                count + 1
            );
            assert_eq!(
                risen.outputs["profiles"].as_array().unwrap().len(),
                count + 1
            );
            let world = life.shell.snapshot();
            let mut calls: BTreeMap<String, usize> = BTreeMap::new();
            let mut throttled = 0;
            for entry in world.log() {
                *calls.entry(entry.action.clone()).or_default() += 1;
                throttled += usize::from(
                    entry
                        .code
                        .as_deref()
                        .is_some_and(|code| code.contains("Throttl")),
                );
            }
            println!(
                "{count} participants: {} calls, {throttled} throttled",
                world.log().len()
            );
            calls
        })
    };
    let (few, many) = (calls(100), calls(300));
    for (action, count) in &many {
        let less = few.get(action).copied().unwrap_or(0);
        let creation = action == "sagemaker:CreateUserProfile";
        println!("{action}: {less} → {count}");
        if !creation {
            assert!(
                *count <= less + 60,
                "{action}: {less} for 100, {count} for 300"
            );
        }
    }
    let created = many["sagemaker:CreateUserProfile"];
    assert!(created >= 300, "{created}");
}

#[test]
fn throttles_cost_time_and_no_participant() {
    paused(62, async {
        let life = Life::new(Scenario::default(), 62);
        let rule = json!({
            "match": {"action": "sagemaker:CreateUserProfile", "probability": 0.7, "times": 200},
            "answer": {"kind": "throttle"},
        });
        post(&life.shell, "/_simulator/faults", &rule).await;
        let risen = up(&life, numbered(40)).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
        assert_eq!(of_kind(&life, "AWS::SageMaker::UserProfile").len(), 41);
    });
}

#[test]
fn who_is_no_longer_named_is_kept_unless_pruned_and_never_with_a_space() {
    paused(63, async {
        let life = Life::new(Scenario::default(), 63);
        let risen = up(&life, named(&["ann", "bob", "carl"])).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
        let before = life.rows();
        let again = up(&life, named(&["ann", "bob", "carl"])).await;
        assert_eq!(again.outcome, Outcome::Succeeded);
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        let cx = life.context().await;
        let domain = of_kind(&life, "AWS::SageMaker::Domain")[0].id.clone();
        cx.aws
            .create_user_profile(&domain, "by-hand")
            .await
            .unwrap();
        cx.aws.create_space(&domain, "carl", "work").await.unwrap();
        cx.clock.sleep(std::time::Duration::from_secs(120)).await;

        assert_eq!(up(&life, named(&["ann"])).await.outcome, Outcome::Succeeded);
        assert!(
            warnings(&life).contains("kept: bob, carl"),
            "{}",
            warnings(&life)
        );
        let prune = Participants {
            prune: true,
            ..named(&["ann"])
        };
        assert_eq!(up(&life, prune).await.outcome, Outcome::Succeeded);
        assert!(warnings(&life).contains("because of their spaces: carl"));
        cx.clock.sleep(std::time::Duration::from_secs(120)).await;
        let profiles = cx.aws.user_profiles(&domain).await.unwrap();
        let mut names: Vec<String> = profiles.into_iter().map(|it| it.name).collect();
        names.sort();
        assert_eq!(names, ["ann", "by-hand", "carl", "default-user"]);
    });
}

#[test]
fn starter_apps_run_once_endpoints_and_studio_are_there() {
    paused(64, async {
        let life = Life::new(Scenario::default(), 64);
        let participants = Participants {
            starter_app: true,
            ..named(&["ann", "bob"])
        };
        let risen = up(&life, participants.clone()).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
        let apps = of_kind(&life, "AWS::SageMaker::App");
        assert!(apps.len() == 2 && apps.iter().all(|app| app.status == "InService"));
        {
            let events = life.recorder.0.borrow();
            let endpoints = events.iter().position(|event| matches!(event, Event::StepFinished { id, .. } if id.ends_with("jumpstart-vpc-endpoints")));
            let first = events.iter().position(
                |event| matches!(event, Event::StepStarted { id } if id.contains("::Space:")),
            );
            assert!(endpoints.unwrap() < first.unwrap());
        }
        let before = life.rows();
        assert_eq!(up(&life, participants).await.outcome, Outcome::Succeeded);
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn a_participant_that_fails_is_named_and_the_others_are_there() {
    paused(65, async {
        let life = Life::new(Scenario::default(), 65);
        let rule = json!({
            "match": {"type": "AWS::SageMaker::UserProfile", "operation": "create", "resource": "*bob*"},
            "effect": {"kind": "fail", "reason": "InternalError"},
        });
        post(&life.shell, "/_simulator/faults", &rule).await;
        let risen = up(&life, named(&["ann", "bob", "carl"])).await;
        assert_eq!(risen.outcome, Outcome::Failed, "{}", warnings(&life));
        assert!(
            risen.remaining.iter().any(|left| left.id == "bob"),
            "{risen:#?}"
        );
        let there = of_kind(&life, "AWS::SageMaker::UserProfile");
        let well = there.iter().filter(|row| row.status == "InService");
        assert_eq!(well.count(), 3);
    });
}
