//! Jobs that start training jobs while they are at work, and what they have started.

use super::{Job, Kind, Parent};
use crate::error::ServiceError;
use crate::sagemaker::record::{Record, Status};
use crate::sagemaker::refusals::validation;
use crate::sagemaker::state;
use crate::time::SimTime;
use crate::world::{Place, World};

/// A job that starts training jobs.
pub(super) trait Starter: 'static {
    /// What it is called in refusals.
    const WORDS: &'static str;

    /// The job of a name.
    ///
    /// # Errors
    /// Where there is none.
    fn find<'a>(
        world: &'a mut World,
        place: &Place,
        name: &str,
    ) -> Result<&'a mut Self, ServiceError>;

    /// As what it has started knows it.
    fn parent(name: &str) -> Parent;

    /// Starts what there is to start, or ends.
    fn go_on(world: &mut World, place: &Place, name: &str);

    fn record(&mut self) -> &mut Record;

    /// When it has ended.
    fn ended(&mut self) -> &mut Option<SimTime>;
}

pub(super) fn end<T: Starter>(
    world: &mut World,
    place: &Place,
    name: &str,
    status: Status,
    failure: Option<String>,
) {
    let now = world.now();
    if let Ok(starter) = T::find(world, place, name) {
        starter.record().turn(status, failure, now);
        *starter.ended() = Some(now);
    }
}

/// One of the training jobs that it has started has ended.
pub(super) fn one_ended<T: Starter>(world: &mut World, place: &Place, name: &str) {
    let Ok(starter) = T::find(world, place, name) else {
        return;
    };
    let status = starter.record().status;
    if status == Status::InProgress {
        T::go_on(world, place, name);
    } else if status == Status::Stopping {
        end_if_idle::<T>(world, place, name);
    }
}

fn end_if_idle<T: Starter>(world: &mut World, place: &Place, name: &str) {
    if at_work(world, place, &T::parent(name)) == 0 {
        end::<T>(world, place, name, Status::Stopped, None);
    }
}

/// Begins to stop it, and what it has started.
///
/// # Errors
/// Where it is not there, or not at work.
pub(super) fn stop<T: Starter>(
    world: &mut World,
    place: &Place,
    name: &str,
) -> Result<(), ServiceError> {
    let now = world.now();
    let record = T::find(world, place, name)?.record();
    if record.status != Status::InProgress {
        return Err(validation(format!(
            "The request was rejected because the {} is in status {}.",
            T::WORDS,
            record.status.word()
        )));
    }
    record.turn(Status::Stopping, None, now);
    stop_all(world, place, &T::parent(name))?;
    end_if_idle::<T>(world, place, name);
    Ok(())
}

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
fn stop_all(world: &mut World, place: &Place, parent: &Parent) -> Result<(), ServiceError> {
    let working: Vec<String> = of(world, place, parent)
        .into_iter()
        .filter(|job| job.record.status == Status::InProgress)
        .map(|job| job.name.clone())
        .collect();
    for job in working {
        super::stop(world, place, Kind::Training, &job)?;
    }
    Ok(())
}
