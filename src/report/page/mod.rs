//! A run as one self-contained page: its timeline, what waited for what, events, hints and what remains.
//!
//! The page needs no network and forbids itself any (Content-Security-Policy). Every bar can be reached by keyboard.

mod history;
mod timeline;

pub use history::history_page;

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use super::output::{Output, Stream};
use super::redact::redacted;
use super::replay::Recording;
use super::state::RunState;
use super::{Heading, failures, summary, words};
use crate::clock::Clock;
use crate::event::{Event, Finished, Named, Sink};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Takes every event and writes the page when the run has ended.
pub struct ReportFile {
    path: PathBuf,
    output: Output,
    clock: Clock,
    heading: std::rc::Rc<std::cell::RefCell<Heading>>,
    events: Vec<(Duration, Event)>,
}

impl ReportFile {
    pub fn new(
        path: PathBuf,
        output: Output,
        clock: Clock,
        heading: std::rc::Rc<std::cell::RefCell<Heading>>,
    ) -> Self {
        Self {
            path,
            output,
            clock,
            heading,
            events: Vec::new(),
        }
    }
}

impl Sink for ReportFile {
    fn take(&mut self, event: &Event) {
        self.events.push((self.clock.elapsed(), event.clone()));
        if !matches!(event, Event::Finished(_)) {
            return;
        }
        let recording = Recording {
            heading: self.heading.borrow().clone(),
            events: std::mem::take(&mut self.events),
        };
        let path = self.path.display();
        let told = match std::fs::write(&self.path, page(&recording)) {
            Ok(()) => format!("report: {path}"),
            Err(problem) => format!("warning: the report {path} could not be written: {problem}"),
        };
        self.output.line(Stream::Err, &told);
    }
}

/// The page of a recorded run.
pub fn page(recording: &Recording) -> String {
    let mut state = RunState::default();
    for (at, event) in &recording.events {
        state.apply(*at, event);
    }
    let title = title(&recording.heading);
    let mut body = String::new();
    body.push_str(&facts(&recording.heading, &state));
    body.push_str(&timeline::timeline(&state));
    body.push_str(&hints(&state));
    if let Some(end) = &state.finished {
        body.push_str(&remains(&state, end));
    }
    body.push_str(&events(&recording.events));
    document(&title, &body)
}

