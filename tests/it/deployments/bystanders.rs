//! Others at work on the same environment: two deployments at once, and a deployment beside a teardown.

use std::collections::BTreeSet;

use jumpstart_vpc::event::{Finished, Outcome};
use jumpstart_vpc::ownership::Claim;
use jumpstart_vpc::stacks::parameters::Given;
use jumpstart_vpc::up::{self, Options};
use simulator::Scenario;

use super::worlds::{standing, world_after};
use super::{KEYS, embedded, is_up, numbers, statuses};
use crate::support::hand::rest;
use crate::support::process::ask;
use crate::support::{ENVIRONMENT, Life, force, paused, warnings};

#[test]
fn two_at_once_make_one_environment() {
    let golden = standing().1;
    for seconds in [0, 1, 20, 100] {
        paused(23, async {
            let life = Life::new(Scenario::default(), 23);
            let second = Life {
                seed: 24,
                ..life.as_caller("ann")
            };
            let (one, other) = tokio::join!(life.up(ENVIRONMENT), async {
                rest(&second, seconds).await;
                second.up(ENVIRONMENT).await
            });
            let outcomes = (one.outcome, other.outcome);
            assert_eq!(
                outcomes,
                (Outcome::Succeeded, Outcome::Succeeded),
                "{}",
                warnings(&second)
            );
            assert_eq!(numbers(&life.rows()), golden, "{seconds}");
        });
    }
}

#[test]
fn beside_a_teardown_it_waits_or_says_why_not() {
    let (world, golden) = standing();
    let mut seen = BTreeSet::new();
    for seconds in [0, 5, 20, 60, 120, 200, 260, 320] {
        paused(25, async {
            let life = Life::within(&world, 25);
            let second = Life {
                seed: 26,
                ..life.as_caller("ann")
            };
            let (down, risen) = tokio::join!(life.down(ENVIRONMENT, force()), async {
                rest(&second, seconds).await;
                second.up(ENVIRONMENT).await
            });
            let told = format!(
                "after {seconds} s: down {}, up {}, {:?}\n{}\n{}",
                down.exit_code,
                risen.exit_code,
                statuses(&life),
                warnings(&life),
                warnings(&second)
            );
            // Done, to be run again, or refused; a failure would be one of the other's making.
            for (ended, of) in [(&down, &life), (&risen, &second)] {
                assert!([0, 3, 4].contains(&ended.exit_code), "{told}");
                let has_reason = !warnings(of).is_empty() || !ended.remaining.is_empty();
                assert!(ended.exit_code == 0 || has_reason, "{told}");
            }
            seen.insert((down.exit_code, risen.exit_code));
            // Nothing is torn: the same commands come to their ends.
            let again = Life {
                seed: 27,
                ..life.as_caller("ann")
            };
            let finished = again.up(ENVIRONMENT).await;
            assert_eq!(
                finished.outcome,
                Outcome::Succeeded,
                "{told}\n{}",
                warnings(&again)
            );
            assert_eq!(numbers(&life.rows()), golden, "{told}");
        });
    }
    // It is waited for at one moment, and given up at another.
    assert!(seen.contains(&(0, 0)), "{seen:?}");
}

#[test]
fn it_does_not_succeed_while_a_teardown_empties_the_domain() {
    let (world, _) = standing();
    let world = world_after(&world, async |life: &Life| {
        life.session(ENVIRONMENT, 2).await;
    });
    for seconds in [0, 5, 20, 40, 60, 80, 100, 140, 200, 320] {
        paused(33, async {
            let life = Life::within(&world, 33);
            let second = Life {
                seed: 34,
                ..life.as_caller("ann")
            };
            let (down, (risen, shows)) = tokio::join!(life.down(ENVIRONMENT, force()), async {
                rest(&second, seconds).await;
                let risen = second.up(ENVIRONMENT).await;
                // Before the first app goes nothing shows that somebody is about to take it all away.
                let writes = second.writes();
                let shows = writes
                    .iter()
                    .any(|(action, code)| action == "sagemaker:DeleteApp" && code.is_none());
                (risen, shows)
            });
            let told = format!(
                "after {seconds} s: down {}, up {}, {:?}\n{}\n{}",
                down.exit_code,
                risen.exit_code,
                statuses(&life),
                warnings(&life),
                warnings(&second)
            );
            let stands = KEYS.iter().all(|key| is_up(statuses(&life).get(*key)));
            match risen.exit_code {
                0 => assert!(stands || !shows, "{told}"),
                3 | 4 => {
                    let has_reason = !warnings(&second).is_empty() || !risen.remaining.is_empty();
                    assert!(has_reason, "{told}");
                }
                _ => panic!("{told}"),
            }
        });
    }
}

