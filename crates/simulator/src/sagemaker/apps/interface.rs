//! The network interface of an app (section 1.5 of the notes on AWS's behaviour): in one of the domain's subnets, with
//! the user's groups and the group that may reach the home.

use std::collections::BTreeMap;

use serde_json::Value;

use super::server::{SERVER, SESSION};
use super::{App, Owner};
use crate::ec2::interfaces::{self, NewAttachment, NewInterface};
use crate::error::ServiceError;
use crate::sagemaker::domains::{self, Domain};
use crate::sagemaker::profiles::{self, DOMAIN_SHARED};
use crate::sagemaker::{settings, spaces};
use crate::world::{Place, World};

/// Takes an interface for an app that is being made.
pub(super) fn take(world: &mut World, place: &Place, app: &App) -> Result<String, ServiceError> {
    let domain = domains::find(world, place, &app.domain_id)?.clone();
    let key = app.key();
    let mut groups = user_groups(world, place, &domain, &app.owner)?;
    groups.extend(domain.home.outbound_group.clone());
    if [SERVER, SESSION].contains(&app.kind.as_str()) {
        groups.extend(domain.home.boundary_group.clone());
    }
    let node = crate::draw::hex(world.seed(), &["app node", &key, &world.now().iso()], 32);
    let resource = format!("node/{}/{}/{node}", domain.id, app.owner.name());
    let new = NewInterface {
        name: key.clone(),
        subnet_id: subnet(world, &domain, &key),
        groups,
        description: format!(
            "[DO NOT DELETE] ENI managed by SageMaker for Studio Domain({}) - {node}",
            domain.id
        ),
        interface_type: "interface".to_owned(),
        requester_id: requester(world, place),
        requester_managed: world.switches.app_interfaces_requester_managed,
        attachment: Some(NewAttachment {
            service_owned: true,
        }),
        tags: BTreeMap::from([(
            domains::home::TAG.to_owned(),
            place.arn("sagemaker", &resource),
        )]),
        owner: Some(key),
    };
    interfaces::create(world, place, new)
}

/// One of the domain's subnets, always the same for the same app: the one that draws the lowest number.
fn subnet(world: &World, domain: &Domain, key: &str) -> String {
    let draw = |subnet: &String| crate::draw::unit(world.seed(), &["app subnet", key, subnet]);
    domain
        .subnet_ids
        .iter()
        .min_by(|one, other| draw(one).total_cmp(&draw(other)))
        .cloned()
        .unwrap_or_default()
}

/// A session of the service's own role.
pub(in crate::sagemaker) fn requester(world: &mut World, place: &Place) -> String {
    let path = format!("/aws-service-role/{}/", domains::SERVICE);
    crate::iam::ensure_service_linked_role(world, &place.account, domains::SERVICE);
    let mut roles = world.iam(&place.account).roles.values();
    let role = roles.find(|role| role.path == path);
    format!(
        "{}:SageMaker",
        role.map(|role| role.unique_id.as_str()).unwrap_or_default()
    )
}

/// The groups of the owner's own settings, or else the domain's.
fn user_groups(
    world: &mut World,
    place: &Place,
    domain: &Domain,
    owner: &Owner,
) -> Result<Vec<String>, ServiceError> {
    let profile = match owner {
        Owner::UserProfile(name) if name == DOMAIN_SHARED => {
            let own = domain.security_groups();
            return Ok(if own.is_empty() {
                groups_of(&domain.default_user_settings)
            } else {
                own
            });
        }
        Owner::UserProfile(name) => Some(name.clone()),
        Owner::Space(name) => spaces::find(world, place, &domain.id, name)?.owner.clone(),
    };
    let own = match profile {
        Some(name) => groups_of(&profiles::find(world, place, &domain.id, &name)?.user_settings),
        None => domain
            .default_space_settings
            .as_ref()
            .map(groups_of)
            .unwrap_or_default(),
    };
    Ok(if own.is_empty() {
        groups_of(&domain.default_user_settings)
    } else {
        own
    })
}

fn groups_of(given: &Value) -> Vec<String> {
    settings::texts(given, "SecurityGroups")
}
