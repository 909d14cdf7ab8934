//! Instances, as far as others' instances are neighbours in a network: a primary interface, and a life.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::interfaces::{self, Attachment, NewInterface};
use super::meta::{Meta, Tags};
use super::{Event, State, addresses};
use crate::error::ServiceError;
use crate::queue;
use crate::time::SimTime;
use crate::world::{End, Operation, Place, World};

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::Instance";

/// How long one that is terminated is still listed.
const SHOWN: Duration = Duration::from_secs(3600);

/// An instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Instance {
    pub id: String,
    pub reservation_id: String,
    pub image_id: String,
    /// `t3.micro`.
    pub kind: String,
    pub subnet_id: String,
    pub vpc_id: String,
    pub zone_name: String,
    pub power: Power,
    pub launched: SimTime,
    /// Whether TerminateInstances is refused.
    pub protected: bool,
    /// Until when it is listed although it is terminated.
    shown_until: Option<SimTime>,
    pub meta: Meta,
}

/// Whether an instance runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Power {
    Pending,
    Running,
    ShuttingDown,
    Terminated,
}

impl Power {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Power::Pending => "pending",
            Power::Running => "running",
            Power::ShuttingDown => "shutting-down",
            Power::Terminated => "terminated",
        }
    }

    pub(crate) fn code(self) -> u8 {
        match self {
            Power::Pending => 0,
            Power::Running => 16,
            Power::ShuttingDown => 32,
            Power::Terminated => 48,
        }
    }
}

impl Instance {
    /// Whether lists still show it.
    pub(crate) fn is_shown(&self, now: SimTime) -> bool {
        self.shown_until.is_none_or(|until| now < until)
    }

    fn enter(&mut self, power: Power) {
        self.power = power;
        self.meta.changed();
    }
}

/// An instance that is to be started.
#[derive(Clone, Debug)]
pub(crate) struct NewInstance {
    /// Logical name, for its id.
    pub name: String,
    pub image_id: String,
    /// `t3.micro`.
    pub kind: String,
    pub subnet_id: String,
    /// None: the VPC's default group.
    pub groups: Vec<String>,
    pub protected: bool,
    pub tags: Tags,
}

/// Begins to start an instance; its primary interface is there at once and goes with it. It has a public address where its
/// subnet maps one, whether or not there is a gateway that leads there.
///
/// # Errors
/// As [`interfaces::create`].
pub(crate) fn run(
    world: &mut World,
    place: &Place,
    new: NewInstance,
) -> Result<String, ServiceError> {
    let id = world.mint(place, TYPE, &new.name, "i-", 17);
    let reservation_id = world.mint(place, "reservation", &id, "r-", 17);
    let interface = NewInterface {
        name: id.clone(),
        subnet_id: new.subnet_id.clone(),
        groups: new.groups,
        description: String::new(),
        interface_type: "interface".to_owned(),
        requester_id: String::new(),
        requester_managed: false,
        attachment: None,
        tags: Tags::new(),
        owner: Some(id.clone()),
    };
    let interface_id = interfaces::create(world, place, interface)?;
    let launched = world.now();
    let attachment = Attachment {
        id: interfaces::attachment_id(world, place, &interface_id, false),
        instance_id: Some(id.clone()),
        instance_owner: place.account.clone(),
        device_index: 0,
        delete_on_termination: true,
        since: launched,
        detaching: false,
    };
    let state = &mut world.region(place).ec2;
    let maps = state.subnet(&new.subnet_id)?.map_public_ip;
    let interface = state.interface_mut(&interface_id)?;
    interface.attachment = Some(attachment);
    interface.public_address = maps.then(|| addresses::public(&interface_id));
    let instance = Instance {
        id: id.clone(),
        reservation_id,
        image_id: new.image_id,
        kind: new.kind,
        subnet_id: new.subnet_id,
        vpc_id: interface.vpc_id.clone(),
        zone_name: interface.zone_name.clone(),
        power: Power::Pending,
        launched,
        protected: new.protected,
        shown_until: None,
        meta: Meta::new(new.tags),
    };
    state.instances.insert(id.clone(), instance);
    schedule(world, place, &id, Operation::Create);
    Ok(id)
}

fn schedule(world: &mut World, place: &Place, id: &str, operation: Operation) {
    let course = world.course(TYPE, operation, id);
    if course.end == End::Stuck {
        return;
    }
    let id = id.to_owned();
    // One that cannot start is terminated, as AWS does with it; a termination does not fail.
    let event = if operation == Operation::Create && course.end == End::Done {
        Event::InstanceRunning { id }
    } else {
        Event::InstanceTerminated { id }
    };
    world.schedule(course.takes, place, queue::Event::Ec2(event));
}

/// Begins to terminate an instance and tells in which state it was.
///
/// # Errors
/// `InvalidInstanceID.NotFound`, `OperationNotPermitted` where it is protected.
pub(crate) fn terminate(world: &mut World, place: &Place, id: &str) -> Result<Power, ServiceError> {
    let state = &mut world.region(place).ec2;
    check_termination(state, id)?;
    let Some(instance) = state.instances.get_mut(id) else {
        return Err(not_found(id));
    };
    let before = instance.power;
    if matches!(before, Power::Pending | Power::Running) {
        instance.enter(Power::ShuttingDown);
        schedule(world, place, id, Operation::Delete);
    }
    Ok(before)
}

/// Whether an instance may be terminated.
///
/// # Errors
/// As [`terminate`].
pub(crate) fn check_termination(state: &State, id: &str) -> Result<(), ServiceError> {
    if !state.instance(id)?.protected {
        return Ok(());
    }
    let text = format!(
        "The instance '{id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."
    );
    Err(ServiceError::new("OperationNotPermitted", text))
}

/// The instance runs, unless it is being terminated by now.
pub(crate) fn running(state: &mut State, id: &str) {
    let pending = |instance: &&mut Instance| instance.power == Power::Pending;
    if let Some(instance) = state.instances.get_mut(id).filter(pending) {
        instance.enter(Power::Running);
    }
}

/// The instance is gone: interfaces that go with it are deleted, the others are detached.
pub(crate) fn terminated(world: &mut World, place: &Place, id: &str) {
    let until = world.now().plus(SHOWN);
    let state = &mut world.region(place).ec2;
    let Some(instance) = state.instances.get_mut(id) else {
        return;
    };
    instance.enter(Power::Terminated);
    instance.shown_until = Some(until);
    let attachment_of = |attachment: &Attachment| attachment.instance_id.as_deref() == Some(id);
    state.interfaces.retain(|interface| {
        let attachment = interface.attachment.as_ref();
        !attachment.is_some_and(|it| attachment_of(it) && it.delete_on_termination)
    });
    let attached = |it: &interfaces::Interface| it.attachment.as_ref().is_some_and(attachment_of);
    for interface in state.interfaces.filter_mut(attached) {
        interface.attachment = None;
        // It was the instance's.
        interface.public_address = None;
        interface.meta.changed();
    }
}

impl State {
    /// # Errors
    /// `InvalidInstanceID.NotFound`.
    pub(crate) fn instance(&self, id: &str) -> Result<&Instance, ServiceError> {
        self.instances.get(id).ok_or_else(|| not_found(id))
    }
}

pub(crate) fn not_found(id: &str) -> ServiceError {
    let text = format!("The instance ID '{id}' does not exist");
    ServiceError::new("InvalidInstanceID.NotFound", text)
}
