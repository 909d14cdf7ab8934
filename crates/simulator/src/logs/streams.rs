//! Log streams.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::groups::{self, Group};
use super::{
    check_group_name, check_stream_name, exists_already, group_of, invalid, invalid_token,
    page_size, parse, refuse_conflict, scope, state,
};
use crate::error::ServiceError;
use crate::row::Row;
use crate::time::SimTime;
use crate::wire::page::{inverted, page};
use crate::wire::{Input, Output, constraints};
use crate::world::{Answered, Call, Place, World};

pub(super) const KIND: &str = "AWS::Logs::LogStream";

/// A log stream: how much was written to it and when, not what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stream {
    name: String,
    created: SimTime,
    /// First and last timestamp of the events that were written.
    span: Option<(SimTime, SimTime)>,
    last_ingestion: Option<SimTime>,
    /// How many batches were written, for the sequence token.
    pub(super) batches: u64,
    pub(super) bytes: u64,
    revision: u64,
}

fn arn(place: &Place, group: &str, name: &str) -> String {
    format!("{}:log-stream:{name}", groups::arn(place, group))
}

impl Stream {
    /// `GROUP:STREAM`: neither name can have a colon.
    pub(super) fn row(&self, place: &Place, group: &Group) -> Row {
        Row {
            kind: KIND.to_owned(),
            id: format!("{}:{}", group.name, self.name),
            arn: arn(place, &group.name, &self.name),
            status: "available".to_owned(),
            tags: std::collections::BTreeMap::new(),
            stack: None,
            parent: Some(group.name.clone()),
            revision: self.revision,
            scope: scope(&group.name),
        }
    }

    /// The bytes of a stream are always told as zero (botocore's documentation of `storedBytes`).
    fn show(&self, place: &Place, group: &str) -> Value {
        let mut shown = json!({
            "logStreamName": self.name, "creationTime": self.created.0,
            "arn": arn(place, group, &self.name), "storedBytes": 0,
        });
        if let Some((first, last)) = self.span {
            shown["firstEventTimestamp"] = json!(first.0);
            shown["lastEventTimestamp"] = json!(last.0);
        }
        if let Some(last) = self.last_ingestion {
            shown["lastIngestionTime"] = json!(last.0);
        }
        shown
    }

    /// Takes a batch of events.
    pub(super) fn take(&mut self, now: SimTime, first: SimTime, last: SimTime, bytes: u64) {
        let (before, after) = self.span.unwrap_or((first, last));
        self.span = Some((before.min(first), after.max(last)));
        self.last_ingestion = Some(now);
        self.batches += 1;
        self.bytes += bytes;
        self.revision += 1;
    }
}

/// Makes a stream in a group.
pub(super) fn create(group: &mut Group, name: &str, now: SimTime) -> Result<(), ServiceError> {
    check_stream_name("logStreamName", name)?;
    if group.streams.contains_key(name) {
        return Err(exists_already("stream"));
    }
    let stream = Stream {
        name: name.to_owned(),
        created: now,
        span: None,
        last_ingestion: None,
        batches: 0,
        bytes: 0,
        revision: 1,
    };
    group.streams.insert(name.to_owned(), stream);
    Ok(())
}

pub(super) fn not_found() -> ServiceError {
    ServiceError::new(
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct OneStream {
    log_group_name: String,
    log_stream_name: String,
}

impl OneStream {
    fn group<'a>(
        &self,
        world: &'a mut World,
        place: &Place,
    ) -> Result<&'a mut Group, ServiceError> {
        check_group_name("logGroupName", &self.log_group_name)?;
        check_stream_name("logStreamName", &self.log_stream_name)?;
        state(world, place).group(&self.log_group_name)
    }
}

pub(super) fn create_log_stream(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneStream = parse(input)?;
    let now = call.world.now();
    let group = input.group(call.world, &call.place)?;
    create(group, &input.log_stream_name, now)?;
    Ok(Output::Empty(200))
}

pub(super) fn delete_log_stream(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneStream = parse(input)?;
    refuse_conflict(call.world, &call.place, &input.log_group_name)?;
    let group = input.group(call.world, &call.place)?;
    let gone = group.streams.remove(&input.log_stream_name);
    gone.map(|_stream| Output::Empty(200)).ok_or_else(not_found)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct DescribeLogStreams {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name_prefix: Option<String>,
    order_by: Option<String>,
    #[serde(default)]
    descending: bool,
    next_token: Option<String>,
    limit: Option<i64>,
}

impl DescribeLogStreams {
    fn group<'a>(&'a self, place: &Place) -> Result<&'a str, ServiceError> {
        match (&self.log_group_name, &self.log_group_identifier) {
            (Some(name), None) => {
                check_group_name("logGroupName", name)?;
                Ok(name)
            }
            (None, Some(identifier)) => Ok(group_of(place, identifier)),
            (None, None) | (Some(_), Some(_)) => Err(invalid(
                "Exactly one of LogGroupName and LogGroupIdentifier must be given.",
            )),
        }
    }

    /// Whether the streams are ordered by their last event. Then no prefix may be given.
    fn by_time(&self) -> Result<bool, ServiceError> {
        let order = self.order_by.as_deref().unwrap_or("LogStreamName");
        constraints::one_of("orderBy", order, &["LogStreamName", "LastEventTime"])
            .map_err(invalid)?;
        let by_time = order == "LastEventTime";
        if let Some(prefix) = &self.log_stream_name_prefix {
            check_stream_name("logStreamNamePrefix", prefix)?;
            if by_time {
                return Err(invalid(
                    "Cannot order by LastEventTime with a logStreamNamePrefix.",
                ));
            }
        }
        Ok(by_time)
    }

    fn rank(&self, by_time: bool, stream: &Stream) -> String {
        let last = stream.span.map_or(0, |(_, last)| last.0);
        let rank = if by_time {
            format!("{last:015}/{}", stream.name)
        } else {
            stream.name.clone()
        };
        if self.descending {
            inverted(&rank)
        } else {
            rank
        }
    }
}

pub(super) fn describe_log_streams(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DescribeLogStreams = parse(input)?;
    let size = page_size(call.world, input.limit)?;
    let place = call.place.clone();
    let name = input.group(&place)?;
    let by_time = input.by_time()?;
    let streams = call.region().logs.group(name)?.streams.values();
    let prefix = input.log_stream_name_prefix.as_deref().unwrap_or_default();
    let mut streams: Vec<&Stream> = streams
        .filter(|stream| stream.name.starts_with(prefix))
        .collect();
    streams.sort_by_cached_key(|stream| input.rank(by_time, stream));
    let (streams, next) = page(
        "DescribeLogStreams",
        streams,
        |stream| input.rank(by_time, stream),
        input.next_token.as_deref(),
        size,
        invalid_token,
    )?;
    let shown: Vec<Value> = streams
        .into_iter()
        .map(|stream| stream.show(&place, name))
        .collect();
    let mut body = json!({"logStreams": shown});
    if let Some(next) = next {
        body["nextToken"] = json!(next);
    }
    Ok(Output::Json(body))
}
