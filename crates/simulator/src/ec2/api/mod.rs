//! The actions of EC2's API: what they read and how they answer. Element names are those of the public model.

use serde::Deserialize;
use serde_json::Value;

use super::meta::Tags;
use crate::error::ServiceError;
use crate::service::{self, Service};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

mod endpoint_services;
mod endpoints;
mod gateways;
mod groups;
mod interfaces;
mod network_acls;
mod prefix_lists;
mod route_tables;
mod rules;
mod subnets;
mod tags;
mod vpcs;
mod zones;

/// Performs an action.
///
/// # Errors
/// EC2's refusal.
pub fn perform(call: &mut Call<'_>, action: &str, input: &Input) -> Answered {
    let input = &without_dry_run(input)?;
    match action {
        "CreateVpc" => vpcs::create(call, input),
        "DescribeVpcs" => vpcs::describe(call, input),
        "DeleteVpc" => vpcs::delete(call, input),
        "ModifyVpcAttribute" => vpcs::modify(call, input),
        "DescribeVpcAttribute" => vpcs::attribute(call, input),
        "CreateSubnet" => subnets::create(call, input),
        "DescribeSubnets" => subnets::describe(call, input),
        "DeleteSubnet" => subnets::delete(call, input),
        "ModifySubnetAttribute" => subnets::modify(call, input),
        "CreateRouteTable" => route_tables::create(call, input),
        "DescribeRouteTables" => route_tables::describe(call, input),
        "DeleteRouteTable" => route_tables::delete(call, input),
        "AssociateRouteTable" => route_tables::associate(call, input),
        "DisassociateRouteTable" => route_tables::disassociate(call, input),
        "ReplaceRouteTableAssociation" => route_tables::replace_association(call, input),
        "CreateRoute" => route_tables::create_route(call, input),
        "ReplaceRoute" => route_tables::replace_route(call, input),
        "DeleteRoute" => route_tables::delete_route(call, input),
        "CreateSecurityGroup" => groups::create(call, input),
        "DescribeSecurityGroups" => groups::describe(call, input),
        "DeleteSecurityGroup" => groups::delete(call, input),
        "DescribeSecurityGroupReferences" => groups::references(call, input),
        "DescribeSecurityGroupRules" => rules::describe(call, input),
        "AuthorizeSecurityGroupIngress" => {
            rules::authorize(call, input, super::groups::Direction::Ingress)
        }
        "AuthorizeSecurityGroupEgress" => {
            rules::authorize(call, input, super::groups::Direction::Egress)
        }
        "RevokeSecurityGroupIngress" => {
            rules::revoke(call, input, super::groups::Direction::Ingress)
        }
        "RevokeSecurityGroupEgress" => rules::revoke(call, input, super::groups::Direction::Egress),
        "CreateNetworkInterface" => interfaces::create(call, input),
        "DescribeNetworkInterfaces" => interfaces::describe(call, input),
        "DeleteNetworkInterface" => interfaces::delete(call, input),
        "AttachNetworkInterface" => interfaces::attach(call, input),
        "DetachNetworkInterface" => interfaces::detach(call, input),
        "ModifyNetworkInterfaceAttribute" => interfaces::modify(call, input),
        "CreateVpcEndpoint" => endpoints::create(call, input),
        "DescribeVpcEndpoints" => endpoints::describe(call, input),
        "ModifyVpcEndpoint" => endpoints::modify(call, input),
        "DeleteVpcEndpoints" => endpoints::delete(call, input),
        "DescribeVpcEndpointServices" => endpoint_services::describe(call, input),
        "CreateNetworkAcl" => network_acls::create(call, input),
        "DescribeNetworkAcls" => network_acls::describe(call, input),
        "DeleteNetworkAcl" => network_acls::delete(call, input),
        "CreateNetworkAclEntry" => network_acls::create_entry(call, input),
        "ReplaceNetworkAclEntry" => network_acls::replace_entry(call, input),
        "DeleteNetworkAclEntry" => network_acls::delete_entry(call, input),
        "ReplaceNetworkAclAssociation" => network_acls::replace_association(call, input),
        "CreateInternetGateway" => gateways::create(call, input),
        "DescribeInternetGateways" => gateways::describe(call, input),
        "AttachInternetGateway" => gateways::attach(call, input),
        "DetachInternetGateway" => gateways::detach(call, input),
        "DeleteInternetGateway" => gateways::delete(call, input),
        "DescribePrefixLists" => prefix_lists::describe(call, input),
        "DescribeManagedPrefixLists" => prefix_lists::describe_managed(call, input),
        "GetManagedPrefixListEntries" => prefix_lists::entries(call, input),
        "DescribeAvailabilityZones" => zones::describe(call, input),
        "DescribeRegions" => zones::regions(call, input),
        "CreateTags" => tags::create(call, input),
        "DeleteTags" => tags::delete(call, input),
        "DescribeTags" => tags::describe(call, input),
        _ => Err(service::unknown_action(Service::Ec2, action)),
    }
}

/// Every action knows `DryRun`; with it, nothing is done.
fn without_dry_run(input: &Input) -> Result<Input, ServiceError> {
    let mut input = input.clone();
    let asked = input
        .value
        .as_object_mut()
        .and_then(|members| members.remove("DryRun"));
    if asked.as_ref().and_then(Value::as_str) == Some("true") {
        let text = "Request would have succeeded, but DryRun flag is set.";
        return Err(ServiceError::new("DryRunOperation", text).status(412));
    }
    Ok(input)
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
