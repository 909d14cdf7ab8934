//! Internet gateways.

use serde::{Deserialize, Serialize};

use super::interfaces::Interface;
use super::meta::{Meta, Tags};
use super::{State, limits};
use crate::error::ServiceError;
use crate::quotas;
use crate::world::{Place, World};

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::InternetGateway";

/// An internet gateway.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Gateway {
    pub id: String,
    /// The VPC that it is attached to.
    pub vpc_id: Option<String>,
    pub meta: Meta,
}

/// Makes a gateway.
///
/// # Errors
/// `InternetGatewayLimitExceeded`.
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    name: &str,
    tags: Tags,
) -> Result<String, ServiceError> {
    let most = world.quotas.limit(quotas::INTERNET_GATEWAYS);
    let present = world.region(place).ec2.gateways.len();
    let code = "InternetGatewayLimitExceeded";
    limits::check(present, most, code, "internet gateways")?;
    let id = world.mint(place, TYPE, name, "igw-", 17);
    let gateway = Gateway {
        id: id.clone(),
        vpc_id: None,
        meta: Meta::new(tags),
    };
    world.region(place).ec2.gateways.insert(id.clone(), gateway);
    Ok(id)
}

/// Attaches a gateway to a VPC.
///
/// # Errors
/// The not-found codes, `Resource.AlreadyAssociated`, `InvalidParameterValue` where the VPC has one.
pub(crate) fn attach(state: &mut State, id: &str, vpc_id: &str) -> Result<(), ServiceError> {
    state.vpc(vpc_id)?;
    if let Some(other) = &state.gateway(id)?.vpc_id {
        let text = format!("resource {id} is already attached to network {other}");
        return Err(ServiceError::new("Resource.AlreadyAssociated", text));
    }
    if state
        .gateways
        .values()
        .any(|gateway| gateway.vpc_id.as_deref() == Some(vpc_id))
    {
        let text = format!("Network {vpc_id} already has an internet gateway attached");
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    state.set_gateway_vpc(id, Some(vpc_id.to_owned()))
}

/// Detaches a gateway from its VPC; routes through it lead nowhere from then on.
///
/// # Errors
/// The not-found codes, `Gateway.NotAttached`, `DependencyViolation` while anything in the VPC has a public address
/// (hashicorp/terraform#497 and #1303).
pub(crate) fn detach(state: &mut State, id: &str, vpc_id: &str) -> Result<(), ServiceError> {
    state.vpc(vpc_id)?;
    if state.gateway(id)?.vpc_id.as_deref() != Some(vpc_id) {
        let text = format!("resource {id} is not attached to network {vpc_id}");
        return Err(ServiceError::new("Gateway.NotAttached", text));
    }
    let is_mapped = |it: &Interface| it.vpc_id == vpc_id && it.public_address.is_some();
    if state.interfaces.values().any(is_mapped) {
        let text = format!(
            "Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before detaching \
             the gateway."
        );
        return Err(ServiceError::new("DependencyViolation", text));
    }
    state.set_gateway_vpc(id, None)
}

/// Deletes a gateway.
///
/// # Errors
/// `InvalidInternetGatewayID.NotFound`, `DependencyViolation` while it is attached.
pub(crate) fn delete(state: &mut State, id: &str) -> Result<(), ServiceError> {
    if state.gateway(id)?.vpc_id.is_some() {
        let text = format!("The internetGateway '{id}' has dependencies and cannot be deleted.");
        return Err(ServiceError::new("DependencyViolation", text));
    }
    state.gateways.remove(id);
    Ok(())
}

impl State {
    /// # Errors
    /// `InvalidInternetGatewayID.NotFound`.
    pub(crate) fn gateway(&self, id: &str) -> Result<&Gateway, ServiceError> {
        self.gateways.get(id).ok_or_else(|| not_found(id))
    }

    fn set_gateway_vpc(&mut self, id: &str, vpc_id: Option<String>) -> Result<(), ServiceError> {
        let gateway = self.gateways.get_mut(id).ok_or_else(|| not_found(id))?;
        gateway.vpc_id = vpc_id;
        gateway.meta.changed();
        Ok(())
    }
}

pub(crate) fn not_found(id: &str) -> ServiceError {
    let text = format!("The internetGateway ID '{id}' does not exist");
    ServiceError::new("InvalidInternetGatewayID.NotFound", text)
}
