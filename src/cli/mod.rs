//! Arguments → settings → one file a command. The only place that knows exit codes.

mod args;
mod config;
mod diagram;
mod documents;
mod environment;
mod events;
mod explain;
mod github;
mod participants;
mod plan_up;
#[cfg(feature = "simulator")]
mod rehearse;
mod replay;
#[cfg(feature = "simulator")]
mod serve;
pub mod settings;
mod signals;

pub use args::Arguments;
pub use documents::reference;

use std::path::Path;
use std::process::ExitCode;

use args::{Command, Global};
use config::{Origin, Setting};

/// Wrong usage, unreadable configuration, manifest or template; no call was made.
const USAGE: u8 = 2;

/// Runs the program.
pub fn run() -> ExitCode {
    let typed: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let arguments = match config::arguments(&typed) {
        Ok(arguments) => arguments,
        Err(problem) => return unusable(&problem),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(problem) => return unusable(&format!("no runtime: {problem}")),
    };
    let code = runtime.block_on(dispatch(arguments));
    // A thread may still sit in a read of the terminal.
    runtime.shutdown_background();
    code
}

async fn dispatch(arguments: Arguments) -> ExitCode {
    let global = arguments.global;
    if global.verbose > 1 {
        crate::report::show_sdk_log();
    }
    let global = match reported(global, &arguments.command) {
        Ok(global) => global,
        Err(problem) => return unusable(&problem),
    };
    let outcome = match arguments.command {
        Command::Up(up) => environment::up(&global, &up).await,
        Command::Down(down) => environment::down(&global, &down).await,
        Command::Plan(plan) => environment::plan(&global, &plan).await,
        Command::Explain(explain) => explain::explain(&explain),
        Command::Completions(completions) => Ok(documents::completions(completions.shell)),
        Command::Diagram(args) => diagram::draw(&global, &args).await,
        Command::Events => events::events(&global).await,
        Command::Replay(replay) => replay::replay(&global, &replay).await,
        Command::Man(man) => documents::man(&man),
        #[cfg(feature = "simulator")]
        Command::Simulator(simulator) => serve::serve(&simulator).await,
        #[cfg(feature = "simulator")]
        Command::Rehearse(rehearsal) => rehearse::rehearse(&global, &rehearsal).await,
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(problem) => unusable(&problem),
    }
}

/// The flags without a report that only the folder's file asks for, where the command has none to write.
///
/// # Errors
/// Where somebody asked for such a report, or for one that cannot be written.
fn reported(mut global: Global, command: &Command) -> Result<Global, String> {
    let Some(path) = &global.report else {
        return Ok(global);
    };
    if has_report(command) {
        writable(path).map_err(|problem| format!("--report {}: {problem}", path.display()))?;
        return Ok(global);
    }
    let of_file =
        |setting: &Setting| setting.name == "report" && matches!(setting.origin, Origin::File(_));
    if !global.settings.iter().any(of_file) {
        return Err("--report: this command is no run, so there is nothing to report".to_owned());
    }
    global.report = None;
    Ok(global)
}

/// Whether a file can be written, found out before any call and without changing what is in it.
fn writable(path: &Path) -> std::io::Result<()> {
    let existed = path.exists();
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)?;
    if existed {
        Ok(())
    } else {
        std::fs::remove_file(path)
    }
}

fn has_report(command: &Command) -> bool {
    #[cfg(feature = "simulator")]
    let rehearses = matches!(command, Command::Rehearse(_));
    #[cfg(not(feature = "simulator"))]
    let rehearses = false;
    let tears_down = matches!(command, Command::Down(down) if !down.dry_run);
    let runs = matches!(
        command,
        Command::Up(_) | Command::Events | Command::Replay(_)
    );
    rehearses || tears_down || runs
}

fn unusable(problem: &str) -> ExitCode {
    crate::report::Output::of_process(true)
        .line(crate::report::Stream::Err, &format!("error: {problem}"));
    ExitCode::from(USAGE)
}
