//! Endpoint configs (section 1.6 of the notes on AWS's behaviour). They are made and deleted at once, and nobody checks
//! their use.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::{self, Entity};
use super::lists::{self, ListByName};
use super::models;
use super::network::VpcConfig;
use super::record::{Record, Status, object};
use super::refusals::{check_name, could_not_find, validation};
use super::shape::Shape::{Flag, List, Members, Number, OneOf, Text, Whole};
use super::shape::{Reading, Shape, may, must};
use super::state;
use super::views::listed;
use super::{settings, tags};
use crate::error::ServiceError;
use crate::index::Document;
use crate::instance_types;
use crate::row::Row;
use crate::wire::tags::Tag;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call, Place, World};

pub(super) const KIND: &str = "AWS::SageMaker::EndpointConfig";

const VARIANT: Shape = Members(&[
    must("VariantName", Text),
    may("ModelName", Text),
    may("InitialInstanceCount", Whole(1, 10_000)),
    may("InstanceType", OneOf(instance_types::ENDPOINT)),
    may("InitialVariantWeight", Number),
    may("VolumeSizeInGB", Whole(1, 512)),
    may("ModelDataDownloadTimeoutInSeconds", Whole(60, 3600)),
    may(
        "ContainerStartupHealthCheckTimeoutInSeconds",
        Whole(60, 3600),
    ),
    may("EnableSSMAccess", Flag),
    may("InferenceAmiVersion", Text),
    may(
        "RoutingConfig",
        Members(&[must(
            "RoutingStrategy",
            OneOf(&["LEAST_OUTSTANDING_REQUESTS", "RANDOM"]),
        )]),
    ),
    may(
        "ManagedInstanceScaling",
        Members(&[
            may("Status", OneOf(&["ENABLED", "DISABLED"])),
            may("MinInstanceCount", Whole(0, 10_000)),
            may("MaxInstanceCount", Whole(1, 10_000)),
        ]),
    ),
    may(
        "ServerlessConfig",
        Members(&[
            must("MemorySizeInMB", Whole(1024, 6144)),
            must("MaxConcurrency", Whole(1, 200)),
            may("ProvisionedConcurrency", Whole(1, 200)),
        ]),
    ),
]);

/// An endpoint config.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EndpointConfig {
    pub(super) record: Record,
    pub(super) name: String,
    pub(super) variants: Vec<Value>,
    kms_key_id: Option<String>,
    pub(super) execution_role: Option<String>,
    pub(super) vpc_config: Option<VpcConfig>,
    network_isolation: Option<bool>,
}

impl EndpointConfig {
    fn show(&self) -> Value {
        let [created, _] = self.record.times();
        object([
            ("EndpointConfigName", json!(self.name)),
            ("EndpointConfigArn", json!(self.record.arn)),
            ("ProductionVariants", json!(self.variants)),
            ("KmsKeyId", json!(self.kms_key_id)),
            created,
            ("ExecutionRoleArn", json!(self.execution_role)),
            ("VpcConfig", json!(self.vpc_config)),
            ("EnableNetworkIsolation", json!(self.network_isolation)),
        ])
    }

    fn summary(&self) -> Value {
        let [created, _] = self.record.times();
        object([
            ("EndpointConfigName", json!(self.name)),
            ("EndpointConfigArn", json!(self.record.arn)),
            created,
        ])
    }
}

impl Document for EndpointConfig {}

impl Entity for EndpointConfig {
    fn record(&self) -> &Record {
        &self.record
    }

    fn row(&self) -> Row {
        self.record.row(KIND, self.name.clone(), None)
    }
}

/// What an endpoint config is made from, by a call or by a template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct CreateEndpointConfig {
    pub(super) endpoint_config_name: String,
    production_variants: Vec<Value>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    kms_key_id: Option<String>,
    execution_role_arn: Option<String>,
    vpc_config: Option<VpcConfig>,
    enable_network_isolation: Option<bool>,
}

impl CreateEndpointConfig {
    /// Checks everything that can be checked without looking at the world.
    ///
    /// # Errors
    /// A sentence that names the member.
    pub(super) fn checked(mut self, reading: Reading) -> Result<Self, ServiceError> {
        check_name("endpointConfigName", &self.endpoint_config_name)?;
        let given = Value::Array(self.production_variants);
        let read = List(&VARIANT, 10)
            .read("productionVariants", &given, reading)
            .map_err(validation)?;
        self.production_variants = read.as_array().cloned().unwrap_or_default();
        if self.production_variants.is_empty() {
            return Err(validation(
                "ProductionVariants must have at least one item.",
            ));
        }
        self.production_variants
            .iter()
            .try_for_each(|variant| self.check_variant(variant))?;
        Ok(self)
    }

