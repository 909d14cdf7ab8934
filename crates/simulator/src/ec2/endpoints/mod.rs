//! VPC endpoints (sections 2.3, 5.3 and 6.1).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use services::Kind;

use super::State;
use super::meta::{Meta, Tags};
use crate::error::ServiceError;
use crate::time::SimTime;
use crate::world::{Place, World};

mod creation;
mod deletion;
mod dns;
mod modification;
pub(crate) mod services;

pub(crate) use creation::{create, created};
pub(crate) use deletion::{delete, deleted};
pub(crate) use dns::dns_entries;
pub(crate) use modification::modify;

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::VPCEndpoint";

/// The policy that allows everything.
pub(crate) const OPEN_POLICY: &str =
    r#"{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}"#;

/// A VPC endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub id: String,
    pub kind: Kind,
    pub vpc_id: String,
    pub service_name: String,
    pub status: Status,
    pub policy: String,
    /// Of a gateway endpoint.
    pub route_tables: Vec<String>,
    /// Of a gateway endpoint: the list that its routes lead to.
    pub prefix_list: Option<String>,
    /// Of an interface endpoint: the interface in each subnet.
    pub interfaces: BTreeMap<String, String>,
    pub groups: Vec<String>,
    pub private_dns: bool,
    /// Whether private names are for the inbound resolver alone (section 6.1).
    pub private_dns_inbound_only: bool,
    /// The part of its own DNS names that only chance knows.
    pub dns_label: String,
    pub created: SimTime,
    /// Why the last step failed.
    pub last_error: Option<String>,
    pub meta: Meta,
}

/// The VPC of an endpoint that leads to SageMaker's API.
pub(crate) fn api_endpoint_of(world: &mut World, place: &Place, id: &str) -> Option<String> {
    let endpoint = world.region(place).ec2.endpoints.get(id)?;
    let leads = endpoint.service_name.ends_with(".sagemaker.api");
    leads.then(|| endpoint.vpc_id.clone())
}

/// Whether a VPC has an interface endpoint, in service, of a service whose name ends so.
pub(crate) fn leads_to(world: &mut World, place: &Place, vpc_id: &str, ending: &str) -> bool {
    let mut endpoints = world.region(place).ec2.endpoints.values();
    endpoints.any(|endpoint| {
        endpoint.vpc_id == vpc_id
            && endpoint.kind == Kind::Interface
            && endpoint.status == Status::Available
            && endpoint.service_name.ends_with(ending)
    })
}

/// Where an endpoint is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    Pending,
    Available,
    Deleting,
    Failed,
}

impl Status {
    /// As EC2 really answers, which is not as its model says (section 2.3).
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Available => "available",
            Status::Deleting => "deleting",
            Status::Failed => "failed",
        }
    }
}

/// An endpoint that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewEndpoint {
    /// Logical name, for its id.
    pub name: String,
    pub kind: Kind,
    pub vpc_id: String,
    pub service_name: String,
    pub policy: Option<String>,
    pub route_tables: Vec<String>,
    pub subnets: Vec<String>,
    /// None: the VPC's default group.
    pub groups: Vec<String>,
    pub private_dns: bool,
    pub private_dns_inbound_only: Option<bool>,
    pub tags: Tags,
}

/// What ModifyVpcEndpoint changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    pub policy: Option<String>,
    pub add_route_tables: Vec<String>,
    pub remove_route_tables: Vec<String>,
    pub add_subnets: Vec<String>,
    pub remove_subnets: Vec<String>,
    pub add_groups: Vec<String>,
    pub remove_groups: Vec<String>,
    pub private_dns: Option<bool>,
    pub private_dns_inbound_only: Option<bool>,
}

impl Endpoint {
    /// Whether it has routes in a table.
    pub(crate) fn uses_route_table(&self, id: &str) -> bool {
        self.route_tables.iter().any(|table| table == id)
    }

    /// Drops a route table that goes.
    pub(crate) fn forget_route_table(&mut self, id: &str) {
        self.route_tables.retain(|table| table != id);
        self.meta.changed();
    }

    /// Puts the endpoint into another status.
    fn enter(&mut self, status: Status) {
        self.status = status;
        self.meta.changed();
    }
}

impl State {
    /// # Errors
    /// `InvalidVpcEndpointId.NotFound`.
    pub(crate) fn endpoint(&self, id: &str) -> Result<&Endpoint, ServiceError> {
        self.endpoints.get(id).ok_or_else(|| not_found(id))
    }

    /// # Errors
    /// `InvalidVpcEndpointId.NotFound`.
    pub(crate) fn endpoint_mut(&mut self, id: &str) -> Result<&mut Endpoint, ServiceError> {
        self.endpoints.get_mut(id).ok_or_else(|| not_found(id))
    }
}

/// Section 2.1.
pub(crate) fn not_found(id: &str) -> ServiceError {
    ServiceError::new(
        "InvalidVpcEndpointId.NotFound",
        format!("The Vpc Endpoint Id '{id}' does not exist"),
    )
}

fn invalid_parameter(text: String) -> ServiceError {
    ServiceError::new("InvalidParameter", text)
}
