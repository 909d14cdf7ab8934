//! Apps: what runs in a space or for a profile (sections 1.1 to 1.5 and 5 of the notes on AWS's behaviour).

pub(super) mod calls;
mod check;
pub(super) mod interface;
mod server;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::life::{self, Step, Subject};
use super::record::{Record, Status, object};
use super::refusals::{not_found, validation};
use super::{profiles, settings, state};
use crate::ec2::endpoints;
use crate::error::ServiceError;
use crate::logs;
use crate::quotas;
use crate::row::Row;
use crate::table::Keyed;
use crate::time::SimTime;
use crate::world::{Place, World};

pub(super) use server::start as start_server;

pub(super) const KIND: &str = "AWS::SageMaker::App";

/// Whose app it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Owner {
    UserProfile(String),
    Space(String),
}

impl Owner {
    fn name(&self) -> &str {
        match self {
            Owner::UserProfile(name) | Owner::Space(name) => name,
        }
    }

    /// `UserProfileName` xor `SpaceName`.
    fn member(&self) -> (&'static str, Value) {
        match self {
            Owner::UserProfile(name) => ("UserProfileName", json!(name)),
            Owner::Space(name) => ("SpaceName", json!(name)),
        }
    }
}

/// An app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct App {
    pub(super) record: Record,
    domain_id: String,
    owner: Owner,
    /// `AppType`.
    kind: String,
    name: String,
    resource_spec: Value,
    recovery_mode: Option<bool>,
    interface_id: Option<String>,
    /// Whether SageMaker's endpoint in the VPC was there when it came into service, or when its deletion began.
    with_endpoint: bool,
}

/// The key of the apps of an owner.
fn owned_by(domain_id: &str, owner: &Owner) -> String {
    let (kind, _) = owner.member();
    format!("{kind} {domain_id}/{}", owner.name())
}

impl Keyed for App {
    fn keys(&self) -> Vec<String> {
        let owner = owned_by(&self.domain_id, &self.owner);
        vec![owner, profiles::in_domain(&self.domain_id)]
    }

    fn shares(&self) -> Vec<(String, usize)> {
        let running = self.blocks().then(|| (self.quota(), 1));
        running.into_iter().collect()
    }
}

impl App {
    /// The quota that it counts for while it runs: each type of app has one on each type of instance (section 8).
    fn quota(&self) -> String {
        let instance = settings::text(&self.resource_spec, "InstanceType");
        quotas::studio_apps(&self.kind, instance.unwrap_or_default())
    }

    pub(super) fn key(&self) -> String {
        format!(
            "{}/{}/{}/{}",
            self.domain_id,
            self.owner.name(),
            self.kind,
            self.name
        )
    }

    /// A Deleted app is listed for a day but does not exist any more.
    pub(super) fn row(&self) -> Option<Row> {
        (self.record.status != Status::Deleted).then(|| self.record.row(KIND, self.key(), None))
    }

    /// It blocks what it belongs to; Failed and Deleted apps do not.
    fn blocks(&self) -> bool {
        !matches!(self.record.status, Status::Failed | Status::Deleted)
    }

    fn show(&self) -> Value {
        let [created, _] = self.record.times();
        object([
            ("AppArn", json!(self.record.arn)),
            ("AppType", json!(self.kind)),
            ("AppName", json!(self.name)),
            ("DomainId", json!(self.domain_id)),
            self.owner.member(),
            ("Status", json!(self.record.status)),
            ("RecoveryMode", json!(self.recovery_mode)),
            created,
            self.record.failure(),
            ("ResourceSpec", self.resource_spec.clone()),
        ])
    }

    fn summary(&self) -> Value {
        let [created, _] = self.record.times();
        object([
            ("DomainId", json!(self.domain_id)),
            self.owner.member(),
            ("AppType", json!(self.kind)),
            ("AppName", json!(self.name)),
            ("Status", json!(self.record.status)),
            created,
            ("ResourceSpec", self.resource_spec.clone()),
        ])
    }
}

/// An app to be made.
pub(super) struct NewApp {
    pub(super) domain_id: String,
    pub(super) owner: Owner,
    pub(super) app_type: String,
    pub(super) name: String,
    pub(super) resource_spec: Option<Value>,
    pub(super) recovery_mode: Option<bool>,
    pub(super) tags: BTreeMap<String, String>,
}

