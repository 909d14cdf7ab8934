//! What failed and why, said once: steps with the same cause share a paragraph, and those that only waited a line.

use super::state::{Phase, RunState, Standing, Task};
use super::words;

/// Steps that failed for the same reason.
pub(super) struct Failure<'a> {
    pub tasks: Vec<&'a Task>,
    /// `because …`, the nearest cause first; never empty.
    pub causes: Vec<String>,
    /// What services said, word for word: whoever tells of it again need not repeat it.
    pub said: Vec<String>,
}

/// The failures of a run, in the order of its steps.
pub(super) fn failures(state: &RunState) -> Vec<Failure<'_>> {
    let mut failures: Vec<Failure<'_>> = Vec::new();
    for phase in &state.phases {
        for task in phase.failed() {
            let (causes, said) = (causes(phase, task), said(phase, task));
            if causes.is_empty() {
                continue;
            }
            let alike = |other: &&mut Failure<'_>| {
                other.said == said && other.tasks.iter().all(|it| is_alike(it, task))
            };
            match failures.iter_mut().find(alike) {
                Some(other) => other.tasks.push(task),
                None => failures.push(Failure {
                    tasks: vec![task],
                    causes,
                    said,
                }),
            }
        }
    }
    failures
}

/// The steps that did not end well and of which nothing is known but that they were not done.
pub(super) fn untold(state: &RunState) -> Vec<&Task> {
    let of_phase = |phase| Phase::failed(phase).filter(move |task| causes(phase, task).is_empty());
    state.phases.iter().flat_map(of_phase).collect()
}

/// What was at work when the run ended: told as such, or not told to have ended well.
pub(super) fn in_flight(state: &RunState) -> Vec<&Task> {
    let tasks = state.phases.iter().flat_map(|phase| &phase.tasks);
    let untold = untold(state);
    let is_in_flight = |task: &&Task| match task.standing {
        Standing::Running { .. } => true,
        Standing::Ended { .. } => untold.iter().any(|it| it.step.id == task.step.id),
        Standing::Waiting => false,
    };
    tasks.filter(is_in_flight).collect()
}

fn is_alike(one: &Task, other: &Task) -> bool {
    let (one, other) = (&one.step, &other.step);
    one.kind == other.kind && one.resource.kind == other.resource.kind
}

/// `because …`, the nearest cause first.
pub(super) fn causes(phase: &Phase, task: &Task) -> Vec<String> {
    let mut causes = Vec::new();
    if let Some(error) = &task.error {
        let request = error
            .request_id
            .as_ref()
            .filter(|id| !error.message.contains(id.as_str()))
            .map(|id| format!(" (request {id})"))
            .unwrap_or_default();
        causes.push(format!(
            "because {} answered {}: {}{request}",
            error.service,
            error.code,
            words::plain(&error.message)
        ));
    }
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
