//! What runs with a role in a network: endpoints, jobs, notebook instances. Whose it is, and what it holds.

use super::{anchors, domain_evidence, stacks_of, vpcs};
use crate::evidence::{Evidence, Verdict, verdict};
use crate::facts::{Facts, NetworkInterface, Tags};
use crate::resource::{Kind, ResourceId};

/// The role's name in an ARN: what follows the last slash.
pub(super) fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// What the role that something runs with says.
pub(super) fn role_evidence(facts: &Facts, role: Option<&String>) -> Option<Evidence> {
    let ours = role.filter(|role| facts.is_our_role(role))?;
    Some(Evidence::Role(ours.as_str().into()))
}

/// Whether a VpcConfig lies in a subnet of a marked stack, or of a VPC that a stack has left behind.
pub(super) fn located(facts: &Facts, subnets: &[String]) -> Option<Evidence> {
    let is_ours = |id: &str| facts.stack_of(id).is_some() || vpcs::has_subnet(facts, id);
    let subnet = subnets.iter().find(|subnet| is_ours(subnet))?;
    Some(Evidence::Located(subnet.as_str().into()))
}

/// What something runs with.
#[derive(Clone, Copy)]
pub(super) struct Uses<'a> {
    pub(super) role: Option<&'a str>,
    pub(super) subnets: &'a [String],
    pub(super) groups: &'a [String],
}

/// What its tags, its role and its network say of something.
pub(super) fn evidence(facts: &Facts, tags: &Tags, uses: Uses<'_>) -> Vec<Evidence> {
    let mut evidence = domain_evidence(facts, tags);
    let role = uses.role.map(str::to_owned);
    evidence.extend(role_evidence(facts, role.as_ref()));
    evidence.extend(located(facts, uses.subnets));
    evidence
}

/// What something with roles, subnets and groups holds: the stacks that these are members of. With them, in what a stack has
/// left behind, or where it is ours, the anchors as well; somebody else's things elsewhere hold nothing of ours.
pub(super) fn held_by_workloads(facts: &Facts, users: &[Uses<'_>], ours: bool) -> Vec<ResourceId> {
    let roles: Vec<String> = users
        .iter()
        .filter_map(|user| user.role)
        .map(|role| role_name(role).to_owned())
        .collect();
    let network = users
        .iter()
        .flat_map(|user| user.subnets.iter().chain(user.groups));
    let mut holds = stacks_of(facts, &roles);
    holds.extend(stacks_of(facts, network));
    let is_located = users
        .iter()
        .any(|user| located(facts, user.subnets).is_some());
    if ours || is_located || !holds.is_empty() {
        holds.extend(anchors(facts));
    }
    holds.sort();
    holds.dedup();
    holds
}

/// The interfaces that SageMaker has in the same subnets: which of them are its own is not told, so all of them are in use,
/// but those that were made with another role of ours than its own.
pub(super) fn interfaces_in(facts: &Facts, users: &[Uses<'_>]) -> Vec<ResourceId> {
    let interfaces = facts.network_interfaces.items().iter();
    let used = interfaces.filter(|found| {
        let mut users = users.iter();
        found.is_of_sagemaker() && users.any(|user| may_use(facts, user, found))
    });
    used.map(|found| ResourceId::new(Kind::NetworkInterface, &found.id))
        .collect()
}

fn may_use(facts: &Facts, user: &Uses<'_>, found: &NetworkInterface) -> bool {
    let made_with = facts.role_of_ours(found);
    let is_its_role = match (made_with, user.role) {
        (Some(ours), Some(role)) => role_name(role) == ours,
        (None, _) | (_, None) => true,
    };
    is_its_role && user.subnets.contains(&found.subnet)
}

/// What something at work holds: its stacks, its interfaces, and the interface endpoints through which it reaches AWS.
pub(super) fn held_at_work(
    facts: &Facts,
    uses: Uses<'_>,
    evidence: &[Evidence],
) -> Vec<ResourceId> {
    let ours = verdict(evidence) == Verdict::Ours;
    let mut holds = held_by_workloads(facts, &[uses], ours);
    if !holds.is_empty() {
        holds.extend(super::stacks::of_endpoints(facts));
        holds.extend(super::vpcs::left_endpoints(facts));
    }
    holds.extend(interfaces_in(facts, &[uses]));
    holds.sort();
    holds.dedup();
    holds
}

#[cfg(test)]
mod tests {
    use smol_str::SmolStr;

    use super::*;
    use crate::facts::Stacks;
    use crate::reading::Reading;

    #[test]
    fn what_was_made_with_a_role_of_ours_is_not_in_use_by_another_role() {
        let made_with = |id: &str, role: &str| NetworkInterface {
            id: id.to_owned(),
            subnet: "subnet-1".to_owned(),
            requester: Some(format!("{role}:SageMaker")),
            ..NetworkInterface::default()
        };
        let facts = Facts {
            stacks: Reading::Known(Stacks {
                role_ids: [("execution".to_owned(), "AROAOURS".to_owned())].into(),
                ..Stacks::default()
            }),
            network_interfaces: Reading::Known(vec![
                made_with("eni-1", "AROAOURS"),
                made_with("eni-2", "AROATHEIRS"),
            ]),
            ..Facts::default()
        };
        let subnets = ["subnet-1".to_owned()];
        for (role, used) in [
            (Some("arn:aws:iam::1:role/theirs"), &["eni-2"][..]),
            (
                Some("arn:aws:iam::1:role/execution"),
                &["eni-1", "eni-2"][..],
            ),
            (None, &["eni-1", "eni-2"][..]),
        ] {
            let user = Uses {
                role,
                subnets: &subnets,
                groups: &[],
            };
            let found = interfaces_in(&facts, &[user]).into_iter();
            let found: Vec<SmolStr> = found.map(|held| held.id).collect();
            assert_eq!(found, used, "{role:?}");
        }
    }
}
