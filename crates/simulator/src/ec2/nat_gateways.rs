//! NAT gateways: each holds an interface that nobody else may touch, and stays listed for an hour after it has gone.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::interfaces::{self, NewAttachment, NewInterface};
use super::meta::{Meta, Tags};
use super::{Event, State, limits};
use crate::error::ServiceError;
use crate::queue;
use crate::quotas;
use crate::time::SimTime;
use crate::world::{End, Operation, Place, World};

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::NatGateway";

/// How long one that has gone is still listed.
const SHOWN: Duration = Duration::from_secs(3600);

/// A NAT gateway without a public address.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NatGateway {
    pub id: String,
    pub subnet_id: String,
    pub vpc_id: String,
    pub interface_id: String,
    pub address: Ipv4Addr,
    pub status: Status,
    pub created: SimTime,
    /// When its deletion was asked for.
    pub deleted: Option<SimTime>,
    /// Why it could not be made.
    pub failure: Option<String>,
    /// Until when it is listed although it has gone.
    shown_until: Option<SimTime>,
    pub meta: Meta,
}

/// Where a NAT gateway is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    Pending,
    Available,
    Deleting,
    Deleted,
    Failed,
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Available => "available",
            Status::Deleting => "deleting",
            Status::Deleted => "deleted",
            Status::Failed => "failed",
        }
    }
}

impl NatGateway {
    /// Whether anything of it is left that holds or costs.
    pub(crate) fn exists(&self) -> bool {
        !matches!(self.status, Status::Deleted | Status::Failed)
    }

    /// Whether lists still show it.
    pub(crate) fn is_shown(&self, now: SimTime) -> bool {
        self.shown_until.is_none_or(|until| now < until)
    }

    fn enter(&mut self, status: Status) {
        self.status = status;
        self.meta.changed();
    }
}

/// Begins to make a NAT gateway in a subnet; its interface is there at once (section 2.2).
///
/// # Errors
/// `NatGatewayLimitExceeded`, and as [`interfaces::create_at`].
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    name: &str,
    subnet_id: &str,
    address: Option<Ipv4Addr>,
    tags: Tags,
) -> Result<String, ServiceError> {
    check_count(world, place, subnet_id)?;
    let id = world.mint(place, TYPE, name, "nat-", 17);
    let interface_id = interfaces::create_at(world, place, interface(&id, subnet_id), address)?;
    // It has no groups: nothing can be allowed or refused in front of it.
    interfaces::set_groups(world, place, &interface_id, Vec::new());
    let now = world.now();
    let state = &mut world.region(place).ec2;
    let interface = state.interface(&interface_id)?;
    let gateway = NatGateway {
        id: id.clone(),
        subnet_id: subnet_id.to_owned(),
        vpc_id: interface.vpc_id.clone(),
        address: interface.address,
        interface_id,
        status: Status::Pending,
        created: now,
        deleted: None,
        failure: None,
        shown_until: None,
        meta: Meta::new(tags),
    };
    state.nat_gateways.insert(id.clone(), gateway);
    schedule(world, place, &id, Operation::Create);
    Ok(id)
}

fn check_count(world: &mut World, place: &Place, subnet_id: &str) -> Result<(), ServiceError> {
    let most = world.quotas.limit(quotas::NAT_GATEWAYS);
    let state = &world.region(place).ec2;
    let zone = &state.subnet(subnet_id)?.zone_name;
    let in_zone = |gateway: &&NatGateway| {
        let subnet = state.subnets.get(&gateway.subnet_id);
        gateway.exists() && subnet.is_some_and(|subnet| subnet.zone_name == *zone)
    };
    let present = state.nat_gateways.values().filter(in_zone).count();
    let code = "NatGatewayLimitExceeded";
    limits::check(present, most, code, "NAT gateways")
}

fn interface(id: &str, subnet_id: &str) -> NewInterface {
    NewInterface {
        name: id.to_owned(),
        subnet_id: subnet_id.to_owned(),
        groups: Vec::new(),
        description: format!("Interface for NAT Gateway {id}"),
        interface_type: "nat_gateway".to_owned(),
        requester_id: "amazon-aws".to_owned(),
        requester_managed: true,
        attachment: Some(NewAttachment {
            service_owned: true,
        }),
        tags: Tags::new(),
        owner: Some(id.to_owned()),
    }
}

fn schedule(world: &mut World, place: &Place, id: &str, operation: Operation) {
    let course = world.course(TYPE, operation, id);
    let failure = match course.end {
        End::Done => None,
        End::Failed(reason) => Some(reason),
        End::Stuck => return,
    };
    let id = id.to_owned();
    let event = if operation == Operation::Create {
        Event::NatGatewayCreated { id, failure }
    } else {
        Event::NatGatewayDeleted { id, failure }
    };
    world.schedule(course.takes, place, queue::Event::Ec2(event));
}

/// Begins to delete a NAT gateway; routes through it stay and lead nowhere.
///
/// # Errors
/// `NatGatewayNotFound`.
pub(crate) fn delete(world: &mut World, place: &Place, id: &str) -> Result<(), ServiceError> {
    let now = world.now();
    let state = &mut world.region(place).ec2;
    let gateway = state.nat_gateway_mut(id)?;
    if gateway.status == Status::Deleting {
        return Ok(());
    }
    gateway.deleted = Some(now);
    gateway.enter(Status::Deleting);
    schedule(world, place, id, Operation::Delete);
    Ok(())
}

/// The creation has come to its end, unless the gateway is being deleted by now.
pub(crate) fn created(world: &mut World, place: &Place, id: &str, failure: Option<String>) {
    let now = world.now();
    let state = &mut world.region(place).ec2;
    let Some(gateway) = state
        .nat_gateways
        .get_mut(id)
        .filter(|gateway| gateway.status == Status::Pending)
    else {
        return;
    };
    if failure.is_none() {
        gateway.enter(Status::Available);
        return;
    }
    gateway.failure = failure;
    end(state, id, Status::Failed, now);
}

/// The deletion has come to its end: the interface goes with it.
pub(crate) fn deleted(world: &mut World, place: &Place, id: &str, failure: Option<String>) {
    let now = world.now();
    let state = &mut world.region(place).ec2;
    match (failure, state.nat_gateways.get_mut(id)) {
        (Some(_), Some(gateway)) => gateway.enter(Status::Available),
        (None, Some(_)) => end(state, id, Status::Deleted, now),
        (_, None) => {}
    }
}

fn end(state: &mut State, id: &str, status: Status, now: SimTime) {
    let Some(gateway) = state.nat_gateways.get_mut(id) else {
        return;
    };
    gateway.enter(status);
    gateway.shown_until = Some(now.plus(SHOWN));
    let interface = gateway.interface_id.clone();
    state.interfaces.remove(&interface);
}

impl State {
    /// A gateway that exists.
    ///
    /// # Errors
    /// `NatGatewayNotFound`.
    pub(crate) fn nat_gateway(&self, id: &str) -> Result<&NatGateway, ServiceError> {
        let found = self.nat_gateways.get(id).filter(|gateway| gateway.exists());
        found.ok_or_else(|| not_found(id))
    }

    fn nat_gateway_mut(&mut self, id: &str) -> Result<&mut NatGateway, ServiceError> {
        let found = self.nat_gateways.get_mut(id);
        found
            .filter(|gateway| gateway.exists())
            .ok_or_else(|| not_found(id))
    }
}

pub(crate) fn not_found(id: &str) -> ServiceError {
    ServiceError::new(
        "NatGatewayNotFound",
        format!("The Nat Gateway {id} was not found"),
    )
}
