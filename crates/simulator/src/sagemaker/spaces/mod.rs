//! Spaces: where the apps of today's Studio run (sections 1.1 to 1.4 and 5.2 of the notes on AWS's behaviour).

pub(super) mod calls;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::domains::{self, Domain};
use super::life::{self, Step, Subject};
use super::profiles::{self, key};
use super::record::{Record, Status, object};
use super::refusals::{
    associated, busy, check_in_service, check_quota, in_use, not_found, validation,
};
use super::state;
use super::{apps, settings, tags};
use crate::error::ServiceError;
use crate::quotas;
use crate::row::Row;
use crate::table::Keyed;
use crate::wire::tags::Tag;
use crate::world::{Place, World};

pub(super) const KIND: &str = "AWS::SageMaker::Space";

/// A space.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Space {
    pub(super) record: Record,
    pub(super) domain_id: String,
    pub(super) name: String,
    uid: u32,
    /// Name of the profile that owns it.
    pub(super) owner: Option<String>,
    sharing: Option<String>,
    pub(super) settings: Value,
    display_name: Option<String>,
}

/// The key of the spaces of a profile.
pub(super) fn owned_by(domain_id: &str, owner: &str) -> String {
    format!("owner {domain_id}/{owner}")
}

impl Keyed for Space {
    fn keys(&self) -> Vec<String> {
        let owner = self.owner.as_ref();
        let owner = owner.map(|owner| owned_by(&self.domain_id, owner));
        let keys = owner.into_iter();
        keys.chain([profiles::in_domain(&self.domain_id)]).collect()
    }
}

impl Space {
    pub(super) fn row(&self) -> Row {
        self.record
            .row(KIND, key(&self.domain_id, &self.name), None)
    }

    /// The type of app that it is for.
    pub(super) fn app_type(&self) -> Option<&str> {
        settings::text(&self.settings, "AppType")
    }

    /// Whether it has an EBS volume.
    pub(super) fn has_storage(&self) -> bool {
        self.settings
            .pointer("/SpaceStorageSettings/EbsStorageSettings")
            .is_some()
    }

    fn show(&self, url: &str) -> Value {
        let [created, modified] = self.record.times();
        object([
            ("DomainId", json!(self.domain_id)),
            ("SpaceArn", json!(self.record.arn)),
            ("SpaceName", json!(self.name)),
            ("HomeEfsFileSystemUid", json!(self.uid.to_string())),
            ("Status", json!(self.record.status)),
            modified,
            created,
            self.record.failure(),
            ("SpaceSettings", self.settings.clone()),
            (
                "OwnershipSettings",
                json!(
                    self.owner
                        .as_ref()
                        .map(|owner| json!({"OwnerUserProfileName": owner}))
                ),
            ),
            (
                "SpaceSharingSettings",
                json!(
                    self.sharing
                        .as_ref()
                        .map(|kind| json!({"SharingType": kind}))
                ),
            ),
            ("SpaceDisplayName", json!(self.display_name)),
            ("Url", json!(url)),
        ])
    }

    fn summary(&self) -> Value {
        let [created, modified] = self.record.times();
        let member = |name: &str| self.settings.get(name).cloned().unwrap_or(Value::Null);
        let summary = object([
            ("AppType", member("AppType")),
            ("RemoteAccess", member("RemoteAccess")),
            ("SpaceStorageSettings", member("SpaceStorageSettings")),
        ]);
        object([
            ("DomainId", json!(self.domain_id)),
            ("SpaceName", json!(self.name)),
            ("Status", json!(self.record.status)),
            created,
            modified,
            ("SpaceSettingsSummary", summary),
            (
                "SpaceSharingSettingsSummary",
                json!(
                    self.sharing
                        .as_ref()
                        .map(|kind| json!({"SharingType": kind}))
                ),
            ),
            (
                "OwnershipSettingsSummary",
                json!(
                    self.owner
                        .as_ref()
                        .map(|owner| json!({"OwnerUserProfileName": owner}))
                ),
            ),
            ("SpaceDisplayName", json!(self.display_name)),
        ])
    }
}

