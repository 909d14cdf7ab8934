//! Plain timed lines on stderr, for people and for logs of CI: time, stack or step, resource, status, reason.

use std::time::Duration;

use owo_colors::Style;

use super::github;
use super::output::{Output, Stream};
use super::paint::Line;
use super::redact::redacted;
use super::state::{Member, Phase, RunState, STACK, Task};
use super::summary::{step_words, summary};
use super::words;
use crate::clock::Clock;
use crate::event::{Direction, Event, Finished, Named, Planned, Sink, Step, StepOutcome};

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The result alone.
    Result,
    /// The plan, warnings and the result: a live view shows the rest, or nobody wants it.
    Milestones,
    Everything,
}

/// Writes events as lines of text.
pub struct Lines {
    output: Output,
    clock: Clock,
    state: RunState,
    detail: Detail,
    /// Whether the reader is GitHub Actions, which folds groups and marks errors.
    github: bool,
    in_group: bool,
    /// The last line without its time: it is not said twice.
    last: String,
    /// When it was said.
    spoke: Duration,
}

/// Silence after which it is broken: a little less than may be, because time is told in steps.
pub(super) const SILENCE: Duration = Duration::from_secs(28);

/// How many steps a heartbeat names.
const NAMED: usize = 3;

impl Lines {
    pub fn new(output: Output, clock: Clock, detail: Detail) -> Self {
        Self {
            output,
            clock,
            state: RunState::default(),
            detail,
            github: false,
            in_group: false,
            last: String::new(),
            spoke: Duration::ZERO,
        }
    }

    /// With the commands of GitHub Actions around them.
    #[must_use]
    pub fn for_github(mut self, github: bool) -> Self {
        self.github = github;
        self
    }

    /// What stands above a live view.
    #[must_use]
    pub(super) fn of_milestones(mut self) -> Self {
        if self.detail == Detail::Everything {
            self.detail = Detail::Milestones;
        }
        self
    }

    pub(super) fn state(&self) -> &RunState {
        &self.state
    }

    fn line(&self, line: &Line) {
        self.output
            .line(Stream::Err, &line.text(self.output.colour));
    }

    fn say(&mut self, line: &Line) {
        let plain = line.text(false);
        if plain == self.last {
            return;
        }
        self.last = plain;
        self.spoke = self.clock.elapsed();
        let at = words::duration(self.spoke);
        let text = line.text(self.output.colour);
        self.output.line(Stream::Err, &format!("{at:>8}  {text}"));
    }

    fn name(&self, id: &str) -> String {
        let phase = self.state.phase();
        let task = phase.and_then(|phase| phase.task(id));
        task.map_or_else(|| words::plain(id), |task| words::told(&task.step))
    }

    /// Whether a member of the stack was told to have failed.
    fn has_told(&self, stack: &str) -> bool {
        let life = self.state.phase().and_then(|it| it.stacks.get(stack));
        let mut members = life.into_iter().flat_map(|life| life.members.values());
        members.any(Member::failed)
    }

    /// What a step last said of itself.
    fn last_word(&self, id: &str) -> Option<String> {
        let task = self.state.phase()?.task(id)?;
        task.message.as_deref().map(words::cause)
    }

    fn plan(&mut self, direction: Direction, steps: &[Step]) {
        let heading = match direction {
            Direction::Up => "Plan: what will be made",
            Direction::Down => "Plan: what will go, in this order",
        };
        self.close_group();
        self.open_group(heading);
        if !self.github {
            self.line(&Line::default().styled(heading, Style::new().bold()));
        }
        if steps.is_empty() {
            self.line(&Line::of("  nothing"));
        }
        for step in steps {
            let line = Line::of(format!("  {}", words::told(step)));
            let data = if step.destroys_data {
                "  (destroys data)"
            } else {
                ""
            };
            self.line(&line.styled(data, Style::new().red()));
        }
        self.close_group();
    }

    fn open_group(&mut self, name: &str) {
        if self.github && !self.in_group {
            self.in_group = true;
            self.output.line(Stream::Err, &github::group(name));
        }
    }

