//! SageMaker: models, endpoint configs, endpoints, and what belongs to endpoints.
//!
//! The lists are fresh and tell little; Search tells all of many at once and lags by up to a minute and a half.

use std::collections::BTreeMap;

use aws_sdk_sagemaker::types::{ResourceType, SearchExpression, SearchRecord};
use environment::facts::{EndpointConfig, InferenceComponent, Model, MonitoringSchedule, Tags};

use super::sagemaker::{PAGE, SERVICE, accepted, tags};
use super::{Aws, CallError};

/// What a list tells of a thing: enough to know whether it is the one that was described before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    pub name: String,
    pub arn: String,
    /// In seconds since the epoch, on SageMaker's clock.
    pub created: i64,
}

/// What the list of endpoints tells of one.
#[derive(Clone, Debug)]
pub struct ListedEndpoint {
    pub listed: Listed,
    pub status: String,
    /// In seconds since the epoch, on SageMaker's clock.
    pub modified: i64,
}

/// What an endpoint is, apart from its status.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndpointDescription {
    /// Name of its config.
    pub config: String,
    pub tags: Tags,
    /// As of which change, in seconds since the epoch.
    pub modified: i64,
}

/// What the model dashboard knows: that an endpoint hosts a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hosting {
    /// ARN of the endpoint.
    pub endpoint: String,
    /// As of which change of the endpoint, in seconds since the epoch.
    pub modified: i64,
    /// Name of the model.
    pub model: String,
}

impl Aws {
    /// Everything of a kind that the index of Search shows, narrowed by an expression.
    pub(super) async fn search(
        &self,
        resource: ResourceType,
        expression: Option<SearchExpression>,
    ) -> Result<Vec<SearchRecord>, CallError> {
        self.pages(
            SERVICE,
            "Search",
            |token| {
                self.sagemaker()
                    .search()
                    .resource(resource.clone())
                    .set_search_expression(expression.clone())
                    .max_results(PAGE)
                    .set_next_token(token)
                    .send()
            },
            |page| (page.results.unwrap_or_default(), page.next_token),
        )
        .await
    }

    /// The tags of one resource of SageMaker.
    ///
    /// # Errors
    /// As any call; `NotFound` when it is gone.
    pub async fn resource_tags(&self, arn: &str) -> Result<Tags, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListTags",
                |token| {
                    self.sagemaker()
                        .list_tags()
                        .resource_arn(arn)
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.tags.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(tags(Some(found)))
    }

