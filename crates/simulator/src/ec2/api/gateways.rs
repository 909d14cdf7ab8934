//! Actions on internet gateways.

use serde::Deserialize;

use super::{done, mint_name, tag_set};
use crate::consistency::Lags;
use crate::ec2::gateways::{self, Gateway};
use crate::ec2::listing::{Filters, Listed, Query, one, some};
use crate::ec2::meta::Tags;
use crate::ec2::tags::{self, Specification};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

impl Listed for Gateway {
    const FILTERS: Filters<Self> = &[
        ("attachment.state", |gateway| {
            some(gateway.vpc_id.as_ref().map(|_| "available"))
        }),
        ("attachment.vpc-id", |gateway| some(gateway.vpc_id.as_ref())),
        ("internet-gateway-id", |gateway| one(&gateway.id)),
        ("owner-id", |_| one(crate::service::ACCOUNT)),
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
    #[serde(default)]
    tag_specification: Vec<Specification>,
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    let tags = tags::specified(asked.tag_specification, "internet-gateway")?;
    let id = gateways::create(call.world, &call.place, &mint_name(&tags), tags)?;
    call.touch(&id);
    let account = call.place.account.clone();
    let members = members(call.region().ec2.gateway(&id)?, &account);
    Ok(Output::Xml(vec![
        Element::new("internetGateway").children(members),
    ]))
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "InternetGatewayId")?;
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let items = query.seen(&state.views.gateways, &state.gateways, lags);
    let page = query.page(call, items, gateways::not_found)?;
    Ok(Output::Xml(
        page.elements("internetGatewaySet", |gateway| {
            members(gateway, &call.place.account)
        }),
    ))
}

fn members(gateway: &Gateway, account: &str) -> Vec<Element> {
    let attachments = gateway.vpc_id.iter().map(|vpc| {
        vec![
            Element::text("state", "available"),
            Element::text("vpcId", vpc),
        ]
    });
    vec![
        Element::text("internetGatewayId", &gateway.id),
        Element::text("ownerId", account),
        Element::list("attachmentSet", "item", attachments),
        tag_set(&gateway.meta.tags),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Attach {
    internet_gateway_id: String,
    vpc_id: String,
}

pub(super) fn attach(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Attach = input.parse()?;
    gateways::attach(
        &mut call.region().ec2,
        &asked.internet_gateway_id,
        &asked.vpc_id,
    )?;
    Ok(done())
}

pub(super) fn detach(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Attach = input.parse()?;
    gateways::detach(
        &mut call.region().ec2,
        &asked.internet_gateway_id,
        &asked.vpc_id,
    )?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    internet_gateway_id: String,
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Delete = input.parse()?;
    gateways::delete(&mut call.region().ec2, &asked.internet_gateway_id)?;
    Ok(done())
}
