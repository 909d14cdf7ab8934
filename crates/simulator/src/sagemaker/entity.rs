//! What the entities of the inference side have in common, so that rows, tags and the index treat them alike.

use super::record::Record;
use super::{
    App, AutoMlJob, Domain, Endpoint, EndpointConfig, Execution, InferenceComponent, Job, Managed,
    Model, MonitoringSchedule, NotebookInstance, Pipeline, Space, State, TuningJob, UserProfile,
};
use crate::index::{Document, Indexed, Noticed, Observer};
use crate::row::Row;
use crate::table::Keyed;
use crate::world::{Place, World};

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
        each!(self, add: training_jobs processing_jobs transform_jobs tuning_jobs automl_jobs pipelines executions);
        each!(self, add: feature_groups tracking_servers mlflow_apps);
        entities
    }

    /// Lets the index take notice of what has changed.
    pub(crate) fn observe(&mut self, observer: &mut Observer<'_>) {
        macro_rules! look {
            ($map:expr) => {
                observer.look(concat!("sagemaker ", stringify!($map)), &mut $map);
            };
        }
        each!(self, look: domains profiles spaces apps);
        each!(self, look: models endpoint_configs endpoints inference_components schedules notebooks);
        each!(self, look: training_jobs processing_jobs transform_jobs tuning_jobs automl_jobs pipelines executions);
        each!(self, look: feature_groups tracking_servers mlflow_apps);
    }

    /// The record of what has this ARN and can have tags: executions of pipelines cannot.
    pub(super) fn taggable_mut(&mut self, arn: &str) -> Option<&mut Record> {
        // An ARN ends in the id that its kind is kept by, save that it knows no capital letters.
        let (_, id) = arn.split_once('/')?;
        macro_rules! look_up {
            ($map:expr) => {
                if $map.get(id).is_some_and(|entity| entity.record.arn == arn) {
                    return $map.get_mut(id).map(|found| &mut found.record);
                }
            };
        }
        macro_rules! find {
            ($map:expr) => {
                if let Some(found) = $map.find_mut(|entity| entity.record.arn == arn) {
                    return Some(&mut found.record);
                }
            };
        }
        each!(self, look_up: domains profiles spaces apps);
        each!(self, look_up: models endpoint_configs endpoints inference_components schedules notebooks);
        each!(self, look_up: training_jobs processing_jobs transform_jobs tuning_jobs automl_jobs pipelines);
        each!(self, look_up: feature_groups tracking_servers mlflow_apps);
        each!(self, find: domains profiles spaces apps);
        each!(self, find: models endpoint_configs endpoints inference_components schedules notebooks);
        each!(self, find: training_jobs processing_jobs transform_jobs tuning_jobs automl_jobs pipelines);
        each!(self, find: feature_groups tracking_servers mlflow_apps);
        None
    }
}

/// The index keeps the tags of Studio's, and the whole of everything else.
macro_rules! noticed {
    ($($studio:ty),*; $($entity:ty),*) => {
        $(impl Noticed for $studio {
            fn notice(&self, _place: &Place, see: &mut dyn FnMut(&Indexed<'_>)) {
                see(&self.record.indexed(None));
            }
        })*
        $(impl Noticed for $entity {
            fn notice(&self, _place: &Place, see: &mut dyn FnMut(&Indexed<'_>)) {
                see(&self.record().indexed(Some(self)));
            }
        })*
    };
}

/// Kinds that nothing is looked for in but by id.
macro_rules! unkeyed {
    ($($kind:ty),*) => {
        $(impl Keyed for $kind {})*
    };
}

unkeyed! {
    Domain, Model, EndpointConfig, InferenceComponent, MonitoringSchedule, NotebookInstance, Job, TuningJob, AutoMlJob, Pipeline,
    Execution, Managed
}

noticed! {
    Domain, UserProfile, Space, App;
    Model, EndpointConfig, Endpoint, InferenceComponent, MonitoringSchedule, NotebookInstance,
    Job, TuningJob, AutoMlJob, Pipeline, Execution, Managed
}
