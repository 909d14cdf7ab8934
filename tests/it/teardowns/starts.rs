//! Where a teardown may have to start.

use std::time::Duration;

use jumpstart_vpc::event::Outcome;
use serde_json::json;

use crate::support::hand::{hand, ids, rest};
use crate::support::process::post;
use crate::support::{ENVIRONMENT, Life};

/// A starting point, by name.
pub(super) const STARTS: [&str; 10] = [
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
];

/// Brings a world to a starting point.
pub(super) async fn begin(life: &Life, start: &str) {
    let ann = hand(life);
    match start {
        "idle" => up(life).await,
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
            let name = format!("{ENVIRONMENT}-studio");
            ann.cloudformation("DeleteStack", &[("StackName", &name)])
                .await;
            wait_for_no(life, "AWS::SageMaker::Domain").await;
            rest(life, 120).await;
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
            let name = format!("{ENVIRONMENT}-endpoints");
            ann.cloudformation("DeleteStack", &[("StackName", &name)])
                .await;
        }
        other => panic!("no starting point {other}"),
    }
}

async fn up(life: &Life) {
    let risen = life.up(ENVIRONMENT).await;
    assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
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
