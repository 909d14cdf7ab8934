//! What SageMaker keeps up for people beside Studio and inference: feature groups, and what MLflow runs on, its tracking
//! servers and its apps (operators' notes, item 39). They have no network interface, hold nothing, and cost until somebody
//! deletes them.

pub(super) mod feature_groups;
mod kind;
pub(super) mod mlflow_apps;
pub(super) mod tracking_servers;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::Entity;
use super::life::{self, Step, Subject};
use super::record::{Record, Status};
use super::refusals::{busy, not_found};
use super::state;
use crate::error::ServiceError;
use crate::index::Document;
use crate::row::Row;
use crate::table::Table;
use crate::world::{Call, Place, World};

pub(super) use kind::Kind;

/// One of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Managed {
    pub(super) record: Record,
    kind: Kind,
    name: String,
    /// The members that it was made from, tags apart.
    input: Value,
}

impl Managed {
    /// The members that it was made from, with these that have a value.
    fn with(&self, members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        let mut shown = self.input.clone();
        for (name, value) in members {
            if !value.is_null() {
                shown[name] = value;
            }
        }
        shown
    }
}

impl Document for Managed {
    fn document(&self) -> Value {
        match self.kind {
            Kind::FeatureGroup => json!({"FeatureGroup": feature_groups::search_members(self)}),
            Kind::TrackingServer | Kind::MlflowApp => Value::Null,
        }
    }
}

impl Entity for Managed {
    fn record(&self) -> &Record {
        &self.record
    }

    fn row(&self) -> Row {
        let id = match self.kind {
            Kind::FeatureGroup | Kind::TrackingServer => self.name.clone(),
            Kind::MlflowApp => self.record.arn.clone(),
        };
        self.record.row(self.kind.row_kind(), id, None)
    }
}

/// Those of a kind in a region, by their names; apps, whose names tell nothing, by what their ARNs end in.
fn all<'a>(world: &'a mut World, place: &Place, kind: Kind) -> &'a mut Table<Managed> {
    let state = state(world, place);
    match kind {
        Kind::FeatureGroup => &mut state.feature_groups,
        Kind::TrackingServer => &mut state.tracking_servers,
        Kind::MlflowApp => &mut state.mlflow_apps,
    }
}

/// The one of this id, or `ResourceNotFound`.
fn find<'a>(
    world: &'a mut World,
    place: &Place,
    kind: Kind,
    id: &str,
) -> Result<&'a mut Managed, ServiceError> {
    let found = all(world, place, kind).get_mut(id);
    found.ok_or_else(|| not_found(format!("{} {id} does not exist.", kind.word())))
}

/// Begins to make one, and returns its ARN.
fn create(
    call: &mut Call<'_>,
    kind: Kind,
    id: &str,
    name: &str,
    input: Value,
    tags: BTreeMap<String, String>,
) -> String {
    let arn = kind.arn(&call.place, id);
    let made = Managed {
        record: Record::new(arn.clone(), tags, Status::Creating, call.world.now()),
        kind,
        name: name.to_owned(),
        input,
    };
    all(call.world, &call.place, kind).insert(id.to_owned(), made);
    let subject = Subject::Managed(kind, id.to_owned());
    life::begin(call.world, &call.place, subject, Step::Creation);
    call.touch(&arn);
    arn
}

/// Begins to delete one that nothing else is being done to, and returns its ARN.
fn delete(world: &mut World, place: &Place, kind: Kind, id: &str) -> Result<String, ServiceError> {
    let now = world.now();
    let record = find(world, place, kind, id)?.record.clone();
    if record.status.busy() {
        return Err(busy(world, "delete", kind.word(), &record));
    }
    let found = find(world, place, kind, id)?;
    found.record.turn(Status::Deleting, None, now);
    let subject = Subject::Managed(kind, id.to_owned());
    life::begin(world, place, subject, Step::Deletion);
    Ok(record.arn)
}

/// A step has ended.
pub(super) fn ended(
    world: &mut World,
    place: &Place,
    kind: Kind,
    id: &str,
    step: Step,
    failure: Option<String>,
) {
    let now = world.now();
    if step == Step::Deletion && failure.is_none() {
        all(world, place, kind).remove(id);
        return;
    }
    if let Ok(found) = find(world, place, kind, id) {
        let status = match (step == Step::Deletion, failure.is_some()) {
            (true, _) => Status::DeletionFailed,
            (false, true) => Status::CreateFailed,
            (false, false) => Status::Created,
        };
        found.record.turn(status, failure, now);
    }
}

#[cfg(test)]
mod tests;
