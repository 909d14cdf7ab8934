//! What a run came to, always in this order: what failed and where, why, what is left, hints, the result.

use std::time::Duration;

use owo_colors::Style;

use super::paint::Line;
use super::state::{Phase, RunState, Task};
use super::words;
use crate::event::{DataTold, Fate, Finished, Named, Outcome, StepOutcome};

/// The lines that end a run.
pub(super) fn summary(state: &RunState, end: &Finished) -> Vec<Line> {
    let mut lines = Vec::new();
    for phase in &state.phases {
        for task in phase.failed() {
            lines.extend(failure(phase, task));
        }
    }
    list(&mut lines, "Still there:", &end.remaining);
    list(&mut lines, "In the way, and not ours:", &end.blockers);
    list(&mut lines, "Kept:", &end.kept);
    data(&mut lines, &end.data);
    for (key, value) in &end.outputs {
        if let Some(text) = value.as_str() {
            lines.push(Line::of(format!("{key}: {}", words::plain(text))));
        }
    }
    for hint in &state.hints {
        let id = format!("hint [{}]: ", hint.id);
        lines.push(
            Line::default()
                .styled(id, Style::new().cyan())
                .and(&hint.summary),
        );
        lines.extend(hint.next.iter().map(|next| Line::of(format!("  {next}"))));
    }
    lines.push(result(end));
    lines
}

/// What failed, and the chain of its causes: the service's answer, and the member of a stack that failed first.
fn failure(phase: &Phase, task: &Task) -> Vec<Line> {
    let mut lines = vec![
        Line::default()
            .styled("Failed: ", Style::new().red())
            .and(words::told(&task.step)),
    ];
    lines.extend(causes(phase, task).into_iter().map(Line::of));
    lines
}

/// `  because …`, the nearest cause first.
pub(super) fn causes(phase: &Phase, task: &Task) -> Vec<String> {
    let mut causes = Vec::new();
    if let Some(error) = &task.error {
        let request = error
            .request_id
            .as_ref()
            .map(|id| format!(" (request {id})"))
            .unwrap_or_default();
        causes.push(format!(
            "  because {} answered {}: {}{request}",
            error.service,
            error.code,
            words::plain(&error.message)
        ));
    }
    let life = task.stack().and_then(|name| phase.stacks.get(name));
    if let Some((at, member)) = life.and_then(|life| life.cause.as_ref()) {
        let why = words::cause(member.reason.as_deref().unwrap_or("no reason was given"));
        causes.push(format!(
            "  because {} {} was the first to end in {}, at {}: {why}",
            words::short(&member.kind),
            member.logical_id,
            member.status,
            words::duration(*at)
        ));
    }
    if let (true, Some(message)) = (causes.is_empty(), &task.message) {
        causes.push(format!("  because {}", words::plain(message)));
    }
    causes
}

fn list(lines: &mut Vec<Line>, heading: &str, resources: &[Named]) {
    if !resources.is_empty() {
        lines.push(Line::of(heading));
    }
    for resource in resources {
        let name = resource
            .name
            .as_ref()
            .filter(|name| **name != resource.id)
            .map(|name| format!(" ({})", words::plain(name)))
            .unwrap_or_default();
        let reason = resource
            .reason
            .as_ref()
            .map(|reason| format!(": {}", words::plain(reason)))
            .unwrap_or_default();
        lines.push(Line::of(format!(
            "  {} {}{name}{reason}",
            resource.kind, resource.id
        )));
    }
}

fn data(lines: &mut Vec<Line>, data: &[DataTold]) {
    let lost: Vec<&str> = data
        .iter()
        .filter(|data| data.fate == Fate::Deleted)
        .map(|data| data.data.id.as_str())
        .collect();
    if !lost.is_empty() {
        lines.push(Line::of(format!("Data deleted: {}", lost.join(", "))));
    }
}

/// An outcome for people.
pub(super) fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "Done",
        Outcome::Failed => "Failed",
        Outcome::Incomplete => "Not finished; run it again",
        Outcome::Refused => "Refused; nothing was changed",
        Outcome::Blocked => "Blocked by what is not ours",
        Outcome::Interrupted => "Interrupted; run it again to continue",
    }
}

/// How a step ended, for people.
pub(super) fn step_words(outcome: StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Done => "done",
        StepOutcome::Skipped => "was so already",
        StepOutcome::Warned => "done with a warning",
        StepOutcome::Failed => "failed",
        StepOutcome::Blocked => "blocked",
    }
}

fn result(end: &Finished) -> Line {
    let style = match end.outcome {
        Outcome::Succeeded => Style::new().green(),
        Outcome::Failed | Outcome::Refused => Style::new().red(),
        Outcome::Incomplete | Outcome::Blocked | Outcome::Interrupted => Style::new().yellow(),
    };
    let took = words::duration(Duration::from_secs_f64(end.elapsed_seconds));
    Line::default()
        .styled(outcome_words(end.outcome), style)
        .and(format!(" after {took} (exit {})", end.exit_code))
}
