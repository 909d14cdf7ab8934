//! A workshop's teardown: simulated time beside the least that any client could take under the same rates, how the number
//! of calls grows with participants, and the peak memory of the tool's process.
//!
//! `cargo bench --workspace --bench teardown`, minutes: the bound of 500 participants is computed from a world of
//! thousands of things. Other numbers of participants may be given behind `--`. All pauses of the first part
//! are virtual; in the second a process of the tool works on a simulator in another, thirty times as fast as time.

#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "of the tests' support a benchmark needs a part"
)]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use jumpstart_vpc::event::Outcome;
use simulator::state::{self, State};
use simulator::{Scenario, World, bound};
use support::process::Simulator;
use support::workshop::{unlimited, workshop};
use support::{ENVIRONMENT, Life, force, paused};

const SEED: u64 = 95;
const SIZES: [u32; 3] = [20, 100, 500];
const RATIO: f64 = 1.25;
const MEMORY_KIB: u32 = 40 * 1024;
/// Of the processes. What a teardown of thousands of things works in between would be too much of its time at a faster one.
const SPEED: &str = "30";

type Failure = Box<dyn std::error::Error>;

/// An environment with so many participants, in use for a while, in a world of ordinary rates.
fn in_use(participants: u32) -> World {
    let life = unlimited(SEED);
    let mut world = paused(SEED, async {
        workshop(&life, participants).await;
        life.shell.snapshot()
    });
    world.rates.enforced = true;
    world
}

#[expect(clippy::print_stdout, reason = "a benchmark's result")]
fn beside_the_bound(participants: u32, before: &World) -> Result<(), Failure> {
    let life = Life::within(before, SEED);
    let (fallen, after) = paused(SEED, async {
        let fallen = life.down(ENVIRONMENT, force()).await;
        (fallen, life.shell.snapshot())
    });
    if fallen.outcome != Outcome::Succeeded {
        return Err(format!("{participants} participants: {:?}", fallen.outcome).into());
    }
    let took = after.now().since(before.now());
    let calls = after.log().len() - before.log().len();
    let bound = bound::removal(before, &after).ok_or("no client could have done it")?;
    let ratio = took.as_secs_f64() / bound.under_limits.as_secs_f64();
    println!(
        "{participants:>4} participants  {:>5} s  bound {:>5} s  ratio {ratio:.2} (at most {RATIO})  {calls:>6} calls, {:.1} a participant",
        took.as_secs(),
        bound.under_limits.as_secs(),
        f64::from(u32::try_from(calls)?) / f64::from(participants)
    );
    if ratio > RATIO {
        return Err(format!("{participants} participants: {ratio:.2} of the bound").into());
    }
    Ok(())
}

/// Peak memory of a process, in KiB, as Linux tells it while the process lives.
fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[expect(clippy::print_stdout, reason = "a benchmark's result")]
#[expect(
    clippy::disallowed_methods,
    reason = "another process is watched in real time"
)]
fn memory_of_the_process(before: &World) -> Result<(), Failure> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workshop.json");
    let kept = State {
        scenario: Scenario::default(),
        world: before.clone(),
    };
    state::save(&file, &kept)?;
    let file = file.to_string_lossy();
    let simulator = Simulator::start(&["--state", &file, "--speed", SPEED]);
    let mut tool = simulator
        .command()
        .env("JUMPSTART_VPC_CLOCK_SCALE", SPEED)
        .args(["down", "--force", "--timeout", "3h", "--name", ENVIRONMENT])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut peak = 0;
    let status = loop {
        if let Some(status) = tool.try_wait()? {
            break status;
        }
        peak = peak_memory(tool.id()).unwrap_or(peak).max(peak);
        std::thread::sleep(Duration::from_millis(20));
    };
    let peak = u32::try_from(peak)?;
    let ratio = f64::from(peak) / f64::from(MEMORY_KIB);
    println!(
        "the tool's process: {:.1} MiB at most, {:.2} of the bound ({status})",
        f64::from(peak) / 1024.0,
        ratio
    );
    if ratio > 1.0 || !status.success() {
        return Err(format!("{peak} KiB, {status}").into());
    }
    Ok(())
}

/// The numbers of participants that were asked for; cargo passes arguments of its own.
fn sizes() -> Vec<u32> {
    let given: Vec<u32> = std::env::args().filter_map(|it| it.parse().ok()).collect();
    if given.is_empty() {
        SIZES.to_vec()
    } else {
        given
    }
}

fn main() -> Result<(), Failure> {
    let sizes = sizes();
    for participants in &sizes {
        let before = in_use(*participants);
        beside_the_bound(*participants, &before)?;
        if Some(participants) == sizes.last() {
            memory_of_the_process(&before)?;
        }
    }
    Ok(())
}
