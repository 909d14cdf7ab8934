//! `events`: the history of an environment's stacks, from AWS.

use std::collections::BTreeSet;
use std::path::Path;

use super::args::{Global, OutputKind};
use super::environment::{Code, finish, timed};
use super::settings;
use crate::aws::CallError;
use crate::context::Context;
use crate::event::{Event, Finished, Outcome};
use crate::history::{self, Entry};
use crate::report::{Stream, entry_line, entry_text, history_page};

/// Prints what happened to the environment's stacks, deleted ones too, and writes it as a report where one is wanted.
///
/// # Errors
/// Why it could not begin.
pub(super) async fn events(global: &Global) -> Code {
    let (name, _) = settings::name(global)?;
    let (manifest, _) = settings::manifest(global)?;
    let stacks = manifest.stacks.iter();
    let names = stacks.map(|entry| entry.physical_name(&name)).collect();
    // The report is of what is remembered, not of this run.
    let shown = Global {
        output: match global.output {
            OutputKind::Json => OutputKind::Json,
            OutputKind::Auto | OutputKind::Live | OutputKind::Lines => OutputKind::Lines,
        },
        report: None,
        ..global.clone()
    };
    let cx = settings::context(&shown, &name, std::time::Duration::from_secs(600)).await?;
    let entries = match timed(&cx, read(&cx, &name, names)).await {
        Ok(entries) => entries,
        Err(error) => {
            let ended = cx.fail(&error);
            return Ok(finish(&cx, *ended));
        }
    };
    for entry in &entries {
        cx.output.line(Stream::Out, &told(global, &cx, entry));
    }
    if entries.is_empty() {
        cx.output.line(
            Stream::Err,
            &format!("no stack of environment {name} is remembered in this account and region"),
        );
    }
    if let Some(path) = &global.report
        && let Err(problem) = write(path, &cx, &entries)
    {
        return Ok(finish(&cx, *cx.end(Outcome::Failed, problem)));
    }
    if global.output == OutputKind::Json {
        return Ok(finish(&cx, Finished::new(Outcome::Succeeded)));
    }
    Ok(0)
}

async fn read(cx: &Context, name: &str, names: BTreeSet<String>) -> Result<Vec<Entry>, CallError> {
    let identity = cx.aws.identity().await?;
    cx.heading.borrow_mut().account = Some(identity.account);
    history::read(&cx.aws, name, names).await
}

fn told(global: &Global, cx: &Context, entry: &Entry) -> String {
    if global.output != OutputKind::Json {
        return entry_text(entry);
    }
    let event = Event::StackEvent {
        stack: entry.stack.clone(),
        logical_id: entry.event.logical_id.clone(),
        kind: entry.event.kind.clone(),
        status: entry.event.status.clone(),
        reason: entry.event.reason.clone(),
    };
    entry_line(&event, &cx.heading.borrow(), &entry.time.to_string())
}

fn write(path: &Path, cx: &Context, entries: &[Entry]) -> Result<(), String> {
    let activities = history::activities(entries);
    std::fs::write(path, history_page(&cx.heading.borrow(), &activities))
        .map_err(|problem| format!("cannot write {}: {problem}", path.display()))?;
    cx.output
        .line(Stream::Err, &format!("report: {}", path.display()));
    Ok(())
}
