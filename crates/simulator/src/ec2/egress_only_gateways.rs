//! Egress-only internet gateways: each is made for one VPC, is attached to it at once and holds it until it is deleted.
//!
//! IPv6 alone goes through them, and this world has none: no route leads to one.

use serde::{Deserialize, Serialize};

use super::State;
use super::meta::{Meta, Tags};
use crate::error::ServiceError;
use crate::world::{Place, World};

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::EgressOnlyInternetGateway";

/// An egress-only internet gateway.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EgressOnlyGateway {
    pub id: String,
    pub vpc_id: String,
    pub meta: Meta,
}

/// Makes a gateway for a VPC.
///
/// # Errors
/// `InvalidVpcID.NotFound`; `InvalidParameterValue` where the VPC has one. There may be one for each VPC (VPC User
/// Guide, "Amazon VPC quotas"); with which code another is refused is not known.
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    name: &str,
    vpc_id: &str,
    tags: Tags,
) -> Result<String, ServiceError> {
    let state = &world.region(place).ec2;
    state.vpc(vpc_id)?;
    if state.is_held_by_egress_only_gateway(vpc_id) {
        let text = format!("Network {vpc_id} already has an egress-only internet gateway attached");
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    let id = world.mint(place, TYPE, name, "eigw-", 17);
    let gateway = EgressOnlyGateway {
        id: id.clone(),
        vpc_id: vpc_id.to_owned(),
        meta: Meta::new(tags),
    };
    let state = &mut world.region(place).ec2;
    state.egress_only_gateways.insert(id.clone(), gateway);
    Ok(id)
}

/// Deletes a gateway.
///
/// # Errors
/// `InvalidGatewayID.NotFound`.
pub(crate) fn delete(state: &mut State, id: &str) -> Result<(), ServiceError> {
    let gone = state.egress_only_gateways.remove(id);
    gone.map(drop).ok_or_else(|| not_found(id))
}

impl State {
    /// # Errors
    /// `InvalidGatewayID.NotFound`.
    pub(crate) fn egress_only_gateway(&self, id: &str) -> Result<&EgressOnlyGateway, ServiceError> {
        let found = self.egress_only_gateways.get(id);
        found.ok_or_else(|| not_found(id))
    }

    /// Whether a VPC has an egress-only internet gateway.
    pub(crate) fn is_held_by_egress_only_gateway(&self, vpc_id: &str) -> bool {
        let mut gateways = self.egress_only_gateways.values();
        gateways.any(|gateway| gateway.vpc_id == vpc_id)
    }
}

/// The code that terraform-provider-aws takes for gone; EC2's own list has it for gateways of any kind.
pub(crate) fn not_found(id: &str) -> ServiceError {
    let text = format!("The gateway ID '{id}' does not exist");
    ServiceError::new("InvalidGatewayID.NotFound", text)
}
