//! Things by the hour that were made in a domain of ours and that are not ours to delete: named, so that nobody pays for
//! what he has forgotten (operators' notes, item 39).

use super::domain_evidence;
use crate::facts::Facts;
use crate::resource::{Goes, Keeping, Kind, Resource};

/// As their ARNs call them.
const BY_THE_HOUR: [&str; 6] = [
    "mlflow-tracking-server",
    "mlflow-app",
    "cluster",
    "partner-app",
    "feature-group",
    "inference-experiment",
];

pub(super) fn resources(facts: &Facts) -> Vec<Resource> {
    let tagged = facts.tagged.items().iter();
    tagged
        .filter(|tagged| {
            let kind = Facts::kind_of_arn(&tagged.arn);
            kind.is_some_and(|kind| BY_THE_HOUR.contains(&kind))
        })
        .map(|tagged| {
            let mut companion = Resource::new(Kind::Companion, &tagged.arn);
            companion.evidence = domain_evidence(facts, &tagged.tags);
            companion.goes = Goes::Kept(Keeping::StillCosting);
            companion
        })
        .collect()
}
