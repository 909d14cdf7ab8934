//! Domains: what they are, and how a creation, an update and a deletion come to their end (section 1.1 of the notes on
//! AWS's behaviour). A domain is in service only when its home is, and gone only when its home is dealt with.

pub(super) mod calls;
mod create;
mod delete;
pub(super) mod home;
mod update;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::life::Step;
use super::record::{Record, Status, object};
use super::refusals::{not_found, validation};
use super::state;
use super::{apps, settings};
use crate::error::ServiceError;
use crate::row::Row;
use crate::world::{Place, World};

pub(super) use create::{CreateDomain, SERVICE, check_settings, create};
pub(crate) use delete::Retention;
pub(super) use delete::delete;
pub(crate) use home::TAG as MANAGED;
pub(super) use update::{UpdateDomain, update};

use home::{Home, Progress};

pub(super) const KIND: &str = "AWS::SageMaker::Domain";

/// A domain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Domain {
    pub(super) record: Record,
    pub(super) id: String,
    pub(super) name: String,
    auth_mode: String,
    pub(super) vpc_id: String,
    pub(super) subnet_ids: Vec<String>,
    network_access: String,
    pub(super) default_user_settings: Value,
    pub(super) default_space_settings: Option<Value>,
    settings: Option<Value>,
    kms_key_id: Option<String>,
    home_kms_key_id: Option<String>,
    group_management: Option<String>,
    pub(super) tag_propagation: bool,
    pub(super) home: Home,
    /// The step that is at work waits for the home only.
    own_part_done: bool,
    /// What the deletion that is at work does with the home.
    retention: Retention,
    next_uid: u32,
}

impl Domain {
    pub(super) fn row(&self) -> Row {
        self.record.row(KIND, self.id.clone(), None)
    }

    pub(super) fn url(&self, place: &Place) -> String {
        format!("https://{}.studio.{}.sagemaker.aws", self.id, place.region)
    }

    /// The next POSIX user of the home, from 200000 upwards.
    pub(super) fn take_uid(&mut self) -> u32 {
        self.next_uid += 1;
        self.next_uid - 1
    }

    fn check_closed_network(&self) -> Result<(), ServiceError> {
        let vpc_only = self.network_access == "VpcOnly";
        create::check_closed_network(vpc_only, &self.default_user_settings)
    }

    /// RStudio's part of the domain's settings.
    pub(super) fn r_studio(&self) -> Option<&Value> {
        self.settings
            .as_ref()
            .and_then(|settings| settings.get(settings::R_STUDIO_DOMAIN))
    }

    /// SageMaker manages the group between RStudio's server and its sessions.
    fn is_bounded(&self) -> bool {
        self.r_studio().is_some() && self.group_management.as_deref() == Some("Service")
    }

    /// Groups of the apps that belong to the domain itself.
    pub(super) fn security_groups(&self) -> Vec<String> {
        self.settings
            .as_ref()
            .map(|settings| settings::texts(settings, "SecurityGroupIds"))
            .unwrap_or_default()
    }

    fn show(&self, place: &Place, volume_shown_while_pending: bool) -> Value {
        let home_shown = volume_shown_while_pending || self.record.status != Status::Pending;
        let volume = self.home.file_system_id.as_ref().filter(|_| home_shown);
        let [created, modified] = self.record.times();
        object([
            ("DomainArn", json!(self.record.arn)),
            ("DomainId", json!(self.id)),
            ("DomainName", json!(self.name)),
            ("HomeEfsFileSystemId", json!(volume)),
            ("Status", json!(self.record.status)),
            created,
            modified,
            self.record.failure(),
            (
                "SecurityGroupIdForDomainBoundary",
                json!(self.home.boundary_group),
            ),
            ("AuthMode", json!(self.auth_mode)),
            ("DefaultUserSettings", self.default_user_settings.clone()),
            ("DefaultSpaceSettings", json!(self.default_space_settings)),
            ("DomainSettings", json!(self.settings)),
            ("AppNetworkAccessType", json!(self.network_access)),
            ("HomeEfsFileSystemKmsKeyId", json!(self.home_kms_key_id)),
            (
                "HomeEfsFileSystemCreation",
                json!(if self.home.with_volume {
                    "Enabled"
                } else {
                    "Disabled"
                }),
            ),
            ("SubnetIds", json!(self.subnet_ids)),
            ("Url", json!(self.url(place))),
            ("VpcId", json!(self.vpc_id)),
            ("KmsKeyId", json!(self.kms_key_id)),
            ("AppSecurityGroupManagement", json!(self.group_management)),
            (
                "TagPropagation",
                json!(if self.tag_propagation {
                    "ENABLED"
                } else {
                    "DISABLED"
                }),
            ),
        ])
    }

