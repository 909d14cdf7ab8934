//! From arguments and environment to settings; whatever is wrong is found here, before any call.

use std::cell::RefCell;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use jiff::SignedDuration;

use super::args::{Global, OutputKind};
use super::config::Origin;
use crate::aws::client::{Access, Fixed, ca_bundle, is_loopback, is_url};
use crate::aws::{Aws, transport};
use crate::clock::Clock;
use crate::context::Context;
use crate::event::{Event, Events, Sink};
use crate::report::{Detail, Heading, JsonLines, Lines, Live, Output, ReportFile};
use crate::stacks::Manifest;
use crate::stacks::parameters::Given;
use crate::stop::Stop;

/// The name of an environment that was not named.
pub const DEFAULT_NAME: &str = "jumpstart-vpc";

/// Reads a duration such as `90s`, `45m`, `1h 30m`.
///
/// # Errors
/// A sentence with examples.
pub fn duration(text: &str) -> Result<Duration, String> {
    let parsed: Result<SignedDuration, _> = text.parse();
    parsed
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| format!("`{text}` is no duration; say 90s, 45m or 1h 30m"))
}

/// The name of the environment, and whether somebody gave it.
///
/// # Errors
/// Where CloudFormation could not take it.
pub fn name(global: &Global) -> Result<(String, bool), String> {
    let given = global.name.clone().filter(|name| !name.is_empty());
    let explicit = given.is_some();
    let name = given.unwrap_or_else(|| DEFAULT_NAME.to_owned());
    let valid = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !name.ends_with('-')
        && name.len() <= 63
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if valid {
        Ok((name, explicit))
    } else {
        Err(format!(
            "--name {name}: up to 63 letters, digits and hyphens, beginning with a letter"
        ))
    }
}

/// The set of stacks and the values given for it, checked.
///
/// # Errors
/// The file, the place and the cure.
pub fn manifest(global: &Global) -> Result<(Manifest, Given), String> {
    let manifest = match &global.stacks {
        Some(folder) => Manifest::in_folder(folder),
        None => Manifest::embedded(),
    };
    let manifest = manifest.map_err(|problem| problem.to_string())?;
    let mut given = Given::default();
    for text in &global.parameters {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| format!("--parameter {text}: say KEY=VALUE"))?;
        if given
            .values
            .insert(key.to_owned(), value.to_owned())
            .is_some()
        {
            return Err(format!("--parameter {key} is given twice"));
        }
    }
    let (environment, _) = name(global)?;
    crate::stacks::parameters::check(&manifest, &given, &environment)?;
    Ok((manifest, given))
}

/// What the process's environment says about reaching AWS.
#[derive(Clone, Debug, Default)]
struct Surroundings {
    /// Values of `AWS_ENDPOINT_URL` and of its variants for one service.
    endpoints: Vec<(String, String)>,
    ca_bundle: Option<PathBuf>,
    no_colour: bool,
    /// Whether the log is read by GitHub Actions.
    github: bool,
    /// A terminal that can do nothing but print.
    dumb: bool,
}

fn surroundings() -> Surroundings {
    let mut found = Surroundings::default();
    for (key, value) in std::env::vars_os() {
        let (key, value) = (
            key.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        );
        if value.is_empty() {
            continue;
        }
        match key.as_str() {
            "AWS_CA_BUNDLE" => found.ca_bundle = Some(PathBuf::from(value)),
            "NO_COLOR" => found.no_colour = true,
            "GITHUB_ACTIONS" => found.github = value == "true",
            "TERM" => found.dumb = value == "dumb",
            _ if key.starts_with("AWS_ENDPOINT_URL") => found.endpoints.push((key, value)),
            _ => {}
        }
    }
    found
}

fn clock_scale(global: &Global, surroundings: &Surroundings) -> Result<f64, String> {
    let Some(text) = global
        .clock_scale
        .as_deref()
        .filter(|text| !text.is_empty())
    else {
        return Ok(1.0);
    };
    let scale: f64 = text
        .parse()
        .map_err(|_problem| format!("JUMPSTART_VPC_CLOCK_SCALE={text} is no number"))?;
    if !scale.is_finite() || scale < 1.0 {
        return Err(format!(
            "JUMPSTART_VPC_CLOCK_SCALE={text} must be at least 1"
        ));
    }
    let general = surroundings
        .endpoints
        .iter()
        .any(|(key, _)| key == "AWS_ENDPOINT_URL");
    let loopback = surroundings
        .endpoints
        .iter()
        .all(|(_, url)| is_loopback(url));
    if general && loopback {
        Ok(scale)
    } else {
        Err(
            "JUMPSTART_VPC_CLOCK_SCALE is for simulators: it needs AWS_ENDPOINT_URL on loopback"
                .to_owned(),
        )
    }
}

