//! DescribeVpcEndpointServices.

use std::ops::RangeInclusive;

use crate::ec2::endpoints::Kind;
use crate::ec2::endpoints::services::{self, EndpointService};
use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::ec2::zones;
use crate::error::ServiceError;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call, Place};

impl Listed for EndpointService {
    const FILTERS: Filters<Self> = &[
        ("owner", |_| one("amazon")),
        ("service-name", |service| one(&service.name)),
        ("service-type", |service| one(service.kind.word())),
    ];
    const SIZES: Option<RangeInclusive<usize>> = Some(1..=usize::MAX);

    fn id(&self) -> &str {
        &self.name
    }

    /// S3 and DynamoDB are listed once for each kind of endpoint.
    fn key(&self) -> String {
        format!("{}/{}", self.name, self.kind.word())
    }

    fn tags(&self) -> Option<&Tags> {
        None
    }
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "ServiceName")?;
    let place = &call.place;
    let page = query.page(call, services::of(place), |name| {
        ServiceError::new(
            "InvalidServiceName",
            format!("The Vpc Endpoint Service '{name}' does not exist"),
        )
    })?;
    let mut names: Vec<&str> = page
        .items
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    names.dedup();
    let mut elements = vec![Element::texts("serviceNameSet", "item", names)];
    elements.extend(page.elements("serviceDetailSet", |service| members(service, place)));
    Ok(Output::Xml(elements))
}

fn members(service: &EndpointService, place: &Place) -> Vec<Element> {
    let zones = zones::of(place);
    let ids = zones
        .iter()
        .filter(|zone| service.zones.contains(&zone.name))
        .map(|zone| zone.id.as_str());
    let kind = vec![Element::text("serviceType", service.kind.word())];
    let mut members = vec![
        Element::text("serviceName", &service.name),
        Element::list("serviceType", "item", [kind]),
        Element::text("serviceRegion", &place.region),
        Element::texts("availabilityZoneSet", "item", &service.zones),
        Element::texts("availabilityZoneIdSet", "item", ids),
        Element::text("owner", "amazon"),
        Element::text("vpcEndpointPolicySupported", true),
        Element::text("acceptanceRequired", false),
        Element::text("managesVpcEndpoints", false),
    ];
    if service.kind == Kind::Interface {
        members.push(Element::texts(
            "supportedIpAddressTypeSet",
            "item",
            ["ipv4"],
        ));
    }
    if let Some(name) = &service.private_dns_name {
        members.push(Element::text("privateDnsName", name));
        members.push(Element::list(
            "privateDnsNameSet",
            "item",
            [vec![Element::text("privateDnsName", name)]],
        ));
    }
    members
}
