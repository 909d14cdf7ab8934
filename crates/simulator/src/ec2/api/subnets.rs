//! Actions on subnets.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Attribute, done, mint_name, tag_set};
use crate::consistency::Lags;
use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::ec2::subnets::{self, NewSubnet, Subnet};
use crate::ec2::tags::{self, Specification};
use crate::ec2::{State, addresses, arn};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call, Place};

impl Listed for Subnet {
    const FILTERS: Filters<Self> = &[
        ("availability-zone", |subnet| one(&subnet.zone_name)),
        ("availabilityZone", |subnet| one(&subnet.zone_name)),
        ("availability-zone-id", |subnet| one(&subnet.zone_id)),
        ("cidr-block", |subnet| one(subnet.cidr)),
        ("cidr", |subnet| one(subnet.cidr)),
        ("default-for-az", |subnet| one(subnet.default)),
        (
            "map-public-ip-on-launch",
            |subnet| one(subnet.map_public_ip),
        ),
        ("owner-id", |_| one(crate::service::ACCOUNT)),
        ("state", |_| one("available")),
        ("subnet-id", |subnet| one(&subnet.id)),
        ("vpc-id", |subnet| one(&subnet.vpc_id)),
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.meta.tags)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    vpc_id: String,
    cidr_block: String,
    #[serde(default)]
    availability_zone: Option<String>,
    #[serde(default)]
    availability_zone_id: Option<String>,
    #[serde(default)]
    tag_specification: Vec<Specification>,
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    let tags = tags::specified(asked.tag_specification, "subnet")?;
    let new = NewSubnet {
        name: mint_name(&tags),
        vpc_id: asked.vpc_id,
        cidr: asked.cidr_block,
        zone_name: asked.availability_zone,
        zone_id: asked.availability_zone_id,
        map_public_ip: false,
        tags,
    };
    let id = subnets::create(call.world, &call.place, new)?;
    call.touch(&id);
    let place = call.place.clone();
    let state = &call.region().ec2;
    let members = members(state.subnet(&id)?, &used(state), &place);
    Ok(Output::Xml(vec![Element::new("subnet").children(members)]))
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "SubnetId")?;
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let used = used(state);
    let items = query.seen(&state.views.subnets, &state.subnets, lags);
    let page = query.page(call, items, subnets::not_found)?;
    Ok(Output::Xml(page.elements("subnetSet", |subnet| {
        members(subnet, &used, &call.place)
    })))
}

/// How many addresses of each subnet are in use.
fn used(state: &State) -> BTreeMap<String, usize> {
    let mut used = BTreeMap::new();
    for interface in state.interfaces.values() {
        *used.entry(interface.subnet_id.clone()).or_default() += 1;
    }
    used
}

fn members(subnet: &Subnet, used: &BTreeMap<String, usize>, place: &Place) -> Vec<Element> {
    let left = addresses::left(
        subnet.cidr,
        used.get(&subnet.id).copied().unwrap_or_default(),
    );
    vec![
        Element::text("subnetId", &subnet.id),
        Element::text("subnetArn", arn(place, "subnet", &subnet.id)),
        Element::text("ownerId", &place.account),
        Element::text("state", "available"),
        Element::text("vpcId", &subnet.vpc_id),
        Element::text("cidrBlock", subnet.cidr),
        Element::text("availableIpAddressCount", left),
        Element::text("availabilityZone", &subnet.zone_name),
        Element::text("availabilityZoneId", &subnet.zone_id),
        Element::text("defaultForAz", subnet.default),
        Element::text("mapPublicIpOnLaunch", subnet.map_public_ip),
        Element::text("assignIpv6AddressOnCreation", false),
        tag_set(&subnet.meta.tags),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    subnet_id: String,
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Delete = input.parse()?;
    subnets::delete(&mut call.region().ec2, &asked.subnet_id)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Modify {
    subnet_id: String,
    map_public_ip_on_launch: Attribute<bool>,
}

pub(super) fn modify(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Modify = input.parse()?;
    subnets::set_map_public_ip(
        &mut call.region().ec2,
        &asked.subnet_id,
        asked.map_public_ip_on_launch.value,
    )?;
    Ok(done())
}
