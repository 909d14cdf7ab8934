//! `AWS::EC2::SecurityGroupIngress` and `SecurityGroupEgress`, and the inline form of the same rules.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloudformation::resource::Request;
use crate::ec2::groups::{Direction, NewRule, Peer};
use crate::ec2::rules;
use crate::error::ServiceError;
use crate::steps::{AtOnce, Steps};
use crate::world::{Place, World};

/// A rule without its group, as a group's own properties have it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Inline {
    ip_protocol: String,
    #[serde(default)]
    from_port: Option<i32>,
    #[serde(default)]
    to_port: Option<i32>,
    #[serde(default)]
    cidr_ip: Option<String>,
    #[serde(default)]
    cidr_ipv6: Option<String>,
    #[serde(default)]
    source_security_group_id: Option<String>,
    #[serde(default)]
    source_prefix_list_id: Option<String>,
    #[serde(default)]
    destination_security_group_id: Option<String>,
    #[serde(default)]
    destination_prefix_list_id: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

/// A rule with its group, as a resource of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Properties {
    group_id: String,
    ip_protocol: String,
    #[serde(default)]
    from_port: Option<i32>,
    #[serde(default)]
    to_port: Option<i32>,
    #[serde(default)]
    cidr_ip: Option<String>,
    #[serde(default)]
    cidr_ipv6: Option<String>,
    #[serde(default)]
    source_security_group_id: Option<String>,
    #[serde(default)]
    source_prefix_list_id: Option<String>,
    #[serde(default)]
    destination_security_group_id: Option<String>,
    #[serde(default)]
    destination_prefix_list_id: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

impl Inline {
    /// The rule in EC2's terms.
    pub(super) fn rule(self, direction: Direction) -> Result<NewRule, ServiceError> {
        let source = (self.source_security_group_id, self.source_prefix_list_id);
        let destination = (
            self.destination_security_group_id,
            self.destination_prefix_list_id,
        );
        let ((group, list), other) = match direction {
            Direction::Ingress => (source, destination),
            Direction::Egress => (destination, source),
        };
        if other.0.is_some() || other.1.is_some() {
            let text = "Ingress rules have a source and egress rules a destination";
            return Err(ServiceError::new("InvalidParameterCombination", text));
        }
        let peers = [
            self.cidr_ip.map(Peer::Cidr),
            self.cidr_ipv6.map(Peer::Cidr),
            group.map(Peer::Group),
            list.map(Peer::PrefixList),
        ];
        let mut peers = peers.into_iter().flatten();
        let (Some(peer), None) = (peers.next(), peers.next()) else {
            let text =
                "A rule must have exactly one of a CIDR block, a security group and a prefix list";
            return Err(ServiceError::new("InvalidParameterCombination", text));
        };
        let rule = NewRule {
            protocol: self.ip_protocol,
            from_port: self.from_port,
            to_port: self.to_port,
            peer,
            description: self.description,
        };
        Ok(rule.normalized())
    }
}

impl Properties {
    fn split(self) -> (String, Inline) {
        let inline = Inline {
            ip_protocol: self.ip_protocol,
            from_port: self.from_port,
            to_port: self.to_port,
            cidr_ip: self.cidr_ip,
            cidr_ipv6: self.cidr_ipv6,
            source_security_group_id: self.source_security_group_id,
            source_prefix_list_id: self.source_prefix_list_id,
            destination_security_group_id: self.destination_security_group_id,
            destination_prefix_list_id: self.destination_prefix_list_id,
            description: self.description,
        };
        (self.group_id, inline)
    }
}

fn make(
    world: &mut World,
    request: &Request<'_>,
    properties: Properties,
    direction: Direction,
) -> Result<String, ServiceError> {
    let (group, inline) = properties.split();
    let ids = rules::authorize(
        world,
        request.place,
        &group,
        direction,
        vec![inline.rule(direction)?],
    )?;
    Ok(ids.into_iter().next().unwrap_or_default())
}

/// Only the description can change in place.
fn change(world: &mut World, id: &str, place: &Place, new: Properties) -> Result<(), ServiceError> {
    let state = &mut world.region(place).ec2;
    let rule = state.rule_mut(id).ok_or_else(|| rules::not_found(id))?;
    rule.description = new.description;
    state.group_mut(&new.group_id)?.meta.changed();
    Ok(())
}

fn remove(
    world: &mut World,
    place: &Place,
    id: &str,
    group_id: &str,
    direction: Direction,
) -> Result<(), ServiceError> {
    rules::revoke_ids(
        &mut world.region(place).ec2,
        group_id,
        direction,
        &[id.to_owned()],
    )
    .map(|_rules| ())
}

macro_rules! handlers {
    ($($name:ident $direction:ident $type:literal $create_only:expr;)*) => {$(
        pub(super) struct $name;

        impl AtOnce for $name {
            type Properties = Properties;
            const NAME: &'static str = $type;
            const CREATE_ONLY: &'static [&'static str] = $create_only;
            const ATTRIBUTES: &'static [&'static str] = &["Id"];
            const SERVICE: &'static str = "Ec2";

            fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
                &mut world.region(place).ec2.steps
            }

            fn make(world: &mut World, request: &Request<'_>, new: Properties) -> Result<String, ServiceError> {
                make(world, request, new, Direction::$direction)
            }

            fn change(
                world: &mut World,
                id: &str,
                _old: Properties,
                request: &Request<'_>,
                new: Properties,
            ) -> Result<(), ServiceError> {
                change(world, id, request.place, new)
            }

            fn remove(world: &mut World, place: &Place, id: &str, old: Properties) -> Result<(), ServiceError> {
                remove(world, place, id, &old.group_id, Direction::$direction)
            }

            fn value(_world: &mut World, _place: &Place, id: &str, name: &str) -> Option<Value> {
                (name == "Id").then(|| json!(id))
            }
        }
    )*};
}

handlers! {
    Ingress Ingress "AWS::EC2::SecurityGroupIngress" &[
        "CidrIp", "CidrIpv6", "FromPort", "GroupId", "IpProtocol", "SourcePrefixListId", "SourceSecurityGroupId", "ToPort",
    ];
    Egress Egress "AWS::EC2::SecurityGroupEgress" &[
        "CidrIp", "CidrIpv6", "DestinationPrefixListId", "DestinationSecurityGroupId", "FromPort", "GroupId", "IpProtocol",
        "ToPort",
    ];
}
