//! The actions of EC2's API: what they read and how they answer. Element names are those of the public model.

use serde::Deserialize;
use serde_json::Value;

use super::listing::unknown_parameter;
use super::meta::Tags;
use crate::error::ServiceError;
use crate::service::Operation;
use crate::wire::{Element, Input, Output};

mod associations;
mod carrier_gateways;
mod egress_only_gateways;
mod endpoint_services;
mod endpoints;
mod gateways;
mod groups;
mod instances;
mod interfaces;
mod nat_gateways;
mod network_acls;
mod prefix_lists;
mod route_tables;
mod rules;
mod subnets;
mod tags;
mod vpcs;
mod vpn_gateways;
mod zones;

/// What EC2 can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[
    ("CreateVpc", vpcs::create),
    ("DescribeVpcs", vpcs::describe),
    ("DeleteVpc", vpcs::delete),
    ("ModifyVpcAttribute", vpcs::modify),
    ("DescribeVpcAttribute", vpcs::attribute),
    ("CreateSubnet", subnets::create),
    ("DescribeSubnets", subnets::describe),
    ("DeleteSubnet", subnets::delete),
    ("ModifySubnetAttribute", subnets::modify),
    ("CreateRouteTable", route_tables::create),
    ("DescribeRouteTables", route_tables::describe),
    ("DeleteRouteTable", route_tables::delete),
    ("AssociateRouteTable", route_tables::associate),
    ("DisassociateRouteTable", route_tables::disassociate),
    (
        "ReplaceRouteTableAssociation",
        route_tables::replace_association,
    ),
    ("CreateRoute", route_tables::create_route),
    ("ReplaceRoute", route_tables::replace_route),
    ("DeleteRoute", route_tables::delete_route),
    ("CreateSecurityGroup", groups::create),
    ("DescribeSecurityGroups", groups::describe),
    ("DeleteSecurityGroup", groups::delete),
    ("DescribeSecurityGroupReferences", groups::references),
    ("AssociateSecurityGroupVpc", associations::associate),
    ("DisassociateSecurityGroupVpc", associations::disassociate),
    (
        "DescribeSecurityGroupVpcAssociations",
        associations::describe,
    ),
    ("DescribeSecurityGroupRules", rules::describe),
    ("AuthorizeSecurityGroupIngress", |call, input| {
        rules::authorize(call, input, super::groups::Direction::Ingress)
    }),
    ("AuthorizeSecurityGroupEgress", |call, input| {
        rules::authorize(call, input, super::groups::Direction::Egress)
    }),
    ("RevokeSecurityGroupIngress", |call, input| {
        rules::revoke(call, input, super::groups::Direction::Ingress)
    }),
    ("RevokeSecurityGroupEgress", |call, input| {
        rules::revoke(call, input, super::groups::Direction::Egress)
    }),
    ("CreateNetworkInterface", interfaces::create),
    ("DescribeNetworkInterfaces", interfaces::describe),
    ("DeleteNetworkInterface", interfaces::delete),
    ("AttachNetworkInterface", interfaces::attach),
    ("DetachNetworkInterface", interfaces::detach),
    ("ModifyNetworkInterfaceAttribute", interfaces::modify),
    ("RunInstances", instances::run),
    ("DescribeInstances", instances::describe),
    ("TerminateInstances", instances::terminate),
    ("CreateNatGateway", nat_gateways::create),
    ("DescribeNatGateways", nat_gateways::describe),
    ("DeleteNatGateway", nat_gateways::delete),
    ("CreateVpcEndpoint", endpoints::create),
    ("DescribeVpcEndpoints", endpoints::describe),
    ("ModifyVpcEndpoint", endpoints::modify),
    ("DeleteVpcEndpoints", endpoints::delete),
    ("DescribeVpcEndpointServices", endpoint_services::describe),
    ("CreateNetworkAcl", network_acls::create),
    ("DescribeNetworkAcls", network_acls::describe),
    ("DeleteNetworkAcl", network_acls::delete),
    ("CreateNetworkAclEntry", network_acls::create_entry),
    ("ReplaceNetworkAclEntry", network_acls::replace_entry),
    ("DeleteNetworkAclEntry", network_acls::delete_entry),
    (
        "ReplaceNetworkAclAssociation",
        network_acls::replace_association,
    ),
    ("CreateInternetGateway", gateways::create),
    ("DescribeInternetGateways", gateways::describe),
    ("AttachInternetGateway", gateways::attach),
    ("DetachInternetGateway", gateways::detach),
    ("DeleteInternetGateway", gateways::delete),
    ("CreateVpnGateway", vpn_gateways::create),
    ("DescribeVpnGateways", vpn_gateways::describe),
    ("AttachVpnGateway", vpn_gateways::attach),
    ("DetachVpnGateway", vpn_gateways::detach),
    ("DeleteVpnGateway", vpn_gateways::delete),
    (
        "CreateEgressOnlyInternetGateway",
        egress_only_gateways::create,
    ),
    (
        "DescribeEgressOnlyInternetGateways",
        egress_only_gateways::describe,
    ),
    (
        "DeleteEgressOnlyInternetGateway",
        egress_only_gateways::delete,
    ),
    ("CreateCarrierGateway", carrier_gateways::create),
    ("DescribeCarrierGateways", carrier_gateways::describe),
    ("DeleteCarrierGateway", carrier_gateways::delete),
    ("DescribePrefixLists", prefix_lists::describe),
    ("DescribeManagedPrefixLists", prefix_lists::describe_managed),
    ("GetManagedPrefixListEntries", prefix_lists::entries),
    ("DescribeAvailabilityZones", zones::describe),
    ("DescribeRegions", zones::regions),
    ("CreateTags", tags::create),
    ("DeleteTags", tags::delete),
    ("DescribeTags", tags::describe),
];

