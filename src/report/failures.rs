//! What failed and why, said once: steps with the same cause share a paragraph, and those that only waited a line. And
//! what is left of a run that did not come to its end.

use super::state::{Phase, RunState, Standing, Task};
use super::words;
use crate::event::{ErrorTold, Finished, Outcome, Trouble};

/// What failed for one reason.
pub(super) struct Failure<'a> {
    pub what: What<'a>,
    /// `because …`, the nearest cause first.
    pub causes: Vec<String>,
    /// What services said, word for word: whoever tells of it again need not repeat it.
    pub said: Vec<String>,
}

/// What a failure is one of.
pub(super) enum What<'a> {
    /// Steps of one kind.
    Steps(Vec<&'a Task>),
    /// Something that no step tells of: a call, or a rule that forbids the run.
    Other(&'a Trouble),
}

impl What<'_> {
    fn is_alike(&self, task: &Task) -> bool {
        match self {
            What::Steps(tasks) => tasks.iter().all(|it| is_alike(it, task)),
            What::Other(_) => false,
        }
    }
}

/// The failures of a run: its steps in their order, then what no step tells of.
pub(super) fn failures(state: &RunState) -> Vec<Failure<'_>> {
    let mut failures: Vec<Failure<'_>> = Vec::new();
    for phase in &state.phases {
        for task in phase.failed() {
            let (causes, said) = (causes(phase, task), said(phase, task));
            if causes.is_empty() {
                continue;
            }
            let alike = |other: &&mut Failure<'_>| other.said == said && other.what.is_alike(task);
            match failures.iter_mut().find(alike) {
                Some(Failure {
                    what: What::Steps(tasks),
                    ..
                }) => tasks.push(task),
                Some(_) | None => failures.push(Failure {
                    what: What::Steps(vec![task]),
                    causes,
                    said,
                }),
            }
        }
    }
    failures.extend(others(state));
    failures
}

/// What failed besides steps, without what a step has told already.
fn others(state: &RunState) -> impl Iterator<Item = Failure<'_>> {
    let tasks = || state.phases.iter().flat_map(Phase::failed);
    let is_told = move |trouble: &Trouble| {
        let same = |told: &ErrorTold, error: &ErrorTold| {
            told.code == error.code && told.message == error.message
        };
        let error = trouble.error.as_ref();
        error.is_some_and(|error| {
            let mut told = tasks().filter_map(|task| task.error.as_ref());
            told.any(|told| same(told, error))
        })
    };
    let untold = state.troubles.iter().filter(move |it| !is_told(it));
    untold.map(|trouble| Failure {
        what: What::Other(trouble),
        causes: trouble.error.iter().map(answered).collect(),
        said: trouble
            .error
            .iter()
            .map(|error| words::plain(&error.message))
            .collect(),
    })
}

/// What is left of a run, as far as its steps tell.
#[derive(Default)]
pub(super) struct Left<'a> {
    /// What AWS goes on with by itself.
    pub goes_on: Vec<&'a Task>,
    /// Steps that did not end well, of which nothing is known but that they were not done.
    pub not_done: Vec<&'a Task>,
    /// Steps that were not begun and of which the end tells nothing.
    pub not_begun: Vec<&'a Task>,
    /// Whether the run ended before it knew what there is.
    pub is_unknown: bool,
}

/// What is left of a run that has ended.
pub(super) fn left<'a>(state: &'a RunState, end: &Finished) -> Left<'a> {
    if matches!(end.outcome, Outcome::Succeeded | Outcome::Refused) {
        return Left::default();
    }
    // Whoever stops looking, by a signal or by the deadline, ends steps that go on.
    let leaves = matches!(end.outcome, Outcome::Interrupted | Outcome::Incomplete);
    let is_told = |task: &Task| {
        let mut remaining = end.remaining.iter();
        remaining.any(|it| it.id == task.step.resource.id && it.kind == task.step.resource.kind)
    };
    let mut left = Left {
        is_unknown: state.phases.is_empty() && end.remaining.is_empty(),
        ..Left::default()
    };
    for (phase, task) in tasks(state) {
        match task.standing {
            Standing::Running { .. } => left.goes_on.push(task),
            Standing::Waiting if !is_told(task) => left.not_begun.push(task),
            Standing::Ended { .. } if task.has_failed() && causes(phase, task).is_empty() => {
                if leaves && !task.is_blocked() {
                    left.goes_on.push(task);
                } else {
                    left.not_done.push(task);
                }
            }
            Standing::Waiting | Standing::Ended { .. } => {}
        }
    }
    left
}

