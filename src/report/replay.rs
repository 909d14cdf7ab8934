//! A recorded stream of JSON lines, read again: each event with the moment at which it was told.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::json::Heading;
use crate::event::Event;

/// A recording.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// As the last line that knew it.
    pub heading: Heading,
    /// Moments are times since the run began.
    pub events: Vec<(Duration, Event)>,
}

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct RecordingError {
    pub line: usize,
    pub problem: String,
}

/// Reads a recording. Events that this version does not know are left out, as the contract asks of readers.
///
/// # Errors
/// The first line that is none of a recording.
pub fn read(text: &str) -> Result<Recording, RecordingError> {
    let mut recording = Recording::default();
    let mut told: Vec<(Timestamp, Event)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let failed = |problem: String| RecordingError {
            line: at + 1,
            problem,
        };
        let value: Value =
            serde_json::from_str(line).map_err(|problem| failed(problem.to_string()))?;
        if value.get("schema") != Some(&Value::from(1)) {
            return Err(failed("no line of schema 1".to_owned()));
        }
        let word = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let time: Timestamp = word("time")
            .and_then(|time| time.parse().ok())
            .ok_or_else(|| failed("no time".to_owned()))?;
        let heading = &mut recording.heading;
        heading.environment = word("environment").or(heading.environment.take());
        heading.account = word("account").or(heading.account.take());
        heading.region = word("region").or(heading.region.take());
        if !is_known(word("event").as_deref()) {
            continue;
        }
        let event = serde_json::from_value(value).map_err(|problem| failed(problem.to_string()))?;
        told.push((time, event));
    }
    let began = began(&told);
    recording.events = told
        .into_iter()
        .map(|(time, event)| (since(began, time), event))
        .collect();
    Ok(recording)
}

/// When the run began: the last line tells how long it took; without one, at the first.
fn began(told: &[(Timestamp, Event)]) -> Timestamp {
    let ended = told.iter().rev().find_map(|(time, event)| match event {
        Event::Finished(end) => {
            let took = Duration::from_secs_f64(end.elapsed_seconds.max(0.0));
            time.checked_sub(took).ok()
        }
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
        | Event::Call { .. } => None,
    });
    let first = || told.first().map(|(time, _)| *time).unwrap_or_default();
    ended.unwrap_or_else(first)
}

fn since(began: Timestamp, time: Timestamp) -> Duration {
    Duration::try_from(time.duration_since(began)).unwrap_or_default()
}

fn is_known(event: Option<&str>) -> bool {
    matches!(
        event,
        Some(
            "plan"
                | "step-added"
                | "step-started"
                | "step-progress"
                | "step-finished"
                | "stack-event"
                | "hint"
                | "warning"
                | "heartbeat"
                | "usual"
                | "call"
                | "finished"
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#""schema":1,"environment":"demo","account":null,"region":"us-east-1""#;

    #[test]
    fn moments_count_from_the_beginning_that_the_end_tells() {
        let text = format!(
            "{{{HEAD},\"time\":\"2026-01-05T10:00:10Z\",\"event\":\"warning\",\"message\":\"x\"}}\n\
             {{{HEAD},\"time\":\"2026-01-05T10:00:11Z\",\"event\":\"of-a-later-version\",\"x\":1}}\n\
             {{{HEAD},\"time\":\"2026-01-05T10:00:20Z\",\"event\":\"finished\",\"outcome\":\"succeeded\",\"exit_code\":0,\
             \"elapsed_seconds\":20.0,\"remaining\":[],\"blockers\":[],\"kept\":[],\"data\":[]}}\n"
        );
        let recording = read(&text).unwrap();
        assert_eq!(recording.heading.region.as_deref(), Some("us-east-1"));
        let moments: Vec<u64> = recording
            .events
            .iter()
            .map(|(at, _)| at.as_secs())
            .collect();
        assert_eq!(moments, [10, 20]);
        assert_eq!(read("{}").unwrap_err().line, 1);
    }
}
