//! CloudWatch Logs: groups and streams.

use aws_sdk_cloudwatchlogs::types::LogStream;

use super::{Aws, CallError, Service};

/// A group or a stream, and how much is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub name: String,
    pub size_bytes: u64,
}

fn size(bytes: Option<i64>) -> u64 {
    bytes
        .and_then(|bytes| u64::try_from(bytes).ok())
        .unwrap_or_default()
}

impl Aws {
    /// The log groups whose names begin so.
    ///
    /// # Errors
    /// As any call.
    pub async fn log_groups(&self, prefix: &str) -> Result<Vec<Written>, CallError> {
        let found = self
            .pages(
                Service::Logs,
                "DescribeLogGroups",
                |token| {
                    self.logs()
                        .describe_log_groups()
                        .log_group_name_prefix(prefix)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.log_groups.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|group| Written {
                name: group.log_group_name.unwrap_or_default(),
                size_bytes: size(group.stored_bytes),
            })
            .collect())
    }

    /// The streams of a group whose names begin so.
    ///
    /// # Errors
    /// As any call; `NotFound` where there is no such group.
    pub async fn log_streams(&self, group: &str, prefix: &str) -> Result<Vec<Written>, CallError> {
        let found = self.streams(group, Some(prefix)).await?;
        Ok(found
            .into_iter()
            .map(|stream| Written {
                name: stream.log_stream_name.unwrap_or_default(),
                // The service stopped telling the size of a stream in 2019.
                size_bytes: 0,
            })
            .collect())
    }

    /// When the newest stream of a group was made, in milliseconds since the epoch; none where the group has none.
    ///
    /// # Errors
    /// As any call; `NotFound` where there is no such group.
    pub async fn newest_log_stream(&self, group: &str) -> Result<Option<i64>, CallError> {
        let found = self.streams(group, None).await?;
        let made = found.into_iter().filter_map(|stream| stream.creation_time);
        Ok(made.max())
    }

    async fn streams(
        &self,
        group: &str,
        prefix: Option<&str>,
    ) -> Result<Vec<LogStream>, CallError> {
        self.pages(
            Service::Logs,
            "DescribeLogStreams",
            |token| {
                self.logs()
                    .describe_log_streams()
                    .log_group_name(group)
                    .set_log_stream_name_prefix(prefix.map(str::to_owned))
                    .set_next_token(token)
                    .send()
            },
            |page| (page.log_streams.unwrap_or_default(), page.next_token),
        )
        .await
    }

    /// Adds tags to a group of an account. TagResource takes a group's ARN without the `:*` that DescribeLogGroups shows at
    /// the end of it (CloudWatch Logs API Reference, TagResource: `arn:aws:logs:Region:account-id:log-group:log-group-name`).
    ///
    /// # Errors
    /// As any call; `NotFound` where there is no such group.
    pub async fn tag_log_group(
        &self,
        account: &str,
        group: &str,
        tags: &[(&str, &str)],
    ) -> Result<(), CallError> {
        let (partition, region) = (self.partition(), self.region());
        let arn = format!("arn:{partition}:logs:{region}:{account}:log-group:{group}");
        let mut request = self.logs().tag_resource().resource_arn(arn);
        for (key, value) in tags {
            request = request.tags(*key, *value);
        }
        self.call(Service::Logs, "TagResource", request.send())
            .await
            .map(drop)
    }

    /// # Errors
    /// As any call.
    pub async fn delete_log_group(&self, group: &str) -> Result<(), CallError> {
        let request = self.logs().delete_log_group().log_group_name(group).send();
        self.call(Service::Logs, "DeleteLogGroup", request)
            .await
            .map(drop)
    }

    /// # Errors
    /// As any call.
    pub async fn delete_log_stream(&self, group: &str, stream: &str) -> Result<(), CallError> {
        let request = self
            .logs()
            .delete_log_stream()
            .log_group_name(group)
            .log_stream_name(stream)
            .send();
        self.call(Service::Logs, "DeleteLogStream", request)
            .await
            .map(drop)
    }
}
