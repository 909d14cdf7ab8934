//! The network interfaces of an endpoint (section 2.2 of the notes on AWS's behaviour): one in each subnet of its models'
//! VpcConfig, made in a session of the execution role, with an ordinary attachment.

use std::collections::BTreeMap;

use crate::ec2::interfaces::{self, NewAttachment, NewInterface};
use crate::error::ServiceError;
use crate::sagemaker::endpoint_configs::EndpointConfig;
use crate::sagemaker::models::{self, VpcConfig};
use crate::sagemaker::settings;
use crate::world::{Place, World};

/// A VpcConfig and the role under which its interfaces are made.
pub(super) struct Network {
    config: VpcConfig,
    role: Option<String>,
}

/// The networks of a config's models and of the config itself.
///
/// # Errors
/// A model that is not there.
pub(super) fn networks(
    world: &mut World,
    place: &Place,
    config: &EndpointConfig,
) -> Result<Vec<Network>, ServiceError> {
    let mut networks = Vec::new();
    let mut add = |vpc_config: Option<&VpcConfig>, role: Option<&String>| {
        let Some(vpc_config) = vpc_config else { return };
        if networks
            .iter()
            .all(|network: &Network| network.config != *vpc_config)
        {
            networks.push(Network {
                config: vpc_config.clone(),
                role: role.cloned(),
            });
        }
    };
    add(config.vpc_config.as_ref(), config.execution_role.as_ref());
    for name in config
        .variants
        .iter()
        .filter_map(|variant| settings::text(variant, "ModelName"))
    {
        let model = models::find(world, place, name)?;
        add(model.vpc_config.as_ref(), model.execution_role.as_ref());
    }
    Ok(networks)
}

/// Takes the interfaces of an endpoint that is being made: those that could be had, and why others could not.
pub(super) fn take(
    world: &mut World,
    place: &Place,
    endpoint: &str,
    networks: &[Network],
) -> (Vec<String>, Option<String>) {
    let mut taken = Vec::new();
    for network in networks {
        let requester_id = requester(world, place, network.role.as_deref());
        for subnet in &network.config.subnets {
            let new = interface(world, endpoint, subnet, &network.config, &requester_id);
            match interfaces::create(world, place, new) {
                Ok(id) => taken.push(id),
                Err(error) => return (taken, Some(error.to_string())),
            }
        }
    }
    (taken, None)
}

fn interface(
    world: &World,
    endpoint: &str,
    subnet: &str,
    config: &VpcConfig,
    requester_id: &str,
) -> NewInterface {
    NewInterface {
        name: format!("{endpoint}/{subnet}"),
        subnet_id: subnet.to_owned(),
        groups: config.security_group_ids.clone(),
        description: format!("ENI managed by SageMaker for endpoint {endpoint}"),
        interface_type: "interface".to_owned(),
        requester_id: requester_id.to_owned(),
        requester_managed: world.switches.endpoint_interfaces_requester_managed,
        attachment: Some(NewAttachment {
            service_owned: false,
        }),
        tags: BTreeMap::new(),
        owner: Some(endpoint.to_owned()),
    }
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
