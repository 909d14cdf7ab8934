//! The real time of a whole life: `up`, a participant's session and `down`, with the real SDK, in one process.
//!
//! `cargo bench --profile dev --bench life`; the profile is the one that everything else is built with. All pauses are
//! virtual, so what is measured is the work of the tool, of the SDK and of the simulator. It fails where the median is
//! above the bound (issue 3 of the project).

#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "of the tests' support a benchmark needs a part"
)]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use jumpstart_vpc::event::Outcome;
use simulator::Scenario;
use support::{ENVIRONMENT, Life, force, paused};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=15;
const BOUND: Duration = Duration::from_millis(600);

/// Real time of one life, and how many calls it made.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn lived(seed: u64) -> (Duration, usize) {
    let began = Instant::now();
    let life = Life::new(Scenario::default(), seed);
    let outcomes = paused(seed, async {
        let risen = life.up(ENVIRONMENT).await;
        life.session(ENVIRONMENT, 1).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        [risen.outcome, fallen.outcome]
    });
    let took = began.elapsed();
    assert_eq!(outcomes, [Outcome::Succeeded; 2], "seed {seed}");
    (took, life.shell.snapshot().log().len())
}

#[expect(clippy::print_stdout, reason = "a benchmark's result")]
fn main() -> ExitCode {
    let mut lives: Vec<(Duration, usize)> = SEEDS.map(lived).collect();
    lives.sort();
    let (median, calls) = lives[lives.len() / 2];
    let (worst, _) = lives[lives.len() - 1];
    println!(
        "a whole life: {} ms at the median ({calls} calls), {} ms at most, {:.2} of the bound",
        median.as_millis(),
        worst.as_millis(),
        median.as_secs_f64() / BOUND.as_secs_f64()
    );
    if median > BOUND {
        println!("too slow: at most {} ms", BOUND.as_millis());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
