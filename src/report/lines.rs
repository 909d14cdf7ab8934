//! Plain timed lines on stderr, for people and for logs of CI.

use std::collections::BTreeMap;
use std::time::Duration;

use owo_colors::{OwoColorize, Style};

use super::output::{Output, Stream};
use super::words;
use crate::clock::Clock;
use crate::event::{
    Direction, Event, Fate, Finished, Named, Outcome, Planned, Sink, Step, StepOutcome,
};

/// Writes events as lines of text.
pub struct Lines {
    output: Output,
    clock: Clock,
    /// Steps by id, for their words.
    steps: BTreeMap<String, String>,
    quiet: bool,
}

impl Lines {
    pub fn new(output: Output, clock: Clock, quiet: bool) -> Self {
        Self {
            output,
            clock,
            steps: BTreeMap::new(),
            quiet,
        }
    }

    fn say(&self, text: &str) {
        let at = words::duration(self.clock.elapsed());
        self.output.line(Stream::Err, &format!("{at:>8}  {text}"));
    }

    fn paint(&self, text: &str, style: Style) -> String {
        if self.output.colour {
            text.style(style).to_string()
        } else {
            text.to_owned()
        }
    }

    fn name(&self, id: &str) -> String {
        self.steps.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    fn plan(&mut self, direction: Direction, steps: &[Step]) {
        let heading = match direction {
            Direction::Up => "Plan: what will be made",
            Direction::Down => "Plan: what will go, in this order",
        };
        self.output
            .line(Stream::Err, &self.paint(heading, Style::new().bold()));
        if steps.is_empty() {
            self.output.line(Stream::Err, "  nothing");
        }
        for step in steps {
            let data = if step.destroys_data {
                self.paint("  (destroys data)", Style::new().red())
            } else {
                String::new()
            };
            self.output
                .line(Stream::Err, &format!("  {}{data}", told(step)));
        }
        self.remember(steps);
    }

    fn remember(&mut self, steps: &[Step]) {
        self.steps
            .extend(steps.iter().map(|step| (step.id.clone(), told(step))));
    }

    fn finished(&self, end: &Finished) {
        let (word, style) = match end.outcome {
            Outcome::Succeeded => ("Done", Style::new().green()),
            Outcome::Failed => ("Failed", Style::new().red()),
            Outcome::Incomplete => ("Not finished; run it again", Style::new().yellow()),
            Outcome::Refused => ("Refused; nothing was changed", Style::new().red()),
            Outcome::Blocked => ("Blocked by what is not ours", Style::new().yellow()),
            Outcome::Interrupted => (
                "Interrupted; run it again to continue",
                Style::new().yellow(),
            ),
        };
        self.list("Still there:", &end.remaining);
        self.list("In the way, and not ours:", &end.blockers);
        self.list("Kept:", &end.kept);
        let lost: Vec<_> = end
            .data
            .iter()
            .filter(|data| data.fate == Fate::Deleted)
            .collect();
        if !lost.is_empty() {
            self.output.line(
                Stream::Err,
                &format!(
                    "Data deleted: {}",
                    lost.iter()
                        .map(|data| data.data.id.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            );
        }
        for (key, value) in &end.outputs {
            if let Some(text) = value.as_str() {
                self.output.line(Stream::Err, &format!("{key}: {text}"));
            }
        }
        let took = words::duration(Duration::from_secs_f64(end.elapsed_seconds));
        self.output.line(
            Stream::Err,
            &format!(
                "{} after {took} (exit {})",
                self.paint(word, style),
                end.exit_code
            ),
        );
    }

    fn list(&self, heading: &str, resources: &[Named]) {
        if resources.is_empty() {
            return;
        }
        self.output.line(Stream::Err, heading);
        for resource in resources {
            let name = resource
                .name
                .as_ref()
                .map(|name| format!(" ({name})"))
                .unwrap_or_default();
            let reason = resource
                .reason
                .as_ref()
                .map(|reason| format!(": {reason}"))
                .unwrap_or_default();
            self.output.line(
                Stream::Err,
                &format!("  {} {}{name}{reason}", resource.kind, resource.id),
            );
        }
    }
}

fn told(step: &Step) -> String {
    let stack = step.resource.kind == "AWS::CloudFormation::Stack";
    let name = step.resource.name.as_ref();
    let name = name.filter(|name| stack || **name != step.resource.id);
    let short = step
        .resource
        .kind
        .rsplit("::")
        .next()
        .unwrap_or(&step.resource.kind);
    match (step.kind, name) {
        (
            environment::Verb::CreateStack
            | environment::Verb::UpdateStack
            | environment::Verb::DeleteStack,
            Some(name),
        ) => {
            format!("{} {name}", words::verb(step.kind))
        }
        (environment::Verb::Revoke, _) => {
            format!("revoke the rules of SecurityGroup {}", step.resource.id)
        }
        (kind, Some(name)) => format!(
            "{} {short} {} ({name})",
            words::verb(kind),
            step.resource.id
        ),
        (kind, None) => format!("{} {short} {}", words::verb(kind), step.resource.id),
    }
}

impl Sink for Lines {
    fn take(&mut self, event: &Event) {
        match event {
            Event::Plan { direction, steps } => self.plan(*direction, steps),
            Event::StepAdded { step } => {
                self.remember(std::slice::from_ref(step));
                self.say(&format!("new: {}", told(step)));
            }
            Event::StepStarted { id } if !self.quiet => self.say(&self.name(id)),
            Event::StepProgress { id, message } if !self.quiet => {
                self.say(&format!("{}: {message}", self.name(id)));
            }
            Event::StepFinished {
                id,
                outcome,
                elapsed_seconds,
                error,
            } => {
                let took = words::duration(Duration::from_secs_f64(*elapsed_seconds));
                let because = error
                    .as_ref()
                    .map(|error| format!(": {} {}", error.code, error.message))
                    .unwrap_or_default();
                let (word, style) = match outcome {
                    StepOutcome::Done => ("done", Style::new().green()),
                    StepOutcome::Skipped => ("was so already", Style::new().dimmed()),
                    StepOutcome::Warned => ("done with a warning", Style::new().yellow()),
                    StepOutcome::Failed => ("failed", Style::new().red()),
                    StepOutcome::Blocked => ("blocked", Style::new().yellow()),
                };
                if !self.quiet || *outcome == StepOutcome::Failed {
                    self.say(&format!(
                        "{}: {} after {took}{because}",
                        self.name(id),
                        self.paint(word, style)
                    ));
                }
            }
            Event::StackEvent {
                stack,
                logical_id,
                kind,
                status,
                reason,
            } if !self.quiet => {
                let because = reason
                    .as_ref()
                    .map(|reason| format!("  {reason}"))
                    .unwrap_or_default();
                let style = if status.ends_with("FAILED") {
                    Style::new().red()
                } else {
                    Style::new()
                };
                self.say(&format!(
                    "{stack}  {}  {kind} {logical_id}{because}",
                    self.paint(status, style)
                ));
            }
            Event::Hint { id, summary, next } => {
                self.output
                    .line(Stream::Err, &format!("hint [{id}]: {summary}"));
                for command in next {
                    self.output.line(Stream::Err, &format!("  {command}"));
                }
            }
            Event::Warning { message } => self.say(&format!(
                "{}: {message}",
                self.paint("warning", Style::new().yellow())
            )),
            Event::Heartbeat { message } => self.say(message),
            Event::Finished(end) => self.finished(end),
            Event::StepStarted { .. } | Event::StepProgress { .. } | Event::StackEvent { .. } => {}
        }
    }
}

/// A plan as lines of text.
pub fn plan(planned: &Planned) -> Vec<String> {
    let mut lines: Vec<String> = planned
        .steps
        .iter()
        .map(|step| {
            let data = if step.destroys_data {
                "  (destroys data)"
            } else {
                ""
            };
            format!("{}{data}", told(step))
        })
        .collect();
    if lines.is_empty() {
        lines.push("nothing to do".to_owned());
    }
    let named = |word: &str, named: &Named| {
        let reason = named.reason.as_deref().unwrap_or_default();
        format!("{word}: {} {}: {reason}", named.kind, named.id)
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
