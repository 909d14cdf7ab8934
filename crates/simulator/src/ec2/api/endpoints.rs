//! Actions on VPC endpoints.

use std::ops::RangeInclusive;

use serde::Deserialize;

use super::{done, mint_name, tag_set};
use crate::consistency::Lags;
use crate::ec2::State;
use crate::ec2::endpoints::{self, Changes, Endpoint, Kind, NewEndpoint, OPEN_POLICY};
use crate::ec2::listing::{Filters, Listed, Query, one, some};
use crate::ec2::meta::Tags;
use crate::ec2::tags::{self, Specification};
use crate::error::ServiceError;
use crate::switches::Switches;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call, Place};

impl Listed for Endpoint {
    const FILTERS: Filters<Self> = &[
        ("ip-address-type", |endpoint| {
            some((endpoint.kind == Kind::Interface).then_some("ipv4"))
        }),
        ("service-name", |endpoint| one(&endpoint.service_name)),
        ("vpc-endpoint-id", |endpoint| one(&endpoint.id)),
        ("vpc-endpoint-state", |endpoint| one(endpoint.status.word())),
        ("vpc-endpoint-type", |endpoint| one(endpoint.kind.word())),
        ("vpc-id", |endpoint| one(&endpoint.vpc_id)),
    ];
    const SIZES: Option<RangeInclusive<usize>> = Some(1..=usize::MAX);

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.meta.tags)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DnsOptions {
    #[serde(default)]
    private_dns_only_for_inbound_resolver_endpoint: Option<bool>,
    #[serde(default)]
    dns_record_ip_type: Option<String>,
}

/// Names and addresses are those of IPv4.
fn check_ip_type(name: &str, value: Option<&String>) -> Result<(), ServiceError> {
    match value {
        Some(value) if value != "ipv4" => {
            let text = format!("Value ({value}) for parameter {name} is invalid.");
            Err(ServiceError::new("InvalidParameter", text))
        }
        Some(_) | None => Ok(()),
    }
}

fn inbound_only(options: Option<DnsOptions>) -> Result<Option<bool>, ServiceError> {
    let Some(options) = options else {
        return Ok(None);
    };
    check_ip_type("dnsRecordIpType", options.dns_record_ip_type.as_ref())?;
    Ok(options.private_dns_only_for_inbound_resolver_endpoint)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    vpc_id: String,
    service_name: String,
    #[serde(default)]
    vpc_endpoint_type: Option<String>,
    #[serde(default)]
    policy_document: Option<String>,
    #[serde(default)]
    route_table_id: Vec<String>,
    #[serde(default)]
    subnet_id: Vec<String>,
    #[serde(default)]
    security_group_id: Vec<String>,
    #[serde(default)]
    private_dns_enabled: Option<bool>,
    #[serde(default)]
    dns_options: Option<DnsOptions>,
    #[serde(default)]
    ip_address_type: Option<String>,
    /// For [`crate::ec2::once`].
    #[serde(default, rename = "ClientToken")]
    _client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<Specification>,
}

/// The kind of endpoint that a request means.
pub(in crate::ec2) fn kind(asked: Option<&str>) -> Result<Kind, ServiceError> {
    match asked {
        None | Some("Gateway") => Ok(Kind::Gateway),
        Some("Interface") => Ok(Kind::Interface),
        Some(other) => {
            let text = format!("Value ({other}) for parameter vpcEndpointType is invalid.");
            Err(ServiceError::new("InvalidParameter", text))
        }
    }
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    check_ip_type("ipAddressType", asked.ip_address_type.as_ref())?;
    let tags = tags::specified(asked.tag_specification, "vpc-endpoint")?;
    let kind = kind(asked.vpc_endpoint_type.as_deref())?;
    let new = NewEndpoint {
        name: mint_name(&tags),
        kind,
        vpc_id: asked.vpc_id,
        service_name: asked.service_name,
        policy: asked.policy_document,
        route_tables: asked.route_table_id,
        subnets: asked.subnet_id,
        groups: asked.security_group_id,
        private_dns: asked.private_dns_enabled.unwrap_or(kind == Kind::Interface),
        private_dns_inbound_only: inbound_only(asked.dns_options)?,
        tags,
    };
    let id = endpoints::create(call.world, &call.place, new)?;
    call.touch(&id);
    let place = call.place.clone();
    let state = &call.region().ec2;
    let members = members(state, state.endpoint(&id)?, &place);
    Ok(Output::Xml(vec![
        Element::new("vpcEndpoint").children(members),
    ]))
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "VpcEndpointId")?;
    let place = call.place.clone();
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let items = query.seen(&state.views.endpoints, &state.endpoints, lags);
    let switches = call.world.switches.clone();
    let not_found = |id: &str| in_code(&switches, endpoints::not_found(id));
    let page = query.page(call, items, not_found)?;
    let state = &call.region().ec2;
    Ok(Output::Xml(page.elements("vpcEndpointSet", |endpoint| {
        members(state, endpoint, &place)
    })))
}

