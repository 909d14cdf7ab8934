//! Carrier gateways: each is made for one VPC and holds it until it is gone; it stays listed for a while afterwards.
//!
//! In AWS a VPC can only have one for its subnets in a Wavelength Zone. This world has no such zones: here any VPC may
//! have one, no subnet uses it and no route leads to it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::meta::{Meta, Tags};
use super::{Event, State};
use crate::error::ServiceError;
use crate::queue;
use crate::time::SimTime;
use crate::world::{Place, World};

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::CarrierGateway";

/// How long one that has gone is still listed: as long as a NAT gateway, for all that is known.
const SHOWN: Duration = Duration::from_secs(3600);

/// A carrier gateway.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CarrierGateway {
    pub id: String,
    pub vpc_id: String,
    pub status: Status,
    /// Until when it is listed although it has gone.
    shown_until: Option<SimTime>,
    pub meta: Meta,
}

/// Where a carrier gateway is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    Pending,
    Available,
    Deleting,
    Deleted,
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Available => "available",
            Status::Deleting => "deleting",
            Status::Deleted => "deleted",
        }
    }
}

impl CarrierGateway {
    /// Whether anything of it is left that holds its VPC.
    pub(crate) fn exists(&self) -> bool {
        self.status != Status::Deleted
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

/// Begins to make a gateway for a VPC.
///
/// # Errors
/// `InvalidVpcID.NotFound`; `InvalidParameterValue` where the VPC has one. There may be one for each VPC (Wavelength
/// Developer Guide, "Quotas"); with which code another is refused is not known.
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    name: &str,
    vpc_id: &str,
    tags: Tags,
) -> Result<String, ServiceError> {
    let state = &world.region(place).ec2;
    state.vpc(vpc_id)?;
    if state.is_held_by_carrier_gateway(vpc_id) {
        let text = format!("Network {vpc_id} already has a carrier gateway");
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    let id = world.mint(place, TYPE, name, "cagw-", 17);
    let gateway = CarrierGateway {
        id: id.clone(),
        vpc_id: vpc_id.to_owned(),
        status: Status::Pending,
        shown_until: None,
        meta: Meta::new(tags),
    };
    let state = &mut world.region(place).ec2;
    state.carrier_gateways.insert(id.clone(), gateway);
    let takes = world.draw("carrier gateway create", &id);
    let event = Event::CarrierGatewayCreated { id: id.clone() };
    world.schedule(takes, place, queue::Event::Ec2(event));
    Ok(id)
}

/// Begins to delete a gateway.
///
/// # Errors
/// `InvalidCarrierGatewayID.NotFound`.
pub(crate) fn delete(world: &mut World, place: &Place, id: &str) -> Result<(), ServiceError> {
    let state = &mut world.region(place).ec2;
    let found = state.carrier_gateways.get_mut(id);
    let Some(gateway) = found.filter(|gateway| gateway.exists()) else {
        return Err(not_found(id));
    };
    if gateway.status == Status::Deleting {
        return Ok(());
    }
    gateway.enter(Status::Deleting);
    let takes = world.draw("carrier gateway delete", id);
    let event = Event::CarrierGatewayDeleted { id: id.to_owned() };
    world.schedule(takes, place, queue::Event::Ec2(event));
    Ok(())
}

/// The creation has come to its end, unless the gateway is being deleted by now.
pub(crate) fn created(state: &mut State, id: &str) {
    let found = state.carrier_gateways.get_mut(id);
    if let Some(gateway) = found.filter(|gateway| gateway.status == Status::Pending) {
        gateway.enter(Status::Available);
    }
}

/// The deletion has come to its end.
pub(crate) fn deleted(world: &mut World, place: &Place, id: &str) {
    let until = world.now().plus(SHOWN);
    let state = &mut world.region(place).ec2;
    if let Some(gateway) = state.carrier_gateways.get_mut(id) {
        gateway.enter(Status::Deleted);
        gateway.shown_until = Some(until);
    }
}

impl State {
    /// A gateway that exists.
    ///
    /// # Errors
    /// `InvalidCarrierGatewayID.NotFound`.
    pub(crate) fn carrier_gateway(&self, id: &str) -> Result<&CarrierGateway, ServiceError> {
        let found = self.carrier_gateways.get(id);
        found
            .filter(|gateway| gateway.exists())
            .ok_or_else(|| not_found(id))
    }

    /// Whether a VPC has a carrier gateway that has not gone for good.
    pub(crate) fn is_held_by_carrier_gateway(&self, vpc_id: &str) -> bool {
        let mut gateways = self.carrier_gateways.values();
        gateways.any(|gateway| gateway.exists() && gateway.vpc_id == vpc_id)
    }
}

pub(crate) fn not_found(id: &str) -> ServiceError {
    let text = format!("The carrierGateway ID '{id}' does not exist");
    ServiceError::new("InvalidCarrierGatewayID.NotFound", text)
}
