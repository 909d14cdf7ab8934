//! What every account has in every region: a default VPC with its parts.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::gateways::Gateway;
use super::groups::{self, Direction, Group, NewRule, Peer};
use super::meta::Meta;
use super::network_acls::NetworkAcl;
use super::route_tables::{Association, RouteTable};
use super::routes::{Destination, Route, Target};
use super::rules::Rule;
use super::subnets::Subnet;
use super::vpcs::Vpc;
use super::{State, zones};
use crate::draw;
use crate::world::Place;

/// Ids of things that nobody made.
struct Ids<'a> {
    seed: u64,
    place: &'a Place,
}

impl Ids<'_> {
    fn id(&self, prefix: &str, name: &str) -> String {
        let parts = [
            "account",
            &self.place.account,
            &self.place.region,
            prefix,
            name,
        ];
        format!("{prefix}{}", draw::hex(self.seed, &parts, 17))
    }
}

impl State {
    /// What a region has before anybody did anything there.
    pub fn of_new_account(seed: u64, place: &Place) -> Self {
        let ids = Ids { seed, place };
        let mut state = Self::default();
        let vpc = vpc(&ids);
        let gateway = Gateway {
            id: ids.id("igw-", ""),
            vpc_id: Some(vpc.id.clone()),
            meta: Meta::of_account(),
        };
        let mut acl = NetworkAcl::of_vpc(ids.id("acl-", ""), &vpc.id, Meta::of_account());
        for subnet in subnets(&ids, &vpc) {
            acl.associations
                .insert(subnet.id.clone(), ids.id("aclassoc-", &subnet.id));
            state.subnets.insert(subnet.id.clone(), subnet);
        }
        state.network_acls.insert(acl.id.clone(), acl);
        let table = main_table(&ids, &vpc.id, &gateway.id);
        state.route_tables.insert(table.id.clone(), table);
        let group = default_group(&ids, &vpc.id);
        state.groups.insert(group.id.clone(), group);
        state.gateways.insert(gateway.id.clone(), gateway);
        state.vpcs.insert(vpc.id.clone(), vpc);
        state
    }
}

fn vpc(ids: &Ids<'_>) -> Vpc {
    Vpc {
        id: ids.id("vpc-", ""),
        cidr: block(Ipv4Addr::new(172, 31, 0, 0), 16),
        tenancy: "default".to_owned(),
        dns_support: true,
        dns_hostnames: true,
        default: true,
        lingering_names: BTreeMap::new(),
        meta: Meta::of_account(),
    }
}

/// One of 4,096 addresses in each zone.
fn subnets(ids: &Ids<'_>, vpc: &Vpc) -> Vec<Subnet> {
    let zones = zones::of(ids.place)
        .into_iter()
        .filter(|zone| zone.opted_in);
    (0..)
        .zip(zones)
        .map(|(n, zone): (u8, _)| Subnet {
            id: ids.id("subnet-", &zone.name),
            vpc_id: vpc.id.clone(),
            cidr: block(Ipv4Addr::new(172, 31, n * 16, 0), 20),
            zone_name: zone.name,
            zone_id: zone.id,
            map_public_ip: true,
            default: true,
            meta: Meta::of_account(),
        })
        .collect()
}

fn main_table(ids: &Ids<'_>, vpc_id: &str, gateway_id: &str) -> RouteTable {
    let outward = Route {
        destination: Destination::Cidr("0.0.0.0/0".to_owned()),
        target: Target::InternetGateway(gateway_id.to_owned()),
    };
    RouteTable {
        id: ids.id("rtb-", ""),
        vpc_id: vpc_id.to_owned(),
        routes: vec![outward],
        associations: vec![Association {
            id: ids.id("rtbassoc-", ""),
            subnet_id: None,
        }],
        meta: Meta::of_account(),
    }
}

fn default_group(ids: &Ids<'_>, vpc_id: &str) -> Group {
    let id = ids.id("sg-", "");
    let rules = default_rules(&id, |name| ids.id("sgr-", name));
    Group {
        name: "default".to_owned(),
        description: "default VPC security group".to_owned(),
        vpc_id: vpc_id.to_owned(),
        rules: rules
            .into_iter()
            .map(|rule| (rule.id.clone(), rule))
            .collect(),
        held_until: None,
        associations: BTreeMap::new(),
        meta: Meta::of_account(),
        id,
    }
}

/// The rules of a VPC's default group: everything among its members, and everything out.
pub(crate) fn default_rules(group_id: &str, mut rule_id: impl FnMut(&str) -> String) -> [Rule; 2] {
    let among = NewRule {
        peer: Peer::Group(group_id.to_owned()),
        ..groups::everything_out()
    };
    let mut rule = |direction, name, new: NewRule| Rule {
        id: rule_id(name),
        group_id: group_id.to_owned(),
        direction,
        protocol: new.protocol,
        from_port: None,
        to_port: None,
        peer: new.peer,
        description: None,
        meta: Meta::default(),
    };
    [
        rule(Direction::Ingress, "ingress", among),
        rule(Direction::Egress, "egress", groups::everything_out()),
    ]
}

/// A block of addresses that is known to be one.
fn block(address: Ipv4Addr, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(address, prefix)
}
