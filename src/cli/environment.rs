//! `up`, `down` and `plan`.

use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};

use super::args::{Down, Global, OnFailure, OutputKind, Plan, PlanDirection, Up};
use super::{github, participants, settings, signals};
use crate::context::Context;
use crate::down::{self, Consent, NamedDomain};
use crate::event::{Event, Finished, Outcome, Planned, Step};
use crate::ownership::Claim;
use crate::report::{PACE, Stream};
use crate::stacks::Manifest;
use crate::up;

pub(super) const UP: Duration = Duration::from_secs(3600);
const DOWN: Duration = Duration::from_secs(2 * 3600);

/// How often what shows time is told that some has passed, where the pace of drawing is slower: under a fast clock.
const TICK: Duration = Duration::from_secs(2);

/// What a command comes to: an exit code, or why it could not begin.
pub(super) type Code = Result<u8, String>;

/// Runs to the end or the second signal, tells the end and gives its exit code.
pub(super) async fn conclude(cx: &Context, work: impl Future<Output = Finished>) -> u8 {
    let work = timed(cx, work);
    let finished = tokio::select! {
        biased;
        finished = work => finished,
        () = signals::watch(cx) => Finished::new(Outcome::Interrupted),
    };
    finish(cx, finished)
}

/// Lets time pass for what shows it while something is done.
pub(super) async fn timed<T>(cx: &Context, work: impl Future<Output = T>) -> T {
    let pace = cx.clock.real(PACE).min(TICK);
    tokio::select! {
        biased;
        done = work => done,
        never = cx.events.keep_time(&cx.clock, pace) => match never {},
    }
}

/// Tells the end and gives its exit code.
pub(super) fn finish(cx: &Context, mut finished: Finished) -> u8 {
    // A run with parts has told how long they took together.
    if finished.elapsed_seconds == 0.0 {
        let elapsed = cx.clock.elapsed().as_secs_f64();
        finished.elapsed_seconds = (elapsed * 1000.0).round() / 1000.0;
    }
    let code = finished.exit_code;
    cx.events.send(Event::Finished(finished));
    code
}

/// Who calls; refused at once where the account is another than was demanded.
pub(super) async fn claim(
    cx: &Context,
    global: &Global,
    name: String,
    explicit: bool,
) -> Result<Claim, Box<Finished>> {
    let identity = match cx.aws.identity().await {
        Ok(identity) => identity,
        Err(error) => return Err(cx.fail(&error)),
    };
    cx.heading.borrow_mut().account = Some(identity.account.clone());
    if let Some(demanded) = global
        .account
        .as_ref()
        .filter(|demanded| !demanded.is_empty() && **demanded != identity.account)
    {
        return Err(cx.refuse(format!(
            "the credentials are for account {}, and --account demands {demanded}",
            identity.account
        )));
    }
    Ok(Claim {
        environment: name,
        explicit,
        identity,
        account: global.account.clone().filter(|account| !account.is_empty()),
    })
}

/// The flags, with whether the command asks before it begins.
fn asking(global: &Global, asks: bool) -> Global {
    Global {
        asks,
        ..global.clone()
    }
}

/// What the flags of `up` say about how.
///
/// # Errors
/// Where participants cannot be read.
pub(super) fn options(up: &Up, manifest: &Manifest) -> Result<up::Options, String> {
    Ok(up::Options {
        allow_replacement: up.allow_replacement,
        on_failure: match up.on_failure {
            OnFailure::Rollback => up::OnFailure::RollBack,
            OnFailure::Keep => up::OnFailure::Keep,
            OnFailure::Delete => up::OnFailure::Delete,
        },
        no_preflight: up.no_preflight,
        protect: up.protect,
        participants: participants::participants(up, manifest)?,
    })
}

pub(super) fn up_request(
    global: &Global,
    options: up::Options,
    claim: Claim,
    cx: &Context,
    set: (Manifest, crate::stacks::parameters::Given),
) -> up::Request {
    let (manifest, given) = set;
    let role_arn = global.cfn_role_arn.clone();
    up::Request {
        claim,
        manifest,
        given,
        role_arn,
        yes: global.yes,
        seed: settings::seed(&cx.clock),
        inside: settings::studio_domain(),
        reached_by: up::ReachedBy {
            region: global.region.clone(),
            profile: global.profile.clone(),
        },
        options,
    }
}

/// `up`.
///
/// # Errors
/// Why it could not begin.
pub(super) async fn up(global: &Global, args: &Up) -> Code {
    let (name, explicit) = settings::name(global)?;
    let set = settings::manifest(global)?;
    let options = options(args, &set.0)?;
    let workflow = args.github_output.then(github::file).transpose()?;
    let global = &asking(global, !global.yes);
    let cx = settings::context(global, &name, UP).await?;
    let work = async {
        let finished = match claim(&cx, global, name, explicit).await {
            Ok(claim) => up::up(&cx, &up_request(global, options, claim, &cx, set)).await,
            Err(ended) => *ended,
        };
        if let Some(file) = &workflow {
            github::write(&cx, file, &finished);
        }
        finished
    };
    Ok(conclude(&cx, work).await)
}

