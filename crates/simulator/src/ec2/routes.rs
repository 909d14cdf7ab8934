//! Routes of a route table.

use serde::{Deserialize, Serialize};

use super::route_tables::RouteTable;
use super::{State, cidr, limits};
use crate::error::ServiceError;
use crate::quotas;
use crate::world::{Place, World};

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    pub destination: Destination,
    pub target: Target,
}

/// Where a route leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Destination {
    Cidr(String),
    PrefixList(String),
}

/// What a route goes through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Target {
    InternetGateway(String),
    /// A gateway endpoint; the route comes and goes with it.
    Endpoint(String),
    Interface(String),
    NatGateway(String),
}

/// Adds a route to a block of addresses.
///
/// # Errors
/// `RouteAlreadyExists`, `RouteLimitExceeded`, the not-found codes, `InvalidParameterValue` across VPCs.
pub(crate) fn add_route(
    world: &mut World,
    place: &Place,
    table_id: &str,
    cidr: &str,
    target: Target,
) -> Result<(), ServiceError> {
    let most = world.quotas.limit(quotas::ROUTES);
    let state = &mut world.region(place).ec2;
    // The local route is one of them.
    let present = state.route_table(table_id)?.routes.len() + 1;
    limits::check(present, most, "RouteLimitExceeded", "routes")?;
    put_route(state, table_id, cidr, target)
}

fn put_route(
    state: &mut State,
    table_id: &str,
    cidr: &str,
    target: Target,
) -> Result<(), ServiceError> {
    let cidr = cidr::parse(cidr)?.to_string();
    let table = state.route_table(table_id)?;
    check_target(state, table, &target)?;
    let destination = Destination::Cidr(cidr.clone());
    let local = state.vpc(&table.vpc_id)?.cidr.to_string() == cidr;
    if local
        || table
            .routes
            .iter()
            .any(|route| route.destination == destination)
    {
        let text = format!("The route identified by {cidr} already exists.");
        return Err(ServiceError::new("RouteAlreadyExists", text));
    }
    let table = state.route_table_mut(table_id)?;
    table.routes.push(Route {
        destination,
        target,
    });
    table.meta.changed();
    Ok(())
}

fn check_target(state: &State, table: &RouteTable, target: &Target) -> Result<(), ServiceError> {
    let (id, vpc_id) = match target {
        Target::InternetGateway(id) => (id, state.gateway(id)?.vpc_id.clone()),
        Target::Interface(id) => (id, Some(state.interface(id)?.vpc_id.clone())),
        Target::NatGateway(id) => (id, Some(state.nat_gateway(id)?.vpc_id.clone())),
        Target::Endpoint(id) => (id, Some(state.endpoint(id)?.vpc_id.clone())),
    };
    if vpc_id.as_deref() == Some(table.vpc_id.as_str()) {
        return Ok(());
    }
    let text = format!(
        "route table {} and network gateway {id} belong to different networks",
        table.id
    );
    Err(ServiceError::new("InvalidParameterValue", text))
}

/// Gives a route another target.
///
/// # Errors
/// As [`remove_route`] and [`add_route`]; then nothing is changed.
pub(crate) fn replace_route(
    state: &mut State,
    table_id: &str,
    cidr: &str,
    target: Target,
) -> Result<(), ServiceError> {
    check_target(state, state.route_table(table_id)?, &target)?;
    remove_route(state, table_id, cidr)?;
    put_route(state, table_id, cidr, target)
}

/// Refuses to take away the route of a gateway endpoint, which goes with the endpoint alone (section 2.3).
///
/// # Errors
/// `InvalidParameterValue`, `InvalidRoute.NotFound` where there is no such route.
pub(crate) fn remove_endpoint_route(
    state: &State,
    table_id: &str,
    prefix_list: &str,
) -> Result<(), ServiceError> {
    let table = state.route_table(table_id)?;
    if table.routes_to(prefix_list) {
        let text =
            format!("cannot remove VPC endpoint route {prefix_list} in route table {table_id}");
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    let text =
        format!("no route with destination-prefix-list-id {prefix_list} in route table {table_id}");
    Err(ServiceError::new("InvalidRoute.NotFound", text))
}

/// Takes a route to a block of addresses away.
///
/// # Errors
/// `InvalidRoute.NotFound`, `InvalidParameterValue` for the VPC's own route.
pub(crate) fn remove_route(
    state: &mut State,
    table_id: &str,
    cidr: &str,
) -> Result<(), ServiceError> {
    let table = state.route_table(table_id)?;
    if state.vpc(&table.vpc_id)?.cidr.to_string() == cidr {
        let text = format!("cannot remove local route {cidr} in route table {table_id}");
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    let destination = Destination::Cidr(cidr.to_owned());
    let table = state.route_table_mut(table_id)?;
    let before = table.routes.len();
    table
        .routes
        .retain(|route| route.destination != destination);
    if table.routes.len() == before {
        let text = format!("no route with destination-cidr-block {cidr} in route table {table_id}");
        return Err(ServiceError::new("InvalidRoute.NotFound", text));
    }
    table.meta.changed();
    Ok(())
}
