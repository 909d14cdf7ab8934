//! Models (section 1.6 of the notes on AWS's behaviour). They are made and deleted at once, and nobody checks their use.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::{self, Entity};
use super::lists::{self, ListByName};
use super::network::VpcConfig;
use super::record::{Record, Status, object};
use super::refusals::{check_name, check_role, could_not_find, validation};
use super::shape::Shape::{Flag, List, Members, OneOf, Text, Texts};
use super::shape::{Reading, Shape, may, must};
use super::state;
use super::tags;
use super::views::listed;
use crate::error::ServiceError;
use crate::index::Document;
use crate::row::Row;
use crate::wire::tags::Tag;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call, Place, World};

pub(super) const KIND: &str = "AWS::SageMaker::Model";

const S3_DATA_SOURCE: Shape = Members(&[
    must("S3Uri", Text),
    must("S3DataType", OneOf(&["S3Prefix", "S3Object"])),
    must("CompressionType", OneOf(&["None", "Gzip"])),
    may("ModelAccessConfig", Members(&[must("AcceptEula", Flag)])),
    may("HubAccessConfig", Members(&[must("HubContentArn", Text)])),
    may("ManifestS3Uri", Text),
    may("ETag", Text),
    may("ManifestEtag", Text),
]);

const ADDITIONAL_SOURCE: Shape = Members(&[
    must("ChannelName", Text),
    must("S3DataSource", S3_DATA_SOURCE),
]);

const CONTAINER: Shape = Members(&[
    may("ContainerHostname", Text),
    may("Image", Text),
    may(
        "ImageConfig",
        Members(&[
            must("RepositoryAccessMode", OneOf(&["Platform", "Vpc"])),
            may(
                "RepositoryAuthConfig",
                Members(&[must("RepositoryCredentialsProviderArn", Text)]),
            ),
        ]),
    ),
    may("Mode", OneOf(&["SingleModel", "MultiModel"])),
    may("ModelDataUrl", Text),
    may(
        "ModelDataSource",
        Members(&[may("S3DataSource", S3_DATA_SOURCE)]),
    ),
    may("AdditionalModelDataSources", List(&ADDITIONAL_SOURCE, 5)),
    may("Environment", Texts),
    may("ModelPackageName", Text),
    may("InferenceSpecificationName", Text),
    may(
        "MultiModelConfig",
        Members(&[may("ModelCacheSetting", OneOf(&["Enabled", "Disabled"]))]),
    ),
]);

const EXECUTION: Shape = Members(&[must("Mode", OneOf(&["Serial", "Direct"]))]);

/// A model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Model {
    pub(super) record: Record,
    pub(super) name: String,
    primary_container: Option<Value>,
    containers: Vec<Value>,
    inference_execution_config: Option<Value>,
    pub(super) execution_role: Option<String>,
    pub(super) vpc_config: Option<VpcConfig>,
    network_isolation: bool,
}

impl Model {
    pub(super) fn show(&self) -> Value {
        let [created, _] = self.record.times();
        object([
            ("ModelName", json!(self.name)),
            ("PrimaryContainer", json!(self.primary_container)),
            (
                "Containers",
                if self.containers.is_empty() {
                    Value::Null
                } else {
                    json!(self.containers)
                },
            ),
            (
                "InferenceExecutionConfig",
                json!(self.inference_execution_config),
            ),
            ("ExecutionRoleArn", json!(self.execution_role)),
            ("VpcConfig", json!(self.vpc_config)),
            created,
            ("ModelArn", json!(self.record.arn)),
            ("EnableNetworkIsolation", json!(self.network_isolation)),
        ])
    }

    fn summary(&self) -> Value {
        let [created, _] = self.record.times();
        object([
            ("ModelName", json!(self.name)),
            ("ModelArn", json!(self.record.arn)),
            created,
        ])
    }
}

impl Document for Model {
    fn document(&self) -> Value {
        json!({"Model": {"Model": self.show()}})
    }
}

impl Entity for Model {
    fn record(&self) -> &Record {
        &self.record
    }

    fn row(&self) -> Row {
        self.record.row(KIND, self.name.clone(), None)
    }
}

/// What a model is made from, by a call or by a template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct CreateModel {
    pub(super) model_name: String,
    primary_container: Option<Value>,
    #[serde(default)]
    containers: Vec<Value>,
    inference_execution_config: Option<Value>,
    execution_role_arn: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    vpc_config: Option<VpcConfig>,
    enable_network_isolation: Option<bool>,
}

