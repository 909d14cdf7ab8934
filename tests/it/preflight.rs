//! What is known before the first write: findings with a cure, and nothing changed.

use jumpstart_vpc::event::{Event, Finished, Outcome};
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::up::{Options, Participants};
use jumpstart_vpc::{hints, up};
use serde_json::json;
use simulator::Scenario;

use crate::support::process::post;
use crate::support::{ENVIRONMENT, Life, paused};

fn embedded() -> Manifest {
    Manifest::embedded().unwrap()
}

/// Findings that were told, with their summaries.
fn findings(life: &Life) -> Vec<(String, String)> {
    let events = life.recorder.0.borrow();
    let hints = events.iter().filter_map(|event| match event {
        Event::Hint { id, summary, next } => {
            assert!(!next.is_empty(), "{id} without a cure");
            assert!(hints::find(id).is_some(), "explain does not know {id}");
            Some((id.clone(), summary.clone()))
        }
        _ => None,
    });
    hints.collect()
}

async fn refused(
    scenario: &str,
    given: &[(&str, &str)],
    options: Options,
) -> (Vec<(String, String)>, Life) {
    let life = Life::new(Scenario::read(scenario).unwrap(), 71);
    let given: Vec<(&str, String)> = given
        .iter()
        .map(|(key, value)| (*key, (*value).to_owned()))
        .collect();
    let finished: Finished = life.up_as(ENVIRONMENT, embedded(), &given, options).await;
    assert_eq!(finished.outcome, Outcome::Refused, "{:?}", findings(&life));
    assert_eq!(life.writes(), [], "{scenario}");
    (findings(&life), life)
}

#[test]
fn a_quota_that_is_used_up_is_found_and_named() {
    for (quota, participants, told) in [
        ("vpcs = 1", 0, "VPCs of the region: 1 of 1 are used"),
        (
            "interface-endpoints = 9",
            0,
            "interface endpoints of a VPC: 0 of 9",
        ),
        (
            "gateway-endpoints = 0",
            0,
            "gateway endpoints of the region: 0 of 0",
        ),
        ("domains = 0", 0, "domains, Failed ones included: 0 of 0"),
        (
            "user-profiles = 3",
            5,
            "user profiles over all domains: 0 of 3",
        ),
        ("spaces = 4", 5, "spaces allowed per account: 0 of 4"),
    ] {
        paused(71, async {
            let names = (0..participants).map(|number| format!("p{number}"));
            let options = Options {
                participants: Participants {
                    names: names.collect(),
                    starter_app: participants > 0,
                    ..Participants::default()
                },
                ..Options::default()
            };
            let scenario = format!("[quotas]\n{quota}\n");
            let (findings, life) = refused(&scenario, &[], options.clone()).await;
            assert!(
                findings
                    .iter()
                    .any(|(id, what)| id == "quota" && what.contains(told)),
                "{findings:?}"
            );
            // Who knows better may try.
            let skipped = Options {
                no_preflight: true,
                ..options
            };
            let tried = life.up_as(ENVIRONMENT, embedded(), &[], skipped).await;
            assert_eq!(tried.outcome, Outcome::Failed, "{quota}");
        });
    }
}

#[test]
fn addresses_that_do_not_fit_are_found() {
    for (given, told) in [
        (
            vec![
                ("VpcCidr", "10.0.0.0/20"),
                ("SubnetTwoCidr", "10.0.16.0/20"),
            ],
            "does not lie in the VPC's",
        ),
        (vec![("SubnetTwoCidr", "10.0.0.0/24")], "overlap"),
        (vec![("SubnetOneCidr", "10.0.32.0/28")], "free addresses"),
        (
            vec![("SubnetOneCidr", "10.0.32.7/24")],
            "is no block of addresses; 10.0.32.0/24 is",
        ),
    ] {
        paused(72, async {
            let (findings, _) = refused("", &given, Options::default()).await;
            assert!(
                findings
                    .iter()
                    .any(|(id, what)| id == "addresses" && what.contains(told)),
                "{findings:?}"
            );
        });
    }
}

