//! One failure on the way: tried once more where it may pass, else gone back from or kept, and the next run copes.

use jumpstart_vpc::event::Outcome;
use jumpstart_vpc::up::OnFailure;
use serde_json::json;
use simulator::Scenario;

use super::worlds::standing;
use super::{embedded, handling, numbers, orphans, statuses};
use crate::support::process::{post, without_faults};
use crate::support::{ENVIRONMENT, Life, paused, warnings};

#[test]
fn a_failure_that_passes_is_tried_once_more() {
    let key = "Unable to create Amazon EFS for domain because KMS key 'null' does not exist.";
    let golden = standing().1;
    for (times, outcome, domains) in [(1, Outcome::Succeeded, 1), (2, Outcome::Failed, 0)] {
        paused(31, async {
            let life = Life::new(Scenario::default(), 31);
            let rule = json!({
                "match": {"type": "AWS::SageMaker::Domain", "operation": "create", "times": times},
                "effect": {"kind": "fail", "reason": key},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let risen = life.up(ENVIRONMENT).await;
            assert_eq!(risen.outcome, outcome, "{}", warnings(&life));
            let after = numbers(&life.rows());
            assert_eq!(
                after.get("AWS::SageMaker::Domain").copied().unwrap_or(0),
                domains
            );
            assert_eq!(orphans(&life), Vec::<String>::new());
            if outcome == Outcome::Succeeded {
                assert_eq!(after, golden);
            } else {
                // CloudFormation said only that the domain did not stabilise.
                assert!(warnings(&life).contains(key), "{}", warnings(&life));
            }
        });
    }
}

#[test]
fn a_change_that_fails_goes_back_or_stays_and_the_next_run_copes() {
    let (world, golden) = standing();
    let given = [("IdleTimeoutInMinutes", "180".to_owned())];
    for (times, on_failure, status, next) in [
        (
            1,
            OnFailure::RollBack,
            "UPDATE_ROLLBACK_COMPLETE",
            Outcome::Succeeded,
        ),
        (
            1,
            OnFailure::Delete,
            "UPDATE_ROLLBACK_COMPLETE",
            Outcome::Succeeded,
        ),
        (1, OnFailure::Keep, "UPDATE_FAILED", Outcome::Succeeded),
        (
            1000,
            OnFailure::RollBack,
            "UPDATE_ROLLBACK_FAILED",
            Outcome::Refused,
        ),
    ] {
        paused(45, async {
            let life = Life::within(&world, 45);
            let rule = json!({
                "match": {"type": "AWS::SageMaker::Domain", "operation": "update", "times": times},
                "effect": {"kind": "fail", "reason": "the settings are not valid"},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let risen = life
                .up_as(ENVIRONMENT, embedded(), &given, handling(on_failure))
                .await;
            assert_eq!(
                risen.outcome,
                Outcome::Failed,
                "{status}: {}",
                warnings(&life)
            );
            assert_eq!(statuses(&life)["studio"], status, "{}", warnings(&life));
            assert!(
                warnings(&life).contains("AWS::SageMaker::Domain Domain"),
                "{}",
                warnings(&life)
            );
            without_faults(&life.shell).await;
            let again = Life {
                seed: 46,
                ..life.clone()
            };
            let options = handling(OnFailure::RollBack);
            let finished = again.up_as(ENVIRONMENT, embedded(), &given, options).await;
            assert_eq!(finished.outcome, next, "{status}: {}", warnings(&again));
            assert_eq!(numbers(&life.rows()), golden);
            if next == Outcome::Refused {
                assert!(warnings(&again).contains("continue-update-rollback"));
            }
        });
    }
}
