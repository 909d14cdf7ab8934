//! The record of every call, as a client's auditor would want it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::time::SimTime;

/// One call and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Position in the log, from 1.
    pub seq: u64,
    /// Simulated arrival, RFC 3339.
    pub at: String,
    pub account: String,
    pub region: String,
    /// ARN of the principal that signed the call.
    pub caller: String,
    /// As IAM names it: `sagemaker:DeleteApp`.
    pub action: String,
    /// Whether the action can change anything.
    pub write: bool,
    /// Ids, names and ARNs that the call named or made.
    pub resources: Vec<String>,
    /// The error's code, or nothing when the call succeeded.
    pub code: Option<String>,
    pub request_id: String,
    /// Simulated time until the answer.
    pub latency_ms: u64,
    /// Simulated arrival, for readers inside the process.
    #[serde(skip)]
    pub instant: SimTime,
}

/// The log of a world.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Log {
    #[serde(deserialize_with = "with_instants")]
    entries: Vec<Entry>,
}

/// Saved entries tell their instant as a text only.
fn with_instants<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Entry>, D::Error> {
    let mut entries = Vec::<Entry>::deserialize(input)?;
    for entry in &mut entries {
        entry.instant = SimTime::read(&entry.at).map_err(D::Error::custom)?;
    }
    Ok(entries)
}

impl Log {
    pub fn push(&mut self, mut entry: Entry) {
        entry.seq = self.entries.len() as u64 + 1;
        self.entries.push(entry);
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}
