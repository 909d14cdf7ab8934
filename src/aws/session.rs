//! What a participant does in Studio, as ordinary API calls: for rehearsals.

use aws_sdk_sagemaker::types::{
    AppType, ContainerDefinition, OwnershipSettings, ProductionVariant,
    ProductionVariantInstanceType, ResourceSpec, SharingType, SpaceSettings, SpaceSharingSettings,
    Tag, VpcConfig,
};

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
    /// # Errors
    /// As any call.
    pub async fn create_user_profile(&self, domain: &str, name: &str) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .create_user_profile()
            .domain_id(domain)
            .user_profile_name(name)
            .send();
        self.call(SERVICE, "CreateUserProfile", request)
            .await
            .map(drop)
    }

    /// Makes a private space for JupyterLab.
    ///
    /// # Errors
    /// As any call.
    pub async fn create_space(
        &self,
        domain: &str,
        owner: &str,
        name: &str,
    ) -> Result<(), CallError> {
        let ownership = OwnershipSettings::builder()
            .owner_user_profile_name(owner)
            .build();
        let sharing = SpaceSharingSettings::builder()
            .sharing_type(SharingType::Private)
            .build();
        let request = self
            .sagemaker()
            .create_space()
            .domain_id(domain)
            .space_name(name)
            .set_ownership_settings(ownership.into())
            .space_sharing_settings(sharing)
            .space_settings(
                SpaceSettings::builder()
                    .app_type(AppType::JupyterLab)
                    .build(),
            )
            .send();
        self.call(SERVICE, "CreateSpace", request).await.map(drop)
    }

    /// Starts JupyterLab in a space.
    ///
    /// # Errors
    /// As any call.
    pub async fn create_app(&self, domain: &str, space: &str) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .create_app()
            .domain_id(domain)
            .space_name(space)
            .app_type(AppType::JupyterLab)
            .app_name("default")
            .resource_spec(
                ResourceSpec::builder()
                    .instance_type("ml.t3.medium".into())
                    .build(),
            )
            .send();
        self.call(SERVICE, "CreateApp", request).await.map(drop)
    }

    /// Deploys a model as JumpStart does from inside a domain: model, endpoint config and endpoint of one name, in the
    /// domain's network, tagged with the domain.
    ///
    /// # Errors
    /// As any call.
    pub async fn deploy_model(
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
        self.call(SERVICE, "CreateModel", request).await?;
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
        self.call(SERVICE, "CreateEndpointConfig", request).await?;
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
