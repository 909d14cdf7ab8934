//! User profiles (sections 1.1 to 1.4 of the notes on AWS's behaviour).

pub(super) mod calls;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::life::{self, Step, Subject};
use super::record::{Record, Status, object};
use super::refusals::{
    associated, busy, check_in_service, check_quota, in_use, not_found, validation,
};
use super::state;
use super::{apps, domains, settings, spaces, tags};
use crate::efs::access_points::{self, CreationInfo, NewAccessPoint, PosixUser, RootDirectory};
use crate::error::ServiceError;
use crate::quotas;
use crate::row::Row;
use crate::table::Keyed;
use crate::wire::tags::Tag;
use crate::world::{Place, World};

pub(super) const KIND: &str = "AWS::SageMaker::UserProfile";

/// Who owns the apps of the domain itself. No profile: no list shows it (operators' notes, item 40).
pub(super) const DOMAIN_SHARED: &str = "domain-shared";

/// A user profile.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct UserProfile {
    pub(super) record: Record,
    pub(super) domain_id: String,
    pub(super) name: String,
    /// POSIX user, which also names the home directory.
    uid: u32,
    pub(super) user_settings: Value,
    access_point_id: Option<String>,
}

/// `DOMAIN/NAME`, for profiles and spaces.
pub(super) fn key(domain_id: &str, name: &str) -> String {
    format!("{domain_id}/{name}")
}

/// The key of what is in a domain.
pub(super) fn in_domain(id: &str) -> String {
    format!("domain {id}")
}

impl Keyed for UserProfile {
    fn keys(&self) -> Vec<String> {
        vec![in_domain(&self.domain_id)]
    }
}

impl UserProfile {
    pub(super) fn row(&self) -> Row {
        self.record
            .row(KIND, key(&self.domain_id, &self.name), None)
    }

    fn show(&self) -> Value {
        let [created, modified] = self.record.times();
        object([
            ("DomainId", json!(self.domain_id)),
            ("UserProfileArn", json!(self.record.arn)),
            ("UserProfileName", json!(self.name)),
            ("HomeEfsFileSystemUid", json!(self.uid.to_string())),
            ("Status", json!(self.record.status)),
            modified,
            created,
            self.record.failure(),
            ("UserSettings", self.user_settings.clone()),
        ])
    }

    fn summary(&self) -> Value {
        let [created, modified] = self.record.times();
        object([
            ("DomainId", json!(self.domain_id)),
            ("UserProfileName", json!(self.name)),
            ("Status", json!(self.record.status)),
            created,
            modified,
        ])
    }
}

/// What a profile is made from, by a call or by a template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct CreateUserProfile {
    pub(super) domain_id: String,
    pub(super) user_profile_name: String,
    single_sign_on_user_identifier: Option<String>,
    single_sign_on_user_value: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    pub(super) user_settings: Option<Value>,
}

impl CreateUserProfile {
    fn check(&self) -> Result<(), ServiceError> {
        if self.user_profile_name == DOMAIN_SHARED {
            return Err(validation(format!(
                "The user profile name {DOMAIN_SHARED} is reserved."
            )));
        }
        if self.single_sign_on_user_identifier.is_some() || self.single_sign_on_user_value.is_some()
        {
            return Err(validation(
                "SingleSignOnUserIdentifier and SingleSignOnUserValue are not allowed: AuthMode is IAM.",
            ));
        }
        Ok(())
    }
}

/// The profile, or `ResourceNotFound`.
pub(super) fn find<'a>(
    world: &'a mut World,
    place: &Place,
    domain_id: &str,
    name: &str,
) -> Result<&'a mut UserProfile, ServiceError> {
    domains::find(world, place, domain_id)?;
    let arn = arn(place, domain_id, name);
    let profiles = &mut state(world, place).profiles;
    profiles
        .get_mut(&key(domain_id, name))
        .ok_or_else(|| not_found(format!("UserProfile [{arn}] does not exist.")))
}

