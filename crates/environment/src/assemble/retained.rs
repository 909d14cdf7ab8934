//! What a template wants kept of a network whose VPC goes. DeleteVpc fails for it (operators' notes, item 42), and before it
//! does CloudFormation has taken half of the network away (item 4).

use super::{held_stack, held_vpc, is_retained, present_member};
use crate::facts::{Facts, Member, NetworkPart, PartKind, Stack, Vpc};
use crate::resource::{Kind, ResourceId};

/// What attaches a gateway. CloudFormation knows it as `IGW|VPC` or `VGW|VPC`.
const ATTACHMENT: &str = "AWS::EC2::VPCGatewayAttachment";

/// What a member holds that stays: the VPC that it is in, by its stack where there is one, and its own stack, without which
/// nobody would know any more that it is to be kept. Where the VPC stays as well, or is not ours, it holds nothing.
pub(super) fn held_by(facts: &Facts, stack: &Stack, member: &Member) -> Vec<ResourceId> {
    let vpc = vpc_of(facts, member).filter(|vpc| !is_retained(facts, &vpc.id));
    let Some(vpc) = vpc else {
        return Vec::new();
    };
    let network = if vpc.left_by.is_some() {
        held_vpc(&vpc.id)
    } else {
        ResourceId::new(Kind::Stack, vpc.stack.clone())
    };
    let mut held = vec![network, held_stack(stack)];
    held.dedup();
    held
}

/// Our VPC that a security group, a part of a network or the attachment of a gateway is in.
fn vpc_of<'a>(facts: &'a Facts, member: &Member) -> Option<&'a Vpc> {
    let groups = facts.security_groups.items().iter();
    let groups = groups.map(|group| (group.id.as_str(), group.vpc.as_str()));
    let parts = facts.network_parts.items().iter();
    let parts = parts.filter(|part| !part.is_detached() && !is_taken_off(facts, part));
    let parts = parts.map(|part| (part.id.as_str(), part.vpc.as_str()));
    let mut things = groups.chain(parts);
    let listed = things.find(|(id, _)| *id == member.id);
    let attached = member.id.split_once('|');
    let attached = attached.filter(|_| member.kind == ATTACHMENT);
    let vpc = listed.or(attached).map(|(_, vpc)| vpc)?;
    facts.vpcs().iter().find(|it| it.id == vpc)
}

/// Whether a stack takes a gateway off its VPC before that goes: then the gateway does not hold it.
fn is_taken_off(facts: &Facts, part: &NetworkPart) -> bool {
    let is_attached = matches!(part.kind, PartKind::InternetGateway | PartKind::VpnGateway);
    let start = if part.kind == PartKind::VpnGateway {
        "VGW"
    } else {
        "IGW"
    };
    let attachment = format!("{start}|{}", part.vpc);
    let goes =
        |member: &Member| member.kind == ATTACHMENT && member.id == attachment && !member.retained;
    is_attached && present_member(facts, goes).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::{assemble, facts_of};
    use crate::decide::Intent;
    use crate::facts::{SecurityGroup, Tags};
    use crate::reading::Reading;

    const VPC: &str = "AWS::EC2::VPC";
    const GROUP: &str = "AWS::EC2::SecurityGroup";
    const SUBNET: &str = "AWS::EC2::Subnet";
    const GATEWAY: &str = "AWS::EC2::InternetGateway";

    fn part(kind: PartKind, id: &str) -> NetworkPart {
        NetworkPart {
            kind,
            id: id.to_owned(),
            vpc: "vpc-1".to_owned(),
            name: None,
            tags: Tags::new(),
            status: None,
        }
    }

    fn group(id: &str, vpc: &str) -> SecurityGroup {
        SecurityGroup {
            id: id.to_owned(),
            vpc: vpc.to_owned(),
            ..SecurityGroup::default()
        }
    }

    /// Whether the stack of a VPC is held by what its template wants kept, where it has these members: each with its type, its
    /// id, and whether it is to be kept.
    fn is_held(members: &[(&str, &str, bool)]) -> bool {
        let members = members.iter().map(|(kind, id, retained)| Member {
            kind: (*kind).to_owned(),
            id: (*id).to_owned(),
            retained: *retained,
            ..Member::default()
        });
        let mut facts = Facts {
            security_groups: Reading::Known(vec![
                group("sg-1", "vpc-1"),
                group("sg-2", "vpc-theirs"),
            ]),
            network_parts: Reading::Known(vec![
                part(PartKind::Subnet, "subnet-1"),
                part(PartKind::InternetGateway, "igw-1"),
            ]),
            ..facts_of(Stack {
                arn: "arn:demo-network".into(),
                members: members.collect(),
                ..Stack::default()
            })
        };
        if let Reading::Known(stacks) = &mut facts.stacks {
            stacks.vpcs = vec![Vpc {
                id: "vpc-1".to_owned(),
                stack: "arn:demo-network".into(),
                ..Vpc::default()
            }];
        }
        let world = assemble(&facts, &Intent::default());
        let stack = ResourceId::new(Kind::Stack, "arn:demo-network");
        let mut holders = world.holders(&stack);
        holders.any(|holder| holder.id.kind == Kind::Retained)
    }

    #[test]
    fn what_is_kept_of_a_network_holds_the_stack_of_a_vpc_that_goes() {
        for (kind, id) in [(GROUP, "sg-1"), (SUBNET, "subnet-1"), (GATEWAY, "igw-1")] {
            assert!(is_held(&[(VPC, "vpc-1", false), (kind, id, true)]), "{id}");
            assert!(!is_held(&[(VPC, "vpc-1", true), (kind, id, true)]), "{id}");
            assert!(
                !is_held(&[(VPC, "vpc-1", false), (kind, id, false)]),
                "{id}"
            );
        }
        assert!(!is_held(&[(VPC, "vpc-1", false), (GROUP, "sg-2", true)]));
    }

    #[test]
    fn a_kept_gateway_holds_nothing_where_its_attachment_goes() {
        for retained in [false, true] {
            let members = [
                (VPC, "vpc-1", false),
                (GATEWAY, "igw-1", true),
                (ATTACHMENT, "IGW|vpc-1", retained),
            ];
            assert_eq!(is_held(&members), retained);
        }
        let members = [
            (VPC, "vpc-1", false),
            (GATEWAY, "igw-1", false),
            (ATTACHMENT, "IGW|vpc-1", true),
        ];
        assert!(is_held(&members));
    }
}
