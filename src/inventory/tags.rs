//! The tags of single things. The tag index is asked for our domains alone: of what it does not name nobody knows whether
//! it was made in somebody else's, which would make it his, whatever else speaks for us.

use super::Inventory;
use crate::aws::{CallError, Class};

impl Inventory {
    /// Asks for the tags of something that would be ours without them, once; whether it is still there.
    pub(super) async fn learn_tags(&self, arn: &str, created: i64) -> Result<bool, CallError> {
        if self.facts().tags_of(arn, created).is_some() {
            return Ok(true);
        }
        match self.aws.resource_tags(arn).await {
            Ok(tags) => {
                let mut facts = self.change();
                facts.asked_tags.insert((arn.to_owned(), created), tags);
                Ok(true)
            }
            Err(error) if error.class == Class::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}
