//! What a run that made everything comes to: protected where all is well; where the last look shows something amiss, exit 1
//! if repeating does not help and 3 if it does.

use jumpstart_vpc::event::{Finished, Outcome};
use jumpstart_vpc::up::Options;
use serde_json::json;

use super::worlds::standing;
use super::{fault, up};
use crate::support::hand::Hand;
use crate::support::hand::rest;
use crate::support::process::{post, without_faults};
use crate::support::{ENVIRONMENT, Life, force, paused, warnings};

async fn answering(life: &Life, action: &str, answer: serde_json::Value) {
    let rule = json!({"match": {"action": action}, "answer": answer});
    post(&life.shell, "/_simulator/faults", &rule).await;
}

fn denial() -> serde_json::Value {
    json!({"kind": "error", "code": "AccessDenied", "message": "no", "status": 403})
}

fn protecting() -> Options {
    Options {
        protect: true,
        ..Options::default()
    }
}

fn told(finished: &Finished) -> String {
    let reasons = finished.remaining.iter();
    let reasons = reasons.filter_map(|left| left.reason.clone());
    reasons.collect::<Vec<_>>().join("\n")
}

#[test]
fn protection_is_on_when_all_is_well() {
    let (world, _) = standing();
    paused(39, async {
        let life = Life::within(&world, 39);
        assert_eq!(up(&life, protecting()).await.outcome, Outcome::Succeeded);
        let stacks = life.context().await.aws.stacks().await.unwrap();
        assert!(stacks.len() == 3 && stacks.iter().all(|stack| stack.protected));
        assert_eq!(
            life.down(ENVIRONMENT, force()).await.outcome,
            Outcome::Refused
        );
    });
}

#[test]
fn a_protection_that_is_denied_is_a_failure_and_one_that_is_throttled_is_not() {
    let (world, _) = standing();
    for (answer, outcome) in [
        (denial(), Outcome::Failed),
        (json!({"kind": "throttle"}), Outcome::Incomplete),
    ] {
        paused(101, async {
            let life = Life::within(&world, 101);
            answering(&life, "cloudformation:UpdateTerminationProtection", answer).await;
            let risen = up(&life, protecting()).await;
            assert_eq!(risen.outcome, outcome, "{}", warnings(&life));
            assert!(
                told(&risen).contains("could not be protected"),
                "{risen:#?}"
            );
            without_faults(&life.shell).await;
            assert_eq!(up(&life, protecting()).await.outcome, Outcome::Succeeded);
        });
    }
}

#[test]
fn a_domain_that_failed_is_a_failure_with_its_reason() {
    let (world, _) = standing();
    paused(102, async {
        let life = Life::within(&world, 102);
        let cx = life.context().await;
        let domain = cx.aws.domains().await.unwrap()[0].id.clone();
        fault(
            &life,
            "AWS::SageMaker::Domain",
            "update",
            1,
            "its own reason",
        )
        .await;
        let carl = Hand {
            shell: &life.shell,
            name: "CARL",
        };
        let change = json!({
            "DomainId": domain,
            "DefaultUserSettings": {"StudioWebPortal": "ENABLED"},
        });
        carl.sagemaker("UpdateDomain", change).await;
        rest(&life, 600).await;
        let risen = up(&life, Options::default()).await;
        assert_eq!(risen.outcome, Outcome::Failed, "{}", warnings(&life));
        let why = told(&risen);
        assert!(
            why.contains("Update_Failed") && why.contains("its own reason"),
            "{why}"
        );
    });
}

#[test]
fn a_last_look_that_is_denied_is_a_failure_and_one_without_an_answer_is_not() {
    let (world, _) = standing();
    let down = json!({"kind": "error", "code": "InternalFailure", "message": "no", "status": 500});
    for (answer, outcome) in [(denial(), Outcome::Failed), (down, Outcome::Incomplete)] {
        paused(103, async {
            let life = Life::within(&world, 103);
            answering(&life, "sagemaker:DescribeDomain", answer).await;
            let risen = up(&life, Options::default()).await;
            assert_eq!(risen.outcome, outcome, "{}", warnings(&life));
            assert!(told(&risen).contains("it is not known"), "{risen:#?}");
            without_faults(&life.shell).await;
            assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        });
    }
}
