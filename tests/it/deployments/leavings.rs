//! What is left behind where something does not come up: removed, or named.

use std::time::Duration;

use jumpstart_vpc::event::Outcome;
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::up::{OnFailure, Options};
use serde_json::json;
use simulator::Scenario;

use super::bystanders::waiting_sets;
use super::worlds::{delete, leave_failed_studio, leave_only_network, standing, world_after};
use super::{embedded, fault, handling, numbers, orphans, up};
use crate::support::hand::{carl, rest};
use crate::support::process::{post, without_faults};
use crate::support::{ENVIRONMENT, Life, paused, warnings};

async fn denied(life: &Life, action: &str) {
    let rule = json!({
        "match": {"action": action},
        "answer": {"kind": "error", "code": "AccessDenied", "message": "no", "status": 403},
    });
    post(&life.shell, "/_simulator/faults", &rule).await;
}

#[test]
fn a_deadline_amid_the_removal_of_leftovers_leaves_nothing_that_nobody_finds() {
    let (world, _) = standing();
    let kept = world_after(&world, leave_failed_studio);
    // What the domain of the stack left that was deleted by hand is nobody's to remove.
    let (unhurried, by_hand) = paused(81, async {
        let life = Life::within(&kept, 81);
        let by_hand = orphans(&life);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        (numbers(&life.rows()), by_hand)
    });
    for seconds in (5..240).step_by(13) {
        paused(81, async {
            let life = Life::within(&kept, 81);
            let hurried = Life {
                deadline: Duration::from_secs(seconds),
                ..life.clone()
            };
            let risen = hurried.up(ENVIRONMENT).await;
            assert_eq!(risen.outcome, Outcome::Incomplete, "{}", warnings(&life));
            let again = Life {
                seed: 82,
                ..life.as_caller("ann")
            };
            let risen = again.up(ENVIRONMENT).await;
            assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&again));
            assert_eq!(orphans(&life), by_hand, "{seconds}");
            assert_eq!(numbers(&life.rows()), unhurried, "{seconds}");
        });
    }
}

#[test]
fn a_group_of_somebody_else_that_names_what_a_domain_left_is_not_touched() {
    let (world, _) = standing();
    let kept = world_after(&world, leave_failed_studio);
    paused(88, async {
        let life = Life::within(&kept, 88);
        let rows = life.rows();
        let domain = rows
            .values()
            .find(|row| row.kind == "AWS::SageMaker::Domain");
        let arn = &domain.unwrap().arn;
        let nfs = rows.values().find(|row| {
            let maker = row.tags.get("ManagedByAmazonSageMakerResource");
            row.kind == "AWS::EC2::SecurityGroup" && maker == Some(arn)
        });
        let network = Some(format!("{ENVIRONMENT}-network"));
        let vpc = rows
            .values()
            .find(|row| row.kind == "AWS::EC2::VPC" && row.stack == network);
        let carl = carl(&life);
        let members = [
            ("GroupName", "theirs"),
            ("GroupDescription", "theirs"),
            ("VpcId", vpc.unwrap().id.as_str()),
        ];
        let theirs = carl.ec2("CreateSecurityGroup", &members, "groupId").await;
        let members = [
            ("GroupId", theirs.as_str()),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", "2049"),
            ("IpPermissions.1.ToPort", "2049"),
            ("IpPermissions.1.Groups.1.GroupId", nfs.unwrap().id.as_str()),
        ];
        carl.ec2("AuthorizeSecurityGroupIngress", &members, "return")
            .await;
        let key = format!("AWS::EC2::SecurityGroup {theirs}");
        let before = life.rows()[&key].revision;
        let hurried = Life {
            deadline: Duration::from_secs(1800),
            ..life.clone()
        };
        // Its rule holds what the domain left: that cannot go, and is told.
        let risen = hurried.up(ENVIRONMENT).await;
        assert_eq!(risen.outcome, Outcome::Incomplete, "{}", warnings(&life));
        let remaining = format!("{:#?}", risen.remaining);
        assert!(remaining.contains(&nfs.unwrap().id), "{remaining}");
        let after = life.rows().get(&key).map(|row| row.revision);
        assert_eq!(after, Some(before));
    });
}

#[test]
fn what_could_not_be_removed_is_named_beside_the_cause() {
    paused(83, async {
        let life = Life::new(Scenario::default(), 83);
        let limit = "The account-level service limit for user profiles is 0";
        fault(&life, "AWS::SageMaker::UserProfile", "create", 1, limit).await;
        denied(&life, "elasticfilesystem:DeleteMountTarget").await;
        let risen = up(&life, handling(OnFailure::RollBack)).await;
        assert_eq!(risen.outcome, Outcome::Failed);
        let remaining = format!("{:#?}", risen.remaining);
        assert!(remaining.contains("AWS::EFS::FileSystem"), "{remaining}");
        assert!(
            remaining.contains("first to fail was AWS::SageMaker::UserProfile"),
            "{remaining}"
        );
    });
}

