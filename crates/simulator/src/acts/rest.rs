//! Whether what an act started has come to rest, and how.

use std::collections::BTreeMap;

use crate::world::World;

/// The statuses of everything that exists, by type and id. Change sets are no rows, but they take their time too.
pub(crate) struct Statuses(BTreeMap<String, String>);

impl Statuses {
    pub(crate) fn of(world: &World) -> Self {
        let rows = world.rows().into_iter();
        let rows = rows.map(|row| (format!("{} {}", row.kind, row.id), row.status));
        let sets = world
            .places()
            .flat_map(|(_, region)| region.cloudformation.change_sets.values())
            .map(|set| (format!("change set {}", set.arn), set.status.clone()));
        Self(rows.chain(sets).collect())
    }

    /// What is at work and was not before, or at something else: a job in progress that is stopping.
    pub(crate) fn at_work_since(&self, before: &Self) -> Option<(&str, &str)> {
        self.first(|key, status| {
            is_at_work(status) && before.0.get(key).map(String::as_str) != Some(status)
        })
    }

    /// What has failed and had not before.
    pub(crate) fn failed_since(&self, before: &Self) -> Option<(&str, &str)> {
        self.first(|key, status| {
            is_failure(status) && before.0.get(key).map(String::as_str) != Some(status)
        })
    }

    /// Whether everything of a type is there that was there before.
    #[cfg(test)]
    pub(crate) fn has_all_of(&self, kind: &str, before: &Self) -> bool {
        let of_kind = |key: &&String| key.starts_with(&format!("{kind} "));
        before
            .0
            .keys()
            .filter(of_kind)
            .all(|key| self.0.contains_key(key))
    }

    fn first(&self, wanted: impl Fn(&str, &str) -> bool) -> Option<(&str, &str)> {
        let mut entries = self
            .0
            .iter()
            .map(|(key, status)| (key.as_str(), status.as_str()));
        entries.find(|(key, status)| wanted(key, status))
    }
}

/// The statuses of all services in which something goes on by itself.
fn is_at_work(status: &str) -> bool {
    let status = status.to_lowercase();
    let words = [
        "pending",
        "creating",
        "updating",
        "systemupdating",
        "rollingback",
        "deleting",
        "starting",
        "stopping",
        "shutting-down",
        "inprogress",
        "create_pending",
        "delete_pending",
    ];
    status != "review_in_progress"
        && (status.ends_with("_in_progress") || words.contains(&status.as_str()))
}

/// The statuses of all services that tell of a failure.
fn is_failure(status: &str) -> bool {
    let status = status.to_lowercase();
    let words = [
        "failed",
        "createfailed",
        "deletefailed",
        "error",
        "outofservice",
        "rollback_complete",
        "update_rollback_complete",
    ];
    status.ends_with("_failed") || words.contains(&status.as_str())
}
