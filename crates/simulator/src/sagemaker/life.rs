//! Steps that take time, and what else happens by itself.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::jobs::{self, Kind};
use super::{
    apps, domains, endpoints, inference_components, managed, notebooks, pipelines, profiles,
    schedules, spaces,
};
use crate::ec2::{groups, interfaces};
use crate::queue;
use crate::time::SimTime;
use crate::world::{Course, End, Operation, Place, World};

/// What has a life of its own, by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Subject {
    Domain(String),
    UserProfile(String),
    Space(String),
    App(String),
    Endpoint(String),
    InferenceComponent(String),
    MonitoringSchedule(String),
    NotebookInstance(String),
    Job(Kind, String),
    Pipeline(String),
    Managed(managed::Kind, String),
}

impl Subject {
    fn kind(&self) -> &'static str {
        match self {
            Subject::Domain(_) => domains::KIND,
            Subject::UserProfile(_) => profiles::KIND,
            Subject::Space(_) => spaces::KIND,
            Subject::App(_) => apps::KIND,
            Subject::Endpoint(_) => endpoints::KIND,
            Subject::InferenceComponent(_) => inference_components::KIND,
            Subject::MonitoringSchedule(_) => schedules::KIND,
            Subject::NotebookInstance(_) => notebooks::KIND,
            Subject::Job(kind, _) => kind.row_kind(),
            Subject::Pipeline(_) => pipelines::KIND,
            Subject::Managed(kind, _) => kind.row_kind(),
        }
    }

    fn id(&self) -> &str {
        match self {
            Subject::Domain(id)
            | Subject::UserProfile(id)
            | Subject::Space(id)
            | Subject::App(id)
            | Subject::Endpoint(id)
            | Subject::InferenceComponent(id)
            | Subject::MonitoringSchedule(id)
            | Subject::NotebookInstance(id)
            | Subject::Job(_, id)
            | Subject::Pipeline(id)
            | Subject::Managed(_, id) => id,
        }
    }
}

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    Creation,
    Update,
    Deletion,
    /// What follows a failed update of an endpoint.
    Rollback,
    /// An endpoint's, which nobody asked for.
    Maintenance,
    Start,
    Stop,
}

/// What happens by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event(Happening);

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Happening {
    /// A step has ended, well or with this reason.
    Ended {
        subject: Subject,
        step: Step,
        failure: Option<String>,
    },
    /// The record of a Deleted app that was made at this time is forgotten.
    Forget { app: String, created: SimTime },
    /// Maintenance of an endpoint that was made at this time.
    Maintain { endpoint: String, created: SimTime },
    /// The warm pool of a training job may have come to its end.
    PoolEnds { job: String },
    /// A network interface that outlived its owner goes.
    Release { interface_id: String },
    /// A network interface that outlived its owner is detached, and left to whoever deletes it (section 2.2).
    Abandon { interface_id: String },
    /// SageMaker lets go of a security group.
    LetGo { group_id: String },
}

/// Begins a step: its end is put into the queue, unless it is stuck and has none.
pub(super) fn begin(world: &mut World, place: &Place, subject: Subject, step: Step) {
    let operation = match step {
        Step::Creation => Operation::Create,
        Step::Update => Operation::Update,
        Step::Deletion => Operation::Delete,
        Step::Rollback => Operation::Rollback,
        Step::Start => Operation::Start,
        Step::Stop => Operation::Stop,
        Step::Maintenance => Operation::Maintain,
    };
    let course = world.course(subject.kind(), operation, subject.id());
    begin_course(world, place, subject, step, course);
}

/// Begins a step that goes like this.
pub(super) fn begin_course(
    world: &mut World,
    place: &Place,
    subject: Subject,
    step: Step,
    course: Course,
) {
    let failure = match course.end {
        End::Done => None,
        End::Failed(reason) => Some(reason),
        End::Stuck => return,
    };
    let event = Event(Happening::Ended {
        subject,
        step,
        failure,
    });
    world.schedule(course.takes, place, queue::Event::SageMaker(event));
}

/// Lets a step go on for as long again as this entry of the table says.
pub(super) fn prolong(world: &mut World, place: &Place, subject: Subject, step: Step, entry: &str) {
    let delay = world.draw(entry, subject.id());
    let event = Event(Happening::Ended {
        subject,
        step,
        failure: None,
    });
    world.schedule(delay, place, queue::Event::SageMaker(event));
}

