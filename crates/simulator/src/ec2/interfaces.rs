//! Network interfaces (section 2.2): those of services and those of users.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::meta::{Meta, Tags};
use super::subnets::Subnet;
use super::{State, addresses, limits};
use crate::error::ServiceError;
use crate::quotas;
use crate::table::Keyed;
use crate::time::SimTime;
use crate::world::{Place, World};

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::NetworkInterface";

/// A network interface.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Interface {
    pub id: String,
    pub subnet_id: String,
    pub vpc_id: String,
    pub zone_name: String,
    pub zone_id: String,
    pub address: Ipv4Addr,
    /// Where the internet finds it: an instance's primary interface, in a subnet that maps public addresses.
    pub public_address: Option<Ipv4Addr>,
    pub groups: Vec<String>,
    pub description: String,
    /// `interface`, `efs`, `vpc_endpoint` or `nat_gateway`.
    pub kind: String,
    pub requester_id: String,
    pub requester_managed: bool,
    pub attachment: Option<Attachment>,
    /// The resource that it is part of.
    pub owner: Option<String>,
    pub meta: Meta,
}

impl Keyed for Interface {
    fn keys(&self) -> Vec<String> {
        let groups = self.groups.iter().map(|id| with_group(id));
        let attachment = self.attachment.iter();
        let attached = attachment.flat_map(|it| {
            let instance = it.instance_id.as_deref();
            [Some(attached_by(&it.id)), instance.map(at_instance)]
        });
        let attached = attached.flatten();
        groups
            .chain(attached)
            .chain([in_subnet(&self.subnet_id)])
            .collect()
    }

    /// Its address in its subnet.
    fn seat(&self) -> Option<(String, u32)> {
        Some((self.subnet_id.clone(), self.address.into()))
    }
}

/// The key of the interfaces of a subnet.
pub(crate) fn in_subnet(id: &str) -> String {
    format!("subnet {id}")
}

/// The key of the interface of an attachment.
pub(crate) fn attached_by(attachment_id: &str) -> String {
    format!("attachment {attachment_id}")
}

/// The key of the interfaces of an instance.
pub(crate) fn at_instance(id: &str) -> String {
    format!("instance {id}")
}

/// The key of the interfaces that have a group.
pub(crate) fn with_group(id: &str) -> String {
    format!("group {id}")
}

impl Interface {
    /// `in-use` or `available`.
    pub(crate) fn status(&self) -> &'static str {
        if self.attachment.is_some() {
            "in-use"
        } else {
            "available"
        }
    }

    /// Its hardware address.
    pub(crate) fn mac(&self) -> String {
        let digits = crate::draw::hex(0, &["mac", &self.id], 10);
        let pairs: Vec<&str> = (0..5).map(|at| &digits[at * 2..at * 2 + 2]).collect();
        format!("0a:{}", pairs.join(":"))
    }
}

/// What an interface is attached to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attachment {
    /// `ela-attach-…` where the service alone may detach it, else `eni-attach-…`.
    pub id: String,
    pub instance_id: Option<String>,
    /// The account, or `amazon-aws`.
    pub instance_owner: String,
    pub device_index: i32,
    pub delete_on_termination: bool,
    pub since: SimTime,
    pub detaching: bool,
}

/// An interface that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewInterface {
    /// Logical name, for its id.
    pub name: String,
    pub subnet_id: String,
    /// None: the VPC's default group.
    pub groups: Vec<String>,
    pub description: String,
    /// `interface`, `efs` or `vpc_endpoint`.
    pub interface_type: String,
    pub requester_id: String,
    pub requester_managed: bool,
    pub attachment: Option<NewAttachment>,
    pub tags: Tags,
    /// The row that it is part of: a mount target, an endpoint, …
    pub owner: Option<String>,
}

/// How a new interface is attached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewAttachment {
    /// `ela-attach-…`, which users cannot detach, instead of `eni-attach-…`.
    pub service_owned: bool,
}

/// Makes an interface with any free address.
///
/// # Errors
/// As [`create_at`].
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    new: NewInterface,
) -> Result<String, ServiceError> {
    create_at(world, place, new, None)
}

/// Makes an interface, with this address if one is given.
///
/// # Errors
/// `InvalidSubnetID.NotFound`, `InvalidGroup.NotFound`, `InvalidParameter` for groups of another VPC,
/// `SecurityGroupsPerInterfaceLimitExceeded`, `NetworkInterfaceLimitExceeded`,
/// `InsufficientFreeAddressesInSubnet`, `InvalidIPAddress.InUse`, `InvalidParameterValue` for another subnet's address.
pub(crate) fn create_at(
    world: &mut World,
    place: &Place,
    new: NewInterface,
    address: Option<Ipv4Addr>,
) -> Result<String, ServiceError> {
    let now = world.now();
    let (most_groups, most) = (most_groups(world), world.quotas.limit(quotas::INTERFACES));
    let state = &world.region(place).ec2;
    let subnet = state.subnet(&new.subnet_id)?.clone();
    let groups = groups_of(state, &subnet, new.groups, most_groups)?;
    limits::check(
        state.interfaces.len(),
        most,
        "NetworkInterfaceLimitExceeded",
        "network interfaces",
    )?;
    let address = address_in(state, &subnet, address)?;
    let id = world.mint(place, TYPE, &new.name, "eni-", 17);
    let attachment = new.attachment.map(|attachment| Attachment {
        id: attachment_id(world, place, &id, attachment.service_owned),
        instance_id: None,
        instance_owner: "amazon-aws".to_owned(),
        device_index: 1,
        delete_on_termination: false,
        since: now,
        detaching: false,
    });
    let interface = Interface {
        id: id.clone(),
        subnet_id: new.subnet_id,
        vpc_id: subnet.vpc_id,
        zone_name: subnet.zone_name,
        zone_id: subnet.zone_id,
        address,
        public_address: None,
        groups,
        description: new.description,
        kind: new.interface_type,
        requester_id: new.requester_id,
        requester_managed: new.requester_managed,
        attachment,
        owner: new.owner,
        meta: Meta::new(new.tags),
    };
    world
        .region(place)
        .ec2
        .interfaces
        .insert(id.clone(), interface);
    Ok(id)
}

