//! Network ACLs: every subnet has one, the VPC's default one unless it is given another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::meta::{Meta, Tags};
use super::{State, cidr, limits};
use crate::error::ServiceError;
use crate::quotas;
use crate::world::{Place, World};

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::NetworkAcl";

/// As CloudFormation names a subnet's use of an ACL.
pub(crate) const ASSOCIATION: &str = "AWS::EC2::SubnetNetworkAclAssociation";

/// A network ACL.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NetworkAcl {
    pub id: String,
    pub vpc_id: String,
    pub default: bool,
    /// Besides the denial of everything else.
    pub entries: Vec<Entry>,
    /// Ids of associations, by subnet.
    pub associations: BTreeMap<String, String>,
    pub meta: Meta,
}

/// An entry of an ACL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub egress: bool,
    pub number: u16,
    /// A number, or `-1` for all.
    pub protocol: String,
    pub allow: bool,
    pub cidr: String,
    pub ports: Option<(u16, u16)>,
    /// Type and code.
    pub icmp: Option<(i32, i32)>,
}

impl NetworkAcl {
    /// The ACL that a VPC comes with, which allows everything.
    pub(crate) fn of_vpc(id: String, vpc_id: &str, meta: Meta) -> Self {
        let everything = |egress| Entry {
            egress,
            number: 100,
            protocol: "-1".to_owned(),
            allow: true,
            cidr: "0.0.0.0/0".to_owned(),
            ports: None,
            icmp: None,
        };
        let entries = vec![everything(true), everything(false)];
        Self {
            id,
            vpc_id: vpc_id.to_owned(),
            default: true,
            entries,
            associations: BTreeMap::new(),
            meta,
        }
    }

    fn at(&self, egress: bool, number: u16) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| (entry.egress, entry.number) == (egress, number))
    }
}

/// Makes an ACL without entries, which denies everything.
///
/// # Errors
/// `InvalidVpcID.NotFound`, `NetworkAclLimitExceeded`.
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    name: &str,
    vpc_id: &str,
    tags: Tags,
) -> Result<String, ServiceError> {
    let most = world.quotas.limit(quotas::NETWORK_ACLS);
    let state = &world.region(place).ec2;
    state.vpc(vpc_id)?;
    let acls = state.network_acls.values();
    let present = acls.filter(|acl| acl.vpc_id == vpc_id).count();
    limits::check(present, most, "NetworkAclLimitExceeded", "network ACLs")?;
    let id = world.mint(place, TYPE, name, "acl-", 17);
    let acl = NetworkAcl {
        id: id.clone(),
        vpc_id: vpc_id.to_owned(),
        default: false,
        entries: Vec::new(),
        associations: BTreeMap::new(),
        meta: Meta::new(tags),
    };
    world.region(place).ec2.network_acls.insert(id.clone(), acl);
    Ok(id)
}

/// Makes the default ACL of a new VPC.
pub(crate) fn create_default(world: &mut World, place: &Place, vpc_id: &str) {
    let id = world.mint(place, TYPE, vpc_id, "acl-", 17);
    let acl = NetworkAcl::of_vpc(id.clone(), vpc_id, Meta::default());
    world.region(place).ec2.network_acls.insert(id, acl);
}

