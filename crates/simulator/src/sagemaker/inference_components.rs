//! Inference components: models that are placed on an endpoint one by one, and have to go before it (section 1.6 of the
//! notes on AWS's behaviour).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::Entity;
use super::life::{self, Step, Subject};
use super::lists::{self, ListByStatus};
use super::record::{Record, Status, object};
use super::refusals::{check_in_service, check_name, could_not_find, validation};
use super::shape::Shape::{Members, Number, Text, Texts, Whole};
use super::shape::{Reading, Shape, may, must};
use super::state;
use super::views::listed;
use super::{endpoints, models, settings, tags};
use crate::auto_scaling;
use crate::error::ServiceError;
use crate::index::Document;
use crate::logs;
use crate::row::Row;
use crate::wire::tags::Tag;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call, Place, World};

pub(super) const KIND: &str = "AWS::SageMaker::InferenceComponent";

const STATUSES: &[Status] = &[
    Status::InService,
    Status::Creating,
    Status::Updating,
    Status::Failed,
    Status::Deleting,
];

const SPECIFICATION: Shape = Members(&[
    may("ModelName", Text),
    may(
        "Container",
        Members(&[
            may("Image", Text),
            may("ArtifactUrl", Text),
            may("Environment", Texts),
        ]),
    ),
    may(
        "StartupParameters",
        Members(&[
            may("ModelDataDownloadTimeoutInSeconds", Whole(60, 3600)),
            may(
                "ContainerStartupHealthCheckTimeoutInSeconds",
                Whole(60, 3600),
            ),
        ]),
    ),
    may(
        "ComputeResourceRequirements",
        Members(&[
            may("NumberOfCpuCoresRequired", Number),
            may("NumberOfAcceleratorDevicesRequired", Number),
            must("MinMemoryRequiredInMb", Whole(128, i64::MAX)),
            may("MaxMemoryRequiredInMb", Whole(128, i64::MAX)),
        ]),
    ),
    may("BaseInferenceComponentName", Text),
]);

/// An inference component.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct InferenceComponent {
    pub(super) record: Record,
    name: String,
    pub(super) endpoint_name: String,
    pub(super) variant_name: String,
    specification: Value,
    copies: u32,
    /// How many copies there are.
    running: u32,
}

/// The specification as it is described: of the image it tells what was asked for.
fn shown_specification(given: &Value) -> Value {
    let mut shown = given.clone();
    let container = shown.get_mut("Container").and_then(Value::as_object_mut);
    if let Some(container) = container
        && let Some(image) = container.shift_remove("Image")
    {
        let deployed = json!({"SpecifiedImage": image});
        container.insert("DeployedImage".to_owned(), deployed);
    }
    shown
}

impl Document for InferenceComponent {}

impl Entity for InferenceComponent {
    fn record(&self) -> &Record {
        &self.record
    }

    fn row(&self) -> Row {
        let parent = Some(self.endpoint_name.clone());
        self.record.row(KIND, self.name.clone(), parent)
    }
}

impl InferenceComponent {
    fn show(&self, place: &Place) -> Value {
        let mut shown = self.summary(place);
        shown["Specification"] = shown_specification(&self.specification);
        shown["RuntimeConfig"] =
            json!({"DesiredCopyCount": self.copies, "CurrentCopyCount": self.running});
        if let (name, Value::String(reason)) = self.record.failure() {
            shown[name] = json!(reason);
        }
        shown
    }

