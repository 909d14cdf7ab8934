//! Internet gateways.

use serde::{Deserialize, Serialize};

use super::meta::Meta;

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::InternetGateway";

/// An internet gateway.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Gateway {
    pub id: String,
    /// The VPC that it is attached to.
    pub vpc_id: Option<String>,
    pub meta: Meta,
}
