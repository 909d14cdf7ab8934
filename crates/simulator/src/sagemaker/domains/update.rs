//! UpdateDomain.

use serde::Deserialize;
use serde_json::Value;

use super::create::{check_domain_settings, check_network, check_settings};
use super::{Domain, find, home};
use crate::error::ServiceError;
use crate::sagemaker::life::{self, Step, Subject};
use crate::sagemaker::record::Status;
use crate::sagemaker::refusals::{associated, busy, validation};
use crate::sagemaker::{apps, settings};
use crate::world::{Place, World};

/// What changes. Members of settings that are left out stay as they are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sagemaker) struct UpdateDomain {
    pub(in crate::sagemaker) domain_id: String,
    pub(in crate::sagemaker) default_user_settings: Option<Value>,
    pub(in crate::sagemaker) domain_settings_for_update: Option<Value>,
    pub(in crate::sagemaker) app_security_group_management: Option<String>,
    pub(in crate::sagemaker) default_space_settings: Option<Value>,
    pub(in crate::sagemaker) subnet_ids: Option<Vec<String>>,
    pub(in crate::sagemaker) app_network_access_type: Option<String>,
    pub(in crate::sagemaker) tag_propagation: Option<String>,
    pub(in crate::sagemaker) home_efs_file_system_creation: Option<String>,
    pub(in crate::sagemaker) vpc_id: Option<String>,
}

impl UpdateDomain {
    fn changes_access(&self, domain: &Domain) -> bool {
        self.app_network_access_type
            .as_ref()
            .is_some_and(|kind| *kind != domain.network_access)
    }

    /// Changes that no app may be running for (section 1.3): another kind of access, fewer subnets.
    fn needs_quiet(&self, domain: &Domain) -> bool {
        let removed = |subnets: &Vec<String>| {
            domain
                .subnet_ids
                .iter()
                .any(|subnet| !subnets.contains(subnet))
        };
        self.changes_access(domain) || self.subnet_ids.as_ref().is_some_and(removed)
    }

    /// What the model's documentation rules out, whatever runs.
    fn check_choices(&self, domain: &Domain) -> Result<(), ServiceError> {
        let r_studio = self
            .domain_settings_for_update
            .as_ref()
            .is_some_and(|given| given.get(settings::R_STUDIO_DOMAIN).is_some());
        let problem = if self.vpc_id.is_some() {
            "VpcId can only be given to a domain that was created without a VPC."
        } else if self.home_efs_file_system_creation.as_deref() == Some("Disabled")
            && domain.home.with_volume
        {
            "HomeEfsFileSystemCreation cannot be changed from Enabled to Disabled."
        } else if self.changes_access(domain) && (r_studio || domain.r_studio().is_some()) {
            "AppNetworkAccessType cannot be changed for a domain with RStudioServerProDomainSettings."
        } else if r_studio && domain.r_studio().is_none() {
            "RStudioServerProDomainSettings cannot be added to this domain."
        } else {
            return Ok(());
        };
        Err(validation(problem))
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
        if self.home_efs_file_system_creation.as_deref() == Some("Enabled") {
            domain.home.with_volume = true;
        }
    }
}

fn check(world: &mut World, place: &Place, input: &UpdateDomain) -> Result<Domain, ServiceError> {
    let domain = find(world, place, &input.domain_id)?.clone();
    if !matches!(
        domain.record.status,
        Status::InService | Status::UpdateFailed
    ) {
        return Err(busy(world, "update", "Domain", &domain.record));
    }
    input.check_choices(&domain)?;
    if input.needs_quiet(&domain) && apps::any_in_domain(world, place, &domain.id) {
        return Err(associated("update", "Domain", &domain.record.arn, "App"));
    }
    if let Some(subnets) = &input.subnet_ids {
        check_network(world, place, &domain.vpc_id, subnets)?;
    }
    for given in [&input.default_user_settings, &input.default_space_settings]
        .into_iter()
        .flatten()
    {
        check_settings(world, place, &domain.vpc_id, given)?;
    }
    if let Some(given) = &input.domain_settings_for_update {
        check_domain_settings(world, place, &domain.vpc_id, given)?;
    }
    let mut changed = domain.clone();
    input.clone().apply(&mut changed);
    changed.check_closed_network()?;
    Ok(domain)
}

/// Starts an update. It ends when the home has followed.
pub(in crate::sagemaker) fn update(
    world: &mut World,
    place: &Place,
    mut input: UpdateDomain,
) -> Result<(), ServiceError> {
    let now = world.now();
    input.domain_settings_for_update = input.domain_settings_for_update.map(settings::of_update);
    let id = input.domain_id.clone();
    let before = check(world, place, &input)?;
    // An update that failed may have left the mount targets behind.
    let behind = before.record.status == Status::UpdateFailed;
    let moves = input
        .subnet_ids
        .as_ref()
        .is_some_and(|subnets| behind || *subnets != before.subnet_ids);
    let domain = find(world, place, &id)?;
    input.apply(domain);
    domain.own_part_done = false;
    domain.home.forgive();
    domain.record.turn(Status::Updating, None, now);
    if domain.home.with_volume && domain.home.file_system_id.is_none() {
        home::begin(world, place, &id);
    }
    if moves && let Err(error) = home::follow_subnets(world, place, &id) {
        // The call was accepted: what goes wrong from here on is told by the domain.
        let reason = Some(error.message);
        find(world, place, &id)?
            .record
            .turn(Status::UpdateFailed, reason, now);
        return Ok(());
    }
    home::grow(world, place, &id);
    life::begin(world, place, Subject::Domain(id), Step::Update);
    Ok(())
}
