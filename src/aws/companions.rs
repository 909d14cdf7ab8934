//! SageMaker: what costs by the hour beside Studio and what is at work in it.

use aws_sdk_sagemaker::types::MlflowAppStatus;

use super::sagemaker::{PAGE, SERVICE};
use super::{Aws, CallError};

impl Aws {
    /// Whether a feature group, by its ARN, has an online store.
    ///
    /// # Errors
    /// As any call; `NotFound` when the group is gone.
    pub async fn has_online_store(&self, group: &str) -> Result<bool, CallError> {
        let request = self
            .sagemaker()
            .describe_feature_group()
            .feature_group_name(group)
            .send();
        let answer = self.call(SERVICE, "DescribeFeatureGroup", request).await?;
        let store = answer.online_store_config;
        Ok(store.and_then(|store| store.enable_online_store) == Some(true))
    }

    /// ARNs of the MLflow apps that are the default of a domain, by its id.
    ///
    /// # Errors
    /// As any call.
    pub async fn default_mlflow_apps(&self, domain: &str) -> Result<Vec<String>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListMlflowApps",
                |token| {
                    self.sagemaker()
                        .list_mlflow_apps()
                        .default_for_domain_id(domain)
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.summaries.unwrap_or_default(), page.next_token),
            )
            .await?;
        let there = found
            .into_iter()
            .filter(|app| app.status != Some(MlflowAppStatus::Deleted));
        Ok(there.filter_map(|app| app.arn).collect())
    }
}