#[test]
fn two_that_want_different_values_both_come_to_an_end() {
    let (world, golden) = standing();
    for seconds in [0, 1, 3, 5, 8, 15, 30, 60] {
        paused(28, async {
            let life = Life::within(&world, 28);
            let second = Life {
                seed: 29,
                ..life.as_caller("bob")
            };
            let change = async |life: &Life, minutes: &str| {
                let given = [("IdleTimeoutInMinutes", minutes.to_owned())];
                life.up_given(ENVIRONMENT, embedded(), &given).await
            };
            let (one, other) = tokio::join!(change(&life, "180"), async {
                rest(&second, seconds).await;
                change(&second, "240").await
            });
            let told = format!(
                "{seconds} s: {:?}, {:?}\n{}\n{}",
                one.outcome,
                other.outcome,
                warnings(&life),
                warnings(&second)
            );
            assert_eq!(one.outcome, Outcome::Succeeded, "{told}");
            assert_eq!(other.outcome, Outcome::Succeeded, "{told}");
            assert_eq!(numbers(&life.rows()), golden, "{told}");
            assert_eq!(waiting_sets(&life).await, Vec::<String>::new(), "{told}");
        });
    }
}

/// Change sets that somebody could still execute, or that nobody removed.
pub(super) async fn waiting_sets(life: &Life) -> Vec<String> {
    let mut found = Vec::new();
    for key in KEYS {
        let form =
            format!("Action=ListChangeSets&Version=2010-05-15&StackName={ENVIRONMENT}-{key}");
        let answer = ask(&life.shell, &form).await;
        let sets = answer.split("<ExecutionStatus>").skip(1);
        let statuses = sets.filter_map(|rest| rest.split('<').next());
        let waiting =
            statuses.filter(|status| ["AVAILABLE", "UNAVAILABLE", "OBSOLETE"].contains(status));
        found.extend(waiting.map(|status| format!("{key}: {status}")));
    }
    found
}

/// `up` without `--name`.
async fn unnamed(life: &Life) -> Finished {
    let cx = life.context().await;
    let identity = cx.aws.identity().await.unwrap();
    let request = up::Request {
        claim: Claim {
            environment: ENVIRONMENT.to_owned(),
            explicit: false,
            identity,
            account: None,
        },
        manifest: embedded(),
        given: Given::default(),
        role_arn: None,
        yes: true,
        seed: life.seed,
        inside: None,
        reached_by: up::ReachedBy::default(),
        options: Options::default(),
    };
    up::up(&cx, &request).await
}

#[test]
fn of_two_who_name_nothing_one_owns_it_and_the_other_is_refused() {
    for seconds in [0, 1, 2, 4, 60] {
        paused(30, async {
            let life = Life::new(Scenario::default(), 30);
            let second = Life {
                seed: 31,
                ..life.as_caller("bob")
            };
            let (one, other) = tokio::join!(unnamed(&life), async {
                rest(&second, seconds).await;
                unnamed(&second).await
            });
            let mut outcomes = [one.outcome, other.outcome];
            outcomes.sort_by_key(|outcome| outcome.exit_code());
            assert_eq!(
                outcomes,
                [Outcome::Succeeded, Outcome::Refused],
                "{seconds} s: {}\n{}",
                warnings(&life),
                warnings(&second)
            );
        });
    }
}
