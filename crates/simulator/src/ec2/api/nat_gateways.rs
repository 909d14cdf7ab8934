//! Actions on NAT gateways.

use std::net::Ipv4Addr;

use serde::Deserialize;

use super::{mint_name, tag_set};
use crate::consistency::Lags;
use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::ec2::nat_gateways::{self, NatGateway};
use crate::ec2::tags::{self, Specification};
use crate::error::ServiceError;
use crate::time::SimTime;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

impl Listed for NatGateway {
    const FILTERS: Filters<Self> = &[
        ("nat-gateway-id", |gateway| one(&gateway.id)),
        ("state", |gateway| one(gateway.status.word())),
        ("subnet-id", |gateway| one(&gateway.subnet_id)),
        ("vpc-id", |gateway| one(&gateway.vpc_id)),
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.meta.tags)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    subnet_id: String,
    #[serde(default)]
    connectivity_type: Option<String>,
    #[serde(default)]
    allocation_id: Option<String>,
    #[serde(default)]
    private_ip_address: Option<Ipv4Addr>,
    /// For [`crate::ec2::once`].
    #[serde(default, rename = "ClientToken")]
    _client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<Specification>,
}

impl Create {
    /// A public one needs an elastic address, and nobody has any.
    fn check(&self) -> Result<(), ServiceError> {
        match (self.connectivity_type.as_deref(), &self.allocation_id) {
            (Some("private"), None) => Ok(()),
            (Some("private"), Some(_)) => {
                let text =
                    "The parameter AllocationId can't be specified for a private NAT gateway.";
                Err(ServiceError::new("InvalidParameterCombination", text))
            }
            (None | Some("public"), Some(id)) => {
                let text = format!("The allocation ID '{id}' does not exist");
                Err(ServiceError::new("InvalidAllocationID.NotFound", text))
            }
            (None | Some("public"), None) => {
                let text = "The request must contain the parameter allocationId";
                Err(ServiceError::new("MissingParameter", text))
            }
            (Some(other), _) => {
                let text = format!("Value ({other}) for parameter connectivityType is invalid.");
                Err(ServiceError::new("InvalidParameterValue", text))
            }
        }
    }
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    asked.check()?;
    let tags = tags::specified(asked.tag_specification, "natgateway")?;
    let id = nat_gateways::create(
        call.world,
        &call.place,
        &mint_name(&tags),
        &asked.subnet_id,
        asked.private_ip_address,
        tags,
    )?;
    call.touch(&id);
    let members = members(call.region().ec2.nat_gateway(&id)?);
    Ok(Output::Xml(vec![
        Element::new("natGateway").children(members),
    ]))
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "NatGatewayId")?;
    let now = call.world.now();
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let mut items = query.seen(&state.views.nat_gateways, &state.nat_gateways, lags);
    items.retain(|it| it.is_shown(now));
    let page = query.page(call, items, nat_gateways::not_found)?;
    Ok(Output::Xml(page.elements("natGatewaySet", members)))
}

fn members(gateway: &NatGateway) -> Vec<Element> {
    let address = vec![
        Element::text("networkInterfaceId", &gateway.interface_id),
        Element::text("privateIp", gateway.address),
        Element::text("isPrimary", true),
        Element::text("status", "succeeded"),
    ];
    let mut members = vec![
        Element::text("natGatewayId", &gateway.id),
        Element::text("subnetId", &gateway.subnet_id),
        Element::text("vpcId", &gateway.vpc_id),
        Element::text("state", gateway.status.word()),
        Element::text("connectivityType", "private"),
        Element::text("createTime", gateway.created.iso()),
        Element::list("natGatewayAddressSet", "item", [address]),
        tag_set(&gateway.meta.tags),
    ];
    let deleted = gateway.deleted.map(SimTime::iso);
    members.extend(Element::optional("deleteTime", deleted.as_ref()));
    if let Some(reason) = &gateway.failure {
        members.push(Element::text("failureCode", "InternalError"));
        members.push(Element::text("failureMessage", reason));
    }
    members
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    nat_gateway_id: String,
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Delete = input.parse()?;
    nat_gateways::delete(call.world, &call.place, &asked.nat_gateway_id)?;
    Ok(Output::Xml(vec![Element::text(
        "natGatewayId",
        asked.nat_gateway_id,
    )]))
}
