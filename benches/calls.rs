//! What one call costs on both transports: through a connector in the process, and over loopback HTTP.
//!
//! `cargo bench --profile dev --bench calls`; the profile is the one that everything else is built with. All pauses are
//! virtual, so what is measured is work.

#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "of the tests' connector a benchmark needs the plain way"
)]
#[path = "../tests/it/support/connector.rs"]
mod connector;

use std::time::{Duration, Instant};

use jumpstart_vpc::aws::client::{Access, Fixed};
use jumpstart_vpc::aws::{Aws, CallError, transport};
use jumpstart_vpc::clock::Clock;
use simulator::Scenario;
use simulator::http::{self, Shell};
use tokio::task::JoinSet;

const CALLS: u32 = 2_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()?;
    let [in_process, over_loopback] = runtime.block_on(async {
        let scenario = Scenario::read("latency = false\n[rates]\nenforced = false\n")?;
        let shell = Shell::begin(scenario.clone(), Some(1), 1.0)?;
        let client = connector::InProcess::new(shell, connector::Gate::default()).client();
        let in_process = measure(&connect(client, "http://simulated".to_owned()).await?).await?;

        let listener = http::bind(0).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let shell = Shell::begin(scenario, Some(1), 1.0)?;
        let mut server = JoinSet::new();
        server.spawn(http::serve(listener, shell, std::future::pending()));
        let aws = connect(transport::loopback(), endpoint).await?;
        let over_loopback = measure(&aws).await?;
        Ok::<_, Box<dyn std::error::Error>>([in_process, over_loopback])
    })?;
    report("in process", in_process, in_process);
    report("over loopback", over_loopback, in_process);
    Ok(())
}

async fn connect(
    http: aws_smithy_runtime_api::client::http::SharedHttpClient,
    endpoint: String,
) -> Result<Aws, Box<dyn std::error::Error>> {
    let fixed = Fixed {
        endpoint,
        region: "us-east-1".to_owned(),
        access_key: "bench".to_owned(),
    };
    let access = Access {
        profile: None,
        only_profile: false,
        region: None,
        http,
        fixed: Some(fixed),
    };
    let clock = Clock::at(jiff::Timestamp::from_second(1_800_000_000)?, 1.0);
    Ok(Aws::connect(access, &clock).await?)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
async fn measure(aws: &Aws) -> Result<Duration, CallError> {
    aws.identity().await?;
    let began = Instant::now();
    for _ in 0..CALLS {
        aws.identity().await?;
    }
    Ok(began.elapsed() / CALLS)
}

#[expect(clippy::print_stdout, reason = "a benchmark's result")]
fn report(transport: &str, call: Duration, peer: Duration) {
    let ratio = call.as_secs_f64() / peer.as_secs_f64();
    println!(
        "{transport:<14} {:>6} µs a call  {ratio:>5.2}",
        call.as_micros()
    );
}
