//! Mount targets: one network interface of a volume in one subnet, at most one a zone.

pub(super) mod calls;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::bad_request;
use super::file_systems;
use super::life::{self, Kind, LifeCycle, Step};
use crate::ec2::interfaces::{self, NewAttachment, NewInterface};
use crate::ec2::{groups, subnets};
use crate::error::ServiceError;
use crate::row::{HasRows, Row, Scope};
use crate::table::Keyed;
use crate::world::{Place, World};

/// A mount target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MountTarget {
    pub(super) id: String,
    pub(crate) file_system_id: String,
    pub(crate) subnet_id: String,
    vpc_id: String,
    zone_name: String,
    zone_id: String,
    pub(super) interface_id: String,
    pub(super) address: Option<String>,
    pub(crate) state: LifeCycle,
    revision: u64,
}

impl Keyed for MountTarget {
    fn keys(&self) -> Vec<String> {
        vec![of_volume(&self.file_system_id)]
    }
}

/// The key of the mount targets of a volume.
pub(super) fn of_volume(id: &str) -> String {
    format!("volume {id}")
}

impl HasRows for MountTarget {
    fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        rows.push(self.row(place));
    }
}

impl MountTarget {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn row(&self, place: &Place) -> Row {
        Row {
            kind: Kind::MountTarget.name().to_owned(),
            id: self.id.clone(),
            arn: place.arn("elasticfilesystem", &format!("mount-target/{}", self.id)),
            status: self.state.word().to_owned(),
            tags: BTreeMap::new(),
            stack: None,
            parent: Some(self.file_system_id.clone()),
            revision: self.revision,
            scope: Scope::Environment,
        }
    }

    fn show(&self, place: &Place) -> Value {
        let mut shown = json!({
            "OwnerId": place.account, "MountTargetId": self.id, "FileSystemId": self.file_system_id,
            "SubnetId": self.subnet_id, "LifeCycleState": self.state, "NetworkInterfaceId": self.interface_id,
            "AvailabilityZoneId": self.zone_id, "AvailabilityZoneName": self.zone_name, "VpcId": self.vpc_id,
        });
        if let Some(address) = &self.address {
            shown["IpAddress"] = json!(address);
        }
        shown
    }
}

/// Starts making a mount target and returns its id.
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    name: &str,
    file_system_id: &str,
    subnet_id: &str,
    groups: &[String],
) -> Result<String, ServiceError> {
    create_at(world, place, name, file_system_id, subnet_id, groups, None)
}

/// As [`create`], with this address where one is given.
pub(super) fn create_at(
    world: &mut World,
    place: &Place,
    name: &str,
    file_system_id: &str,
    subnet_id: &str,
    groups: &[String],
    address: Option<Ipv4Addr>,
) -> Result<String, ServiceError> {
    let zone = file_systems::settled(world, place, file_system_id)?
        .zone
        .clone();
    let subnet = subnets::find(world, place, subnet_id).ok_or_else(|| no_subnet(subnet_id))?;
    if zone.is_some_and(|zone| zone.id != subnet.zone_id) {
        let message = "The mount target's zone is not the zone of the One Zone file system";
        return Err(ServiceError::new("AvailabilityZonesMismatch", message));
    }
    check_conflict(world, place, file_system_id, &subnet)?;
    check_groups(world, place, groups, &subnet.vpc_id)?;
    let id = world.mint(place, Kind::MountTarget.name(), name, "fsmt-", 17);
    let kind = if world.switches.mount_target_interfaces_are_plain {
        "interface"
    } else {
        "efs"
    };
    let interface = interface(&id, name, file_system_id, subnet_id, groups, kind);
    let interface_id =
        interfaces::create_at(world, place, interface, address).map_err(in_our_words)?;
    let target = MountTarget {
        id: id.clone(),
        file_system_id: file_system_id.to_owned(),
        subnet_id: subnet_id.to_owned(),
        vpc_id: subnet.vpc_id,
        zone_name: subnet.zone_name,
        zone_id: subnet.zone_id,
        address: interfaces::address(world, place, &interface_id),
        interface_id,
        state: LifeCycle::Creating,
        revision: 1,
    };
    world
        .region(place)
        .efs
        .mount_targets
        .insert(id.clone(), target);
    life::begin(world, place, Kind::MountTarget, &id, Step::Creation);
    Ok(id)
}

/// Section 2.2: `EFS mount target for fs-… (fsmt-…)`, held by the service.
fn interface(
    id: &str,
    name: &str,
    file_system_id: &str,
    subnet_id: &str,
    groups: &[String],
    kind: &str,
) -> NewInterface {
    NewInterface {
        name: name.to_owned(),
        subnet_id: subnet_id.to_owned(),
        groups: groups.to_vec(),
        description: format!("EFS mount target for {file_system_id} ({id})"),
        interface_type: kind.to_owned(),
        requester_id: "amazon-efs".to_owned(),
        requester_managed: true,
        attachment: Some(NewAttachment {
            service_owned: true,
        }),
        tags: BTreeMap::new(),
        owner: Some(id.to_owned()),
    }
}

