//! Steps of CloudFormation's handlers whose service acts at once, while the handler takes its time.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloudformation::resource::{Failure, Progress, Request, ResourceType};
use crate::error::ServiceError;
use crate::time::SimTime;
use crate::wire::input::lenient;
use crate::world::{Course, End, Operation, Place, World};

/// The steps at work, by the resource's physical id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Steps(BTreeMap<String, Step>);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Step {
    /// None: never.
    ends: Option<SimTime>,
    failure: Option<String>,
}

impl Steps {
    /// Notes a step that begins now.
    pub fn begin(&mut self, id: &str, now: SimTime, course: Course) {
        let ends = Some(now.plus(course.takes));
        let step = match course.end {
            End::Done => Step {
                ends,
                failure: None,
            },
            End::Failed(reason) => Step {
                ends,
                failure: Some(reason),
            },
            End::Stuck => Step {
                ends: None,
                failure: None,
            },
        };
        self.0.insert(id.to_owned(), step);
    }

    /// How the step of a resource goes; without one, everything is done. A step that has ended is forgotten.
    pub fn progress(&mut self, id: &str, now: SimTime) -> Progress {
        let Some(step) = self.0.get(id) else {
            return Progress::Done;
        };
        if step.ends.is_none_or(|ends| now < ends) {
            return Progress::Working;
        }
        match self.0.remove(id).and_then(|step| step.failure) {
            Some(reason) => Progress::Failed(Failure::new("GeneralServiceException", reason)),
            None => Progress::Done,
        }
    }

    /// Whether a step of the resource is at work.
    pub fn at_work(&self, id: &str, now: SimTime) -> bool {
        let step = self.0.get(id);
        step.is_some_and(|step| step.ends.is_none_or(|ends| now < ends))
    }

    /// Drops the step of a resource that another step follows.
    pub fn forget(&mut self, id: &str) {
        self.0.remove(id);
    }
}

/// A resource type whose service makes and deletes at once, while CloudFormation's handler takes its time afterwards.
pub(crate) trait AtOnce: Sync {
    type Properties: DeserializeOwned;

    /// `AWS::EC2::VPC`.
    const NAME: &'static str;
    /// Properties whose change replaces the resource.
    const CREATE_ONLY: &'static [&'static str];
    /// What `Fn::GetAtt` knows.
    const ATTRIBUTES: &'static [&'static str];
    /// The property of its tags, where the type takes any.
    const TAGS: Option<&'static str> = None;
    /// The operations that there are; what cannot be changed in place is never updated.
    const STEPS: &'static [Operation] = &Operation::OF_HANDLERS;
    /// The service in the texts of failures.
    const SERVICE: &'static str;

    /// The steps at work in the service.
    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps;

    /// Makes the resource and returns its physical id.
    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: Self::Properties,
    ) -> Result<String, ServiceError>;

    /// Changes the resource in place.
    fn change(
        world: &mut World,
        id: &str,
        old: Self::Properties,
        request: &Request<'_>,
        new: Self::Properties,
    ) -> Result<(), ServiceError>;

    /// Deletes the resource. A refusal with a not-found code means that it is gone already.
    fn remove(
        world: &mut World,
        place: &Place,
        id: &str,
        properties: Self::Properties,
    ) -> Result<(), ServiceError>;

    /// The value of `Fn::GetAtt`.
    fn value(world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value>;

    /// The physical id after a change in place.
    fn id_after(_world: &mut World, id: &str, _request: &Request<'_>) -> String {
        id.to_owned()
    }

    /// The value of `Ref`.
    fn shown(id: &str) -> String {
        id.to_owned()
    }

    /// The service's refusal in the handler's words.
    fn failure(error: &ServiceError, request_id: &str) -> Failure {
        Failure::of_service(Self::SERVICE, error, handler_code(&error.code), request_id)
    }
}

