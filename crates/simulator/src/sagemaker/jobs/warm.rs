//! Warm pools: a completed training job keeps its instances and their interfaces for as long as it was told, and the next
//! job that is like it takes them over (operators' notes, item 39).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Job, Kind, find, quota};
use crate::ec2::interfaces;
use crate::error::ServiceError;
use crate::sagemaker::life;
use crate::sagemaker::record::Status;
use crate::sagemaker::refusals::validation;
use crate::time::SimTime;
use crate::world::{Place, World};

/// `WarmPoolStatus.Status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sagemaker) enum PoolStatus {
    Available,
    Terminated,
    Reused,
    InUse,
}

/// What becomes of a training job's instances.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Pool {
    pub(super) status: PoolStatus,
    /// When the job ended.
    since: Option<SimTime>,
    /// How long they were kept, once they no longer are.
    kept: Duration,
    reused_by: Option<String>,
}

impl Pool {
    pub(super) fn show(&self) -> Value {
        let mut shown = json!({"Status": self.status});
        if matches!(self.status, PoolStatus::Terminated | PoolStatus::Reused) {
            shown["ResourceRetainedBillableTimeInSeconds"] = json!(self.kept.as_secs());
        }
        if let Some(job) = &self.reused_by {
            shown["ReusedByJob"] = json!(job);
        }
        shown
    }

    pub(super) fn is_available(&self) -> bool {
        self.status == PoolStatus::Available
    }

    fn leave(&mut self, status: PoolStatus, now: SimTime) {
        self.status = status;
        self.kept = self.since.map(|since| now.since(since)).unwrap_or_default();
    }
}

/// Gives a job that keeps its instances a pool, and the interfaces of the pool that it takes over.
pub(super) fn begin(world: &mut World, place: &Place, job: &mut Job) -> Option<Vec<String>> {
    if job.kind != Kind::Training || job.keep_alive() == 0 {
        return None;
    }
    job.pool = Some(Pool {
        status: PoolStatus::InUse,
        since: None,
        kept: Duration::ZERO,
        reused_by: None,
    });
    let now = world.now();
    let jobs = super::all(world, place, Kind::Training);
    let fits = |other: &Job| {
        let available = other.pool.as_ref().is_some_and(Pool::is_available);
        available && wants(&other.input) == wants(&job.input)
    };
    let other = jobs.find_mut(fits)?;
    if let Some(pool) = &mut other.pool {
        pool.leave(PoolStatus::Reused, now);
        pool.reused_by = Some(job.name.clone());
    }
    other.record.turn(other.record.status, None, now);
    let taken = std::mem::take(&mut other.interface_ids);
    for id in &taken {
        interfaces::give(world, place, id, &job.name);
    }
    Some(taken)
}

/// What two jobs must have in common to use the same instances.
fn wants(input: &Value) -> [&Value; 5] {
    let resources = &input["ResourceConfig"];
    [
        &resources["InstanceType"],
        &resources["InstanceCount"],
        &resources["VolumeSizeInGB"],
        &input["VpcConfig"],
        &input["RoleArn"],
    ]
}

/// A job has ended: its interfaces go after a tail, unless its instances are kept. They are not where the quota of warm
/// pools leaves no room, which is no failure.
pub(super) fn finish(world: &mut World, place: &Place, kind: Kind, name: &str) {
    let now = world.now();
    let Ok(job) = find(world, place, kind, name) else {
        return;
    };
    let wants = job.record.status == Status::Completed && job.keep_alive() > 0;
    let delay = Duration::from_secs(job.keep_alive());
    let input = job.input.clone();
    let keeps = wants && quota::may_keep(world, place, &input);
    let Ok(job) = find(world, place, kind, name) else {
        return;
    };
    if let Some(pool) = &mut job.pool {
        pool.since = Some(now);
        if keeps {
            pool.status = PoolStatus::Available;
            life::end_pool_later(world, place, name, delay);
            return;
        }
        pool.leave(PoolStatus::Terminated, now);
    }
    release(world, place, kind, name);
}

fn release(world: &mut World, place: &Place, kind: Kind, name: &str) {
    let Ok(job) = find(world, place, kind, name) else {
        return;
    };
    let interface_ids = std::mem::take(&mut job.interface_ids);
    life::release_all_later(world, place, "job interface tail", interface_ids);
}

/// The time of a pool may have come, unless it was given another one meanwhile.
pub(in crate::sagemaker) fn ended(world: &mut World, place: &Place, name: &str) {
    let now = world.now();
    let Ok(job) = find(world, place, Kind::Training, name) else {
        return;
    };
    let period = Duration::from_secs(job.keep_alive());
    let Some(pool) = job.pool.as_mut().filter(|pool| pool.is_available()) else {
        return;
    };
    if pool.since.is_some_and(|since| now.since(since) >= period) {
        pool.leave(PoolStatus::Terminated, now);
        job.record.turn(job.record.status, None, now);
        release(world, place, Kind::Training, name);
    }
}

/// Gives a job another keep-alive period, counted from its end.
pub(super) fn retain(
    world: &mut World,
    place: &Place,
    name: &str,
    seconds: u64,
) -> Result<(), ServiceError> {
    let now = world.now();
    let job = find(world, place, Kind::Training, name)?;
    let Some(pool) = job.pool.as_mut() else {
        return Err(validation("The training job has no warm pool."));
    };
    let since = match pool.status {
        PoolStatus::Available => pool.since,
        PoolStatus::InUse => None,
        PoolStatus::Terminated | PoolStatus::Reused => {
            return Err(validation(format!(
                "The warm pool of the training job is in status {:?}.",
                pool.status
            )));
        }
    };
    job.input["ResourceConfig"]["KeepAlivePeriodInSeconds"] = json!(seconds);
    job.record.turn(job.record.status, None, now);
    if let Some(since) = since {
        let left = Duration::from_secs(seconds).saturating_sub(now.since(since));
        if left.is_zero() {
            ended(world, place, name);
        } else {
            life::end_pool_later(world, place, name, left);
        }
    }
    Ok(())
}