#[test]
fn a_domain_of_that_name_is_found() {
    paused(73, async {
        let life = Life::new(Scenario::default(), 73);
        assert_eq!(
            life.as_caller("bob").up("workshop").await.outcome,
            Outcome::Succeeded
        );
        let mut manifest = embedded();
        for entry in &mut manifest.stacks {
            for value in entry.parameters.values_mut() {
                *value = value.replace("${environment}", "workshop");
            }
        }
        let written = life.writes().len();
        let finished = life
            .up_as(ENVIRONMENT, manifest, &[], Options::default())
            .await;
        assert_eq!(finished.outcome, Outcome::Refused);
        let findings = findings(&life);
        assert!(
            findings.iter().any(|(id, _)| id == "domain-name-taken"),
            "{findings:?}"
        );
        assert_eq!(life.writes().len(), written);
    });
}

#[test]
fn many_participants_in_small_subnets_are_warned_of() {
    paused(74, async {
        let life = Life::new(Scenario::default(), 74);
        let cx = life.context().await;
        let names = (0..200).map(|number| format!("p{number}"));
        let options = Options {
            participants: Participants {
                names: names.collect(),
                ..Participants::default()
            },
            ..Options::default()
        };
        let request = up::Request {
            claim: life.claim(&cx, ENVIRONMENT, true).await,
            manifest: embedded(),
            given: jumpstart_vpc::stacks::parameters::Given {
                values: [("SubnetOneCidr".to_owned(), "10.0.32.0/25".to_owned())].into(),
            },
            role_arn: None,
            yes: true,
            seed: 74,
            inside: None,
            reached_by: up::ReachedBy::default(),
            options,
        };
        let planned = up::plan(&cx, &request, false).await.unwrap();
        assert_eq!(planned.steps.len(), 203);
        let findings = findings(&life);
        assert!(
            findings
                .iter()
                .any(|(id, what)| id == "addresses" && what.contains("200 participants")),
            "{findings:?}"
        );
        assert_eq!(life.writes(), []);
    });
}

#[test]
fn what_may_not_be_read_beforehand_is_said_and_stops_nothing() {
    paused(75, async {
        let life = Life::new(Scenario::default(), 75);
        for action in ["servicequotas:*", "ec2:DescribeVpcEndpointServices"] {
            let denied = json!({
                "match": {"action": action},
                "answer": {"kind": "error", "code": "AccessDeniedException", "message": "no", "status": 400},
            });
            post(&life.shell, "/_simulator/faults", &denied).await;
        }
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let events = life.recorder.0.borrow();
        let told = events.iter().filter(|event| matches!(event, Event::Warning { message, .. } if message.starts_with("not checked before the start")));
        assert!(told.count() >= 2);
    });
}

#[test]
fn a_plan_writes_nothing_and_with_validate_takes_everything_back() {
    paused(76, async {
        let life = Life::new(Scenario::default(), 76);
        let cx = life.context().await;
        let request = |given: &[(&str, &str)]| up::Request {
            claim: jumpstart_vpc::ownership::Claim {
                environment: ENVIRONMENT.to_owned(),
                explicit: true,
                identity: jumpstart_vpc::aws::sts::Identity {
                    account: "111122223333".to_owned(),
                    arn: "arn:aws:iam::111122223333:user/ann".to_owned(),
                },
                account: None,
            },
            manifest: embedded(),
            given: jumpstart_vpc::stacks::parameters::Given {
                values: given
                    .iter()
                    .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                    .collect(),
            },
            role_arn: None,
            yes: true,
            seed: 76,
            inside: None,
            reached_by: up::ReachedBy::default(),
            options: Options::default(),
        };
        up::plan(&cx, &request(&[]), false).await.unwrap();
        assert_eq!(life.writes(), []);
        let before = life.rows();
        let planned = up::plan(&cx, &request(&[]), true).await.unwrap();
        let (stack, lines) = &planned.validated[0];
        assert_eq!(stack, "jumpstart-vpc-network");
        assert!(
            lines.iter().any(|line| line == "add AWS::EC2::VPC Vpc"),
            "{lines:?}"
        );
        assert_eq!(
            life.rows().len(),
            before.len(),
            "the stack under review is gone"
        );
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let changed = [("IdleTimeoutInMinutes", "180")];
        let planned = up::plan(&cx, &request(&changed), true).await.unwrap();
        let of_studio = &planned.validated[2].1;
        assert!(
            of_studio
                .iter()
                .any(|line| line.starts_with("modify AWS::SageMaker::Domain")),
            "{of_studio:?}"
        );
        // Where each value comes from.
        let values = &planned.values[2].1;
        let from = |name: &str| {
            &values
                .iter()
                .find(|told| told.parameter == name)
                .unwrap()
                .from
        };
        assert_eq!(
            from("IdleTimeoutInMinutes"),
            "parameter IdleTimeoutInMinutes"
        );
        assert_eq!(from("UserProfileName"), "kept from the first run");
        let zone = &planned.values[0].1[0];
        assert!(
            zone.value.is_some() && zone.from == "kept from the first run",
            "{zone:?}"
        );
        let sets = life.shell.snapshot();
        let left = sets.log().iter().filter(|entry| entry.code.is_none());
        let count = |action: &str| left.clone().filter(|entry| entry.action == action).count();
        assert_eq!(
            count("cloudformation:CreateChangeSet"),
            count("cloudformation:DeleteChangeSet")
        );
    });
}

