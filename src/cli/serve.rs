//! `simulator`.

use std::path::Path;

use simulator::Scenario;
use simulator::http::{self, Shell};

use super::args::Simulator;
use super::environment::Code;
use super::settings;
use crate::report::Stream;

/// A scenario's file, or the ordinary world.
///
/// # Errors
/// The file and its first mistake.
pub(super) fn scenario(file: Option<&Path>) -> Result<Scenario, String> {
    let Some(path) = file else {
        return Ok(Scenario::default());
    };
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
    let scenario = scenario(args.scenario.as_deref())?;
    let listener = http::bind(args.port)
        .await
        .map_err(|problem| format!("port {}: {problem}", args.port))?;
    let address = listener
        .local_addr()
        .map_err(|problem| problem.to_string())?;
    settings::output().line(Stream::Out, &format!("AWS_ENDPOINT_URL=http://{address}"));
    let shell = Shell::new(scenario, args.seed, args.speed);
    http::serve(listener, shell, super::signals::any())
        .await
        .map_err(|problem| problem.to_string())?;
    Ok(0)
}
