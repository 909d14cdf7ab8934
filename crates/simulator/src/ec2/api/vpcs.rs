//! Actions on VPCs.

use serde::Deserialize;

use super::{Attribute, done, mint_name, tag_set};
use crate::consistency::Lags;
use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::ec2::tags::{self, Specification};
use crate::ec2::vpcs::{self, NewVpc, Vpc};
use crate::error::ServiceError;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

impl Listed for Vpc {
    const FILTERS: Filters<Self> = &[
        ("cidr", |vpc| one(vpc.cidr)),
        ("cidr-block-association.association-id", |vpc| {
            one(association_id(vpc))
        }),
        ("cidr-block-association.cidr-block", |vpc| one(vpc.cidr)),
        ("cidr-block-association.state", |_| one("associated")),
        ("dhcp-options-id", |_| one("default")),
        ("is-default", |vpc| one(vpc.default)),
        ("isDefault", |vpc| one(vpc.default)),
        ("owner-id", |_| one(crate::service::ACCOUNT)),
        ("state", |_| one("available")),
        ("vpc-id", |vpc| one(&vpc.id)),
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
    cidr_block: String,
    #[serde(default)]
    instance_tenancy: Option<String>,
    #[serde(default)]
    tag_specification: Vec<Specification>,
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    let tags = tags::specified(asked.tag_specification, "vpc")?;
    let tenancy = asked
        .instance_tenancy
        .unwrap_or_else(|| "default".to_owned());
    let new = NewVpc {
        name: mint_name(&tags),
        cidr: asked.cidr_block,
        tenancy,
        tags,
    };
    let id = vpcs::create(call.world, &call.place, new)?;
    call.touch(&id);
    let account = call.place.account.clone();
    let members = members(call.region().ec2.vpc(&id)?, &account);
    Ok(Output::Xml(vec![Element::new("vpc").children(members)]))
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "VpcId")?;
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let items = query.seen(&state.views.vpcs, &state.vpcs, lags);
    let page = query.page(call, items, vpcs::not_found)?;
    Ok(Output::Xml(page.elements("vpcSet", |vpc| {
        members(vpc, &call.place.account)
    })))
}

fn association_id(vpc: &Vpc) -> String {
    vpc.id.replacen("vpc-", "vpc-cidr-assoc-", 1)
}

fn members(vpc: &Vpc, account: &str) -> Vec<Element> {
    let association = vec![
        Element::text("associationId", association_id(vpc)),
        Element::text("cidrBlock", vpc.cidr),
        Element::new("cidrBlockState").child(Element::text("state", "associated")),
    ];
    vec![
        Element::text("vpcId", &vpc.id),
        Element::text("ownerId", account),
        Element::text("state", "available"),
        Element::text("cidrBlock", vpc.cidr),
        Element::list("cidrBlockAssociationSet", "item", [association]),
        Element::text("dhcpOptionsId", "default"),
        Element::text("instanceTenancy", &vpc.tenancy),
        Element::text("isDefault", vpc.default),
        tag_set(&vpc.meta.tags),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    vpc_id: String,
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Delete = input.parse()?;
    let switches = call.world.switches.clone();
    vpcs::delete(&mut call.region().ec2, &switches, &asked.vpc_id)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Modify {
    vpc_id: String,
    #[serde(default)]
    enable_dns_support: Option<Attribute<bool>>,
    #[serde(default)]
    enable_dns_hostnames: Option<Attribute<bool>>,
}

pub(super) fn modify(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Modify = input.parse()?;
    let support = asked.enable_dns_support.map(|it| it.value);
    let hostnames = asked.enable_dns_hostnames.map(|it| it.value);
    if support.is_some() == hostnames.is_some() {
        let text = "Exactly one attribute may be modified in a request.";
        return Err(ServiceError::new("InvalidParameterCombination", text));
    }
    vpcs::modify(&mut call.region().ec2, &asked.vpc_id, support, hostnames)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DescribeAttribute {
    vpc_id: String,
    attribute: String,
}

pub(super) fn attribute(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: DescribeAttribute = input.parse()?;
    let vpc = call.region().ec2.vpc(&asked.vpc_id)?;
    let value = match asked.attribute.as_str() {
        "enableDnsSupport" => vpc.dns_support,
        "enableDnsHostnames" => vpc.dns_hostnames,
        other => {
            let text =
                format!("Value ({other}) for parameter attribute is invalid. Unknown attribute.");
            return Err(ServiceError::new("InvalidParameterValue", text));
        }
    };
    let attribute = Element::new(&asked.attribute).child(Element::text("value", value));
    Ok(Output::Xml(vec![
        Element::text("vpcId", &vpc.id),
        attribute,
    ]))
}
