//! How long a deployment takes in simulated time: this tool, the least that any client could take, and the same templates
//! deployed one after the other as the sample says, each waited for with the AWS CLI's waiter.
//!
//! `cargo bench --profile dev --bench deployment`. All pauses are virtual.

#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "of the tests' connector a benchmark needs the plain way"
)]
#[path = "../tests/it/support/connector.rs"]
mod connector;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use jumpstart_vpc::aws::Aws;
use jumpstart_vpc::aws::client::{Access, Fixed};
use jumpstart_vpc::aws::cloudformation::Deployment;
use jumpstart_vpc::clock::Clock;
use jumpstart_vpc::context::Context;
use jumpstart_vpc::event::{Event, Events, Outcome, Sink};
use jumpstart_vpc::ownership::Claim;
use jumpstart_vpc::report::{Heading, Output};
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::stacks::parameters::{Given, Sources};
use jumpstart_vpc::stop::Stop;
use jumpstart_vpc::up;
use simulator::http::Shell;
use simulator::{Scenario, SimTime, World, bound};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=10;
const ENVIRONMENT: &str = "bench";
/// `aws cloudformation wait stack-create-complete` looks every 30 seconds.
const WAITER: Duration = Duration::from_secs(30);

type Failure = Box<dyn std::error::Error>;

struct Silent;

impl Sink for Silent {
    fn take(&mut self, _event: &Event) {}
}

/// One world, and what it was before anybody acted in it.
struct Life {
    shell: Shell,
    before: World,
    aws: Aws,
}

impl Life {
    async fn new(seed: u64) -> Result<Self, Failure> {
        let shell = Shell::begin(Scenario::default(), Some(seed), 1.0)?;
        let http = connector::InProcess::new(shell.clone(), connector::Gate::default()).client();
        let fixed = Fixed {
            endpoint: "http://simulated".to_owned(),
            region: "us-east-1".to_owned(),
            access_key: "bench".to_owned(),
        };
        let access = Access {
            profile: None,
            region: None,
            http,
            fixed: Some(fixed),
        };
        let wall = jiff::Timestamp::from_millisecond(SimTime::START.0)?;
        let aws = Aws::connect(access, &Clock::at(wall, 1.0)).await?;
        Ok(Self {
            before: shell.snapshot(),
            shell,
            aws,
        })
    }

    fn took(&self) -> Duration {
        self.shell.snapshot().now().since(self.before.now())
    }
}

/// Time of this tool, and the bound under rate limits.
async fn ours(seed: u64) -> Result<(Duration, Duration), Failure> {
    let life = Life::new(seed).await?;
    let clock = life.aws.clock().clone();
    let cx = Context {
        aws: life.aws.clone(),
        deadline: Duration::from_secs(3600),
        clock,
        events: Events::new(Silent),
        stop: Stop::default(),
        output: Output::to(
            Box::new(std::io::sink()),
            Box::new(std::io::sink()),
            false,
            false,
        ),
        heading: Rc::new(RefCell::new(Heading::default())),
    };
    let claim = Claim {
        environment: ENVIRONMENT.to_owned(),
        explicit: true,
        identity: cx.aws.identity().await?,
        account: None,
    };
    let request = up::Request {
        claim,
        manifest: Manifest::embedded()?,
        given: Given::default(),
        role_arn: None,
        yes: true,
        seed,
        options: up::Options::default(),
    };
    let finished = up::up(&cx, &request).await;
    if finished.outcome != Outcome::Succeeded {
        return Err(format!("seed {seed}: {:?}", finished.outcome).into());
    }
    let bound = bound::creation(&life.before, &life.shell.snapshot());
    let bound = bound.ok_or("no client could have done it")?;
    Ok((life.took(), bound.under_limits))
}

/// One stack after the other, each waited for.
async fn by_the_sample(seed: u64) -> Result<Duration, Failure> {
    let life = Life::new(seed).await?;
    let manifest = Manifest::embedded()?;
    let zones: Vec<String> = life
        .aws
        .zones()
        .await?
        .into_iter()
        .map(|it| it.id)
        .collect();
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
        let arn = life.aws.create_stack(&deployment).await?;
        loop {
            let stack = life.aws.stack(&arn).await?.unwrap_or_default();
            match stack.status.as_str() {
                "CREATE_COMPLETE" => break,
                "CREATE_IN_PROGRESS" => life.aws.clock().sleep(WAITER).await,
                status => return Err(format!("{}: {status}", deployment.name).into()),
            }
        }
    }
    Ok(life.took())
}

fn paused<T>(seed: u64, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    runtime.block_on(work)
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
