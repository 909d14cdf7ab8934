//! What the entities of the inference side have in common, so that rows, tags and the index treat them alike.

use super::State;
use super::record::Record;
use crate::index::Document;
use crate::row::Row;
use crate::world::World;

/// Something with a record and a row.
pub(super) trait Entity: Document {
    fn record(&self) -> &Record;
    fn row(&self) -> Row;
}

/// Whether a model or a config that was just made is seen by what uses it: the look-up is eventually consistent
/// (section 1.6).
pub(super) fn is_seen(world: &World, record: &Record) -> bool {
    let age = world.now().since(record.created);
    !world.switches.new_models_are_seen_late || age >= world.draw("new model lag", &record.arn)
}

/// Does the same with each map of the state that has these names.
macro_rules! each {
    ($state:expr, $act:ident: $($map:ident)*) => {
        $($act!($state.$map);)*
    };
}

impl State {
    /// Everything of the inference side, jobs and notebooks included.
    pub(super) fn entities(&self) -> Vec<&dyn Entity> {
        let mut entities: Vec<&dyn Entity> = Vec::new();
        macro_rules! add {
            ($map:expr) => {
                entities.extend($map.values().map(|entity| entity as &dyn Entity));
            };
        }
        each!(self, add: models endpoint_configs endpoints inference_components schedules notebooks);
        each!(self, add: training_jobs processing_jobs transform_jobs tuning_jobs pipelines executions);
        entities
    }

    /// The records of everything that can have tags: executions of pipelines cannot.
    pub(super) fn taggable_mut(&mut self) -> Vec<&mut Record> {
        let mut records: Vec<&mut Record> = Vec::new();
        macro_rules! add {
            ($map:expr) => {
                records.extend($map.values_mut().map(|entity| &mut entity.record));
            };
        }
        each!(self, add: domains profiles spaces apps);
        each!(self, add: models endpoint_configs endpoints inference_components schedules notebooks);
        each!(self, add: training_jobs processing_jobs transform_jobs tuning_jobs pipelines);
        records
    }
}
