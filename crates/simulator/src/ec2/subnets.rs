//! Subnets.

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::meta::Meta;
use crate::error::ServiceError;
use crate::world::{Place, World};

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::Subnet";

/// A subnet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subnet {
    pub id: String,
    pub vpc_id: String,
    pub cidr: Ipv4Net,
    pub zone_name: String,
    pub zone_id: String,
    pub map_public_ip: bool,
    /// Whether it is the default VPC's subnet of its zone.
    pub default: bool,
    pub meta: Meta,
}

/// Where a subnet lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SubnetView {
    pub vpc_id: String,
    pub zone_name: String,
    pub zone_id: String,
}

/// Where a subnet lies, or nothing where there is no such subnet.
pub(crate) fn find(world: &mut World, place: &Place, subnet_id: &str) -> Option<SubnetView> {
    let subnet = world.region(place).ec2.subnets.get(subnet_id)?;
    Some(SubnetView {
        vpc_id: subnet.vpc_id.clone(),
        zone_name: subnet.zone_name.clone(),
        zone_id: subnet.zone_id.clone(),
    })
}

/// Section 2.1.
pub(crate) fn not_found(id: &str) -> ServiceError {
    ServiceError::new(
        "InvalidSubnetID.NotFound",
        format!("The subnet ID '{id}' does not exist"),
    )
}
