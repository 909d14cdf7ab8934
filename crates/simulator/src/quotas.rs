//! Quotas of the account (section 8 of the notes on AWS's behaviour).

use serde::{Deserialize, Serialize};

/// How many of a kind a region may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Quotas {
    /// SageMaker domains, failed ones too.
    pub domains: usize,
    /// Stacks that are not deleted, those under review too (section 3.6).
    pub stacks: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            domains: 20,
            stacks: 2_000,
        }
    }
}