/// One mount target a zone, and all of a volume in one VPC.
fn check_conflict(
    world: &mut World,
    place: &Place,
    file_system_id: &str,
    subnet: &subnets::SubnetView,
) -> Result<(), ServiceError> {
    let conflict =
        |message: &str| Err(ServiceError::new("MountTargetConflict", message).status(409));
    for other in of_file_system(world, place, file_system_id) {
        if other.vpc_id != subnet.vpc_id {
            return conflict(
                "requested subnet for new mount target is not in the same VPC as existing mount targets",
            );
        }
        if other.zone_id == subnet.zone_id {
            return conflict("mount target already exists in this AZ");
        }
    }
    Ok(())
}

/// The groups are of the subnet's VPC, and no more than an interface may have.
fn check_groups(
    world: &mut World,
    place: &Place,
    groups: &[String],
    vpc_id: &str,
) -> Result<(), ServiceError> {
    if groups.len() > interfaces::most_groups(world) {
        let message = "The maximum number of security groups per mount target has been reached";
        return Err(ServiceError::new("SecurityGroupLimitExceeded", message));
    }
    for group in groups {
        if !groups::is_usable(world, place, group, vpc_id) {
            let message = format!("The security group '{group}' does not exist");
            return Err(ServiceError::new("SecurityGroupNotFound", message));
        }
    }
    Ok(())
}

fn no_subnet(id: &str) -> ServiceError {
    ServiceError::new(
        "SubnetNotFound",
        format!("The subnet ID '{id}' does not exist"),
    )
}

/// What EC2 refuses, under EFS's codes.
fn in_our_words(error: ServiceError) -> ServiceError {
    match error.code.as_str() {
        "InsufficientFreeAddressesInSubnet" => {
            ServiceError::new("NoFreeAddressesInSubnet", error.message).status(409)
        }
        "InvalidIPAddress.InUse" => ServiceError::new("IpAddressInUse", error.message).status(409),
        "NetworkInterfaceLimitExceeded" => error.status(409),
        _ => bad_request(error.message),
    }
}

/// The mount targets of a volume.
pub(crate) fn of_file_system(
    world: &mut World,
    place: &Place,
    file_system_id: &str,
) -> Vec<MountTarget> {
    let targets = &world.region(place).efs.mount_targets;
    targets
        .with_key(&of_volume(file_system_id))
        .cloned()
        .collect()
}

/// The mount target, or `MountTargetNotFound`.
pub(crate) fn find<'a>(
    world: &'a mut World,
    place: &Place,
    id: &str,
) -> Result<&'a mut MountTarget, ServiceError> {
    world
        .region(place)
        .efs
        .mount_targets
        .get_mut(id)
        .ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> ServiceError {
    let text = format!("Mount target '{id}' does not exist.");
    ServiceError::new("MountTargetNotFound", text).status(404)
}

/// Starts the deletion of a mount target.
pub(crate) fn delete(world: &mut World, place: &Place, id: &str) -> Result<(), ServiceError> {
    let second_refused = world.switches.second_mount_target_delete_refused;
    let target = find(world, place, id)?;
    if target.state == LifeCycle::Deleting {
        return if second_refused {
            Err(incorrect_state(id, target.state))
        } else {
            Ok(())
        };
    }
    target.state = LifeCycle::Deleting;
    target.revision += 1;
    life::begin(world, place, Kind::MountTarget, id, Step::Deletion);
    Ok(())
}

fn incorrect_state(id: &str, state: LifeCycle) -> ServiceError {
    let message = format!("Mount target '{id}' is {}", state.word());
    ServiceError::new("IncorrectMountTargetState", message).status(409)
}

/// Replaces the groups of a mount target's interface.
pub(crate) fn set_groups(
    world: &mut World,
    place: &Place,
    id: &str,
    groups: Vec<String>,
) -> Result<(), ServiceError> {
    let vpc_id = settled(world, place, id)?.vpc_id.clone();
    check_groups(world, place, &groups, &vpc_id)?;
    let target = find(world, place, id)?;
    target.revision += 1;
    let interface_id = target.interface_id.clone();
    interfaces::set_groups(world, place, &interface_id, groups);
    Ok(())
}

/// The mount target, unless it is being deleted.
fn settled<'a>(
    world: &'a mut World,
    place: &Place,
    id: &str,
) -> Result<&'a mut MountTarget, ServiceError> {
    let target = find(world, place, id)?;
    if target.state == LifeCycle::Deleting {
        Err(incorrect_state(id, target.state))
    } else {
        Ok(target)
    }
}

/// A creation or a deletion has ended.
pub(super) fn ended(world: &mut World, place: &Place, id: &str, step: Step, failed: bool) {
    let Ok(target) = find(world, place, id) else {
        return;
    };
    let file_system_id = target.file_system_id.clone();
    match (step, failed) {
        (Step::Creation, _) if target.state != LifeCycle::Creating => return,
        (_, true) => target.state = LifeCycle::Error,
        (Step::Creation, false) => target.state = LifeCycle::Available,
        (Step::Deletion, false) => {
            let interface_id = target.interface_id.clone();
            interfaces::remove(world, place, &interface_id);
            world.region(place).efs.mount_targets.remove(id);
            return file_systems::tell_owner(world, place, &file_system_id);
        }
    }
    target.revision += 1;
    file_systems::tell_owner(world, place, &file_system_id);
}
