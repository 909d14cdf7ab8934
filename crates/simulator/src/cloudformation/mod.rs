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
    Err(service::unknown_action(Service::CloudFormation, action))
}

pub mod resource;

impl State {
    /// Fills in the `stack` of rows that are members of a stack.
    pub fn name_members(&self, _rows: &mut [Row]) {}
}
