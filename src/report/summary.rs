//! What a run came to, always in this order: what failed and where, why, what is left, hints, the result.

use std::time::Duration;

use owo_colors::Style;

use super::failures::{Failure, Left, What, by_kind, failures, left};
use super::paint::Line;
use super::state::{RunState, Task};
use super::words;
use crate::event::{DataTold, Direction, Fate, Finished, Named, Outcome, StepOutcome, Trouble};

/// How many names a line has where the rest is counted.
const NAMED: usize = 3;
/// Columns of a list of ids.
const WIDTH: usize = 100;
/// A shorter text says too little to be referred to.
const WORTH: usize = 30;

/// The lines that end a run.
pub(super) fn summary(state: &RunState, end: &Finished) -> Vec<Line> {
    let failures = failures(state);
    let told = failures.iter();
    let told = told.flat_map(|it| failure(it, end.outcome));
    let mut lines: Vec<Line> = told.collect();
    for (heading, told) in left_words(&left(state, end), failures.is_empty()) {
        lines.push(Line::of(heading));
        lines.extend(told.into_iter().map(|line| Line::of(format!("  {line}"))));
    }
    let said: Vec<&str> = failures
        .iter()
        .flat_map(|failure| &failure.said)
        .map(String::as_str)
        .collect();
    list(&mut lines, "Still there:", &end.remaining, &said);
    list(&mut lines, "In the way, and not ours:", &end.blockers, &[]);
    kept(&mut lines, &end.kept);
    data(&mut lines, &end.data);
    for (key, value) in &end.outputs {
        if let Some(text) = value.as_str() {
            lines.push(Line::of(format!("{key}: {}", words::plain(text))));
        }
    }
    hints(&mut lines, state);
    lines.push(result(end));
    lines
}

/// What failed, and the chain of its causes: the service's answer, and the member of a stack that failed first.
fn failure(failure: &Failure<'_>, outcome: Outcome) -> Vec<Line> {
    let (word, told) = match &failure.what {
        What::Steps(tasks) => ("Failed: ", several(tasks)),
        What::Other(trouble) => (trouble_word(trouble, outcome), words::plain(&trouble.what)),
    };
    let first = Line::default().styled(word, Style::new().red()).and(told);
    let causes = failure.causes.iter();
    let causes = causes.map(|cause| Line::of(format!("  {cause}")));
    [first].into_iter().chain(causes).collect()
}

/// What no service has answered is a rule, or what the run waited for.
fn trouble_word(trouble: &Trouble, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Refused if trouble.error.is_none() => "Refused: ",
        Outcome::Incomplete if trouble.error.is_none() => "Not finished: ",
        Outcome::Succeeded
        | Outcome::Failed
        | Outcome::Incomplete
        | Outcome::Refused
        | Outcome::Blocked
        | Outcome::Interrupted => "Failed: ",
    }
}

/// What is left of a run by its steps, in words: headings with what stands below each.
pub(super) fn left_words(left: &Left<'_>, is_causeless: bool) -> Vec<(&'static str, Vec<String>)> {
    let told = |tasks: &[&Task]| -> Vec<String> {
        let kinds = by_kind(tasks);
        kinds.iter().map(|tasks| several(tasks)).collect()
    };
    let not_done = if is_causeless {
        "Not done:"
    } else {
        "Not done because of that:"
    };
    let mut words = vec![
        ("Goes on by itself:", told(&left.goes_on)),
        (not_done, told(&left.not_done)),
        ("Not begun:", told(&left.not_begun)),
    ];
    words.retain(|(_, told)| !told.is_empty());
    if left.is_unknown {
        words.push(("Nothing was begun; what there is is not known.", Vec::new()));
    }
    words
}

/// What came of a run without anything that is still to be named.
pub(super) fn nothing_left(state: &RunState, outcome: Outcome) -> &'static str {
    let direction = state.phase().and_then(|phase| phase.direction);
    match outcome {
        Outcome::Refused => "Nothing was changed.",
        Outcome::Succeeded => match direction {
            Some(Direction::Up) => "Everything stands as wanted.",
            Some(Direction::Down) => "Nothing that was to go.",
            None => "There was nothing to do.",
        },
        Outcome::Failed | Outcome::Incomplete | Outcome::Blocked | Outcome::Interrupted => {
            "It is not known: the run ended before it could look."
        }
    }
}

/// What a deployment that succeeded made, or found as wanted.
pub(super) fn standing(state: &RunState, outcome: Outcome) -> Vec<String> {
    let phase = state
        .phase()
        .filter(|phase| phase.direction == Some(Direction::Up) && outcome == Outcome::Succeeded);
    let tasks = phase.into_iter().flat_map(|phase| &phase.tasks);
    let stands = tasks.filter(|task| {
        let outcome = task.outcome();
        matches!(outcome, Some(StepOutcome::Done | StepOutcome::Skipped))
    });
    stands.map(|task| told(&task.step.resource)).collect()
}

