//! TEMPORARY

use serde::{Deserialize, Serialize};

use crate::row::Row;
use crate::service::{self, Service};
use crate::wire::Input;
use crate::world::{Answered, Call};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {}

impl State {
    pub fn rows(&self, _account: &str, _rows: &mut Vec<Row>) {}
}

pub fn perform(_call: &mut Call<'_>, action: &str, _input: &Input) -> Answered {
    Err(service::unknown_action(Service::Iam, action))
}

/// CloudFormation's handlers for this service's types.
pub(crate) const TYPES: &[&dyn crate::cloudformation::resource::ResourceType] = &[];
