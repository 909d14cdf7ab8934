//! The Resource Groups Tagging API: what bears a tag, of every service, by pages alone. Its index lags.

use aws_sdk_resourcegroupstagging::types::TagFilter;
use environment::facts::Tagged;

use super::{Aws, CallError, Service};

/// Values that one filter takes.
const VALUES: usize = 20;
/// Items a page: the most that the service gives.
const PAGE: i32 = 100;

impl Aws {
    /// Every resource of the account and region that bears a tag, whatever its value.
    ///
    /// # Errors
    /// As any call.
    pub async fn tagged_at_all(&self, key: &str) -> Result<Vec<Tagged>, CallError> {
        let filter = TagFilter::builder().key(key).build();
        self.tagged_by(&[filter], None).await
    }

    /// Every resource of the account and region that bears a tag with one of these values.
    ///
    /// # Errors
    /// As any call.
    pub async fn tagged(&self, key: &str, values: &[String]) -> Result<Vec<Tagged>, CallError> {
        let mut tagged = Vec::new();
        for values in values.chunks(VALUES) {
            let filter = TagFilter::builder()
                .key(key)
                .set_values(Some(values.to_vec()))
                .build();
            tagged.extend(self.tagged_by(&[filter], None).await?);
        }
        Ok(tagged)
    }

    /// The log groups of the account and region that bear a tag with this value and another one with any.
    ///
    /// # Errors
    /// As any call.
    pub async fn tagged_log_groups(
        &self,
        (key, value): (&str, &str),
        other: &str,
    ) -> Result<Vec<Tagged>, CallError> {
        let filters = [
            TagFilter::builder().key(key).values(value).build(),
            TagFilter::builder().key(other).build(),
        ];
        self.tagged_by(&filters, Some("logs:log-group")).await
    }

    /// What bears all of these tags, of one type or of any.
    async fn tagged_by(
        &self,
        filters: &[TagFilter],
        kind: Option<&str>,
    ) -> Result<Vec<Tagged>, CallError> {
        let found = self
            .pages(
                Service::Tagging,
                "GetResources",
                |token| {
                    self.tagging()
                        .get_resources()
                        .set_tag_filters(Some(filters.to_vec()))
                        .set_resource_type_filters(kind.map(|kind| vec![kind.to_owned()]))
                        .resources_per_page(PAGE)
                        .set_pagination_token(token)
                        .send()
                },
                |page| {
                    let found = page.resource_tag_mapping_list.unwrap_or_default();
                    (found, page.pagination_token)
                },
            )
            .await?;
        let told = found.into_iter().map(|found| {
            let tags = found.tags.unwrap_or_default().into_iter();
            Tagged {
                arn: found.resource_arn.unwrap_or_default(),
                tags: tags.map(|tag| (tag.key, tag.value)).collect(),
            }
        });
        Ok(told.collect())
    }
}
