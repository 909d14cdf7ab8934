//! Workshops: user profiles, spaces and apps of participants.

use std::collections::BTreeMap;

use jumpstart_vpc::event::{Event, Finished, Outcome};
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::up::{Options, Participants};
use serde_json::json;
use simulator::{Row, Scenario};

use crate::support::hand::hand;
use crate::support::process::{post, without_faults};
use crate::support::{ENVIRONMENT, Life, difference, paused, warnings};

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
        cx.clock.sleep(std::time::Duration::from_secs(60)).await;
        cx.aws.create_space(&domain, "carl", "work").await.unwrap();
        cx.clock.sleep(std::time::Duration::from_secs(60)).await;

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
        let told = warnings(&life);
        assert!(told.contains("because of their spaces: carl"), "{told}");
        // The commands that part from what is in the space, in their order, as an operator can copy them.
        let space =
            format!("delete-space --domain-id {domain} --space-name work --region us-east-1");
        assert!(told.contains(&space), "{told}");
        // Whoever was to go is gone when the run ends.
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

#[test]
fn who_has_no_profile_keeps_nobody_else_from_an_app() {
    paused(78, async {
        let life = Life::new(Scenario::default(), 78);
        let rule = json!({
            "match": {"type": "AWS::SageMaker::UserProfile", "operation": "create", "resource": "*bob*"},
            "effect": {"kind": "fail", "reason": "the reason that it tells"},
        });
        post(&life.shell, "/_simulator/faults", &rule).await;
        let participants = Participants {
            starter_app: true,
            ..named(&["ann", "bob", "carl"])
        };
        let risen = up(&life, participants).await;
        assert_eq!(risen.outcome, Outcome::Failed, "{}", warnings(&life));
        let apps = of_kind(&life, "AWS::SageMaker::App");
        assert!(apps.len() == 2 && apps.iter().all(|app| app.status == "InService"));
        for kind in ["AWS::SageMaker::Space", "AWS::SageMaker::App"] {
            let mut left = risen.remaining.iter();
            let of_bob = left.find(|left| left.kind == kind && left.id == "lab-bob");
            let told = of_bob.and_then(|left| left.reason.clone());
            assert!(
                told.is_some_and(|told| told.contains("not begun")),
                "{kind}: {:#?}",
                risen.remaining
            );
        }
        // The step's end tells the service's reason.
        let events = life.recorder.0.borrow();
        let error = events.iter().find_map(|event| match event {
            Event::StepFinished { id, error, .. } if id.ends_with("UserProfile:bob") => {
                error.clone()
            }
            _ => None,
        });
        let error = error.unwrap();
        assert_eq!(
            (error.service.as_str(), error.code.as_str()),
            ("sagemaker", "Failed")
        );
        assert!(
            error.message.contains("the reason that it tells"),
            "{error:?}"
        );
    });
}

#[test]
fn an_app_that_its_owner_deletes_is_nobodys_teardown() {
    paused(79, async {
        let life = Life::new(Scenario::default(), 79);
        let participants = Participants {
            starter_app: true,
            ..named(&["ann", "bob"])
        };
        assert_eq!(up(&life, participants).await.outcome, Outcome::Succeeded);
        let domain = of_kind(&life, "AWS::SageMaker::Domain")[0].id.clone();
        let app = json!({
            "DomainId": domain, "SpaceName": "lab-ann", "AppType": "JupyterLab", "AppName": "default",
        });
        hand(&life).sagemaker("DeleteApp", app).await;
        let again = up(&life, named(&["ann", "bob"])).await;
        assert_eq!(again.outcome, Outcome::Succeeded, "{}", warnings(&life));
    });
}

