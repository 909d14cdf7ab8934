//! What lists show of volumes, mount targets and access points, where they lag ([`crate::consistency`]).

use serde::{Deserialize, Serialize};

use super::State;
use super::access_points::AccessPoint;
use super::file_systems::FileSystem;
use super::mount_targets::MountTarget;
use crate::consistency::{Lags, View};
use crate::table::Table;

/// The kinds whose lists lag.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Views {
    pub(super) file_systems: View<FileSystem>,
    pub(super) mount_targets: View<MountTarget>,
    pub(super) access_points: View<AccessPoint>,
}

/// Everything of these kinds at one instant.
pub(crate) struct Truth {
    file_systems: Table<FileSystem>,
    mount_targets: Table<MountTarget>,
    access_points: Table<AccessPoint>,
}

impl State {
    pub(crate) fn truth(&self) -> Truth {
        Truth {
            file_systems: self.file_systems.clone(),
            mount_targets: self.mount_targets.clone(),
            access_points: self.access_points.clone(),
        }
    }

    /// Notes what has happened since.
    pub(crate) fn note(&mut self, before: &Truth, lags: Lags) {
        let views = &mut self.views;
        let volumes = &mut views.file_systems;
        volumes.note(&before.file_systems, &self.file_systems, never, lags);
        let targets = &mut views.mount_targets;
        targets.note(&before.mount_targets, &self.mount_targets, never, lags);
        let points = &mut views.access_points;
        points.note(&before.access_points, &self.access_points, never, lags);
    }
}

/// Of what is there, lists show the members as they are.
fn never<T>(_old: &T, _new: &T) -> bool {
    false
}