/// `HandlerErrorCode` for a service's code (sections 3.3 and 8).
pub(crate) fn handler_code(code: &str) -> &'static str {
    if code.ends_with("LimitExceeded") {
        "ServiceLimitExceeded"
    } else if is_not_found(code) {
        "NotFound"
    } else if code.ends_with("Duplicate") || code.ends_with("AlreadyExists") {
        "AlreadyExists"
    } else {
        "InvalidRequest"
    }
}

/// Whether the code says that there is no such thing.
pub(crate) fn is_not_found(code: &str) -> bool {
    code.ends_with(".NotFound")
        || [
            "NoSuchEntity",
            "NotFoundException",
            "ResourceNotFoundException",
        ]
        .contains(&code)
}

fn read<T: AtOnce>(properties: &Value) -> Result<T::Properties, Failure> {
    lenient(properties.clone()).map_err(|problem| Failure::new("InvalidRequest", problem))
}

fn refused<T: AtOnce>(world: &mut World, place: &Place, error: &ServiceError) -> Failure {
    let request_id = world.mint_uuid(place, T::NAME, "request");
    T::failure(error, &request_id)
}

fn begin<T: AtOnce>(world: &mut World, place: &Place, operation: Operation, id: &str) {
    let now = world.now();
    let course = world.course(T::NAME, operation, id);
    T::steps(world, place).begin(id, now, course);
}

impl<T: AtOnce> ResourceType for T {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn create_only(&self) -> &'static [&'static str] {
        T::CREATE_ONLY
    }

    fn own_steps(&self) -> &'static [Operation] {
        T::STEPS
    }

    fn tags_property(&self) -> Option<&'static str> {
        T::TAGS
    }

    fn check(&self, properties: &Value) -> Result<(), String> {
        lenient::<T::Properties>(properties.clone()).map(|_properties| ())
    }

    fn create(&self, world: &mut World, request: &Request<'_>) -> Result<String, Failure> {
        let properties = read::<T>(request.properties)?;
        let id = T::make(world, request, properties)
            .map_err(|error| refused::<T>(world, request.place, &error))?;
        begin::<T>(world, request.place, Operation::Create, &id);
        Ok(id)
    }

    fn progress(&self, world: &mut World, place: &Place, id: &str) -> Progress {
        let now = world.now();
        T::steps(world, place).progress(id, now)
    }

    fn update(
        &self,
        world: &mut World,
        id: &str,
        old: &Value,
        request: &Request<'_>,
    ) -> Result<(), Failure> {
        let (old, new) = (read::<T>(old)?, read::<T>(request.properties)?);
        T::change(world, id, old, request, new)
            .map_err(|error| refused::<T>(world, request.place, &error))?;
        let id = T::id_after(world, id, request);
        begin::<T>(world, request.place, Operation::Update, &id);
        Ok(())
    }

    fn id_after(&self, world: &mut World, id: &str, request: &Request<'_>) -> String {
        T::id_after(world, id, request)
    }

    fn delete(&self, world: &mut World, place: &Place, id: &str, properties: &Value) -> Progress {
        let properties = match read::<T>(properties) {
            Ok(properties) => properties,
            Err(failure) => return Progress::Failed(failure),
        };
        let now = world.now();
        let course = world.course(T::NAME, Operation::Delete, id);
        if course.end == End::Done {
            match T::remove(world, place, id, properties) {
                Ok(()) => {}
                Err(error) if is_not_found(&error.code) => {
                    T::steps(world, place).forget(id);
                    return Progress::Done;
                }
                Err(error) => return Progress::Failed(refused::<T>(world, place, &error)),
            }
        }
        T::steps(world, place).begin(id, now, course);
        Progress::Working
    }

    fn deletion(
        &self,
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: &Value,
    ) -> Progress {
        self.progress(world, place, id)
    }

    fn reference(&self, id: &str) -> String {
        T::shown(id)
    }

    fn attribute(&self, world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        T::value(world, place, id, name)
    }

    fn has_attribute(&self, name: &str) -> bool {
        T::ATTRIBUTES.contains(&name)
    }
}