/// How many groups an interface may have.
pub(crate) fn most_groups(world: &World) -> usize {
    world.quotas.limit(quotas::INTERFACE_GROUPS)
}

/// A new attachment's id.
pub(crate) fn attachment_id(
    world: &mut World,
    place: &Place,
    interface_id: &str,
    service_owned: bool,
) -> String {
    let prefix = if service_owned {
        "ela-attach-"
    } else {
        "eni-attach-"
    };
    world.mint(place, "attachment", interface_id, prefix, 17)
}

/// The groups asked for, or the VPC's default group, after a look at them.
pub(crate) fn groups_of(
    state: &State,
    subnet: &Subnet,
    asked: Vec<String>,
    most: usize,
) -> Result<Vec<String>, ServiceError> {
    if asked.is_empty() {
        return Ok(state
            .default_group(&subnet.vpc_id)
            .map(|group| group.id.clone())
            .into_iter()
            .collect());
    }
    for id in &asked {
        if !state.group(id)?.is_usable_in(&subnet.vpc_id) {
            let text = format!(
                "Security group {id} and subnet {} belong to different networks.",
                subnet.id
            );
            return Err(ServiceError::new("InvalidParameter", text));
        }
    }
    check_count_of_groups(asked.len(), most)?;
    Ok(asked)
}

/// As many as are asked for, and no one more.
///
/// # Errors
/// `SecurityGroupsPerInterfaceLimitExceeded`.
pub(crate) fn check_count_of_groups(asked: usize, most: usize) -> Result<(), ServiceError> {
    let code = "SecurityGroupsPerInterfaceLimitExceeded";
    let last = asked.saturating_sub(1);
    limits::check(last, most, code, "security groups per interface")
}

/// The address asked for, or else the lowest free one.
fn address_in(
    state: &State,
    subnet: &Subnet,
    asked: Option<Ipv4Addr>,
) -> Result<Ipv4Addr, ServiceError> {
    let interfaces = &state.interfaces;
    match asked {
        None => {
            let free = interfaces.free_seat(&subnet.id, &addresses::usable(subnet.cidr));
            free.map(Ipv4Addr::from).ok_or_else(|| {
                let text =
                    "The specified subnet does not have enough free addresses to satisfy the request.";
                ServiceError::new("InsufficientFreeAddressesInSubnet", text)
            })
        }
        Some(address) if !addresses::is_usable(subnet.cidr, address) => {
            let text = format!("Address {address} does not fall within the subnet's address range");
            Err(ServiceError::new("InvalidParameterValue", text))
        }
        Some(address) if interfaces.is_taken(&subnet.id, address.into()) => {
            let text = format!("Address {address} is in use.");
            Err(ServiceError::new("InvalidIPAddress.InUse", text))
        }
        Some(address) => Ok(address),
    }
}

/// Takes an interface away on behalf of the service that owns it.
pub(crate) fn remove(world: &mut World, place: &Place, id: &str) {
    world.region(place).ec2.interfaces.remove(id);
}

/// Detaches an interface on behalf of the service that owns it, which then forgets it: anybody may delete it.
pub(crate) fn abandon(world: &mut World, place: &Place, id: &str) {
    if let Some(interface) = world.region(place).ec2.interfaces.get_mut(id) {
        interface.attachment = None;
        interface.meta.changed();
    }
}

/// The interface's address, or nothing where there is no such interface.
pub(crate) fn address(world: &mut World, place: &Place, id: &str) -> Option<String> {
    world
        .region(place)
        .ec2
        .interfaces
        .get(id)
        .map(|interface| interface.address.to_string())
}

/// Gives the interface other groups, on behalf of the service that owns it.
pub(crate) fn set_groups(world: &mut World, place: &Place, id: &str, groups: Vec<String>) {
    if let Some(interface) = world.region(place).ec2.interfaces.get_mut(id) {
        interface.groups = groups;
        interface.meta.changed();
    }
}

/// Makes the interface part of another row, on behalf of the service that owns both.
pub(crate) fn give(world: &mut World, place: &Place, id: &str, owner: &str) {
    if let Some(interface) = world.region(place).ec2.interfaces.get_mut(id) {
        interface.owner = Some(owner.to_owned());
        interface.meta.changed();
    }
}

impl State {
    /// # Errors
    /// `InvalidNetworkInterfaceID.NotFound`.
    pub(crate) fn interface(&self, id: &str) -> Result<&Interface, ServiceError> {
        self.interfaces.get(id).ok_or_else(|| not_found(id))
    }

    /// # Errors
    /// `InvalidNetworkInterfaceID.NotFound`.
    pub(crate) fn interface_mut(&mut self, id: &str) -> Result<&mut Interface, ServiceError> {
        self.interfaces.get_mut(id).ok_or_else(|| not_found(id))
    }
}

/// Section 2.1.
pub(crate) fn not_found(id: &str) -> ServiceError {
    let text = format!("The networkInterface ID '{id}' does not exist");
    ServiceError::new("InvalidNetworkInterfaceID.NotFound", text)
}
