//! EC2, as far as a closed network needs it: VPCs, subnets, route tables, security groups, interfaces and endpoints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::row::Row;
use crate::steps::Steps;
use crate::world::{Place, World};

mod account;
mod addresses;
mod api;
mod associations;
mod attachments;
mod cidr;
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
mod routes;
pub(crate) mod rules;
pub(crate) mod subnets;
mod tags;
mod tokens;
mod views;
mod vpcs;
pub(crate) mod zones;

pub(crate) use api::{OPERATIONS, in_our_words, without_dry_run};
pub(crate) use resources::TYPES;
pub(crate) use tokens::once;
pub(crate) use views::Truth;

/// What exists in a region, each kind by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    pub(crate) vpcs: BTreeMap<String, vpcs::Vpc>,
    pub(crate) subnets: BTreeMap<String, subnets::Subnet>,
    pub(crate) route_tables: BTreeMap<String, route_tables::RouteTable>,
    pub(crate) network_acls: BTreeMap<String, network_acls::NetworkAcl>,
    pub(crate) groups: BTreeMap<String, groups::Group>,
    pub(crate) interfaces: BTreeMap<String, interfaces::Interface>,
    pub(crate) endpoints: BTreeMap<String, endpoints::Endpoint>,
    pub(crate) gateways: BTreeMap<String, gateways::Gateway>,
    pub(crate) nat_gateways: BTreeMap<String, nat_gateways::NatGateway>,
    pub(crate) instances: BTreeMap<String, instances::Instance>,
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
        self.groups
            .values()
            .find(|group| group.vpc_id == vpc_id && group.is_default())
    }

    /// Everything that exists.
    pub fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        let row = |meta: &meta::Meta, kind, noun: &str, id: &str| {
            meta.row(kind, id, arn(place, noun, id), "available")
        };
        rows.extend(
            self.vpcs
                .values()
                .map(|it| row(&it.meta, vpcs::TYPE, "vpc", &it.id)),
        );
        rows.extend(
            self.subnets
                .values()
                .map(|it| row(&it.meta, subnets::TYPE, "subnet", &it.id)),
        );
        rows.extend(
            self.route_tables
                .values()
                .map(|it| row(&it.meta, route_tables::TYPE, "route-table", &it.id)),
        );
        rows.extend(
            self.groups
                .values()
                .map(|it| row(&it.meta, groups::TYPE, "security-group", &it.id)),
        );
        rows.extend(
            self.gateways
                .values()
                .map(|it| row(&it.meta, gateways::TYPE, "internet-gateway", &it.id)),
        );
        let acls = self.network_acls.values();
        rows.extend(acls.map(|it| row(&it.meta, network_acls::TYPE, "network-acl", &it.id)));
        rows.extend(self.endpoints.values().map(|it| Row {
            status: it.status.word().to_owned(),
            ..row(&it.meta, endpoints::TYPE, "vpc-endpoint", &it.id)
        }));
        let gateways = self.nat_gateways.values().filter(|it| it.exists());
        rows.extend(gateways.map(|it| Row {
            status: it.status.word().to_owned(),
            ..row(&it.meta, nat_gateways::TYPE, "natgateway", &it.id)
        }));
        let instances = self.instances.values();
        let instances = instances.filter(|it| it.power != instances::Power::Terminated);
        rows.extend(instances.map(|it| Row {
            status: it.power.word().to_owned(),
            ..row(&it.meta, instances::TYPE, "instance", &it.id)
        }));
        rows.extend(self.interfaces.values().map(|it| Row {
            status: it.status().to_owned(),
            parent: it.owner.clone(),
            ..row(&it.meta, interfaces::TYPE, "network-interface", &it.id)
        }));
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
        Event::InstanceRunning { id } => instances::running(&mut world.region(place).ec2, &id),
        Event::InstanceTerminated { id } => instances::terminated(world, place, &id),
        Event::GroupAssociation { group_id, vpc_id } => {
            associations::ended(&mut world.region(place).ec2, &group_id, &vpc_id);
        }
    }
}

#[cfg(test)]
mod tests;
