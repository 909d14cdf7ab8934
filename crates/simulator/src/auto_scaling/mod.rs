//! Application Auto Scaling: scalable targets of SageMaker and their policies.

use serde::{Deserialize, Serialize};

use crate::row::Row;
use crate::service::Operation;
use crate::world::Place;

/// All scalable targets of a region.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {}

impl State {
    /// Every target, and every policy as a part of its target.
    pub fn rows(&self, _place: &Place, _rows: &mut Vec<Row>) {}
}

/// What Application Auto Scaling can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[];
