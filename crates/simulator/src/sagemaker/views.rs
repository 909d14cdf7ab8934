//! What lists show of SageMaker, where they lag ([`crate::consistency`]).

use serde::{Deserialize, Serialize};

use super::State;
use super::{
    App, AutoMlJob, Domain, Endpoint, EndpointConfig, Execution, InferenceComponent, Job, Managed,
    Model, MonitoringSchedule, NotebookInstance, Pipeline, Space, TuningJob, UserProfile,
};
use crate::consistency::{Lags, View};
use crate::table::Table;
use crate::world::Call;

macro_rules! views {
    ($($kind:ident: $item:ty),*) => {
        /// What lists show besides the truth.
        #[derive(Clone, Debug, Default, Serialize, Deserialize)]
        pub(super) struct Views {
            $(pub(super) $kind: View<$item>,)*
        }

        /// Everything at one instant.
        pub(crate) struct Truth {
            $($kind: Table<$item>,)*
        }

        impl State {
            pub(crate) fn truth(&self) -> Truth {
                Truth {
                    $($kind: self.$kind.clone(),)*
                }
            }

            /// Notes what has happened since. Of what is there, lists show the members as they are.
            pub(crate) fn note(&mut self, before: &Truth, lags: Lags) {
                $(self.views.$kind.note(&before.$kind, &self.$kind, |_, _| false, lags);)*
            }
        }
    };
}

views! {
    domains: Domain, profiles: UserProfile, spaces: Space, apps: App,
    models: Model, endpoint_configs: EndpointConfig, endpoints: Endpoint,
    inference_components: InferenceComponent, schedules: MonitoringSchedule, notebooks: NotebookInstance,
    training_jobs: Job, processing_jobs: Job, transform_jobs: Job, tuning_jobs: TuningJob,
    automl_jobs: AutoMlJob,
    pipelines: Pipeline, executions: Execution,
    feature_groups: Managed, tracking_servers: Managed, mlflow_apps: Managed
}

/// What a list shows of a kind, in the order of the ids.
pub(super) fn listed<'a, T: Clone + 'a>(
    call: &'a mut Call<'_>,
    of: impl FnOnce(&'a State) -> (&'a View<T>, &'a Table<T>),
) -> impl Iterator<Item = &'a T> {
    let lags = Lags::of(call.world);
    let (view, truth) = of(&call.region().sagemaker);
    view.listed(truth, lags).into_iter()
}
