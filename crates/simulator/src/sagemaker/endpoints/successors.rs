//! What an update leaves as it is: the instance types of variants that are scaled, and the variants that carry inference
//! components. How AWS words these refusals is not known.

use serde_json::Value;

use super::arn;
use crate::auto_scaling;
use crate::error::ServiceError;
use crate::sagemaker::refusals::validation;
use crate::sagemaker::{settings, state};
use crate::world::{Place, World};

/// Refuses variants that cannot follow those that an endpoint has.
pub(super) fn check(
    world: &mut World,
    place: &Place,
    endpoint: &str,
    old: &[Value],
    new: &[Value],
) -> Result<(), ServiceError> {
    check_scaled(world, place, endpoint, old, new)?;
    check_components(world, place, endpoint, new)
}

/// A variant that is a scalable target stays, with its instance type; its model may be another (developer guide, "Update
/// endpoints that use auto scaling").
fn check_scaled(
    world: &mut World,
    place: &Place,
    endpoint: &str,
    old: &[Value],
    new: &[Value],
) -> Result<(), ServiceError> {
    for variant in old {
        let name = settings::text(variant, "VariantName").unwrap_or_default();
        let stays = named(new, name)
            .is_some_and(|next| next.get("InstanceType") == variant.get("InstanceType"));
        if !stays && auto_scaling::is_scaled(world, place, endpoint, name) {
            return Err(validation(format!(
                "Cannot update endpoint \"{}\" because variant {name}, whose instance type would change or which would be \
                 removed, is registered as a scalable target. Deregister it first.",
                arn(place, endpoint)
            )));
        }
    }
    Ok(())
}

/// Inference components keep their variants, on an endpoint without models, as they found it when they were made.
fn check_components(
    world: &mut World,
    place: &Place,
    endpoint: &str,
    new: &[Value],
) -> Result<(), ServiceError> {
    let with_models = new.iter().any(|variant| variant.get("ModelName").is_some());
    let mut components = state(world, place).inference_components.values();
    let stranded = components.any(|component| {
        component.endpoint_name == endpoint
            && (with_models || named(new, &component.variant_name).is_none())
    });
    if stranded {
        return Err(validation(format!(
            "Cannot update endpoint \"{}\" because inference components are associated with a variant that would be removed \
             or would get a model of its own.",
            arn(place, endpoint)
        )));
    }
    Ok(())
}

/// The variant of this name.
fn named<'a>(variants: &'a [Value], name: &str) -> Option<&'a Value> {
    let mut variants = variants.iter();
    variants.find(|variant| settings::text(variant, "VariantName") == Some(name))
}