/// What the flags of `down` say about data.
///
/// # Errors
/// Where they contradict each other.
pub(super) fn consent(global: &Global, down: &Down) -> Result<Consent, String> {
    if down.keep_efs && down.delete_efs.is_some() {
        return Err("--keep-efs and --delete-efs contradict each other".to_owned());
    }
    let mut consent = Consent {
        yes: global.yes,
        delete_spaces: down.delete_spaces,
        delete_efs: down.delete_efs.as_deref() == Some(""),
        delete_volume: down.delete_efs.clone().filter(|id| !id.is_empty()),
        keep_efs: down.keep_efs,
        delete_data: down.delete_data,
        include_located: down.include_located,
        detach_policies: down.detach_policies,
        delete_logs: down.delete_logs,
    };
    if down.force {
        consent.force();
    }
    Ok(consent)
}

/// The domain that `--domain-arn` names. Where nobody is asked, the account has to be named with it: the ARN alone is
/// copied too easily (operators' notes, item 9).
///
/// # Errors
/// Where it is no such ARN, or the account is missing.
fn named_domain(global: &Global, down: &Down) -> Result<Option<NamedDomain>, String> {
    let Some(arn) = &down.domain_arn else {
        return Ok(None);
    };
    let account = global
        .account
        .as_ref()
        .filter(|account| !account.is_empty());
    if (global.yes || down.force) && account.is_none() {
        return Err("--domain-arn without a question needs --account".to_owned());
    }
    NamedDomain::parse(arn).map(Some)
}

fn down_request(
    global: &Global,
    (consent, domain): (Consent, Option<NamedDomain>),
    claim: Claim,
    cx: &Context,
) -> down::Request {
    down::Request {
        claim,
        consent,
        role_arn: global.cfn_role_arn.clone(),
        domain,
        inside: settings::studio_domain(),
        seed: settings::seed(&cx.clock),
    }
}

/// `down`.
///
/// # Errors
/// Why it could not begin.
pub(super) async fn down(global: &Global, args: &Down) -> Code {
    if args.dry_run {
        return plan(
            global,
            &Plan {
                direction: PlanDirection::Down(args.clone()),
            },
        )
        .await;
    }
    let (name, explicit) = settings::name(global)?;
    let wishes = (consent(global, args)?, named_domain(global, args)?);
    let global = &asking(global, !wishes.0.yes);
    let cx = settings::context(global, &name, DOWN).await?;
    let work = async {
        match claim(&cx, global, name, explicit).await {
            Ok(claim) => down::down(&cx, &down_request(global, wishes, claim, &cx)).await,
            Err(ended) => *ended,
        }
    };
    Ok(conclude(&cx, work).await)
}

/// `plan up` and `plan down`: one document on stdout, nothing written.
///
/// # Errors
/// Why it could not begin.
pub(super) async fn plan(global: &Global, plan: &Plan) -> Code {
    let (name, explicit) = settings::name(global)?;
    // Progress of a plan goes to stderr in every form: stdout takes the document alone.
    let lines = Global {
        output: OutputKind::Lines,
        ..global.clone()
    };
    let args = match &plan.direction {
        PlanDirection::Up(args) => return super::plan_up::plan_up(global, args).await,
        PlanDirection::Down(args) => args,
    };
    let wishes = (consent(global, args)?, named_domain(global, args)?);
    let cx = settings::context(&lines, &name, DOWN).await?;
    let work = async {
        let claim = claim(&cx, global, name, explicit).await?;
        down::plan(&cx, &down_request(global, wishes, claim, &cx)).await
    };
    match timed(&cx, work).await {
        Ok(planned) => {
            show(&cx, global, &planned);
            Ok(0)
        }
        Err(ended) => Ok(finish(&cx, *ended)),
    }
}

/// What every plan's document has.
pub(super) fn plan_document(cx: &Context, direction: &str, steps: &[Step]) -> Value {
    let heading = cx.heading.borrow();
    json!({
        "schema": 1,
        "time": cx.clock.time().to_string(),
        "event": "plan",
        "environment": heading.environment,
        "account": heading.account,
        "region": heading.region,
        "direction": direction,
        "steps": steps,
    })
}

/// The plan as a document, or as lines for people.
fn show(cx: &Context, global: &Global, planned: &Planned) {
    if global.output == OutputKind::Json {
        let mut document = plan_document(cx, "down", &planned.steps);
        document["blockers"] = json!(planned.blockers);
        document["kept"] = json!(planned.kept);
        document["data"] = json!(planned.data);
        document["refused"] = json!(planned.refused);
        cx.output.line(Stream::Out, &document.to_string());
        return;
    }
    for line in crate::report::plan(planned) {
        cx.output.line(Stream::Out, &line);
    }
}
