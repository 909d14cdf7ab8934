//! `rehearse`: a whole life on an embedded simulator, over real HTTP with the real SDK.

use std::cell::RefCell;
use std::time::Duration;

use simulator::bound::{self, Bound};
use simulator::http::{self, Shell};
use simulator::{Row, World};
use tokio::task::JoinSet;

use super::args::{Down, Global, OutputKind, Rehearse};
use super::environment::{Code, conclude, consent};
use super::{serve, settings};
use crate::aws::client::Fixed;
use crate::clock::Clock;
use crate::context::{Context, Ended};
use crate::event::{Finished, Outcome};
use crate::ownership::Claim;
use crate::report::{Stream, duration};
use crate::{down, rehearsal, up};

const REGION: &str = "us-east-1";
/// An ordinary seed: of the first forty its teardown is about the median, measured by its bound.
const SEED: u64 = 7;

/// Which part of the life took how long, beside its bound.
struct Leg {
    name: &'static str,
    took: Duration,
    /// None where no client could have done it. Of clients that remove members of stacks by their stacks alone, save
    /// SageMaker's own and volumes: by hand, timed to the instant, others could save up to about four seconds.
    bound: Option<Bound>,
}

/// Runs the rehearsal.
///
/// # Errors
/// Where it could not begin.
pub(super) async fn rehearse(global: &Global, args: &Rehearse) -> Code {
    let speed = match args.speed.as_str() {
        "max" => None,
        text => Some(settings::speed(text)?),
    };
    // With a clock that only jumps there is nothing to watch.
    let at_once = Global {
        output: if speed.is_none() && global.output == OutputKind::Auto {
            OutputKind::Lines
        } else {
            global.output
        },
        ..global.clone()
    };
    let global = &at_once;
    if speed.is_none() {
        tokio::time::pause();
    }
    let scenario = args.scenario.as_deref().map(serve::scenario).transpose()?;
    // The session deploys a model of JumpStart's.
    let scenario = scenario.unwrap_or_default().with_accelerators();
    let seed = args.seed.or(scenario.seed).unwrap_or(SEED);
    let listener = http::bind(0).await.map_err(|problem| problem.to_string())?;
    let address = listener
        .local_addr()
        .map_err(|problem| problem.to_string())?;
    let speed = speed.unwrap_or(1.0);
    let shell = Shell::begin(scenario, Some(seed), speed).map_err(|problem| problem.to_string())?;
    let mut server = JoinSet::new();
    server.spawn(http::serve(listener, shell.clone(), std::future::pending()));
    let fixed = Fixed {
        endpoint: format!("http://{address}"),
        region: REGION.to_owned(),
        access_key: "rehearsal".to_owned(),
    };
    let cx = settings::embedded(global, settings::DEFAULT_NAME, fixed, Clock::start(speed)).await?;
    let rehearsal = Rehearsal {
        cx: &cx,
        global,
        args,
        shell: &shell,
        seed,
    };
    let table = RefCell::new(None);
    let work = async {
        match rehearsal.live().await {
            Ok((finished, told)) => {
                table.replace(Some(told));
                finished
            }
            Err(ended) => *ended,
        }
    };
    let code = conclude(&cx, work).await;
    if let Some(table) = table.take() {
        rehearsal.tell(&table);
    }
    server.abort_all();
    Ok(code)
}

/// One environment on an embedded simulator.
struct Rehearsal<'a> {
    cx: &'a Context,
    global: &'a Global,
    args: &'a Rehearse,
    shell: &'a Shell,
    seed: u64,
}

/// What is told at the end.
struct Table {
    legs: [Leg; 2],
    session: Duration,
    /// Resources of the environment that are left and were not kept by choice.
    left: usize,
}

