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

/// Whether a cluster was made in a domain of ours: nothing tells the interfaces that it works with from an endpoint's.
pub(super) fn has_cluster(facts: &Facts) -> bool {
    let mut tagged = facts.tagged.items().iter();
    tagged.any(|tagged| Facts::kind_of_arn(&tagged.arn) == Some("cluster"))
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Stacks, Tagged};
    use crate::mark;
    use crate::reading::Reading;

    #[test]
    fn what_costs_by_the_hour_is_told_where_it_was_made_in_our_domain() {
        let arn = |what: &str| format!("arn:aws:sagemaker:us-east-1:111122223333:{what}");
        let found = |what: &str, domain: &str| Tagged {
            arn: arn(what),
            tags: [(mark::MADE_IN_DOMAIN.to_owned(), arn(domain))].into(),
        };
        let facts = Facts {
            stacks: Reading::Known(Stacks {
                former_domains: ["d-ours".to_owned()].into(),
                ..Stacks::default()
            }),
            tagged: Reading::Known(vec![
                found("mlflow-tracking-server/runs", "domain/d-ours"),
                found("cluster/big", "domain/d-ours"),
                found("feature-group/theirs", "domain/d-theirs"),
                found("model/plain", "domain/d-ours"),
            ]),
            ..Facts::default()
        };
        let found = resources(&facts);
        let ours = found
            .iter()
            .filter(|companion| companion.verdict() == crate::evidence::Verdict::Ours);
        let told: Vec<&str> = ours.map(|companion| companion.id.id.as_str()).collect();
        assert_eq!(
            told,
            [arn("mlflow-tracking-server/runs"), arn("cluster/big")]
        );
        assert!(
            found
                .iter()
                .all(|companion| companion.goes == Goes::Kept(Keeping::StillCosting))
        );
    }
}