    /// The models of the account and region, as their list shows them.
    ///
    /// # Errors
    /// As any call.
    pub async fn listed_models(&self) -> Result<Vec<Listed>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListModels",
                |token| {
                    self.sagemaker()
                        .list_models()
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.models.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|model| Listed {
                name: model.model_name.unwrap_or_default(),
                arn: model.model_arn.unwrap_or_default(),
                created: seconds(model.creation_time),
            })
            .collect())
    }

    /// The models of the account and region with role, network and tags, as Search shows them, each with the endpoints
    /// that host it.
    ///
    /// # Errors
    /// As any call.
    pub async fn searched_models(&self) -> Result<Vec<(Model, Vec<Hosting>)>, CallError> {
        let records = self.search(ResourceType::Model, None).await?;
        let found = records.into_iter().filter_map(|record| {
            let record = record.model?;
            let model = model(record.model?);
            let endpoints = record.endpoints.unwrap_or_default().into_iter();
            let hosted = endpoints.map(|endpoint| Hosting {
                endpoint: endpoint.endpoint_arn.unwrap_or_default(),
                modified: seconds(endpoint.last_modified_time),
                model: model.name.clone(),
            });
            let hosted = hosted.collect();
            Some((model, hosted))
        });
        Ok(found.collect())
    }

    /// One model with role, network and tags.
    ///
    /// # Errors
    /// As any call; `NotFound` when it is gone.
    pub async fn model(&self, listed: &Listed) -> Result<Model, CallError> {
        let request = self
            .sagemaker()
            .describe_model()
            .model_name(&listed.name)
            .send();
        let answer = self.call(SERVICE, "DescribeModel", request).await?;
        let tags = self.resource_tags(&listed.arn).await?;
        let (subnets, groups) = network(answer.vpc_config);
        Ok(Model {
            name: listed.name.clone(),
            arn: listed.arn.clone(),
            role: answer.execution_role_arn,
            subnets,
            groups,
            tags,
            created: listed.created,
        })
    }

    /// The endpoints of the account and region with their statuses, as their list shows them.
    ///
    /// # Errors
    /// As any call.
    pub async fn listed_endpoints(&self) -> Result<Vec<ListedEndpoint>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListEndpoints",
                |token| {
                    self.sagemaker()
                        .list_endpoints()
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.endpoints.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|endpoint| {
                let listed = Listed {
                    name: endpoint.endpoint_name.unwrap_or_default(),
                    arn: endpoint.endpoint_arn.unwrap_or_default(),
                    created: seconds(endpoint.creation_time),
                };
                let status = endpoint.endpoint_status;
                let status = status.map(|status| status.as_str().to_owned());
                ListedEndpoint {
                    listed,
                    status: status.unwrap_or_default(),
                    modified: seconds(endpoint.last_modified_time),
                }
            })
            .collect())
    }

    /// The endpoints of the account and region with config and tags, as Search shows them.
    ///
    /// # Errors
    /// As any call.
    pub async fn searched_endpoints(
        &self,
    ) -> Result<Vec<(Listed, EndpointDescription)>, CallError> {
        let records = self.search(ResourceType::Endpoint, None).await?;
        let found = records.into_iter().filter_map(|record| record.endpoint);
        Ok(found
            .map(|found| {
                let listed = Listed {
                    name: found.endpoint_name.unwrap_or_default(),
                    arn: found.endpoint_arn.unwrap_or_default(),
                    created: seconds(found.creation_time),
                };
                let description = EndpointDescription {
                    config: found.endpoint_config_name.unwrap_or_default(),
                    tags: tags(found.tags),
                    modified: seconds(found.last_modified_time),
                };
                (listed, description)
            })
            .collect())
    }

    /// One endpoint with config and tags.
    ///
    /// # Errors
    /// As any call; `NotFound` when it is gone.
    pub async fn endpoint(&self, listed: &Listed) -> Result<EndpointDescription, CallError> {
        let request = self
            .sagemaker()
            .describe_endpoint()
            .endpoint_name(&listed.name)
            .send();
        let answer = self.call(SERVICE, "DescribeEndpoint", request).await?;
        Ok(EndpointDescription {
            config: answer.endpoint_config_name.unwrap_or_default(),
            tags: self.resource_tags(&listed.arn).await?,
            modified: seconds(answer.last_modified_time),
        })
    }

    /// The monitoring schedules of the account and region.
    ///
    /// # Errors
    /// As any call.
    pub async fn monitoring_schedules(&self) -> Result<Vec<MonitoringSchedule>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListMonitoringSchedules",
                |token| {
                    self.sagemaker()
                        .list_monitoring_schedules()
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| {
                    let found = page.monitoring_schedule_summaries.unwrap_or_default();
                    (found, page.next_token)
                },
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|schedule| MonitoringSchedule {
                name: schedule.monitoring_schedule_name.unwrap_or_default(),
                arn: schedule.monitoring_schedule_arn.unwrap_or_default(),
                created: seconds(schedule.creation_time),
                status: schedule
                    .monitoring_schedule_status
                    .map(|status| status.as_str().to_owned())
                    .unwrap_or_default(),
                endpoint: schedule.endpoint_name,
            })
            .collect())
    }

    /// # Errors
    /// As any call.
    pub async fn delete_monitoring_schedule(&self, name: &str) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .delete_monitoring_schedule()
            .monitoring_schedule_name(name)
            .send();
        accepted(
            self.call(SERVICE, "DeleteMonitoringSchedule", request)
                .await,
        )
    }

    /// Inference components by the endpoint that they run on.
    ///
    /// # Errors
    /// As any call.
    pub async fn inference_components(
        &self,
    ) -> Result<BTreeMap<String, Vec<InferenceComponent>>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListInferenceComponents",
                |token| {
                    self.sagemaker()
                        .list_inference_components()
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| {
                    (
                        page.inference_components.unwrap_or_default(),
                        page.next_token,
                    )
                },
            )
            .await?;
        let mut by_endpoint: BTreeMap<String, Vec<InferenceComponent>> = BTreeMap::new();
        for component in found {
            by_endpoint
                .entry(component.endpoint_name.unwrap_or_default())
                .or_default()
                .push(InferenceComponent {
                    name: component.inference_component_name.unwrap_or_default(),
                    arn: component.inference_component_arn.unwrap_or_default(),
                    created: seconds(component.creation_time),
                    status: component
                        .inference_component_status
                        .map(|status| status.as_str().to_owned())
                        .unwrap_or_default(),
                });
        }
        Ok(by_endpoint)
    }

    /// The model that an inference component runs; none where it brings a container or an adapter of its own.
    ///
    /// # Errors
    /// As any call; `NotFound` when it is gone.
    pub async fn model_of_component(&self, name: &str) -> Result<Option<String>, CallError> {
        let request = self
            .sagemaker()
            .describe_inference_component()
            .inference_component_name(name)
            .send();
        let answer = self
            .call(SERVICE, "DescribeInferenceComponent", request)
            .await?;
        Ok(answer
            .specification
            .and_then(|specification| specification.model_name))
    }

    /// Names of the endpoint configs that were made at or after an instant, in seconds since the epoch.
    ///
    /// # Errors
    /// As any call.
    pub async fn endpoint_config_names(&self, since: i64) -> Result<Vec<String>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListEndpointConfigs",
                |token| {
                    // The filter leaves the very second out.
                    let after = aws_smithy_types::DateTime::from_secs(since - 1);
                    self.sagemaker()
                        .list_endpoint_configs()
                        .creation_time_after(after)
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.endpoint_configs.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found
            .into_iter()
            .filter_map(|config| config.endpoint_config_name)
            .collect())
    }

    /// One endpoint config with the models of its variants, or with what it runs components' models with.
    ///
    /// # Errors
    /// As any call; `NotFound` when it is gone.
    pub async fn endpoint_config(&self, name: &str) -> Result<EndpointConfig, CallError> {
        let request = self
            .sagemaker()
            .describe_endpoint_config()
            .endpoint_config_name(name)
            .send();
        let answer = self
            .call(SERVICE, "DescribeEndpointConfig", request)
            .await?;
        let variants = answer.production_variants.unwrap_or_default().into_iter();
        let shadows = answer
            .shadow_production_variants
            .unwrap_or_default()
            .into_iter();
        let models = variants
            .chain(shadows)
            .filter_map(|variant| variant.model_name)
            .collect();
        let network = answer.vpc_config;
        Ok(EndpointConfig {
            name: name.to_owned(),
            arn: answer.endpoint_config_arn.unwrap_or_default(),
            created: seconds(answer.creation_time),
            role: answer.execution_role_arn,
            subnets: network
                .as_ref()
                .and_then(|network| network.subnets.clone())
                .unwrap_or_default(),
            groups: network
                .and_then(|network| network.security_group_ids)
                .unwrap_or_default(),
            models,
        })
    }

    /// # Errors
    /// As any call.
    pub async fn delete_inference_component(&self, name: &str) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .delete_inference_component()
            .inference_component_name(name)
            .send();
        accepted(
            self.call(SERVICE, "DeleteInferenceComponent", request)
                .await,
        )
    }

    /// # Errors
    /// As any call.
    pub async fn delete_endpoint(&self, name: &str) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .delete_endpoint()
            .endpoint_name(name)
            .send();
        accepted(self.call(SERVICE, "DeleteEndpoint", request).await)
    }

    /// # Errors
    /// As any call.
    pub async fn delete_endpoint_config(&self, name: &str) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .delete_endpoint_config()
            .endpoint_config_name(name)
            .send();
        accepted(self.call(SERVICE, "DeleteEndpointConfig", request).await)
    }

    /// # Errors
    /// As any call.
    pub async fn delete_model(&self, name: &str) -> Result<(), CallError> {
        let request = self.sagemaker().delete_model().model_name(name).send();
        accepted(self.call(SERVICE, "DeleteModel", request).await)
    }
}

/// An instant of SageMaker's, in seconds since the epoch.
pub(super) fn seconds(time: Option<aws_smithy_types::DateTime>) -> i64 {
    time.map_or(0, |time| time.secs())
}

/// Subnets and groups of a VpcConfig.
pub(super) fn network(
    config: Option<aws_sdk_sagemaker::types::VpcConfig>,
) -> (Vec<String>, Vec<String>) {
    let config = config.map(|config| {
        (
            config.subnets.unwrap_or_default(),
            config.security_group_ids.unwrap_or_default(),
        )
    });
    config.unwrap_or_default()
}

fn model(found: aws_sdk_sagemaker::types::Model) -> Model {
    let (subnets, groups) = network(found.vpc_config);
    Model {
        name: found.model_name.unwrap_or_default(),
        arn: found.model_arn.unwrap_or_default(),
        role: found.execution_role_arn,
        subnets,
        groups,
        created: seconds(found.creation_time),
        tags: tags(found.tags),
    }
}
