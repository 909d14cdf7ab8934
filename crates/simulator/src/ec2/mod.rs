//! EC2, as far as a closed network needs it: VPCs, subnets, route tables, security groups, interfaces and endpoints.

use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::steps::Steps;
use crate::table::Table;
use crate::world::{Place, World};

mod account;
mod addresses;
mod api;
mod associations;
mod attachments;
mod carrier_gateways;
mod cidr;
mod egress_only_gateways;
pub(crate) mod endpoints;
mod gateways;
pub(crate) mod groups;
mod instances;
pub(crate) mod interfaces;
mod limits;
mod listing;
mod meta;
mod nat_gateways;
mod network_acls;
mod prefix_lists;
mod resources;
mod route_tables;
pub(crate) mod routes;
mod rows;
pub(crate) mod rules;
pub(crate) mod subnets;
mod tags;
mod tokens;
mod views;
mod vpcs;
mod vpn_gateways;
pub(crate) mod zones;

pub(crate) use api::{OPERATIONS, in_our_words, without_dry_run};
pub(crate) use resources::TYPES;
pub(crate) use tokens::once;
pub(crate) use views::Truth;

/// What exists in a region, each kind by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    pub(crate) vpcs: Table<vpcs::Vpc>,
    pub(crate) subnets: Table<subnets::Subnet>,
    pub(crate) route_tables: Table<route_tables::RouteTable>,
    pub(crate) network_acls: Table<network_acls::NetworkAcl>,
    pub(crate) groups: Table<groups::Group>,
    pub(crate) interfaces: Table<interfaces::Interface>,
    pub(crate) endpoints: Table<endpoints::Endpoint>,
    pub(crate) gateways: Table<gateways::Gateway>,
    pub(crate) nat_gateways: Table<nat_gateways::NatGateway>,
    pub(crate) vpn_gateways: Table<vpn_gateways::VpnGateway>,
    pub(crate) egress_only_gateways: Table<egress_only_gateways::EgressOnlyGateway>,
    pub(crate) carrier_gateways: Table<carrier_gateways::CarrierGateway>,
    pub(crate) instances: Table<instances::Instance>,
    tokens: tokens::Tokens,
    /// Of CloudFormation's handlers.
    pub(crate) steps: Steps,
    pub(crate) views: views::Views,
}

impl State {
    /// # Errors
    /// `InvalidVpcID.NotFound`.
    pub(crate) fn vpc(&self, id: &str) -> Result<&vpcs::Vpc, ServiceError> {
        self.vpcs.get(id).ok_or_else(|| vpcs::not_found(id))
    }

    /// # Errors
    /// `InvalidSubnetID.NotFound`.
    pub(crate) fn subnet(&self, id: &str) -> Result<&subnets::Subnet, ServiceError> {
        self.subnets.get(id).ok_or_else(|| subnets::not_found(id))
    }

    /// # Errors
    /// `InvalidGroup.NotFound`.
    pub(crate) fn group(&self, id: &str) -> Result<&groups::Group, ServiceError> {
        self.groups.get(id).ok_or_else(|| groups::not_found(id))
    }

    /// # Errors
    /// `InvalidGroup.NotFound`.
    pub(crate) fn group_mut(&mut self, id: &str) -> Result<&mut groups::Group, ServiceError> {
        self.groups.get_mut(id).ok_or_else(|| groups::not_found(id))
    }

    /// The group that a VPC came with.
    pub(crate) fn default_group(&self, vpc_id: &str) -> Option<&groups::Group> {
        let key = groups::named(vpc_id, groups::DEFAULT);
        self.groups.with_key(&key).next()
    }
}

fn arn(place: &Place, kind: &str, id: &str) -> String {
    place.arn("ec2", &format!("{kind}/{id}"))
}

/// What happens in EC2 by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// An endpoint's creation comes to its end.
    EndpointCreated { id: String, failure: Option<String> },
    /// An endpoint's deletion comes to its end.
    EndpointDeleted { id: String, failure: Option<String> },
    /// An interface is detached.
    Detached { attachment_id: String },
    /// An interface stays attached after all.
    DetachmentFailed { attachment_id: String },
    /// A NAT gateway's creation comes to its end.
    NatGatewayCreated { id: String, failure: Option<String> },
    /// A NAT gateway's deletion comes to its end.
    NatGatewayDeleted { id: String, failure: Option<String> },
    /// A VPN gateway is attached to its VPC, or detached from it.
    VpnGatewayAttachment { id: String },
    /// A carrier gateway is made.
    CarrierGatewayCreated { id: String },
    /// A carrier gateway is gone.
    CarrierGatewayDeleted { id: String },
    /// An instance has started.
    InstanceRunning { id: String },
    /// An instance is gone.
    InstanceTerminated { id: String },
    /// A group's association with another VPC is made, or ended.
    GroupAssociation { group_id: String, vpc_id: String },
}

/// Lets it happen.
pub fn fire(world: &mut World, place: &Place, event: Event) {
    match event {
        Event::EndpointCreated { id, failure } => {
            endpoints::created(&mut world.region(place).ec2, &id, failure);
        }
        Event::EndpointDeleted { id, failure } => endpoints::deleted(world, place, &id, failure),
        Event::Detached { attachment_id } => {
            attachments::detached(&mut world.region(place).ec2, &attachment_id);
        }
        Event::DetachmentFailed { attachment_id } => {
            attachments::detachment_failed(&mut world.region(place).ec2, &attachment_id);
        }
        Event::NatGatewayCreated { id, failure } => {
            nat_gateways::created(world, place, &id, failure);
        }
        Event::NatGatewayDeleted { id, failure } => {
            nat_gateways::deleted(world, place, &id, failure);
        }
        Event::VpnGatewayAttachment { id } => {
            vpn_gateways::ended(&mut world.region(place).ec2, &id);
        }
        Event::CarrierGatewayCreated { id } => {
            carrier_gateways::created(&mut world.region(place).ec2, &id);
        }
        Event::CarrierGatewayDeleted { id } => carrier_gateways::deleted(world, place, &id),
        Event::InstanceRunning { id } => instances::running(&mut world.region(place).ec2, &id),
        Event::InstanceTerminated { id } => instances::terminated(world, place, &id),
        Event::GroupAssociation { group_id, vpc_id } => {
            associations::ended(&mut world.region(place).ec2, &group_id, &vpc_id);
        }
    }
}

#[cfg(test)]
mod tests;
