//! Rules of security groups, each a resource with an id of its own.

use serde::{Deserialize, Serialize};

use super::meta::{Meta, Tags};
use super::{State, limits, prefix_lists};
use crate::error::ServiceError;
use crate::quotas;
use crate::world::{Place, World};

/// Which traffic a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Direction {
    Ingress,
    Egress,
}

/// The other end of the traffic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Peer {
    /// IPv4 or IPv6.
    Cidr(String),
    Group(String),
    PrefixList(String),
}

/// A rule that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewRule {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all; in whatever way the caller says it.
    pub protocol: String,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub peer: Peer,
    pub description: Option<String>,
}

/// A rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub id: String,
    pub group_id: String,
    pub direction: Direction,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
    pub protocol: String,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub peer: Peer,
    pub description: Option<String>,
    pub meta: Meta,
}

impl Rule {
    /// Whether both say the same about the same traffic; descriptions do not count.
    pub(crate) fn equals(&self, direction: Direction, new: &NewRule) -> bool {
        self.direction == direction
            && self.protocol == new.protocol
            && (self.from_port, self.to_port) == (new.from_port, new.to_port)
            && self.peer == new.peer
    }
}

impl NewRule {
    /// The same rule in EC2's own words: names for numbers, no ports where the protocol is "all". A protocol that is none
    /// stays as it is.
    #[must_use]
    pub(crate) fn normalized(mut self) -> Self {
        let lower = self.protocol.to_lowercase();
        self.protocol = match lower.as_str() {
            "1" => "icmp".to_owned(),
            "6" => "tcp".to_owned(),
            "17" => "udp".to_owned(),
            "58" => "icmpv6".to_owned(),
            _ if is_protocol(&lower) => lower,
            _ => self.protocol,
        };
        let ports = ["tcp", "udp", "icmp", "icmpv6"].contains(&self.protocol.as_str());
        if !ports {
            (self.from_port, self.to_port) = (None, None);
        }
        self
    }

    /// `peer: sg-1, TCP, from port: 443, to port: 443, ALLOW`, as in the refusal of a duplicate (section 2.1).
    pub(crate) fn told(&self) -> String {
        let peer = match &self.peer {
            Peer::Cidr(text) | Peer::Group(text) | Peer::PrefixList(text) => text,
        };
        let protocol = if self.protocol == "-1" {
            "ALL".to_owned()
        } else {
            self.protocol.to_uppercase()
        };
        match (self.from_port, self.to_port) {
            (Some(from), Some(to)) => {
                format!("peer: {peer}, {protocol}, from port: {from}, to port: {to}, ALLOW")
            }
            _ => format!("peer: {peer}, {protocol}, ALLOW"),
        }
    }
}

/// Whether it is a protocol in EC2's own words.
fn is_protocol(word: &str) -> bool {
    ["tcp", "udp", "icmp", "icmpv6", "-1"].contains(&word) || word.parse::<u8>().is_ok()
}

/// Adds rules, all or none, and returns their ids.
///
/// # Errors
/// `InvalidGroup.NotFound` of the group or of a peer, `InvalidPrefixListID.NotFound`, `InvalidParameterValue`,
/// `InvalidPermission.Duplicate`, `RulesPerSecurityGroupLimitExceeded`.
pub(crate) fn authorize(
    world: &mut World,
    place: &Place,
    group_id: &str,
    direction: Direction,
    rules: Vec<NewRule>,
) -> Result<Vec<String>, ServiceError> {
    authorize_tagged(world, place, group_id, direction, rules, &Tags::new())
}

/// As [`authorize`], with tags for the rules.
pub(crate) fn authorize_tagged(
    world: &mut World,
    place: &Place,
    group_id: &str,
    direction: Direction,
    rules: Vec<NewRule>,
    tags: &Tags,
) -> Result<Vec<String>, ServiceError> {
    let rules: Vec<NewRule> = rules.into_iter().map(NewRule::normalized).collect();
    let most = world.quotas.limit(quotas::GROUP_RULES);
    let state = &world.region(place).ec2;
    check(state, place, group_id, direction, &rules, most)?;
    let mut ids = Vec::new();
    for new in rules {
        let id = world.mint(place, "AWS::EC2::SecurityGroupRule", group_id, "sgr-", 17);
        let rule = Rule {
            id: id.clone(),
            group_id: group_id.to_owned(),
            direction,
            protocol: new.protocol,
            from_port: new.from_port,
            to_port: new.to_port,
            peer: new.peer,
            description: new.description,
            meta: Meta::new(tags.clone()),
        };
        let group = world.region(place).ec2.group_mut(group_id)?;
        group.rules.insert(id.clone(), rule);
        group.meta.changed();
        ids.push(id);
    }
    Ok(ids)
}