fn arn(place: &Place, domain_id: &str, name: &str) -> String {
    place.arn("sagemaker", &format!("user-profile/{domain_id}/{name}"))
}

/// Starts making a profile and returns its ARN.
pub(super) fn create(
    world: &mut World,
    place: &Place,
    input: CreateUserProfile,
) -> Result<String, ServiceError> {
    input.check()?;
    let (domain_id, name) = (input.domain_id, input.user_profile_name);
    let domain = domains::find(world, place, &domain_id)?.clone();
    check_in_service("Domain", &domain.record)?;
    let arn = arn(place, &domain_id, &name);
    if state(world, place)
        .profiles
        .contains_key(&key(&domain_id, &name))
    {
        return Err(in_use(format!("UserProfile [{arn}] already exists.")));
    }
    let user_settings = input.user_settings.unwrap_or_else(|| json!({}));
    domains::check_settings(world, place, &domain.vpc_id, &user_settings)?;
    let used = state(world, place).profiles.len();
    check_quota(world, quotas::USER_PROFILES, "UserProfiles", used)?;
    let record = Record::new(
        arn.clone(),
        tags::read(input.tags)?,
        Status::Pending,
        world.now(),
    );
    let uid = domains::find(world, place, &domain_id)?.take_uid();
    let profile = UserProfile {
        record,
        domain_id,
        name,
        uid,
        user_settings,
        access_point_id: None,
    };
    let id = key(&profile.domain_id, &profile.name);
    state(world, place).profiles.insert(id.clone(), profile);
    life::begin(world, place, Subject::UserProfile(id), Step::Creation);
    Ok(arn)
}

/// The door of a profile into the home volume, if it is mounted.
fn open_home(world: &mut World, place: &Place, id: &str) -> Result<Option<String>, ServiceError> {
    let Some(profile) = state(world, place).profiles.get(id).cloned() else {
        return Ok(None);
    };
    let domain = domains::find(world, place, &profile.domain_id)?;
    let wish = |given: &Value| settings::text(given, "AutoMountHomeEFS").map(str::to_owned);
    let mounted = wish(&profile.user_settings)
        .filter(|wish| wish != "DefaultAsDomain")
        .or_else(|| wish(&domain.default_user_settings));
    let volume = domain.home.file_system_id.clone();
    let Some(volume) = volume.filter(|_| mounted.as_deref() != Some("Disabled")) else {
        return Ok(None);
    };
    let owner = CreationInfo {
        owner_uid: profile.uid,
        owner_gid: 1001,
        permissions: "0700".to_owned(),
    };
    let point = NewAccessPoint {
        name: id.to_owned(),
        client_token: format!("{}-{}", profile.domain_id, profile.uid),
        file_system_id: volume,
        posix_user: Some(PosixUser {
            uid: profile.uid,
            gid: 1001,
            secondary_gids: Vec::new(),
        }),
        root_directory: RootDirectory {
            path: format!("/{}", profile.uid),
            creation_info: Some(owner),
        },
        tags: [(domains::home::TAG.to_owned(), profile.record.arn)].into(),
    };
    access_points::create(world, place, point).map(Some)
}

/// Starts the deletion of a profile that nothing hangs on.
pub(super) fn delete(
    world: &mut World,
    place: &Place,
    domain_id: &str,
    name: &str,
) -> Result<(), ServiceError> {
    refuse_in_vanished_domain(world, place, domain_id)?;
    if name == DOMAIN_SHARED {
        return Err(validation(format!(
            "UserProfile [{}] cannot be deleted: it belongs to the domain itself.",
            arn(place, domain_id, name)
        )));
    }
    let now = world.now();
    let record = find(world, place, domain_id, name)?.record.clone();
    if record.status.busy() {
        return Err(busy(world, "delete", "UserProfile", &record));
    }
    if let Some(kind) = holder(world, place, domain_id, name) {
        return Err(associated("delete", "UserProfile", &record.arn, kind));
    }
    find(world, place, domain_id, name)?
        .record
        .turn(Status::Deleting, None, now);
    life::begin(
        world,
        place,
        Subject::UserProfile(key(domain_id, name)),
        Step::Deletion,
    );
    Ok(())
}

