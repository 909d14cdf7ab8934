//! Promises that are kept when things are not as they usually are.

use std::time::Duration;

use jumpstart_vpc::down::Consent;
use jumpstart_vpc::event::{Event, Outcome};
use jumpstart_vpc::stacks::Manifest;
use serde_json::{Value, json};
use simulator::{Row, Scenario};

use crate::support::hand::{hand, rest};
use crate::support::process::{ask, foreign_interface, post};
use crate::support::{ENVIRONMENT, Life, difference, force, paused, set, yes};

const IMAGE: &str = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.27";

async fn fault(life: &Life, rule: Value) {
    post(&life.shell, "/_simulator/faults", &rule).await;
}

fn of_kind(life: &Life, kind: &str) -> Vec<Row> {
    let rows = life.rows().into_values();
    rows.filter(|row| row.kind == kind).collect()
}

fn hints(life: &Life) -> Vec<String> {
    let events = life.recorder.0.borrow();
    let hints = events.iter().filter_map(|event| match event {
        Event::Hint { id, .. } => Some(id.clone()),
        _ => None,
    });
    hints.collect()
}

#[test]
fn a_space_that_is_made_meanwhile_is_not_among_those_that_were_agreed_to() {
    paused(42, async {
        let life = Life::new(Scenario::default(), 42);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let (fallen, ()) = tokio::join!(life.down(ENVIRONMENT, yes()), late_participant(&life));
        assert_eq!(fallen.outcome, Outcome::Incomplete, "{fallen:#?}");
        assert_eq!(
            of_kind(&life, "AWS::SageMaker::Space").len(),
            1,
            "nobody agreed to lose it"
        );
        // Said again, it is data without consent; with consent everything goes.
        assert_eq!(
            life.down(ENVIRONMENT, yes()).await.outcome,
            Outcome::Refused
        );
        assert_eq!(
            life.down(ENVIRONMENT, force()).await.outcome,
            Outcome::Succeeded
        );
    });
}

/// Somebody who comes after everything was looked at, and has a space as soon as there is a profile.
async fn late_participant(life: &Life) {
    let cx = life.context().await;
    let domain = of_kind(life, "AWS::SageMaker::Domain")[0].id.clone();
    cx.clock.sleep(Duration::from_secs(4)).await;
    cx.aws.create_user_profile(&domain, "late").await.unwrap();
    for _ in 0..1000 {
        if cx.aws.create_space(&domain, "late", "late").await.is_ok() {
            return;
        }
        cx.clock.sleep(Duration::from_millis(50)).await;
    }
    panic!("the profile was gone before its space could be made");
}

/// The late participant starts to work in his space.
async fn late_worker(life: &Life) {
    late_participant(life).await;
    let cx = life.context().await;
    let domain = of_kind(life, "AWS::SageMaker::Domain")[0].id.clone();
    for _ in 0..1000 {
        if cx.aws.create_app(&domain, "late").await.is_ok() {
            return;
        }
        cx.clock.sleep(Duration::from_millis(50)).await;
    }
    panic!("no app could be started in the late space");
}

#[test]
fn who_begins_to_work_meanwhile_keeps_nobody_waiting() {
    paused(42, async {
        let life = Life::new(Scenario::default(), 42);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let began = life.shell.snapshot().now();
        let (fallen, ()) = tokio::join!(life.down(ENVIRONMENT, yes()), late_worker(&life));
        assert_eq!(fallen.outcome, Outcome::Incomplete, "{fallen:#?}");
        assert_eq!(of_kind(&life, "AWS::SageMaker::App").len(), 1);
        let took = life.shell.snapshot().now().since(began);
        assert!(took < Duration::from_secs(30 * 60), "{took:?}");
    });
}

/// In its life a participant who comes late has time to make a space before the profile goes.
const LATE: u64 = 42;

#[test]
fn what_is_made_meanwhile_goes_too_where_everything_may() {
    paused(LATE, async {
        let life = Life::new(Scenario::default(), LATE);
        let before = life.rows();
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let began = life.shell.snapshot().now();
        let down = life.down(ENVIRONMENT, force());
        let (fallen, ()) = tokio::join!(down, late_participant(&life));
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        let took = life.shell.snapshot().now().since(began);
        assert!(
            took < Duration::from_secs(15 * 60),
            "noticed late: {took:?}"
        );
    });
}

/// A row of a kind that a stack of Ann's environment has.
fn ours(life: &Life, stack: &str, kind: &str) -> Row {
    let stack = format!("{ENVIRONMENT}-{stack}");
    let mut rows = of_kind(life, kind).into_iter();
    rows.find(|row| row.stack.as_ref() == Some(&stack)).unwrap()
}

