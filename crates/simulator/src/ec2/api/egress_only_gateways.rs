//! Actions on egress-only internet gateways.

use std::ops::RangeInclusive;

use serde::Deserialize;

use super::{mint_name, tag_set};
use crate::consistency::Lags;
use crate::ec2::egress_only_gateways::{self, EgressOnlyGateway};
use crate::ec2::listing::{Filters, Listed, Query};
use crate::ec2::meta::Tags;
use crate::ec2::tags::{self, Specification};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

impl Listed for EgressOnlyGateway {
    /// Those over tags are all that the API has.
    const FILTERS: Filters<Self> = &[];
    const SIZES: Option<RangeInclusive<usize>> = Some(5..=255);

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
    #[serde(default)]
    client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<Specification>,
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    let tags = tags::specified(asked.tag_specification, "egress-only-internet-gateway")?;
    let (name, vpc_id) = (mint_name(&tags), &asked.vpc_id);
    let id = egress_only_gateways::create(call.world, &call.place, &name, vpc_id, tags)?;
    call.touch(&id);
    let members = members(call.region().ec2.egress_only_gateway(&id)?);
    let gateway = Element::new("egressOnlyInternetGateway").children(members);
    let token = Element::optional("clientToken", asked.client_token.as_ref());
    Ok(Output::Xml(token.into_iter().chain([gateway]).collect()))
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "EgressOnlyInternetGatewayId")?;
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let (view, truth) = (
        &state.views.egress_only_gateways,
        &state.egress_only_gateways,
    );
    let items = query.seen(view, truth, lags);
    let page = query.page(call, items, egress_only_gateways::not_found)?;
    Ok(Output::Xml(
        page.elements("egressOnlyInternetGatewaySet", members),
    ))
}

fn members(gateway: &EgressOnlyGateway) -> Vec<Element> {
    let attachment = vec![
        Element::text("state", "attached"),
        Element::text("vpcId", &gateway.vpc_id),
    ];
    vec![
        Element::text("egressOnlyInternetGatewayId", &gateway.id),
        Element::list("attachmentSet", "item", [attachment]),
        tag_set(&gateway.meta.tags),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    egress_only_internet_gateway_id: String,
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Delete = input.parse()?;
    let id = &asked.egress_only_internet_gateway_id;
    egress_only_gateways::delete(&mut call.region().ec2, id)?;
    Ok(Output::Xml(vec![Element::text("returnCode", true)]))
}
