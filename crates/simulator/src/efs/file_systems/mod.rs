//! Volumes.

pub(super) mod calls;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::bad_request;
use super::life::{self, Kind, LifeCycle, Step};
use crate::error::ServiceError;
use crate::row::{Row, Scope};
use crate::time::SimTime;
use crate::wire::tags;
use crate::world::{Place, World};

/// A volume.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FileSystem {
    pub(super) id: String,
    creation_token: String,
    pub(crate) state: LifeCycle,
    pub(super) tags: BTreeMap<String, String>,
    encryption_key: Option<String>,
    performance_mode: String,
    throughput_mode: String,
    provisioned_throughput: Option<f64>,
    created: SimTime,
    pub(super) policy: Option<String>,
    /// Id of the SageMaker domain that made it and is told of its changes.
    owner: Option<String>,
    pub(super) revision: u64,
}

/// A volume to be made.
pub(crate) struct NewFileSystem {
    /// Logical name, for the id.
    pub name: String,
    pub creation_token: String,
    pub encrypted: bool,
    pub kms_key_id: Option<String>,
    pub performance_mode: Option<String>,
    pub throughput_mode: Option<String>,
    pub provisioned_throughput: Option<f64>,
    pub tags: BTreeMap<String, String>,
    /// Id of the SageMaker domain that makes it.
    pub owner: Option<String>,
}

impl FileSystem {
    pub(super) fn row(&self, place: &Place) -> Row {
        Row {
            kind: Kind::FileSystem.name().to_owned(),
            id: self.id.clone(),
            arn: arn(place, &self.id),
            status: self.state.word().to_owned(),
            tags: self.tags.clone(),
            stack: None,
            parent: None,
            revision: self.revision,
            scope: Scope::Environment,
        }
    }

    fn show(&self, place: &Place, mount_targets: usize) -> Value {
        let mut shown = json!({
            "OwnerId": place.account, "CreationToken": self.creation_token, "FileSystemId": self.id,
            "FileSystemArn": arn(place, &self.id), "CreationTime": self.created.epoch_seconds(),
            "LifeCycleState": self.state, "NumberOfMountTargets": mount_targets,
            "SizeInBytes": {"Value": 6144, "ValueInIA": 0, "ValueInStandard": 6144, "ValueInArchive": 0},
            "PerformanceMode": self.performance_mode, "ThroughputMode": self.throughput_mode,
            "Encrypted": self.encryption_key.is_some(), "Tags": tags::show(&self.tags),
            "FileSystemProtection": {"ReplicationOverwriteProtection": "ENABLED"},
        });
        let optional = [
            ("Name", self.tags.get("Name").map(|name| json!(name))),
            (
                "KmsKeyId",
                self.encryption_key.as_ref().map(|key| json!(key)),
            ),
            (
                "ProvisionedThroughputInMibps",
                self.provisioned_throughput.map(|rate| json!(rate)),
            ),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                shown[name] = value;
            }
        }
        shown
    }
}

/// `arn:aws:elasticfilesystem:REGION:ACCOUNT:file-system/fs-…`.
pub(crate) fn arn(place: &Place, id: &str) -> String {
    place.arn("elasticfilesystem", &format!("file-system/{id}"))
}

/// Starts making a volume and returns its id.
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    new: NewFileSystem,
) -> Result<String, ServiceError> {
    check(world, place, &new)?;
    let id = world.mint(place, Kind::FileSystem.name(), &new.name, "fs-", 17);
    let encryption_key = match (new.encrypted, new.kms_key_id) {
        (false, _) => None,
        (true, Some(key)) => Some(key),
        (true, None) => Some(default_key(world, place)),
    };
    let file_system = FileSystem {
        id: id.clone(),
        creation_token: new.creation_token,
        state: LifeCycle::Creating,
        tags: new.tags,
        encryption_key,
        performance_mode: new
            .performance_mode
            .unwrap_or_else(|| "generalPurpose".to_owned()),
        throughput_mode: new.throughput_mode.unwrap_or_else(|| "bursting".to_owned()),
        provisioned_throughput: new.provisioned_throughput,
        created: world.now(),
        policy: None,
        owner: new.owner,
        revision: 1,
    };
    world
        .region(place)
        .efs
        .file_systems
        .insert(id.clone(), file_system);
    life::begin(world, place, Kind::FileSystem, &id, Step::Creation);
    Ok(id)
}

/// The account's own key for EFS.
fn default_key(world: &World, place: &Place) -> String {
    let key = crate::draw::uuid(
        world.seed(),
        &["aws/elasticfilesystem", &place.account, &place.region],
    );
    place.arn("kms", &format!("key/{key}"))
}

