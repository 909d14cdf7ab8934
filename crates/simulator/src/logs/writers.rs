//! What SageMaker writes by itself: whatever comes into service leaves a trace, in a group that is made for it.

use super::groups::{self, NewGroup};
use super::{state, streams};
use crate::world::{Place, World};

const ENDPOINTS: &str = "/aws/sagemaker/Endpoints";
const COMPONENTS: &str = "/aws/sagemaker/InferenceComponents";

/// Whether SageMaker makes groups of such names for its endpoints and inference components.
pub(super) fn is_of_service(group: &str) -> bool {
    [ENDPOINTS, COMPONENTS].iter().any(|folder| {
        group
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    })
}

/// What SageMaker's line may weigh.
const BYTES: u64 = 512;

/// Somebody wrote to a stream. Group and stream are made where they are not there.
pub(crate) fn wrote(world: &mut World, place: &Place, group: &str, stream: &str) {
    let now = world.now();
    if !state(world, place).groups.contains_key(group)
        && groups::create(world, place, NewGroup::named(group)).is_err()
    {
        return;
    }
    let Ok(group) = state(world, place).group(group) else {
        return;
    };
    if !group.streams.contains_key(stream) && streams::create(group, stream, now).is_err() {
        return;
    }
    if let Some(stream) = group.streams.get_mut(stream) {
        stream.take(now, now, now, BYTES);
    }
}

/// An endpoint came into service, or was brought to other instances: each variant writes to a stream of its instance.
pub(crate) fn endpoint_serves(world: &mut World, place: &Place, name: &str, variants: &[String]) {
    for variant in variants {
        serves(world, place, ENDPOINTS, name, variant);
    }
}

/// An inference component came into service on a variant.
pub(crate) fn component_serves(world: &mut World, place: &Place, name: &str, variant: &str) {
    serves(world, place, COMPONENTS, name, variant);
}

fn serves(world: &mut World, place: &Place, groups: &str, name: &str, variant: &str) {
    if !world.switches.endpoints_leave_log_groups {
        return;
    }
    let who = format!("{groups}/{name}/{variant}");
    let instance = world.mint(place, "log instance", &who, "i-", 17);
    let stream = format!("{variant}/{instance}");
    wrote(world, place, &format!("{groups}/{name}"), &stream);
}
