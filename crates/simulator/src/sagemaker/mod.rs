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
mod search;
mod settings;
mod shape;
mod spaces;
mod tags;
#[cfg(test)]
pub(crate) mod testing;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::row::Row;
use crate::service::{self, Service};
use crate::wire::Input;
use crate::world::{Answered, Call, Place, World};

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

pub fn perform(call: &mut Call<'_>, action: &str, input: &Input) -> Answered {
    match action {
        "CreateDomain" => domains::calls::create_domain(call, input),
        "UpdateDomain" => domains::calls::update_domain(call, input),
        "DescribeDomain" => domains::calls::describe_domain(call, input),
        "DeleteDomain" => domains::calls::delete_domain(call, input),
        "ListDomains" => domains::calls::list_domains(call, input),
        "CreatePresignedDomainUrl" => presigned::create_presigned_domain_url(call, input),
        "CreateUserProfile" => profiles::calls::create_user_profile(call, input),
        "UpdateUserProfile" => profiles::calls::update_user_profile(call, input),
        "DescribeUserProfile" => profiles::calls::describe_user_profile(call, input),
        "DeleteUserProfile" => profiles::calls::delete_user_profile(call, input),
        "ListUserProfiles" => profiles::calls::list_user_profiles(call, input),
        "CreateSpace" => spaces::calls::create_space(call, input),
        "UpdateSpace" => spaces::calls::update_space(call, input),
        "DescribeSpace" => spaces::calls::describe_space(call, input),
        "DeleteSpace" => spaces::calls::delete_space(call, input),
        "ListSpaces" => spaces::calls::list_spaces(call, input),
        "CreateApp" => apps::calls::create_app(call, input),
        "DescribeApp" => apps::calls::describe_app(call, input),
        "DeleteApp" => apps::calls::delete_app(call, input),
        "ListApps" => apps::calls::list_apps(call, input),
        "AddTags" => tags::add_tags(call, input),
        "DeleteTags" => tags::delete_tags(call, input),
        "ListTags" => tags::list_tags(call, input),
        "Search" => search::search(call, input),
        _ => inference(call, action, input),
    }
}

/// The calls about models and what serves them.
fn inference(call: &mut Call<'_>, action: &str, input: &Input) -> Answered {
    match action {
        "CreateModel" => models::create_model(call, input),
        "DescribeModel" => models::describe_model(call, input),
        "DeleteModel" => models::delete_model(call, input),
        "ListModels" => models::list_models(call, input),
        "CreateEndpointConfig" => endpoint_configs::create_endpoint_config(call, input),
        "DescribeEndpointConfig" => endpoint_configs::describe_endpoint_config(call, input),
        "DeleteEndpointConfig" => endpoint_configs::delete_endpoint_config(call, input),
        "ListEndpointConfigs" => endpoint_configs::list_endpoint_configs(call, input),
        "CreateEndpoint" => endpoints::calls::create_endpoint(call, input),
        "UpdateEndpoint" => endpoints::calls::update_endpoint(call, input),
        "DescribeEndpoint" => endpoints::calls::describe_endpoint(call, input),
        "DeleteEndpoint" => endpoints::calls::delete_endpoint(call, input),
        "ListEndpoints" => endpoints::calls::list_endpoints(call, input),
        "CreateInferenceComponent" => inference_components::create_inference_component(call, input),
        "DescribeInferenceComponent" => {
            inference_components::describe_inference_component(call, input)
        }
        "DeleteInferenceComponent" => inference_components::delete_inference_component(call, input),
        "ListInferenceComponents" => inference_components::list_inference_components(call, input),
        _ => Err(service::unknown_action(Service::SageMaker, action)),
    }
}
