//! Whatever a deployment has come to, a teardown ends it: stacks in every status of section 3.2 that `up` leaves or is met in.

use jumpstart_vpc::event::Outcome;

use super::starts::starts;
use crate::support::{ENVIRONMENT, Life, difference, force, paused};

/// The start of which nothing is made by this tool.
const FOREIGN: &str = "a network of others";

#[test]
fn every_start_of_a_deployment_is_one_of_a_teardown() {
    let mut wrong = Vec::new();
    for (start, world) in starts() {
        let life = Life::within(&world, 9);
        let before = life.rows();
        let fallen = paused(9, life.down(ENVIRONMENT, force()));
        let left = life.rows();
        let (outcome, remains) = if start == FOREIGN {
            (Outcome::Refused, difference(&before, &left))
        } else {
            (Outcome::Succeeded, left.into_keys().collect())
        };
        println!("{start:<28} | {:?} | {remains:?}", fallen.outcome);
        if fallen.outcome != outcome || !remains.is_empty() {
            wrong.push(format!(
                "{start}: {:?} {remains:?} {:#?}",
                fallen.outcome, fallen.remaining
            ));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