fn members(state: &State, endpoint: &Endpoint, place: &Place) -> Vec<Element> {
    let mut members = vec![
        Element::text("vpcEndpointId", &endpoint.id),
        Element::text("vpcEndpointType", endpoint.kind.word()),
        Element::text("vpcId", &endpoint.vpc_id),
        Element::text("serviceName", &endpoint.service_name),
        Element::text("state", endpoint.status.word()),
        Element::text("policyDocument", &endpoint.policy),
        Element::texts("routeTableIdSet", "item", &endpoint.route_tables),
        Element::texts("subnetIdSet", "item", endpoint.interfaces.keys()),
        group_set(state, &endpoint.groups),
        Element::text("privateDnsEnabled", endpoint.private_dns),
        Element::text("requesterManaged", false),
        Element::texts(
            "networkInterfaceIdSet",
            "item",
            endpoint.interfaces.values(),
        ),
        dns_entries(state, endpoint, place),
        Element::text("creationTimestamp", endpoint.created.iso()),
        Element::text("ownerId", &place.account),
        tag_set(&endpoint.meta.tags),
    ];
    if endpoint.kind == Kind::Interface {
        members.push(Element::text("ipAddressType", "ipv4"));
        members.push(dns_options(endpoint));
    }
    members.extend(endpoint.last_error.as_ref().map(|reason| {
        Element::new("lastError")
            .child(Element::text("code", "InternalError"))
            .child(Element::text("message", reason))
    }));
    members
}

/// `<groupSet>…</groupSet>`.
pub(super) fn group_set(state: &State, groups: &[String]) -> Element {
    let groups = groups.iter().map(|id| {
        let name = state.groups.get(id).map_or("", |group| group.name.as_str());
        vec![
            Element::text("groupId", id),
            Element::text("groupName", name),
        ]
    });
    Element::list("groupSet", "item", groups)
}

fn dns_entries(state: &State, endpoint: &Endpoint, place: &Place) -> Element {
    let entries = endpoints::dns_entries(state, place, endpoint);
    let items = entries.into_iter().map(|entry| {
        vec![
            Element::text("dnsName", entry.name),
            Element::text("hostedZoneId", entry.hosted_zone),
        ]
    });
    Element::list("dnsEntrySet", "item", items)
}

fn dns_options(endpoint: &Endpoint) -> Element {
    let inbound_only = endpoint.private_dns_inbound_only;
    Element::new("dnsOptions")
        .child(Element::text("dnsRecordIpType", "ipv4"))
        .child(Element::text(
            "privateDnsOnlyForInboundResolverEndpoint",
            inbound_only,
        ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "PascalCase")]
#[derive(Default)]
struct Modify {
    vpc_endpoint_id: String,
    reset_policy: Option<bool>,
    policy_document: Option<String>,
    add_route_table_id: Vec<String>,
    remove_route_table_id: Vec<String>,
    add_subnet_id: Vec<String>,
    remove_subnet_id: Vec<String>,
    add_security_group_id: Vec<String>,
    remove_security_group_id: Vec<String>,
    private_dns_enabled: Option<bool>,
    dns_options: Option<DnsOptions>,
}

pub(super) fn modify(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Modify = input.parse()?;
    let reset = (asked.reset_policy == Some(true)).then(|| OPEN_POLICY.to_owned());
    let changes = Changes {
        policy: asked.policy_document.or(reset),
        add_route_tables: asked.add_route_table_id,
        remove_route_tables: asked.remove_route_table_id,
        add_subnets: asked.add_subnet_id,
        remove_subnets: asked.remove_subnet_id,
        add_groups: asked.add_security_group_id,
        remove_groups: asked.remove_security_group_id,
        private_dns: asked.private_dns_enabled,
        private_dns_inbound_only: inbound_only(asked.dns_options)?,
    };
    endpoints::modify(call.world, &call.place, &asked.vpc_endpoint_id, &changes)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    vpc_endpoint_id: Vec<String>,
}

/// Nobody knows under which of two codes an endpoint is not there.
fn in_code(switches: &Switches, error: ServiceError) -> ServiceError {
    if switches.endpoint_not_found_without_id && error.code == "InvalidVpcEndpointId.NotFound" {
        return ServiceError::new("InvalidVpcEndpoint.NotFound", error.message);
    }
    error
}

/// What could not be deleted is told in a list of its own, under HTTP 200 (section 2.1).
pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Delete = input.parse()?;
    let mut unsuccessful = Vec::new();
    for id in &asked.vpc_endpoint_id {
        if let Err(error) = endpoints::delete(call.world, &call.place, id) {
            let error = in_code(&call.world.switches, error);
            let error = Element::new("error")
                .child(Element::text("code", error.code))
                .child(Element::text("message", error.message));
            unsuccessful.push(vec![error, Element::text("resourceId", id)]);
        }
    }
    Ok(Output::Xml(vec![Element::list(
        "unsuccessful",
        "item",
        unsuccessful,
    )]))
}
