//! Outputs for a workflow of GitHub: `NAME=VALUE` lines in the file that `GITHUB_OUTPUT` names.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::event::Finished;

/// The file to write to.
///
/// # Errors
/// Where the workflow did not name one.
pub(super) fn file() -> Result<PathBuf, String> {
    let path = std::env::var_os("GITHUB_OUTPUT").filter(|path| !path.is_empty());
    path.map(PathBuf::from).ok_or_else(|| {
        "--github-output: GITHUB_OUTPUT is not set; this is for steps of a workflow".to_owned()
    })
}

/// Appends what a run came to. What was deployed stays deployed where that fails, so it is a warning.
pub(super) fn write(cx: &Context, file: &Path, finished: &Finished) {
    let text = lines(cx, finished);
    let opened = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(file);
    if let Err(problem) = opened.and_then(|mut file| file.write_all(text.as_bytes())) {
        cx.events
            .warn(format!("--github-output {}: {problem}", file.display()));
    }
}

fn lines(cx: &Context, finished: &Finished) -> String {
    let heading = cx.heading.borrow();
    let named = [
        ("environment", heading.environment.clone()),
        ("account", heading.account.clone()),
        ("region", heading.region.clone()),
    ];
    let mut lines = vec![format!("exit-code={}", finished.exit_code)];
    let named = named.into_iter();
    lines.extend(named.filter_map(|(key, value)| Some(format!("{key}={}", value?))));
    for (key, value) in &finished.outputs {
        // Outputs of stacks are objects, lists of profiles are lists: both are one line of JSON.
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        lines.push(format!("{key}={value}"));
    }
    lines.join("\n") + "\n"
}