    fn close_group(&mut self) {
        if std::mem::take(&mut self.in_group) {
            self.output.line(Stream::Err, github::END_OF_GROUP);
        }
    }

    fn finished(&mut self, end: &Finished) {
        self.close_group();
        for line in summary(&self.state, end) {
            self.line(&line);
        }
        if self.github
            && let Some(error) = github::error(&self.state, end)
        {
            self.output.line(Stream::Err, &error);
        }
    }

    /// Breaks a silence: what is at work, the longest first, or what is waited for.
    fn beat(&mut self) {
        let now = self.clock.elapsed();
        if now < self.spoke + SILENCE {
            return;
        }
        let phase = self.state.phase();
        let mut running: Vec<&Task> = phase.into_iter().flat_map(Phase::running).collect();
        running.sort_by_key(|task| task.running());
        let told: Vec<String> = running
            .iter()
            .take(NAMED)
            .map(|task| {
                let spent = now.saturating_sub(task.running().unwrap_or(now));
                format!(
                    "{} ({} of usually {})",
                    words::told(&task.step),
                    words::duration(spent),
                    words::about(task.usual)
                )
            })
            .collect();
        let more = match running.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let line = if told.is_empty() {
            let waiting = self.state.waiting();
            let spent = words::duration(now.saturating_sub(waiting.since));
            format!("{} ({spent} so far)", words::plain(&waiting.what))
        } else {
            format!("still at work: {}{more}", told.join(", "))
        };
        self.say(&Line::of(line));
    }

    fn step_finished(&mut self, id: &str, outcome: StepOutcome, seconds: f64, because: &str) {
        let took = words::duration(Duration::from_secs_f64(seconds.max(0.0)));
        let style = match outcome {
            StepOutcome::Done => Style::new().green(),
            StepOutcome::Skipped => Style::new().dimmed(),
            StepOutcome::Warned | StepOutcome::Blocked => Style::new().yellow(),
            StepOutcome::Failed => Style::new().red(),
        };
        let line = Line::of(format!("{}: ", self.name(id))).styled(step_words(outcome), style);
        self.say(&line.and(format!(" after {took}{because}")));
    }

    fn warn(&mut self, message: &str) {
        let message = words::plain(message);
        if self.github {
            // GitHub shows it in the log as well.
            self.spoke = self.clock.elapsed();
            self.output.line(Stream::Err, &github::warning(&message));
            return;
        }
        let line = Line::default().styled("warning", Style::new().yellow());
        self.say(&line.and(format!(": {message}")));
    }

    /// What only a full account of a run tells.
    fn detail(&mut self, event: &Event) {
        match event {
            Event::StepAdded { step } => self.say(&Line::of(format!("new: {}", words::told(step)))),
            Event::StepStarted { id } => {
                self.open_group("Progress");
                self.say(&Line::of(self.name(id)));
            }
            Event::StepProgress { id, message } => {
                let line = format!("{}: {}", self.name(id), words::cause(message));
                self.say(&Line::of(line));
            }
            Event::StepFinished {
                id,
                outcome,
                elapsed_seconds,
                error,
            } => {
                let answered = error.as_ref().filter(|error| !error.is_ours());
                let of_error = answered
                    .map(|error| format!("{} {}", error.code, words::plain(&error.message)));
                let told = || {
                    self.last_word(id)
                        .filter(|_| *outcome == StepOutcome::Failed)
                };
                let because = of_error.or_else(told);
                let because = because.map(|why| format!(": {why}")).unwrap_or_default();
                self.step_finished(id, *outcome, *elapsed_seconds, &because);
            }
            Event::StackEvent {
                stack,
                logical_id,
                kind,
                status,
                reason,
            } => {
                // Of members that failed the stack's own event only says the names again.
                let fails = status.ends_with("FAILED") || status.contains("ROLLBACK");
                let is_told = fails && kind == STACK && logical_id == stack && self.has_told(stack);
                let because = reason
                    .as_ref()
                    .filter(|_| !is_told)
                    .map(|reason| format!("  {}", words::cause(reason)))
                    .unwrap_or_default();
                let style = if status.ends_with("FAILED") {
                    Style::new().red()
                } else {
                    Style::new()
                };
                let line = Line::of(format!("{stack}  {kind} {logical_id}  "));
                self.say(&line.styled(status, style).and(because));
            }
            // Silence is broken here, whoever else notices it.
            Event::Heartbeat { .. } => self.beat(),
            Event::Plan { .. }
            | Event::Usual { .. }
            | Event::Hint { .. }
            | Event::Warning { .. }
            | Event::Call { .. }
            | Event::Finished(_) => {}
        }
    }
}

