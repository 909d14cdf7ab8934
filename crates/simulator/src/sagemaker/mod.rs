//! SageMaker: Studio's domains with their profiles, spaces and apps, and the inference side with its models, endpoint
//! configs, endpoints and inference components (sections 1 and 5 of the notes on AWS's behaviour).

mod apps;
pub(crate) mod domains;
mod endpoint_configs;
mod endpoints;
mod inference_components;
mod life;
mod lists;
mod models;
mod presigned;
mod profiles;
mod record;
mod refusals;
mod resources;
pub(crate) mod scaling;
mod search;
mod settings;
mod shape;
mod spaces;
mod tags;
#[cfg(test)]
pub(crate) mod testing;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::index::Indexed;
use crate::row::Row;
use crate::service::Operation;
use crate::world::{Place, World};

use apps::App;
use domains::Domain;
use endpoint_configs::EndpointConfig;
use endpoints::Endpoint;
use inference_components::InferenceComponent;
use models::Model;
use profiles::UserProfile;
use record::Record;
use spaces::Space;

pub use life::{Event, fire};
pub(crate) use resources::TYPES;

/// All of SageMaker in a region. Profiles and spaces are by `DOMAIN/NAME`, apps by `DOMAIN/OWNER/TYPE/NAME`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    domains: BTreeMap<String, Domain>,
    profiles: BTreeMap<String, UserProfile>,
    spaces: BTreeMap<String, Space>,
    apps: BTreeMap<String, App>,
    models: BTreeMap<String, Model>,
    endpoint_configs: BTreeMap<String, EndpointConfig>,
    endpoints: BTreeMap<String, Endpoint>,
    inference_components: BTreeMap<String, InferenceComponent>,
}

impl State {
    pub fn rows(&self, _place: &Place, rows: &mut Vec<Row>) {
        rows.extend(self.domains.values().map(Domain::row));
        rows.extend(self.profiles.values().map(UserProfile::row));
        rows.extend(self.spaces.values().map(Space::row));
        rows.extend(self.apps.values().filter_map(App::row));
        rows.extend(self.models.values().map(Model::row));
        rows.extend(self.endpoint_configs.values().map(EndpointConfig::row));
        rows.extend(self.endpoints.values().map(Endpoint::row));
        rows.extend(
            self.inference_components
                .values()
                .map(InferenceComponent::row),
        );
    }

    /// Everything that has tags, for the index.
    pub(crate) fn indexed(&self) -> Vec<Indexed<'_>> {
        let studio = self.domains.values().map(|domain| &domain.record);
        let studio = studio.chain(self.profiles.values().map(|profile| &profile.record));
        let studio = studio.chain(self.spaces.values().map(|space| &space.record));
        let studio = studio.chain(self.apps.values().map(|app| &app.record));
        let mut indexed: Vec<Indexed<'_>> = studio.map(|record| record.indexed(None)).collect();
        for model in self.models.values() {
            indexed.push(model.record.indexed(Some(model)));
        }
        for config in self.endpoint_configs.values() {
            indexed.push(config.record.indexed(None));
        }
        for endpoint in self.endpoints.values() {
            indexed.push(endpoint.record.indexed(Some(endpoint)));
        }
        for component in self.inference_components.values() {
            indexed.push(component.record.indexed(None));
        }
        indexed
    }

    /// The records of everything that can have tags.
    fn records_mut(&mut self) -> Vec<&mut Record> {
        let mut records: Vec<&mut Record> = Vec::new();
        records.extend(self.domains.values_mut().map(|domain| &mut domain.record));
        records.extend(
            self.profiles
                .values_mut()
                .map(|profile| &mut profile.record),
        );
        records.extend(self.spaces.values_mut().map(|space| &mut space.record));
        records.extend(self.apps.values_mut().map(|app| &mut app.record));
        records.extend(self.models.values_mut().map(|model| &mut model.record));
        records.extend(
            self.endpoint_configs
                .values_mut()
                .map(|config| &mut config.record),
        );
        records.extend(
            self.endpoints
                .values_mut()
                .map(|endpoint| &mut endpoint.record),
        );
        records.extend(
            self.inference_components
                .values_mut()
                .map(|component| &mut component.record),
        );
        records
    }
}

/// SageMaker in a region.
fn state<'a>(world: &'a mut World, place: &Place) -> &'a mut State {
    &mut world.region(place).sagemaker
}

/// What SageMaker can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[
    ("CreateDomain", domains::calls::create_domain),
    ("UpdateDomain", domains::calls::update_domain),
    ("DescribeDomain", domains::calls::describe_domain),
    ("DeleteDomain", domains::calls::delete_domain),
    ("ListDomains", domains::calls::list_domains),
    (
        "CreatePresignedDomainUrl",
        presigned::create_presigned_domain_url,
    ),
    ("CreateUserProfile", profiles::calls::create_user_profile),
    ("UpdateUserProfile", profiles::calls::update_user_profile),
    (
        "DescribeUserProfile",
        profiles::calls::describe_user_profile,
    ),
    ("DeleteUserProfile", profiles::calls::delete_user_profile),
    ("ListUserProfiles", profiles::calls::list_user_profiles),
    ("CreateSpace", spaces::calls::create_space),
    ("UpdateSpace", spaces::calls::update_space),
    ("DescribeSpace", spaces::calls::describe_space),
    ("DeleteSpace", spaces::calls::delete_space),
    ("ListSpaces", spaces::calls::list_spaces),
    ("CreateApp", apps::calls::create_app),
    ("DescribeApp", apps::calls::describe_app),
    ("DeleteApp", apps::calls::delete_app),
    ("ListApps", apps::calls::list_apps),
    ("AddTags", tags::add_tags),
    ("DeleteTags", tags::delete_tags),
    ("ListTags", tags::list_tags),
    ("Search", search::search),
    ("CreateModel", models::create_model),
    ("DescribeModel", models::describe_model),
    ("DeleteModel", models::delete_model),
    ("ListModels", models::list_models),
    (
        "CreateEndpointConfig",
        endpoint_configs::create_endpoint_config,
    ),
    (
        "DescribeEndpointConfig",
        endpoint_configs::describe_endpoint_config,
    ),
    (
        "DeleteEndpointConfig",
        endpoint_configs::delete_endpoint_config,
    ),
    (
        "ListEndpointConfigs",
        endpoint_configs::list_endpoint_configs,
    ),
    ("CreateEndpoint", endpoints::calls::create_endpoint),
    ("UpdateEndpoint", endpoints::calls::update_endpoint),
    ("DescribeEndpoint", endpoints::calls::describe_endpoint),
    ("DeleteEndpoint", endpoints::calls::delete_endpoint),
    ("ListEndpoints", endpoints::calls::list_endpoints),
    (
        "CreateInferenceComponent",
        inference_components::create_inference_component,
    ),
    (
        "DescribeInferenceComponent",
        inference_components::describe_inference_component,
    ),
    (
        "DeleteInferenceComponent",
        inference_components::delete_inference_component,
    ),
    (
        "ListInferenceComponents",
        inference_components::list_inference_components,
    ),
];
