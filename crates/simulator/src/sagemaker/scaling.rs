//! What Application Auto Scaling asks of SageMaker: whether there is something to scale.

use super::refusals::{check_in_service, validation};
use super::{endpoints, inference_components};
use crate::error::ServiceError;
use crate::world::{Place, World};

/// The endpoint is in service and has the variant.
///
/// # Errors
/// `ValidationException`.
pub(crate) fn check_variant(
    world: &mut World,
    place: &Place,
    endpoint: &str,
    variant: &str,
) -> Result<(), ServiceError> {
    let endpoint = endpoints::find(world, place, endpoint)?;
    check_in_service("Endpoint", &endpoint.record)?;
    if endpoint.has_variant(variant) {
        return Ok(());
    }
    let arn = &endpoint.record.arn;
    Err(validation(format!(
        "Could not find variant \"{variant}\" on endpoint \"{arn}\"."
    )))
}

/// The inference component is in service.
///
/// # Errors
/// `ValidationException`.
pub(crate) fn check_component(
    world: &mut World,
    place: &Place,
    name: &str,
) -> Result<(), ServiceError> {
    let component = inference_components::find(world, place, name)?;
    check_in_service("Inference component", &component.record)
}
