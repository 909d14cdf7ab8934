//! Where a teardown may have to start.

use std::time::Duration;

use jumpstart_vpc::event::Outcome;
use jumpstart_vpc::stacks::manifest::Manifest;
use jumpstart_vpc::up::Options;
use serde_json::{Value, json};
use simulator::Scenario;

use crate::deployments::{import, review};
use crate::support::hand::{hand, ids, rest};
use crate::support::process::{post, without_faults};
use crate::support::{ENVIRONMENT, Life};

/// A starting point, by name.
pub(super) const STARTS: [&str; 19] = [
    "idle",
    "in use",
    "half made",
    "rolled back",
    "made anew after a rollback",
    "studio stack deleted",
    "domain deleted by hand",
    "domain deleted with its volume",
    "mount targets going",
    "endpoints stack going",
    "endpoints stack not deleted",
    "network stack not deleted",
    "all stacks gone and the VPC left",
    "studio stack under review",
    "studio stack neither changed nor rolled back",
    "studio stack imported into",
    "volume without tags",
    "domain without a volume",
    "leftovers of an older domain",
];

/// The world that a starting point is in.
pub(super) fn scenario(start: &str) -> Scenario {
    let mut scenario = Scenario::default();
    scenario.switches.domain_without_volume = start == "domain without a volume";
    scenario
}

/// Brings a world to a starting point.
pub(crate) async fn begin(life: &Life, start: &str) {
    let ann = hand(life);
    match start {
        "idle" | "domain without a volume" => up(life).await,
        "in use" => {
            up(life).await;
            life.session(ENVIRONMENT, 1).await;
        }
        "half made" => {
            let hurried = Life {
                deadline: Duration::from_secs(150),
                ..life.clone()
            };
            let risen = hurried.up(ENVIRONMENT).await;
            assert_eq!(risen.outcome, Outcome::Incomplete);
        }
        "rolled back" => roll_back(life).await,
        "made anew after a rollback" => {
            roll_back(life).await;
            up(life).await;
        }
        "studio stack deleted" => {
            up(life).await;
            delete_studio_stack(life).await;
        }
        "leftovers of an older domain" => {
            up(life).await;
            delete_studio_stack(life).await;
            up(life).await;
        }
        "studio stack under review" => {
            up(life).await;
            delete_studio_stack(life).await;
            review(life, "studio").await;
        }
        "domain deleted by hand" => delete_domain(life, "Retain").await,
        "domain deleted with its volume" => delete_domain(life, "Delete").await,
        "mount targets going" => {
            delete_domain(life, "Retain").await;
            for target in ids(life, "AWS::EFS::MountTarget") {
                ann.efs("DELETE", &format!("mount-targets/{target}"), None)
                    .await;
            }
        }
        "endpoints stack going" => {
            up(life).await;
            delete_stack(life, "endpoints", &[]).await;
        }
        "endpoints stack not deleted" => {
            up(life).await;
            let fault = failing("AWS::EC2::VPCEndpoint", "delete", 1000);
            post(&life.shell, "/_simulator/faults", &fault).await;
            delete_stack(life, "endpoints", &[]).await;
            rest(life, 1800).await;
            without_faults(&life.shell).await;
        }
        "network stack not deleted" => {
            up(life).await;
            delete_stacks(life).await;
        }
        "all stacks gone and the VPC left" => {
            up(life).await;
            leave_the_vpc(life).await;
        }
        "studio stack neither changed nor rolled back" => {
            up(life).await;
            let fault = failing("AWS::SageMaker::Domain", "update", 1000);
            post(&life.shell, "/_simulator/faults", &fault).await;
            let given = [("IdleTimeoutInMinutes", "180".to_owned())];
            let manifest = Manifest::embedded().unwrap();
            let changed = life
                .up_as(ENVIRONMENT, manifest, &given, Options::default())
                .await;
            assert_eq!(changed.outcome, Outcome::Failed, "{changed:#?}");
            without_faults(&life.shell).await;
        }
        "studio stack imported into" => {
            up(life).await;
            import(life, "studio", "IMPORT_COMPLETE").await;
        }
        "volume without tags" => {
            up(life).await;
            let volume = ids(life, "AWS::EFS::FileSystem").remove(0);
            let path = format!("resource-tags/{volume}?tagKeys=ManagedByAmazonSageMakerResource");
            ann.efs("DELETE", &path, None).await;
            rest(life, 120).await;
        }
        other => panic!("no starting point {other}"),
    }
}

