//! A teardown that dies at any writing call, or at any moment, and is said again.

use std::time::Duration;

use simulator::draw;

use super::worlds::{Full, full, in_halves, left};
use crate::support::connector::Gate;
use crate::support::{ENVIRONMENT, Life, difference, force, paused, until_death};

const SEED: u64 = 81;
/// Moments at which the client dies, besides its writing calls.
const MOMENTS: u64 = 50;

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

/// The calls of an undisturbed teardown that write, by their number from 1, with their actions.
fn writing_calls(full: &Full) -> (Vec<u64>, Duration) {
    let life = Life::within(&full.world, SEED);
    let began = full.world.log().len();
    let fallen = paused(SEED, life.down(ENVIRONMENT, force()));
    assert_eq!(fallen.exit_code, 0, "{fallen:#?}");
    let world = life.shell.snapshot();
    let calls = world.log().iter().skip(began);
    let numbered = (1..).zip(calls.filter(|entry| entry.caller.ends_with("/ann")));
    let writes = numbered.filter(|(_, entry)| entry.write);
    let took = world.now().since(full.world.now());
    (writes.map(|(number, _)| number).collect(), took)
}

fn lives_on(full: &Full, death: Death) -> Result<(), String> {
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
        let work = until_death(&mortal, mortal.down(ENVIRONMENT, force()));
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
    let fallen = paused(SEED + 1, life.down(ENVIRONMENT, force()));
    let difference = difference(&full.neighbours, &life.rows());
    if fallen.exit_code == 0 && difference.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{death:?}: {} {difference:#?} {:#?}",
            fallen.exit_code, fallen.remaining
        ))
    }
}

/// Dies at every writing call, of which there are at least so many, and at drawn moments.
fn dies_everywhere(full: &Full, at_least: usize) {
    let (calls, took) = writing_calls(full);
    assert!(calls.len() >= at_least, "{} writing calls", calls.len());
    let mut deaths: Vec<Death> = calls
        .iter()
        .flat_map(|call| [Death::Before(*call), Death::After(*call)])
        .collect();
    deaths.extend((0..MOMENTS).map(|number| {
        let drawn = draw::unit(SEED, &["death", &number.to_string()]);
        Death::At(took.mul_f64(drawn))
    }));
    let wrong: Vec<String> = in_halves(&deaths, |death| lives_on(full, *death))
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
    dies_everywhere(&full(SEED), 30);
}

#[test]
fn so_is_one_of_what_its_stacks_have_left() {
    dies_everywhere(&left(SEED), 8);
}
