//! What every EC2 resource carries besides its own members.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::row::{Row, Scope};

/// Tags, in order of their keys.
pub(crate) type Tags = BTreeMap<String, String>;

/// Tags, revision and scope of a resource.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub tags: Tags,
    /// Rises with every change.
    pub revision: u64,
    pub scope: Scope,
}

impl Meta {
    /// Of a resource that somebody made.
    pub(crate) fn new(tags: Tags) -> Self {
        Self {
            tags,
            ..Self::default()
        }
    }

    /// Of a resource that every account has and keeps.
    pub(crate) fn of_account() -> Self {
        Self {
            scope: Scope::Account,
            ..Self::default()
        }
    }

    /// Notes a change of the resource.
    pub(crate) fn changed(&mut self) {
        self.revision += 1;
    }

    /// The row of the resource.
    pub(crate) fn row(&self, kind: &str, id: &str, arn: String, status: &str) -> Row {
        Row {
            kind: kind.to_owned(),
            id: id.to_owned(),
            arn,
            status: status.to_owned(),
            tags: self.tags.clone(),
            stack: None,
            parent: None,
            revision: self.revision,
            scope: self.scope,
        }
    }
}
