//! Keys of KMS, as far as stacks make them and what is encrypted names them (operators' notes, item 7). They have no API
//! here: a key comes from a template, and CloudFormation's deletion only begins its end.

mod keys;
mod resources;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::index::Observer;
use crate::row::Row;
use crate::steps::Steps;
use crate::table::Table;
use crate::world::{Place, World};

use keys::Key;

pub use keys::Event;
pub(crate) use keys::{arn_of, check_usable, fire};
pub(crate) use resources::TYPES;

/// All keys of a region, by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    keys: Table<Key>,
    /// Of CloudFormation's handlers.
    steps: Steps,
}

impl State {
    /// Every key, those that wait for their deletion too.
    pub fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        self.keys.rows(place, rows);
    }

    /// Lets the index take notice of what has changed.
    pub(crate) fn observe(&mut self, observer: &mut Observer<'_>) {
        observer.look("kms keys", &mut self.keys);
    }
}

/// KMS in a region.
fn state<'a>(world: &'a mut World, place: &Place) -> &'a mut State {
    &mut world.region(place).kms
}