impl Sink for Lines {
    fn take(&mut self, event: &Event) {
        self.state.apply(self.clock.elapsed(), event);
        match event {
            Event::Plan { direction, steps } if self.detail != Detail::Result => {
                self.plan(*direction, steps);
            }
            // What keeps the run or a step from what was wanted is told by its end.
            Event::Warning {
                message,
                trouble: None,
            } if self.detail != Detail::Result => self.warn(message),
            Event::Finished(end) => self.finished(end),
            Event::Call {
                action,
                milliseconds,
                code,
                detail,
                request_id,
            } => {
                let code = code.as_deref().unwrap_or("answered");
                let request = request_id.as_deref().unwrap_or("none");
                let detail = detail.as_deref().map(words::plain);
                let detail = detail.map(|text| format!(": {text}")).unwrap_or_default();
                let line =
                    format!("{action}  {code} in {milliseconds} ms, request {request}{detail}");
                self.say(&Line::default().styled(line, Style::new().dimmed()));
            }
            // Hints stand at the end, after what they are about.
            Event::Plan { .. }
            | Event::Usual { .. }
            | Event::Hint { .. }
            | Event::Warning { .. } => {}
            Event::StepAdded { .. }
            | Event::StepStarted { .. }
            | Event::StepProgress { .. }
            | Event::StepFinished { .. }
            | Event::StackEvent { .. }
            | Event::Heartbeat { .. } => {
                if self.detail == Detail::Everything {
                    self.detail(event);
                }
            }
        }
    }

    fn insist(&mut self, event: &Event) {
        let asked = self.detail;
        if asked == Detail::Result {
            self.detail = Detail::Milestones;
        }
        self.take(event);
        self.detail = asked;
    }

    fn tick(&mut self) {
        let tells = self.detail == Detail::Everything && self.state.finished.is_none();
        if tells && !self.output.is_asking() {
            self.beat();
        }
    }

    fn shows_time(&self) -> bool {
        self.detail == Detail::Everything
    }
}

/// Steps as lines of text.
pub fn steps(steps: &[Step]) -> Vec<String> {
    let line = |step: &Step| {
        let data = if step.destroys_data {
            "  (destroys data)"
        } else {
            ""
        };
        format!("{}{data}", words::told(step))
    };
    if steps.is_empty() {
        return vec!["nothing to do".to_owned()];
    }
    steps.iter().map(line).collect()
}

/// A plan as lines of text, with what is in its way.
pub fn plan(planned: &Planned) -> Vec<String> {
    let mut lines = steps(&planned.steps);
    let named = |word: &str, named: &Named| {
        let reason = named.reason.as_deref().unwrap_or_default();
        let kind = words::kind(&named.kind);
        format!("{word}: {kind} {}: {reason}", named.id)
    };
    lines.extend(planned.kept.iter().map(|kept| named("stays", kept)));
    lines.extend(
        planned
            .blockers
            .iter()
            .map(|held| named("in the way", held)),
    );
    let refused = planned.refused.iter();
    lines.extend(refused.map(|why| format!("would be refused: {why}")));
    lines
}

/// An entry of a stack's history as a line.
pub fn entry_text(entry: &crate::history::Entry) -> String {
    let event = &entry.event;
    let why = event.reason.as_deref().map(words::plain);
    let line = format!(
        "{}  {}  {} {}  {}  {}",
        entry.time.strftime("%Y-%m-%d %H:%M:%SZ"),
        entry.stack,
        event.kind,
        event.logical_id,
        event.status,
        why.unwrap_or_default()
    );
    redacted(line.trim_end())
}