/// Every action knows `DryRun`; with it, nothing is done.
pub(crate) fn without_dry_run(input: &Input) -> Result<Input, ServiceError> {
    let mut input = input.clone();
    let asked = input
        .value
        .as_object_mut()
        .and_then(|members| members.remove("DryRun"));
    match asked.as_ref().map(Value::as_str) {
        None | Some(Some("false")) => Ok(input),
        Some(Some("true")) => {
            let text = "Request would have succeeded, but DryRun flag is set.";
            Err(ServiceError::new("DryRunOperation", text).status(412))
        }
        Some(_) => {
            let text = "Invalid value for the parameter dryRun. Expecting true or false.";
            Err(ServiceError::new("InvalidParameterValue", text))
        }
    }
}

/// What does not fit the shape of an action's input, in EC2's words.
pub(crate) fn in_our_words(error: ServiceError) -> ServiceError {
    if error.code != "ValidationError" {
        return error;
    }
    let named = |start: &str| {
        let rest = error.message.strip_prefix(start)?;
        rest.split('`').next().map(str::to_owned)
    };
    if let Some(name) = named("unknown field `") {
        return unknown_parameter(&name);
    }
    if let Some(name) = named("missing field `") {
        let text = format!("The request must contain the parameter {name}");
        return ServiceError::new("MissingParameter", text);
    }
    ServiceError::new("InvalidParameterValue", error.message)
}

/// A value inside a structure, as the attributes of VPCs and subnets are sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Attribute<T> {
    value: T,
}

/// `<return>true</return>`.
fn done() -> Output {
    Output::Xml(vec![Element::text("return", true)])
}

/// `<tagSet>…</tagSet>`.
fn tag_set(tags: &Tags) -> Element {
    let items = tags
        .iter()
        .map(|(key, value)| vec![Element::text("key", key), Element::text("value", value)]);
    Element::list("tagSet", "item", items)
}

/// The name that a new resource's id is drawn for.
fn mint_name(tags: &Tags) -> String {
    tags.get("Name").cloned().unwrap_or_default()
}
