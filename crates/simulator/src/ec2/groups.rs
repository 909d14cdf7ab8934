//! Security groups.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use super::rules::{Direction, NewRule, Peer, authorize};

use super::associations::Status;
use super::meta::{Meta, Tags};
use super::rules::Rule;
use super::{State, interfaces, limits};
use crate::error::ServiceError;
use crate::quotas;
use crate::table::Keyed;
use crate::time::SimTime;
use crate::world::{Place, World};

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::SecurityGroup";

/// The name of the group that a VPC comes with, which no other may have.
pub(crate) const DEFAULT: &str = "default";

/// A security group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    pub id: String,
    pub name: String,
    pub description: String,
    pub vpc_id: String,
    /// By id.
    pub rules: BTreeMap<String, Rule>,
    /// Until when a service keeps a reference that no call shows (section 1.5).
    pub held_until: Option<SimTime>,
    /// Other VPCs where it is used, by id.
    pub associations: BTreeMap<String, Status>,
    pub meta: Meta,
}

impl Group {
    /// Every VPC's own group cannot be deleted.
    pub(crate) fn is_default(&self) -> bool {
        self.name == DEFAULT
    }

    /// Whether interfaces in the VPC may have it.
    pub(crate) fn is_usable_in(&self, vpc_id: &str) -> bool {
        let associated = self.associations.get(vpc_id) == Some(&Status::Associated);
        self.vpc_id == vpc_id || associated
    }
}

impl Keyed for Group {
    fn keys(&self) -> Vec<String> {
        let referred = self.rules.values().filter_map(|rule| match &rule.peer {
            Peer::Group(id) => Some(referring_to(id)),
            Peer::Cidr(_) | Peer::PrefixList(_) => None,
        });
        referred.chain([named(&self.vpc_id, &self.name)]).collect()
    }
}

/// The key of the group of a name.
pub(crate) fn named(vpc_id: &str, name: &str) -> String {
    format!("name {vpc_id} {name}")
}

/// The key of the groups whose rules name a group.
fn referring_to(id: &str) -> String {
    format!("refers to {id}")
}

/// A group that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewGroup {
    /// Logical name, for its id.
    pub name: String,
    pub group_name: String,
    pub description: String,
    pub vpc_id: String,
    pub tags: Tags,
    /// Whether all traffic out is allowed, as it is in groups that users make.
    pub open_egress: bool,
}

/// Makes a group.
///
/// # Errors
/// `InvalidVpcID.NotFound`, `InvalidGroup.Duplicate`, `InvalidParameterValue` for a reserved name,
/// `SecurityGroupLimitExceeded`.
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    new: NewGroup,
) -> Result<String, ServiceError> {
    let most = world.quotas.limit(quotas::GROUPS);
    let state = &world.region(place).ec2;
    check_new(state, &new)?;
    limits::check(
        state.groups.len(),
        most,
        "SecurityGroupLimitExceeded",
        "security groups",
    )?;
    let id = world.mint(place, TYPE, &new.name, "sg-", 17);
    let group = Group {
        id: id.clone(),
        name: new.group_name,
        description: new.description,
        vpc_id: new.vpc_id,
        rules: BTreeMap::new(),
        held_until: None,
        associations: BTreeMap::new(),
        meta: Meta::new(new.tags),
    };
    world.region(place).ec2.groups.insert(id.clone(), group);
    if new.open_egress {
        authorize(world, place, &id, Direction::Egress, vec![everything_out()])?;
    }
    Ok(id)
}

/// All traffic to anywhere, which a new group allows.
pub(crate) fn everything_out() -> NewRule {
    let peer = Peer::Cidr("0.0.0.0/0".to_owned());
    NewRule {
        protocol: "-1".to_owned(),
        from_port: None,
        to_port: None,
        peer,
        description: None,
    }
}

fn check_new(state: &State, new: &NewGroup) -> Result<(), ServiceError> {
    state.vpc(&new.vpc_id)?;
    if new.group_name == DEFAULT || new.group_name.starts_with("sg-") {
        let text = format!(
            "Invalid value '{}' for groupName. The name is reserved.",
            new.group_name
        );
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    let name = named(&new.vpc_id, &new.group_name);
    if state.groups.with_key(&name).next().is_some() {
        let text = format!(
            "The security group '{}' already exists for VPC '{}'",
            new.group_name, new.vpc_id
        );
        return Err(ServiceError::new("InvalidGroup.Duplicate", text));
    }
    Ok(())
}

/// Deletes a group (section 2.1; for associations operators' notes, item 42).
///
/// # Errors
/// `InvalidGroup.NotFound`, `CannotDelete`, `DependencyViolation`.
pub(crate) fn delete(world: &mut World, place: &Place, group_id: &str) -> Result<(), ServiceError> {
    let now = world.now();
    let state = &mut world.region(place).ec2;
    let group = state.group(group_id)?;
    if group.is_default() {
        let text = format!(
            "the specified group: \"{group_id}\" name: \"default\" cannot be deleted by a user"
        );
        return Err(ServiceError::new("CannotDelete", text));
    }
    let held = group.held_until.is_some_and(|until| now < until);
    let using = state.interfaces.with_key(&interfaces::with_group(group_id));
    let used = using.count() > 0;
    let referring = state.groups.with_key(&referring_to(group_id));
    let referred = referring.filter(|other| other.id != group_id).count() > 0;
    let associated = !group.associations.is_empty();
    if held || used || referred || associated {
        let text = format!("resource {group_id} has a dependent object");
        return Err(ServiceError::new("DependencyViolation", text));
    }
    state.groups.remove(group_id);
    Ok(())
}

/// Keeps an invisible reference of a service to the group: its deletion is refused until then.
pub(crate) fn hold(world: &mut World, place: &Place, group_id: &str, until: SimTime) {
    if let Some(group) = world.region(place).ec2.groups.get_mut(group_id) {
        group.held_until = Some(until);
    }
}

/// The service lets go of the group.
pub(crate) fn release(world: &mut World, place: &Place, group_id: &str) {
    if let Some(group) = world.region(place).ec2.groups.get_mut(group_id) {
        group.held_until = None;
    }
}

/// Whether there is such a group that interfaces in the VPC may have.
pub(crate) fn is_usable(world: &mut World, place: &Place, group_id: &str, vpc_id: &str) -> bool {
    let group = world.region(place).ec2.groups.get(group_id);
    group.is_some_and(|group| group.is_usable_in(vpc_id))
}

/// Whether there is such a group.
pub(crate) fn exists(world: &mut World, place: &Place, group_id: &str) -> bool {
    world.region(place).ec2.groups.contains_key(group_id)
}

/// Section 2.1.
pub(crate) fn not_found(id: &str) -> ServiceError {
    ServiceError::new(
        "InvalidGroup.NotFound",
        format!("The security group '{id}' does not exist"),
    )
}
