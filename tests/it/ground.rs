//! What everything else stands on: time, chance and limits.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jumpstart_vpc::aws::client::{Access, Fixed};
use jumpstart_vpc::aws::{Aws, Class, transport};
use jumpstart_vpc::clock::Clock;
use jumpstart_vpc::event::Outcome;
use jumpstart_vpc::stop::Stop;
use simulator::Scenario;
use simulator::http::{self, Shell};
use tokio::task::JoinSet;

use crate::support::process::{Folder, TOOL};
use crate::support::{ENVIRONMENT, Life, equipped, force, paused};

/// Calls take no time and are not limited.
const INSTANT: &str = "latency = false\n[rates]\nenforced = false\n";

/// 2,000 calls by 40 tasks, one in seven throttled; the simulator's whole log in one line.
fn storm(seed: u64) -> String {
    paused(seed, async {
        let scenario = Scenario::read(
            "[[fault]]\nmatch = { action = \"*\", probability = 0.142857 }\nanswer = { kind = \"throttle\" }\n",
        )
        .unwrap();
        let life = Life::new(scenario, seed);
        let aws = Rc::new(life.context().await.aws);
        let mut tasks = FuturesUnordered::new();
        for task in 0..40_u32 {
            let aws = Rc::clone(&aws);
            tasks.push(async move {
                for call in 0..50_u32 {
                    let answered = match (task + call) % 4 {
                        0 => aws.identity().await.map(drop),
                        1 => aws.zones().await.map(drop),
                        2 => aws.stacks().await.map(drop),
                        _ => aws.listed_endpoints().await.map(drop),
                    };
                    if let Err(error) = answered {
                        assert_eq!(error.class, Class::Throttled, "{error}");
                    }
                }
            });
        }
        while tasks.next().await.is_some() {}
        let world = life.shell.snapshot();
        assert!(world.log().len() > 2_000, "{} calls", world.log().len());
        let refused = world
            .log()
            .iter()
            .filter(|entry| entry.code.is_some())
            .count();
        assert!(refused > world.log().len() / 10, "{refused} throttled");
        serde_json::to_string(world.log()).unwrap()
    })
}

#[test]
fn a_storm_has_one_log_in_eight_runs_over_two_processes() {
    const CHILD: &str = "JUMPSTART_VPC_TEST_STORMS";
    let first = storm(17);
    for _ in 0..3 {
        assert!(storm(17) == first, "another log in this process");
    }
    let digest = format!("storm {:016x}", digest(&first));
    #[expect(clippy::disallowed_methods, reason = "the test's own second process")]
    if std::env::var(CHILD).is_ok() {
        println!("{digest}");
        return;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "ground::a_storm_has_one_log_in_eight_runs_over_two_processes",
            "--exact",
            "--nocapture",
        ])
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
    let told = String::from_utf8(child.stdout).unwrap();
    assert!(
        told.contains(&digest),
        "another log in another process: {told}"
    );
}

/// FNV-1a: enough to compare two logs that should be equal.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn a_storm_of_throttles_in_one_life_changes_nothing_in_the_next() {
    let calm = || {
        paused(5, async {
            let life = Life::new(Scenario::default(), 5);
            assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
            serde_json::to_string(life.shell.snapshot().log()).unwrap()
        })
    };
    let before = calm();
    paused(6, async {
        let always = "[[fault]]\nmatch = { action = \"*\" }\nanswer = { kind = \"throttle\" }\n";
        let life = Life::new(Scenario::read(always).unwrap(), 6);
        let aws = life.context().await.aws;
        for _ in 0..300 {
            assert_eq!(aws.identity().await.unwrap_err().class, Class::Throttled);
        }
    });
    assert!(calm() == before, "the storm is felt in the next life");
}

/// Virtual time that passes while `calls` are made.
#[expect(
    clippy::disallowed_methods,
    reason = "the test watches the runtime's own clock"
)]
async fn passed(calls: impl Future<Output = ()>) -> std::time::Duration {
    let began = tokio::time::Instant::now();
    calls.await;
    began.elapsed()
}

#[test]
fn no_virtual_time_passes_during_a_call_in_process() {
    paused(1, async {
        let life = Life::new(Scenario::read(INSTANT).unwrap(), 1);
        let aws = life.context().await.aws;
        // One call of each service: between two of one lies the pace of the tool's own budget.
        let passed = passed(async {
            aws.identity().await.unwrap();
            aws.stacks().await.unwrap();
            aws.zones().await.unwrap();
            aws.domains().await.unwrap();
        });
        assert_eq!(passed.await, std::time::Duration::ZERO);
    });
}

