//! VPCs that their stacks have left behind: somebody deleted the stack with its resources retained, or by force. What was
//! made with them says so by its tags.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::held_vpc;
use crate::decide::{Intent, wanted_gone};
use crate::evidence::Evidence;
use crate::facts::{Facts, PartKind, Tags};
use crate::mark;
use crate::resource::{Goes, Keeping, Kind, Resource, ResourceId};

pub(super) fn resources(facts: &Facts) -> Vec<Resource> {
    let vpc = |found: &crate::facts::Vpc| {
        let mut vpc = Resource::new(Kind::Vpc, &found.id);
        vpc.evidence = found
            .left_by
            .iter()
            .map(|stack| Evidence::Stack(stack.into()))
            .collect();
        vpc.is_left = true;
        vpc
    };
    facts.left_vpcs().map(vpc).collect()
}

/// Such VPCs as something that is held: everything of ours is gone before they go.
pub(super) fn left(facts: &Facts) -> impl Iterator<Item = ResourceId> {
    facts.left_vpcs().map(|vpc| held_vpc(&vpc.id))
}

/// What proves that something in such a VPC was made with it.
pub(super) fn left_with(facts: &Facts, vpc: &str, tags: &Tags) -> Option<Evidence> {
    facts.left_vpcs().find(|it| it.id == vpc)?;
    let is_marked = tags.get(mark::ENVIRONMENT) == Some(&facts.environment);
    let stack = tags.get(mark::STACK_NAME).filter(|_| is_marked)?;
    Some(Evidence::Stack(stack.as_str().into()))
}

/// Keeps in such a VPC what the template of its deleted stack wanted kept: it holds the VPC, and with that the rest.
pub(super) fn keep(facts: &Facts, resource: &mut Resource, vpc: &str) {
    if resource.is_left && facts.kept_parts.contains(resource.id.id.as_str()) {
        resource.goes = Goes::Kept(Keeping::DeletionPolicy);
        resource.holds = vec![held_vpc(vpc)];
    }
}

/// Our endpoints in such VPCs.
pub(super) fn left_endpoints(facts: &Facts) -> impl Iterator<Item = ResourceId> {
    let parts = facts.network_parts.items().iter();
    let endpoints = parts.filter(|part| part.kind == PartKind::VpcEndpoint);
    let left = endpoints.filter(|it| left_with(facts, &it.vpc, &it.tags).is_some());
    left.map(|it| ResourceId::new(Kind::VpcEndpoint, &it.id))
}

/// Whether a subnet is in such a VPC, whoever made it.
pub(super) fn has_subnet(facts: &Facts, id: &str) -> bool {
    facts.left_vpcs().any(|vpc| {
        let mut parts = facts.network_parts.items().iter();
        parts.any(|part| part.id == id && part.vpc == vpc.id)
    })
}

