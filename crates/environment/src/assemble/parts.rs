//! What else is in our VPC: somebody else's subnets, gateways, endpoints. DeleteVpc fails for each of them (operators'
//! notes, item 42), and before it does CloudFormation has taken half of the network from under them (item 4). And ours, where
//! a stack has left them behind with its VPC.

use smol_str::SmolStr;

use super::{anchors, go_with, present_member, stacks, vpcs};
use crate::attribution;
use crate::evidence::{Evidence, Verdict};
use crate::facts::{Facts, Member, NetworkPart, PartKind, Stack};
use crate::resource::{Goes, Kind, Resource, ResourceId, Status, Verb};

pub(super) fn resources(facts: &Facts) -> Vec<Resource> {
    let parts = facts.network_parts.items().iter();
    parts
        .filter(|part| !facts.is_or_was_member(&part.id) && counts(facts, part))
        .map(|found| part(facts, found))
        .collect()
}

/// Whether a part matters: what is off our VPC and is not ours holds nothing any more.
fn counts(facts: &Facts, found: &NetworkPart) -> bool {
    !found.is_detached() || vpcs::left_with(facts, &found.vpc, &found.tags).is_some()
}

/// The tag that names the group which Auto Scaling started an instance for.
const SCALED_BY: &str = "aws:autoscaling:groupName";

/// The stack that has the group which an instance was started for, and that group: it starts and ends the instance.
pub(super) fn scaled_by<'a>(facts: &'a Facts, instance: &str) -> Option<(&'a Stack, &'a Member)> {
    let mut parts = facts.network_parts.items().iter();
    let instance = parts.find(|part| part.id == instance)?;
    let group = instance.tags.get(SCALED_BY)?;
    present_member(facts, |member| {
        member.kind == "AWS::AutoScaling::AutoScalingGroup" && member.id == *group
    })
}

/// Settles an instance that was started for a group of our stacks. It goes with the group's stack, and may be seen for a
/// while when that has gone.
fn goes_with_group(facts: &Facts, found: &NetworkPart, part: &mut Resource) -> bool {
    if let Some((stack, member)) = scaled_by(facts, &found.id) {
        go_with(part, stack, member);
        return true;
    }
    let former = found.tags.get(SCALED_BY);
    let former = former.filter(|group| facts.is_or_was_member(group));
    if let Some(group) = former {
        part.evidence = vec![Evidence::NamedBy(group.as_str().into())];
        part.goes = Goes::Itself;
    }
    former.is_some()
}

fn part(facts: &Facts, found: &NetworkPart) -> Resource {
    let mut part = Resource::new(found.kind.kind(), &found.id);
    part.name = found.name.as_ref().map(SmolStr::from);
    if goes_with_group(facts, found, &mut part) {
        return part;
    }
    // An instance is more than a part of a network: neither its place nor a stack that left it makes it ours to end.
    if found.kind != PartKind::Instance {
        let left = vpcs::left_with(facts, &found.vpc, &found.tags);
        part.is_left = left.is_some();
        part.evidence = vec![Evidence::Located(found.vpc.as_str().into())];
        part.evidence.extend(left);
    }
    let is_attached = matches!(found.kind, PartKind::InternetGateway | PartKind::VpnGateway);
    if is_attached && part.verdict() != Verdict::Ours {
        part.goes = Goes::By(Verb::Detach);
    }
    let on_its_way = found.status.as_deref().filter(|_| !found.is_detached());
    if let Some(word) = on_its_way {
        part.status = Status::on_its_way(word);
    }
    let (owner, cure) = attribution::of_part(found);
    part.owner = owner.map(SmolStr::from);
    part.cure = if let Status::Leaving(word) = &part.status {
        Some(format!("it is {word} already; run down again").into())
    } else {
        cure.map(SmolStr::from)
    };
    part.holds = anchors(facts);
    part.holds.extend(stacks::of_endpoints(facts));
    part.holds.extend(below(facts, found));
    if found.kind == PartKind::Instance {
        let interfaces = facts.network_interfaces.items().iter();
        let its = interfaces.filter(|interface| interface.instance.as_ref() == Some(&found.id));
        part.holds
            .extend(its.map(|interface| ResourceId::new(Kind::NetworkInterface, &interface.id)));
    }
    // What is off its VPC holds that no more.
    vpcs::keep(facts, &mut part, &found.vpc);
    if found.is_detached() && matches!(part.goes, Goes::Kept(_)) {
        part.holds.clear();
    }
    part
}

