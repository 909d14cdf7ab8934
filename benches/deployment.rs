//! How long a deployment takes in simulated time: this tool, the least that any client could take, and the same templates
//! deployed one after the other as the sample says, each waited for with the AWS CLI's waiter.
//!
//! `cargo bench --profile dev --bench deployment`. All pauses are virtual.

#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "of the tests' support a benchmark needs a part"
)]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use jumpstart_vpc::aws::cloudformation::Deployment;
use jumpstart_vpc::event::Outcome;
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::stacks::parameters::{Given, Sources};
use simulator::{Scenario, bound};
use support::{ENVIRONMENT, Life, paused};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=10;
/// `aws cloudformation wait stack-create-complete` looks every 30 seconds.
const WAITER: Duration = Duration::from_secs(30);

type Failure = Box<dyn std::error::Error>;

/// Time of this tool, and the bound under rate limits.
async fn ours(seed: u64) -> Result<(Duration, Duration), Failure> {
    let life = Life::new(Scenario::default(), seed);
    let before = life.shell.snapshot();
    let risen = life.up(ENVIRONMENT).await;
    if risen.outcome != Outcome::Succeeded {
        return Err(format!("seed {seed}: {:?}", risen.outcome).into());
    }
    let after = life.shell.snapshot();
    let bound = bound::creation(&before, &after).ok_or("no client could have done it")?;
    Ok((after.now().since(before.now()), bound.under_limits))
}

/// One stack after the other, each waited for.
async fn by_the_sample(seed: u64) -> Result<Duration, Failure> {
    let life = Life::new(Scenario::default(), seed);
    let began = life.shell.snapshot().now();
    let aws = life.context().await.aws;
    let manifest = Manifest::embedded()?;
    let zones: Vec<String> = aws.zones().await?.into_iter().map(|it| it.id).collect();
    for entry in &manifest.stacks {
        let sources = Sources {
            environment: ENVIRONMENT,
            manifest: &manifest,
            given: &Given::default(),
            outputs: &BTreeMap::new(),
            zones: &zones,
            existing: None,
        };
        let deployment = Deployment {
            name: entry.physical_name(ENVIRONMENT),
            template: entry.template.clone(),
            parameters: sources.values(entry)?,
            capabilities: entry.capabilities.clone(),
            token: entry.key.clone(),
            ..Deployment::default()
        };
        let arn = aws.create_stack(&deployment).await?;
        loop {
            let stack = aws.stack(&arn).await?.unwrap_or_default();
            match stack.status.as_str() {
                "CREATE_COMPLETE" => break,
                "CREATE_IN_PROGRESS" => aws.clock().sleep(WAITER).await,
                status => return Err(format!("{}: {status}", deployment.name).into()),
            }
        }
    }
    Ok(life.shell.snapshot().now().since(began))
}

#[expect(clippy::print_stdout, reason = "a benchmark's result")]
fn main() -> Result<(), Failure> {
    println!("seed   ours  bound   over   sample  sample/ours");
    let (mut all_ours, mut all_sample) = (Duration::ZERO, Duration::ZERO);
    for seed in SEEDS {
        let (took, bound) = paused(seed, ours(seed))?;
        let sample = paused(seed, by_the_sample(seed))?;
        let ratio = sample.as_secs_f64() / took.as_secs_f64();
        println!(
            "{seed:>4} {:>5} s {:>4} s {:>4} s {:>6} s  {ratio:>10.2}",
            took.as_secs(),
            bound.as_secs(),
            took.saturating_sub(bound).as_secs(),
            sample.as_secs()
        );
        all_ours += took;
        all_sample += sample;
    }
    let ratio = all_sample.as_secs_f64() / all_ours.as_secs_f64();
    println!("one stack after the other takes {ratio:.2} times as long");
    Ok(())
}
