//! Imports of resources into stacks: what people do that no act can, for no call here imports anything.

use serde::{Deserialize, Serialize};

use super::REGION;
use crate::cloudformation;
use crate::service;
use crate::world::{Place, World};

/// Somebody's import into a stack, as it is posted to `/_simulator/imports` or written in a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// Name of the stack.
    pub stack: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What the stack stands in then. A status of progress comes to its end by itself.
    pub status: String,
}

impl Import {
    /// What the types do not say.
    pub(crate) fn check(&self) -> Result<(), String> {
        cloudformation::import::way(&self.status).map(|_| ())
    }
}

impl World {
    /// Lets somebody import into a stack that is there and may be changed.
    ///
    /// # Errors
    /// Why it cannot be done.
    pub fn import(&mut self, import: &Import) -> Result<(), String> {
        let region = import.region.as_deref().unwrap_or(REGION);
        let place = Place::new(service::ACCOUNT, region);
        cloudformation::import::begin(self, &place, &import.stack, &import.status)
    }
}