/// Keeps what is left as whole as a stack would: what stays and holds any of it holds all of it. Nothing tells which of the
/// subnets, routes and endpoints somebody there works with. What is to go, if only for its place, holds no more than it did:
/// an endpoint of ours holds somebody else's subnet, and they would wait for each other.
pub(super) fn stay_whole(resources: &mut [Rc<Resource>], intent: &Intent) {
    let left = resources.iter().filter(|it| it.is_left);
    let left: BTreeSet<ResourceId> = left.map(|it| it.id.clone()).collect();
    for resource in resources {
        let mut held = resource.holds.iter();
        if !wanted_gone(resource, intent) && held.any(|id| left.contains(id)) {
            let holds = &mut Rc::make_mut(resource).holds;
            holds.extend(left.iter().cloned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::assemble;
    use crate::evidence::Verdict;
    use crate::facts::{
        App, AppOwner, Domain, Model, NetworkInterface, NetworkPart, SecurityGroup, Stacks, Vpc,
    };
    use crate::reading::Reading;
    use crate::world::World;

    /// What CloudFormation and the mark tell of everything that a stack has left.
    fn marks() -> Tags {
        let marks = [
            (mark::ENVIRONMENT, "demo"),
            (mark::STACK_NAME, "demo-network"),
        ];
        let marks = marks.into_iter();
        marks
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    fn part(kind: PartKind, id: &str, tags: Tags) -> NetworkPart {
        NetworkPart {
            kind,
            id: id.to_owned(),
            vpc: "vpc-1".to_owned(),
            name: None,
            tags,
            status: None,
        }
    }

    /// A VPC that its stack has left, with an endpoint, a NAT gateway and its interface, a subnet and a group.
    fn facts() -> Facts {
        let vpc = Vpc {
            id: "vpc-1".to_owned(),
            left_by: Some("demo-network".to_owned()),
            ..Vpc::default()
        };
        let interface = NetworkInterface {
            id: "eni-1".to_owned(),
            description: "Interface for NAT Gateway nat-1".to_owned(),
            is_requester_managed: true,
            attachment: Some("ela-attach-1".to_owned()),
            subnet: "subnet-1".to_owned(),
            vpc: "vpc-1".to_owned(),
            ..NetworkInterface::default()
        };
        let group = SecurityGroup {
            id: "sg-1".to_owned(),
            name: "workload".to_owned(),
            vpc: "vpc-1".to_owned(),
            tags: marks(),
            names_groups: ["sg-2".to_owned()].into(),
            ..SecurityGroup::default()
        };
        Facts {
            environment: "demo".to_owned(),
            stacks: Reading::Known(Stacks {
                vpcs: vec![vpc],
                ..Stacks::default()
            }),
            network_parts: Reading::Known(vec![
                part(PartKind::VpcEndpoint, "vpce-1", marks()),
                part(PartKind::NatGateway, "nat-1", marks()),
                part(PartKind::Subnet, "subnet-1", marks()),
            ]),
            network_interfaces: Reading::Known(vec![interface]),
            security_groups: Reading::Known(vec![group]),
            ..Facts::default()
        }
    }

    fn left() -> [ResourceId; 6] {
        [
            (Kind::GroupRules, "sg-1"),
            (Kind::SecurityGroup, "sg-1"),
            (Kind::Subnet, "subnet-1"),
            (Kind::NatGateway, "nat-1"),
            (Kind::VpcEndpoint, "vpce-1"),
            (Kind::Vpc, "vpc-1"),
        ]
        .map(|(kind, id)| ResourceId::new(kind, id))
    }

    /// Whether somebody who stays holds each of the things that are left.
    fn held(world: &World) -> [bool; 6] {
        left().map(|id| {
            let mut holders = world.holders(&id);
            holders.any(|holder| holder.verdict() != Verdict::Ours)
        })
    }

    #[test]
    fn nothing_that_is_left_is_held_by_what_goes_with_it() {
        let world = assemble(&facts(), &Intent::default());
        assert_eq!(held(&world), [false; 6]);
        let its = world.get(&ResourceId::new(Kind::NetworkInterface, "eni-1"));
        let its = its.map(|interface| (interface.verdict(), interface.goes.clone()));
        let gateway = ResourceId::new(Kind::NatGateway, "nat-1");
        assert_eq!(its, Some((Verdict::Ours, Goes::With(gateway))));
    }

    #[test]
    fn whoever_stays_there_holds_everything_that_is_left() {
        let intent = Intent::default();
        let tenants: [fn(&mut Facts); 5] = [
            |facts| {
                let domain = Domain {
                    id: "d-theirs".to_owned(),
                    ..Domain::default()
                };
                facts.neighbours = vec![domain];
            },
            |facts| {
                let group = SecurityGroup {
                    id: "sg-theirs".to_owned(),
                    vpc: "vpc-1".to_owned(),
                    ..SecurityGroup::default()
                };
                facts.security_groups = with(&facts.security_groups, group);
            },
            |facts| {
                let instance = part(PartKind::Instance, "i-theirs", Tags::new());
                facts.network_parts = with(&facts.network_parts, instance);
            },
            // One that our stack has left is nobody's to end but its owner's.
            |facts| {
                let instance = part(PartKind::Instance, "i-left", marks());
                facts.network_parts = with(&facts.network_parts, instance);
                let interface = NetworkInterface {
                    id: "eni-left".to_owned(),
                    instance: Some("i-left".to_owned()),
                    vpc: "vpc-1".to_owned(),
                    ..NetworkInterface::default()
                };
                facts.network_interfaces = with(&facts.network_interfaces, interface);
            },
            |facts| {
                let model = Model {
                    name: "theirs".to_owned(),
                    subnets: vec!["subnet-1".to_owned()],
                    ..Model::default()
                };
                facts.models = Reading::Known(vec![model]);
            },
        ];
        for (number, come) in tenants.into_iter().enumerate() {
            let mut facts = facts();
            come(&mut facts);
            let world = assemble(&facts, &intent);
            assert_eq!(held(&world), [true; 6], "{number}");
            let theirs = world.get(&ResourceId::new(Kind::NetworkInterface, "eni-left"));
            let theirs = theirs.filter(|it| it.verdict() == Verdict::Ours);
            assert_eq!(theirs, None, "{number}");
        }
    }

    #[test]
    fn what_a_template_wants_kept_stays_and_holds_everything_that_is_left() {
        let stays = Goes::Kept(Keeping::DeletionPolicy);
        for id in ["sg-1", "subnet-1", "nat-1"] {
            let facts = Facts {
                kept_parts: [id.to_owned()].into(),
                ..facts()
            };
            let world = assemble(&facts, &Intent::default());
            let kept = world.resources().filter(|it| it.goes == stays);
            let kept: Vec<&str> = kept.map(|it| it.id.id.as_str()).collect();
            assert_eq!(kept, [id]);
            for left in left() {
                let mut holders = world.holders(&left);
                assert!(holders.any(|it| it.goes == stays), "{id}: {left:?}");
            }
        }
    }

    /// A known list with one more.
    fn with<T: Clone>(list: &Reading<Vec<T>>, one: T) -> Reading<Vec<T>> {
        let mut all = list.known().cloned().unwrap_or_default();
        all.push(one);
        Reading::Known(all)
    }

    #[test]
    fn somebody_elses_subnet_that_is_to_go_waits_for_no_part_that_waits_for_it() {
        let mut facts = facts();
        let theirs = part(PartKind::Subnet, "subnet-theirs", Tags::new());
        facts.network_parts = with(&facts.network_parts, theirs);
        for (include_located, stays) in [(false, true), (true, false)] {
            let intent = Intent {
                include_located,
                ..Intent::default()
            };
            let world = assemble(&facts, &intent);
            let endpoint = ResourceId::new(Kind::VpcEndpoint, "vpce-1");
            assert_eq!(world.holders(&endpoint).count(), usize::from(stays));
        }
    }

    #[test]
    fn an_app_of_ours_holds_the_endpoints_that_it_works_through() {
        let mut facts = facts();
        facts.named_domains = ["d-1".to_owned()].into();
        facts.apps = Reading::Known(vec![App {
            domain: "d-1".to_owned(),
            owner: AppOwner::UserProfile("ann".to_owned()),
            kind: "JupyterLab".to_owned(),
            name: "default".to_owned(),
            status: "InService".to_owned(),
            instance: None,
        }]);
        let world = assemble(&facts, &Intent::default());
        let endpoint = ResourceId::new(Kind::VpcEndpoint, "vpce-1");
        let holders: Vec<Kind> = world.holders(&endpoint).map(|it| it.id.kind).collect();
        assert_eq!(holders, [Kind::App]);
    }

    #[test]
    fn nothing_that_is_left_goes_while_a_list_that_may_show_a_tenant_is_not_known() {
        let world = assemble(&facts(), &Intent::default());
        for id in left() {
            let found = world.get(&id);
            let unknown = found.and_then(|found| world.unknown_holders(found));
            assert!(unknown.is_some(), "{id:?}");
        }
    }
}
