//! What else is in our VPC: somebody else's subnets, gateways, endpoints. DeleteVpc fails for each of them (operators'
//! notes, item 42), and before it does CloudFormation has taken half of the network from under them (item 4). And ours, where
//! a stack has left them behind with its VPC.

use super::{anchors, studio, vpcs};
use crate::attribution;
use crate::evidence::{Evidence, Verdict};
use crate::facts::{Facts, NetworkPart, PartKind};
use crate::resource::{Goes, Kind, Resource, ResourceId, Verb};

pub(super) fn resources(facts: &Facts) -> Vec<Resource> {
    let parts = facts.network_parts.items().iter();
    parts
        .filter(|part| !facts.is_or_was_member(&part.id))
        .map(|found| part(facts, found))
        .collect()
}

fn part(facts: &Facts, found: &NetworkPart) -> Resource {
    let mut part = Resource::new(found.kind.kind(), &found.id);
    part.name.clone_from(&found.name);
    // An instance is more than a part of a network: it is nobody's to take by its place alone.
    if found.kind != PartKind::Instance {
        part.evidence = vec![Evidence::Located(found.vpc.clone())];
    }
    let left = vpcs::left_with(facts, &found.vpc, &found.tags);
    part.evidence.extend(left);
    if found.kind == PartKind::InternetGateway && part.verdict() != Verdict::Ours {
        part.goes = Goes::By(Verb::Detach);
    }
    let (owner, cure) = attribution::of_part(found);
    part.owner = owner;
    part.cure = cure;
    part.holds = anchors(facts);
    part.holds.extend(studio::endpoint_stacks(facts));
    part.holds.extend(below(facts, found));
    if found.kind == PartKind::Instance {
        let interfaces = facts.network_interfaces.items().iter();
        let its = interfaces.filter(|interface| interface.instance.as_ref() == Some(&found.id));
        part.holds
            .extend(its.map(|interface| ResourceId::new(Kind::NetworkInterface, &interface.id)));
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
        PartKind::InternetGateway => 3,
    }
}
