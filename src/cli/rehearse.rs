//! `rehearse`: a whole life on an embedded simulator, over real HTTP with the real SDK.

use std::collections::BTreeMap;
use std::time::Duration;

use simulator::bound::{self, Bound};
use simulator::http::{self, Shell};
use simulator::{Row, Scope, World};
use tokio::task::JoinSet;

use super::args::{Down, Global, OutputKind, Rehearse};
use super::environment::{Code, conclude, consent};
use super::{serve, settings};
use crate::aws::client::Fixed;
use crate::clock::Clock;
use crate::context::Context;
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
    /// None where no client could have done it.
    bound: Option<Bound>,
}

/// Runs the rehearsal.
///
/// # Errors
/// Where it could not begin.
pub(super) async fn rehearse(global: &Global, args: &Rehearse) -> Code {
    let speed = match args.speed.as_str() {
        "max" => None,
        text => Some(
            text.parse::<f64>()
                .ok()
                .filter(|speed| speed.is_finite() && *speed >= 1.0)
                .ok_or_else(|| format!("--speed {text}: say a number of at least 1, or max"))?,
        ),
    };
    if speed.is_none() {
        tokio::time::pause();
    }
    let scenario = serve::scenario(args.scenario.as_deref())?;
    let seed = args.seed.or(scenario.seed).unwrap_or(SEED);
    let listener = http::bind(0).await.map_err(|problem| problem.to_string())?;
    let address = listener
        .local_addr()
        .map_err(|problem| problem.to_string())?;
    let speed = speed.unwrap_or(1.0);
    let shell = Shell::new(scenario, Some(seed), speed);
    let mut server = JoinSet::new();
    server.spawn(http::serve(listener, shell.clone(), std::future::pending()));
    let fixed = Fixed {
        endpoint: format!("http://{address}"),
        region: REGION.to_owned(),
        access_key: "rehearsal".to_owned(),
    };
    let (name, _) = settings::name(&Global {
        name: None,
        ..global.clone()
    })?;
    let cx = settings::embedded(global, &name, fixed, Clock::start(speed)).await?;
    let work = async { live(&cx, global, args, &name, &shell, seed).await };
    let code = conclude(&cx, work).await;
    server.abort_all();
    Ok(code)
}

/// Up, a session, down, and a look at what is left.
async fn live(
    cx: &Context,
    global: &Global,
    args: &Rehearse,
    name: &str,
    shell: &Shell,
    seed: u64,
) -> Finished {
    let identity = match cx.aws.identity().await {
        Ok(identity) => identity,
        Err(error) => return *cx.fail(&error),
    };
    cx.heading.borrow_mut().account = Some(identity.account.clone());
    let (manifest, given) = match settings::manifest(&Global {
        stacks: None,
        parameters: Vec::new(),
        ..global.clone()
    }) {
        Ok(set) => set,
        Err(problem) => return *cx.refuse(problem),
    };
    let claim = Claim {
        environment: name.to_owned(),
        explicit: true,
        identity: identity.clone(),
        account: None,
    };
    let before = shell.snapshot();

    let request = up::Request {
        claim: claim.clone(),
        manifest,
        given,
        role_arn: None,
        yes: true,
        seed,
    };
    let began = cx.clock.elapsed();
    let risen = up::up(cx, &request).await;
    let up_took = cx.clock.elapsed().saturating_sub(began);
    let standing = shell.snapshot();
    if risen.outcome != Outcome::Succeeded {
        return risen;
    }

    let began = cx.clock.elapsed();
    if let Err(error) = rehearsal::session(cx, name, &identity.account, args.users).await {
        return *cx.fail(&error);
    }
    let session_took = cx.clock.elapsed().saturating_sub(began);

    let used = shell.snapshot();
    let flags = Down {
        force: true,
        keep_efs: args.keep_efs,
        ..Down::default()
    };
    let consent = match consent(global, &flags) {
        Ok(consent) => consent,
        Err(problem) => return *cx.refuse(problem),
    };
    let request = down::Request {
        claim,
        consent,
        role_arn: None,
        seed,
    };
    let began = cx.clock.elapsed();
    let mut fallen = down::down(cx, &request).await;
    let down_took = cx.clock.elapsed().saturating_sub(began);
    let after = shell.snapshot();
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
    let left = left(&before, &after, &fallen);
    let stream = match global.output {
        OutputKind::Json => Stream::Err,
        OutputKind::Auto | OutputKind::Live | OutputKind::Lines => Stream::Out,
    };
    tell(cx, stream, &legs, session_took, left);
    if left > 0 && fallen.outcome == Outcome::Succeeded {
        fallen = Finished {
            outcome: Outcome::Failed,
            exit_code: Outcome::Failed.exit_code(),
            ..fallen
        };
    }
    fallen
}

/// Resources of the environment that were not there before and were not kept by choice.
fn left(before: &World, after: &World, end: &Finished) -> usize {
    let rows = |world: &World| -> BTreeMap<String, Row> {
        let rows = world
            .rows()
            .into_iter()
            .filter(|row| row.scope == Scope::Environment);
        rows.map(|row| (format!("{} {}", row.kind, row.id), row))
            .collect()
    };
    let (before, after) = (rows(before), rows(after));
    let kept = |row: &Row| {
        end.kept
            .iter()
            .any(|kept| kept.id == row.id || Some(&kept.id) == row.parent.as_ref())
    };
    after
        .iter()
        .filter(|(key, row)| !before.contains_key(*key) && !kept(row))
        .count()
}

/// The table of simulated times. With JSON on stdout it goes to stderr, beside the warnings.
fn tell(cx: &Context, stream: Stream, legs: &[Leg], session: Duration, left: usize) {
    let say = |text: &str| cx.output.line(stream, text);
    say("");
    say("Simulated time      took     bound    within rates  difference   ratio");
    for leg in legs {
        let Some(bound) = leg.bound else {
            say(&format!(
                "  {:<10} {:>11}  (no client could do it)",
                leg.name,
                duration(leg.took)
            ));
            continue;
        };
        let difference = leg.took.saturating_sub(bound.time);
        let ratio = leg.took.as_secs_f64() / bound.time.as_secs_f64().max(1.0);
        say(&format!(
            "  {:<10} {:>11} {:>9} {:>15} {:>11} {ratio:>7.2}",
            leg.name,
            duration(leg.took),
            duration(bound.time),
            duration(bound.under_limits),
            duration(difference)
        ));
    }
    say(&format!("  {:<10} {:>11}", "session", duration(session)));
    say(&format!("{left} resources left"));
}