#[test]
fn it_is_not_called_refused_once_something_was_asked_for() {
    let (world, _) = standing();
    paused(84, async {
        let life = Life::within(&world, 84);
        delete(&life, "studio").await;
        delete(&life, "endpoints").await;
        rest(&life, 900).await;
        leave_only_network(&life).await;
        fault(&life, "AWS::SageMaker::UserProfile", "create", 1, "no").await;
        fault(&life, "AWS::EC2::VPCEndpoint", "create", 3, "no").await;
        let failed = up(&life, handling(OnFailure::Keep)).await;
        assert_eq!(failed.outcome, Outcome::Failed);
        without_faults(&life.shell).await;
        let cx = life.context().await;
        let domain = cx.aws.domains().await.unwrap()[0].id.clone();
        cx.aws.create_user_profile(&domain, "early").await.unwrap();
        rest(&life, 120).await;
        cx.aws.create_space(&domain, "early", "work").await.unwrap();
        delete(&life, "endpoints").await;
        rest(&life, 900).await;
        fault(&life, "AWS::EC2::VPCEndpoint", "create", 3, "no").await;
        // The studio is refused because of the space, while the endpoints are made and fail.
        let risen = up(&life, handling(OnFailure::RollBack)).await;
        assert!(warnings(&life).contains("work"), "{}", warnings(&life));
        assert_eq!(risen.outcome, Outcome::Failed, "{:#?}", risen.remaining);
    });
}

