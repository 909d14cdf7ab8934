//! What CreateApp asks before it makes anything: quota, owner and type (sections 1.2, 5 and 8 of the notes on AWS's
//! behaviour), and the tags that come with the owner.

use std::collections::BTreeMap;

use super::{App, NewApp, Owner, owned_by, server};
use crate::error::ServiceError;
use crate::sagemaker::profiles::{self, DOMAIN_SHARED};
use crate::sagemaker::record::Status;
use crate::sagemaker::refusals::{check_in_service, check_quota, in_use, validation};
use crate::sagemaker::{domains, spaces, state};
use crate::world::{Place, World};

/// No more apps of a type on a type of instance than there may be.
pub(super) fn check_quota_of(
    world: &mut World,
    place: &Place,
    app: &App,
) -> Result<(), ServiceError> {
    let quota = app.quota();
    let used = state(world, place).apps.sum(&quota);
    check_quota(world, &quota, "Apps", used)
}

/// One app of a type per owner; a Failed or Deleted one makes way.
pub(super) fn refuse_second(
    world: &mut World,
    place: &Place,
    app: &App,
) -> Result<(), ServiceError> {
    let apps = &state(world, place).apps;
    let mut others = apps.with_key(&owned_by(&app.domain_id, &app.owner));
    let second = others.find(|other| other.kind == app.kind && other.blocks());
    second.map_or(Ok(()), |other| {
        Err(in_use(format!(
            "App [{}] already exists.",
            other.record.arn
        )))
    })
}

/// Checks domain, owner and type, and returns the tags that are propagated to the app.
pub(super) fn check(
    world: &mut World,
    place: &Place,
    new: &NewApp,
) -> Result<BTreeMap<String, String>, ServiceError> {
    let domain = domains::find(world, place, &new.domain_id)?.clone();
    refuse_type(world, new)?;
    if [server::SERVER, server::SESSION].contains(&new.app_type.as_str()) {
        server::check(world, place, &domain, new)?;
    }
    let (record, what) = match &new.owner {
        Owner::UserProfile(name) if name == DOMAIN_SHARED => {
            check_in_service("Domain", &domain.record)?;
            let propagated = domain.record.tags;
            return Ok(if domain.tag_propagation {
                propagated
            } else {
                BTreeMap::new()
            });
        }
        Owner::UserProfile(name) => (
            profiles::find(world, place, &domain.id, name)?
                .record
                .clone(),
            "UserProfile",
        ),
        Owner::Space(name) => {
            let space = spaces::find(world, place, &domain.id, name)?;
            refuse_space(space, new)?;
            (space.record.clone(), "Space")
        }
    };
    check_in_service("Domain", &domain.record)?;
    check_in_service(what, &record)?;
    if !domain.tag_propagation {
        return Ok(BTreeMap::new());
    }
    let user = user_tags(world, place, new);
    let propagated = [domain.record.tags, user, record.tags].into_iter();
    Ok(propagated.flatten().collect())
}

/// The tags of the profile whose space an app is made in.
fn user_tags(world: &mut World, place: &Place, new: &NewApp) -> BTreeMap<String, String> {
    let Owner::Space(space) = &new.owner else {
        return BTreeMap::new();
    };
    let space = spaces::find(world, place, &new.domain_id, space);
    let owner = space.ok().and_then(|space| space.owner.clone());
    owner
        .and_then(|owner| profiles::find(world, place, &new.domain_id, &owner).ok())
        .map(|profile| profile.record.tags.clone())
        .unwrap_or_default()
}

/// The types that can be made: JupyterLab and CodeEditor in a space, Canvas, TensorBoard and RStudio's sessions for a
/// profile, RStudio's server for the domain (section 5 and operators' notes, item 40).
fn refuse_type(world: &World, new: &NewApp) -> Result<(), ServiceError> {
    match (new.app_type.as_str(), &new.owner) {
        ("JupyterServer" | "KernelGateway", _) => {
            Err(validation(world.switches.classic_app_refusal.clone()))
        }
        ("JupyterLab" | "CodeEditor", Owner::Space(_)) => Ok(()),
        (server::SERVER, Owner::UserProfile(name)) if name == DOMAIN_SHARED => Ok(()),
        ("Canvas" | "TensorBoard" | server::SESSION, Owner::UserProfile(name))
            if name != DOMAIN_SHARED =>
        {
            Ok(())
        }
        ("JupyterLab" | "CodeEditor", Owner::UserProfile(_)) => Err(validation(format!(
            "AppType {} requires a SpaceName.",
            new.app_type
        ))),
        (kind, _) => Err(validation(format!(
            "AppType {kind} cannot be created here."
        ))),
    }
}

fn refuse_space(space: &spaces::Space, new: &NewApp) -> Result<(), ServiceError> {
    let app = format!("{}/{}", new.app_type, new.name);
    if space.app_type() != Some(new.app_type.as_str()) {
        return Err(validation(format!(
            "Space [{}] is not for apps of type {}.",
            space.record.arn, new.app_type
        )));
    }
    if !space.has_storage() || space.record.status == Status::Pending {
        return Err(in_use(format!(
            "Unable to create app [{app}] because storage is not in Available status."
        )));
    }
    Ok(())
}