/// Where Ann's jobs and models work, and with which role.
fn workplace(life: &Life) -> (Value, String) {
    let id = |kind: &str| ours(life, "network", kind).id;
    let place = json!({
        "SecurityGroupIds": [id("AWS::EC2::SecurityGroup")],
        "Subnets": [id("AWS::EC2::Subnet")],
    });
    (place, ours(life, "studio", "AWS::IAM::Role").arn)
}

/// Longer than every list of the first look needs, and not long enough for the first stack to go.
const AFTER_THE_FIRST_LOOK: u64 = 20;

/// Somebody starts a job that would go on for a day.
async fn late_training_job(life: &Life) {
    let (place, role) = workplace(life);
    let endless = json!({
        "match": {"type": "AWS::SageMaker::TrainingJob", "operation": "create"},
        "effect": {"kind": "take", "seconds": 86400.0},
    });
    fault(life, endless).await;
    rest(life, AFTER_THE_FIRST_LOOK).await;
    let input = json!({
        "TrainingJobName": "late",
        "RoleArn": role,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "VpcConfig": place,
        "StoppingCondition": {"MaxRuntimeInSeconds": 172_800},
    });
    hand(life).sagemaker("CreateTrainingJob", input).await;
}

/// Somebody deploys a model, by a script that sets no tags.
async fn late_endpoint(life: &Life) {
    let (place, role) = workplace(life);
    rest(life, AFTER_THE_FIRST_LOOK).await;
    let ann = hand(life);
    let input = json!({
        "ModelName": "late",
        "ExecutionRoleArn": role,
        "PrimaryContainer": {"Image": IMAGE},
        "VpcConfig": place,
    });
    ann.sagemaker("CreateModel", input).await;
    let input = json!({
        "EndpointConfigName": "late",
        "ProductionVariants": [{
            "VariantName": "AllTraffic",
            "ModelName": "late",
            "InitialInstanceCount": 1,
            "InstanceType": "ml.g5.2xlarge",
        }],
    });
    ann.sagemaker("CreateEndpointConfig", input).await;
    let input = json!({"EndpointName": "late", "EndpointConfigName": "late"});
    ann.sagemaker("CreateEndpoint", input).await;
}

/// A teardown beside a neighbour's environment, while somebody begins something new: that goes too, and in good time.
fn goes_with_the_rest(late: impl AsyncFnOnce(&Life)) {
    paused(57, async {
        let life = Life::new(Scenario::default(), 57);
        let bob = life.as_caller("bob");
        assert_eq!(bob.up("workshop").await.outcome, Outcome::Succeeded);
        bob.session("workshop", 1).await;
        let before = life.rows();
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let began = life.shell.snapshot().now();
        let (fallen, ()) = tokio::join!(life.down(ENVIRONMENT, force()), late(&life));
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        let took = life.shell.snapshot().now().since(began);
        let longest = Duration::from_secs(50 * 60);
        assert!(took < longest, "noticed late: {took:?}");
    });
}

#[test]
fn a_job_that_is_started_meanwhile_goes_too() {
    goes_with_the_rest(late_training_job);
}

#[test]
fn an_endpoint_that_is_deployed_meanwhile_goes_too() {
    goes_with_the_rest(late_endpoint);
}

#[test]
fn why_a_domain_could_not_go_is_told_in_sagemakers_words() {
    paused(58, async {
        let life = Life::new(Scenario::default(), 58);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let why = "Some resources of the domain may still be running";
        let failing = json!({
            "match": {"type": "AWS::SageMaker::Domain", "operation": "delete", "times": 1000},
            "effect": {"kind": "fail", "reason": why},
        });
        fault(&life, failing).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Failed, "{fallen:#?}");
        let domain = of_kind(&life, "AWS::SageMaker::Domain").remove(0).id;
        let left = fallen.remaining.iter().find(|left| left.id == domain);
        let told = left.unwrap().reason.as_deref().unwrap();
        assert!(told.ends_with(why), "{told}");
        let step = format!("delete:AWS::SageMaker::Domain:{domain}");
        let events = life.recorder.0.borrow();
        let mut errors = events.iter().filter_map(|event| match event {
            Event::StepFinished { id, error, .. } if *id == step => error.clone(),
            _ => None,
        });
        let error = errors.next().unwrap();
        assert_eq!(
            (error.code.as_str(), error.message.as_str()),
            ("Delete_Failed", why)
        );
    });
}