impl CreateModel {
    /// Checks everything that can be checked without looking at the world.
    ///
    /// # Errors
    /// A sentence that names the member.
    pub(super) fn checked(mut self, reading: Reading) -> Result<Self, ServiceError> {
        check_name("modelName", &self.model_name)?;
        if self.primary_container.is_some() != self.containers.is_empty() {
            return Err(validation(
                "Exactly one of PrimaryContainer and Containers must be given.",
            ));
        }
        let read = |shape: Shape, path: &str, value: &Value| {
            shape.read(path, value, reading).map_err(validation)
        };
        self.primary_container = self
            .primary_container
            .map(|value| read(CONTAINER, "primaryContainer", &value))
            .transpose()?;
        let containers = read(
            List(&CONTAINER, 15),
            "containers",
            &Value::Array(self.containers),
        )?;
        self.containers = containers.as_array().cloned().unwrap_or_default();
        self.inference_execution_config = self
            .inference_execution_config
            .map(|value| read(EXECUTION, "inferenceExecutionConfig", &value))
            .transpose()?;
        Ok(self)
    }
}

pub(super) fn arn(place: &Place, name: &str) -> String {
    place.arn("sagemaker", &format!("model/{}", name.to_lowercase()))
}

/// The model, or `ValidationException`.
pub(super) fn find<'a>(
    world: &'a mut World,
    place: &Place,
    name: &str,
) -> Result<&'a mut Model, ServiceError> {
    let models = &mut state(world, place).models;
    models
        .get_mut(name)
        .ok_or_else(|| could_not_find("model", &arn(place, name)))
}

/// The model as what uses it finds it: not always at once after it was made.
pub(super) fn used(world: &mut World, place: &Place, name: &str) -> Result<Model, ServiceError> {
    let model = find(world, place, name)?.clone();
    if entity::is_seen(world, &model.record) {
        return Ok(model);
    }
    Err(could_not_find("model", &model.record.arn))
}

/// Makes a model and returns its ARN.
pub(super) fn create(
    world: &mut World,
    place: &Place,
    input: CreateModel,
) -> Result<String, ServiceError> {
    let arn = arn(place, &input.model_name);
    if state(world, place).models.contains_key(&input.model_name) {
        return Err(validation(format!(
            "Cannot create already existing model \"{arn}\"."
        )));
    }
    if let Some(role) = input
        .execution_role_arn
        .as_ref()
        .filter(|_| world.switches.unknown_model_role_refused)
    {
        check_role(world, &place.account, role)?;
    }
    if let Some(network) = &input.vpc_config {
        network.check(world, place)?;
    }
    let model = Model {
        record: Record::new(
            arn.clone(),
            tags::read(input.tags)?,
            Status::InService,
            world.now(),
        ),
        name: input.model_name,
        primary_container: input.primary_container,
        containers: input.containers,
        inference_execution_config: input.inference_execution_config,
        execution_role: input.execution_role_arn,
        vpc_config: input.vpc_config,
        network_isolation: input.enable_network_isolation.unwrap_or(false),
    };
    state(world, place).models.insert(model.name.clone(), model);
    Ok(arn)
}

/// Deletes a model, whoever uses it.
pub(super) fn delete(world: &mut World, place: &Place, name: &str) -> Result<(), ServiceError> {
    find(world, place, name)?;
    state(world, place).models.remove(name);
    Ok(())
}

pub(super) fn create_model(call: &mut Call<'_>, input: &Input) -> Answered {
    let input = input.parse::<CreateModel>()?.checked(Reading::Strict)?;
    let arn = create(call.world, &call.place, input)?;
    call.touch(&arn);
    Ok(Output::Json(json!({"ModelArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneModel {
    model_name: String,
}

pub(super) fn describe_model(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneModel = input.parse()?;
    Ok(Output::Json(
        find(call.world, &call.place, &input.model_name)?.show(),
    ))
}

pub(super) fn delete_model(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneModel = input.parse()?;
    delete(call.world, &call.place, &input.model_name)?;
    Ok(Output::Json(json!({})))
}

pub(super) fn list_models(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListByName = input.parse()?;
    let asked = input.asked()?;
    let models = listed(call, |it| (&it.views.models, &it.models));
    let models = models.filter(|model| input.wants(&model.name, &model.record));
    let items = models
        .map(|model| asked.item(&model.record, &model.name, model.summary()))
        .collect();
    lists::answer(call, "Models", items, &asked)
}
