//! Whole lives in process: what users rely on.

use jumpstart_vpc::aws::cloudformation::{Deployment, ParameterValue};
use jumpstart_vpc::down::Consent;
use jumpstart_vpc::event::{Event, Outcome};
use simulator::Scenario;

use crate::support::process::{ask, foreign_interface};
use crate::support::{ENVIRONMENT, Life, difference, force, paused, set, yes};

const NETWORK: &str = include_str!("../../stacks/network.yaml");

/// Another environment with a session of its own, and an unmarked stack of a similar name.
async fn neighbours(life: &Life) {
    let bob = life.as_caller("bob");
    assert_eq!(bob.up("workshop").await.outcome, Outcome::Succeeded);
    bob.session("workshop", 1).await;
    by_hand(&bob, "jumpstart-vpc-networking").await;
}

/// A stack that somebody makes without this tool.
async fn by_hand(life: &Life, name: &str) {
    let cx = life.context().await;
    let zones = cx.aws.zones().await.unwrap();
    let parameters = ["ZoneOne", "ZoneTwo"].into_iter().zip(zones);
    let parameters =
        parameters.map(|(name, zone)| (name.to_owned(), ParameterValue::Value(zone.id)));
    let deployment = Deployment {
        name: name.to_owned(),
        template: NETWORK.into(),
        parameters: parameters.collect(),
        token: "by-hand".into(),
        ..Deployment::default()
    };
    cx.aws.create_stack(&deployment).await.unwrap();
    cx.clock.sleep(std::time::Duration::from_secs(300)).await;
}

#[test]
fn a_whole_life_leaves_nothing_and_touches_no_neighbour() {
    paused(1, async {
        let life = Life::new(Scenario::default(), 1);
        neighbours(&life).await;
        let before = life.rows();
        let risen = life.up(ENVIRONMENT).await;
        assert_eq!(risen.outcome, Outcome::Succeeded);
        for output in ["domain", "url", "vpc", "network", "studio"] {
            assert!(
                risen.outputs.contains_key(output),
                "{output}: {:?}",
                risen.outputs
            );
        }
        life.session(ENVIRONMENT, 2).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        assert_eq!(fallen.data.len(), 3, "two spaces and the home volume");
    });
}

/// Every call of a life, with its moment: what a run of the same seed repeats.
fn calls_of_a_life(seed: u64) -> Vec<String> {
    paused(seed, async {
        let life = Life::new(Scenario::default(), seed);
        neighbours(&life).await;
        life.up(ENVIRONMENT).await;
        life.session(ENVIRONMENT, 2).await;
        life.down(ENVIRONMENT, force()).await;
        let world = life.shell.snapshot();
        let calls = world.log().iter();
        calls
            .map(|entry| {
                format!(
                    "{} {} {:?} {:?} {}",
                    entry.at, entry.action, entry.resources, entry.code, entry.latency_ms
                )
            })
            .collect()
    })
}

#[test]
fn a_life_of_the_same_seed_makes_the_same_calls_at_the_same_moments() {
    let first = calls_of_a_life(29);
    let second = calls_of_a_life(29);
    let parted = first
        .iter()
        .zip(&second)
        .position(|(one, other)| one != other);
    let around = parted.map(|at| {
        let near = at.saturating_sub(3)..at + 4;
        (first.get(near.clone()), second.get(near))
    });
    assert_eq!(around, None);
    assert_eq!(first.len(), second.len());
}

