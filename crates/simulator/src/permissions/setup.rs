//! The policies that somebody sets up, in a scenario or over the control endpoint. Without any, everything is allowed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::policy::Policy;

/// Who may do what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Permissions {
    #[serde(rename = "principal")]
    pub principals: Vec<Principal>,
    pub organization: Organization,
    /// The policy of users who have no entry; without it they may do everything.
    pub default_policy: Option<Policy>,
}

/// A user and the policies attached to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Principal {
    /// The access key in lower case.
    pub name: String,
    /// Without one the user may do nothing, as a new user of AWS's.
    pub policy: Option<Policy>,
    /// The permissions boundary.
    pub boundary: Option<Policy>,
}

/// The organization that the account belongs to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Organization {
    /// It holds for every principal of the account. One that allows nothing stands beside `FullAWSAccess`, which AWS
    /// attaches to every account.
    pub service_control_policy: Option<Policy>,
}

impl Permissions {
    /// Whether nobody has set anything up.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// What the types do not say.
    ///
    /// # Errors
    /// A sentence that names the principal.
    pub fn check(&self) -> Result<(), String> {
        let mut names = BTreeSet::new();
        for Principal { name, .. } in &self.principals {
            if name.is_empty() || *name != name.to_lowercase() {
                return Err(format!(
                    "principal \"{name}\": the name is the access key in lower case"
                ));
            }
            if !names.insert(name) {
                return Err(format!("principal \"{name}\" has two entries"));
            }
        }
        Ok(())
    }

    pub(super) fn principal(&self, name: &str) -> Option<&Principal> {
        self.principals.iter().find(|known| known.name == name)
    }
}