/// Starts making an app, takes its network interface and returns its key.
pub(super) fn create(
    world: &mut World,
    place: &Place,
    new: NewApp,
) -> Result<String, ServiceError> {
    let inherited = check::check(world, place, &new)?;
    let spec = new.resource_spec.unwrap_or_else(|| json!({}));
    let mut app = App {
        record: Record::new(String::new(), new.tags, Status::Pending, world.now()),
        domain_id: new.domain_id,
        owner: new.owner,
        kind: new.app_type,
        name: new.name,
        resource_spec: with_instance(spec),
        recovery_mode: new.recovery_mode,
        interface_id: None,
        with_endpoint: false,
    };
    let key = app.key();
    app.record.arn = arn(place, &app);
    let own = std::mem::replace(&mut app.record.tags, inherited);
    app.record.tags.extend(own);
    check::refuse_second(world, place, &app)?;
    check::check_quota_of(world, place, &app)?;
    let taken = interface::take(world, place, &app);
    match taken {
        Ok(id) => app.interface_id = Some(id),
        // The app comes to nothing, and says why when its creation ends.
        Err(error) => app.record.failure_reason = Some(error.to_string()),
    }
    state(world, place).apps.insert(key.clone(), app);
    life::begin(world, place, Subject::App(key.clone()), Step::Creation);
    Ok(key)
}

fn arn(place: &Place, app: &App) -> String {
    let kind = app.kind.to_lowercase();
    place.arn(
        "sagemaker",
        &format!(
            "app/{}/{}/{kind}/{}",
            app.domain_id,
            app.owner.name(),
            app.name
        ),
    )
}

fn with_instance(mut spec: Value) -> Value {
    if spec.get("InstanceType").is_none() {
        spec["InstanceType"] = json!("ml.t3.medium");
    }
    spec
}

/// The app, or `ResourceNotFound`.
pub(super) fn find<'a>(
    world: &'a mut World,
    place: &Place,
    key: &str,
) -> Result<&'a mut App, ServiceError> {
    let apps = &mut state(world, place).apps;
    apps.get_mut(key)
        .ok_or_else(|| not_found(format!("App [{key}] does not exist.")))
}

/// Starts the deletion of an app that runs.
pub(super) fn delete(world: &mut World, place: &Place, key: &str) -> Result<(), ServiceError> {
    let now = world.now();
    let with_endpoint = reaches_api(world, place, key);
    let server = find(world, place, key)?.clone();
    server::refuse_with_sessions(world, place, &server)?;
    let app = find(world, place, key)?;
    let arn = &app.record.arn;
    match app.record.status {
        Status::InService => {}
        Status::Deleted => {
            return Err(validation(format!("App [{arn}] has already been deleted.")));
        }
        Status::Failed => {
            return Err(validation(format!(
                "App [{arn}] previously failed and was automatically deleted."
            )));
        }
        status @ (Status::Pending
        | Status::Creating
        | Status::Updating
        | Status::Deleting
        | Status::UpdateFailed
        | Status::SystemUpdating
        | Status::RollingBack
        | Status::OutOfService
        | Status::UpdateRollbackFailed
        | Status::InProgress
        | Status::Completed
        | Status::Stopping
        | Status::Stopped
        | Status::Scheduled
        | Status::Executing
        | Status::Succeeded
        | Status::Active
        | Status::DeleteFailed
        | Status::Created
        | Status::CreateFailed
        | Status::DeletionFailed) => {
            return Err(validation(format!(
                "App [{arn}] cannot be deleted in {} status.",
                status.word()
            )));
        }
    }
    app.with_endpoint |= with_endpoint;
    app.record.turn(Status::Deleting, None, now);
    life::begin(world, place, Subject::App(key.to_owned()), Step::Deletion);
    Ok(())
}

/// Whether the VPC of an app's domain has an interface endpoint of SageMaker's API.
fn reaches_api(world: &mut World, place: &Place, key: &str) -> bool {
    let sagemaker = state(world, place);
    let domain = sagemaker.apps.get(key).map(|app| app.domain_id.clone());
    let vpc = domain
        .and_then(|domain| sagemaker.domains.get(&domain))
        .map(|domain| domain.vpc_id.clone());
    vpc.is_some_and(|vpc| endpoints::leads_to(world, place, &vpc, ".sagemaker.api"))
}

