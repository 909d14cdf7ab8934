//! Elastic File System.

use aws_sdk_efs::types::Tag;
use environment::facts::{FileSystem, MountTarget, Replication, Tags};

use super::{Aws, CallError, Class, Service};

/// A door into a file system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessPoint {
    pub id: String,
    /// The directory that is the root behind it.
    pub path: String,
    /// The user whom everybody is behind it.
    pub uid: Option<String>,
    pub tags: Tags,
}

impl Aws {
    /// Every file system of the account and region.
    ///
    /// # Errors
    /// As any call.
    pub async fn file_systems(&self) -> Result<Vec<FileSystem>, CallError> {
        self.pages(
            Service::Efs,
            "DescribeFileSystems",
            |marker| self.efs().describe_file_systems().set_marker(marker).send(),
            |page| (page.file_systems.unwrap_or_default(), page.next_marker),
        )
        .await
        .map(|found| found.into_iter().map(file_system).collect())
    }

    /// The mount targets of one file system; none where it does not exist.
    ///
    /// # Errors
    /// As any call.
    pub async fn mount_targets(&self, file_system: &str) -> Result<Vec<MountTarget>, CallError> {
        let found = self
            .pages(
                Service::Efs,
                "DescribeMountTargets",
                |marker| {
                    self.efs()
                        .describe_mount_targets()
                        .file_system_id(file_system)
                        .set_marker(marker)
                        .send()
                },
                |page| (page.mount_targets.unwrap_or_default(), page.next_marker),
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|target| MountTarget {
                id: target.mount_target_id,
                file_system: target.file_system_id,
                subnet: target.subnet_id,
                interface: target.network_interface_id,
                status: target.life_cycle_state.as_str().to_owned(),
            })
            .collect())
    }

    /// The access points of one file system.
    ///
    /// # Errors
    /// As any call.
    pub async fn access_points(&self, file_system: &str) -> Result<Vec<AccessPoint>, CallError> {
        self.pages(
            Service::Efs,
            "DescribeAccessPoints",
            |token| {
                self.efs()
                    .describe_access_points()
                    .file_system_id(file_system)
                    .set_next_token(token)
                    .send()
            },
            |page| (page.access_points.unwrap_or_default(), page.next_token),
        )
        .await
        .map(|found| found.into_iter().map(access_point).collect())
    }

    /// The replication that a file system is part of, as its source or its copy. EFS has a code for there being none,
    /// `ReplicationNotFound` (its API Reference, DescribeReplicationConfigurations).
    ///
    /// # Errors
    /// As any call.
    pub async fn replication(&self, file_system: &str) -> Result<Option<Replication>, CallError> {
        let request = self
            .efs()
            .describe_replication_configurations()
            .file_system_id(file_system)
            .send();
        let found = match self
            .call(Service::Efs, "DescribeReplicationConfigurations", request)
            .await
        {
            Ok(found) => found.replications.unwrap_or_default(),
            Err(error) if error.class == Class::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(found.into_iter().next().map(|found| Replication {
            source: found.source_file_system_id,
            region: found.source_file_system_region,
        }))
    }

    /// # Errors
    /// As any call.
    pub async fn delete_mount_target(&self, id: &str) -> Result<(), CallError> {
        let request = self.efs().delete_mount_target().mount_target_id(id).send();
        self.call(Service::Efs, "DeleteMountTarget", request)
            .await
            .map(drop)
    }

    /// # Errors
    /// As any call.
    pub async fn delete_file_system(&self, id: &str) -> Result<(), CallError> {
        let request = self.efs().delete_file_system().file_system_id(id).send();
        self.call(Service::Efs, "DeleteFileSystem", request)
            .await
            .map(drop)
    }

    /// Adds tags to a file system.
    ///
    /// # Errors
    /// As any call.
    pub async fn tag_file_system(&self, id: &str, tags: &[(&str, &str)]) -> Result<(), CallError> {
        let tags = tags
            .iter()
            .filter_map(|(key, value)| Tag::builder().key(*key).value(*value).build().ok())
            .collect();
        let request = self
            .efs()
            .tag_resource()
            .resource_id(id)
            .set_tags(Some(tags))
            .send();
        self.call(Service::Efs, "TagResource", request)
            .await
            .map(drop)
    }
}

fn file_system(found: aws_sdk_efs::types::FileSystemDescription) -> FileSystem {
    FileSystem {
        id: found.file_system_id,
        status: found.life_cycle_state.as_str().to_owned(),
        size_bytes: found
            .size_in_bytes
            .and_then(|size| u64::try_from(size.value).ok())
            .unwrap_or(0),
        key: found.kms_key_id,
        tags: found
            .tags
            .into_iter()
            .map(|tag| (tag.key, tag.value))
            .collect(),
    }
}

/// One that shows no other directory shows the root of its file system (EFS's API Reference, RootDirectory).
fn access_point(found: aws_sdk_efs::types::AccessPointDescription) -> AccessPoint {
    let path = found.root_directory.and_then(|root| root.path);
    let tags = found.tags.unwrap_or_default().into_iter();
    AccessPoint {
        id: found.access_point_id.unwrap_or_default(),
        path: path.unwrap_or_else(|| "/".to_owned()),
        uid: found.posix_user.map(|user| user.uid.to_string()),
        tags: tags.map(|tag| (tag.key, tag.value)).collect(),
    }
}