#[test]
fn up_again_changes_nothing() {
    paused(2, async {
        let life = Life::new(Scenario::default(), 2);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let before = life.rows();
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn a_kept_volume_stays_until_it_is_named() {
    paused(3, async {
        let life = Life::new(Scenario::default(), 3);
        let before = life.rows();
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let keep = Consent {
            keep_efs: true,
            ..force()
        };
        let fallen = life.down(ENVIRONMENT, keep).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(fallen.kept.len(), 1);
        let kept: Vec<String> = life
            .rows()
            .into_iter()
            .filter(|(key, _)| !before.contains_key(key))
            .map(|(_, row)| row.kind)
            .collect();
        assert!(
            kept.contains(&"AWS::EFS::FileSystem".to_owned()),
            "{kept:?}"
        );
        assert!(
            kept.iter()
                .all(|kind| kind == "AWS::EFS::FileSystem" || kind == "AWS::EFS::AccessPoint"),
            "{kept:?}"
        );
        // A later --force leaves it, also after another life of the same name.
        assert_eq!(
            life.down(ENVIRONMENT, force()).await.outcome,
            Outcome::Succeeded
        );
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        assert_eq!(
            life.down(ENVIRONMENT, force()).await.outcome,
            Outcome::Succeeded
        );
        let volumes = |life: &Life| {
            life.rows()
                .values()
                .filter(|row| row.kind == "AWS::EFS::FileSystem")
                .count()
        };
        assert_eq!(volumes(&life), 1);
        // Named, it goes.
        let named = Consent {
            yes: true,
            delete_efs: true,
            ..Consent::default()
        };
        let fallen = life.down(ENVIRONMENT, named).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn spaces_need_consent_of_their_own() {
    paused(4, async {
        let life = Life::new(Scenario::default(), 4);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        life.session(ENVIRONMENT, 1).await;
        let before = life.rows();
        let written = life.writes().len();
        assert_eq!(
            life.down(ENVIRONMENT, yes()).await.outcome,
            Outcome::Refused
        );
        assert_eq!(life.writes().len(), written, "nothing was written");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        // Without a terminal and without --yes nothing is touched either.
        assert_eq!(
            life.down(ENVIRONMENT, Consent::default()).await.outcome,
            Outcome::Refused
        );
        assert_eq!(life.writes().len(), written);
    });
}

#[test]
fn nothing_to_remove_is_a_success() {
    paused(5, async {
        let life = Life::new(Scenario::default(), 5);
        assert_eq!(
            life.down(ENVIRONMENT, force()).await.outcome,
            Outcome::Succeeded
        );
        assert!(life.writes().is_empty());
    });
}

#[test]
fn a_foreign_interface_blocks_the_network_and_is_named() {
    paused(6, async {
        let life = Life::new(Scenario::default(), 6);
        let risen = life.up(ENVIRONMENT).await;
        let subnet = risen.outputs["network"]["SubnetOneId"]
            .as_str()
            .unwrap()
            .to_owned();
        let interface = foreign_interface(&life.shell, &subnet, "somebody+elses").await;
        let network: Vec<String> = life
            .rows()
            .into_iter()
            .filter(|(_, row)| row.stack.as_deref() == Some("jumpstart-vpc-network"))
            .map(|(key, _)| key)
            .collect();
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert_eq!(fallen.blockers.len(), 1);
        assert_eq!(fallen.blockers[0].id, interface);
        let rows = life.rows();
        assert!(
            network.iter().all(|key| rows.contains_key(key)),
            "the network stack is left whole"
        );
        assert!(
            !rows
                .values()
                .any(|row| row.kind == "AWS::SageMaker::Domain"),
            "the Studio side has gone"
        );
        assert!(rows.contains_key(&format!("AWS::EC2::NetworkInterface {interface}")));
    });
}

#[test]
fn somebody_elses_environment_needs_its_name() {
    paused(7, async {
        let life = Life::new(Scenario::default(), 7);
        assert_eq!(
            life.as_caller("bob").up(ENVIRONMENT).await.outcome,
            Outcome::Succeeded
        );
        let before = life.rows();
        let cx = life.context().await;
        let claim = life.claim(&cx, ENVIRONMENT, false).await;
        let request = jumpstart_vpc::down::Request {
            claim,
            consent: force(),
            role_arn: None,
            domain: None,
            inside: None,
            seed: 7,
        };
        let fallen = jumpstart_vpc::down::down(&cx, &request).await;
        assert_eq!(fallen.outcome, Outcome::Refused);
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn an_unmarked_stack_of_our_name_is_left_alone_in_both_directions() {
    paused(8, async {
        let life = Life::new(Scenario::default(), 8);
        by_hand(&life, &format!("{ENVIRONMENT}-network")).await;
        let before = life.rows();
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Refused);
        assert_eq!(
            life.down(ENVIRONMENT, force()).await.outcome,
            Outcome::Refused
        );
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn the_sets_of_others_come_up_and_down() {
    paused(9, async {
        let life = Life::new(Scenario::default(), 9);
        let before = life.rows();
        let risen = life.up_with("sample", set("sample")).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
        life.session("sample", 1).await;
        let fallen = life.down("sample", force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn a_failed_up_names_the_first_cause_and_down_removes_what_it_left() {
    paused(10, async {
        let scenario = Scenario::read(
            "[[fault]]\nmatch = { type = \"AWS::SageMaker::UserProfile\", operation = \"create\" }\n\
             effect = { kind = \"fail\", reason = \"no more profiles\" }\n",
        )
        .unwrap();
        let life = Life::new(scenario, 10);
        let before = life.rows();
        let risen = life.up(ENVIRONMENT).await;
        assert_eq!(risen.outcome, Outcome::Failed);
        let told = risen.remaining[0].reason.clone().unwrap();
        assert!(told.contains("AWS::SageMaker::UserProfile"), "{told}");
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn termination_protection_is_seen_before_the_first_write() {
    paused(11, async {
        let life = Life::new(Scenario::default(), 11);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let protect = format!(
            "Action=UpdateTerminationProtection&Version=2010-05-15&StackName={ENVIRONMENT}-network&EnableTerminationProtection=true"
        );
        ask(&life.shell, &protect).await;
        let written = life.writes().len();
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Refused);
        assert_eq!(life.writes().len(), written);
    });
}

#[test]
fn every_stack_event_is_told_once_and_in_order() {
    paused(12, async {
        let life = Life::new(Scenario::default(), 12);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let told: Vec<String> = life
            .recorder
            .0
            .borrow()
            .iter()
            .filter_map(|event| match event {
                Event::StackEvent {
                    stack,
                    logical_id,
                    status,
                    reason,
                    ..
                } if stack == "jumpstart-vpc-network" => Some(format!(
                    "{logical_id} {status} {}",
                    reason.clone().unwrap_or_default()
                )),
                _ => None,
            })
            .collect();
        let history = life
            .context()
            .await
            .aws
            .stack_events("jumpstart-vpc-network", |_| false)
            .await
            .unwrap();
        let history: Vec<String> = history
            .into_iter()
            .rev()
            .map(|event| {
                format!(
                    "{} {} {}",
                    event.logical_id,
                    event.status,
                    event.reason.unwrap_or_default()
                )
            })
            .collect();
        assert_eq!(told, history);
    });
}

#[test]
fn the_interface_endpoints_go_after_the_last_app() {
    paused(13, async {
        let life = Life::new(Scenario::default(), 13);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        life.session(ENVIRONMENT, 2).await;
        assert_eq!(
            life.down(ENVIRONMENT, force()).await.outcome,
            Outcome::Succeeded
        );
        let events = life.recorder.0.borrow();
        let position = |wanted: &dyn Fn(&Event) -> bool| events.iter().rposition(wanted).unwrap();
        let last_app = position(
            &|event| matches!(event, Event::StepFinished { id, .. } if id.starts_with("delete:AWS::SageMaker::App:")),
        );
        let endpoints = position(
            &|event| matches!(event, Event::StepStarted { id } if id.contains("jumpstart-vpc-endpoints")),
        );
        assert!(last_app < endpoints);
    });
}