/// What a space is made from, by a call or by a template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct CreateSpace {
    pub(super) domain_id: String,
    pub(super) space_name: String,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    pub(super) space_settings: Option<Value>,
    ownership_settings: Option<OwnershipSettings>,
    space_sharing_settings: Option<SpaceSharingSettings>,
    pub(super) space_display_name: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OwnershipSettings {
    owner_user_profile_name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct SpaceSharingSettings {
    sharing_type: String,
}

impl CreateSpace {
    /// A private space has an owner; what is nobody's or shared runs in the domain's name (operators' notes, item 48).
    fn check(&self, domain: &Domain) -> Result<(), ServiceError> {
        if self.ownership_settings.is_some() != self.space_sharing_settings.is_some() {
            return Err(validation(
                "OwnershipSettings and SpaceSharingSettings must be given together.",
            ));
        }
        let private = self
            .space_sharing_settings
            .as_ref()
            .is_some_and(|sharing| sharing.sharing_type == "Private");
        let role = domain
            .default_space_settings
            .as_ref()
            .and_then(|settings| settings::text(settings, "ExecutionRole"));
        if !private && role.is_none() {
            return Err(validation(
                "A shared space needs ExecutionRole in the DefaultSpaceSettings of its domain.",
            ));
        }
        Ok(())
    }
}

/// The space, or `ResourceNotFound`.
pub(super) fn find<'a>(
    world: &'a mut World,
    place: &Place,
    domain_id: &str,
    name: &str,
) -> Result<&'a mut Space, ServiceError> {
    domains::find(world, place, domain_id)?;
    let arn = arn(place, domain_id, name);
    let spaces = &mut state(world, place).spaces;
    spaces
        .get_mut(&key(domain_id, name))
        .ok_or_else(|| not_found(format!("Space [{arn}] does not exist.")))
}

fn arn(place: &Place, domain_id: &str, name: &str) -> String {
    place.arn("sagemaker", &format!("space/{domain_id}/{name}"))
}

/// Starts making a space and returns its ARN.
pub(super) fn create(
    world: &mut World,
    place: &Place,
    input: CreateSpace,
) -> Result<String, ServiceError> {
    let domain = domains::find(world, place, &input.domain_id)?.clone();
    check_in_service("Domain", &domain.record)?;
    input.check(&domain)?;
    let (domain_id, name) = (input.domain_id, input.space_name);
    let arn = arn(place, &domain_id, &name);
    if state(world, place)
        .spaces
        .contains_key(&key(&domain_id, &name))
    {
        return Err(in_use(format!("Space [{arn}] already exists.")));
    }
    let owner = input
        .ownership_settings
        .map(|settings| settings.owner_user_profile_name);
    if let Some(owner) = &owner {
        check_owner(world, place, &domain_id, &arn, owner)?;
    }
    let record = Record::new(
        arn.clone(),
        tags::read(input.tags)?,
        Status::Pending,
        world.now(),
    );
    let settings = with_storage(
        input.space_settings.unwrap_or_else(|| json!({})),
        &domain.default_user_settings,
    );
    check_size(&settings, &domain.default_user_settings)?;
    let used = state(world, place).spaces.len();
    check_quota(world, quotas::SPACES, "Spaces", used)?;
    let uid = domains::find(world, place, &domain_id)?.take_uid();
    let sharing = input
        .space_sharing_settings
        .map(|settings| settings.sharing_type);
    let space = Space {
        record,
        domain_id,
        name,
        uid,
        owner,
        sharing,
        settings,
        display_name: input.space_display_name,
    };
    let id = key(&space.domain_id, &space.name);
    state(world, place).spaces.insert(id.clone(), space);
    life::begin(world, place, Subject::Space(id), Step::Creation);
    Ok(arn)
}

fn check_owner(
    world: &mut World,
    place: &Place,
    domain_id: &str,
    space_arn: &str,
    owner: &str,
) -> Result<(), ServiceError> {
    let record = profiles::find(world, place, domain_id, owner)?
        .record
        .clone();
    if record.status == Status::InService {
        return Ok(());
    }
    let (arn, status) = (&record.arn, record.status.word());
    let message = format!(
        "Unable to create Space [{space_arn}] because UserProfile [{arn}] is not in InService status: {status}."
    );
    Err(if world.switches.busy_is_resource_in_use {
        in_use(message)
    } else {
        validation(message)
    })
}

/// Gigabytes of the space's volume.
fn size(settings: &Value) -> Option<i64> {
    settings
        .pointer("/SpaceStorageSettings/EbsStorageSettings/EbsVolumeSizeInGb")
        .and_then(Value::as_i64)
}