/// A whole page; the title is escaped already.
fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}<script>\n{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

/// A text as it may stand anywhere in the page.
fn escape(text: &str) -> String {
    let text = redacted(text);
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn title(heading: &Heading) -> String {
    let place = [&heading.environment, &heading.account, &heading.region];
    let place: Vec<String> = place
        .into_iter()
        .filter_map(|part| part.as_deref().map(escape))
        .collect();
    format!("jumpstart-vpc · {}", place.join(" · "))
}

fn facts(heading: &Heading, state: &RunState) -> String {
    let (outcome, took) = match &state.finished {
        Some(end) => (
            super::summary::outcome_words(end.outcome),
            Duration::from_secs_f64(end.elapsed_seconds.max(0.0)),
        ),
        None => ("not ended", state.now),
    };
    let steps: usize = state.phases.iter().map(|phase| phase.tasks.len()).sum();
    let failed: usize = state
        .phases
        .iter()
        .map(|phase| phase.failed().count())
        .sum();
    let name = heading.environment.as_deref().unwrap_or("?");
    format!(
        "<dl class=\"facts\"><div><dt>environment</dt><dd>{}</dd></div><div><dt>result</dt><dd id=\"result\">{outcome}</dd></div>\
         <div><dt>took</dt><dd id=\"took\" data-ms=\"{}\">{}</dd></div><div><dt>steps</dt><dd>{steps}, {failed} failed</dd></div></dl>\n",
        escape(name),
        took.as_millis(),
        words::duration(took)
    )
}

fn hints(state: &RunState) -> String {
    if state.hints.is_empty() {
        return String::new();
    }
    let mut html = "<section id=\"hints\"><h2>Hints</h2>\n".to_owned();
    for hint in &state.hints {
        let next: Vec<String> = hint.next.iter().map(|line| escape(line)).collect();
        push(
            &mut html,
            format_args!(
                "<article><h3>{}</h3><p>{}</p><pre>{}</pre></article>\n",
                escape(&hint.id),
                escape(&hint.summary),
                next.join("\n")
            ),
        );
    }
    html + "</section>\n"
}

fn remains(state: &RunState, end: &Finished) -> String {
    let mut html = "<section id=\"remains\"><h2>What remains</h2>\n".to_owned();
    let is_causeless = failures::failures(state).is_empty();
    let steps = summary::left_words(&failures::left(state, end), is_causeless);
    for (heading, told) in &steps {
        let told: String = told
            .iter()
            .map(|line| format!("<li>{}</li>", escape(line)))
            .collect();
        push(
            &mut html,
            format_args!("<h3>{heading}</h3>\n<ul>{told}</ul>\n"),
        );
    }
    if steps.is_empty() && end.remaining.is_empty() && end.blockers.is_empty() {
        let nothing = summary::nothing_left(state, end.outcome);
        push(&mut html, format_args!("<p>{nothing}</p>\n"));
        let stands = summary::standing(state, end.outcome);
        let stands: String = stands
            .iter()
            .map(|line| format!("<li>{}</li>", escape(line)))
            .collect();
        push(&mut html, format_args!("<ul>{stands}</ul>\n"));
    }
    list(&mut html, "Still there", &end.remaining);
    list(&mut html, "In the way, and not ours", &end.blockers);
    list(&mut html, "Kept", &end.kept);
    for data in &end.data {
        let fate = match data.fate {
            crate::event::Fate::Deleted => "deleted",
            crate::event::Fate::Kept => "kept",
        };
        push(
            &mut html,
            format_args!("<p>Data of {}: {fate}</p>\n", escape(&data.data.id)),
        );
    }
    html + "</section>\n"
}

fn list(html: &mut String, heading: &str, resources: &[Named]) {
    if resources.is_empty() {
        return;
    }
    push(html, format_args!("<h3>{heading}</h3>\n<ul>\n"));
    for resource in resources {
        let reason = resource.reason.as_deref().unwrap_or_default();
        push(
            html,
            format_args!(
                "<li><b>{}</b> {} <span>{}</span></li>\n",
                escape(&words::kind(&resource.kind)),
                escape(&resource.id),
                escape(reason)
            ),
        );
    }
    html.push_str("</ul>\n");
}

fn events(events: &[(Duration, Event)]) -> String {
    let table = table(events, words::duration);
    format!("<section id=\"events\"><h2>Events</h2>\n{table}</section>\n")
}

/// Events in order, each with its moment in words.
fn table(events: &[(Duration, Event)], moment: impl Fn(Duration) -> String) -> String {
    let mut html = "<details><summary>All events in order</summary>\n\
                    <table><thead><tr><th>at</th><th>what</th><th>status</th><th>why</th></tr></thead><tbody>\n"
        .to_owned();
    for (at, event) in events {
        if let Some([what, status, why]) = row(event) {
            push(
                &mut html,
                format_args!(
                    "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                    moment(*at),
                    escape(&what),
                    escape(&status),
                    escape(&why)
                ),
            );
        }
    }
    html + "</tbody></table></details>\n"
}

/// What an event says in the table: what it is about, its status, why.
fn row(event: &Event) -> Option<[String; 3]> {
    let text = |text: &str| text.to_owned();
    match event {
        Event::StackEvent {
            stack,
            logical_id,
            kind,
            status,
            reason,
        } => Some([
            format!("{stack} {logical_id} ({kind})"),
            status.clone(),
            words::cause(reason.as_deref().unwrap_or_default()),
        ]),
        Event::StepAdded { step } => Some([step.id.to_string(), text("added"), String::new()]),
        Event::StepStarted { id } => Some([id.clone(), text("started"), String::new()]),
        Event::StepProgress { id, message } => Some([id.clone(), text("at work"), message.clone()]),
        Event::StepFinished {
            id, outcome, error, ..
        } => Some([
            id.clone(),
            super::summary::step_words(*outcome).to_owned(),
            error
                .as_ref()
                .map(|error| format!("{}: {}", error.code, error.message))
                .unwrap_or_default(),
        ]),
        Event::Warning { message, .. } => Some([text("warning"), String::new(), message.clone()]),
        Event::Plan { .. }
        | Event::Usual { .. }
        | Event::Hint { .. }
        | Event::Heartbeat { .. }
        | Event::Call { .. }
        | Event::Finished(_) => None,
    }
}

/// Appends; writing into a string does not fail.
fn push(html: &mut String, text: std::fmt::Arguments<'_>) {
    html.write_fmt(text).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Direction, Outcome, Step};

    fn ending(direction: Direction, outcome: Outcome) -> String {
        let step = serde_json::json!({
            "id": "create-stack:AWS::CloudFormation::Stack:demo-network", "kind": "create-stack",
            "resource": {"type": "AWS::CloudFormation::Stack", "id": "demo-network", "name": "demo-network"},
            "needs": [], "evidence": [], "destroys_data": false,
        });
        let step: Step = serde_json::from_value(step).unwrap();
        let id = step.id.clone();
        let steps = vec![step];
        let mut events = vec![
            Event::Plan { direction, steps },
            Event::StepStarted { id: id.to_string() },
        ];
        if outcome == Outcome::Succeeded {
            let outcome = crate::event::StepOutcome::Done;
            events.push(Event::StepFinished {
                id: id.to_string(),
                outcome,
                elapsed_seconds: 1.0,
                error: None,
            });
        }
        events.push(Event::Finished(Finished::new(outcome)));
        page(&Recording {
            heading: Heading::default(),
            events: events.into_iter().map(|it| (Duration::ZERO, it)).collect(),
        })
    }

    #[test]
    fn only_a_teardown_that_succeeded_left_nothing_that_was_to_go() {
        let nothing = "Nothing that was to go";
        assert!(ending(Direction::Down, Outcome::Succeeded).contains(nothing));
        let risen = ending(Direction::Up, Outcome::Succeeded);
        assert!(!risen.contains(nothing), "{risen}");
        assert!(
            risen.contains("Everything stands as wanted")
                && risen.contains("<li>stack demo-network</li>"),
            "{risen}"
        );
        for outcome in [Outcome::Incomplete, Outcome::Interrupted] {
            let page = ending(Direction::Down, outcome);
            assert!(!page.contains(nothing), "{page}");
            assert!(page.contains("Goes on by itself"), "{page}");
        }
        let unknown = page(&Recording {
            heading: Heading::default(),
            events: vec![(
                Duration::ZERO,
                Event::Finished(Finished::new(Outcome::Failed)),
            )],
        });
        assert!(unknown.contains("what there is is not known"), "{unknown}");
    }

    #[test]
    fn nothing_of_a_service_becomes_markup() {
        let warning = Event::Warning {
            message: "<script>alert('x')</script>".to_owned(),
            trouble: None,
        };
        let recording = Recording {
            heading: Heading {
                environment: Some("<b>".to_owned()),
                ..Heading::default()
            },
            events: vec![(Duration::ZERO, warning)],
        };
        let page = page(&recording);
        assert!(
            !page.contains("alert('x')") && !page.contains("<b> ·"),
            "{page}"
        );
        assert!(page.contains("&lt;script&gt;"));
    }
}
