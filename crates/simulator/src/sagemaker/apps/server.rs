//! RStudio: a server that belongs to the domain itself, and the sessions of its users (operators' notes, item 40).

use serde_json::Value;

use super::{App, NewApp, Owner, create};
use crate::error::ServiceError;
use crate::sagemaker::domains::{self, Domain};
use crate::sagemaker::profiles::{self, DOMAIN_SHARED};
use crate::sagemaker::record::Status;
use crate::sagemaker::refusals::{in_use, validation};
use crate::sagemaker::{settings, state};
use crate::world::{Place, World};

pub(super) const SERVER: &str = "RStudioServerPro";
pub(super) const SESSION: &str = "RSessionGateway";

/// Starts the server of a domain that has come into service with RStudio.
pub(in crate::sagemaker) fn start(
    world: &mut World,
    place: &Place,
    domain_id: &str,
) -> Result<(), ServiceError> {
    let domain = domains::find(world, place, domain_id)?.clone();
    let Some(r_studio) = domain.r_studio() else {
        return Ok(());
    };
    let new = NewApp {
        domain_id: domain.id.clone(),
        owner: Owner::UserProfile(DOMAIN_SHARED.to_owned()),
        app_type: SERVER.to_owned(),
        name: "default".to_owned(),
        resource_spec: r_studio.get("DefaultResourceSpec").cloned(),
        recovery_mode: None,
        tags: [].into(),
    };
    create(world, place, new).map(drop)
}

/// A server needs a domain with RStudio, a session a running server and a user who may.
pub(super) fn check(
    world: &mut World,
    place: &Place,
    domain: &Domain,
    new: &NewApp,
) -> Result<(), ServiceError> {
    if domain.r_studio().is_none() {
        return Err(validation(format!(
            "Domain [{}] has no RStudioServerProDomainSettings.",
            domain.record.arn
        )));
    }
    if new.app_type == SERVER {
        return Ok(());
    }
    let apps = &state(world, place).apps;
    let inside = profiles::in_domain(&domain.id);
    let serves = |app: &App| app.kind == SERVER && app.record.status == Status::InService;
    let runs = apps.with_key(&inside).any(serves);
    if !runs {
        return Err(validation(format!(
            "AppType {SESSION} requires an {SERVER} app in InService status."
        )));
    }
    let profile = profiles::find(world, place, &domain.id, new.owner.name())?;
    let allowed = access(&profile.user_settings).or_else(|| access(&domain.default_user_settings));
    if allowed == Some("ENABLED") {
        return Ok(());
    }
    Err(validation(format!(
        "UserProfile [{}] has no access to {SERVER}.",
        profile.record.arn
    )))
}

fn access(user_settings: &Value) -> Option<&str> {
    let own = user_settings.get("RStudioServerProAppSettings")?;
    settings::text(own, "AccessStatus")
}

/// The server goes after its sessions.
pub(super) fn refuse_with_sessions(
    world: &mut World,
    place: &Place,
    server: &App,
) -> Result<(), ServiceError> {
    if server.kind != SERVER {
        return Ok(());
    }
    let apps = &state(world, place).apps;
    let mut inside = apps.with_key(&profiles::in_domain(&server.domain_id));
    if !inside.any(|app| app.kind == SESSION && app.blocks()) {
        return Ok(());
    }
    Err(in_use(format!(
        "Unable to delete App [{}] because {SESSION} App(s) are associated with it.",
        server.record.arn
    )))
}