/// Whether a flag was typed, not found in the environment or a file.
fn is_typed(global: &Global, name: &str) -> bool {
    let mut settings = global.settings.iter();
    settings.any(|setting| setting.name == name && setting.origin == Origin::Flag)
}

/// The process's own output.
pub fn output() -> Output {
    Output::of_process(surroundings().no_colour)
}

/// Everything that a command needs to talk to AWS.
///
/// # Errors
/// Where the configuration cannot be used; no call was made.
pub async fn context(
    global: &Global,
    environment: &str,
    default_timeout: Duration,
) -> Result<Context, String> {
    let surroundings = surroundings();
    if let Some((key, url)) = surroundings.endpoints.iter().find(|(_, url)| !is_url(url)) {
        return Err(format!(
            "{key}={url} is no URL; say http://HOST:PORT or https://HOST"
        ));
    }
    let clock = Clock::start(clock_scale(global, &surroundings)?);
    let plain = surroundings
        .endpoints
        .iter()
        .find(|(key, _)| key == "AWS_ENDPOINT_URL")
        .is_some_and(|(_, url)| is_loopback(url) && url.starts_with("http://"));
    let http = if plain {
        transport::loopback()
    } else {
        let bundle = match surroundings.ca_bundle {
            Some(bundle) => Some(bundle),
            None => ca_bundle(global.profile.as_deref()).await,
        };
        transport::aws(bundle.as_deref()).map_err(|problem| problem.to_string())?
    };
    let access = Access {
        profile: global.profile.clone(),
        only_profile: is_typed(global, "profile"),
        region: global.region.clone(),
        http,
        fixed: None,
    };
    let aws = Aws::connect(access, &clock)
        .await
        .map_err(|problem| problem.to_string())?;
    let output = Output::of_process(surroundings.no_colour);
    build(global, environment, default_timeout, aws, clock, output)
}

/// A context on an embedded simulator: nothing of the process's configuration is read.
///
/// # Errors
/// Where the flags cannot be used.
pub async fn embedded(
    global: &Global,
    environment: &str,
    fixed: Fixed,
    clock: Clock,
) -> Result<Context, String> {
    let access = Access {
        profile: None,
        only_profile: false,
        region: None,
        http: transport::loopback(),
        fixed: Some(fixed),
    };
    let aws = Aws::connect(access, &clock)
        .await
        .map_err(|problem| problem.to_string())?;
    build(
        global,
        environment,
        Duration::from_secs(6 * 3600),
        aws,
        clock,
        output(),
    )
}

fn build(
    global: &Global,
    environment: &str,
    default_timeout: Duration,
    aws: Aws,
    clock: Clock,
    output: Output,
) -> Result<Context, String> {
    let timeout = match &global.timeout {
        Some(text) => duration(text).map_err(|problem| format!("--timeout: {problem}"))?,
        None => default_timeout,
    };
    let heading = Heading {
        environment: Some(environment.to_owned()),
        account: None,
        region: Some(aws.region().to_owned()),
    };
    let heading = Rc::new(RefCell::new(heading));
    let is_quiet = detail(global, &output) == Detail::Result;
    let output = output.quiet(is_quiet);
    let events = events(global, &output, &clock, &heading);
    if global.verbose > 0 {
        tell_calls(&aws, &events);
    }
    let deadline = clock.elapsed() + timeout;
    Ok(Context {
        aws,
        clock,
        events,
        stop: Stop::default(),
        output,
        heading,
        deadline,
    })
}

/// How much is told. Whoever is asked sees what the answer rests on: the plan, and what is warned of.
fn detail(global: &Global, output: &Output) -> Detail {
    if !global.quiet {
        Detail::Everything
    } else if global.asks && output.interactive {
        Detail::Milestones
    } else {
        Detail::Result
    }
}

