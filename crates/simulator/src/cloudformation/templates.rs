//! Templates by URL: what CloudFormation reads from S3, which is not simulated. A scenario, or somebody at the control
//! endpoint, says what is there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::requests::refuse;
use super::template::Template;
use crate::error::ServiceError;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Templates(BTreeMap<String, Template>);

impl Templates {
    /// Those of a scenario, which has checked the URLs.
    pub(crate) fn of(texts: &BTreeMap<String, String>) -> Self {
        let texts = texts.iter();
        Self(
            texts
                .map(|(url, text)| (url.clone(), Template::from(text.clone())))
                .collect(),
        )
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a template there. What is there stays as it is: an update would have to notice another text under the same URL.
    ///
    /// # Errors
    /// A sentence that names the URL.
    pub(crate) fn put(&mut self, url: &str, text: &str) -> Result<(), String> {
        check_url(url)?;
        let known = self.0.get(url);
        if known.is_some_and(|known| known.text() != text) {
            return Err(format!("{url} has another template already"));
        }
        let template = Template::from(text.to_owned());
        self.0.insert(url.to_owned(), template);
        Ok(())
    }

    /// What is under a URL.
    ///
    /// # Errors
    /// `ValidationError`, in the words that are known of stacks whose template was not there.
    pub(crate) fn find(&self, url: &str) -> Result<Template, ServiceError> {
        if check_url(url).is_err() {
            return Err(refuse("TemplateURL must be a supported URL."));
        }
        self.0.get(url).cloned().ok_or_else(|| {
            refuse(
                "S3 error: The specified key does not exist.\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
            )
        })
    }
}

/// `https://` and a host of S3's.
///
/// # Errors
/// A sentence that names the URL.
pub(crate) fn check_url(url: &str) -> Result<(), String> {
    let rest = url.strip_prefix("https://").unwrap_or_default();
    let (host, key) = rest.split_once('/').unwrap_or_default();
    let is_of_s3 = |part: &str| part == "s3" || part.starts_with("s3-");
    if host.ends_with(".amazonaws.com") && host.split('.').any(is_of_s3) && !key.is_empty() {
        return Ok(());
    }
    Err(format!("{url} is no URL of an object in S3"))
}
