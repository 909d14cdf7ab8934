//! Whose policies decide: a user's as they were set up, a role's as IAM has them.

use super::layers::{Ground, Layer, Layers};
use super::policy::Policy;
use super::setup::Permissions;
use crate::iam;
use crate::world::World;

/// The policies of AWS's own that this corner knows.
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// The policies of a user (`arn:aws:iam::…:user/NAME`), a role (`…:role/PATH/NAME`) or a role's session
/// (`arn:aws:sts::…:assumed-role/NAME/SESSION`).
///
/// # Errors
/// There is no such role, or its policies cannot be read.
pub(super) fn layers(world: &World, account: &str, principal: &str) -> Result<Layers, Ground> {
    let mut layers = Layers::default();
    if let Some(policy) = &world.permissions.organization.service_control_policy {
        let mut policies = vec![policy.clone()];
        if !policy.allows_something() {
            policies.push(Policy::everything());
        }
        layers.push(Layer::ServiceControl, policies);
    }
    let resource = principal.splitn(6, ':').nth(5).unwrap_or_default();
    let parts: Vec<&str> = resource.split('/').collect();
    match parts[..] {
        ["role", .., name] | ["assumed-role", name, _] => {
            let state = world.iam_state(account).ok_or(Ground::NoRole)?;
            role(state, name, &mut layers)?;
        }
        _ => user(
            &world.permissions,
            parts.last().copied().unwrap_or_default(),
            &mut layers,
        ),
    }
    Ok(layers)
}

fn user(permissions: &Permissions, name: &str, layers: &mut Layers) {
    let entry = permissions.principal(name);
    if let Some(principal) = entry {
        layers.push(Layer::Identity, principal.policy.iter().cloned().collect());
        if let Some(boundary) = &principal.boundary {
            layers.push(Layer::Boundary, vec![boundary.clone()]);
        }
    } else if let Some(policy) = &permissions.default_policy {
        layers.push(Layer::Identity, vec![policy.clone()]);
    }
}

fn role(state: &iam::State, name: &str, layers: &mut Layers) -> Result<(), Ground> {
    let role = state.roles.get(name).ok_or(Ground::NoRole)?;
    let read = |named: &str, document: &str| {
        Policy::read(document).map_err(|problem| {
            Ground::Unreadable(format!("the policy {named} of the role {name}: {problem}"))
        })
    };
    let managed = |arn: &String| {
        if arn == ADMINISTRATOR {
            return Ok(Policy::everything());
        }
        match state.policies.get(arn) {
            Some(policy) => read(arn, policy.in_force()),
            None => Err(Ground::Unreadable(format!(
                "the simulator does not have the policy {arn} of the role {name}"
            ))),
        }
    };
    let inline = role
        .inline
        .iter()
        .map(|(named, document)| read(named, document));
    let attached = role.attached.iter().map(managed);
    layers.push(
        Layer::Identity,
        inline.chain(attached).collect::<Result<_, _>>()?,
    );
    if let Some(boundary) = &role.boundary {
        layers.push(Layer::Boundary, vec![managed(boundary)?]);
    }
    Ok(())
}
