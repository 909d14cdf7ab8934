//! VPN gateways: each is attached to one VPC at a time and holds it; to attach and to detach one takes a while. One
//! that is detached still shows where it was attached, and one that is deleted stays listed for a while.
//!
//! The codes are those of EC2's "Error codes for the Amazon EC2 API". That a gateway is not detached while its
//! attachment is on its way, and for how long a deleted one is listed, nobody has written down.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::meta::{Meta, Tags};
use super::{Event, State, limits};
use crate::error::ServiceError;
use crate::queue;
use crate::quotas;
use crate::time::SimTime;
use crate::world::{Place, World};

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::VPNGateway";

/// How long one that is deleted is still listed.
const SHOWN: Duration = Duration::from_secs(3600);

/// A VPN gateway without connections.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct VpnGateway {
    pub id: String,
    /// The number of AWS's side in BGP.
    pub asn: u32,
    /// Its last attachment.
    pub attachment: Option<Attachment>,
    /// Until when it is listed although it is deleted.
    shown_until: Option<SimTime>,
    pub meta: Meta,
}

/// Where a gateway is or was attached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attachment {
    pub vpc_id: String,
    pub status: Status,
}

/// Where an attachment is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    Attaching,
    Attached,
    Detaching,
    Detached,
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::Attaching => "attaching",
            Status::Attached => "attached",
            Status::Detaching => "detaching",
            Status::Detached => "detached",
        }
    }
}

impl VpnGateway {
    /// Whether it is not deleted.
    pub(crate) fn exists(&self) -> bool {
        self.shown_until.is_none()
    }

    /// Whether lists still show it.
    pub(crate) fn is_shown(&self, now: SimTime) -> bool {
        self.shown_until.is_none_or(|until| now < until)
    }

    /// `available` or `deleted`.
    pub(crate) fn state(&self) -> &'static str {
        if self.exists() {
            "available"
        } else {
            "deleted"
        }
    }

    /// The VPC that it holds, until it is detached for good.
    pub(crate) fn holds(&self) -> Option<&str> {
        let attachment = self.attachment.as_ref();
        let attachment = attachment.filter(|it| it.status != Status::Detached);
        attachment.map(|it| it.vpc_id.as_str())
    }

    fn enter(&mut self, vpc_id: &str, status: Status) {
        self.attachment = Some(Attachment {
            vpc_id: vpc_id.to_owned(),
            status,
        });
        self.meta.changed();
    }
}

/// Makes a gateway.
///
/// # Errors
/// `VpnGatewayLimitExceeded`.
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    name: &str,
    asn: u32,
    tags: Tags,
) -> Result<String, ServiceError> {
    let most = world.quotas.limit(quotas::VPN_GATEWAYS);
    let gateways = world.region(place).ec2.vpn_gateways.values();
    let present = gateways.filter(|gateway| gateway.exists()).count();
    let code = "VpnGatewayLimitExceeded";
    limits::check(present, most, code, "virtual private gateways")?;
    let id = world.mint(place, TYPE, name, "vgw-", 17);
    let gateway = VpnGateway {
        id: id.clone(),
        asn,
        attachment: None,
        shown_until: None,
        meta: Meta::new(tags),
    };
    let state = &mut world.region(place).ec2;
    state.vpn_gateways.insert(id.clone(), gateway);
    Ok(id)
}

/// Begins to attach a gateway to a VPC.
///
/// # Errors
/// The not-found codes, `VpnGatewayAttachmentLimitExceeded` where it is attached already, `InvalidVpcState` where the
/// VPC has another one.
pub(crate) fn attach(
    world: &mut World,
    place: &Place,
    id: &str,
    vpc_id: &str,
) -> Result<(), ServiceError> {
    let state = &mut world.region(place).ec2;
    state.vpc(vpc_id)?;
    if state.vpn_gateway(id)?.holds().is_some() {
        let text = "The maximum number of virtual private gateway attachments has been reached.";
        return Err(ServiceError::new("VpnGatewayAttachmentLimitExceeded", text));
    }
    if state.is_held_by_vpn_gateway(vpc_id) {
        let text = format!("VPC {vpc_id} is currently attached to the Virtual Private Gateway.");
        return Err(ServiceError::new("InvalidVpcState", text));
    }
    let gateway = state.vpn_gateway_mut(id)?;
    gateway.enter(vpc_id, Status::Attaching);
    schedule(world, place, "vpn gateway attach", id);
    Ok(())
}

