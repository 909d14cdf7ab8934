//! Events that a caller writes. How many and when is kept, what they say is not, so that nobody can read them again.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::{check_group_name, check_stream_name, invalid, parse, state, streams};
use crate::error::ServiceError;
use crate::time::SimTime;
use crate::wire::{Input, Output, constraints};
use crate::world::{Answered, Call};

const DAY: Duration = Duration::from_hours(24);
/// Events from further ahead are rejected.
const AHEAD: Duration = Duration::from_hours(2);
/// Events from longer ago are rejected.
const BACK: u32 = 14;
/// What a batch may weigh; each event weighs so much more than its text.
const MOST_BYTES: usize = 1_048_576;
const OVERHEAD: usize = 26;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PutLogEvents {
    log_group_name: String,
    log_stream_name: String,
    log_events: Vec<Event>,
    /// Ignored nowadays.
    sequence_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Event {
    timestamp: i64,
    message: String,
}

impl Event {
    fn weight(&self) -> usize {
        self.message.len() + OVERHEAD
    }
}

impl PutLogEvents {
    fn check(&self) -> Result<(), ServiceError> {
        check_group_name("logGroupName", &self.log_group_name)?;
        check_stream_name("logStreamName", &self.log_stream_name)?;
        constraints::count("logEvents", self.log_events.len(), 1, 10_000).map_err(invalid)?;
        if let Some(token) = &self.sequence_token {
            constraints::length("sequenceToken", token, 1, usize::MAX).map_err(invalid)?;
        }
        for event in &self.log_events {
            constraints::within("logEvents.timestamp", event.timestamp, 0, i64::MAX)
                .and_then(|()| {
                    constraints::length("logEvents.message", &event.message, 1, MOST_BYTES)
                })
                .map_err(invalid)?;
        }
        self.check_batch()
    }

    fn check_batch(&self) -> Result<(), ServiceError> {
        let events = &self.log_events;
        if events.iter().map(Event::weight).sum::<usize>() > MOST_BYTES {
            return Err(invalid(format!(
                "Upload too large: a batch has at most {MOST_BYTES} bytes"
            )));
        }
        if !events.is_sorted_by_key(|event| event.timestamp) {
            return Err(invalid(
                "Log events in a single PutLogEvents request must be in chronological order.",
            ));
        }
        let (first, last) = (events.first(), events.last());
        let span = first
            .zip(last)
            .map_or(0, |(first, last)| last.timestamp - first.timestamp);
        if SimTime(span).since(SimTime(0)) > DAY {
            return Err(invalid(
                "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
            ));
        }
        Ok(())
    }
}

/// The instant so many days before.
fn before(now: SimTime, days: u32) -> i64 {
    let span = i64::try_from((DAY * days).as_millis()).unwrap_or(i64::MAX);
    now.0.saturating_sub(span)
}

pub(super) fn put_log_events(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: PutLogEvents = parse(input)?;
    input.check()?;
    let now = call.world.now();
    let group = state(call.world, &call.place).group(&input.log_group_name)?;
    let retention = group.retention;
    let stream = group.streams.get_mut(&input.log_stream_name);
    let stream = stream.ok_or_else(streams::not_found)?;
    let events = &input.log_events;
    let index = |limit: i64| events.partition_point(|event| event.timestamp < limit);
    let expired = retention.map_or(0, |days| index(before(now, days)));
    let old = index(before(now, BACK));
    let new = index(now.plus(AHEAD).0 + 1);
    let taken = events.get(old.max(expired)..new).unwrap_or_default();
    if let (Some(first), Some(last)) = (taken.first(), taken.last()) {
        let bytes: usize = taken.iter().map(Event::weight).sum();
        let (first, last) = (SimTime(first.timestamp), SimTime(last.timestamp));
        stream.take(now, first, last, u64::try_from(bytes).unwrap_or(u64::MAX));
    }
    let mut rejected = json!({});
    for (name, at, there) in [
        ("tooNewLogEventStartIndex", new, new < events.len()),
        ("tooOldLogEventEndIndex", old, old > 0),
        ("expiredLogEventEndIndex", expired, expired > 0),
    ] {
        if there {
            rejected[name] = json!(at);
        }
    }
    let mut body = json!({"nextSequenceToken": format!("{:056}", stream.batches)});
    if rejected != json!({}) {
        body["rejectedLogEventsInfo"] = rejected;
    }
    Ok(Output::Json(body))
}
