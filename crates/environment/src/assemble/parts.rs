//! What else is in our VPC: somebody else's subnets, gateways, endpoints. DeleteVpc fails for each of them (operators'
//! notes, item 42), and before it does CloudFormation has taken half of the network from under them (item 4).

use super::{anchors, studio};
use crate::attribution;
use crate::evidence::Evidence;
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
    if found.kind == PartKind::InternetGateway {
        part.goes = Goes::By(Verb::Detach);
    }
    // An instance is more than a part of a network: it is nobody's to take by its place alone.
    if found.kind != PartKind::Instance {
        part.evidence = vec![Evidence::Located(found.vpc.clone())];
    }
    let (owner, cure) = attribution::of_part(found);
    part.owner = owner;
    part.cure = cure;
    part.holds = anchors(facts);
    part.holds.extend(studio::endpoint_stacks(facts));
    if found.kind == PartKind::Instance {
        let interfaces = facts.network_interfaces.items().iter();
        let its = interfaces.filter(|interface| interface.instance.as_ref() == Some(&found.id));
        part.holds
            .extend(its.map(|interface| ResourceId::new(Kind::NetworkInterface, &interface.id)));
    }
    part
}
