//! What ours wrote to CloudWatch Logs. Groups that everybody writes to are never deleted, only streams of ours in them
//! (operators' notes, item 6).

use crate::decide::Intent;
use crate::evidence::Evidence;
use crate::facts::{Facts, Log};
use crate::resource::{Goes, Keeping, Kind, Resource};

/// Where an endpoint's containers write.
pub(super) fn group_of_endpoint(name: &str) -> String {
    format!("/aws/sagemaker/Endpoints/{name}")
}

/// `GROUP:STREAM`; neither name has a colon.
pub(super) fn stream_id(log: &Log) -> String {
    format!(
        "{}:{}",
        log.group,
        log.stream.as_deref().unwrap_or_default()
    )
}

pub(super) fn resources(facts: &Facts, intent: &Intent) -> Vec<Resource> {
    facts
        .logs
        .items()
        .iter()
        .map(|found| log(facts, found, intent))
        .collect()
}

fn log(facts: &Facts, found: &Log, intent: &Intent) -> Resource {
    let mut log = match &found.stream {
        None => Resource::new(Kind::LogGroup, &found.group),
        Some(_) => Resource::new(Kind::LogStream, stream_id(found)),
    };
    log.evidence = vec![Evidence::NamedBy(found.of.clone())];
    if intent.delete_logs {
        // They are found by what the anchor leads to.
        log.holds = super::anchors(facts);
    } else {
        log.goes = Goes::Kept(Keeping::Logs);
    }
    log
}