fn check(
    state: &State,
    place: &Place,
    group_id: &str,
    direction: Direction,
    rules: &[NewRule],
    most: usize,
) -> Result<(), ServiceError> {
    let group = state.group(group_id)?;
    for (at, new) in rules.iter().enumerate() {
        check_one(state, place, &group.vpc_id, new)?;
        let known = group.rules.values().any(|rule| rule.equals(direction, new));
        if known || rules[..at].iter().any(|other| other.told() == new.told()) {
            let text = format!("the specified rule \"{}\" already exists", new.told());
            return Err(ServiceError::new("InvalidPermission.Duplicate", text));
        }
    }
    let present = group
        .rules
        .values()
        .filter(|rule| rule.direction == direction)
        .count();
    // As many as are asked for have to find room; to ask for none is always possible.
    let last = (present + rules.len()).saturating_sub(1);
    let code = "RulesPerSecurityGroupLimitExceeded";
    limits::check(last, most, code, "rules per security group")
}

fn check_one(
    state: &State,
    place: &Place,
    vpc_id: &str,
    new: &NewRule,
) -> Result<(), ServiceError> {
    check_protocol(&new.protocol)?;
    match &new.peer {
        Peer::Group(peer) if !state.group(peer)?.is_usable_in(vpc_id) => {
            let text = "You have specified two resources that belong to different networks.";
            return Err(ServiceError::new("InvalidGroup.NotFound", text));
        }
        Peer::Cidr(text) if text.parse::<ipnet::IpNet>().is_err() => {
            let text = format!("CIDR block {text} is malformed");
            return Err(ServiceError::new("InvalidParameterValue", text));
        }
        Peer::PrefixList(id) if !prefix_lists::exists(&place.region, id) => {
            return Err(prefix_lists::not_found(id));
        }
        Peer::Cidr(_) | Peer::Group(_) | Peer::PrefixList(_) => {}
    }
    let ranged = ["tcp", "udp"].contains(&new.protocol.as_str());
    match (new.from_port, new.to_port) {
        (Some(from), Some(to)) if ranged && (from > to || from < 0 || to > 65535) => {
            let text = format!("Invalid TCP/UDP port range ({from}:{to})");
            Err(ServiceError::new("InvalidParameterValue", text))
        }
        (None, _) | (_, None) if ranged => {
            let text =
                "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.";
            Err(ServiceError::new("InvalidParameterValue", text))
        }
        _ => Ok(()),
    }
}

/// The text is that of hashicorp/terraform-provider-aws#1793.
fn check_protocol(word: &str) -> Result<(), ServiceError> {
    if is_protocol(word) {
        return Ok(());
    }
    let text = format!("Invalid value '{word}' for IP protocol. Unknown protocol.");
    Err(ServiceError::new("InvalidParameterValue", text))
}

/// Takes rules away that say the same, all or none, and returns them.
///
/// # Errors
/// `InvalidGroup.NotFound`, `InvalidPermission.NotFound` (section 2.1).
pub(crate) fn revoke(
    state: &mut State,
    group_id: &str,
    direction: Direction,
    rules: Vec<NewRule>,
) -> Result<Vec<Rule>, ServiceError> {
    let group = state.group(group_id)?;
    let mut ids = Vec::new();
    for new in rules.into_iter().map(NewRule::normalized) {
        let Some(rule) = group
            .rules
            .values()
            .find(|rule| rule.equals(direction, &new))
        else {
            let text = "The specified rule does not exist in this security group.";
            return Err(ServiceError::new("InvalidPermission.NotFound", text));
        };
        ids.push(rule.id.clone());
    }
    revoke_ids(state, group_id, direction, &ids)
}

/// Takes rules away by their ids, all or none, and returns them.
///
/// # Errors
/// `InvalidGroup.NotFound`, `InvalidSecurityGroupRuleId.NotFound`.
pub(crate) fn revoke_ids(
    state: &mut State,
    group_id: &str,
    direction: Direction,
    ids: &[String],
) -> Result<Vec<Rule>, ServiceError> {
    let group = state.group_mut(group_id)?;
    let known = |id: &String| {
        group
            .rules
            .get(id)
            .is_some_and(|rule| rule.direction == direction)
    };
    if let Some(absent) = ids.iter().find(|id| !known(id)) {
        return Err(not_found(absent));
    }
    group.meta.changed();
    Ok(ids.iter().filter_map(|id| group.rules.remove(id)).collect())
}

impl State {
    /// A rule of any group.
    pub(crate) fn rule_mut(&mut self, id: &str) -> Option<&mut Rule> {
        let group = self.groups.find_mut(|it| it.rules.contains_key(id))?;
        group.rules.get_mut(id)
    }
}

pub(crate) fn not_found(id: &str) -> ServiceError {
    let text = format!("The security group rule ID '{id}' does not exist");
    ServiceError::new("InvalidSecurityGroupRuleId.NotFound", text)
}
