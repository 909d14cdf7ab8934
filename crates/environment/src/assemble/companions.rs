//! Things by the hour that were made in a domain of ours, or serve one, and that are not ours to delete: named, so that
//! nobody pays for what he has forgotten (operators' notes, item 39).

use std::collections::BTreeSet;

use super::domain_evidence;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::resource::{Goes, Keeping, Kind, Resource};

/// As their ARNs call them.
const BY_THE_HOUR: [&str; 5] = [
    "mlflow-tracking-server",
    "mlflow-app",
    "cluster",
    "partner-app",
    "inference-experiment",
];
/// By the hour only with an online store, of which no tag tells.
const FEATURE_GROUP: &str = "feature-group";

/// Whether a cluster was made in a domain of ours: nothing tells the interfaces that it works with from an endpoint's.
pub(super) fn has_cluster(facts: &Facts) -> bool {
    let mut tagged = facts.tagged.items().iter();
    tagged.any(|tagged| Facts::kind_of_arn(&tagged.arn) == Some("cluster"))
}

pub(super) fn resources(facts: &Facts) -> Vec<Resource> {
    let tagged = facts.tagged.items().iter();
    let costly = tagged.filter(|tagged| costs_by_the_hour(facts, &tagged.arn));
    let made = costly.map(|tagged| companion(&tagged.arn, domain_evidence(facts, &tagged.tags)));
    let tagged = facts.tagged.items().iter();
    let told: BTreeSet<&str> = tagged.map(|tagged| tagged.arn.as_str()).collect();
    let apps = facts.default_apps.iter();
    let untagged = apps.filter(|(arn, _)| !told.contains(arn.as_str()));
    // The domain is what names it: as its default.
    let serving = untagged
        .map(|(arn, domain)| companion(arn, vec![Evidence::NamedBy(domain.as_str().into())]));
    made.chain(serving).collect()
}

fn costs_by_the_hour(facts: &Facts, arn: &str) -> bool {
    match Facts::kind_of_arn(arn) {
        Some(FEATURE_GROUP) => facts.online_groups.contains(arn),
        Some(kind) => BY_THE_HOUR.contains(&kind),
        None => false,
    }
}

fn companion(arn: &str, evidence: Vec<Evidence>) -> Resource {
    let mut companion = Resource::new(Kind::Companion, arn);
    companion.evidence = evidence;
    companion.goes = Goes::Kept(Keeping::StillCosting);
    companion
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
                found("feature-group/online", "domain/d-ours"),
                found("feature-group/offline", "domain/d-ours"),
                found("feature-group/theirs", "domain/d-theirs"),
                found("model/plain", "domain/d-ours"),
                found("mlflow-app/tagged", "domain/d-ours"),
            ]),
            online_groups: ["online", "theirs"]
                .map(|name| arn(&format!("feature-group/{name}")))
                .into(),
            default_apps: ["tagged", "untagged"]
                .map(|name| (arn(&format!("mlflow-app/{name}")), arn("domain/d-ours")))
                .into(),
            ..Facts::default()
        };
        let found = resources(&facts);
        let ours = found
            .iter()
            .filter(|companion| companion.verdict() == crate::evidence::Verdict::Ours);
        let told: Vec<&str> = ours.map(|companion| companion.id.id.as_str()).collect();
        assert_eq!(
            told,
            [
                "mlflow-tracking-server/runs",
                "cluster/big",
                "feature-group/online",
                "mlflow-app/tagged",
                "mlflow-app/untagged",
            ]
            .map(arn)
        );
        assert!(
            found
                .iter()
                .all(|companion| companion.goes == Goes::Kept(Keeping::StillCosting))
        );
    }
}