fn check(world: &mut World, place: &Place, new: &NewFileSystem) -> Result<(), ServiceError> {
    one_of(
        "PerformanceMode",
        new.performance_mode.as_deref(),
        &["generalPurpose", "maxIO"],
    )?;
    check_throughput(new.throughput_mode.as_deref(), new.provisioned_throughput)?;
    if new.kms_key_id.is_some() && !new.encrypted {
        return Err(bad_request(
            "KmsKeyId is given for a file system that is not encrypted",
        ));
    }
    let volumes = &world.region(place).efs.file_systems;
    if let Some(old) = volumes
        .values()
        .find(|volume| volume.creation_token == new.creation_token)
    {
        let message = format!(
            "File system '{}' already exists with creation token '{}'",
            old.id, new.creation_token
        );
        let refused = ServiceError::new("FileSystemAlreadyExists", message).status(409);
        return Err(refused.member("FileSystemId", &old.id));
    }
    Ok(())
}

fn one_of(name: &str, value: Option<&str>, known: &[&str]) -> Result<(), ServiceError> {
    match value {
        Some(value) if !known.contains(&value) => Err(bad_request(format!(
            "{name} is one of {known:?}, not '{value}'"
        ))),
        Some(_) | None => Ok(()),
    }
}

/// Changes how throughput is paid for, as a template's update does.
pub(super) fn set_throughput(
    world: &mut World,
    place: &Place,
    id: &str,
    mode: Option<String>,
    rate: Option<f64>,
) -> Result<(), ServiceError> {
    check_throughput(mode.as_deref(), rate)?;
    let volume = find(world, place, id)?;
    volume.throughput_mode = mode.unwrap_or_else(|| "bursting".to_owned());
    volume.provisioned_throughput = rate;
    volume.revision += 1;
    Ok(())
}

fn check_throughput(mode: Option<&str>, rate: Option<f64>) -> Result<(), ServiceError> {
    one_of(
        "ThroughputMode",
        mode,
        &["bursting", "provisioned", "elastic"],
    )?;
    if (mode == Some("provisioned")) == rate.is_some() {
        return Ok(());
    }
    Err(bad_request(
        "ProvisionedThroughputInMibps belongs to ThroughputMode provisioned",
    ))
}

/// Starts the deletion of a volume; `FileSystemInUse` while it has mount targets, also such as are being deleted.
pub(crate) fn delete(world: &mut World, place: &Place, id: &str) -> Result<(), ServiceError> {
    let in_use = mount_target_count(world, place, id) > 0;
    let file_system = find(world, place, id)?;
    if in_use {
        let message = format!("Cannot delete file system '{id}' that has mount targets.");
        return Err(ServiceError::new("FileSystemInUse", message).status(409));
    }
    if file_system.state != LifeCycle::Deleting {
        file_system.state = LifeCycle::Deleting;
        file_system.revision += 1;
        life::begin(world, place, Kind::FileSystem, id, Step::Deletion);
    }
    Ok(())
}

/// The volume, or `FileSystemNotFound`.
pub(crate) fn find<'a>(
    world: &'a mut World,
    place: &Place,
    id: &str,
) -> Result<&'a mut FileSystem, ServiceError> {
    world
        .region(place)
        .efs
        .file_systems
        .get_mut(id)
        .ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> ServiceError {
    ServiceError::new(
        "FileSystemNotFound",
        format!("File system '{id}' does not exist."),
    )
    .status(404)
}

fn mount_target_count(world: &mut World, place: &Place, id: &str) -> usize {
    world
        .region(place)
        .efs
        .mount_targets
        .values()
        .filter(|target| target.file_system_id == id)
        .count()
}

/// A creation or a deletion has ended.
pub(super) fn ended(world: &mut World, place: &Place, id: &str, step: Step, failed: bool) {
    let efs = &mut world.region(place).efs;
    let Some(file_system) = efs.file_systems.get_mut(id) else {
        return;
    };
    let owner = file_system.owner.clone();
    match (step, failed) {
        (Step::Creation, _) if file_system.state != LifeCycle::Creating => return,
        (_, true) => file_system.state = LifeCycle::Error,
        (Step::Creation, false) => file_system.state = LifeCycle::Available,
        (Step::Deletion, false) => {
            efs.file_systems.remove(id);
            efs.access_points
                .retain(|_, point| point.file_system_id != id);
            return tell(world, place, owner.as_deref());
        }
    }
    file_system.revision += 1;
    tell(world, place, owner.as_deref());
}

/// Tells the domain that made a volume that it or one of its mount targets has changed.
fn tell(world: &mut World, place: &Place, owner: Option<&str>) {
    if let Some(domain_id) = owner {
        crate::sagemaker::domains::volume_changed(world, place, domain_id);
    }
}

/// Tells the owner of the volume, if it has one.
pub(super) fn tell_owner(world: &mut World, place: &Place, id: &str) {
    let owner = world
        .region(place)
        .efs
        .file_systems
        .get(id)
        .and_then(|volume| volume.owner.clone());
    tell(world, place, owner.as_deref());
}