/// Deletes an ACL that no subnet uses.
///
/// # Errors
/// `InvalidNetworkAclID.NotFound`, `InvalidParameterValue` for a default one, `DependencyViolation`.
pub(crate) fn delete(state: &mut State, id: &str) -> Result<(), ServiceError> {
    let acl = state.network_acl(id)?;
    if acl.default {
        let text = format!("cannot delete default network ACL {id}");
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    if !acl.associations.is_empty() {
        let text = format!("The networkAcl '{id}' has dependencies and cannot be deleted.");
        return Err(ServiceError::new("DependencyViolation", text));
    }
    state.network_acls.remove(id);
    Ok(())
}

/// Adds an entry.
///
/// # Errors
/// `InvalidNetworkAclID.NotFound`, `NetworkAclEntryAlreadyExists`, `NetworkAclEntryLimitExceeded` (section 2.1),
/// `InvalidParameterValue`.
pub(crate) fn add_entry(
    world: &mut World,
    place: &Place,
    id: &str,
    entry: Entry,
) -> Result<(), ServiceError> {
    check_entry(&entry)?;
    let most = world.quotas.limit(quotas::ACL_RULES);
    let acl = world.region(place).ec2.network_acl_mut(id)?;
    if acl.at(entry.egress, entry.number).is_some() {
        let text = format!(
            "The network acl entry identified by {} already exists.",
            entry.number
        );
        return Err(ServiceError::new("NetworkAclEntryAlreadyExists", text));
    }
    let present = acl
        .entries
        .iter()
        .filter(|other| other.egress == entry.egress)
        .count();
    limits::check(
        present + 1,
        most,
        "NetworkAclEntryLimitExceeded",
        "network acl entries",
    )?;
    acl.entries.push(entry);
    acl.entries
        .sort_by_key(|entry| (entry.egress, entry.number));
    acl.meta.changed();
    Ok(())
}

fn check_entry(entry: &Entry) -> Result<(), ServiceError> {
    cidr::parse(&entry.cidr)?;
    let ranged = ["6", "17"].contains(&entry.protocol.as_str());
    if ranged != entry.ports.is_some() || !(1..=32766).contains(&entry.number) {
        let text = format!(
            "The network acl entry identified by {} is invalid.",
            entry.number
        );
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    Ok(())
}

/// Puts an entry in the place of the one with its number.
///
/// # Errors
/// As [`add_entry`], and `InvalidNetworkAclEntry.NotFound`.
pub(crate) fn replace_entry(state: &mut State, id: &str, entry: Entry) -> Result<(), ServiceError> {
    check_entry(&entry)?;
    let acl = state.network_acl_mut(id)?;
    let at = acl
        .at(entry.egress, entry.number)
        .ok_or_else(|| no_entry(entry.number))?;
    acl.entries[at] = entry;
    acl.meta.changed();
    Ok(())
}

/// Takes an entry away.
///
/// # Errors
/// `InvalidNetworkAclID.NotFound`, `InvalidNetworkAclEntry.NotFound`.
pub(crate) fn remove_entry(
    state: &mut State,
    id: &str,
    egress: bool,
    number: u16,
) -> Result<(), ServiceError> {
    let acl = state.network_acl_mut(id)?;
    let at = acl.at(egress, number).ok_or_else(|| no_entry(number))?;
    acl.entries.remove(at);
    acl.meta.changed();
    Ok(())
}

fn no_entry(number: u16) -> ServiceError {
    let text = format!("The network acl entry identified by {number} does not exist");
    ServiceError::new("InvalidNetworkAclEntry.NotFound", text)
}

/// Gives a new subnet the default ACL of its VPC.
pub(crate) fn adopt_subnet(world: &mut World, place: &Place, vpc_id: &str, subnet_id: &str) {
    let association = world.mint(place, ASSOCIATION, subnet_id, "aclassoc-", 17);
    let state = &mut world.region(place).ec2;
    if let Some(acl) = state
        .network_acls
        .find_mut(|acl| acl.default && acl.vpc_id == vpc_id)
    {
        acl.associations.insert(subnet_id.to_owned(), association);
        acl.meta.changed();
    }
}

/// Gives a subnet another ACL; the association gets a new id.
///
/// # Errors
/// `InvalidAssociationID.NotFound`, `InvalidNetworkAclID.NotFound`, `InvalidParameterValue` across VPCs.
pub(crate) fn replace_association(
    world: &mut World,
    place: &Place,
    association_id: &str,
    acl_id: &str,
) -> Result<String, ServiceError> {
    let state = &world.region(place).ec2;
    let (old_id, subnet_id) = state.acl_association(association_id)?;
    if state.network_acl(&old_id)?.vpc_id != state.network_acl(acl_id)?.vpc_id {
        let text =
            format!("Network ACL {acl_id} and subnet {subnet_id} belong to different networks");
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    let id = world.mint(place, ASSOCIATION, &subnet_id, "aclassoc-", 17);
    let state = &mut world.region(place).ec2;
    let old = state.network_acl_mut(&old_id)?;
    old.associations.remove(&subnet_id);
    old.meta.changed();
    let acl = state.network_acl_mut(acl_id)?;
    acl.associations.insert(subnet_id, id.clone());
    acl.meta.changed();
    Ok(id)
}

impl State {
    /// # Errors
    /// `InvalidNetworkAclID.NotFound`.
    pub(crate) fn network_acl(&self, id: &str) -> Result<&NetworkAcl, ServiceError> {
        self.network_acls.get(id).ok_or_else(|| not_found(id))
    }

    fn network_acl_mut(&mut self, id: &str) -> Result<&mut NetworkAcl, ServiceError> {
        self.network_acls.get_mut(id).ok_or_else(|| not_found(id))
    }

    /// The ACL that a VPC came with.
    pub(crate) fn default_acl(&self, vpc_id: &str) -> Option<&NetworkAcl> {
        self.network_acls
            .values()
            .find(|acl| acl.default && acl.vpc_id == vpc_id)
    }

    /// The association that a subnet has.
    pub(crate) fn acl_association_of(&self, subnet_id: &str) -> Option<&str> {
        self.network_acls
            .values()
            .find_map(|acl| acl.associations.get(subnet_id))
            .map(String::as_str)
    }

    /// The ACL and the subnet of an association.
    ///
    /// # Errors
    /// `InvalidAssociationID.NotFound`.
    pub(crate) fn acl_association(&self, id: &str) -> Result<(String, String), ServiceError> {
        let found = self.network_acls.values().find_map(|acl| {
            let subnet = acl
                .associations
                .iter()
                .find(|(_, association)| *association == id)?
                .0;
            Some((acl.id.clone(), subnet.clone()))
        });
        found.ok_or_else(|| {
            let text = format!("The association ID '{id}' does not exist");
            ServiceError::new("InvalidAssociationID.NotFound", text)
        })
    }
}

pub(crate) fn not_found(id: &str) -> ServiceError {
    ServiceError::new(
        "InvalidNetworkAclID.NotFound",
        format!("The networkAcl ID '{id}' does not exist"),
    )
}
