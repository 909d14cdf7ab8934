//! Actions on carrier gateways.

use serde::Deserialize;

use super::{mint_name, tag_set};
use crate::consistency::Lags;
use crate::ec2::carrier_gateways::{self, CarrierGateway};
use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::ec2::tags::{self, Specification};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

impl Listed for CarrierGateway {
    const FILTERS: Filters<Self> = &[
        ("carrier-gateway-id", |gateway| one(&gateway.id)),
        ("owner-id", |_| one(crate::service::ACCOUNT)),
        ("state", |gateway| one(gateway.status.word())),
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
    vpc_id: String,
    /// For [`crate::ec2::once`].
    #[serde(default, rename = "ClientToken")]
    _client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<Specification>,
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    let tags = tags::specified(asked.tag_specification, "carrier-gateway")?;
    let (name, vpc_id) = (mint_name(&tags), &asked.vpc_id);
    let id = carrier_gateways::create(call.world, &call.place, &name, vpc_id, tags)?;
    call.touch(&id);
    one_gateway(call, &id)
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "CarrierGatewayId")?;
    let now = call.world.now();
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let mut items = query.seen(&state.views.carrier_gateways, &state.carrier_gateways, lags);
    items.retain(|it| it.is_shown(now));
    let page = query.page(call, items, carrier_gateways::not_found)?;
    Ok(Output::Xml(page.elements("carrierGatewaySet", |gateway| {
        members(gateway, &call.place.account)
    })))
}

fn one_gateway(call: &mut Call<'_>, id: &str) -> Answered {
    let account = call.place.account.clone();
    let members = members(call.region().ec2.carrier_gateway(id)?, &account);
    Ok(Output::Xml(vec![
        Element::new("carrierGateway").children(members),
    ]))
}

fn members(gateway: &CarrierGateway, account: &str) -> Vec<Element> {
    vec![
        Element::text("carrierGatewayId", &gateway.id),
        Element::text("vpcId", &gateway.vpc_id),
        Element::text("state", gateway.status.word()),
        Element::text("ownerId", account),
        tag_set(&gateway.meta.tags),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    carrier_gateway_id: String,
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Delete = input.parse()?;
    let id = &asked.carrier_gateway_id;
    carrier_gateways::delete(call.world, &call.place, id)?;
    one_gateway(call, id)
}
