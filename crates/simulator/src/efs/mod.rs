//! TEMPORARY

use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::row::Row;
use crate::service::{self, Service};
use crate::wire::Input;
use crate::world::{Answered, Call, Place, World};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {}

impl State {
    pub fn rows(&self, _place: &Place, _rows: &mut Vec<Row>) {}
}

pub fn fire(_world: &mut World, _place: &Place, event: Event) {
    match event {}
}

pub fn perform(_call: &mut Call<'_>, action: &str, _input: &Input) -> Answered {
    Err(service::unknown_action(Service::Efs, action))
}

use crate::service::Invocation;
use crate::wire::Request;

/// Finds the action and the input of a rest-json request.
pub fn route(request: &Request) -> Result<Invocation, ServiceError> {
    Err(ServiceError::new("UnknownOperationException", request.path.clone()).status(404))
}

/// CloudFormation's handlers for this service's types.
pub(crate) const TYPES: &[&dyn crate::cloudformation::resource::ResourceType] = &[];