/// Whether an app of the VPC still has the use of its interface endpoint of SageMaker's API.
pub(crate) fn need_endpoint(world: &mut World, place: &Place, vpc_id: &str) -> bool {
    let sagemaker = state(world, place);
    let mut apps = sagemaker.apps.values();
    apps.any(|app| {
        let domain = sagemaker.domains.get(&app.domain_id);
        let gone = [Status::Deleted, Status::Failed].contains(&app.record.status);
        app.with_endpoint && !gone && domain.is_some_and(|domain| domain.vpc_id == vpc_id)
    })
}

/// The endpoints were taken from under an app that had them: whether that makes its deletion slow is a switch.
fn is_cut_off(world: &mut World, place: &Place, key: &str) -> bool {
    let began_with = find(world, place, key).is_ok_and(|app| app.with_endpoint);
    began_with && world.switches.apps_go_slowly_without_endpoints && !reaches_api(world, place, key)
}

/// A step has ended. The interface of an app that is gone or has failed goes later.
pub(super) fn ended(
    world: &mut World,
    place: &Place,
    key: &str,
    step: Step,
    failure: Option<String>,
) {
    let now = world.now();
    if step == Step::Deletion && failure.is_none() && is_cut_off(world, place, key) {
        let subject = Subject::App(key.to_owned());
        life::prolong(world, place, subject, step, "app delete without endpoints");
        if let Ok(app) = find(world, place, key) {
            app.with_endpoint = false;
        }
        return;
    }
    let Ok(app) = find(world, place, key) else {
        return;
    };
    let failure = failure.or_else(|| app.record.failure_reason.take());
    let status = match (step, &failure) {
        (_, Some(_)) => Status::Failed,
        (Step::Deletion, None) => Status::Deleted,
        (
            Step::Creation
            | Step::Update
            | Step::Rollback
            | Step::Maintenance
            | Step::Start
            | Step::Stop,
            None,
        ) => Status::InService,
    };
    app.record.turn(status, failure, now);
    if status == Status::InService {
        let with_endpoint = reaches_api(world, place, key);
        if let Ok(app) = find(world, place, key) {
            app.with_endpoint = with_endpoint;
        }
        logs::wrote(world, place, logs::STUDIO, key);
        return;
    }
    let (interface, created) = (app.interface_id.take(), app.record.created);
    if let Some(interface) = interface {
        life::release_later(world, place, "app interface tail", interface);
    }
    if status == Status::Deleted {
        life::forget_later(world, place, key.to_owned(), created);
    }
}

/// Forgets a Deleted app, unless another one has taken its place.
pub(super) fn forget(world: &mut World, place: &Place, key: &str, created: SimTime) {
    let apps = &mut state(world, place).apps;
    if apps
        .get(key)
        .is_some_and(|app| app.record.created == created && app.record.status == Status::Deleted)
    {
        apps.remove(key);
    }
}

/// Forgets the Failed apps of an owner that is gone.
pub(super) fn forget_failed(world: &mut World, place: &Place, owner: &Owner, domain_id: &str) {
    let apps = &mut state(world, place).apps;
    let own = apps.with_key(&owned_by(domain_id, owner));
    let failed = own.filter(|app| app.record.status == Status::Failed);
    let failed: Vec<String> = failed.map(App::key).collect();
    for key in failed {
        apps.remove(&key);
    }
}

/// Whether an app of the domain blocks.
pub(super) fn any_in_domain(world: &mut World, place: &Place, domain_id: &str) -> bool {
    let apps = &state(world, place).apps;
    let mut inside = apps.with_key(&profiles::in_domain(domain_id));
    inside.any(App::blocks)
}

/// Whether an app of the profile itself blocks.
pub(super) fn any_of_profile(
    world: &mut World,
    place: &Place,
    domain_id: &str,
    name: &str,
) -> bool {
    any_of(
        world,
        place,
        domain_id,
        &Owner::UserProfile(name.to_owned()),
    )
}

/// Whether an app of the space blocks.
pub(super) fn any_of_space(world: &mut World, place: &Place, domain_id: &str, name: &str) -> bool {
    any_of(world, place, domain_id, &Owner::Space(name.to_owned()))
}

fn any_of(world: &mut World, place: &Place, domain_id: &str, owner: &Owner) -> bool {
    let apps = &state(world, place).apps;
    let mut own = apps.with_key(&owned_by(domain_id, owner));
    own.any(App::blocks)
}

#[cfg(test)]
mod tests;
