//! Subnets.

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::interfaces::in_subnet;
use super::meta::{Meta, Tags};
use super::zones::{self, Zone};
use super::{State, cidr, limits, network_acls};
use crate::error::ServiceError;
use crate::quotas;
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

/// A subnet that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewSubnet {
    /// Logical name, for its id.
    pub name: String,
    pub vpc_id: String,
    pub cidr: String,
    pub zone_name: Option<String>,
    pub zone_id: Option<String>,
    pub map_public_ip: bool,
    pub tags: Tags,
}

/// Makes a subnet.
///
/// # Errors
/// `InvalidVpcID.NotFound`, `InvalidParameterValue` for a block or zone that there is not, `InvalidSubnet.Range`,
/// `InvalidSubnet.Conflict`, `SubnetLimitExceeded`.
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    new: NewSubnet,
) -> Result<String, ServiceError> {
    let zone = zone(world, place, &new)?;
    let most = world.quotas.limit(quotas::SUBNETS);
    let cidr = block(&world.region(place).ec2, &new, most)?;
    let id = world.mint(place, TYPE, &new.name, "subnet-", 17);
    let vpc_id = new.vpc_id;
    let subnet = Subnet {
        id: id.clone(),
        vpc_id: vpc_id.clone(),
        cidr,
        zone_name: zone.name,
        zone_id: zone.id,
        map_public_ip: new.map_public_ip,
        default: false,
        meta: Meta::new(new.tags),
    };
    world.region(place).ec2.subnets.insert(id.clone(), subnet);
    network_acls::adopt_subnet(world, place, &vpc_id, &id);
    Ok(id)
}

fn zone(world: &World, place: &Place, new: &NewSubnet) -> Result<Zone, ServiceError> {
    let mut zones: Vec<Zone> = zones::now(world, place)
        .into_iter()
        .filter(|zone| zone.opted_in && zone.open)
        .collect();
    let names = zones
        .iter()
        .map(|zone| zone.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    zones.retain(|zone| new.zone_name.as_ref().is_none_or(|name| zone.name == *name));
    zones.retain(|zone| new.zone_id.as_ref().is_none_or(|id| zone.id == *id));
    zones.into_iter().next().ok_or_else(|| {
        let asked = new.zone_name.as_ref().or(new.zone_id.as_ref()).map_or("", String::as_str);
        let text = format!(
            "Value ({asked}) for parameter availabilityZone is invalid. Subnets can currently only be created in the \
             following availability zones: {names}."
        );
        ServiceError::new("InvalidParameterValue", text)
    })
}

fn block(state: &State, new: &NewSubnet, most: usize) -> Result<Ipv4Net, ServiceError> {
    let vpc = state.vpc(&new.vpc_id)?;
    let cidr = cidr::parse(&new.cidr)?;
    if !cidr::sized(cidr) || !vpc.cidr.contains(&cidr) {
        let text = format!("The CIDR '{}' is invalid.", new.cidr);
        return Err(ServiceError::new("InvalidSubnet.Range", text));
    }
    let siblings: Vec<&Subnet> = state
        .subnets
        .values()
        .filter(|subnet| subnet.vpc_id == new.vpc_id)
        .collect();
    if siblings
        .iter()
        .any(|subnet| cidr::overlap(subnet.cidr, cidr))
    {
        let text = format!("The CIDR '{}' conflicts with another subnet", new.cidr);
        return Err(ServiceError::new("InvalidSubnet.Conflict", text));
    }
    limits::check(siblings.len(), most, "SubnetLimitExceeded", "subnets")?;
    Ok(cidr)
}

/// Deletes a subnet, and with it its association with a route table (section 2.1).
///
/// # Errors
/// `InvalidSubnetID.NotFound`, `DependencyViolation`.
pub(crate) fn delete(state: &mut State, id: &str) -> Result<(), ServiceError> {
    state.subnet(id)?;
    let interfaces = &state.interfaces;
    let is_used = interfaces.with_key(&in_subnet(id)).next().is_some();
    if is_used {
        let text = format!("The subnet '{id}' has dependencies and cannot be deleted.");
        return Err(ServiceError::new("DependencyViolation", text));
    }
    for table in state.route_tables.filter_mut(|table| table.is_of(id)) {
        table.forget_subnet(id);
    }
    let of_subnet = |acl: &network_acls::NetworkAcl| acl.associations.contains_key(id);
    for acl in state.network_acls.filter_mut(of_subnet) {
        acl.associations.remove(id);
        acl.meta.changed();
    }
    state.subnets.remove(id);
    Ok(())
}

/// Sets whether instances get public addresses.
///
/// # Errors
/// `InvalidSubnetID.NotFound`.
pub(crate) fn set_map_public_ip(
    state: &mut State,
    id: &str,
    map: bool,
) -> Result<(), ServiceError> {
    let subnet = state.subnets.get_mut(id).ok_or_else(|| not_found(id))?;
    subnet.map_public_ip = map;
    subnet.meta.changed();
    Ok(())
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
