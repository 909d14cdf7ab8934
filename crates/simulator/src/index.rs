//! The index behind SageMaker's Search and the tagging API: what it shows of a resource is what was so a drawn time ago
//! (operators' notes, item 15). A new resource, a changed one and a deleted one are each noticed late, and a deleted one
//! is shown until then.
//!
//! Nobody tells the index anything: after each change of the world it compares the revisions of everything that it covers
//! with what it knows, so no service can forget to.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::SimTime;

/// Entry of the table of durations.
pub(crate) const LAG: &str = "search index lag";

type Tags = BTreeMap<String, String>;

/// What the index keeps beside the tags, for those who show it whole.
pub(crate) trait Document {
    fn document(&self) -> Value {
        Value::Null
    }
}

/// A resource as it is.
pub(crate) struct Indexed<'a> {
    pub(crate) arn: &'a str,
    pub(crate) revision: u64,
    pub(crate) tags: &'a Tags,
    /// None: the tags are all that anybody asks the index for.
    pub(crate) document: Option<&'a dyn Document>,
}

/// A resource as the index shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) tags: Tags,
    /// Whether it has, or ever had, a tag.
    pub(crate) was_tagged: bool,
    pub(crate) document: Value,
}

/// What is shown from an instant on; nothing once a deletion has been noticed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct View {
    from: SimTime,
    shown: Option<Shown>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Entry {
    /// Of the resource; none once it is gone.
    revision: Option<u64>,
    /// How many changes there were, for the draws.
    changes: u64,
    /// In the order of their instants.
    views: Vec<View>,
}

/// The index of a region, by ARN.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Index(BTreeMap<String, Entry>);

impl Index {
    /// Takes notice of everything that exists. `lag` draws how long a change takes to be shown.
    pub(crate) fn observe(
        &mut self,
        now: SimTime,
        resources: &[Indexed<'_>],
        lag: impl Fn(&str) -> Duration,
    ) {
        for resource in resources {
            let known = self.0.get(resource.arn);
            if known.is_none_or(|entry| entry.revision != Some(resource.revision)) {
                let entry = self.0.entry(resource.arn.to_owned()).or_default();
                entry.revision = Some(resource.revision);
                let document = resource.document.map(Document::document);
                let shown = Shown {
                    tags: resource.tags.clone(),
                    was_tagged: entry.was_tagged() || !resource.tags.is_empty(),
                    document: document.unwrap_or(Value::Null),
                };
                entry.change(resource.arn, now, Some(shown), &lag);
            }
        }
        let live = |entry: &&Entry| entry.revision.is_some();
        if self.0.values().filter(live).count() > resources.len() {
            let arns: BTreeSet<&str> = resources.iter().map(|resource| resource.arn).collect();
            for (arn, entry) in &mut self.0 {
                if entry.revision.is_some() && !arns.contains(arn.as_str()) {
                    entry.revision = None;
                    entry.change(arn, now, None, &lag);
                }
            }
        }
        self.0.retain(|_, entry| !entry.forgotten(now));
    }

    /// Shows everything as it was noticed last, without waiting: for worlds that begin with something.
    pub(crate) fn catch_up(&mut self, now: SimTime) {
        for view in self.0.values_mut().flat_map(|entry| &mut entry.views) {
            view.from = view.from.min(now);
        }
    }

    /// What the index shows at an instant, by ARN.
    pub(crate) fn shown(&self, now: SimTime) -> impl Iterator<Item = (&str, &Shown)> {
        self.0
            .iter()
            .filter_map(move |(arn, entry)| Some((arn.as_str(), entry.shown(now)?)))
    }
}

impl Entry {
    /// A change is never shown before an earlier one.
    fn change(
        &mut self,
        arn: &str,
        now: SimTime,
        shown: Option<Shown>,
        lag: &impl Fn(&str) -> Duration,
    ) {
        self.changes += 1;
        let from = now.plus(lag(&format!("{arn}/{}", self.changes)));
        let last = self.views.last().map_or(from, |view| view.from);
        while self.views.get(1).is_some_and(|view| view.from <= now) {
            self.views.remove(0);
        }
        self.views.push(View {
            from: from.max(last),
            shown,
        });
    }

    fn was_tagged(&self) -> bool {
        let last = self.views.last().and_then(|view| view.shown.as_ref());
        last.is_some_and(|shown| shown.was_tagged)
    }

    fn shown(&self, now: SimTime) -> Option<&Shown> {
        let seen = self.views.iter().rev().find(|view| view.from <= now)?;
        seen.shown.as_ref()
    }

    /// Its resource is gone, and so it has been noticed.
    fn forgotten(&self, now: SimTime) -> bool {
        let noticed = self.views.last().is_some_and(|view| view.from <= now);
        self.revision.is_none() && noticed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:sagemaker:us-east-1:111122223333:model/m";

    fn at(seconds: u64) -> SimTime {
        SimTime::START.plus(Duration::from_secs(seconds))
    }

    fn tagged(value: &str) -> Tags {
        Tags::from([("team".to_owned(), value.to_owned())])
    }

    fn observe(index: &mut Index, seconds: u64, resource: Option<(u64, &Tags)>, lag: u64) {
        let resource = resource.map(|(revision, tags)| Indexed {
            arn: ARN,
            revision,
            tags,
            document: None,
        });
        let resources: Vec<Indexed<'_>> = resource.into_iter().collect();
        index.observe(at(seconds), &resources, |_| Duration::from_secs(lag));
    }

    fn team(index: &Index, seconds: u64) -> Option<String> {
        let mut shown = index.shown(at(seconds));
        shown.next().map(|(_, shown)| shown.tags["team"].clone())
    }

    #[test]
    fn a_new_resource_a_changed_tag_and_a_deletion_are_seen_late() {
        let (blue, red) = (tagged("blue"), tagged("red"));
        let mut index = Index::default();
        observe(&mut index, 0, Some((1, &blue)), 10);
        assert_eq!(team(&index, 9), None);
        assert_eq!(team(&index, 10).as_deref(), Some("blue"));
        observe(&mut index, 20, Some((2, &red)), 10);
        assert_eq!(team(&index, 29).as_deref(), Some("blue"));
        assert_eq!(team(&index, 30).as_deref(), Some("red"));
        observe(&mut index, 40, None, 10);
        assert_eq!(team(&index, 49).as_deref(), Some("red"));
        assert_eq!(team(&index, 50), None);
        observe(&mut index, 60, None, 10);
        assert!(index.0.is_empty());
    }

    #[test]
    fn changes_are_seen_in_their_order() {
        let (blue, red) = (tagged("blue"), tagged("red"));
        let mut index = Index::default();
        observe(&mut index, 0, Some((1, &blue)), 30);
        observe(&mut index, 1, Some((2, &red)), 0);
        assert_eq!(team(&index, 29), None);
        assert_eq!(team(&index, 30).as_deref(), Some("red"));
    }

    #[test]
    fn a_world_may_begin_with_something() {
        let mut index = Index::default();
        observe(&mut index, 0, Some((1, &tagged("blue"))), 30);
        index.catch_up(at(0));
        assert_eq!(team(&index, 0).as_deref(), Some("blue"));
    }
}