#[test]
fn what_is_removed_first_frees_what_it_used() {
    for (quota, kind, nth) in [
        ("vpcs = 2", "AWS::EC2::Subnet", 2),
        ("domains = 1", "AWS::SageMaker::UserProfile", 1),
    ] {
        paused(77, async {
            let scenario = format!("[quotas]\n{quota}\n");
            let life = Life::new(Scenario::read(&scenario).unwrap(), 77);
            let rule = json!({
                "match": {"type": kind, "operation": "create", "nth": nth, "times": 1},
                "effect": {"kind": "fail", "reason": "as it happens"},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let keep = Options {
                on_failure: up::OnFailure::Keep,
                ..Options::default()
            };
            let risen = life.up_as(ENVIRONMENT, embedded(), &[], keep).await;
            assert_eq!(risen.outcome, Outcome::Failed, "{quota}");
            let risen = life.up(ENVIRONMENT).await;
            assert_eq!(
                risen.outcome,
                Outcome::Succeeded,
                "{quota}: {:?}",
                findings(&life)
            );
        });
    }
}

#[test]
fn a_domain_of_that_name_is_found_though_a_stack_is_made_anew() {
    paused(78, async {
        let life = Life::new(Scenario::default(), 78);
        let others = life.as_caller("bob").up("workshop").await;
        assert_eq!(others.outcome, Outcome::Succeeded);
        let rule = json!({
            "match": {"type": "AWS::EC2::Subnet", "operation": "create", "times": 1},
            "effect": {"kind": "fail", "reason": "as it happens"},
        });
        post(&life.shell, "/_simulator/faults", &rule).await;
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Failed);
        let mut manifest = embedded();
        for entry in &mut manifest.stacks {
            for value in entry.parameters.values_mut() {
                *value = value.replace("${environment}", "workshop");
            }
        }
        let risen = life
            .up_as(ENVIRONMENT, manifest, &[], Options::default())
            .await;
        assert_eq!(risen.outcome, Outcome::Refused);
        let findings = findings(&life);
        assert!(
            findings.iter().any(|(id, _)| id == "domain-name-taken"),
            "{findings:?}"
        );
    });
}

#[test]
fn services_that_only_advise_may_be_down() {
    paused(79, async {
        let life = Life::new(Scenario::default(), 79);
        for action in ["servicequotas:*", "ec2:DescribeVpcEndpointServices"] {
            let down = json!({
                "match": {"action": action},
                "answer": {"kind": "error", "code": "InternalError", "message": "no", "status": 500},
            });
            post(&life.shell, "/_simulator/faults", &down).await;
        }
        let risen = life.up(ENVIRONMENT).await;
        assert_eq!(risen.outcome, Outcome::Succeeded);
        let world = life.shell.snapshot();
        let first = world.log().iter().find(|entry| entry.write).unwrap();
        let (began, wrote): (jiff::Timestamp, jiff::Timestamp) = (
            world.log()[0].at.parse().unwrap(),
            first.at.parse().unwrap(),
        );
        let waited = wrote.duration_since(began);
        assert!(waited.as_secs() < 90, "{waited:?}");
    });
}

/// A network in these zones, and nothing else.
async fn network_in(life: &Life, zones: [&str; 2]) {
    let mut manifest = embedded();
    manifest.stacks.truncate(1);
    let parameters = &mut manifest.stacks[0].parameters;
    for (name, zone) in ["ZoneOne", "ZoneTwo"].into_iter().zip(zones) {
        parameters.insert(name.to_owned(), zone.to_owned());
    }
    let risen = life.up_with(ENVIRONMENT, manifest).await;
    assert_eq!(risen.outcome, Outcome::Succeeded);
}

#[test]
fn endpoints_have_to_be_offered_in_the_zones_of_a_network_that_is_there() {
    paused(80, async {
        let life = Life::new(Scenario::default(), 80);
        // The oldest zone of the region lacks newer services.
        network_in(&life, ["use1-az3", "use1-az1"]).await;
        let risen = life.up(ENVIRONMENT).await;
        assert_eq!(risen.outcome, Outcome::Refused, "{:?}", findings(&life));
        let findings = findings(&life);
        assert!(
            findings
                .iter()
                .any(|(id, what)| id == "zone-without-service"
                    && what.contains("use1-az3, which the network is in")),
            "{findings:?}"
        );
    });
}

async fn request_of(life: &Life, manifest: Manifest, options: Options) -> up::Request {
    let cx = life.context().await;
    up::Request {
        claim: life.claim(&cx, ENVIRONMENT, true).await,
        manifest,
        given: jumpstart_vpc::stacks::parameters::Given::default(),
        role_arn: None,
        yes: true,
        seed: life.seed,
        inside: None,
        reached_by: up::ReachedBy::default(),
        options,
    }
}

#[test]
fn who_works_inside_what_would_be_changed_is_refused() {
    paused(81, async {
        let life = Life::new(Scenario::default(), 81);
        let risen = life.up(ENVIRONMENT).await;
        let cx = life.context().await;
        let request = request_of(&life, embedded(), Options::default()).await;
        let domain = risen.outputs["domain"].as_str().unwrap().to_owned();
        let in_studio = up::Request {
            inside: Some(domain.clone()),
            ..request.clone()
        };
        let role = cx.aws.stack_members(&format!("{ENVIRONMENT}-studio")).await;
        let mut members = role.unwrap().into_iter();
        let role = members
            .find(|member| member.kind == "AWS::IAM::Role")
            .unwrap()
            .id;
        let mut as_role = request.clone();
        as_role.claim.identity.arn =
            format!("arn:aws:sts::111122223333:assumed-role/{role}/SageMaker");
        for (request, told) in [(in_studio, domain), (as_role, role)] {
            let written = life.writes().len();
            assert_eq!(up::up(&cx, &request).await.outcome, Outcome::Refused);
            let found = findings(&life);
            assert!(
                found
                    .iter()
                    .any(|(id, what)| id == "inside-itself" && what.contains(&told)),
                "{found:?}"
            );
            assert_eq!(life.writes().len(), written);
        }
        let elsewhere = up::Request {
            inside: Some("d-elsewhere".to_owned()),
            ..request
        };
        assert_eq!(up::up(&cx, &elsewhere).await.outcome, Outcome::Succeeded);
    });
}

#[test]
fn what_early_validation_finds_is_told_with_its_place() {
    paused(82, async {
        let life = Life::new(Scenario::default(), 82);
        let others = life.as_caller("bob").up("workshop").await;
        assert_eq!(others.outcome, Outcome::Succeeded);
        network_in(&life, ["use1-az1", "use1-az2"]).await;
        let mut manifest = embedded();
        let mut entries = manifest.stacks.iter_mut();
        let studio = entries.find(|entry| entry.key == "studio").unwrap();
        studio
            .parameters
            .insert("DomainName".to_owned(), "workshop".to_owned());
        let hasty = Options {
            no_preflight: true,
            ..Options::default()
        };
        let request = request_of(&life, manifest, hasty).await;
        let cx = life.context().await;
        let planned = up::plan(&cx, &request, true).await.unwrap();
        let lines = format!("{:?}", planned.validated);
        assert!(
            lines.contains("AWS::SageMaker::Domain Domain, at /Resources/Domain: "),
            "{lines}"
        );
        assert!(lines.contains("'workshop' already exists"), "{lines}");
    });
}

#[test]
fn a_plan_keeps_no_values_of_what_is_made_anew() {
    paused(83, async {
        let life = Life::new(Scenario::default(), 83);
        let rule = json!({
            "match": {"type": "AWS::EC2::Subnet", "operation": "create", "nth": 2, "times": 1},
            "effect": {"kind": "fail", "reason": "as it happens"},
        });
        post(&life.shell, "/_simulator/faults", &rule).await;
        let given = [("SubnetTwoCidr", "10.0.32.0/20".to_owned())];
        let risen = life.up_given(ENVIRONMENT, embedded(), &given).await;
        assert_eq!(risen.outcome, Outcome::Failed);
        let request = request_of(&life, embedded(), Options::default()).await;
        let cx = life.context().await;
        let planned = up::plan(&cx, &request, false).await.unwrap();
        let values = &planned.values[0].1;
        let subnet = values
            .iter()
            .find(|told| told.parameter == "SubnetTwoCidr")
            .unwrap();
        assert_eq!(subnet.value.as_deref(), Some("10.0.16.0/20"));
        assert_eq!(subnet.from, "the manifest's default");
    });
}

fn workshop(participants: usize) -> Options {
    let names = (0..participants).map(|number| format!("p{number}"));
    Options {
        participants: Participants {
            names: names.collect(),
            ..Participants::default()
        },
        ..Options::default()
    }
}

#[test]
fn subnets_that_stay_are_asked_for_their_room() {
    paused(84, async {
        let life = Life::new(Scenario::default(), 84);
        // Of 59 addresses of the first subnet the endpoints and the volume take a few.
        let given = [("SubnetOneCidr", "10.0.32.0/26".to_owned())];
        let risen = life.up_given(ENVIRONMENT, embedded(), &given).await;
        assert_eq!(risen.outcome, Outcome::Succeeded);
        let cx = life.context().await;
        let told = async |participants| {
            life.recorder.0.borrow_mut().clear();
            let request = request_of(&life, embedded(), workshop(participants)).await;
            up::plan(&cx, &request, false).await.unwrap();
            let found = findings(&life);
            found.into_iter().any(|(id, what)| {
                id == "addresses" && what.starts_with("subnet-") && what.contains("participants")
            })
        };
        assert!(!told(5).await);
        assert!(told(100).await);
        // Whoever is there already needs nothing more.
        let risen = life
            .up_as(ENVIRONMENT, embedded(), &[], workshop(100))
            .await;
        assert_eq!(risen.outcome, Outcome::Succeeded);
        assert!(!told(100).await);
    });
}

#[test]
fn what_a_change_adds_is_counted_beside_what_is_there() {
    paused(85, async {
        let quotas = "[quotas]\ninterface-endpoints = 10\n";
        let life = Life::new(Scenario::read(quotas).unwrap(), 85);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        // The same again adds nothing.
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let written = life.writes().len();
        let given = [("ServiceCatalog", "yes".to_owned())];
        let risen = life.up_given(ENVIRONMENT, embedded(), &given).await;
        assert_eq!(risen.outcome, Outcome::Refused);
        let found = findings(&life);
        let told = "interface endpoints of a VPC: 10 of 10 are used, and 1 more";
        assert!(
            found
                .iter()
                .any(|(id, what)| id == "quota" && what.contains(told)),
            "{found:?}"
        );
        assert_eq!(life.writes().len(), written);
    });
}

#[test]
fn who_is_there_is_counted_once_though_the_studio_has_to_go_back_first() {
    paused(91, async {
        let scenario = Scenario::read("[quotas]\nuser-profiles = 4\n").unwrap();
        let life = Life::new(scenario, 91);
        let options = |on_failure| Options {
            on_failure,
            participants: Participants {
                names: ["ann", "bob", "carl"].map(str::to_owned).into(),
                ..Participants::default()
            },
            ..Options::default()
        };
        let (keep, back) = (up::OnFailure::Keep, up::OnFailure::RollBack);
        let risen = life
            .up_as(ENVIRONMENT, embedded(), &[], options(back))
            .await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{:?}", findings(&life));
        let rule = json!({
            "match": {"type": "AWS::SageMaker::Domain", "operation": "update", "times": 1},
            "effect": {"kind": "fail", "reason": "as it happens"},
        });
        post(&life.shell, "/_simulator/faults", &rule).await;
        let given = [("IdleTimeoutInMinutes", "180".to_owned())];
        let failed = life
            .up_as(ENVIRONMENT, embedded(), &given, options(keep))
            .await;
        assert_eq!(failed.outcome, Outcome::Failed);
        let stacks = life.context().await.aws.stacks().await.unwrap();
        assert!(stacks.iter().any(|stack| stack.status == "UPDATE_FAILED"));
        let again = life
            .up_as(ENVIRONMENT, embedded(), &[], options(back))
            .await;
        assert_eq!(again.outcome, Outcome::Succeeded, "{:?}", findings(&life));
    });
}
