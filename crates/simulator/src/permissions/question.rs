//! One question that policies answer: may this be done to that, and what is known about the request.

use std::collections::BTreeMap;

use super::condition::{REQUEST_TAG, RESOURCE_TAGS};

/// A question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    /// `sagemaker:DeleteApp`.
    pub action: &'a str,
    /// An ARN, or `*`.
    pub resource: &'a str,
    pub context: &'a Context,
}

/// The values of condition keys, by key in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    pub(super) fn values(&self, key: &str) -> &[String] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// The same with one more key. A value that is not there leaves the key out.
    #[must_use]
    pub(super) fn with<T: Into<String>>(
        mut self,
        key: &str,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        if !values.is_empty() {
            self.0.insert(key.to_lowercase(), values);
        }
        self
    }

    /// The same with the tags that the request gives.
    #[must_use]
    pub(super) fn with_request_tags(self, tags: &BTreeMap<String, Option<String>>) -> Self {
        let keys = self.with("aws:tagkeys", tags.keys());
        tags.iter().fold(keys, |context, (key, value)| {
            context.with(&format!("{REQUEST_TAG}{key}"), value.iter())
        })
    }

    /// The same with the tags that the resource has.
    #[must_use]
    pub(super) fn with_resource_tags(self, tags: &BTreeMap<String, String>) -> Self {
        tags.iter().fold(self, |context, (key, value)| {
            RESOURCE_TAGS.iter().fold(context, |context, start| {
                context.with(&format!("{start}{key}"), [value])
            })
        })
    }

    /// Everything that is known.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Vec<String>)> {
        self.0.iter()
    }
}