#[test]
fn no_change_set_outlives_the_run_that_made_it() {
    let (world, _) = standing();
    let given = [("IdleTimeoutInMinutes", "180".to_owned())];
    let sets_after = |action: &'static str, code: &'static str| {
        paused(85, async {
            let life = Life::within(&world, 85);
            let rule = json!({
                "match": {"action": action},
                "answer": {"kind": "error", "code": code, "message": "no", "status": 403},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let options = Options::default();
            life.up_as(ENVIRONMENT, embedded(), &given, options).await;
            without_faults(&life.shell).await;
            waiting_sets(&life).await
        })
    };
    for action in [
        "cloudformation:DescribeChangeSet",
        "cloudformation:ExecuteChangeSet",
    ] {
        assert_eq!(
            sets_after(action, "AccessDenied"),
            Vec::<String>::new(),
            "{action}"
        );
    }
    // Stopped while it is computed.
    for tenths in [5, 10, 20, 30, 45, 60, 80] {
        paused(86, async {
            let life = Life::within(&world, 86);
            let mut cx = life.context().await;
            cx.deadline = Duration::from_secs(600);
            let stop = cx.stop.clone();
            let clock = cx.clock.clone();
            let options = Options::default();
            let (_, ()) = tokio::join!(
                life.up_in(&cx, ENVIRONMENT, embedded(), &given, options),
                async {
                    clock.sleep(Duration::from_millis(tenths * 100)).await;
                    stop.request();
                }
            );
            rest(&life, 60).await;
            assert_eq!(waiting_sets(&life).await, Vec::<String>::new(), "{tenths}");
        });
    }
}

/// The manifest with another name for the domain.
fn renamed(name: &str) -> Manifest {
    let mut manifest = embedded();
    for entry in &mut manifest.stacks {
        if let Some(value) = entry.parameters.get_mut("DomainName") {
            name.clone_into(value);
        }
    }
    manifest
}

#[test]
fn a_replaced_domain_is_refused_and_once_allowed_what_it_leaves_is_named() {
    let (world, golden) = standing();
    paused(87, async {
        let life = Life::within(&world, 87);
        let before = life.rows();
        let refused = life.up_with(ENVIRONMENT, renamed("another")).await;
        assert_eq!(refused.outcome, Outcome::Refused);
        let told = warnings(&life);
        assert!(told.contains("AWS::SageMaker::Domain Domain (d-"), "{told}");
        assert!(
            told.contains("DomainName jumpstart-vpc → another"),
            "{told}"
        );
        assert_eq!(
            crate::support::difference(&before, &life.rows()),
            Vec::<String>::new()
        );
        let allowed = Options {
            allow_replacement: true,
            ..Options::default()
        };
        let risen = life
            .up_as(ENVIRONMENT, renamed("another"), &[], allowed)
            .await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
        let kept: Vec<&str> = risen.kept.iter().map(|kept| kept.kind.as_str()).collect();
        let kinds = [
            "AWS::EFS::FileSystem",
            "AWS::EFS::MountTarget",
            "AWS::EC2::SecurityGroup",
        ];
        for kind in kinds {
            assert!(kept.contains(&kind), "{kind}: {:#?}", risen.kept);
        }
        let volumes = numbers(&life.rows())["AWS::EFS::FileSystem"];
        assert_eq!(volumes, golden["AWS::EFS::FileSystem"] + 1);
    });
}

#[test]
fn what_stands_is_named_with_what_it_costs_though_it_failed_or_was_not_reached() {
    let (world, _) = standing();
    paused(88, async {
        let life = Life::new(Scenario::default(), 88);
        fault(&life, "AWS::EC2::VPCEndpoint", "create", 7, "no").await;
        let risen = up(&life, handling(OnFailure::Keep)).await;
        let of = |key: &str| {
            let id = format!("{ENVIRONMENT}-{key}");
            let mut found = risen.remaining.iter().filter(|left| left.id == id);
            found
                .next()
                .and_then(|left| left.reason.clone())
                .unwrap_or_default()
        };
        assert!(
            of("endpoints").contains("US dollars an hour"),
            "{:#?}",
            risen.remaining
        );
    });
    paused(89, async {
        let life = Life::within(&world, 89);
        let mut manifest = embedded();
        for entry in &mut manifest.stacks {
            if entry.key == "studio" {
                entry.needs.insert("endpoints".to_owned());
            }
        }
        fault(&life, "AWS::EC2::VPCEndpoint", "create", 1, "no").await;
        let given = [("ServiceCatalog", "yes".to_owned())];
        let options = handling(OnFailure::RollBack);
        let risen = life.up_as(ENVIRONMENT, manifest, &given, options).await;
        assert_eq!(risen.outcome, Outcome::Failed, "{}", warnings(&life));
        let told = |key: &str| {
            let id = format!("{ENVIRONMENT}-{key}");
            let mut found = risen.remaining.iter().filter(|left| left.id == id);
            found.next().and_then(|left| left.reason.clone()).unwrap()
        };
        assert!(told("studio").contains("not reached"), "{}", told("studio"));
        assert!(
            told("endpoints").contains("US dollars an hour"),
            "{}",
            told("endpoints")
        );
        assert!(
            told("network").contains("stands as wanted"),
            "{}",
            told("network")
        );
    });
}

#[test]
fn without_rights_to_look_the_status_is_followed() {
    paused(92, async {
        let life = Life::new(Scenario::default(), 92);
        denied(&life, "cloudformation:DescribeStackEvents").await;
        let risen = life.up(ENVIRONMENT).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
        assert!(warnings(&life).contains("its status is followed"));
    });
    let key = "Unable to create Amazon EFS for domain because KMS key 'null' does not exist.";
    paused(93, async {
        let life = Life::new(Scenario::default(), 93);
        denied(&life, "ec2:CreateTags").await;
        fault(&life, "AWS::SageMaker::Domain", "create", 1, key).await;
        let risen = up(&life, handling(OnFailure::RollBack)).await;
        assert_eq!(risen.outcome, Outcome::Failed);
        assert!(warnings(&life).contains(key), "{}", warnings(&life));
    });
}

#[test]
fn a_stack_has_no_more_time_than_its_own() {
    let (world, _) = standing();
    paused(94, async {
        let life = Life::within(&world, 94);
        let mut manifest = embedded();
        for entry in &mut manifest.stacks {
            entry.timeout = Some(Duration::from_secs(2));
        }
        let given = [("IdleTimeoutInMinutes", "180".to_owned())];
        let risen = life.up_given(ENVIRONMENT, manifest, &given).await;
        assert_eq!(risen.outcome, Outcome::Incomplete, "{}", warnings(&life));
        assert!(
            warnings(&life).contains("not computed in time"),
            "{}",
            warnings(&life)
        );
        rest(&life, 60).await;
        assert_eq!(waiting_sets(&life).await, Vec::<String>::new());
    });
}

#[test]
fn zones_are_kept_whatever_the_region_offers_later() {
    let (world, _) = standing();
    paused(95, async {
        let life = Life::within(&world, 95);
        denied(&life, "ec2:DescribeAvailabilityZones").await;
        let before = life.rows();
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let after = life.rows();
        assert_eq!(
            crate::support::difference(&before, &after),
            Vec::<String>::new()
        );
    });
}

#[test]
fn zones_are_kept_though_the_region_has_others_now() {
    let (world, _) = standing();
    paused(86, async {
        let life = Life::within(&world, 86);
        let stacks = life.context().await.aws.stacks().await.unwrap();
        let mut stacks = stacks.iter();
        let network = stacks
            .find(|stack| stack.name.ends_with("network"))
            .unwrap();
        let first = network.parameters["ZoneOne"].clone();
        let mut world = world.clone();
        world.closed_zones.insert(first.clone());
        let later = Life::within(&world, 86);
        let cx = later.context().await;
        let zones = cx.aws.zones().await.unwrap();
        assert!(!zones.iter().any(|zone| zone.id == first), "{zones:?}");
        let before = later.rows();
        let options = Options::default();
        // Another value changes the network's neighbour, and nothing of the network.
        let given = [("IdleTimeoutInMinutes", "180".to_owned())];
        let risen = later.up_as(ENVIRONMENT, embedded(), &given, options).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&later));
        let changed = crate::support::difference(&before, &later.rows());
        assert!(
            !changed.iter().any(|row| row.contains("AWS::EC2::")),
            "{changed:?}"
        );
        // Whoever comes anew gets the zones that there are.
        let anew = later.up("anew").await;
        assert_eq!(anew.outcome, Outcome::Succeeded, "{}", warnings(&later));
        let stacks = cx.aws.stacks().await.unwrap();
        let network = stacks.iter().find(|stack| stack.name == "anew-network");
        let taken = &network.unwrap().parameters;
        assert!(taken["ZoneOne"] != first && taken["ZoneTwo"] != first);
    });
}

