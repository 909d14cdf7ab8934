//! Actions on the rules of security groups.

use serde::Deserialize;

use super::tag_set;
use crate::consistency::Lags;
use crate::ec2::arn;
use crate::ec2::groups::{Direction, NewRule, Peer};
use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::ec2::rules::{self, Rule};
use crate::ec2::tags::{self, Specification};
use crate::error::ServiceError;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call, Place};

impl Listed for Rule {
    const FILTERS: Filters<Self> = &[
        ("group-id", |rule| one(&rule.group_id)),
        ("security-group-rule-id", |rule| one(&rule.id)),
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.meta.tags)
    }
}

/// `IpPermissions.N`: rules of one protocol and range.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Permission {
    ip_protocol: String,
    #[serde(default)]
    from_port: Option<i32>,
    #[serde(default)]
    to_port: Option<i32>,
    #[serde(default)]
    groups: Vec<GroupPeer>,
    #[serde(default)]
    ip_ranges: Vec<Range>,
    #[serde(default)]
    ipv6_ranges: Vec<Range6>,
    #[serde(default)]
    prefix_list_ids: Vec<ListPeer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GroupPeer {
    group_id: String,
    #[serde(default, rename = "UserId")]
    _user_id: Option<String>,
    #[serde(default, rename = "VpcId")]
    _vpc_id: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Range {
    cidr_ip: String,
    #[serde(default)]
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Range6 {
    cidr_ipv6: String,
    #[serde(default)]
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListPeer {
    prefix_list_id: String,
    #[serde(default)]
    description: Option<String>,
}

impl Permission {
    fn rules(self) -> Vec<NewRule> {
        let groups = self
            .groups
            .into_iter()
            .map(|it| (Peer::Group(it.group_id), it.description));
        let ranges = self
            .ip_ranges
            .into_iter()
            .map(|it| (Peer::Cidr(it.cidr_ip), it.description));
        let ranges6 = self
            .ipv6_ranges
            .into_iter()
            .map(|it| (Peer::Cidr(it.cidr_ipv6), it.description));
        let lists = self
            .prefix_list_ids
            .into_iter()
            .map(|it| (Peer::PrefixList(it.prefix_list_id), it.description));
        let peers = groups.chain(ranges).chain(ranges6).chain(lists);
        peers
            .map(|(peer, description)| NewRule {
                protocol: self.ip_protocol.clone(),
                from_port: self.from_port,
                to_port: self.to_port,
                peer,
                description,
            })
            .collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Authorize {
    group_id: String,
    #[serde(default)]
    ip_permissions: Vec<Permission>,
    #[serde(default)]
    tag_specification: Vec<Specification>,
    /// The older form of one rule for one range of addresses.
    #[serde(default)]
    ip_protocol: Option<String>,
    #[serde(default)]
    from_port: Option<i32>,
    #[serde(default)]
    to_port: Option<i32>,
    #[serde(default)]
    cidr_ip: Option<String>,
}

pub(super) fn authorize(call: &mut Call<'_>, input: &Input, direction: Direction) -> Answered {
    let asked: Authorize = input.parse()?;
    let tags = tags::specified(asked.tag_specification, "security-group-rule")?;
    let mut new: Vec<NewRule> = asked
        .ip_permissions
        .into_iter()
        .flat_map(Permission::rules)
        .collect();
    if let (Some(protocol), Some(cidr)) = (asked.ip_protocol, asked.cidr_ip) {
        let (from_port, to_port) = (asked.from_port, asked.to_port);
        new.push(NewRule {
            protocol,
            from_port,
            to_port,
            peer: Peer::Cidr(cidr),
            description: None,
        });
    }
    if new.is_empty() {
        return Err(nothing_named());
    }
    let ids = rules::authorize_tagged(
        call.world,
        &call.place,
        &asked.group_id,
        direction,
        new,
        &tags,
    )?;
    for id in &ids {
        call.touch(id);
    }
    let place = call.place.clone();
    let group = call.region().ec2.group(&asked.group_id)?;
    let made = ids
        .iter()
        .filter_map(|id| group.rules.get(id))
        .map(|rule| members(rule, &place));
    Ok(Output::Xml(vec![
        Element::text("return", true),
        Element::list("securityGroupRuleSet", "item", made),
    ]))
}

fn nothing_named() -> ServiceError {
    ServiceError::new(
        "MissingParameter",
        "The request must contain the parameter ipPermissions",
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Revoke {
    group_id: String,
    #[serde(default)]
    ip_permissions: Vec<Permission>,
    #[serde(default)]
    security_group_rule_id: Vec<String>,
}

pub(super) fn revoke(call: &mut Call<'_>, input: &Input, direction: Direction) -> Answered {
    let asked: Revoke = input.parse()?;
    let named: Vec<NewRule> = asked
        .ip_permissions
        .into_iter()
        .flat_map(Permission::rules)
        .collect();
    let state = &mut call.region().ec2;
    let gone = match (named.is_empty(), asked.security_group_rule_id.is_empty()) {
        (false, true) => rules::revoke(state, &asked.group_id, direction, named)?,
        (true, false) => rules::revoke_ids(
            state,
            &asked.group_id,
            direction,
            &asked.security_group_rule_id,
        )?,
        (true, true) => return Err(nothing_named()),
        (false, false) => {
            let text =
                "The parameters ipPermissions and securityGroupRuleId may not be used together";
            return Err(ServiceError::new("InvalidParameterCombination", text));
        }
    };
    let gone = gone.iter().map(revoked);
    Ok(Output::Xml(vec![
        Element::text("return", true),
        Element::list("revokedSecurityGroupRuleSet", "item", gone),
    ]))
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "SecurityGroupRuleId")?;
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let groups = query.seen(&state.views.groups, &state.groups, lags);
    let items = groups
        .into_iter()
        .flat_map(|group| group.rules.into_values())
        .collect();
    let page = query.page(call, sorted(items), rules::not_found)?;
    Ok(Output::Xml(page.elements("securityGroupRuleSet", |rule| {
        members(rule, &call.place)
    })))
}

fn sorted(mut rules: Vec<Rule>) -> Vec<Rule> {
    rules.sort_by(|one, other| one.id.cmp(&other.id));
    rules
}

/// Members that all answers about one rule have.
fn core(rule: &Rule) -> Vec<Element> {
    let mut members = vec![
        Element::text("securityGroupRuleId", &rule.id),
        Element::text("groupId", &rule.group_id),
        Element::text("isEgress", rule.direction == Direction::Egress),
        Element::text("ipProtocol", &rule.protocol),
        Element::text("fromPort", rule.from_port.unwrap_or(-1)),
        Element::text("toPort", rule.to_port.unwrap_or(-1)),
    ];
    match &rule.peer {
        Peer::Cidr(cidr) if cidr.contains(':') => members.push(Element::text("cidrIpv6", cidr)),
        Peer::Cidr(cidr) => members.push(Element::text("cidrIpv4", cidr)),
        Peer::PrefixList(id) => members.push(Element::text("prefixListId", id)),
        Peer::Group(_) => {}
    }
    members.extend(Element::optional("description", rule.description.as_ref()));
    members
}

fn members(rule: &Rule, place: &Place) -> Vec<Element> {
    let mut members = core(rule);
    members.push(Element::text("groupOwnerId", &place.account));
    members.push(Element::text(
        "securityGroupRuleArn",
        arn(place, "security-group-rule", &rule.id),
    ));
    if let Peer::Group(id) = &rule.peer {
        let peer = [
            Element::text("groupId", id),
            Element::text("userId", &place.account),
        ];
        members.push(Element::new("referencedGroupInfo").children(peer));
    }
    members.push(tag_set(&rule.meta.tags));
    members
}

fn revoked(rule: &Rule) -> Vec<Element> {
    let mut members = core(rule);
    if let Peer::Group(id) = &rule.peer {
        members.push(Element::text("referencedGroupId", id));
    }
    members
}

/// Rules of one protocol and range, in the form of DescribeSecurityGroups.
pub(super) fn permission(rules: &[&Rule], place: &Place) -> Vec<Element> {
    let Some(first) = rules.first() else {
        return Vec::new();
    };
    let peers = |name: &str, member: fn(&Rule, &Place) -> Option<Vec<Element>>| {
        let items = rules.iter().filter_map(|rule| {
            let mut members = member(rule, place)?;
            members.extend(Element::optional("description", rule.description.as_ref()));
            Some(members)
        });
        Element::list(name, "item", items.collect::<Vec<_>>())
    };
    let mut members = vec![Element::text("ipProtocol", &first.protocol)];
    members.extend(Element::optional("fromPort", first.from_port.as_ref()));
    members.extend(Element::optional("toPort", first.to_port.as_ref()));
    members.push(peers("groups", group_peer));
    members.push(peers("ipRanges", |rule, _| {
        range_peer(rule, "cidrIp", false)
    }));
    members.push(peers("ipv6Ranges", |rule, _| {
        range_peer(rule, "cidrIpv6", true)
    }));
    members.push(peers("prefixListIds", |rule, _| list_peer(rule)));
    members
}

fn group_peer(rule: &Rule, place: &Place) -> Option<Vec<Element>> {
    let Peer::Group(id) = &rule.peer else {
        return None;
    };
    Some(vec![
        Element::text("userId", &place.account),
        Element::text("groupId", id),
    ])
}

fn range_peer(rule: &Rule, name: &str, six: bool) -> Option<Vec<Element>> {
    match &rule.peer {
        Peer::Cidr(cidr) if cidr.contains(':') == six => Some(vec![Element::text(name, cidr)]),
        Peer::Cidr(_) | Peer::Group(_) | Peer::PrefixList(_) => None,
    }
}

fn list_peer(rule: &Rule) -> Option<Vec<Element>> {
    let Peer::PrefixList(id) = &rule.peer else {
        return None;
    };
    Some(vec![Element::text("prefixListId", id)])
}