/// Lets an interface go after the tail of this name.
pub(super) fn release_later(world: &mut World, place: &Place, tail: &str, interface_id: String) {
    let kind = interfaces::TYPE;
    let course = world.course_named(kind, tail, Operation::Delete, &interface_id);
    let happening = match course.end {
        End::Done => Happening::Release { interface_id },
        End::Failed(_) => Happening::Abandon { interface_id },
        End::Stuck => return,
    };
    let event = queue::Event::SageMaker(Event(happening));
    world.schedule(course.takes, place, event);
}

/// Lets go of a held group after its tail; where that fails or is stuck, the group is held for ever.
pub(super) fn let_go_later(world: &mut World, place: &Place, group_id: String) {
    let (kind, tail) = (groups::TYPE, "nfs group tail");
    let course = world.course_named(kind, tail, Operation::Delete, &group_id);
    if course.end == End::Done {
        let event = Event(Happening::LetGo { group_id });
        world.schedule(course.takes, place, queue::Event::SageMaker(event));
    }
}

/// As [`release_later`], for many.
pub(super) fn release_all_later(
    world: &mut World,
    place: &Place,
    tail: &str,
    interface_ids: Vec<String>,
) {
    for interface_id in interface_ids {
        release_later(world, place, tail, interface_id);
    }
}

/// Lets an endpoint be maintained once, if endpoints are.
pub(super) fn maintain_later(world: &mut World, place: &Place, endpoint: &str) {
    if !world.switches.endpoints_are_maintained {
        return;
    }
    let Ok(found) = endpoints::find(world, place, endpoint) else {
        return;
    };
    let event = Event(Happening::Maintain {
        endpoint: endpoint.to_owned(),
        created: found.record.created,
    });
    let delay = world.draw("endpoint maintenance pause", endpoint);
    world.schedule(delay, place, queue::Event::SageMaker(event));
}

/// Looks after a training job's warm pool when its time has come.
pub(super) fn end_pool_later(world: &mut World, place: &Place, job: &str, delay: Duration) {
    let event = Event(Happening::PoolEnds {
        job: job.to_owned(),
    });
    world.schedule(delay, place, queue::Event::SageMaker(event));
}

/// Forgets a Deleted app after a day (section 1.4).
pub(super) fn forget_later(world: &mut World, place: &Place, app: String, created: SimTime) {
    let event = Event(Happening::Forget { app, created });
    world.schedule(
        Duration::from_hours(24),
        place,
        queue::Event::SageMaker(event),
    );
}

pub fn fire(world: &mut World, place: &Place, event: Event) {
    match event.0 {
        Happening::Ended {
            subject,
            step,
            failure,
        } => ended(world, place, &subject, step, failure),
        Happening::Forget { app, created } => apps::forget(world, place, &app, created),
        Happening::Maintain { endpoint, created } => {
            endpoints::maintain(world, place, &endpoint, created);
        }
        Happening::PoolEnds { job } => jobs::warm::ended(world, place, &job),
        Happening::Release { interface_id } => interfaces::remove(world, place, &interface_id),
        Happening::LetGo { group_id } => groups::release(world, place, &group_id),
        Happening::Abandon { interface_id } => interfaces::abandon(world, place, &interface_id),
    }
}

fn ended(world: &mut World, place: &Place, subject: &Subject, step: Step, failure: Option<String>) {
    match subject {
        Subject::Domain(id) => domains::ended(world, place, id, step, failure),
        Subject::UserProfile(id) => profiles::ended(world, place, id, step, failure),
        Subject::Space(id) => spaces::ended(world, place, id, step, failure),
        Subject::App(id) => apps::ended(world, place, id, step, failure),
        Subject::Endpoint(id) => endpoints::ended(world, place, id, step, failure),
        Subject::InferenceComponent(id) => {
            inference_components::ended(world, place, id, step, failure);
        }
        Subject::MonitoringSchedule(id) => schedules::ended(world, place, id, step, failure),
        Subject::NotebookInstance(id) => notebooks::ended(world, place, id, step, failure),
        Subject::Job(kind, id) => jobs::ended(world, place, *kind, id, step, failure),
        Subject::Pipeline(id) => pipelines::ended(world, place, id, failure),
        Subject::Managed(kind, id) => managed::ended(world, place, *kind, id, step, failure),
    }
}