/// Begins to detach a gateway from its VPC.
///
/// # Errors
/// `InvalidVpnGatewayID.NotFound`; `InvalidVpnGatewayAttachment.NotFound`, for a VPC that does not exist as well;
/// `IncorrectState` while the attachment is on its way.
pub(crate) fn detach(
    world: &mut World,
    place: &Place,
    id: &str,
    vpc_id: &str,
) -> Result<(), ServiceError> {
    let state = &mut world.region(place).ec2;
    let gateway = state.vpn_gateway_mut(id)?;
    let attachment = gateway.attachment.as_ref();
    let attachment = attachment.filter(|it| it.vpc_id == vpc_id);
    match attachment.map(|it| it.status) {
        Some(Status::Attached) => gateway.enter(vpc_id, Status::Detaching),
        Some(status @ (Status::Attaching | Status::Detaching)) => {
            let text = format!("The vpnGateway '{id}' is {}.", status.word());
            return Err(ServiceError::new("IncorrectState", text));
        }
        Some(Status::Detached) | None => {
            let text = format!(
                "The attachment with vpn gateway ID '{id}' and vpc ID '{vpc_id}' does not exist"
            );
            let code = "InvalidVpnGatewayAttachment.NotFound";
            return Err(ServiceError::new(code, text));
        }
    }
    schedule(world, place, "vpn gateway detach", id);
    Ok(())
}

fn schedule(world: &mut World, place: &Place, entry: &str, id: &str) {
    let takes = world.draw(entry, id);
    let event = Event::VpnGatewayAttachment { id: id.to_owned() };
    world.schedule(takes, place, queue::Event::Ec2(event));
}

/// What was begun with an attachment has come to its end; only one thing can be under way at a time.
pub(crate) fn ended(state: &mut State, id: &str) {
    let Some(gateway) = state.vpn_gateways.get_mut(id) else {
        return;
    };
    let Some(attachment) = &mut gateway.attachment else {
        return;
    };
    attachment.status = match attachment.status {
        Status::Attaching | Status::Attached => Status::Attached,
        Status::Detaching | Status::Detached => Status::Detached,
    };
    gateway.meta.changed();
}

/// Deletes a gateway.
///
/// # Errors
/// `InvalidVpnGatewayID.NotFound`, `IncorrectState` until it is detached for good.
pub(crate) fn delete(world: &mut World, place: &Place, id: &str) -> Result<(), ServiceError> {
    let until = world.now().plus(SHOWN);
    let gateway = world.region(place).ec2.vpn_gateway_mut(id)?;
    if gateway.holds().is_some() {
        let text = "The VPN gateway is in use.";
        return Err(ServiceError::new("IncorrectState", text));
    }
    gateway.shown_until = Some(until);
    gateway.meta.changed();
    Ok(())
}

impl State {
    /// A gateway that exists.
    ///
    /// # Errors
    /// `InvalidVpnGatewayID.NotFound`.
    pub(crate) fn vpn_gateway(&self, id: &str) -> Result<&VpnGateway, ServiceError> {
        let found = self.vpn_gateways.get(id);
        found
            .filter(|gateway| gateway.exists())
            .ok_or_else(|| not_found(id))
    }

    fn vpn_gateway_mut(&mut self, id: &str) -> Result<&mut VpnGateway, ServiceError> {
        let found = self.vpn_gateways.get_mut(id);
        found
            .filter(|gateway| gateway.exists())
            .ok_or_else(|| not_found(id))
    }

    /// Whether a VPN gateway is attached to a VPC, or on its way to or from it.
    pub(crate) fn is_held_by_vpn_gateway(&self, vpc_id: &str) -> bool {
        let mut gateways = self.vpn_gateways.values();
        gateways.any(|gateway| gateway.holds() == Some(vpc_id))
    }
}

pub(crate) fn not_found(id: &str) -> ServiceError {
    let text = format!("The vpnGateway ID '{id}' does not exist");
    ServiceError::new("InvalidVpnGatewayID.NotFound", text)
}
