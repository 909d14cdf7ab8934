//! UpdateDomain.

use serde::Deserialize;
use serde_json::Value;

use super::create::{check_network, check_settings, check_subnets};
use super::{Domain, find, home};
use crate::error::ServiceError;
use crate::sagemaker::life::{self, Step, Subject};
use crate::sagemaker::record::Status;
use crate::sagemaker::refusals::{associated, busy, check_one_of, validation};
use crate::sagemaker::shape::Reading;
use crate::sagemaker::{apps, settings};
use crate::world::{Place, World};

/// What changes. Members of settings that are left out stay as they are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sagemaker) struct UpdateDomain {
    pub(in crate::sagemaker) domain_id: String,
    pub(in crate::sagemaker) default_user_settings: Option<Value>,
    pub(in crate::sagemaker) domain_settings_for_update: Option<Value>,
    pub(in crate::sagemaker) app_security_group_management: Option<String>,
    pub(in crate::sagemaker) default_space_settings: Option<Value>,
    pub(in crate::sagemaker) subnet_ids: Option<Vec<String>>,
    pub(in crate::sagemaker) app_network_access_type: Option<String>,
    pub(in crate::sagemaker) tag_propagation: Option<String>,
}

impl UpdateDomain {
    /// Checks everything that can be checked without looking at the world.
    ///
    /// # Errors
    /// A sentence that names the member.
    pub(in crate::sagemaker) fn checked(mut self, reading: Reading) -> Result<Self, ServiceError> {
        let settings = [
            (
                &mut self.default_user_settings,
                "defaultUserSettings",
                settings::USER,
            ),
            (
                &mut self.default_space_settings,
                "defaultSpaceSettings",
                settings::DEFAULT_SPACE,
            ),
            (
                &mut self.domain_settings_for_update,
                "domainSettingsForUpdate",
                settings::DOMAIN,
            ),
        ];
        for (given, path, shape) in settings {
            if let Some(value) = given {
                *value = shape.read(path, value, reading).map_err(validation)?;
            }
        }
        let choices: [(&str, &Option<String>, &[&str]); 3] = [
            (
                "appNetworkAccessType",
                &self.app_network_access_type,
                &["PublicInternetOnly", "VpcOnly"],
            ),
            (
                "appSecurityGroupManagement",
                &self.app_security_group_management,
                &["Service", "Customer"],
            ),
            (
                "tagPropagation",
                &self.tag_propagation,
                &["ENABLED", "DISABLED"],
            ),
        ];
        for (member, value, known) in choices {
            value
                .as_ref()
                .map_or(Ok(()), |value| check_one_of(member, value, known))?;
        }
        self.subnet_ids.as_deref().map_or(Ok(()), check_subnets)?;
        Ok(self)
    }

    /// Changes that no app may be running for (section 1.3): another kind of access, fewer subnets.
    fn needs_quiet(&self, domain: &Domain) -> bool {
        let other_access = self
            .app_network_access_type
            .as_ref()
            .is_some_and(|kind| *kind != domain.network_access);
        let removed = |subnets: &Vec<String>| {
            domain
                .subnet_ids
                .iter()
                .any(|subnet| !subnets.contains(subnet))
        };
        other_access || self.subnet_ids.as_ref().is_some_and(removed)
    }

    fn apply(self, domain: &mut Domain) {
        if let Some(new) = &self.default_user_settings {
            domain.default_user_settings = settings::merged(&domain.default_user_settings, new);
        }
        let optional = [
            (
                &mut domain.default_space_settings,
                &self.default_space_settings,
            ),
            (&mut domain.settings, &self.domain_settings_for_update),
        ];
        for (old, new) in optional {
            if let Some(new) = new {
                *old = Some(settings::merged(old.as_ref().unwrap_or(&Value::Null), new));
            }
        }
        domain.group_management = self
            .app_security_group_management
            .or(domain.group_management.take());
        if let Some(kind) = self.app_network_access_type {
            domain.network_access = kind;
        }
        if let Some(propagation) = self.tag_propagation {
            domain.tag_propagation = propagation == "ENABLED";
        }
        if let Some(subnets) = self.subnet_ids {
            domain.subnet_ids = subnets;
        }
    }
}

/// Starts an update.
pub(in crate::sagemaker) fn update(
    world: &mut World,
    place: &Place,
    input: UpdateDomain,
) -> Result<(), ServiceError> {
    let now = world.now();
    let id = input.domain_id.clone();
    let domain = find(world, place, &id)?.clone();
    if !matches!(
        domain.record.status,
        Status::InService | Status::UpdateFailed
    ) {
        return Err(busy(world, "update", "Domain", &domain.record));
    }
    if input.needs_quiet(&domain) && apps::any_in_domain(world, place, &id) {
        return Err(associated("update", "Domain", &domain.record.arn, "App"));
    }
    if let Some(subnets) = &input.subnet_ids {
        check_network(world, place, &domain.vpc_id, subnets)?;
    }
    for given in [&input.default_user_settings, &input.default_space_settings]
        .into_iter()
        .flatten()
    {
        check_settings(world, place, given)?;
    }
    // An update that failed may have left the mount targets behind.
    let behind = domain.record.status == Status::UpdateFailed;
    let moves = input
        .subnet_ids
        .as_ref()
        .is_some_and(|subnets| behind || *subnets != domain.subnet_ids);
    let domain = find(world, place, &id)?;
    input.apply(domain);
    domain.record.turn(Status::Updating, None, now);
    if moves && let Err(error) = home::follow_subnets(world, place, &id) {
        // The call was accepted: what goes wrong from here on is told by the domain.
        let reason = Some(error.message);
        find(world, place, &id)?
            .record
            .turn(Status::UpdateFailed, reason, now);
        return Ok(());
    }
    life::begin(world, place, Subject::Domain(id), Step::Update);
    Ok(())
}