#[test]
fn how_to_open_and_to_remove_it_are_commands_that_exist() {
    paused(91, async {
        let life = Life::new(Scenario::default(), 91);
        let risen = life.up(ENVIRONMENT).await;
        let domain = risen.outputs["domain"].as_str().unwrap();
        assert_eq!(
            risen.outputs["open"],
            format!(
                "aws sagemaker create-presigned-domain-url --domain-id {domain} --user-profile-name default-user --region us-east-1"
            )
        );
        assert_eq!(
            risen.outputs["remove"],
            "jumpstart-vpc down --name jumpstart-vpc"
        );
    });
}

#[test]
fn what_a_rollback_leaves_is_removed_though_its_events_were_not_shown() {
    let golden = standing().1;
    for on_failure in [OnFailure::RollBack, OnFailure::Keep, OnFailure::Delete] {
        paused(96, async {
            let life = Life::new(Scenario::default(), 96);
            denied(&life, "cloudformation:DescribeStackEvents").await;
            fault(&life, "AWS::SageMaker::UserProfile", "create", 1, "no").await;
            let risen = up(&life, handling(on_failure)).await;
            assert_eq!(risen.outcome, Outcome::Failed, "{}", warnings(&life));
            if on_failure != OnFailure::Keep {
                assert_eq!(orphans(&life), Vec::<String>::new(), "{on_failure:?}");
            }
            let stands = super::statuses(&life).contains_key("studio");
            assert_eq!(stands, on_failure != OnFailure::Delete, "{on_failure:?}");
            without_faults(&life.shell).await;
            assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
            assert_eq!(numbers(&life.rows()), golden, "{on_failure:?}");
        });
    }
}

#[test]
fn a_stack_that_may_name_what_is_left_stays_where_that_is_not_known() {
    let golden = standing().1;
    paused(97, async {
        let life = Life::new(Scenario::default(), 97);
        denied(&life, "cloudformation:DescribeStackEvents").await;
        denied(&life, "cloudformation:ListStackResources").await;
        fault(&life, "AWS::SageMaker::UserProfile", "create", 1, "no").await;
        let risen = up(&life, handling(OnFailure::Delete)).await;
        assert_eq!(risen.outcome, Outcome::Failed, "{}", warnings(&life));
        assert_eq!(super::statuses(&life)["studio"], "ROLLBACK_COMPLETE");
        without_faults(&life.shell).await;
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        assert_eq!(numbers(&life.rows()), golden);
    });
}

/// How long a run takes beyond its deadline.
async fn overdrawn(
    life: &Life,
    deadline: Duration,
    run: impl AsyncFn(&Life) -> Outcome,
) -> Duration {
    let hurried = Life {
        deadline,
        ..life.clone()
    };
    let cx = life.context().await;
    let began = cx.clock.elapsed();
    assert_eq!(
        run(&hurried).await,
        Outcome::Incomplete,
        "{}",
        warnings(life)
    );
    let took = cx.clock.elapsed().saturating_sub(began);
    took.saturating_sub(deadline)
}