impl Rehearsal<'_> {
    /// Up, a participant at work, down, and a look at what is left.
    async fn live(&self) -> Result<(Finished, Table), Ended> {
        let cx = self.cx;
        let identity = cx.aws.identity().await.map_err(|error| cx.fail(&error))?;
        cx.heading.borrow_mut().account = Some(identity.account.clone());
        let claim = Claim {
            environment: settings::DEFAULT_NAME.to_owned(),
            explicit: true,
            identity,
            account: None,
        };
        let before = self.shell.snapshot();
        self.heading("Up");
        let (risen, up_took) = self.timed(self.up(&claim)).await;
        let risen = risen?;
        if risen.outcome != Outcome::Succeeded {
            return Err(Box::new(risen));
        }
        let standing = self.shell.snapshot();
        self.heading("A participant works: a space, a JupyterLab app, a model on an endpoint");
        let work = rehearsal::session(
            cx,
            &claim.environment,
            &claim.identity.account,
            self.args.users,
        );
        let (worked, session) = self.timed(work).await;
        worked.map_err(|error| cx.fail(&error))?;
        let used = self.shell.snapshot();
        self.heading("Down");
        let (fallen, down_took) = self.timed(self.down(claim)).await;
        let mut fallen = fallen?;
        // What comes now takes none of the simulated time, and the whole is the sum of its parts.
        let took = up_took + session + down_took;
        fallen.elapsed_seconds = (took.as_secs_f64() * 1000.0).round() / 1000.0;
        let after = self.shell.snapshot();
        let left = left(&before, &after, &fallen);
        if left > 0 && fallen.outcome == Outcome::Succeeded {
            fallen.outcome = Outcome::Failed;
            fallen.exit_code = Outcome::Failed.exit_code();
        }
        let legs = [
            Leg {
                name: "up",
                took: up_took,
                bound: bound::creation(&before, &standing),
            },
            Leg {
                name: "down",
                took: down_took,
                bound: bound::removal(&used, &after),
            },
        ];
        let table = Table {
            legs,
            session,
            left,
        };
        Ok((fallen, table))
    }

    /// What something comes to, and how long it took on the tool's clock.
    async fn timed<T>(&self, work: impl Future<Output = T>) -> (T, Duration) {
        let began = self.cx.clock.elapsed();
        let done = work.await;
        (done, self.cx.clock.elapsed().saturating_sub(began))
    }

    async fn up(&self, claim: &Claim) -> Result<Finished, Ended> {
        let built_in = Global {
            stacks: None,
            parameters: Vec::new(),
            ..self.global.clone()
        };
        let (manifest, given) =
            settings::manifest(&built_in).map_err(|problem| self.cx.refuse(problem))?;
        let request = up::Request {
            claim: claim.clone(),
            manifest,
            given,
            role_arn: None,
            yes: true,
            seed: self.seed,
            inside: None,
            reached_by: up::ReachedBy::default(),
            options: up::Options::default(),
        };
        Ok(up::up(self.cx, &request).await)
    }

    async fn down(&self, claim: Claim) -> Result<Finished, Ended> {
        let flags = Down {
            force: true,
            keep_efs: self.args.keep_efs,
            ..Down::default()
        };
        let consent = consent(self.global, &flags).map_err(|problem| self.cx.refuse(problem))?;
        let request = down::Request {
            claim,
            consent,
            role_arn: None,
            domain: None,
            inside: None,
            seed: self.seed,
        };
        Ok(down::down(self.cx, &request).await)
    }

    fn heading(&self, text: &str) {
        if self.global.output != OutputKind::Json && !self.global.quiet {
            self.cx.output.line(Stream::Err, &format!("\n== {text}"));
        }
    }

    /// The table of simulated times. With JSON on stdout it goes to stderr, beside the warnings.
    fn tell(&self, table: &Table) {
        let stream = match self.global.output {
            OutputKind::Json => Stream::Err,
            OutputKind::Auto | OutputKind::Live | OutputKind::Lines => Stream::Out,
        };
        let say = |text: &str| self.cx.output.line(stream, text);
        say("");
        say("Simulated time      took     bound    within rates  difference   ratio");
        for leg in &table.legs {
            say(&leg.told());
        }
        say(&format!(
            "  {:<10} {:>11}",
            "session",
            duration(table.session)
        ));
        say(&format!("{} resources left", table.left));
    }
}

impl Leg {
    fn told(&self) -> String {
        let took = duration(self.took);
        let Some(bound) = self.bound else {
            return format!("  {:<10} {took:>11}  (no client could do it)", self.name);
        };
        let difference = self.took.saturating_sub(bound.time);
        let ratio = self.took.as_secs_f64() / bound.time.as_secs_f64().max(1.0);
        format!(
            "  {:<10} {took:>11} {:>9} {:>15} {:>11} {ratio:>7.2}",
            self.name,
            duration(bound.time),
            duration(bound.under_limits),
            duration(difference)
        )
    }
}

/// Resources of the environment that were not there before and were not kept by choice.
fn left(before: &World, after: &World, end: &Finished) -> usize {
    let (before, after) = (before.environment_rows(), after.environment_rows());
    let kept = |row: &Row| {
        end.kept
            .iter()
            .any(|kept| kept.id == row.id || row.parent.as_deref() == Some(&kept.id))
    };
    after
        .iter()
        .filter(|(key, row)| !before.contains_key(*key) && !kept(row))
        .count()
}
