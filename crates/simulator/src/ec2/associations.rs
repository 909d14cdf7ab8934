//! Security groups that are used in other VPCs than their own: an association holds the group (operators' notes, item
//! 42).

use serde::{Deserialize, Serialize};

use super::groups::Group;
use super::{Event, State};
use crate::error::ServiceError;
use crate::queue;
use crate::world::{Place, World};

/// Where an association is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    Associating,
    Associated,
    Disassociating,
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::Associating => "associating",
            Status::Associated => "associated",
            Status::Disassociating => "disassociating",
        }
    }
}

/// Begins to let a group be used in another VPC.
///
/// # Errors
/// The not-found codes; `InvalidParameterValue` for a default group, a default VPC and the group's own VPC;
/// `InvalidGroup.Duplicate` where there is an association.
pub(crate) fn associate(
    world: &mut World,
    place: &Place,
    group_id: &str,
    vpc_id: &str,
) -> Result<(), ServiceError> {
    let state = &mut world.region(place).ec2;
    let default_vpc = state.vpc(vpc_id)?.default;
    let group = state.group_mut(group_id)?;
    if group.is_default() || default_vpc || group.vpc_id == vpc_id {
        let text = format!("The security group {group_id} can't be associated with {vpc_id}");
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    if group.associations.contains_key(vpc_id) {
        let text = format!("The security group {group_id} is associated with {vpc_id} already");
        return Err(ServiceError::new("InvalidGroup.Duplicate", text));
    }
    enter(group, vpc_id, Status::Associating);
    schedule(world, place, group_id, vpc_id);
    Ok(())
}

/// Begins to end an association.
///
/// # Errors
/// The not-found codes, `DependencyViolation` while an interface of the VPC has the group.
pub(crate) fn disassociate(
    world: &mut World,
    place: &Place,
    group_id: &str,
    vpc_id: &str,
) -> Result<(), ServiceError> {
    let state = &mut world.region(place).ec2;
    let used = state
        .interfaces
        .values()
        .any(|it| it.vpc_id == vpc_id && it.groups.iter().any(|id| id == group_id));
    let group = state.group_mut(group_id)?;
    if !group.associations.contains_key(vpc_id) {
        let text = format!("The security group {group_id} is not associated with {vpc_id}");
        return Err(ServiceError::new("InvalidVpcID.NotFound", text));
    }
    if used {
        let text = format!("resource {group_id} has a dependent object");
        return Err(ServiceError::new("DependencyViolation", text));
    }
    enter(group, vpc_id, Status::Disassociating);
    schedule(world, place, group_id, vpc_id);
    Ok(())
}

fn enter(group: &mut Group, vpc_id: &str, status: Status) {
    group.associations.insert(vpc_id.to_owned(), status);
    group.meta.changed();
}

fn schedule(world: &mut World, place: &Place, group_id: &str, vpc_id: &str) {
    let takes = world.draw("group association", &format!("{group_id}/{vpc_id}"));
    let event = Event::GroupAssociation {
        group_id: group_id.to_owned(),
        vpc_id: vpc_id.to_owned(),
    };
    world.schedule(takes, place, queue::Event::Ec2(event));
}

/// What was begun has come to its end.
pub(crate) fn ended(state: &mut State, group_id: &str, vpc_id: &str) {
    let Some(group) = state.groups.get_mut(group_id) else {
        return;
    };
    match group.associations.get(vpc_id) {
        Some(Status::Associating) => enter(group, vpc_id, Status::Associated),
        Some(Status::Disassociating) => {
            group.associations.remove(vpc_id);
            group.meta.changed();
        }
        Some(Status::Associated) | None => {}
    }
}
