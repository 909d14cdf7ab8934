//! Actions on VPN gateways.

use std::ops::RangeInclusive;

use serde::Deserialize;

use super::{done, mint_name, tag_set};
use crate::consistency::Lags;
use crate::ec2::listing::{Filters, Listed, Query, one, some};
use crate::ec2::meta::Tags;
use crate::ec2::tags::{self, Specification};
use crate::ec2::vpn_gateways::{self, Attachment, VpnGateway};
use crate::error::ServiceError;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

/// The only type that there is.
const IPSEC: &str = "ipsec.1";
/// `AmazonSideAsn` of a gateway that was made without one (CreateVpnGateway).
const ASN: u32 = 64_512;

impl Listed for VpnGateway {
    const FILTERS: Filters<Self> = &[
        ("amazon-side-asn", |gateway| one(gateway.asn)),
        ("attachment.state", |gateway| {
            some(gateway.attachment.as_ref().map(|it| it.status.word()))
        }),
        ("attachment.vpc-id", |gateway| {
            some(gateway.attachment.as_ref().map(|it| &it.vpc_id))
        }),
        ("state", |gateway| one(gateway.state())),
        ("type", |_| one(IPSEC)),
        ("vpn-gateway-id", |gateway| one(&gateway.id)),
    ];
    const SIZES: Option<RangeInclusive<usize>> = None;

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
    r#type: String,
    #[serde(default)]
    amazon_side_asn: Option<u32>,
    #[serde(default)]
    tag_specification: Vec<Specification>,
}

impl Create {
    fn check(&self) -> Result<(), ServiceError> {
        if self.r#type != IPSEC {
            let text = format!("Value ({}) for parameter type is invalid.", self.r#type);
            return Err(ServiceError::new("InvalidParameterValue", text));
        }
        match self.amazon_side_asn {
            // The private numbers of 16 and of 32 bits.
            None | Some(64_512..=65_534 | 4_200_000_000..=4_294_967_294) => Ok(()),
            Some(asn) => {
                let text = format!("Value ({asn}) for parameter amazonSideAsn is invalid.");
                Err(ServiceError::new("InvalidParameterValue", text))
            }
        }
    }
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    asked.check()?;
    let asn = asked.amazon_side_asn.unwrap_or(ASN);
    let tags = tags::specified(asked.tag_specification, "vpn-gateway")?;
    let id = vpn_gateways::create(call.world, &call.place, &mint_name(&tags), asn, tags)?;
    call.touch(&id);
    let members = members(call.region().ec2.vpn_gateway(&id)?);
    Ok(Output::Xml(vec![
        Element::new("vpnGateway").children(members),
    ]))
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "VpnGatewayId")?;
    let now = call.world.now();
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let mut items = query.seen(&state.views.vpn_gateways, &state.vpn_gateways, lags);
    items.retain(|it| it.is_shown(now));
    let page = query.page(call, items, vpn_gateways::not_found)?;
    Ok(Output::Xml(page.elements("vpnGatewaySet", members)))
}

fn members(gateway: &VpnGateway) -> Vec<Element> {
    let attachments = gateway.attachment.iter().map(attachment_members);
    vec![
        Element::text("vpnGatewayId", &gateway.id),
        Element::text("state", gateway.state()),
        Element::text("type", IPSEC),
        Element::text("amazonSideAsn", gateway.asn),
        Element::list("attachments", "item", attachments),
        tag_set(&gateway.meta.tags),
    ]
}

fn attachment_members(attachment: &Attachment) -> Vec<Element> {
    vec![
        Element::text("state", attachment.status.word()),
        Element::text("vpcId", &attachment.vpc_id),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Attach {
    vpn_gateway_id: String,
    vpc_id: String,
}

pub(super) fn attach(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Attach = input.parse()?;
    let (id, vpc_id) = (&asked.vpn_gateway_id, &asked.vpc_id);
    vpn_gateways::attach(call.world, &call.place, id, vpc_id)?;
    let gateway = call.region().ec2.vpn_gateway(id)?;
    let attachment = gateway.attachment.iter().flat_map(attachment_members);
    Ok(Output::Xml(vec![
        Element::new("attachment").children(attachment),
    ]))
}

pub(super) fn detach(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Attach = input.parse()?;
    let (id, vpc_id) = (&asked.vpn_gateway_id, &asked.vpc_id);
    vpn_gateways::detach(call.world, &call.place, id, vpc_id)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    vpn_gateway_id: String,
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Delete = input.parse()?;
    vpn_gateways::delete(call.world, &call.place, &asked.vpn_gateway_id)?;
    Ok(done())
}
