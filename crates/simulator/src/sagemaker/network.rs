//! The network interfaces that inference and jobs have in the user's subnets (section 2.2 of the notes on AWS's
//! behaviour): one in each subnet of a VpcConfig, made in a session of the execution role, with an ordinary attachment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::refusals::validation;
use crate::ec2::interfaces::{self, NewAttachment, NewInterface};
use crate::ec2::{groups, subnets};
use crate::error::ServiceError;
use crate::world::{Place, World};

/// Where containers have their interfaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct VpcConfig {
    pub(super) security_group_ids: Vec<String>,
    pub(super) subnets: Vec<String>,
}

impl VpcConfig {
    /// The member `VpcConfig` of an input, if it has one.
    ///
    /// # Errors
    /// `ValidationException` that names what is wrong with it.
    pub(super) fn of(given: &Value) -> Result<Option<Self>, ServiceError> {
        let config = given.get("VpcConfig").cloned();
        config
            .map(serde_json::from_value)
            .transpose()
            .map_err(|problem| validation(problem.to_string()))
    }

    /// Its groups and subnets are few enough and exist.
    pub(super) fn check(&self, world: &mut World, place: &Place) -> Result<(), ServiceError> {
        if !(1..=5).contains(&self.security_group_ids.len())
            || !(1..=16).contains(&self.subnets.len())
        {
            return Err(validation(
                "VpcConfig takes 1 to 5 SecurityGroupIds and 1 to 16 Subnets.",
            ));
        }
        if let Some(id) = self
            .subnets
            .iter()
            .find(|id| subnets::find(world, place, id).is_none())
        {
            return Err(validation(format!("The subnet ID '{id}' does not exist")));
        }
        match self
            .security_group_ids
            .iter()
            .find(|id| !groups::exists(world, place, id))
        {
            Some(id) => Err(validation(format!(
                "The security group '{id}' does not exist"
            ))),
            None => Ok(()),
        }
    }
}

/// A VpcConfig and the role under which its interfaces are made.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) config: VpcConfig,
    pub(super) role: Option<String>,
}

/// Takes the interfaces of `owner`: those that could be had, and why others could not.
pub(super) fn take(
    world: &mut World,
    place: &Place,
    owner: &str,
    description: &str,
    networks: &[Network],
) -> (Vec<String>, Option<String>) {
    let mut taken = Vec::new();
    for network in networks {
        let requester_id = requester(world, place, network.role.as_deref());
        for subnet in &network.config.subnets {
            let new = NewInterface {
                name: format!("{owner}/{subnet}"),
                subnet_id: subnet.clone(),
                groups: network.config.security_group_ids.clone(),
                description: description.to_owned(),
                interface_type: "interface".to_owned(),
                requester_id: requester_id.clone(),
                requester_managed: world.switches.endpoint_interfaces_requester_managed,
                attachment: Some(NewAttachment {
                    service_owned: false,
                }),
                tags: BTreeMap::new(),
                owner: Some(owner.to_owned()),
            };
            match interfaces::create(world, place, new) {
                Ok(id) => taken.push(id),
                Err(error) => return (taken, Some(error.to_string())),
            }
        }
    }
    (taken, None)
}

/// `AROA…:SageMaker`: the id of the role if IAM has it, or one drawn for its ARN.
fn requester(world: &mut World, place: &Place, role: Option<&str>) -> String {
    let known = role
        .and_then(|arn| crate::iam::role(world, &place.account, arn))
        .map(|role| role.role_id);
    let id = known.unwrap_or_else(|| {
        let drawn = crate::draw::hex(world.seed(), &["role id", role.unwrap_or_default()], 17);
        format!("AROA{}", drawn.to_uppercase())
    });
    format!("{id}:SageMaker")
}