#[test]
fn a_config_whose_deletion_was_not_answered_is_not_believed_to_be_there() {
    paused(52, async {
        let life = Life::new(Scenario::default(), 52);
        let before = life.rows();
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        life.session(ENVIRONMENT, 1).await;
        let dropped = json!({
            "match": {"action": "sagemaker:DeleteEndpointConfig", "times": 1},
            "answer": {"kind": "drop-after"},
        });
        fault(&life, dropped).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn a_kept_volume_that_somebody_has_mounted_since_stays_mounted() {
    paused(53, async {
        let life = Life::new(Scenario::default(), 53);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        assert_eq!(
            life.down(ENVIRONMENT, yes()).await.outcome,
            Outcome::Succeeded
        );
        let volume = of_kind(&life, "AWS::EFS::FileSystem")[0].id.clone();
        ask(&life.shell, "Action=DescribeVpcs&Version=2016-11-15").await;
        let all = life.shell.snapshot().rows();
        let subnet = all.iter().find(|row| row.kind == "AWS::EC2::Subnet");
        let mounted = json!({"FileSystemId": volume, "SubnetId": subnet.unwrap().id});
        post(&life.shell, "/2015-02-01/mount-targets", &mounted).await;
        // Until it is there.
        life.context()
            .await
            .clock
            .sleep(Duration::from_secs(300))
            .await;
        let before = life.rows();
        assert_eq!(
            life.down(ENVIRONMENT, yes()).await.outcome,
            Outcome::Succeeded
        );
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        assert_eq!(of_kind(&life, "AWS::EFS::MountTarget").len(), 1);
    });
}

#[test]
fn a_volume_that_was_kept_stays_when_the_next_environment_goes_with_its_own() {
    paused(42, async {
        let life = Life::new(Scenario::default(), 42);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        assert_eq!(
            life.down(ENVIRONMENT, yes()).await.outcome,
            Outcome::Succeeded
        );
        let kept = of_kind(&life, "AWS::EFS::FileSystem");
        assert_eq!(kept.len(), 1);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let delete_efs = Consent {
            delete_efs: true,
            ..yes()
        };
        assert_eq!(
            life.down(ENVIRONMENT, delete_efs).await.outcome,
            Outcome::Succeeded
        );
        let left = of_kind(&life, "AWS::EFS::FileSystem");
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].id, kept[0].id);
    });
}

#[test]
fn a_volume_of_another_environment_cannot_be_named() {
    paused(43, async {
        let life = Life::new(Scenario::default(), 43);
        assert_eq!(
            life.as_caller("bob").up("workshop").await.outcome,
            Outcome::Succeeded
        );
        let before = life.rows();
        let named = Consent {
            delete_volume: Some(of_kind(&life, "AWS::EFS::FileSystem")[0].id.clone()),
            ..yes()
        };
        assert_eq!(
            life.down(ENVIRONMENT, named).await.outcome,
            Outcome::Refused
        );
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn a_stack_that_the_network_needs_goes_after_it() {
    paused(44, async {
        let life = Life::new(Scenario::default(), 44);
        let before = life.rows();
        let risen = life.up_with(ENVIRONMENT, set("layered")).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn a_domain_in_a_borrowed_vpc_leaves_nothing_there_and_takes_nothing() {
    paused(45, async {
        let life = Life::new(Scenario::default(), 45);
        // What every account has is there once somebody has looked at the region.
        ask(&life.shell, "Action=DescribeVpcs&Version=2016-11-15").await;
        let all = life.shell.snapshot().rows();
        let of = |kind: &str| -> Vec<String> {
            let rows = all.iter().filter(|row| row.kind == kind);
            rows.map(|row| row.id.clone()).collect()
        };
        let vpc = of("AWS::EC2::VPC")[0].clone();
        let given = [
            ("VpcId", vpc),
            ("SubnetIds", of("AWS::EC2::Subnet")[..2].join(",")),
            ("GroupId", of("AWS::EC2::SecurityGroup")[0].clone()),
        ];
        let risen = life.up_given(ENVIRONMENT, set("borrowed"), &given).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let after = life.shell.snapshot().rows();
        let ids = |rows: &[Row]| -> Vec<String> {
            let rows = rows.iter().filter(|row| row.kind != "AWS::IAM::Role");
            rows.map(|row| format!("{} {}", row.kind, row.id)).collect()
        };
        assert_eq!(ids(&after), ids(&all));
    });
}

#[test]
fn what_a_template_retains_is_kept_and_told() {
    paused(46, async {
        let life = Life::new(Scenario::default(), 46);
        assert_eq!(
            life.up_with(ENVIRONMENT, set("retained")).await.outcome,
            Outcome::Succeeded
        );
        let archive = of_kind(&life, "AWS::EFS::FileSystem")[0].id.clone();
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(of_kind(&life, "AWS::EFS::FileSystem")[0].id, archive);
        assert!(
            fallen.kept.iter().any(|kept| kept.id == archive),
            "{:?}",
            fallen.kept
        );
    });
}

#[test]
fn a_volume_of_a_stack_goes_with_it_though_it_is_mounted() {
    paused(54, async {
        let life = Life::new(Scenario::default(), 54);
        let before = life.rows();
        let risen = life.up_with(ENVIRONMENT, set("mounted")).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
        assert_eq!(of_kind(&life, "AWS::EFS::MountTarget").len(), 1);
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn values_that_were_given_once_are_kept_on_later_runs() {
    paused(47, async {
        let life = Life::new(Scenario::default(), 47);
        let given = [
            ("VpcCidr", "10.9.0.0/16".to_owned()),
            ("SubnetOneCidr", "10.9.0.0/20".to_owned()),
            ("SubnetTwoCidr", "10.9.16.0/20".to_owned()),
            ("UserProfileName", "alice".to_owned()),
        ];
        let embedded = || Manifest::embedded().unwrap();
        assert_eq!(
            life.up_given(ENVIRONMENT, embedded(), &given).await.outcome,
            Outcome::Succeeded
        );
        let before = life.rows();
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        // Another value would replace the VPC: refused, and nothing is changed.
        let other = [("VpcCidr", "10.8.0.0/16".to_owned())];
        assert_eq!(
            life.up_given(ENVIRONMENT, embedded(), &other).await.outcome,
            Outcome::Refused
        );
        assert_eq!(of_kind(&life, "AWS::EC2::VPC").len(), 1);
        assert!(
            difference(&before, &life.rows())
                .iter()
                .all(|line| !line.starts_with("gone"))
        );
    });
}

#[test]
fn credentials_that_expire_on_the_way_leave_it_incomplete_with_a_hint() {
    paused(48, async {
        let life = Life::new(Scenario::default(), 48);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        life.session(ENVIRONMENT, 1).await;
        let expired = json!({"match": {"action": "*", "after": 60.0}, "answer": {"kind": "expired-credentials"}});
        fault(&life, expired).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Incomplete, "{fallen:#?}");
        assert!(fallen.data.iter().all(|data| data.data.kind
            != environment::resource::DataKind::HomeVolume
            || data.fate == jumpstart_vpc::event::Fate::Kept));
        assert!(
            hints(&life).contains(&"credentials-expired".to_owned()),
            "{:?}",
            hints(&life)
        );
    });
}

#[test]
fn a_list_that_may_not_be_read_stops_everything_before_the_first_write() {
    paused(49, async {
        let life = Life::new(Scenario::default(), 49);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let written = life.writes().len();
        let denied = json!({
            "match": {"action": "sagemaker:ListApps"},
            "answer": {"kind": "error", "code": "AccessDeniedException", "message": "not authorized", "status": 400},
        });
        fault(&life, denied).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Failed);
        assert_eq!(life.writes().len(), written);
        assert!(hints(&life).contains(&"permission".to_owned()));
    });
}

#[test]
fn throttles_at_the_last_look_do_not_take_the_network_from_under_a_neighbour() {
    for after in [200.0, 250.0, 300.0, 350.0] {
        paused(50, async {
            let life = Life::new(Scenario::default(), 50);
            let risen = life.up(ENVIRONMENT).await;
            let subnet = risen.outputs["network"]["SubnetOneId"]
                .as_str()
                .unwrap()
                .to_owned();
            foreign_interface(&life.shell, &subnet, "theirs").await;
            for action in ["ec2:DescribeVpcs", "cloudformation:ListStackResources"] {
                let storm = json!({
                    "match": {"action": action, "caller": "*ann*", "after": after, "times": 12},
                    "answer": {"kind": "throttle"},
                });
                fault(&life, storm).await;
            }
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
            let network = of_kind(&life, "AWS::CloudFormation::Stack");
            assert!(
                network
                    .iter()
                    .all(|stack| stack.status == "CREATE_COMPLETE"),
                "{network:?}"
            );
            assert_eq!(of_kind(&life, "AWS::EC2::Subnet").len(), 2);
        });
    }
}