/// The volume is no larger than the domain allows.
fn check_size(settings: &Value, defaults: &Value) -> Result<(), ServiceError> {
    let most = defaults
        .pointer("/SpaceStorageSettings/DefaultEbsStorageSettings/MaximumEbsVolumeSizeInGb")
        .and_then(Value::as_i64);
    match (size(settings), most) {
        (Some(size), Some(most)) if size > most => Err(validation(format!(
            "EbsVolumeSizeInGb {size} exceeds the domain's MaximumEbsVolumeSizeInGb {most}."
        ))),
        _ => Ok(()),
    }
}

/// Where the space is opened.
pub(super) fn url(
    world: &mut World,
    place: &Place,
    domain_id: &str,
    name: &str,
) -> Result<String, ServiceError> {
    let url = domains::find(world, place, domain_id)?.url(place);
    Ok(format!("{url}/jupyterlab/default?space={name}"))
}

/// A space for an app has an EBS volume: as large as it says, as the domain says, or 5 GB.
fn with_storage(mut settings: Value, defaults: &Value) -> Value {
    let ebs = matches!(
        settings::text(&settings, "AppType"),
        Some("JupyterLab" | "CodeEditor")
    );
    if ebs
        && settings
            .pointer("/SpaceStorageSettings/EbsStorageSettings")
            .is_none()
    {
        let size = defaults
            .pointer("/SpaceStorageSettings/DefaultEbsStorageSettings/DefaultEbsVolumeSizeInGb");
        let size = size.cloned().unwrap_or_else(|| json!(5));
        settings["SpaceStorageSettings"] =
            json!({"EbsStorageSettings": {"EbsVolumeSizeInGb": size}});
    }
    settings
}

/// Starts the deletion of a space without apps.
pub(super) fn delete(
    world: &mut World,
    place: &Place,
    domain_id: &str,
    name: &str,
) -> Result<(), ServiceError> {
    profiles::refuse_in_vanished_domain(world, place, domain_id)?;
    let now = world.now();
    let record = find(world, place, domain_id, name)?.record.clone();
    if record.status.busy() {
        return Err(busy(world, "delete", "Space", &record));
    }
    if let Some(kind) = holder(world, place, domain_id, name) {
        return Err(associated("delete", "Space", &record.arn, kind));
    }
    find(world, place, domain_id, name)?
        .record
        .turn(Status::Deleting, None, now);
    life::begin(
        world,
        place,
        Subject::Space(key(domain_id, name)),
        Step::Deletion,
    );
    Ok(())
}

/// The kind of what keeps a space from being deleted.
pub(crate) fn holder(
    world: &mut World,
    place: &Place,
    domain_id: &str,
    name: &str,
) -> Option<&'static str> {
    apps::any_of_space(world, place, domain_id, name).then_some("App")
}

/// The type of a space's apps stays (the model's documentation of UpdateSpace), and its volume only grows.
fn check_change(old: &Value, new: &Value) -> Result<(), ServiceError> {
    if settings::text(old, "AppType") != settings::text(new, "AppType") {
        return Err(validation("The AppType of a space cannot be changed."));
    }
    if size(new) < size(old) {
        return Err(validation(
            "The EbsVolumeSizeInGb of a space cannot shrink.",
        ));
    }
    Ok(())
}

/// Starts an update of the settings.
pub(super) fn update(
    world: &mut World,
    place: &Place,
    (domain_id, name): (&str, &str),
    new: Option<&Value>,
    display_name: Option<String>,
) -> Result<String, ServiceError> {
    let now = world.now();
    let defaults = domains::find(world, place, domain_id)?
        .default_user_settings
        .clone();
    let space = find(world, place, domain_id, name)?.clone();
    let record = space.record;
    if !matches!(record.status, Status::InService | Status::UpdateFailed) {
        return Err(busy(world, "update", "Space", &record));
    }
    let settings = settings::merged(&space.settings, new.unwrap_or(&Value::Null));
    check_change(&space.settings, &settings)?;
    check_size(&settings, &defaults)?;
    let space = find(world, place, domain_id, name)?;
    space.settings = settings;
    space.display_name = display_name.or(space.display_name.take());
    space.record.turn(Status::Updating, None, now);
    life::begin(
        world,
        place,
        Subject::Space(key(domain_id, name)),
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
    let spaces = &mut state(world, place).spaces;
    if step == Step::Deletion && failure.is_none() {
        if let Some(space) = spaces.remove(id) {
            apps::forget_failed(
                world,
                place,
                &apps::Owner::Space(space.name),
                &space.domain_id,
            );
        }
    } else if let Some(space) = spaces.get_mut(id) {
        space
            .record
            .turn(profiles::after(step, failure.as_ref()), failure, now);
    }
}
