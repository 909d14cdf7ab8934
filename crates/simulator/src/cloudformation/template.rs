//! A template as stacks hold it.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::body::Body;
use crate::error::ServiceError;

/// The text of a template, which is read at most once however many stacks, change sets and forks of the world have it.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(crate) struct Template(Arc<Held>);

#[derive(Default)]
struct Held {
    text: String,
    body: OnceLock<Result<Body, ServiceError>>,
}

impl Template {
    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }

    /// What the text says.
    ///
    /// # Errors
    /// As [`Body::read`].
    pub(crate) fn body(&self) -> Result<&Body, ServiceError> {
        let read = self.0.body.get_or_init(|| Body::read(self.text()));
        read.as_ref().map_err(Clone::clone)
    }
}

impl From<String> for Template {
    fn from(text: String) -> Self {
        let body = OnceLock::new();
        Self(Arc::new(Held { text, body }))
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.text().to_owned()
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Template {}

impl std::fmt::Debug for Template {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text().fmt(formatter)
    }
}
