//! A refusal in AWS's terms.

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
}

impl ServiceError {
    /// A refusal with HTTP status 400, which most are.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code: code.into(),
            message: message.into(),
        }
    }

    /// The same refusal under another HTTP status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}
