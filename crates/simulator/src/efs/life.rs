//! The life of everything in EFS: it is being made, it is there, it is being deleted, it is gone.

use serde::{Deserialize, Serialize};

use crate::queue;
use crate::world::{End, Operation, Place, World};

/// `LifeCycleState` of section 2.4. `updating` does not occur; what is `deleted` is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LifeCycle {
    Creating,
    Available,
    Deleting,
    Error,
}

impl LifeCycle {
    pub(crate) fn word(self) -> &'static str {
        match self {
            LifeCycle::Creating => "creating",
            LifeCycle::Available => "available",
            LifeCycle::Deleting => "deleting",
            LifeCycle::Error => "error",
        }
    }
}

/// What EFS has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    FileSystem,
    MountTarget,
    AccessPoint,
    Replication,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::FileSystem => "AWS::EFS::FileSystem",
            Kind::MountTarget => "AWS::EFS::MountTarget",
            Kind::AccessPoint => "AWS::EFS::AccessPoint",
            Kind::Replication => "AWS::EFS::ReplicationConfiguration",
        }
    }
}

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Step {
    Creation,
    Deletion,
}

/// The end of a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) step: Step,
    pub(super) failed: bool,
}

/// Begins a step: its end is put into the queue, unless it is stuck and has none.
pub(super) fn begin(world: &mut World, place: &Place, kind: Kind, id: &str, step: Step) {
    let operation = match step {
        Step::Creation => Operation::Create,
        Step::Deletion => Operation::Delete,
    };
    let course = world.course(kind.name(), operation, id);
    if course.end == End::Stuck {
        return;
    }
    let event = Event {
        kind,
        id: id.to_owned(),
        step,
        failed: course.end != End::Done,
    };
    world.schedule(course.takes, place, queue::Event::Efs(event));
}
