//! Route tables and their routes.

use serde::{Deserialize, Serialize};

use super::meta::Meta;

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::RouteTable";

/// A route table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RouteTable {
    pub id: String,
    pub vpc_id: String,
    /// Besides the route to the VPC itself, which every table has.
    pub routes: Vec<Route>,
    pub associations: Vec<Association>,
    pub meta: Meta,
}

impl RouteTable {
    /// Whether it is the table of every subnet that has no other.
    pub(crate) fn is_main(&self) -> bool {
        self.associations
            .iter()
            .any(|association| association.subnet_id.is_none())
    }
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    pub destination: Destination,
    pub target: Target,
}

/// Where a route leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Destination {
    Cidr(String),
    PrefixList(String),
}

/// What a route goes through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Target {
    InternetGateway(String),
    /// A gateway endpoint; the route comes and goes with it.
    Endpoint(String),
    Interface(String),
}

/// Which subnet uses the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Association {
    pub id: String,
    /// None in the association of the main table.
    pub subnet_id: Option<String>,
}
