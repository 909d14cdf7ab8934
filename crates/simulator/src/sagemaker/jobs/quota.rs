//! The instances that jobs have. Those of warm pools have a quota of their own, and count as a training job's besides.

use serde_json::Value;

use super::warm::Pool;
use super::{Job, Kind, all};
use crate::error::ServiceError;
use crate::quotas::Usage;
use crate::sagemaker::instances::{self, Instances};
use crate::world::{Place, World};

fn usage(kind: Kind) -> Usage {
    match kind {
        Kind::Training => Usage::Training,
        Kind::Processing => Usage::Processing,
        Kind::Transform => Usage::Transform,
    }
}

/// What a job is asked to work on.
fn of(kind: Kind, input: &Value) -> Option<(String, usize)> {
    let resources = match kind {
        Kind::Training => &input["ResourceConfig"],
        Kind::Processing => &input["ProcessingResources"]["ClusterConfig"],
        Kind::Transform => &input["TransformResources"],
    };
    instances::named(resources, "InstanceCount")
}

fn used(world: &mut World, place: &Place, kind: Kind, wanted: fn(&Job) -> bool) -> Instances {
    let jobs = all(world, place, kind).values();
    let jobs = jobs.filter(|job| wanted(job));
    instances::sum(jobs.filter_map(|job| of(kind, &job.input)))
}

/// Refuses a job for which there are not enough instances.
pub(super) fn check(
    world: &mut World,
    place: &Place,
    kind: Kind,
    input: &Value,
) -> Result<(), ServiceError> {
    let used = used(world, place, kind, Job::costs);
    let more = of(kind, input).into_iter().collect();
    instances::check(world, usage(kind), &used, &more)
}

/// Whether a training job that has ended may keep its instances.
pub(super) fn may_keep(world: &mut World, place: &Place, input: &Value) -> bool {
    let kept = |job: &Job| job.pool.as_ref().is_some_and(Pool::is_available);
    let used = used(world, place, Kind::Training, kept);
    let more = of(Kind::Training, input).into_iter().collect();
    instances::check(world, Usage::WarmPool, &used, &more).is_ok()
}