pub(super) async fn up(life: &Life) {
    let risen = life.up(ENVIRONMENT).await;
    assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
}

/// A world in which our environment has come up, and nothing else is.
pub(super) async fn risen(seed: u64) -> Life {
    let life = Life::new(Scenario::default(), seed);
    up(&life).await;
    life
}

/// A creation that fails at its last resource and leaves a volume, mount targets and two groups behind (section 3.3).
async fn roll_back(life: &Life) {
    let fault = json!({
        "match": {"type": "AWS::SageMaker::UserProfile", "operation": "create", "times": 1},
        "effect": {"kind": "fail", "reason": "InternalError"},
    });
    post(&life.shell, "/_simulator/faults", &fault).await;
    let risen = life.up(ENVIRONMENT).await;
    assert_eq!(risen.outcome, Outcome::Failed, "{risen:#?}");
}

pub(super) fn failing(kind: &str, operation: &str, times: u64) -> Value {
    json!({
        "match": {"type": kind, "operation": operation, "times": times},
        "effect": {"kind": "fail", "reason": "InternalError"},
    })
}

async fn delete_stack(life: &Life, key: &str, retain: &[String]) {
    let name = format!("{ENVIRONMENT}-{key}");
    let mut members = vec![("StackName".to_owned(), name)];
    let retained = retain.iter().enumerate();
    members.extend(retained.map(|(index, logical)| {
        let member = format!("RetainResources.member.{}", index + 1);
        (member, logical.clone())
    }));
    let members: Vec<(&str, &str)> = members
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    hand(life).cloudformation("DeleteStack", &members).await;
}

async fn delete_studio_stack(life: &Life) {
    delete_stack(life, "studio", &[]).await;
    wait_for_no(life, "AWS::SageMaker::Domain").await;
    rest(life, 120).await;
}

/// All stacks are deleted by hand, and what the domain leaves behind keeps the network's from going.
async fn delete_stacks(life: &Life) {
    delete_studio_stack(life).await;
    delete_stack(life, "endpoints", &[]).await;
    rest(life, 1800).await;
    delete_stack(life, "network", &[]).await;
    rest(life, 1800).await;
}

/// Somebody deletes every stack and retains whatever keeps one from going: the VPC stays, and what is in it.
pub(super) async fn leave_the_vpc(life: &Life) {
    delete_stacks(life).await;
    for key in ["endpoints", "network"] {
        let stack = format!(":stack/{ENVIRONMENT}-{key}/");
        let is_there = || {
            let stacks = ids(life, "AWS::CloudFormation::Stack");
            stacks.iter().any(|arn| arn.contains(&stack))
        };
        // What is retained lets the deletion come as far as the next one that fails.
        for _ in 0..6 {
            if is_there() {
                let stays = failed_members(life, key).await;
                delete_stack(life, key, &stays).await;
                rest(life, 1800).await;
            }
        }
        assert!(!is_there(), "{key} stays");
    }
}

/// Logical ids of what a deletion of the stack could not remove.
async fn failed_members(life: &Life, key: &str) -> Vec<String> {
    let cx = life.context().await;
    let stack = format!("{ENVIRONMENT}-{key}");
    let members = cx.aws.stack_members(&stack).await.unwrap();
    members
        .into_iter()
        .filter(|member| member.status == "DELETE_FAILED")
        .map(|member| member.logical_id)
        .collect()
}

async fn wait_for_no(life: &Life, kind: &str) {
    for _ in 0..500 {
        if ids(life, kind).is_empty() {
            return;
        }
        rest(life, 10).await;
    }
    panic!("{kind} stays");
}

async fn delete_domain(life: &Life, retention: &str) {
    up(life).await;
    let ann = hand(life);
    let domain = ids(life, "AWS::SageMaker::Domain").remove(0);
    for profile in ids(life, "AWS::SageMaker::UserProfile") {
        let name = profile.rsplit(['/', '|']).next().unwrap();
        let profile = json!({"DomainId": domain, "UserProfileName": name});
        ann.sagemaker("DeleteUserProfile", profile).await;
    }
    wait_for_no(life, "AWS::SageMaker::UserProfile").await;
    let input = json!({"DomainId": domain, "RetentionPolicy": {"HomeEfsFileSystem": retention}});
    ann.sagemaker("DeleteDomain", input).await;
    wait_for_no(life, "AWS::SageMaker::Domain").await;
}
