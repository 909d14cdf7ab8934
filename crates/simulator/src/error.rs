//! A refusal in AWS's terms.

use std::collections::BTreeMap;

/// What a service answers instead of a result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("{code}: {message}")]
pub struct ServiceError {
    /// HTTP status.
    pub status: u16,
    /// The service's error code, as clients see it.
    pub code: String,
    /// The service's text.
    pub message: String,
    /// Further members that the service's model requires of this error (JSON protocols).
    pub members: BTreeMap<String, String>,
}

impl ServiceError {
    /// A refusal with HTTP status 400, which most are.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code: code.into(),
            message: message.into(),
            members: BTreeMap::new(),
        }
    }

    /// The same refusal under another HTTP status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same refusal with a further member.
    #[must_use]
    pub fn member(mut self, name: &str, value: &str) -> Self {
        self.members.insert(name.to_owned(), value.to_owned());
        self
    }
}
