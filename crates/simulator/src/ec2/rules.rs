//! Rules of security groups, each a resource with an id of its own.

use serde::{Deserialize, Serialize};

use super::meta::Meta;

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
    /// `tcp`, `udp`, `icmp`, a number, or `-1` for all.
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
    /// The same rule in EC2's own words: names for numbers, no ports where the protocol is "all".
    #[must_use]
    pub(crate) fn normalized(mut self) -> Self {
        let lower = self.protocol.to_lowercase();
        self.protocol = match lower.as_str() {
            "1" => "icmp".to_owned(),
            "6" => "tcp".to_owned(),
            "17" => "udp".to_owned(),
            "58" => "icmpv6".to_owned(),
            "all" => "-1".to_owned(),
            _ => lower,
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
