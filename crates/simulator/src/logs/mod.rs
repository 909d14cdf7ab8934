//! CloudWatch Logs: groups and their streams.

use serde::{Deserialize, Serialize};

use crate::row::Row;
use crate::service::Operation;
use crate::world::Place;

/// All log groups of a region.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {}

impl State {
    /// Every group, and every stream as a part of its group.
    pub fn rows(&self, _place: &Place, _rows: &mut Vec<Row>) {}
}

/// What CloudWatch Logs can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[];
