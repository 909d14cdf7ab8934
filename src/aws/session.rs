//! What a participant does in Studio, as ordinary API calls: for rehearsals.

use aws_sdk_sagemaker::types::{
    ContainerDefinition, ProductionVariant, ProductionVariantInstanceType, Tag, VpcConfig,
};
use environment::facts::Tags;

use super::{Aws, CallError, Service};

const SERVICE: Service = Service::SageMaker;

fn tags(domain_arn: &str) -> Vec<Tag> {
    vec![
        Tag::builder()
            .key(environment::mark::MADE_IN_DOMAIN)
            .value(domain_arn)
            .build(),
    ]
}

impl Aws {
    /// Makes a user profile by hand.
    ///
    /// # Errors
    /// As any call.
    pub async fn create_user_profile(&self, domain: &str, name: &str) -> Result<(), CallError> {
        self.make_user_profile(domain, name, &Tags::new()).await
    }

    /// Makes a private space for JupyterLab by hand.
    ///
    /// # Errors
    /// As any call.
    pub async fn create_space(
        &self,
        domain: &str,
        owner: &str,
        name: &str,
    ) -> Result<(), CallError> {
        self.make_space(domain, owner, name, &Tags::new()).await
    }

    /// Starts JupyterLab in a space.
    ///
    /// # Errors
    /// As any call.
    pub async fn create_app(&self, domain: &str, space: &str) -> Result<(), CallError> {
        self.start_jupyterlab(domain, space, "ml.t3.medium").await
    }

    /// Makes a model as JumpStart does from inside a domain: in the domain's network, tagged with the domain.
    ///
    /// # Errors
    /// As any call.
    pub async fn create_model(
        &self,
        name: &str,
        domain_arn: &str,
        role: &str,
        subnets: Vec<String>,
        groups: Vec<String>,
    ) -> Result<(), CallError> {
        let registry = format!(
            "763104351884.dkr.ecr.{}.amazonaws.com/huggingface-pytorch-tgi-inference:2.4",
            self.region()
        );
        let network = VpcConfig::builder()
            .set_subnets(Some(subnets))
            .set_security_group_ids(Some(groups))
            .build();
        let request = self
            .sagemaker()
            .create_model()
            .model_name(name)
            .primary_container(ContainerDefinition::builder().image(registry).build())
            .execution_role_arn(role)
            .set_vpc_config(network.into())
            .set_tags(Some(tags(domain_arn)))
            .send();
        self.call(SERVICE, "CreateModel", request).await.map(drop)
    }

    /// An endpoint config for a model of the same name. A new model may be seen late.
    ///
    /// # Errors
    /// As any call; `NotFound` while the model is not seen.
    pub async fn create_endpoint_config(
        &self,
        name: &str,
        domain_arn: &str,
    ) -> Result<(), CallError> {
        let variant = ProductionVariant::builder()
            .variant_name("AllTraffic")
            .model_name(name)
            .initial_instance_count(1)
            .instance_type(ProductionVariantInstanceType::from("ml.g5.xlarge"))
            .build();
        let request = self
            .sagemaker()
            .create_endpoint_config()
            .endpoint_config_name(name)
            .set_production_variants(Some(vec![variant]))
            .set_tags(Some(tags(domain_arn)))
            .send();
        self.call(SERVICE, "CreateEndpointConfig", request)
            .await
            .map(drop)
    }

    /// An endpoint with the config of the same name.
    ///
    /// # Errors
    /// As any call.
    pub async fn create_endpoint(&self, name: &str, domain_arn: &str) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .create_endpoint()
            .endpoint_name(name)
            .endpoint_config_name(name)
            .set_tags(Some(tags(domain_arn)))
            .send();
        self.call(SERVICE, "CreateEndpoint", request)
            .await
            .map(drop)
    }
}
