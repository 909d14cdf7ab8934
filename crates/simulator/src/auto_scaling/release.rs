//! What becomes of targets whose owner goes: SageMaker deregisters those of an endpoint by itself if the caller may (section
//! F of the operators' notes). Of those of an inference component nobody knows. Before an update takes a variant away, or gives
//! it instances of another type, the caller has to deregister its target.

use super::state;
use crate::error::ServiceError;
use crate::permissions::{self, Behalf};
use crate::world::{Place, World};

/// Whether somebody may deregister scalable targets.
fn may_deregister(world: &World, place: &Place, behalf: Behalf<'_>) -> bool {
    let action = "application-autoscaling:DeregisterScalableTarget";
    let targets = place.arn("application-autoscaling", "scalable-target/*");
    permissions::may(world, place, behalf, action, &targets).is_ok()
}

/// Refuses the deletion of an endpoint whose targets may not be deregistered on this behalf.
///
/// # Errors
/// `ValidationException`.
pub(crate) fn check_release(
    world: &mut World,
    place: &Place,
    behalf: Behalf<'_>,
    endpoint: &str,
) -> Result<(), ServiceError> {
    let variants = variants_of(endpoint);
    let mut targets = state(world, place).targets.values();
    let scaled = targets.any(|target| target.resource.starts_with(&variants));
    if !scaled || may_deregister(world, place, behalf) {
        return Ok(());
    }
    Err(ServiceError::new(
        "ValidationException",
        "An Application AutoScaling scalable target exists for a variant being deleted, and the IAM identity used to \
         invoke DeleteEndpoint does not have application-autoscaling:DeregisterScalableTarget permission to deregister \
         the scalable target.",
    ))
}

/// What the resource ids of an endpoint's variants begin with.
fn variants_of(endpoint: &str) -> String {
    format!("endpoint/{endpoint}/variant/")
}

/// Whether a variant of an endpoint is a target, in whichever dimension.
pub(crate) fn is_scaled(world: &mut World, place: &Place, endpoint: &str, variant: &str) -> bool {
    let resource = format!("{}{variant}", variants_of(endpoint));
    let mut targets = state(world, place).targets.values();
    targets.any(|target| target.resource == resource)
}

/// An endpoint is being deleted: its targets are deregistered.
pub(crate) fn endpoint_goes(world: &mut World, place: &Place, endpoint: &str) {
    let variants = variants_of(endpoint);
    let targets = &mut state(world, place).targets;
    targets.retain(|target| !target.resource.starts_with(&variants));
}

/// An inference component is being deleted: its target is deregistered, or stays without it.
pub(crate) fn component_goes(world: &mut World, place: &Place, component: &str) {
    if world.switches.targets_outlive_components {
        return;
    }
    let resource = format!("inference-component/{component}");
    let targets = &mut state(world, place).targets;
    targets.retain(|target| target.resource != resource);
}
