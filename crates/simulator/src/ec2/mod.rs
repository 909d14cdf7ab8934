//! EC2, as far as a closed network needs it: VPCs, subnets, route tables, security groups, interfaces and endpoints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::row::Row;
use crate::service::{self, Service};
use crate::wire::Input;
use crate::world::{Answered, Call, Place, World};

mod account;
mod addresses;
mod gateways;
pub(crate) mod groups;
pub(crate) mod interfaces;
mod meta;
mod route_tables;
mod rules;
pub(crate) mod subnets;
mod vpcs;
pub(crate) mod zones;

/// What exists in a region, each kind by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    pub(crate) vpcs: BTreeMap<String, vpcs::Vpc>,
    pub(crate) subnets: BTreeMap<String, subnets::Subnet>,
    pub(crate) route_tables: BTreeMap<String, route_tables::RouteTable>,
    pub(crate) groups: BTreeMap<String, groups::Group>,
    pub(crate) interfaces: BTreeMap<String, interfaces::Interface>,
    pub(crate) gateways: BTreeMap<String, gateways::Gateway>,
}

impl State {
    /// # Errors
    /// `InvalidVpcID.NotFound`.
    pub(crate) fn vpc(&self, id: &str) -> Result<&vpcs::Vpc, ServiceError> {
        let text = format!("The vpc ID '{id}' does not exist");
        self.vpcs
            .get(id)
            .ok_or_else(|| ServiceError::new("InvalidVpcID.NotFound", text))
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
}

/// What happens in EC2 by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {}

/// Lets it happen.
pub fn fire(_world: &mut World, _place: &Place, event: Event) {
    match event {}
}

/// Performs an action of the API.
///
/// # Errors
/// EC2's refusal.
pub fn perform(_call: &mut Call<'_>, action: &str, _input: &Input) -> Answered {
    Err(service::unknown_action(Service::Ec2, action))
}

impl State {
    /// Everything that exists.
    pub fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        for vpc in self.vpcs.values() {
            rows.push(
                vpc.meta
                    .row(vpcs::TYPE, &vpc.id, arn(place, "vpc", &vpc.id), "available"),
            );
        }
        for subnet in self.subnets.values() {
            rows.push(subnet.meta.row(
                subnets::TYPE,
                &subnet.id,
                arn(place, "subnet", &subnet.id),
                "available",
            ));
        }
        for table in self.route_tables.values() {
            rows.push(table.meta.row(
                route_tables::TYPE,
                &table.id,
                arn(place, "route-table", &table.id),
                "available",
            ));
        }
        for group in self.groups.values() {
            rows.push(group.meta.row(
                groups::TYPE,
                &group.id,
                arn(place, "security-group", &group.id),
                "available",
            ));
        }
        for gateway in self.gateways.values() {
            let arn = arn(place, "internet-gateway", &gateway.id);
            rows.push(
                gateway
                    .meta
                    .row(gateways::TYPE, &gateway.id, arn, "available"),
            );
        }
        for interface in self.interfaces.values() {
            let arn = arn(place, "network-interface", &interface.id);
            let row = interface
                .meta
                .row(interfaces::TYPE, &interface.id, arn, interface.status());
            rows.push(Row {
                parent: interface.owner.clone(),
                ..row
            });
        }
    }
}

fn arn(place: &Place, kind: &str, id: &str) -> String {
    place.arn("ec2", &format!("{kind}/{id}"))
}

/// CloudFormation's handlers for this service's types.
pub(crate) const TYPES: &[&dyn crate::cloudformation::resource::ResourceType] = &[];