#[test]
fn no_wait_outlasts_the_deadline() {
    const LITTLE: Duration = Duration::from_secs(15);
    let (world, _) = standing();
    let conflict = "private-dns-enabled cannot be set: there is already a conflicting DNS domain";
    // Names of endpoints that are not free yet.
    paused(98, async {
        let life = Life::new(Scenario::default(), 98);
        fault(&life, "AWS::EC2::VPCEndpoint", "create", 2, conflict).await;
        let deadline = Duration::from_secs(360);
        let over = overdrawn(&life, deadline, async |life| {
            up(life, handling(OnFailure::RollBack)).await.outcome
        });
        let over = over.await;
        assert!(over < LITTLE, "{over:?}");
        without_faults(&life.shell).await;
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
    });
    // Quiet after a teardown of somebody's.
    paused(99, async {
        let life = Life::within(&world, 99);
        delete(&life, "endpoints").await;
        rest(&life, 5).await;
        for seconds in [200, 320] {
            let life = Life::within(&life.shell.snapshot(), 99);
            let over = overdrawn(&life, Duration::from_secs(seconds), async |life| {
                life.up(ENVIRONMENT).await.outcome
            });
            let over = over.await;
            assert!(over < LITTLE, "{seconds}: {over:?}");
        }
    });
}

#[test]
fn apps_that_run_on_are_told_with_what_they_cost() {
    let (world, _) = standing();
    paused(90, async {
        let life = Life::within(&world, 90);
        fault(&life, "AWS::SageMaker::App", "create", 2, "no").await;
        let options = Options {
            participants: jumpstart_vpc::up::Participants {
                names: ["ann", "bob"].map(str::to_owned).into(),
                starter_app: true,
                ..Default::default()
            },
            ..Options::default()
        };
        let risen = up(&life, options).await;
        assert_eq!(risen.outcome, Outcome::Failed, "{}", warnings(&life));
        let told = format!("{:#?}", risen.remaining);
        let price = "apps on ml.t3.medium cost about 0.05 US dollars an hour (1)";
        assert!(
            told.contains(price) && told.contains("a GB and month"),
            "{told}"
        );
    });
}

#[test]
fn what_a_replacement_could_not_delete_is_named() {
    let (world, _) = standing();
    paused(100, async {
        let life = Life::within(&world, 100);
        // The stack's own profile has a space, and an app runs in it.
        life.session(ENVIRONMENT, 1).await;
        let mut manifest = embedded();
        for entry in &mut manifest.stacks {
            entry.parameters.remove("UserProfileName");
        }
        let other = [("studio.UserProfileName", "other".to_owned())];
        let allowed = Options {
            allow_replacement: true,
            ..Options::default()
        };
        let risen = life.up_as(ENVIRONMENT, manifest, &other, allowed).await;
        assert_eq!(risen.outcome, Outcome::Incomplete, "{}", warnings(&life));
        let mut left = risen.remaining.iter();
        let profile = left.find(|left| left.kind == "AWS::SageMaker::UserProfile");
        let told = profile.unwrap().reason.clone().unwrap();
        let cure = "--user-profile-name default-user --region us-east-1";
        assert!(told.contains("could not be deleted"), "{told}");
        assert!(told.contains(cure), "{told}");
        let told = warnings(&life);
        assert!(
            told.contains("|default-user could not be deleted"),
            "{told}"
        );
        assert_eq!(super::statuses(&life)["studio"], "UPDATE_COMPLETE");
    });
}

#[test]
fn the_last_look_is_patient_and_the_statuses_alone_decide() {
    let (world, _) = standing();
    let throttled = json!({
        "match": {"action": "cloudformation:ListImports", "times": 15},
        "answer": {"kind": "throttle"},
    });
    let denied = json!({
        "match": {"action": "cloudformation:GetTemplate"},
        "answer": {"kind": "error", "code": "AccessDenied", "message": "no", "status": 403},
    });
    for (rule, told) in [
        (throttled, ""),
        (denied, "cloudformation:GetTemplate answered"),
    ] {
        paused(101, async {
            let life = Life::within(&world, 101);
            post(&life.shell, "/_simulator/faults", &rule).await;
            let risen = life.up(ENVIRONMENT).await;
            assert_eq!(risen.outcome, Outcome::Succeeded, "{}", warnings(&life));
            for output in ["domain", "url", "vpc", "profiles", "open", "studio"] {
                assert!(
                    risen.outputs.contains_key(output),
                    "{output}: {:#?}",
                    risen.outputs
                );
            }
            assert!(warnings(&life).contains(told), "{}", warnings(&life));
        });
    }
}
