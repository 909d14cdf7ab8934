//! The Resource Groups Tagging API: every tagged resource of a region.

use serde::{Deserialize, Serialize};

use crate::service::Operation;

/// What the API remembers of a region.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {}

/// What the API can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[];
