//! Access points: doors into a volume with a user and a root of their own. They go with their volume.

pub(super) mod calls;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::life::{self, Kind, LifeCycle, Step};
use super::{bad_request, file_systems};
use crate::error::ServiceError;
use crate::quotas;
use crate::row::{HasRows, Row, Scope};
use crate::table::Keyed;
use crate::wire::tags;
use crate::world::{Place, World};

/// An access point.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccessPoint {
    id: String,
    client_token: String,
    pub(super) file_system_id: String,
    posix_user: Option<PosixUser>,
    root_directory: RootDirectory,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) state: LifeCycle,
    pub(super) revision: u64,
}

/// The user whom everybody is on the other side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct PosixUser {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) secondary_gids: Vec<u32>,
}

/// The directory that is shown as the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct RootDirectory {
    #[serde(default = "root")]
    pub(crate) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) creation_info: Option<CreationInfo>,
}

fn root() -> String {
    "/".to_owned()
}

impl Default for RootDirectory {
    fn default() -> Self {
        Self {
            path: root(),
            creation_info: None,
        }
    }
}

/// How the root directory is made when it is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct CreationInfo {
    pub(crate) owner_uid: u32,
    pub(crate) owner_gid: u32,
    pub(crate) permissions: String,
}

/// An access point to be made.
pub(crate) struct NewAccessPoint {
    /// Logical name, for the id.
    pub name: String,
    pub client_token: String,
    pub file_system_id: String,
    pub posix_user: Option<PosixUser>,
    pub root_directory: RootDirectory,
    pub tags: BTreeMap<String, String>,
}

/// The key of the access point of a client token.
fn with_token(token: &str) -> String {
    format!("token {token}")
}

/// Each volume may have so many.
impl Keyed for AccessPoint {
    fn keys(&self) -> Vec<String> {
        vec![with_token(&self.client_token)]
    }

    fn shares(&self) -> Vec<(String, usize)> {
        vec![(self.file_system_id.clone(), 1)]
    }
}

impl HasRows for AccessPoint {
    fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        rows.push(self.row(place));
    }
}

impl AccessPoint {
    pub(super) fn row(&self, place: &Place) -> Row {
        Row {
            kind: Kind::AccessPoint.name().to_owned(),
            id: self.id.clone(),
            arn: arn(place, &self.id),
            status: self.state.word().to_owned(),
            tags: self.tags.clone(),
            stack: None,
            parent: Some(self.file_system_id.clone()),
            revision: self.revision,
            scope: Scope::Environment,
        }
    }

    fn show(&self, place: &Place) -> Value {
        let mut shown = json!({
            "ClientToken": self.client_token, "Tags": tags::show(&self.tags), "AccessPointId": self.id,
            "AccessPointArn": arn(place, &self.id), "FileSystemId": self.file_system_id,
            "RootDirectory": self.root_directory, "OwnerId": place.account, "LifeCycleState": self.state,
        });
        if let Some(user) = &self.posix_user {
            shown["PosixUser"] = json!(user);
        }
        if let Some(name) = self.tags.get("Name") {
            shown["Name"] = json!(name);
        }
        shown
    }
}

/// `arn:aws:elasticfilesystem:REGION:ACCOUNT:access-point/fsap-…`.
pub(crate) fn arn(place: &Place, id: &str) -> String {
    place.arn("elasticfilesystem", &format!("access-point/{id}"))
}

/// Starts making an access point and returns its id.
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    new: NewAccessPoint,
) -> Result<String, ServiceError> {
    file_systems::settled(world, place, &new.file_system_id)?;
    check(&new)?;
    let points = &world.region(place).efs.access_points;
    if let Some(old) = points.with_key(&with_token(&new.client_token)).next() {
        let message = format!(
            "Access point '{}' already exists with this client token",
            old.id
        );
        let refused = ServiceError::new("AccessPointAlreadyExists", message).status(409);
        return Err(refused.member("AccessPointId", &old.id));
    }
    check_count(world, place, &new.file_system_id)?;
    let id = world.mint(place, Kind::AccessPoint.name(), &new.name, "fsap-", 17);
    let point = AccessPoint {
        id: id.clone(),
        client_token: new.client_token,
        file_system_id: new.file_system_id,
        posix_user: new.posix_user,
        root_directory: new.root_directory,
        tags: new.tags,
        state: LifeCycle::Creating,
        revision: 1,
    };
    world
        .region(place)
        .efs
        .access_points
        .insert(id.clone(), point);
    life::begin(world, place, Kind::AccessPoint, &id, Step::Creation);
    Ok(id)
}

/// Refuses one more of a volume than there may be.
fn check_count(world: &mut World, place: &Place, volume: &str) -> Result<(), ServiceError> {
    let most = world.quotas.limit(quotas::ACCESS_POINTS);
    if world.region(place).efs.access_points.sum(volume) < most {
        return Ok(());
    }
    let message = "You have reached the maximum number of access points";
    Err(ServiceError::new("AccessPointLimitExceeded", message).status(403))
}

/// What the shapes do not say (botocore's constraints).
fn check(new: &NewAccessPoint) -> Result<(), ServiceError> {
    let groups = new
        .posix_user
        .as_ref()
        .map(|user| user.secondary_gids.len());
    if groups.is_some_and(|groups| groups > 16) {
        return Err(bad_request("SecondaryGids has at most 16 items"));
    }
    let path = &new.root_directory.path;
    if !path.starts_with('/') || path.len() > 100 || path.matches('/').count() > 4 {
        return Err(bad_request(format!("invalid path: {path}")));
    }
    let octal = |text: &String| {
        (3..=4).contains(&text.len()) && text.bytes().all(|digit| (b'0'..=b'7').contains(&digit))
    };
    let info = new.root_directory.creation_info.as_ref();
    match info.filter(|info| !octal(&info.permissions)) {
        Some(info) => Err(bad_request(format!(
            "invalid permissions: {}",
            info.permissions
        ))),
        None => Ok(()),
    }
}

/// The access point, or `AccessPointNotFound`.
pub(crate) fn find<'a>(
    world: &'a mut World,
    place: &Place,
    id: &str,
) -> Result<&'a mut AccessPoint, ServiceError> {
    world
        .region(place)
        .efs
        .access_points
        .get_mut(id)
        .ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> ServiceError {
    ServiceError::new(
        "AccessPointNotFound",
        format!("Access point {id} does not exist."),
    )
    .status(404)
}

/// Starts the deletion of an access point.
pub(crate) fn delete(world: &mut World, place: &Place, id: &str) -> Result<(), ServiceError> {
    let point = find(world, place, id)?;
    if point.state != LifeCycle::Deleting {
        point.state = LifeCycle::Deleting;
        point.revision += 1;
        life::begin(world, place, Kind::AccessPoint, id, Step::Deletion);
    }
    Ok(())
}

/// A creation or a deletion has ended.
pub(super) fn ended(world: &mut World, place: &Place, id: &str, step: Step, failed: bool) {
    let points = &mut world.region(place).efs.access_points;
    let Some(point) = points.get_mut(id) else {
        return;
    };
    match (step, failed) {
        (Step::Creation, _) if point.state != LifeCycle::Creating => return,
        (_, true) => point.state = LifeCycle::Error,
        (Step::Creation, false) => point.state = LifeCycle::Available,
        (Step::Deletion, false) => {
            points.remove(id);
            return;
        }
    }
    point.revision += 1;
}
