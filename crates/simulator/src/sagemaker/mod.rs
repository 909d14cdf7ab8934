//! SageMaker: Studio's domains with their profiles, spaces and apps; the inference side with its models, endpoint configs,
//! endpoints and inference components; jobs, pipelines and notebook instances; feature groups, and what MLflow runs on
//! (sections 1 and 5 of the notes on AWS's behaviour, operators' notes, items 15 and 39).

pub(crate) mod apps;
pub(crate) mod domains;
mod endpoint_configs;
mod endpoints;
mod entity;
mod forms;
#[cfg(test)]
mod histories;
mod inference_components;
mod instances;
mod jobs;
mod life;
mod lists;
mod managed;
mod models;
mod network;
mod notebooks;
mod pipelines;
mod presigned;
pub(crate) mod profiles;
mod record;
mod refusals;
mod requests;
mod resources;
pub(crate) mod scaling;
mod schedules;
mod search;
pub(crate) mod session;
mod settings;
mod shape;
pub(crate) mod spaces;
mod tags;
#[cfg(test)]
pub(crate) mod testing;
mod views;

use serde::{Deserialize, Serialize};

use crate::row::Row;
use crate::service::Operation;
use crate::table::Table;
use crate::world::{Place, World};

use apps::App;
use domains::Domain;
use endpoint_configs::EndpointConfig;
use endpoints::Endpoint;
use entity::Entity;
use inference_components::InferenceComponent;
use jobs::Job;
use jobs::automl::AutoMlJob;
use jobs::tuning::TuningJob;
use managed::Managed;
use models::Model;
use notebooks::NotebookInstance;
use pipelines::Pipeline;
use pipelines::executions::Execution;
use profiles::UserProfile;
use schedules::MonitoringSchedule;
use spaces::Space;
use views::Views;

pub use life::{Event, fire};
pub(crate) use resources::TYPES;
pub(crate) use views::Truth;

/// All of SageMaker in a region. Profiles and spaces are by `DOMAIN/NAME`, apps by `DOMAIN/OWNER/TYPE/NAME`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    domains: Table<Domain>,
    profiles: Table<UserProfile>,
    spaces: Table<Space>,
    apps: Table<App>,
    models: Table<Model>,
    endpoint_configs: Table<EndpointConfig>,
    endpoints: Table<Endpoint>,
    inference_components: Table<InferenceComponent>,
    schedules: Table<MonitoringSchedule>,
    notebooks: Table<NotebookInstance>,
    training_jobs: Table<Job>,
    processing_jobs: Table<Job>,
    transform_jobs: Table<Job>,
    tuning_jobs: Table<TuningJob>,
    automl_jobs: Table<AutoMlJob>,
    pipelines: Table<Pipeline>,
    /// By ARN.
    executions: Table<Execution>,
    feature_groups: Table<Managed>,
    tracking_servers: Table<Managed>,
    /// By what their ARNs end in.
    mlflow_apps: Table<Managed>,
    views: Views,
}

impl State {
    pub fn rows(&self, _place: &Place, rows: &mut Vec<Row>) {
        rows.extend(self.domains.values().map(Domain::row));
        rows.extend(self.profiles.values().map(UserProfile::row));
        rows.extend(self.spaces.values().map(Space::row));
        rows.extend(self.apps.values().filter_map(App::row));
        rows.extend(self.entities().into_iter().map(Entity::row));
    }

    /// Each space that a profile owns, with the profile, as their rows name them.
    #[cfg(test)]
    pub(crate) fn owned_spaces(&self) -> Vec<(String, String)> {
        let owned = self.spaces.values().filter_map(|space| {
            let owner = profiles::key(&space.domain_id, space.owner.as_ref()?);
            Some((profiles::key(&space.domain_id, &space.name), owner))
        });
        owned.collect()
    }