#[test]
fn no_virtual_time_passes_during_a_call_over_loopback() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (aws, _server, _shell) = over_loopback(Scenario::read(INSTANT).unwrap(), 1).await;
        aws.identity().await.unwrap();
        let passed = passed(async {
            aws.stacks().await.unwrap();
        });
        assert_eq!(passed.await, std::time::Duration::ZERO);
    });
}

async fn over_loopback(
    scenario: Scenario,
    seed: u64,
) -> (Aws, JoinSet<std::io::Result<()>>, Shell) {
    let listener = http::bind(0).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let shell = Shell::begin(scenario, Some(seed), 1.0).unwrap();
    let mut server = JoinSet::new();
    server.spawn(http::serve(listener, shell.clone(), std::future::pending()));
    let clock = Clock::at(jiff::Timestamp::from_second(1_800_000_000).unwrap(), 1.0);
    let fixed = Fixed {
        endpoint,
        region: "us-east-1".into(),
        access_key: "ann".into(),
    };
    let access = Access {
        profile: None,
        only_profile: false,
        region: None,
        http: transport::loopback(),
        fixed: Some(fixed),
    };
    (Aws::connect(access, &clock).await.unwrap(), server, shell)
}

#[test]
fn a_life_over_loopback_ends_as_it_does_in_process() {
    let in_process = paused(31, async {
        let life = Life::new(Scenario::default(), 31);
        let risen = life.up(ENVIRONMENT).await.outcome;
        let standing: Vec<String> = life.rows().into_keys().collect();
        life.session(ENVIRONMENT, 1).await;
        (
            risen,
            standing,
            life.down(ENVIRONMENT, force()).await.outcome,
            life.rows().len(),
        )
    });
    fastrand::seed(31);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let over_loopback = runtime.block_on(async {
        let (aws, _server, shell) = over_loopback(equipped(Scenario::default()), 31).await;
        let life = Life::new(Scenario::default(), 31);
        let life = Life {
            shell,
            reached_by: Some(aws),
            ..life
        };
        let risen = life.up(ENVIRONMENT).await.outcome;
        let standing: Vec<String> = life.rows().into_keys().collect();
        life.session(ENVIRONMENT, 1).await;
        (
            risen,
            standing,
            life.down(ENVIRONMENT, force()).await.outcome,
            life.rows().len(),
        )
    });
    assert_eq!(in_process, over_loopback);
    assert_eq!(in_process.0, Outcome::Succeeded);
    assert_eq!(in_process.3, 0);
}

#[test]
fn a_stop_is_heard_by_all_who_wait_and_by_those_who_come_later() {
    paused(1, async {
        let stop = Stop::default();
        let early = stop.requested();
        stop.request();
        early.await;
        stop.requested().await;
        assert!(stop.is_requested());
    });
}

/// The simulator in a process of its own, with its world in a file.
struct Kept {
    process: Child,
    address: String,
}

impl Kept {
    fn start(file: &Path) -> Self {
        let mut process = Command::new(TOOL)
            .args(["simulator", "--state"])
            .arg(file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        let address = first.trim().strip_prefix("AWS_ENDPOINT_URL=http://");
        let address = address.unwrap().to_owned();
        Self { process, address }
    }

    /// The answer to a form of EC2's.
    fn ec2(&self, form: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let body = format!("Version=2016-11-15&Action={form}");
        let head = format!(
            "POST / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream
            .write_all(format!("{head}{body}").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks it to end, and waits for that.
    fn end(mut self) {
        let id = self.process.id().to_string();
        let told = Command::new("kill").args(["-s", "TERM", &id]).status();
        assert!(told.unwrap().success());
        let ended = self.process.wait().unwrap();
        assert!(ended.success(), "{ended}");
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[test]
fn a_world_that_is_kept_in_a_file_goes_on_in_the_next_process() {
    let folder = Folder::new("kept-world");
    let file = folder.0.join("world.json");
    let simulator = Kept::start(&file);
    let made = simulator.ec2("CreateVpc&CidrBlock=10.9.0.0/16");
    let (_, made) = made.split_once("<vpcId>").unwrap();
    let (vpc, _) = made.split_once('<').unwrap();
    simulator.end();
    let simulator = Kept::start(&file);
    let shown = simulator.ec2(&format!("DescribeVpcs&VpcId.1={vpc}"));
    assert!(
        shown.contains("<cidrBlock>10.9.0.0/16</cidrBlock>"),
        "{shown}"
    );
    simulator.end();
}