fn tasks(state: &RunState) -> impl Iterator<Item = (&Phase, &Task)> {
    let phases = state.phases.iter();
    phases.flat_map(|phase| phase.tasks.iter().map(move |task| (phase, task)))
}

/// Tasks of one kind beside each other, in the order of the first of each; a stack stands for itself.
pub(super) fn by_kind<'a>(tasks: &[&'a Task]) -> Vec<Vec<&'a Task>> {
    let mut kinds: Vec<Vec<&Task>> = Vec::new();
    for task in tasks {
        let alike = |kind: &&mut Vec<&Task>| {
            !task.is_stack() && kind.iter().all(|other| is_alike(other, task))
        };
        match kinds.iter_mut().find(alike) {
            Some(kind) => kind.push(task),
            None => kinds.push(vec![task]),
        }
    }
    kinds
}

fn is_alike(one: &Task, other: &Task) -> bool {
    let (one, other) = (&one.step, &other.step);
    one.kind == other.kind && one.resource.kind == other.resource.kind
}

/// `because sagemaker answered Code: text (request id)`; codes of ours say that no service answered.
fn answered(error: &ErrorTold) -> String {
    let request = error
        .request_id
        .as_ref()
        .filter(|id| !error.message.contains(id.as_str()))
        .map(|id| format!(" (request {id})"))
        .unwrap_or_default();
    let message = words::plain(&error.message);
    match error.code.as_str() {
        "NoCredentials" => format!("because there are no credentials: {message}"),
        code @ ("Unreachable" | "Timeout" | "BadResponse") => {
            format!(
                "because {} gave no answer ({code}): {message}",
                error.service
            )
        }
        code => format!(
            "because {} answered {code}: {message}{request}",
            error.service
        ),
    }
}

/// `because …`, the nearest cause first.
pub(super) fn causes(phase: &Phase, task: &Task) -> Vec<String> {
    let mut causes: Vec<String> = task.error.as_deref().into_iter().map(answered).collect();
    let life = task.stack().and_then(|name| phase.stacks.get(name));
    if let Some((at, member)) = life.and_then(|life| life.cause.as_ref()) {
        let why = words::cause(member.reason.as_deref().unwrap_or("no reason was given"));
        let known = task
            .error
            .as_ref()
            .map(|error| words::plain(&error.message));
        let is_known = known.is_some_and(|known| why.contains(&known));
        let why = if is_known {
            String::new()
        } else {
            format!(": {why}")
        };
        causes.push(format!(
            "because {} {} was the first to end in {}, at {}{why}",
            words::kind(&member.kind),
            member.logical_id,
            member.status,
            words::duration(*at)
        ));
    }
    if let (true, Some(message)) = (causes.is_empty(), &task.message) {
        causes.push(format!("because {}", words::cause(message)));
    }
    causes
}

fn said(phase: &Phase, task: &Task) -> Vec<String> {
    let of_error = task.error.iter().map(|error| words::plain(&error.message));
    let life = task.stack().and_then(|name| phase.stacks.get(name));
    let cause = life.and_then(|life| life.cause.as_ref());
    let reason = cause.and_then(|(_, member)| member.reason.as_deref());
    let message = task.message.iter().map(|message| words::cause(message));
    of_error
        .chain(reason.map(words::cause))
        .chain(message.filter(|_| task.error.is_none() && reason.is_none()))
        .collect()
}
