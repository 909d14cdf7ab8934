//! From the request to an endpoint that is gone, and what lingers of it.

use super::services::Kind;
use super::{Endpoint, Status, TYPE, dns, invalid_parameter};
use crate::ec2::{Event, State};
use crate::error::ServiceError;
use crate::queue;
use crate::world::{End, Operation, Place, World};

/// Begins to delete an endpoint. One that is being deleted is left to it.
///
/// # Errors
/// `InvalidVpcEndpointId.NotFound`; `InvalidParameter` for a gateway that private names of S3 depend on (section 6.1).
pub(crate) fn delete(world: &mut World, place: &Place, id: &str) -> Result<(), ServiceError> {
    let state = &mut world.region(place).ec2;
    let endpoint = state.endpoint(id)?;
    if endpoint.status == Status::Deleting {
        return Ok(());
    }
    let entry = match endpoint.kind {
        Kind::Gateway => "gateway endpoint delete",
        Kind::Interface => "AWS::EC2::VPCEndpoint delete",
    };
    check_dependents(state, endpoint)?;
    let endpoint = state.endpoint_mut(id)?;
    endpoint.enter(Status::Deleting);
    endpoint.last_error = None;
    let course = world.course_named(TYPE, entry, Operation::Delete, id);
    let failure = match course.end {
        End::Done => None,
        End::Failed(reason) => Some(reason),
        End::Stuck => return Ok(()),
    };
    let event = Event::EndpointDeleted {
        id: id.to_owned(),
        failure,
    };
    world.schedule(course.takes, place, queue::Event::Ec2(event));
    Ok(())
}

fn check_dependents(state: &State, endpoint: &Endpoint) -> Result<(), ServiceError> {
    let depends = |other: &&Endpoint| {
        endpoint.kind == Kind::Gateway
            && other.kind == Kind::Interface
            && other.vpc_id == endpoint.vpc_id
            && other.service_name == endpoint.service_name
            && other.private_dns_inbound_only
            && other.status != Status::Deleting
    };
    let Some(dependent) = state.endpoints.values().find(depends) else {
        return Ok(());
    };
    Err(invalid_parameter(format!(
        "The gateway endpoint {} can't be deleted while PrivateDnsOnlyForInboundResolverEndpoint of {} is true.",
        endpoint.id, dependent.id
    )))
}

/// The deletion has come to its end: interfaces and routes go with the endpoint, its private name lingers.
pub(crate) fn deleted(world: &mut World, place: &Place, id: &str, failure: Option<String>) {
    let tail = world.now().plus(world.draw("private dns tail", id));
    let state = &mut world.region(place).ec2;
    let Some(endpoint) = state.endpoints.get_mut(id) else {
        return;
    };
    if failure.is_some() {
        endpoint.enter(Status::Available);
        endpoint.last_error = failure;
        return;
    }
    let name = endpoint
        .private_dns
        .then(|| dns::private_name(place, &endpoint.service_name))
        .flatten();
    let vpc = state.vpcs.get_mut(&endpoint.vpc_id);
    if let (Some(name), Some(vpc)) = (name, vpc) {
        vpc.lingering_names.insert(name, tail);
    }
    remove(state, id);
}

/// Takes the endpoint away with its interfaces and routes.
pub(super) fn remove(state: &mut State, id: &str) {
    let Some(endpoint) = state.endpoints.remove(id) else {
        return;
    };
    for interface in endpoint.interfaces.values() {
        state.interfaces.remove(interface);
    }
    for table in &endpoint.route_tables {
        if let (Some(table), Some(list)) =
            (state.route_tables.get_mut(table), &endpoint.prefix_list)
        {
            table.set_endpoint_route(id, list, false);
        }
    }
}
