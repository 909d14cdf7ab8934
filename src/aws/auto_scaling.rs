//! Application Auto Scaling: what scales inference endpoints.

use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};
use environment::facts::ScalableTarget;

use super::{Aws, CallError, Service};

impl Aws {
    /// Every variant of an inference endpoint, and every inference component, that is scaled.
    ///
    /// # Errors
    /// As any call.
    pub async fn scalable_targets(&self) -> Result<Vec<ScalableTarget>, CallError> {
        let found = self
            .pages(
                Service::AutoScaling,
                "DescribeScalableTargets",
                |token| {
                    self.auto_scaling()
                        .describe_scalable_targets()
                        .service_namespace(ServiceNamespace::Sagemaker)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.scalable_targets.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|target| ScalableTarget {
                arn: target.scalable_target_arn.unwrap_or_default(),
                resource: target.resource_id,
                dimension: target.scalable_dimension.as_str().to_owned(),
            })
            .collect())
    }

    /// Ends the scaling of a variant or an inference component.
    ///
    /// # Errors
    /// As any call.
    pub async fn deregister_scalable_target(
        &self,
        resource: &str,
        dimension: &str,
    ) -> Result<(), CallError> {
        let request = self
            .auto_scaling()
            .deregister_scalable_target()
            .service_namespace(ServiceNamespace::Sagemaker)
            .resource_id(resource)
            .scalable_dimension(ScalableDimension::from(dimension))
            .send();
        self.call(Service::AutoScaling, "DeregisterScalableTarget", request)
            .await
            .map(drop)
    }
}
