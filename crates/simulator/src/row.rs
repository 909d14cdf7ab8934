//! One resource of the world as `GET /_simulator/resources` tells it: the truth, never a lagging view.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::index::{Indexed, Noticed};
use crate::table::{Keyed, Table};
use crate::world::Place;

/// Whether a resource belongs to somebody's environment or is what every account has and keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    #[default]
    Environment,
    /// Default VPC and its parts, service-linked roles, shared log groups, keys that wait for their deletion.
    Account,
}

/// A resource that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// As CloudFormation names it where it has a name there.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the delete call takes; the ARN for stacks; `DOMAIN/OWNER/TYPE/NAME` for apps.
    pub id: String,
    pub arn: String,
    pub status: String,
    pub tags: BTreeMap<String, String>,
    /// Name of the stack that it is a member of.
    pub stack: Option<String>,
    /// Id of the row that it is part of.
    pub parent: Option<String>,
    /// Rises with every change.
    pub revision: u64,
    pub scope: Scope,
}

/// An item of a table whose rows are all that the index asks for.
pub(crate) trait HasRows: Keyed + Clone {
    fn rows(&self, place: &Place, rows: &mut Vec<Row>);
}

impl<T: HasRows> Noticed for T {
    fn notice(&self, place: &Place, see: &mut dyn FnMut(&Indexed<'_>)) {
        let mut rows = Vec::new();
        self.rows(place, &mut rows);
        for row in &rows {
            see(&row.indexed());
        }
    }
}

impl<T: HasRows> Table<T> {
    /// The rows of everything in it.
    pub(crate) fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        self.values().for_each(|item| item.rows(place, rows));
    }
}

impl Row {
    /// As the index looks at it: by its tags alone.
    pub(crate) fn indexed(&self) -> Indexed<'_> {
        Indexed {
            arn: &self.arn,
            revision: self.revision,
            tags: &self.tags,
            document: None,
        }
    }
}
