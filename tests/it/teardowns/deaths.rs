//! A teardown that dies at any writing call, or at any moment, and is said again.

use std::time::Duration;

use simulator::draw;

use super::calls::{Call, calls};
use super::worlds::{Choice, Full, full, in_halves, left};
use crate::support::connector::Gate;
use crate::support::{ENVIRONMENT, Life, paused, until_death};

const SEED: u64 = 81;
/// Moments at which the client dies, besides its writing calls.
const MOMENTS: u64 = 50;

/// What is written about the kinds of things that are rare, and what a choice has written besides.
const OF_EVERYTHING: [&str; 6] = [
    "ec2:CreateTags",
    "sagemaker:DeleteInferenceComponent",
    "sagemaker:StopHyperParameterTuningJob",
    "sagemaker:StopProcessingJob",
    "sagemaker:StopTransformJob",
    "sagemaker:UpdateTrainingJob",
];
const OF_KEEPING: [&str; 1] = ["elasticfilesystem:TagResource"];
const OF_KEEPING_AND_LOGS: [&str; 4] = [
    "elasticfilesystem:TagResource",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:TagResource",
];

/// How a client dies.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// At this call, before the effect.
    Before(u64),
    /// At this call, after the effect and before the answer.
    After(u64),
    /// This long after it began.
    At(Duration),
}

fn lives_on(full: &Full, choice: Choice, death: Death) -> Result<(), String> {
    let gate = match death {
        Death::Before(call) => Gate::fatal(call, false),
        Death::After(call) => Gate::fatal(call, true),
        Death::At(_) => Gate::default(),
    };
    let life = Life::within(&full.world, SEED);
    let mortal = Life {
        gate,
        ..life.clone()
    };
    paused(SEED, async {
        let work = until_death(&mortal, mortal.down(ENVIRONMENT, choice.consent()));
        let Death::At(moment) = death else {
            return work.await.is_none();
        };
        let clock = life.context().await.clock;
        tokio::select! {
            biased;
            () = clock.sleep(moment) => true,
            done = work => done.is_none(),
        }
    });
    let fallen = paused(SEED + 1, life.down(ENVIRONMENT, choice.consent()));
    let wrong = full.wrongly_left(choice, &life);
    if fallen.exit_code == 0 && wrong.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{choice:?} {death:?}: {} {wrong:#?} {:#?}",
            fallen.exit_code, fallen.remaining
        ))
    }
}

/// Dies at every writing call of a choice, of which there are at least so many and these among them; and, of the choice that
/// makes most of them, at drawn moments.
fn dies_everywhere(full: &Full, choice: Choice, at_least: usize, wanted: &[&str]) {
    let (mut calls, took) = calls(full, choice, SEED);
    calls.retain(|call| call.write);
    assert!(calls.len() >= at_least, "{} writing calls", calls.len());
    for action in wanted {
        let is_it = |call: &Call| call.action == *action;
        assert!(calls.iter().any(is_it), "{choice:?}: no {action}");
    }
    let mut deaths: Vec<Death> = calls
        .iter()
        .flat_map(|call| [Death::Before(call.number), Death::After(call.number)])
        .collect();
    if choice == Choice::Everything {
        deaths.extend((0..MOMENTS).map(|number| {
            let drawn = draw::unit(SEED, &["death", &number.to_string()]);
            Death::At(took.mul_f64(drawn))
        }));
    }
    let wrong: Vec<String> = in_halves(&deaths, |death| lives_on(full, choice, *death))
        .into_iter()
        .filter_map(Result::err)
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}: {}",
        wrong.len(),
        deaths.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_teardown_that_died_anywhere_is_finished_by_the_same_command() {
    let full = full(SEED);
    dies_everywhere(&full, Choice::Everything, 40, &OF_EVERYTHING);
    dies_everywhere(&full, Choice::LogsButNoVolume, 4, &OF_KEEPING_AND_LOGS);
}

#[test]
fn so_is_one_of_what_its_stacks_have_left() {
    let left = left(SEED);
    dies_everywhere(&left, Choice::Everything, 8, &[]);
    dies_everywhere(&left, Choice::LogsButNoVolume, 1, &OF_KEEPING);
}
