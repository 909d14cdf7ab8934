//! The index behind SageMaker's Search and the tagging API: what it shows of a resource is what was so a drawn time ago
//! (operators' notes, item 15). A new resource, a changed one and a deleted one are each noticed late, and a deleted one
//! is shown until then.
//!
//! No service tells the index anything: after each change of the world it takes from every [`Table`] of the region what
//! may have changed there, and compares the revisions of that with what it knows. What a step of the world costs does not
//! depend on how much there is. In the tests of this crate the world compares everything after each step, so that no table
//! and no revision is forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::table::{Keyed, Table};
use crate::time::SimTime;
use crate::world::Place;

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

/// An item of a table: one resource, or several where some are parts of another, such as a log group's streams.
pub(crate) trait Noticed: Keyed + Clone {
    /// Shows each of them as it is.
    fn notice(&self, place: &Place, see: &mut dyn FnMut(&Indexed<'_>));
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

/// The index of a region.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Index {
    /// By ARN.
    entries: BTreeMap<String, Entry>,
    /// The ARNs of what there is in an item, by the item's table and then its id.
    items: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// What is gone, and when that is noticed.
    leaving: BTreeSet<(SimTime, String)>,
}

/// The index as it takes notice of what happens in a region at an instant.
pub(crate) struct Observer<'a> {
    pub(crate) index: &'a mut Index,
    pub(crate) place: &'a Place,
    pub(crate) now: SimTime,
    /// Draws how long a change takes to be shown.
    pub(crate) lag: &'a dyn Fn(&str) -> Duration,
}

impl Observer<'_> {
    /// Takes notice of what has changed in a table.
    pub(crate) fn look<T: Noticed>(&mut self, name: &str, table: &mut Table<T>) {
        for id in table.take_changed() {
            let mut arns = BTreeSet::new();
            if let Some(item) = table.get(&id) {
                item.notice(self.place, &mut |resource| {
                    self.index.see(self.now, resource, self.lag);
                    arns.insert(resource.arn.to_owned());
                });
            }
            self.index.settle(self.now, name, id, &arns, self.lag);
        }
    }
}

impl Index {
    /// Takes notice of a resource that is there.
    fn see(&mut self, now: SimTime, resource: &Indexed<'_>, lag: &dyn Fn(&str) -> Duration) {
        let known = self.entries.get(resource.arn);
        if known.is_some_and(|entry| entry.revision == Some(resource.revision)) {
            return;
        }
        let entry = self.entries.entry(resource.arn.to_owned()).or_default();
        entry.revision = Some(resource.revision);
        let document = resource.document.map(Document::document);
        let shown = Shown {
            tags: resource.tags.clone(),
            was_tagged: entry.was_tagged() || !resource.tags.is_empty(),
            document: document.unwrap_or(Value::Null),
        };
        entry.change(resource.arn, now, Some(shown), lag);
    }

    /// Takes notice of what is no longer in an item that has these resources now.
    fn settle(
        &mut self,
        now: SimTime,
        table: &str,
        id: String,
        arns: &BTreeSet<String>,
        lag: &dyn Fn(&str) -> Duration,
    ) {
        let known = self.items.get(table).and_then(|items| items.get(&id));
        if known.map_or(arns.is_empty(), |known| known == arns) {
            return;
        }
        let items = self.items.entry(table.to_owned()).or_default();
        let known = items.remove(&id).unwrap_or_default();
        if !arns.is_empty() {
            items.insert(id, arns.clone());
        }
        for arn in known.difference(arns) {
            if let Some(entry) = self.entries.get_mut(arn) {
                entry.revision = None;
                entry.change(arn, now, None, lag);
                let noticed = entry.noticed().unwrap_or(now);
                self.leaving.insert((noticed, arn.clone()));
            }
        }
    }

    /// Forgets what is gone where that has been noticed.
    pub(crate) fn forget(&mut self, now: SimTime) {
        while let Some((noticed, arn)) = self.leaving.first().cloned() {
            if noticed > now {
                return;
            }
            self.leaving.pop_first();
            if self.entries.get(&arn).is_some_and(|it| it.forgotten(now)) {
                self.entries.remove(&arn);
            }
        }
    }

    /// What is there, with its revision and its tags, as far as the index knows.
    #[cfg(test)]
    pub(crate) fn known(&self) -> BTreeMap<&str, (u64, &Tags)> {
        let known = self.entries.iter().filter_map(|(arn, entry)| {
            let last = entry.views.last()?.shown.as_ref()?;
            Some((arn.as_str(), (entry.revision?, &last.tags)))
        });
        known.collect()
    }

    /// What the index shows at an instant, by ARN.
    pub(crate) fn shown(&self, now: SimTime) -> impl Iterator<Item = (&str, &Shown)> {
        self.entries
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
        lag: &dyn Fn(&str) -> Duration,
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
        let noticed = self.noticed().is_some_and(|at| at <= now);
        self.revision.is_none() && noticed
    }

    /// When its last change is shown.
    fn noticed(&self) -> Option<SimTime> {
        self.views.last().map(|view| view.from)
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

    #[derive(Clone)]
    struct Thing(u64, Tags);

    impl Keyed for Thing {}

    impl Noticed for Thing {
        fn notice(&self, _place: &Place, see: &mut dyn FnMut(&Indexed<'_>)) {
            see(&Indexed {
                arn: ARN,
                revision: self.0,
                tags: &self.1,
                document: None,
            });
        }
    }

    fn observe(index: &mut Index, seconds: u64, resource: Option<(u64, &Tags)>, lag: u64) {
        let mut table = Table::default();
        table.insert("m".to_owned(), Thing(0, Tags::new()));
        match resource {
            Some((revision, tags)) => table.insert("m".to_owned(), Thing(revision, tags.clone())),
            None => drop(table.remove("m")),
        }
        let mut observer = Observer {
            index,
            place: &Place::new("111122223333", "us-east-1"),
            now: at(seconds),
            lag: &|_| Duration::from_secs(lag),
        };
        observer.look("models", &mut table);
        index.forget(at(seconds));
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
        assert!(index.entries.is_empty() && index.leaving.is_empty());
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
}
