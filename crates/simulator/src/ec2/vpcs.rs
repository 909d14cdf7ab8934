//! VPCs.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::meta::Meta;
use crate::time::SimTime;

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::VPC";

/// A VPC.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Vpc {
    pub id: String,
    pub cidr: Ipv4Net,
    /// `default` or `dedicated`.
    pub tenancy: String,
    pub dns_support: bool,
    pub dns_hostnames: bool,
    /// Whether it is the region's default VPC.
    pub default: bool,
    /// Private DNS names of deleted endpoints, which still conflict until then (section 2.3).
    pub lingering_names: BTreeMap<String, SimTime>,
    pub meta: Meta,
}
