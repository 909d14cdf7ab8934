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

pub(crate) struct RoleView {
    pub role_id: String,
}

pub(crate) fn role(_world: &mut crate::world::World, _account: &str, arn: &str) -> Option<RoleView> {
    (!arn.contains("missing")).then(|| RoleView { role_id: "AROA0123456789ABCDEFG".to_owned() })
}

pub(crate) fn ensure_service_linked_role(_world: &mut crate::world::World, _account: &str, _service: &str) {}

/// CloudFormation's handlers for this service's types.
pub(crate) const TYPES: &[&dyn crate::cloudformation::resource::ResourceType] = &[];
