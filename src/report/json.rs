//! One JSON object a line on stdout; warnings, and what a run that did not succeed came to, also in words on stderr.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::lines::SILENCE;
use super::output::{Output, Stream};
use super::redact::redacted_value;
use super::state::RunState;
use super::summary::summary;
use super::words;
use crate::clock::Clock;
use crate::event::{Event, Finished, Outcome, Sink};

/// What every line begins with; null where not known yet.
#[derive(Clone, Debug, Default)]
pub struct Heading {
    pub environment: Option<String>,
    pub account: Option<String>,
    pub region: Option<String>,
}

/// Writes events as lines of JSON.
pub struct JsonLines {
    output: Output,
    clock: Clock,
    heading: std::rc::Rc<std::cell::RefCell<Heading>>,
    state: RunState,
    /// When the last line was written.
    spoke: Duration,
    /// Whether only the result is told in words.
    quiet: bool,
}

impl JsonLines {
    pub fn new(
        output: Output,
        clock: Clock,
        heading: std::rc::Rc<std::cell::RefCell<Heading>>,
    ) -> Self {
        Self {
            output,
            clock,
            heading,
            state: RunState::default(),
            spoke: Duration::ZERO,
            quiet: false,
        }
    }

    /// Without warnings in words.
    #[must_use]
    pub fn quiet(mut self, quiet: bool) -> Self {
        self.quiet = quiet;
        self
    }

    fn in_words(&self, text: &str) {
        self.output.line(Stream::Err, text);
    }

    /// What a run came to that did not succeed.
    fn finished(&self, end: &Finished) {
        if end.outcome != Outcome::Succeeded {
            for line in summary(&self.state, end) {
                self.in_words(&line.text(false));
            }
        }
    }
}

/// An event as its line, with the six keys of every line first.
pub(super) fn line(event: &impl Serialize, heading: &Heading, time: &str) -> Value {
    let mut line = Map::new();
    line.insert("schema".to_owned(), json!(1));
    line.insert("time".to_owned(), json!(time));
    let body = json!(event);
    line.insert(
        "event".to_owned(),
        body.get("event").cloned().unwrap_or(Value::Null),
    );
    line.insert("environment".to_owned(), json!(heading.environment));
    line.insert("account".to_owned(), json!(heading.account));
    line.insert("region".to_owned(), json!(heading.region));
    if let Value::Object(members) = body {
        line.extend(members.into_iter().filter(|(key, _)| key != "event"));
    }
    Value::Object(line)
}

/// An event of another time as its line.
pub fn entry_line(event: &Event, heading: &Heading, time: &str) -> String {
    redacted_value(line(event, heading, time)).to_string()
}

impl Sink for JsonLines {
    fn take(&mut self, event: &Event) {
        let time = self.clock.time().to_string();
        let line = entry_line(event, &self.heading.borrow(), &time);
        self.output.line(Stream::Out, &line);
        self.spoke = self.clock.elapsed();
        self.state.apply(self.spoke, event);
        match event {
            Event::Warning {
                message,
                trouble: None,
            } if !self.quiet => self.in_words(&format!("warning: {}", words::plain(message))),
            Event::Finished(end) => self.finished(end),
            Event::Plan { .. }
            | Event::StepAdded { .. }
            | Event::StepStarted { .. }
            | Event::StepProgress { .. }
            | Event::StepFinished { .. }
            | Event::StackEvent { .. }
            | Event::Hint { .. }
            | Event::Warning { .. }
            | Event::Heartbeat { .. }
            | Event::Usual { .. }
            | Event::Call { .. } => {}
        }
    }

    fn insist(&mut self, event: &Event) {
        let asked = std::mem::take(&mut self.quiet);
        self.take(event);
        self.quiet = asked;
    }

    fn tick(&mut self) {
        let is_over = self.state.finished.is_some();
        if !is_over && self.clock.elapsed() >= self.spoke + SILENCE {
            let message = self.state.waiting().what;
            self.take(&Event::Heartbeat { message });
        }
    }

    fn shows_time(&self) -> bool {
        true
    }
}