/// Who takes the events, by what was asked for and by what standard error is.
pub fn events(
    global: &Global,
    output: &Output,
    clock: &Clock,
    heading: &Rc<RefCell<Heading>>,
) -> Events {
    let surroundings = surroundings();
    let detail = detail(global, output);
    let lines =
        || Lines::new(output.clone(), clock.clone(), detail).for_github(surroundings.github);
    let live = || {
        std::io::stderr().is_terminal() && !surroundings.dumb && !global.quiet && global.verbose < 2
    };
    let mut sinks: Vec<Box<dyn Sink>> = vec![match global.output {
        OutputKind::Json => {
            let json = JsonLines::new(output.clone(), clock.clone(), Rc::clone(heading));
            Box::new(json.quiet(detail == Detail::Result))
        }
        OutputKind::Auto | OutputKind::Live if live() => Box::new(Live::new(
            console::Term::buffered_stderr(),
            output,
            clock.clone(),
            Rc::clone(heading),
            lines(),
        )),
        OutputKind::Auto | OutputKind::Live | OutputKind::Lines => Box::new(lines()),
    }];
    sinks.extend(global.report.iter().map(|path| -> Box<dyn Sink> {
        Box::new(ReportFile::new(
            path.clone(),
            output.clone(),
            clock.clone(),
            Rc::clone(heading),
        ))
    }));
    Events::new(sinks)
}

/// Reads a speed.
///
/// # Errors
/// Where it is no number of at least 1.
pub fn speed(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|speed| speed.is_finite() && *speed >= 1.0)
        .ok_or_else(|| format!("--speed {text}: say a number of at least 1, or max"))
}

/// Tells every call.
fn tell_calls(aws: &Aws, events: &Events) {
    let events = events.clone();
    aws.observe(move |call| {
        events.send(Event::Call {
            action: call.action.clone(),
            milliseconds: u64::try_from(call.took.as_millis()).unwrap_or(u64::MAX),
            code: call.code.clone(),
            detail: call.detail.clone(),
            request_id: call.request_id.clone(),
        });
    });
}

/// What pauses and tokens of this run are drawn from: the moment it began, and the process.
pub fn seed(clock: &Clock) -> u64 {
    let moment = clock.time().as_nanosecond().unsigned_abs();
    let low = u64::try_from(moment & u128::from(u64::MAX)).unwrap_or(0);
    low.rotate_left(17) ^ (u64::from(std::process::id()) << 32)
}

/// Where a Studio app tells which domain it is in.
const STUDIO_METADATA: &str = "/opt/ml/metadata/resource-metadata.json";

/// Id of the domain whose Studio this runs in; none elsewhere.
pub fn studio_domain() -> Option<String> {
    let text = std::fs::read_to_string(STUDIO_METADATA).ok()?;
    let metadata: serde_json::Value = serde_json::from_str(&text).ok()?;
    metadata.get("DomainId")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use clap::Parser;

    use super::*;
    use crate::cli::Arguments;
    use crate::event::Direction;

    /// A stream that can be read.
    #[derive(Clone, Default)]
    struct Written(Rc<RefCell<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Written {
        fn text(&self) -> String {
            String::from_utf8(self.0.borrow().clone()).unwrap()
        }
    }

    /// What `-q` leaves of a plan and a warning.
    fn told(arguments: &[&str], asks: bool, interactive: bool) -> String {
        let typed = ["jumpstart-vpc", "down", "-q"].iter().chain(arguments);
        let global = Global {
            asks,
            ..Arguments::parse_from(typed).global
        };
        let err = Written::default();
        let output = Output::to(
            Box::new(std::io::sink()),
            Box::new(err.clone()),
            false,
            interactive,
        );
        let events = events(&global, &output, &Clock::start(1.0), &Rc::default());
        events.send(Event::Plan {
            direction: Direction::Down,
            steps: Vec::new(),
        });
        events.warn("somebody made another space");
        events.wait_for("the domain");
        err.text()
    }

    #[test]
    fn whoever_is_asked_sees_what_the_answer_rests_on() {
        let asked = told(&[], true, true);
        assert!(asked.contains("Plan: what will go"), "{asked}");
        assert!(asked.contains("another space"), "{asked}");
        assert!(!asked.contains("the domain"), "{asked}");
        let json = told(&["--output", "json"], true, true);
        assert!(json.contains("another space"), "{json}");
        for (asks, interactive) in [(true, false), (false, true), (false, false)] {
            for arguments in [&["--output", "json"][..], &[]] {
                assert_eq!(told(arguments, asks, interactive), "");
            }
        }
    }

    #[test]
    fn durations_are_read() {
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert!(duration("soon").is_err() && duration("0s").is_err() && duration("-5s").is_err());
    }
}
