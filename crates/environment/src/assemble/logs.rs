//! What ours wrote to CloudWatch Logs. Groups that everybody writes to are never deleted, only streams of ours in them
//! (operators' notes, item 6).

use crate::decide::Intent;
use crate::evidence::Evidence;
use crate::facts::{Facts, Log};
use crate::resource::{Goes, Keeping, Kind, Resource, ResourceId};

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

pub(super) fn resources(facts: &Facts, intent: &Intent) -> impl Iterator<Item = Resource> {
    let logs = facts.logs.items().iter();
    logs.map(move |found| log(facts, found, intent))
}

fn log(facts: &Facts, found: &Log, intent: &Intent) -> Resource {
    let mut log = match &found.stream {
        None => Resource::new(Kind::LogGroup, &found.group),
        Some(_) => Resource::new(Kind::LogStream, stream_id(found)),
    };
    log.evidence = vec![Evidence::NamedBy(found.of.as_str().into())];
    if super::is_retained(facts, &found.group) {
        log.goes = Goes::Kept(Keeping::DeletionPolicy);
        log.listed_as = found.stream.is_none().then(|| found.group.as_str().into());
    } else if found.is_written_since {
        log.goes = Goes::Kept(Keeping::WrittenSince);
    } else if intent.delete_logs {
        // They are found by what the anchor leads to.
        log.holds = super::anchors(facts);
        // What writes to it would make it anew.
        if let Some(component) = component_of(facts, found) {
            log.goes = Goes::With(component);
        }
    } else {
        log.goes = Goes::Kept(Keeping::Logs);
    }
    log
}

/// The inference component that still writes to a group.
fn component_of(facts: &Facts, found: &Log) -> Option<ResourceId> {
    let endpoints = facts.endpoints.items().iter();
    let mut components = endpoints.flat_map(|endpoint| &endpoint.components);
    let component = components.find(|it| it.log_group() == found.group)?;
    Some(ResourceId::new(Kind::InferenceComponent, &component.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::facts_of;
    use crate::evidence::Verdict;
    use crate::facts::{Member, Stack};
    use crate::reading::Reading;
    use crate::resource::Verb;

    #[test]
    fn a_marked_group_that_something_else_has_written_to_is_kept_whatever_is_said() {
        let marked = |name: &str, is_written_since: bool| Log {
            group: group_of_endpoint(name),
            of: format!("{}=demo", crate::mark::ENVIRONMENT),
            is_written_since,
            ..Log::default()
        };
        let facts = Facts {
            logs: Reading::Known(vec![marked("ours", false), marked("shared", true)]),
            ..facts_of(Stack::default())
        };
        for (delete_logs, ours) in [
            (true, Goes::By(Verb::Delete)),
            (false, Goes::Kept(Keeping::Logs)),
        ] {
            let intent = Intent {
                delete_logs,
                ..Intent::default()
            };
            let found: Vec<Resource> = resources(&facts, &intent).collect();
            let goes: Vec<&Goes> = found.iter().map(|it| &it.goes).collect();
            assert_eq!(goes, [&ours, &Goes::Kept(Keeping::WrittenSince)]);
            assert!(found.iter().all(|it| it.verdict() == Verdict::Ours));
        }
    }

    #[test]
    fn a_group_that_its_template_wants_kept_is_kept_and_told_once() {
        let group = group_of_endpoint("llm");
        let member = Member {
            kind: Kind::LogGroup.type_name().to_owned(),
            id: group.clone(),
            retained: true,
            ..Member::default()
        };
        let stack = Stack {
            members: vec![member],
            ..Stack::default()
        };
        let facts = Facts {
            logs: Reading::Known(vec![Log {
                group: group.clone(),
                ..Log::default()
            }]),
            ..facts_of(stack)
        };
        let intent = Intent {
            delete_logs: true,
            ..Intent::default()
        };
        let world = crate::assemble(&facts, &intent);
        let told = world.resources().filter(|it| it.id.id == group);
        let told: Vec<&Goes> = told.map(|it| &it.goes).collect();
        assert_eq!(told, [&Goes::Kept(Keeping::DeletionPolicy)]);
    }
}