    fn summary(&self, place: &Place) -> Value {
        let [created, modified] = self.record.times();
        object([
            ("DomainArn", json!(self.record.arn)),
            ("DomainId", json!(self.id)),
            ("DomainName", json!(self.name)),
            ("Status", json!(self.record.status)),
            created,
            modified,
            ("Url", json!(self.url(place))),
        ])
    }
}

/// The domain, or `ResourceNotFound`.
pub(super) fn find<'a>(
    world: &'a mut World,
    place: &Place,
    id: &str,
) -> Result<&'a mut Domain, ServiceError> {
    let domains = &mut state(world, place).domains;
    domains
        .get_mut(id)
        .ok_or_else(|| not_found(format!("Domain [{id}] does not exist.")))
}

/// A step of the domain itself has ended. It counts while the domain is still at it: a broken home ends a step earlier.
pub(super) fn ended(
    world: &mut World,
    place: &Place,
    id: &str,
    step: Step,
    failure: Option<String>,
) {
    let now = world.now();
    let Ok(domain) = find(world, place, id) else {
        return;
    };
    match (domain.record.status, step, failure) {
        (Status::Pending, Step::Creation, Some(reason)) => {
            domain.record.turn(Status::Failed, Some(reason), now);
        }
        (Status::Updating, Step::Update, Some(reason)) => {
            domain.record.turn(Status::UpdateFailed, Some(reason), now);
        }
        (Status::Deleting, Step::Deletion, Some(reason)) => {
            domain.record.turn(Status::DeleteFailed, Some(reason), now);
        }
        (Status::Pending, Step::Creation, None)
        | (Status::Updating, Step::Update, None)
        | (Status::Deleting, Step::Deletion, None) => {
            domain.own_part_done = true;
            settle(world, place, id);
        }
        _ => {}
    }
}

/// The home volume of a domain, or one of its mount targets, has changed.
pub(crate) fn volume_changed(world: &mut World, place: &Place, id: &str) {
    let Ok(domain) = find(world, place, id) else {
        return;
    };
    let (status, retention) = (domain.record.status, domain.retention);
    if matches!(status, Status::Pending | Status::Updating) {
        home::grow(world, place, id);
    } else if status == Status::Deleting && retention == Retention::Delete {
        home::shrink(world, place, id);
    }
    settle(world, place, id);
}

/// Ends a step when both the domain's own part and the home are through.
fn settle(world: &mut World, place: &Place, id: &str) {
    let now = world.now();
    let progress = home::progress(world, place, id);
    let Ok(domain) = find(world, place, id) else {
        return;
    };
    let (status, keeps) = (domain.record.status, domain.retention == Retention::Retain);
    match (status, progress) {
        (Status::Pending, Progress::Broken(reason)) => {
            domain.record.turn(Status::Failed, Some(reason), now);
        }
        (Status::Pending, Progress::Absent) => {
            domain.record.turn(
                Status::Failed,
                Some("The home file system does not exist.".to_owned()),
                now,
            );
        }
        (Status::Pending, Progress::Complete) if domain.own_part_done => {
            domain.record.turn(Status::InService, None, now);
            start_server(world, place, id);
        }
        (Status::Updating, Progress::Complete | Progress::Absent) if domain.own_part_done => {
            domain.record.turn(Status::InService, None, now);
        }
        (Status::Updating, Progress::Broken(reason)) if domain.own_part_done => {
            domain.record.turn(Status::UpdateFailed, Some(reason), now);
        }
        (Status::Deleting, _) if domain.own_part_done && (keeps || !domain.home.with_volume) => {
            delete::finish(world, place, id);
        }
        (Status::Deleting, Progress::Absent) if domain.own_part_done => {
            delete::finish(world, place, id);
        }
        (Status::Deleting, Progress::Broken(reason)) if !keeps => {
            domain.record.turn(Status::DeleteFailed, Some(reason), now);
        }
        _ => {}
    }
}

/// A domain with RStudio starts its server (operators' notes, items 40 and 49).
fn start_server(world: &mut World, place: &Place, id: &str) {
    let started = apps::start_server(world, place, id);
    let now = world.now();
    if let (Err(error), Ok(domain)) = (started, find(world, place, id)) {
        domain
            .record
            .turn(Status::Failed, Some(error.to_string()), now);
    }
}

/// What lists do with a domain that is not there: nothing, or a refusal (section 1.2).
pub(super) fn check_listed(
    world: &mut World,
    place: &Place,
    id: Option<&str>,
) -> Result<(), ServiceError> {
    let Some(id) = id else {
        return Ok(());
    };
    let (refuses, invalid) = (
        world.switches.unknown_domain_lists_refuse,
        world.switches.unknown_domain_lists_are_invalid,
    );
    match find(world, place, id) {
        Err(error) if invalid => Err(validation(error.message)),
        Err(error) if refuses => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
