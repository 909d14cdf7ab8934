//! VPCs.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::groups::{self, Group};
use super::meta::{Meta, Tags};
use super::{State, account, cidr, limits, network_acls, route_tables};
use crate::error::ServiceError;
use crate::quotas;
use crate::switches::Switches;
use crate::time::SimTime;
use crate::world::{Place, World};

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

/// A VPC that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewVpc {
    /// Logical name, for its id.
    pub name: String,
    pub cidr: String,
    /// `default` or `dedicated`.
    pub tenancy: String,
    pub tags: Tags,
}

/// Makes a VPC with its main route table, its default group and its default network ACL.
///
/// # Errors
/// `InvalidParameterValue`, `InvalidVpc.Range`, `VpcLimitExceeded`.
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    new: NewVpc,
) -> Result<String, ServiceError> {
    let cidr = cidr::parse(&new.cidr)?;
    if !cidr::sized(cidr) {
        let text = format!("The CIDR '{}' is invalid.", new.cidr);
        return Err(ServiceError::new("InvalidVpc.Range", text));
    }
    if !["default", "dedicated"].contains(&new.tenancy.as_str()) {
        let text = format!(
            "Value ({}) for parameter instanceTenancy is invalid.",
            new.tenancy
        );
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    let most = world.quotas.limit(quotas::VPCS);
    let present = world.region(place).ec2.vpcs.len();
    limits::check(present, most, "VpcLimitExceeded", "VPCs")?;
    let id = world.mint(place, TYPE, &new.name, "vpc-", 17);
    let vpc = Vpc {
        id: id.clone(),
        cidr,
        tenancy: new.tenancy,
        dns_support: true,
        dns_hostnames: false,
        default: false,
        lingering_names: BTreeMap::new(),
        meta: Meta::new(new.tags),
    };
    world.region(place).ec2.vpcs.insert(id.clone(), vpc);
    route_tables::create_main(world, place, &id);
    create_default_group(world, place, &id);
    network_acls::create_default(world, place, &id);
    Ok(id)
}

fn create_default_group(world: &mut World, place: &Place, vpc_id: &str) {
    let id = world.mint(place, groups::TYPE, vpc_id, "sg-", 17);
    let rules = account::default_rules(&id, |name| {
        world.mint(
            place,
            "AWS::EC2::SecurityGroupRule",
            &format!("{id}/{name}"),
            "sgr-",
            17,
        )
    });
    let group = Group {
        id: id.clone(),
        name: "default".to_owned(),
        description: "default VPC security group".to_owned(),
        vpc_id: vpc_id.to_owned(),
        rules: rules
            .into_iter()
            .map(|rule| (rule.id.clone(), rule))
            .collect(),
        held_until: None,
        associations: BTreeMap::new(),
        meta: Meta::default(),
    };
    world.region(place).ec2.groups.insert(id, group);
}

/// Sets what ModifyVpcAttribute sets.
///
/// # Errors
/// `InvalidVpcID.NotFound`.
pub(crate) fn modify(
    state: &mut State,
    id: &str,
    dns_support: Option<bool>,
    dns_hostnames: Option<bool>,
) -> Result<(), ServiceError> {
    let vpc = state.vpcs.get_mut(id).ok_or_else(|| not_found(id))?;
    vpc.dns_support = dns_support.unwrap_or(vpc.dns_support);
    vpc.dns_hostnames = dns_hostnames.unwrap_or(vpc.dns_hostnames);
    vpc.meta.changed();
    Ok(())
}

/// Deletes a VPC with its main route table, its default group and its default network ACL (section 2.1).
///
/// # Errors
/// `InvalidVpcID.NotFound`, `DependencyViolation`.
pub(crate) fn delete(state: &mut State, switches: &Switches, id: &str) -> Result<(), ServiceError> {
    state.vpc(id)?;
    let associated = state
        .groups
        .values()
        .any(|group| group.associations.contains_key(id));
    let held = associated && switches.group_associations_hold_vpc;
    if held || has_dependencies(state, id) {
        let text = format!("The vpc '{id}' has dependencies and cannot be deleted.");
        return Err(ServiceError::new("DependencyViolation", text));
    }
    state.route_tables.retain(|table| table.vpc_id != id);
    state.groups.retain(|group| group.vpc_id != id);
    let associated = |group: &Group| group.associations.contains_key(id);
    for group in state.groups.filter_mut(associated) {
        group.associations.remove(id);
    }
    state.network_acls.retain(|acl| acl.vpc_id != id);
    state.vpcs.remove(id);
    Ok(())
}

fn has_dependencies(state: &State, id: &str) -> bool {
    state.subnets.values().any(|subnet| subnet.vpc_id == id)
        || state
            .groups
            .values()
            .any(|group| group.vpc_id == id && !group.is_default())
        || state
            .route_tables
            .values()
            .any(|table| table.vpc_id == id && !table.is_main())
        || state
            .gateways
            .values()
            .any(|gateway| gateway.vpc_id.as_deref() == Some(id))
        || state
            .endpoints
            .values()
            .any(|endpoint| endpoint.vpc_id == id)
        || state
            .interfaces
            .values()
            .any(|interface| interface.vpc_id == id)
        || state
            .network_acls
            .values()
            .any(|acl| acl.vpc_id == id && !acl.default)
        || state.is_held_by_vpn_gateway(id)
        || state.is_held_by_egress_only_gateway(id)
        || state.is_held_by_carrier_gateway(id)
}

/// Section 2.1.
pub(crate) fn not_found(id: &str) -> ServiceError {
    ServiceError::new(
        "InvalidVpcID.NotFound",
        format!("The vpc ID '{id}' does not exist"),
    )
}
