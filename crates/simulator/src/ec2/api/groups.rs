//! Actions on security groups.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{rules, tag_set};
use crate::consistency::Lags;
use crate::ec2::groups::{self, Direction, Group, NewGroup, Peer};
use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::ec2::rules::Rule;
use crate::ec2::tags::{self, Specification};
use crate::ec2::{State, arn};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call, Place};

impl Listed for Group {
    const FILTERS: Filters<Self> = &[
        ("description", |group| one(&group.description)),
        ("egress.ip-permission.cidr", |group| {
            blocks(group, Direction::Egress)
        }),
        ("egress.ip-permission.group-id", |group| {
            peers(group, Direction::Egress)
        }),
        ("group-id", |group| one(&group.id)),
        ("group-name", |group| one(&group.name)),
        ("ip-permission.cidr", |group| {
            blocks(group, Direction::Ingress)
        }),
        ("ip-permission.group-id", |group| {
            peers(group, Direction::Ingress)
        }),
        ("owner-id", |_| one(crate::service::ACCOUNT)),
        ("vpc-id", |group| one(&group.vpc_id)),
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.meta.tags)
    }
}

/// The blocks of IPv4 addresses that a group's rules name.
fn blocks(group: &Group, direction: Direction) -> Vec<String> {
    let rules = group
        .rules
        .values()
        .filter(|rule| rule.direction == direction);
    rules
        .filter_map(|rule| match &rule.peer {
            Peer::Cidr(cidr) if !cidr.contains(':') => Some(cidr.clone()),
            Peer::Cidr(_) | Peer::Group(_) | Peer::PrefixList(_) => None,
        })
        .collect()
}

/// The groups that a group's rules name.
fn peers(group: &Group, direction: Direction) -> Vec<String> {
    let rules = group
        .rules
        .values()
        .filter(|rule| rule.direction == direction);
    rules
        .filter_map(|rule| match &rule.peer {
            Peer::Group(id) => Some(id.clone()),
            Peer::Cidr(_) | Peer::PrefixList(_) => None,
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    group_name: String,
    group_description: String,
    #[serde(default)]
    vpc_id: Option<String>,
    #[serde(default)]
    tag_specification: Vec<Specification>,
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    let tags = tags::specified(asked.tag_specification, "security-group")?;
    let default = call
        .region()
        .ec2
        .vpcs
        .values()
        .find(|vpc| vpc.default)
        .map(|vpc| vpc.id.clone());
    let new = NewGroup {
        name: asked.group_name.clone(),
        group_name: asked.group_name,
        description: asked.group_description,
        vpc_id: asked.vpc_id.or(default).unwrap_or_default(),
        tags: tags.clone(),
        open_egress: true,
    };
    let id = groups::create(call.world, &call.place, new)?;
    call.touch(&id);
    let arn = Element::text("securityGroupArn", arn(&call.place, "security-group", &id));
    Ok(Output::Xml(vec![
        Element::text("groupId", id),
        arn,
        tag_set(&tags),
    ]))
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "GroupId")?;
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let items = query.seen(&state.views.groups, &state.groups, lags);
    let page = query.page(call, items, groups::not_found)?;
    Ok(Output::Xml(page.elements("securityGroupInfo", |group| {
        members(group, &call.place)
    })))
}

fn members(group: &Group, place: &Place) -> Vec<Element> {
    vec![
        Element::text("groupId", &group.id),
        Element::text("securityGroupArn", arn(place, "security-group", &group.id)),
        Element::text("groupName", &group.name),
        Element::text("groupDescription", &group.description),
        Element::text("vpcId", &group.vpc_id),
        Element::text("ownerId", &place.account),
        permissions("ipPermissions", group, Direction::Ingress, place),
        permissions("ipPermissionsEgress", group, Direction::Egress, place),
        tag_set(&group.meta.tags),
    ]
}

/// The rules of a direction, those of one protocol and range together.
fn permissions(name: &str, group: &Group, direction: Direction, place: &Place) -> Element {
    let mut ranges: BTreeMap<_, Vec<&Rule>> = BTreeMap::new();
    for rule in group
        .rules
        .values()
        .filter(|rule| rule.direction == direction)
    {
        ranges
            .entry((&rule.protocol, rule.from_port, rule.to_port))
            .or_default()
            .push(rule);
    }
    Element::list(
        name,
        "item",
        ranges
            .values()
            .map(|together| rules::permission(together, place)),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    group_id: String,
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Delete = input.parse()?;
    groups::delete(call.world, &call.place, &asked.group_id)?;
    Ok(Output::Xml(vec![
        Element::text("return", true),
        Element::text("groupId", asked.group_id),
    ]))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct References {
    group_id: Vec<String>,
}

/// References from peered VPCs, of which there are none; unknown groups are refused all the same.
pub(super) fn references(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: References = input.parse()?;
    let state: &State = &call.region().ec2;
    for id in &asked.group_id {
        state.group(id)?;
    }
    Ok(Output::Xml(vec![Element::new("securityGroupReferenceSet")]))
}
