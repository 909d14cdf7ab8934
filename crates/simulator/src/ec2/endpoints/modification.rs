//! Changes of an endpoint, which take effect at once.

use std::collections::BTreeSet;

use super::services::Kind;
use super::{Changes, Endpoint, Status, creation, dns, invalid_parameter};
use crate::ec2::{State, interfaces};
use crate::error::ServiceError;
use crate::world::{Place, World};

/// Changes an endpoint.
///
/// # Errors
/// The not-found codes, `IncorrectState` unless it is available, and as [`super::create`].
pub(crate) fn modify(
    world: &mut World,
    place: &Place,
    id: &str,
    changes: &Changes,
) -> Result<(), ServiceError> {
    check(world, place, id, changes)?;
    extend(world, place, id, changes)?;
    let state = &mut world.region(place).ec2;
    remove_routes(state, id, &changes.remove_route_tables)?;
    remove_interfaces(state, id, &changes.remove_subnets)?;
    change_members(state, id, changes)?;
    let endpoint = state.endpoint(id)?;
    let (groups, interfaces) = (endpoint.groups.clone(), endpoint.interfaces.clone());
    for interface in interfaces.values() {
        interfaces::set_groups(world, place, interface, groups.clone());
    }
    Ok(())
}

/// Adds what is to be added: all of it, or nothing.
fn extend(
    world: &mut World,
    place: &Place,
    id: &str,
    changes: &Changes,
) -> Result<(), ServiceError> {
    let before = world.region(place).ec2.endpoint(id)?.clone();
    let (subnets, tables) = (&changes.add_subnets, &changes.add_route_tables);
    let Err(refusal) = creation::extend(world, place, id, subnets, tables) else {
        return Ok(());
    };
    let state = &mut world.region(place).ec2;
    let after = state.endpoint(id)?.clone();
    let had = |subnet: &&String| before.interfaces.contains_key(*subnet);
    let made: Vec<String> = after
        .interfaces
        .into_keys()
        .filter(|it| !had(&it))
        .collect();
    let led = |table: &String| before.route_tables.contains(table);
    let new_tables: Vec<String> = after
        .route_tables
        .into_iter()
        .filter(|it| !led(it))
        .collect();
    remove_interfaces(state, id, &made)?;
    remove_routes(state, id, &new_tables)?;
    Err(refusal)
}

fn check(
    world: &mut World,
    place: &Place,
    id: &str,
    changes: &Changes,
) -> Result<(), ServiceError> {
    let most_groups = interfaces::most_groups(world);
    let now = world.now();
    let state = &world.region(place).ec2;
    let endpoint = state.endpoint(id)?;
    if endpoint.status != Status::Available {
        let text = format!(
            "The endpoint {id} is in state {} and cannot be modified.",
            endpoint.status.word()
        );
        return Err(ServiceError::new("IncorrectState", text));
    }
    check_kind(endpoint, changes)?;
    check_groups(state, endpoint, changes, most_groups)?;
    check_removals(state, endpoint, changes)?;
    let private = changes.private_dns.unwrap_or(endpoint.private_dns);
    let inbound_only = changes
        .private_dns_inbound_only
        .unwrap_or(endpoint.private_dns_inbound_only);
    if private && !endpoint.private_dns {
        dns::check_private(
            state,
            place,
            now,
            &endpoint.vpc_id,
            &endpoint.service_name,
            inbound_only,
        )?;
    } else if private && inbound_only && !endpoint.private_dns_inbound_only {
        dns::check_gateway(state, &endpoint.vpc_id, &endpoint.service_name)?;
    }
    Ok(())
}

/// As at a creation: no members that only the other kind of endpoint has, neither to be added nor to be removed.
fn check_kind(endpoint: &Endpoint, changes: &Changes) -> Result<(), ServiceError> {
    let any = |lists: &[&Vec<String>]| lists.iter().any(|list| !list.is_empty());
    let is_strange = match endpoint.kind {
        Kind::Gateway => {
            any(&[&changes.add_subnets, &changes.remove_subnets])
                || any(&[&changes.add_groups, &changes.remove_groups])
                || changes.private_dns.is_some()
                || changes.private_dns_inbound_only.is_some()
        }
        Kind::Interface => any(&[&changes.add_route_tables, &changes.remove_route_tables]),
    };
    if is_strange {
        let kind = endpoint.kind.word();
        return Err(invalid_parameter(format!(
            "The change can't be specified for endpoint type {kind}."
        )));
    }
    Ok(())
}

/// As at a creation: groups of the endpoint's own VPC, and no more than an interface may have.
fn check_groups(
    state: &State,
    endpoint: &Endpoint,
    changes: &Changes,
    most: usize,
) -> Result<(), ServiceError> {
    creation::check_groups(state, &endpoint.vpc_id, &changes.add_groups)?;
    let stays = |group: &&String| !changes.remove_groups.contains(*group);
    let staying = endpoint.groups.iter().filter(stays);
    let groups: BTreeSet<&String> = staying.chain(&changes.add_groups).collect();
    interfaces::check_count_of_groups(groups.len(), most)
}

/// Only what the endpoint has can be taken from it.
fn check_removals(
    state: &State,
    endpoint: &Endpoint,
    changes: &Changes,
) -> Result<(), ServiceError> {
    let there = |subnet: &&String| endpoint.interfaces.contains_key(*subnet);
    if let Some(subnet) = changes.remove_subnets.iter().find(|it| !there(it)) {
        return Err(not_associated(subnet, &endpoint.id));
    }
    for table in &changes.remove_route_tables {
        state.route_table(table)?;
    }
    Ok(())
}

fn not_associated(subnet: &str, id: &str) -> ServiceError {
    invalid_parameter(format!(
        "The subnet {subnet} is not associated with the endpoint {id}"
    ))
}

fn remove_routes(state: &mut State, id: &str, tables: &[String]) -> Result<(), ServiceError> {
    let list = state.endpoint(id)?.prefix_list.clone().unwrap_or_default();
    for table in tables {
        state
            .route_table_mut(table)?
            .set_endpoint_route(id, &list, false);
    }
    state
        .endpoint_mut(id)?
        .route_tables
        .retain(|table| !tables.contains(table));
    Ok(())
}

fn remove_interfaces(state: &mut State, id: &str, subnets: &[String]) -> Result<(), ServiceError> {
    for subnet in subnets {
        let Some(interface) = state.endpoint_mut(id)?.interfaces.remove(subnet) else {
            return Err(not_associated(subnet, id));
        };
        state.interfaces.remove(&interface);
    }
    Ok(())
}

fn change_members(state: &mut State, id: &str, changes: &Changes) -> Result<(), ServiceError> {
    let endpoint = state.endpoint_mut(id)?;
    endpoint
        .groups
        .retain(|group| !changes.remove_groups.contains(group));
    for group in &changes.add_groups {
        if !endpoint.groups.contains(group) {
            endpoint.groups.push(group.clone());
        }
    }
    if let Some(policy) = &changes.policy {
        endpoint.policy.clone_from(policy);
    }
    endpoint.private_dns = changes.private_dns.unwrap_or(endpoint.private_dns);
    let inbound_only = changes
        .private_dns_inbound_only
        .unwrap_or(endpoint.private_dns_inbound_only);
    endpoint.private_dns_inbound_only = inbound_only && endpoint.private_dns;
    endpoint.meta.changed();
    Ok(())
}