/// The other parts of its VPC that cannot go before it (section 2.1).
fn below<'a>(facts: &'a Facts, found: &'a NetworkPart) -> impl Iterator<Item = ResourceId> + 'a {
    let parts = facts.network_parts.items().iter();
    let others = parts.filter(|other| other.vpc == found.vpc);
    let below = others.filter(|other| rank(other.kind) > rank(found.kind));
    below.map(|other| ResourceId::new(other.kind.kind(), &other.id))
}

/// Parts of a higher rank are used by those of a lower.
fn rank(kind: PartKind) -> u8 {
    match kind {
        PartKind::Instance | PartKind::NatGateway | PartKind::VpcEndpoint => 0,
        PartKind::Subnet => 1,
        PartKind::RouteTable | PartKind::NetworkAcl => 2,
        PartKind::InternetGateway
        | PartKind::VpnGateway
        | PartKind::EgressOnlyGateway
        | PartKind::CarrierGateway => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::facts_of;
    use crate::facts::{DETACHED, Stacks, Vpc};
    use crate::mark;
    use crate::reading::Reading;

    /// How a VPN gateway of a VPC that its stack has left behind would go, and its status; nothing where it does not count.
    fn gateway(status: Option<&str>, is_ours: bool) -> Option<(Goes, Status)> {
        let marks = [
            (mark::ENVIRONMENT, "demo"),
            (mark::STACK_NAME, "demo-network"),
        ];
        let marks = marks.into_iter().filter(|_| is_ours);
        let part = NetworkPart {
            kind: PartKind::VpnGateway,
            id: "vgw-1".to_owned(),
            vpc: "vpc-1".to_owned(),
            name: None,
            tags: marks
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            status: status.map(str::to_owned),
        };
        let vpc = Vpc {
            id: "vpc-1".to_owned(),
            left_by: Some("demo-network".to_owned()),
            ..Vpc::default()
        };
        let facts = Facts {
            environment: "demo".to_owned(),
            stacks: Reading::Known(Stacks {
                vpcs: vec![vpc],
                ..Stacks::default()
            }),
            network_parts: Reading::Known(vec![part]),
            ..Facts::default()
        };
        let found = resources(&facts).pop()?;
        Some((found.goes, found.status))
    }

    /// How an instance goes that Auto Scaling started for a group, where a stack of ours has the group `fleet`.
    fn instance(group: &str, status: &str) -> Option<Resource> {
        let member = Member {
            kind: "AWS::AutoScaling::AutoScalingGroup".to_owned(),
            id: "fleet".to_owned(),
            status: status.to_owned(),
            ..Member::default()
        };
        let stack = Stack {
            arn: "arn:demo-fleet".into(),
            name: "demo-fleet".into(),
            members: vec![member],
            ..Stack::default()
        };
        let part = NetworkPart {
            kind: PartKind::Instance,
            id: "i-1".to_owned(),
            vpc: "vpc-1".to_owned(),
            name: None,
            tags: [(SCALED_BY.to_owned(), group.to_owned())].into(),
            status: None,
        };
        let facts = Facts {
            network_parts: Reading::Known(vec![part]),
            ..facts_of(stack)
        };
        resources(&facts).pop()
    }

    #[test]
    fn an_instance_of_a_group_of_ours_goes_with_the_groups_stack() {
        let stack = ResourceId::new(Kind::Stack, "arn:demo-fleet");
        let ours = instance("fleet", "CREATE_COMPLETE").unwrap();
        assert_eq!(ours.verdict(), Verdict::Ours);
        assert_eq!(ours.goes, Goes::With(stack));
        assert!(ours.holds.is_empty(), "{ours:?}");
        let left = instance("fleet", "DELETE_COMPLETE").unwrap();
        assert_eq!(left.verdict(), Verdict::Ours);
        assert_eq!(left.goes, Goes::Itself);
        let theirs = instance("theirs", "CREATE_COMPLETE").unwrap();
        assert_eq!(theirs.verdict(), Verdict::Foreign);
    }

    #[test]
    fn somebody_elses_vpn_gateway_is_taken_off_and_ours_is_deleted_as_well() {
        let (off, deleted) = (Goes::By(Verb::Detach), Goes::By(Verb::Delete));
        let leaving = Status::Leaving("detaching".to_owned());
        let coming = Status::Busy("attaching".to_owned());
        for (status, is_ours, expected) in [
            (None, false, Some((off.clone(), Status::Ready))),
            (Some("attaching"), false, Some((off.clone(), coming))),
            (Some("detaching"), false, Some((off, leaving.clone()))),
            (Some(DETACHED), false, None),
            (None, true, Some((deleted.clone(), Status::Ready))),
            (Some("detaching"), true, Some((deleted.clone(), leaving))),
            (Some(DETACHED), true, Some((deleted, Status::Ready))),
        ] {
            assert_eq!(gateway(status, is_ours), expected, "{status:?} {is_ours}");
        }
    }
}