/// `delete 2 mount targets: fsmt-1, fsmt-2`, or the one step.
fn several(tasks: &[&Task]) -> String {
    let (first, rest) = match tasks {
        [] => return String::new(),
        [first, rest @ ..] => (first, rest),
    };
    if rest.is_empty() {
        return words::told(&first.step);
    }
    let ids = tasks.iter().map(|task| name(&task.step.resource));
    format!(
        "{}: {}",
        words::group(&first.step, tasks.len()),
        some(&ids.collect::<Vec<_>>())
    )
}

/// The first few, and how many more.
pub fn some(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>();
    match names.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A resource's name for people: an ARN is for programs.
fn name(resource: &Named) -> String {
    match &resource.name {
        Some(name) if resource.id.starts_with("arn:") => words::plain(name),
        Some(_) | None => resource.id.to_string(),
    }
}

fn told(resource: &Named) -> String {
    let id = name(resource);
    let name = resource.name.as_deref().map(words::plain);
    let name = name
        .filter(|name| *name != id)
        .map(|name| format!(" ({name})"))
        .unwrap_or_default();
    format!("{} {id}{name}", words::kind(&resource.kind))
}

fn list(lines: &mut Vec<Line>, heading: &str, resources: &[Named], said: &[&str]) {
    if !resources.is_empty() {
        lines.push(Line::of(heading));
    }
    for resource in resources {
        let reason = reason(resource, said);
        lines.push(Line::of(format!("  {}{reason}", told(resource))));
    }
}

/// `: why`, without what was said before.
fn reason(resource: &Named, said: &[&str]) -> String {
    let Some(reason) = &resource.reason else {
        return String::new();
    };
    let mut reason = words::cause(reason);
    for text in said.iter().filter(|text| text.len() >= WORTH) {
        reason = reason.replace(text, "as said above");
    }
    format!(": {reason}")
}

/// What was kept; things of one kind and one reason are counted.
fn kept(lines: &mut Vec<Line>, resources: &[Named]) {
    let mut groups: Vec<Vec<&Named>> = Vec::new();
    for resource in resources {
        let alike = |group: &&mut Vec<&Named>| {
            group
                .iter()
                .all(|it| it.kind == resource.kind && it.reason == resource.reason)
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(resource),
            None => groups.push(vec![resource]),
        }
    }
    if !groups.is_empty() {
        lines.push(Line::of("Kept:"));
    }
    for group in groups {
        let Some(first) = group.first() else { continue };
        let why = reason(first, &[]);
        let told = if group.len() > NAMED {
            let names: Vec<String> = group.iter().map(|it| name(it)).collect();
            let kinds = words::many(&words::kind(&first.kind));
            vec![format!("  {} {kinds}{why}: {}", group.len(), some(&names))]
        } else {
            let each = group.iter().map(|it| format!("  {}{why}", told(it)));
            each.collect()
        };
        lines.extend(told.into_iter().map(Line::of));
    }
}

fn data(lines: &mut Vec<Line>, data: &[DataTold]) {
    let lost = data.iter().filter(|data| data.fate == Fate::Deleted);
    let lost: Vec<&str> = lost.map(|data| data.data.id.as_str()).collect();
    let texts = words::wrapped("Data deleted: ", &lost, WIDTH);
    lines.extend(texts.into_iter().map(Line::of));
}

fn hints(lines: &mut Vec<Line>, state: &RunState) {
    for hint in &state.hints {
        let id = format!("hint [{}]: ", hint.id);
        lines.push(
            Line::default()
                .styled(id, Style::new().cyan())
                .and(words::plain(&hint.summary)),
        );
        let next = hint.next.iter();
        lines.extend(next.map(|line| Line::of(format!("  {}", words::plain(line)))));
    }
}

/// An outcome in a word or two.
pub(super) fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "done",
        Outcome::Failed => "failed",
        Outcome::Incomplete => "not finished",
        Outcome::Refused => "refused, nothing was changed",
        Outcome::Blocked => "blocked by what is not ours",
        Outcome::Interrupted => "interrupted",
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
    let took = words::duration(Duration::from_secs_f64(end.elapsed_seconds));
    let (word, style, rest) = match end.outcome {
        Outcome::Succeeded => ("Done", Style::new().green(), format!(" after {took}")),
        Outcome::Failed => ("Failed", Style::new().red(), format!(" after {took}")),
        Outcome::Incomplete => (
            "Not finished",
            Style::new().yellow(),
            format!(" after {took}; run the same command again"),
        ),
        Outcome::Refused => (
            "Refused",
            Style::new().red(),
            ", nothing was changed".to_owned(),
        ),
        Outcome::Blocked => (
            "Blocked",
            Style::new().yellow(),
            format!(" after {took} by what is not ours"),
        ),
        Outcome::Interrupted => (
            "Interrupted",
            Style::new().yellow(),
            format!(" after {took}; run the same command again to continue"),
        ),
    };
    Line::default()
        .styled(word, style)
        .and(format!("{rest} (exit {})", end.exit_code))
}
