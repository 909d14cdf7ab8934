//! The networks of an endpoint (sections 1.6 and F): those of its models, and that of its config, which inference
//! components use.

use crate::sagemaker::endpoint_configs::EndpointConfig;
use crate::sagemaker::models;
use crate::sagemaker::network::{Network, VpcConfig};
use crate::sagemaker::settings;
use crate::world::{Place, World};

/// What a config's models and the config itself say about the network, and the first model that is not there.
#[derive(Default)]
pub(super) struct Networks {
    pub(super) networks: Vec<Network>,
    pub(super) missing_model: Option<String>,
}

impl Networks {
    fn add(&mut self, config: Option<&VpcConfig>, role: Option<&String>) {
        let Some(config) = config else { return };
        if self
            .networks
            .iter()
            .all(|network| network.config != *config)
        {
            self.networks.push(Network {
                config: config.clone(),
                role: role.cloned(),
            });
        }
    }
}

/// The networks of a config.
pub(super) fn networks(world: &mut World, place: &Place, config: &EndpointConfig) -> Networks {
    let mut found = Networks::default();
    found.add(config.vpc_config.as_ref(), config.execution_role.as_ref());
    for name in config
        .variants
        .iter()
        .filter_map(|variant| settings::text(variant, "ModelName"))
    {
        match models::find(world, place, name) {
            Ok(model) => found.add(model.vpc_config.as_ref(), model.execution_role.as_ref()),
            Err(_) => found.missing_model = found.missing_model.or(Some(name.to_owned())),
        }
    }
    found
}