/// The kind of what keeps a profile from being deleted.
pub(crate) fn holder(
    world: &mut World,
    place: &Place,
    domain_id: &str,
    name: &str,
) -> Option<&'static str> {
    if apps::any_of_profile(world, place, domain_id, name) {
        return Some("App");
    }
    let own = spaces::owned_by(domain_id, name);
    let mut spaces = state(world, place).spaces.with_key(&own);
    spaces.next().map(|_| "Space")
}

/// What is asked to go is in a domain that is gone: whose code is that? (operators' notes, item 25)
pub(super) fn refuse_in_vanished_domain(
    world: &mut World,
    place: &Place,
    domain_id: &str,
) -> Result<(), ServiceError> {
    let as_validation = world.switches.vanished_domain_is_validation_error;
    match domains::find(world, place, domain_id) {
        Err(error) if as_validation => Err(validation(error.message)),
        found => found.map(|_| ()),
    }
}

/// Starts an update of the settings.
pub(super) fn update(
    world: &mut World,
    place: &Place,
    domain_id: &str,
    name: &str,
    new: Option<&Value>,
) -> Result<String, ServiceError> {
    let now = world.now();
    let record = find(world, place, domain_id, name)?.record.clone();
    if !matches!(record.status, Status::InService | Status::UpdateFailed) {
        return Err(busy(world, "update", "UserProfile", &record));
    }
    if let Some(new) = new {
        let vpc_id = domains::find(world, place, domain_id)?.vpc_id.clone();
        domains::check_settings(world, place, &vpc_id, new)?;
    }
    let profile = find(world, place, domain_id, name)?;
    profile.user_settings = settings::merged(&profile.user_settings, new.unwrap_or(&Value::Null));
    profile.record.turn(Status::Updating, None, now);
    life::begin(
        world,
        place,
        Subject::UserProfile(key(domain_id, name)),
        Step::Update,
    );
    Ok(record.arn)
}

/// A step has ended.
pub(super) fn ended(
    world: &mut World,
    place: &Place,
    id: &str,
    step: Step,
    failure: Option<String>,
) {
    let now = world.now();
    if step == Step::Deletion && failure.is_none() {
        return remove(world, place, id);
    }
    let (failure, point) = match (step, failure) {
        (Step::Creation, None) => match open_home(world, place, id) {
            Ok(point) => (None, point),
            Err(error) => (Some(error.to_string()), None),
        },
        (_, failure) => (failure, None),
    };
    let Some(profile) = state(world, place).profiles.get_mut(id) else {
        return;
    };
    profile.access_point_id = point.or(profile.access_point_id.take());
    profile
        .record
        .turn(after(step, failure.as_ref()), failure, now);
}

/// The status after a step that has not removed its subject.
pub(super) fn after(step: Step, failure: Option<&String>) -> Status {
    match (step, failure) {
        (_, None) => Status::InService,
        (Step::Creation, Some(_)) => Status::Failed,
        (Step::Update | Step::Rollback | Step::Maintenance | Step::Start | Step::Stop, Some(_)) => {
            Status::UpdateFailed
        }
        (Step::Deletion, Some(_)) => Status::DeleteFailed,
    }
}

fn remove(world: &mut World, place: &Place, id: &str) {
    let Some(profile) = state(world, place).profiles.remove(id) else {
        return;
    };
    apps::forget_failed(
        world,
        place,
        &apps::Owner::UserProfile(profile.name),
        &profile.domain_id,
    );
    if let Some(point) = profile
        .access_point_id
        .filter(|_| !world.switches.access_points_outlive_profiles)
    {
        // It may have been deleted by somebody else, or together with the volume.
        drop(access_points::delete(world, place, &point));
    }
}