    fn summary(&self, place: &Place) -> Value {
        let [created, modified] = self.record.times();
        object([
            created,
            ("InferenceComponentArn", json!(self.record.arn)),
            ("InferenceComponentName", json!(self.name)),
            (
                "EndpointArn",
                json!(endpoints::arn(place, &self.endpoint_name)),
            ),
            ("EndpointName", json!(self.endpoint_name)),
            ("VariantName", json!(self.variant_name)),
            ("InferenceComponentStatus", json!(self.record.status)),
            modified,
        ])
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateInferenceComponent {
    inference_component_name: String,
    endpoint_name: String,
    variant_name: String,
    specification: Value,
    runtime_config: RuntimeConfig,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RuntimeConfig {
    copy_count: u32,
}

fn arn(place: &Place, name: &str) -> String {
    place.arn(
        "sagemaker",
        &format!("inference-component/{}", name.to_lowercase()),
    )
}

pub(super) fn find<'a>(
    world: &'a mut World,
    place: &Place,
    name: &str,
) -> Result<&'a mut InferenceComponent, ServiceError> {
    let components = &mut state(world, place).inference_components;
    components
        .get_mut(name)
        .ok_or_else(|| could_not_find("inference component", &arn(place, name)))
}

/// The endpoint is in service, has the variant and takes components: it has no models of its own
/// (hashicorp/terraform-provider-aws#40644).
fn check_endpoint(
    world: &mut World,
    place: &Place,
    name: &str,
    variant: &str,
) -> Result<(), ServiceError> {
    let endpoint = endpoints::find(world, place, name)?;
    let arn = &endpoint.record.arn;
    check_in_service("Endpoint", &endpoint.record)?;
    if !endpoint.hosted_models().is_empty() {
        return Err(validation(
            "Inference Components are not supported in this Endpoint. Please make sure this endpoint can deploy inference \
             components.",
        ));
    }
    if endpoint.has_variant(variant) {
        return Ok(());
    }
    Err(validation(format!(
        "Endpoint \"{arn}\" has no variant {variant}."
    )))
}

fn create(
    world: &mut World,
    place: &Place,
    input: CreateInferenceComponent,
) -> Result<String, ServiceError> {
    let name = input.inference_component_name;
    check_name("inferenceComponentName", &name)?;
    let arn = arn(place, &name);
    if state(world, place).inference_components.contains_key(&name) {
        return Err(validation(format!(
            "Cannot create already existing inference component \"{arn}\"."
        )));
    }
    check_endpoint(world, place, &input.endpoint_name, &input.variant_name)?;
    let specification = check(world, place, &input.endpoint_name, &input.specification)?;
    check_source(&specification)?;
    let component = InferenceComponent {
        record: Record::new(
            arn.clone(),
            tags::read(input.tags)?,
            Status::Creating,
            world.now(),
        ),
        name: name.clone(),
        endpoint_name: input.endpoint_name,
        variant_name: input.variant_name,
        specification,
        copies: input.runtime_config.copy_count,
        running: 0,
    };
    state(world, place)
        .inference_components
        .insert(name.clone(), component);
    life::begin(
        world,
        place,
        Subject::InferenceComponent(name),
        Step::Creation,
    );
    Ok(arn)
}

/// Checks a specification, and that its model or its base exists.
fn check(
    world: &mut World,
    place: &Place,
    endpoint: &str,
    given: &Value,
) -> Result<Value, ServiceError> {
    let read = SPECIFICATION.read("specification", given, Reading::Strict);
    let specification = read.map_err(validation)?;
    if let Some(model) = settings::text(&specification, "ModelName") {
        models::used(world, place, model)?;
    }
    if let Some(base) = settings::text(&specification, "BaseInferenceComponentName") {
        check_base(world, place, endpoint, base)?;
    }
    Ok(specification)
}

/// A base exists and contains what names it (API Reference, InferenceComponentSpecification), so both are on one endpoint.
fn check_base(
    world: &mut World,
    place: &Place,
    endpoint: &str,
    base: &str,
) -> Result<(), ServiceError> {
    let base = find(world, place, base)?;
    if base.endpoint_name == endpoint {
        return Ok(());
    }
    Err(validation(format!(
        "Inference component \"{}\" is not on endpoint \"{}\".",
        base.record.arn,
        endpoints::arn(place, endpoint)
    )))
}

/// A component runs a model, an image, or what another component runs. How AWS refuses one that names none is not known.
fn check_source(specification: &Value) -> Result<(), ServiceError> {
    let sources = ["ModelName", "Container", "BaseInferenceComponentName"];
    if sources
        .iter()
        .any(|source| specification.get(source).is_some())
    {
        return Ok(());
    }
    Err(validation(format!(
        "The specification must have one of {}.",
        sources.join(", ")
    )))
}

/// Starts giving a component another specification or another number of copies.
fn update(
    world: &mut World,
    place: &Place,
    name: &str,
    specification: Option<Value>,
    copies: Option<u32>,
) -> Result<String, ServiceError> {
    let now = world.now();
    let component = find(world, place, name)?;
    if component.record.status.busy() {
        let arn = &component.record.arn;
        return Err(validation(format!(
            "Cannot update in-progress inference component \"{arn}\"."
        )));
    }
    let endpoint = component.endpoint_name.clone();
    let specification = specification.map(|given| check(world, place, &endpoint, &given));
    let specification = specification.transpose()?;
    let component = find(world, place, name)?;
    if let Some(specification) = specification {
        component.specification = specification;
    }
    component.copies = copies.unwrap_or(component.copies);
    component.record.turn(Status::Updating, None, now);
    let arn = component.record.arn.clone();
    let subject = Subject::InferenceComponent(name.to_owned());
    life::begin(world, place, subject, Step::Update);
    Ok(arn)
}

/// A step has ended.
pub(super) fn ended(
    world: &mut World,
    place: &Place,
    name: &str,
    step: Step,
    failure: Option<String>,
) {
    let now = world.now();
    let components = &mut state(world, place).inference_components;
    if step == Step::Deletion && failure.is_none() {
        components.remove(name);
    } else if let Some(component) = components.get_mut(name) {
        let serves = failure.is_none();
        let status = if serves {
            Status::InService
        } else {
            Status::Failed
        };
        if failure.is_none() {
            component.running = component.copies;
        }
        component.record.turn(status, failure, now);
        if serves {
            let variant = component.variant_name.clone();
            logs::component_serves(world, place, name, &variant);
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UpdateInferenceComponent {
    inference_component_name: String,
    specification: Option<Value>,
    runtime_config: Option<RuntimeConfig>,
}

pub(super) fn update_inference_component(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: UpdateInferenceComponent = input.parse()?;
    let (name, copies) = (input.inference_component_name, input.runtime_config);
    let copies = copies.map(|config| config.copy_count);
    let arn = update(call.world, &call.place, &name, input.specification, copies)?;
    Ok(Output::Json(json!({"InferenceComponentArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UpdateRuntimeConfig {
    inference_component_name: String,
    desired_runtime_config: RuntimeConfig,
}

pub(super) fn update_runtime_config(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: UpdateRuntimeConfig = input.parse()?;
    let copies = Some(input.desired_runtime_config.copy_count);
    let name = &input.inference_component_name;
    let arn = update(call.world, &call.place, name, None, copies)?;
    Ok(Output::Json(json!({"InferenceComponentArn": arn})))
}

pub(super) fn create_inference_component(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreateInferenceComponent = input.parse()?;
    let arn = create(call.world, &call.place, input)?;
    call.touch(&arn);
    Ok(Output::Json(json!({"InferenceComponentArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneComponent {
    inference_component_name: String,
}

pub(super) fn describe_inference_component(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneComponent = input.parse()?;
    let place = call.place.clone();
    Ok(Output::Json(
        find(call.world, &place, &input.inference_component_name)?.show(&place),
    ))
}

pub(super) fn delete_inference_component(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneComponent = input.parse()?;
    let (now, name) = (call.world.now(), input.inference_component_name);
    let component = find(call.world, &call.place, &name)?;
    if component.record.status.busy() {
        let arn = &component.record.arn;
        return Err(validation(format!(
            "Cannot delete in-progress inference component \"{arn}\"."
        )));
    }
    component.record.turn(Status::Deleting, None, now);
    auto_scaling::component_goes(call.world, &call.place, &name);
    life::begin(
        call.world,
        &call.place,
        Subject::InferenceComponent(name),
        Step::Deletion,
    );
    Ok(Output::Json(json!({})))
}

pub(super) fn list_inference_components(call: &mut Call<'_>, input: &Input) -> Answered {
    let (input, [endpoint, variant]) =
        ListByStatus::read(input, ["EndpointNameEquals", "VariantNameEquals"])?;
    let asked = input.asked()?;
    input.check_status(STATUSES)?;
    let place = call.place.clone();
    let components = listed(call, |it| {
        (&it.views.inference_components, &it.inference_components)
    });
    let components = components
        .filter(|component| {
            endpoint
                .as_ref()
                .is_none_or(|name| component.endpoint_name == *name)
        })
        .filter(|component| {
            variant
                .as_ref()
                .is_none_or(|name| component.variant_name == *name)
        })
        .filter(|component| input.wants(&component.name, &component.record));
    let items = components
        .map(|item| asked.item(&item.record, &item.name, item.summary(&place)))
        .collect();
    lists::answer(call, "InferenceComponents", items, &asked)
}
