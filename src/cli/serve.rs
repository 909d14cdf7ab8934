//! `simulator`.

use std::path::Path;
use std::time::Duration;

use simulator::Scenario;
use simulator::http::{self, Shell};
use simulator::state;

use super::args::Simulator;
use super::environment::Code;
use super::settings;
use crate::report::Stream;

/// How long a change may be missing in the file that keeps the world.
const SAVED_WITHIN: Duration = Duration::from_secs(5);

/// A scenario's file.
///
/// # Errors
/// The file and its first mistake.
pub(super) fn scenario(path: &Path) -> Result<Scenario, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|problem| format!("cannot read {}: {problem}", path.display()))?;
    Scenario::read(&text).map_err(|problem| format!("{}: {problem}", path.display()))
}

/// Serves until it is stopped.
///
/// # Errors
/// Where it could not begin.
pub(super) async fn serve(args: &Simulator) -> Code {
    if !args.speed.is_finite() || args.speed <= 0.0 {
        return Err(format!("--speed {} must be more than nothing", args.speed));
    }
    let shell = world(args)?;
    let listener = http::bind(args.port)
        .await
        .map_err(|problem| format!("port {}: {problem}", args.port))?;
    let address = listener
        .local_addr()
        .map_err(|problem| problem.to_string())?;
    settings::output().line(Stream::Out, &format!("AWS_ENDPOINT_URL=http://{address}"));
    http::serve(listener, shell, super::signals::any())
        .await
        .map_err(|problem| problem.to_string())?;
    Ok(0)
}

/// The world that a state file keeps, or a scenario's first one.
fn world(args: &Simulator) -> Result<Shell, String> {
    let scenario = args.scenario.as_deref().map(scenario).transpose()?;
    let Some(path) = &args.state else {
        let scenario = scenario.unwrap_or_default();
        return Shell::begin(scenario, args.seed, args.speed)
            .map_err(|problem| problem.to_string());
    };
    let state = state::open(path, scenario, args.seed).map_err(|problem| problem.to_string())?;
    Ok(Shell::go_on(state, args.speed).kept_in(path, SAVED_WITHIN))
}