#[test]
fn the_same_list_again_needs_no_more_of_any_quota() {
    paused(66, async {
        let quotas = "[quotas]\nuser-profiles = 4\nspaces = 3\n";
        let life = Life::new(Scenario::read(quotas).unwrap(), 66);
        let participants = Participants {
            starter_app: true,
            ..named(&["ann", "bob", "carl"])
        };
        for _run in 0..2 {
            let risen = up(&life, participants.clone()).await;
            assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
        }
        let one_more = up(&life, named(&["ann", "bob", "carl", "dora"])).await;
        assert_eq!(one_more.outcome, Outcome::Refused);
        assert!(warnings(&life).contains("4 of 4 are used, and 1 more"));
    });
}

#[test]
fn what_failed_is_made_anew_by_the_next_run_and_its_reason_is_told() {
    for kind in ["UserProfile", "Space", "App"] {
        paused(67, async {
            let life = Life::new(Scenario::default(), 67);
            let rule = json!({
                "match": {"type": format!("AWS::SageMaker::{kind}"), "operation": "create", "resource": "*bob*", "times": 1},
                "effect": {"kind": "fail", "reason": "the reason that it tells"},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let participants = Participants {
                starter_app: true,
                ..named(&["ann", "bob"])
            };
            let risen = up(&life, participants.clone()).await;
            assert_eq!(risen.outcome, Outcome::Failed, "{}", warnings(&life));
            let left = format!("{:#?}", risen.remaining);
            assert!(left.contains("the reason that it tells"), "{left}");
            let again = up(&life, participants).await;
            assert_eq!(
                again.outcome,
                Outcome::Succeeded,
                "{kind}: {}",
                warnings(&life)
            );
            let apps = of_kind(&life, "AWS::SageMaker::App");
            assert!(apps.iter().filter(|app| app.status == "InService").count() == 2);
        });
    }
}

#[test]
fn a_participant_on_the_way_out_is_seen_off_and_made_anew() {
    paused(68, async {
        let life = Life::new(Scenario::default(), 68);
        assert_eq!(
            up(&life, named(&["ann", "bob"])).await.outcome,
            Outcome::Succeeded
        );
        let cx = life.context().await;
        let domain = of_kind(&life, "AWS::SageMaker::Domain")[0].id.clone();
        cx.aws.delete_user_profile(&domain, "bob").await.unwrap();
        let again = up(&life, named(&["ann", "bob"])).await;
        assert_eq!(again.outcome, Outcome::Succeeded, "{}", warnings(&life));
        let there = cx.aws.user_profiles(&domain).await.unwrap();
        let bob = there.iter().find(|profile| profile.name == "bob");
        assert_eq!(bob.map(|bob| bob.status.as_str()), Some("InService"));
    });
}

#[test]
fn a_failed_profile_of_others_is_told_and_not_touched() {
    paused(69, async {
        let life = Life::new(Scenario::default(), 69);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let rule = json!({
            "match": {"type": "AWS::SageMaker::UserProfile", "operation": "create", "resource": "*bob*", "times": 1},
            "effect": {"kind": "fail", "reason": "the reason that it tells"},
        });
        post(&life.shell, "/_simulator/faults", &rule).await;
        let cx = life.context().await;
        let domain = of_kind(&life, "AWS::SageMaker::Domain")[0].id.clone();
        cx.aws.create_user_profile(&domain, "bob").await.unwrap();
        cx.clock.sleep(std::time::Duration::from_secs(120)).await;
        let before = life.rows();
        let risen = up(&life, named(&["bob"])).await;
        assert_eq!(risen.outcome, Outcome::Failed);
        let left = format!("{:#?}", risen.remaining);
        assert!(left.contains("the reason that it tells"), "{left}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn whoever_is_pruned_is_in_the_plan_and_nobody_may_be_on_the_list() {
    paused(70, async {
        let life = Life::new(Scenario::default(), 70);
        assert_eq!(
            up(&life, named(&["ann", "bob"])).await.outcome,
            Outcome::Succeeded
        );
        life.recorder.0.borrow_mut().clear();
        let nobody = Participants {
            prune: true,
            ..Participants::default()
        };
        assert_eq!(up(&life, nobody).await.outcome, Outcome::Succeeded);
        let events = life.recorder.0.borrow();
        let plan = events.iter().find_map(|event| match event {
            Event::Plan { steps, .. } => {
                Some(steps.iter().map(|step| step.id.to_string()).collect())
            }
            _ => None,
        });
        let plan: Vec<String> = plan.unwrap();
        for name in ["ann", "bob"] {
            let id = format!("delete:AWS::SageMaker::UserProfile:{name}");
            assert!(plan.contains(&id), "{plan:?}");
            let ended = events
                .iter()
                .any(|event| matches!(event, Event::StepFinished { id: step, .. } if *step == id));
            assert!(ended, "{id}");
        }
        assert!(
            !plan.iter().any(|id| id.ends_with("default-user")),
            "{plan:?}"
        );
    });
}

/// Nobody on the list, and whoever is not on it is to go.
fn nobody() -> Participants {
    Participants {
        prune: true,
        ..Participants::default()
    }
}

#[test]
fn running_apps_of_whoever_is_kept_are_told_before_their_spaces() {
    paused(71, async {
        let life = Life::new(Scenario::default(), 71);
        let participants = Participants {
            starter_app: true,
            ..named(&["ann"])
        };
        assert_eq!(up(&life, participants).await.outcome, Outcome::Succeeded);
        assert_eq!(up(&life, nobody()).await.outcome, Outcome::Succeeded);
        let told = warnings(&life);
        let app = told.find("delete-app --domain-id d-").unwrap();
        let space = told.find("delete-space --domain-id d-").unwrap();
        assert!(app < space, "{told}");
        let name = "--space-name lab-ann --app-type JupyterLab --app-name default --region";
        assert!(told.contains(name), "{told}");
    });
}

#[test]
fn whoever_cannot_go_is_a_failure_and_whoever_is_still_going_is_not() {
    for (effect, hours, outcome, why) in [
        (
            json!({"kind": "fail", "reason": "the reason that it tells"}),
            3,
            Outcome::Failed,
            "the reason that it tells",
        ),
        (
            json!({"kind": "stuck"}),
            1,
            Outcome::Incomplete,
            "it is being deleted",
        ),
    ] {
        paused(72, async {
            let life = Life::new(Scenario::default(), 72);
            let risen = up(&life, named(&["ann", "bob"])).await;
            assert_eq!(risen.outcome, Outcome::Succeeded);
            let rule = json!({
                "match": {"type": "AWS::SageMaker::UserProfile", "operation": "delete", "resource": "*bob*", "times": 1},
                "effect": effect,
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let hurried = Life {
                deadline: std::time::Duration::from_secs(hours * 3600),
                ..life.clone()
            };
            let risen = up(&hurried, nobody()).await;
            assert_eq!(risen.outcome, outcome, "{}", warnings(&life));
            let bob = risen.remaining.iter().find(|left| left.id == "bob");
            let told = bob.unwrap().reason.clone().unwrap();
            assert!(told.contains(why), "{told}");
            let events = life.recorder.0.borrow();
            let error = events.iter().find_map(|event| match event {
                Event::StepFinished { id, error, .. } if id.ends_with(":bob") => error.clone(),
                _ => None,
            });
            let is_told = error.is_some_and(|error| error.message.contains(why));
            assert_eq!(is_told, outcome == Outcome::Failed);
            let there = of_kind(&life, "AWS::SageMaker::UserProfile");
            assert!(
                !there.iter().any(|row| row.id.ends_with("/ann")),
                "{there:#?}"
            );
        });
    }
}

#[test]
fn a_name_in_use_by_nobody_is_tried_again() {
    for kind in ["UserProfile", "Space", "App"] {
        paused(73, async {
            let life = Life::new(Scenario::default(), 73);
            let rule = json!({
                "match": {"action": format!("sagemaker:Create{kind}"), "resource": "*bob*", "times": 1},
                "answer": {"kind": "error", "code": "ResourceInUse", "message": "not free yet", "status": 400},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let participants = Participants {
                starter_app: true,
                ..named(&["ann", "bob"])
            };
            let risen = up(&life, participants).await;
            assert_eq!(
                risen.outcome,
                Outcome::Succeeded,
                "{kind}: {}",
                warnings(&life)
            );
            let apps = of_kind(&life, "AWS::SageMaker::App");
            assert!(apps.len() == 2 && apps.iter().all(|app| app.status == "InService"));
        });
    }
}

#[test]
fn a_name_that_never_comes_free_ends_with_the_deadline() {
    paused(74, async {
        let life = Life::new(Scenario::default(), 74);
        let rule = json!({
            "match": {"action": "sagemaker:CreateUserProfile", "resource": "*bob*"},
            "answer": {"kind": "error", "code": "ResourceInUse", "message": "not free yet", "status": 400},
        });
        post(&life.shell, "/_simulator/faults", &rule).await;
        let hurried = Life {
            deadline: std::time::Duration::from_secs(1800),
            ..life.clone()
        };
        let risen = up(&hurried, named(&["ann", "bob"])).await;
        assert_eq!(risen.outcome, Outcome::Incomplete, "{}", warnings(&life));
        assert!(risen.remaining.iter().any(|left| left.id == "bob"));
        without_faults(&life.shell).await;
        let again = up(&life, named(&["ann", "bob"])).await;
        assert_eq!(again.outcome, Outcome::Succeeded, "{}", warnings(&life));
    });
}

#[test]
fn a_role_that_is_not_known_everywhere_is_given_time_once() {
    for (times, outcome) in [(1, Outcome::Succeeded), (2, Outcome::Failed)] {
        paused(75, async {
            let life = Life::new(Scenario::default(), 75);
            let rule = json!({
                "match": {"action": "sagemaker:CreateUserProfile", "resource": "*bob*", "times": times},
                "answer": {
                    "kind": "error",
                    "code": "ValidationException",
                    "message": "Could not assume role arn:aws:iam::111122223333:role/x.",
                    "status": 400,
                },
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let risen = up(&life, named(&["ann", "bob"])).await;
            assert_eq!(risen.outcome, outcome, "{}", warnings(&life));
        });
    }
}

#[test]
fn a_shorter_list_costs_pages_and_no_call_for_each_who_left() {
    paused(76, async {
        let life = Life::new(Scenario::default(), 76);
        let risen = up(&life, numbered(120)).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
        // Until the index of tags has noticed them.
        let cx = life.context().await;
        cx.clock.sleep(std::time::Duration::from_secs(900)).await;
        let before = life.shell.snapshot().log().len();
        assert_eq!(up(&life, numbered(3)).await.outcome, Outcome::Succeeded);
        let world = life.shell.snapshot();
        let count = |action: &str| {
            let calls = world.log().iter().skip(before);
            calls.filter(|entry| entry.action == action).count()
        };
        assert_eq!(count("tag:GetResources"), 2);
        // The profile of the stack's own, which bears no mark of a participant's.
        assert_eq!(count("sagemaker:ListTags"), 1);
        assert!(
            warnings(&life).contains("participant-120"),
            "{}",
            warnings(&life)
        );
    });
}

#[test]
fn without_the_index_each_is_asked() {
    paused(77, async {
        let life = Life::new(Scenario::default(), 77);
        let risen = up(&life, named(&["ann", "bob"])).await;
        assert_eq!(risen.outcome, Outcome::Succeeded);
        let rule = json!({
            "match": {"action": "tag:GetResources"},
            "answer": {"kind": "error", "code": "AccessDeniedException", "message": "no", "status": 400},
        });
        post(&life.shell, "/_simulator/faults", &rule).await;
        assert_eq!(up(&life, named(&["ann"])).await.outcome, Outcome::Succeeded);
        assert!(warnings(&life).contains("kept: bob"), "{}", warnings(&life));
    });
}
