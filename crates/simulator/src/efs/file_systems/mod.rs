//! Volumes.

pub(super) mod calls;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::backups::Backup;
use super::bad_request;
use super::life::{self, Kind, LifeCycle, Step};
use super::{mount_targets, replications};
use crate::error::ServiceError;
use crate::kms;
use crate::quotas;
use crate::row::{HasRows, Row, Scope};
use crate::table::Keyed;
use crate::time::SimTime;
use crate::wire::tags;
use crate::world::{Place, World};

/// The principal of EFS's own role.
const SERVICE: &str = "elasticfilesystem.amazonaws.com";

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
    pub(super) backup: Option<Backup>,
    /// The only zone of a One Zone volume.
    pub(super) zone: Option<Zone>,
    /// Whether it is the copy of a replication, which its source overwrites.
    pub(super) copy: bool,
    /// Id of the SageMaker domain that made it and is told of its changes.
    owner: Option<String>,
    pub(super) revision: u64,
}

/// The zone of a volume that is in one alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Zone {
    pub(super) name: String,
    pub(super) id: String,
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

impl Keyed for FileSystem {
    fn keys(&self) -> Vec<String> {
        vec![with_token(&self.creation_token)]
    }
}

/// The key of the volume that was made with a token.
fn with_token(token: &str) -> String {
    format!("token {token}")
}

impl HasRows for FileSystem {
    fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        rows.push(self.row(place));
    }
}

impl FileSystem {
    /// Whether it carries a tag of this key.
    pub(crate) fn has_tag(&self, key: &str) -> bool {
        self.tags.contains_key(key)
    }

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
            "FileSystemProtection": {
                "ReplicationOverwriteProtection": if self.copy { "REPLICATING" } else { "ENABLED" },
            },
        });
        let optional = [
            ("Name", self.tags.get("Name").map(|name| json!(name))),
            (
                "KmsKeyId",
                self.encryption_key.as_ref().map(|key| json!(key)),
            ),
            (
                "AvailabilityZoneName",
                self.zone.as_ref().map(|zone| json!(zone.name)),
            ),
            (
                "AvailabilityZoneId",
                self.zone.as_ref().map(|zone| json!(zone.id)),
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
    create_in(world, place, new, None)
}

/// As [`create`], in one zone alone where it is named. The first volume of an account also makes EFS's own role
/// (section 7).
pub(super) fn create_in(
    world: &mut World,
    place: &Place,
    new: NewFileSystem,
    zone: Option<&str>,
) -> Result<String, ServiceError> {
    check(world, place, &new)?;
    let zone = zone.map(|name| zone_of(place, name)).transpose()?;
    crate::iam::ensure_service_linked_role(world, &place.account, SERVICE);
    let id = world.mint(place, Kind::FileSystem.name(), &new.name, "fs-", 17);
    let encryption_key = match (new.encrypted, new.kms_key_id) {
        (false, _) => None,
        (true, Some(key)) => Some(kms::arn_of(place, &key)),
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
        backup: None,
        zone,
        copy: false,
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

fn zone_of(place: &Place, name: &str) -> Result<Zone, ServiceError> {
    let mut zones = crate::ec2::zones::of(place).into_iter();
    let found = zones.find(|zone| zone.opted_in && zone.name == name);
    let found = found.ok_or_else(|| {
        let text = format!("The availability zone '{name}' is not supported");
        ServiceError::new("UnsupportedAvailabilityZone", text)
    })?;
    Ok(Zone {
        name: found.name,
        id: found.id,
    })
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
    let most = world.quotas.limit(quotas::FILE_SYSTEMS);
    let volumes = &world.region(place).efs.file_systems;
    if let Some(old) = volumes.with_key(&with_token(&new.creation_token)).next() {
        let message = format!(
            "File system '{}' already exists with creation token '{}'",
            old.id, new.creation_token
        );
        let refused = ServiceError::new("FileSystemAlreadyExists", message).status(409);
        return Err(refused.member("FileSystemId", &old.id));
    }
    if volumes.len() >= most {
        let message = "The maximum number of file systems has been reached";
        return Err(ServiceError::new("FileSystemLimitExceeded", message).status(403));
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

/// Starts the deletion of a volume; `FileSystemInUse` while it has mount targets, also such as are being deleted, and
/// while it is part of a replication (operators' notes, item 41).
pub(crate) fn delete(world: &mut World, place: &Place, id: &str) -> Result<(), ServiceError> {
    let in_use = mount_target_count(world, place, id) > 0;
    let replicated = replications::of(world, place, id).is_some();
    let as_bad_request = world.switches.replicated_volume_is_bad_request;
    let file_system = find(world, place, id)?;
    if in_use {
        let message = format!("Cannot delete file system '{id}' that has mount targets.");
        return Err(ServiceError::new("FileSystemInUse", message).status(409));
    }
    if replicated {
        let message = format!("File system '{id}' is part of a replication configuration.");
        return Err(if as_bad_request {
            bad_request(message)
        } else {
            ServiceError::new("FileSystemInUse", message).status(409)
        });
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

/// The volume, if it is available.
///
/// # Errors
/// `FileSystemNotFound`, `IncorrectFileSystemLifeCycleState`.
pub(super) fn settled<'a>(
    world: &'a mut World,
    place: &Place,
    id: &str,
) -> Result<&'a mut FileSystem, ServiceError> {
    let volume = find(world, place, id)?;
    if volume.state == LifeCycle::Available {
        return Ok(volume);
    }
    let message = format!("File system '{id}' is {}", volume.state.word());
    Err(ServiceError::new("IncorrectFileSystemLifeCycleState", message).status(409))
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
        .with_key(&mount_targets::of_volume(id))
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
            efs.access_points.retain(|point| point.file_system_id != id);
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