    /// Each inference component with the endpoint that carries it: one that has its variant, and no models beside it. Where
    /// there is none, with that variant, which no row names.
    #[cfg(test)]
    pub(crate) fn carried_components(&self) -> Vec<(String, String)> {
        let pairs = self.inference_components.iter().map(|(name, component)| {
            let (endpoint, variant) = (&component.endpoint_name, &component.variant_name);
            let carries = |it: &Endpoint| it.has_variant(variant) && it.hosted_models().is_empty();
            let host = if self.endpoints.get(endpoint).is_some_and(carries) {
                endpoint.clone()
            } else {
                format!("{endpoint}/{variant}")
            };
            (name.clone(), host)
        });
        pairs.collect()
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
    (
        "UpdateEndpointWeightsAndCapacities",
        endpoints::calls::update_endpoint_weights_and_capacities,
    ),
    (
        "UpdateInferenceComponent",
        inference_components::update_inference_component,
    ),
    (
        "UpdateInferenceComponentRuntimeConfig",
        inference_components::update_runtime_config,
    ),
    (
        "CreateMonitoringSchedule",
        schedules::create_monitoring_schedule,
    ),
    (
        "DescribeMonitoringSchedule",
        schedules::describe_monitoring_schedule,
    ),
    (
        "StartMonitoringSchedule",
        schedules::start_monitoring_schedule,
    ),
    (
        "StopMonitoringSchedule",
        schedules::stop_monitoring_schedule,
    ),
    (
        "DeleteMonitoringSchedule",
        schedules::delete_monitoring_schedule,
    ),
    (
        "ListMonitoringSchedules",
        schedules::list_monitoring_schedules,
    ),
    (
        "CreateNotebookInstance",
        notebooks::calls::create_notebook_instance,
    ),
    (
        "DescribeNotebookInstance",
        notebooks::calls::describe_notebook_instance,
    ),
    (
        "StartNotebookInstance",
        notebooks::calls::start_notebook_instance,
    ),
    (
        "StopNotebookInstance",
        notebooks::calls::stop_notebook_instance,
    ),
    (
        "UpdateNotebookInstance",
        notebooks::calls::update_notebook_instance,
    ),
    (
        "DeleteNotebookInstance",
        notebooks::calls::delete_notebook_instance,
    ),
    (
        "ListNotebookInstances",
        notebooks::calls::list_notebook_instances,
    ),
    ("CreateTrainingJob", jobs::calls::create_training_job),
    ("DescribeTrainingJob", jobs::calls::describe_training_job),
    ("StopTrainingJob", jobs::calls::stop_training_job),
    ("ListTrainingJobs", jobs::calls::list_training_jobs),
    ("CreateProcessingJob", jobs::calls::create_processing_job),
    (
        "DescribeProcessingJob",
        jobs::calls::describe_processing_job,
    ),
    ("StopProcessingJob", jobs::calls::stop_processing_job),
    ("ListProcessingJobs", jobs::calls::list_processing_jobs),
    ("CreateTransformJob", jobs::calls::create_transform_job),
    ("DescribeTransformJob", jobs::calls::describe_transform_job),
    ("StopTransformJob", jobs::calls::stop_transform_job),
    ("ListTransformJobs", jobs::calls::list_transform_jobs),
    ("UpdateTrainingJob", jobs::calls::update_training_job),
    (
        "CreateHyperParameterTuningJob",
        jobs::tuning::create_tuning_job,
    ),
    (
        "DescribeHyperParameterTuningJob",
        jobs::tuning::describe_tuning_job,
    ),
    ("StopHyperParameterTuningJob", jobs::tuning::stop_tuning_job),
    (
        "ListHyperParameterTuningJobs",
        jobs::tuning::list_tuning_jobs,
    ),
    ("CreateAutoMLJobV2", jobs::automl::create_automl_job),
    ("DescribeAutoMLJobV2", jobs::automl::describe_automl_job),
    ("StopAutoMLJob", jobs::automl::stop_automl_job),
    ("ListAutoMLJobs", jobs::automl::list_automl_jobs),
    ("CreatePipeline", pipelines::calls::create_pipeline),
    ("DescribePipeline", pipelines::calls::describe_pipeline),
    ("DeletePipeline", pipelines::calls::delete_pipeline),
    ("ListPipelines", pipelines::calls::list_pipelines),
    (
        "StartPipelineExecution",
        pipelines::calls::start_pipeline_execution,
    ),
    (
        "DescribePipelineExecution",
        pipelines::calls::describe_pipeline_execution,
    ),
    (
        "StopPipelineExecution",
        pipelines::calls::stop_pipeline_execution,
    ),
    (
        "ListPipelineExecutions",
        pipelines::calls::list_pipeline_executions,
    ),
    (
        "ListPipelineExecutionSteps",
        pipelines::calls::list_pipeline_execution_steps,
    ),
    (
        "CreateFeatureGroup",
        managed::feature_groups::create_feature_group,
    ),
    (
        "DescribeFeatureGroup",
        managed::feature_groups::describe_feature_group,
    ),
    (
        "DeleteFeatureGroup",
        managed::feature_groups::delete_feature_group,
    ),
    (
        "CreateMlflowTrackingServer",
        managed::tracking_servers::create_tracking_server,
    ),
    (
        "DescribeMlflowTrackingServer",
        managed::tracking_servers::describe_tracking_server,
    ),
    (
        "DeleteMlflowTrackingServer",
        managed::tracking_servers::delete_tracking_server,
    ),
    ("CreateMlflowApp", managed::mlflow_apps::create_mlflow_app),
    (
        "DescribeMlflowApp",
        managed::mlflow_apps::describe_mlflow_app,
    ),
    ("DeleteMlflowApp", managed::mlflow_apps::delete_mlflow_app),
    ("ListMlflowApps", managed::mlflow_apps::list_mlflow_apps),
];
