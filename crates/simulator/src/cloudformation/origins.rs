//! Why a resource's properties would become others, as change sets tell it (operators' notes, item 36).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::references;

/// A property that would become another, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Difference {
    pub property: String,
    pub origin: Origin,
    /// Its value is what functions make of something else, so that only the update itself knows it for sure.
    pub dynamic: bool,
    /// Its change replaces the resource.
    pub recreates: bool,
}

/// Where another value comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Origin {
    /// The template itself, or another stack's export.
    Template,
    Parameter(String),
    /// A resource that is new, or will perhaps be replaced.
    Resource(String),
    /// `RESOURCE.ATTRIBUTE` of such a resource.
    Attribute(String),
}

impl Origin {
    /// `ChangeSource`.
    pub(super) fn source(&self) -> &'static str {
        match self {
            Origin::Template => "DirectModification",
            Origin::Parameter(_) => "ParameterReference",
            Origin::Resource(_) => "ResourceReference",
            Origin::Attribute(_) => "ResourceAttribute",
        }
    }

    /// `CausingEntity`.
    pub(super) fn entity(&self) -> Option<&String> {
        match self {
            Origin::Template => None,
            Origin::Parameter(name) | Origin::Resource(name) | Origin::Attribute(name) => {
                Some(name)
            }
        }
    }
}

/// What of that which properties can refer to is another than it was.
pub(super) struct Changed<'a> {
    pub(super) conditions: &'a BTreeMap<String, bool>,
    pub(super) parameters: BTreeSet<&'a String>,
    pub(super) resources: &'a BTreeSet<String>,
}

impl Changed<'_> {
    /// Where another value of a property comes from, out of its declarations before and now; and whether it is what
    /// functions make of something else.
    pub(super) fn origins(
        &self,
        before: Option<&Value>,
        now: Option<&Value>,
    ) -> (BTreeSet<Origin>, bool) {
        let mut origins = BTreeSet::new();
        let declared = now.unwrap_or(&Value::Null);
        let mut dynamic = references::calls(declared, &["Fn::ImportValue", "Fn::If"]);
        let holds = |name: &str| self.conditions.get(name).copied();
        references::each(declared, &holds, &mut |name, attribute| {
            if name.starts_with("AWS::") {
                return;
            }
            dynamic = true;
            let owned = name.to_owned();
            if self.parameters.contains(&owned) {
                origins.insert(Origin::Parameter(owned));
            } else if self.resources.contains(name) {
                origins.insert(match attribute {
                    Some(attribute) => Origin::Attribute(format!("{name}.{attribute}")),
                    None => Origin::Resource(owned),
                });
            }
        });
        if before != now || origins.is_empty() {
            origins.insert(Origin::Template);
        }
        (origins, dynamic)
    }
}