    /// A variant has a model, or the config has the role under which inference components bring theirs.
    fn check_variant(&self, variant: &Value) -> Result<(), ServiceError> {
        let name = settings::text(variant, "VariantName").unwrap_or_default();
        if variant.get("ModelName").is_none() && self.execution_role_arn.is_none() {
            return Err(validation(format!(
                "Variant {name} has no ModelName, and the config has no ExecutionRoleArn."
            )));
        }
        if variant.get("ServerlessConfig").is_none() && variant.get("InstanceType").is_none() {
            return Err(validation(format!(
                "Variant {name} has neither InstanceType nor ServerlessConfig."
            )));
        }
        Ok(())
    }
}

fn arn(place: &Place, name: &str) -> String {
    place.arn(
        "sagemaker",
        &format!("endpoint-config/{}", name.to_lowercase()),
    )
}

/// The endpoint config, or `ValidationException`.
pub(super) fn find<'a>(
    world: &'a mut World,
    place: &Place,
    name: &str,
) -> Result<&'a mut EndpointConfig, ServiceError> {
    let configs = &mut state(world, place).endpoint_configs;
    configs
        .get_mut(name)
        .ok_or_else(|| could_not_find("endpoint configuration", &arn(place, name)))
}

/// The config as what uses it finds it: not always at once after it was made.
pub(super) fn used(
    world: &mut World,
    place: &Place,
    name: &str,
) -> Result<EndpointConfig, ServiceError> {
    let config = find(world, place, name)?.clone();
    if entity::is_seen(world, &config.record) {
        return Ok(config);
    }
    Err(could_not_find("endpoint configuration", &config.record.arn))
}

/// Makes an endpoint config out of models that exist, and returns its ARN.
pub(super) fn create(
    world: &mut World,
    place: &Place,
    input: CreateEndpointConfig,
) -> Result<String, ServiceError> {
    let arn = arn(place, &input.endpoint_config_name);
    if state(world, place)
        .endpoint_configs
        .contains_key(&input.endpoint_config_name)
    {
        return Err(validation(format!(
            "Cannot create already existing endpoint configuration \"{arn}\"."
        )));
    }
    for model in input
        .production_variants
        .iter()
        .filter_map(|variant| settings::text(variant, "ModelName"))
    {
        models::used(world, place, model)?;
    }
    if let Some(network) = &input.vpc_config {
        network.check(world, place)?;
    }
    let config = EndpointConfig {
        record: Record::new(
            arn.clone(),
            tags::read(input.tags)?,
            Status::InService,
            world.now(),
        ),
        name: input.endpoint_config_name,
        variants: input.production_variants,
        kms_key_id: input.kms_key_id,
        execution_role: input.execution_role_arn,
        vpc_config: input.vpc_config,
        network_isolation: input.enable_network_isolation,
    };
    state(world, place)
        .endpoint_configs
        .insert(config.name.clone(), config);
    Ok(arn)
}

/// Deletes an endpoint config, whoever uses it.
pub(super) fn delete(world: &mut World, place: &Place, name: &str) -> Result<(), ServiceError> {
    find(world, place, name)?;
    state(world, place).endpoint_configs.remove(name);
    Ok(())
}

pub(super) fn create_endpoint_config(call: &mut Call<'_>, input: &Input) -> Answered {
    let input = input
        .parse::<CreateEndpointConfig>()?
        .checked(Reading::Strict)?;
    let arn = create(call.world, &call.place, input)?;
    call.touch(&arn);
    Ok(Output::Json(json!({"EndpointConfigArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneConfig {
    endpoint_config_name: String,
}

pub(super) fn describe_endpoint_config(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneConfig = input.parse()?;
    Ok(Output::Json(
        find(call.world, &call.place, &input.endpoint_config_name)?.show(),
    ))
}

pub(super) fn delete_endpoint_config(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneConfig = input.parse()?;
    delete(call.world, &call.place, &input.endpoint_config_name)?;
    Ok(Output::Json(json!({})))
}

pub(super) fn list_endpoint_configs(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListByName = input.parse()?;
    let asked = input.asked()?;
    let configs = listed(call, |it| {
        (&it.views.endpoint_configs, &it.endpoint_configs)
    });
    let configs = configs.filter(|config| input.wants(&config.name, &config.record));
    let items = configs
        .map(|config| asked.item(&config.record, &config.name, config.summary()))
        .collect();
    lists::answer(call, "EndpointConfigs", items, &asked)
}
