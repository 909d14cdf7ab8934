//! The training jobs that another job has started.

use super::{Job, Kind, Parent, stop};
use crate::error::ServiceError;
use crate::sagemaker::record::Status;
use crate::sagemaker::state;
use crate::world::{Place, World};

/// All of them.
pub(super) fn of<'a>(world: &'a mut World, place: &Place, parent: &Parent) -> Vec<&'a Job> {
    let jobs = state(world, place).training_jobs.values();
    jobs.filter(|job| job.parent.as_ref() == Some(parent))
        .collect()
}

/// How many of them are at work.
pub(super) fn at_work(world: &mut World, place: &Place, parent: &Parent) -> usize {
    let jobs = of(world, place, parent).into_iter();
    jobs.filter(|job| job.record.status.busy()).count()
}

/// Begins to stop those that nobody has stopped yet.
pub(super) fn stop_all(
    world: &mut World,
    place: &Place,
    parent: &Parent,
) -> Result<(), ServiceError> {
    let working: Vec<String> = of(world, place, parent)
        .into_iter()
        .filter(|job| job.record.status == Status::InProgress)
        .map(|job| job.name.clone())
        .collect();
    for job in working {
        stop(world, place, Kind::Training, &job)?;
    }
    Ok(())
}
