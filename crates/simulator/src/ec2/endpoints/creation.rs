//! From the request to an endpoint that is available.

use std::collections::{BTreeMap, BTreeSet};

use super::services::{self, EndpointService, Kind};
use super::{Endpoint, NewEndpoint, OPEN_POLICY, Status, TYPE, dns, invalid_parameter};
use crate::ec2::interfaces::{self, NewAttachment, NewInterface};
use crate::ec2::meta::{Meta, Tags};
use crate::ec2::{Event, State, limits, prefix_lists};
use crate::error::ServiceError;
use crate::queue;
use crate::quotas::{self, Quotas};
use crate::world::{End, Operation, Place, World};

/// Begins to make an endpoint; it is there at once, `pending`.
///
/// # Errors
/// `InvalidServiceName`, the not-found codes, `VpcEndpointLimitExceeded`, `RouteAlreadyExists`, `InvalidParameter`
/// (zones, private DNS, S3's gateway), `DuplicateSubnetsInSameZone`, and as [`interfaces::create`].
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    new: NewEndpoint,
) -> Result<String, ServiceError> {
    let service = check(world, place, &new)?;
    let id = world.mint(place, TYPE, &new.name, "vpce-", 17);
    let alphabet = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let endpoint = Endpoint {
        id: id.clone(),
        kind: new.kind,
        status: Status::Pending,
        policy: new.policy.clone().unwrap_or_else(|| OPEN_POLICY.to_owned()),
        route_tables: Vec::new(),
        prefix_list: prefix_list(place, new.kind, &service.name),
        interfaces: BTreeMap::new(),
        groups: groups(&world.region(place).ec2, &new)?,
        private_dns: new.private_dns,
        private_dns_inbound_only: inbound_only(&new),
        dns_label: world.mint_letters(place, TYPE, &new.name, alphabet, 8),
        created: world.now(),
        last_error: None,
        vpc_id: new.vpc_id,
        service_name: new.service_name,
        meta: Meta::new(new.tags),
    };
    world
        .region(place)
        .ec2
        .endpoints
        .insert(id.clone(), endpoint);
    if let Err(error) = extend(world, place, &id, &new.subnets, &new.route_tables) {
        super::deletion::remove(&mut world.region(place).ec2, &id);
        return Err(error);
    }
    schedule(world, place, &id, new.kind);
    Ok(id)
}

fn check(
    world: &mut World,
    place: &Place,
    new: &NewEndpoint,
) -> Result<EndpointService, ServiceError> {
    let now = world.now();
    let quotas = world.quotas.clone();
    let state = &world.region(place).ec2;
    state.vpc(&new.vpc_id)?;
    let Some(service) = services::find(place, &new.service_name, new.kind) else {
        let text = format!(
            "The Vpc Endpoint Service '{}' does not exist",
            new.service_name
        );
        return Err(ServiceError::new("InvalidServiceName", text));
    };
    check_count(state, &quotas, new)?;
    check_kind(new)?;
    if new.private_dns {
        dns::check_private(
            state,
            place,
            now,
            &new.vpc_id,
            &new.service_name,
            inbound_only(new),
        )?;
    }
    Ok(service)
}

fn check_count(state: &State, quotas: &Quotas, new: &NewEndpoint) -> Result<(), ServiceError> {
    let counts = |endpoint: &&Endpoint| match new.kind {
        Kind::Gateway => endpoint.kind == Kind::Gateway,
        Kind::Interface => endpoint.kind == Kind::Interface && endpoint.vpc_id == new.vpc_id,
    };
    let quota = match new.kind {
        Kind::Gateway => quotas::GATEWAY_ENDPOINTS,
        Kind::Interface => quotas::INTERFACE_ENDPOINTS,
    };
    let present = state.endpoints.values().filter(counts).count();
    let code = "VpcEndpointLimitExceeded";
    limits::check(present, quotas.limit(quota), code, "VPC endpoints")
}

/// Members that only the other kind of endpoint has.
fn check_kind(new: &NewEndpoint) -> Result<(), ServiceError> {
    let stranger = match new.kind {
        Kind::Gateway if !new.subnets.is_empty() => "Subnets",
        Kind::Gateway if !new.groups.is_empty() => "Security groups",
        Kind::Gateway if new.private_dns || new.private_dns_inbound_only.is_some() => "Private DNS",
        Kind::Interface if !new.route_tables.is_empty() => "Route table IDs",
        Kind::Gateway | Kind::Interface => return Ok(()),
    };
    Err(invalid_parameter(format!(
        "{stranger} can't be specified for endpoint type {}.",
        new.kind.word()
    )))
}

/// Where private DNS is on, S3's names are for the inbound resolver alone unless the request says otherwise.
fn inbound_only(new: &NewEndpoint) -> bool {
    let s3 = new.kind == Kind::Interface
        && new.private_dns
        && new.service_name.rsplit('.').next() == Some("s3");
    new.private_dns_inbound_only.unwrap_or(s3)
}

fn prefix_list(place: &Place, kind: Kind, service_name: &str) -> Option<String> {
    (kind == Kind::Gateway)
        .then(|| prefix_lists::of_service(&place.region, service_name).map(|list| list.id))
        .flatten()
}

fn groups(state: &State, new: &NewEndpoint) -> Result<Vec<String>, ServiceError> {
    if new.kind == Kind::Interface && new.groups.is_empty() {
        return Ok(state
            .default_group(&new.vpc_id)
            .map(|group| group.id.clone())
            .into_iter()
            .collect());
    }
    check_groups(state, &new.vpc_id, &new.groups)?;
    Ok(new.groups.clone())
}

/// Every group is of the VPC.
pub(super) fn check_groups(
    state: &State,
    vpc_id: &str,
    groups: &[String],
) -> Result<(), ServiceError> {
    for id in groups {
        if state.group(id)?.vpc_id != vpc_id {
            let text = format!("The security group '{id}' does not exist in VPC '{vpc_id}'");
            return Err(ServiceError::new("InvalidGroup.NotFound", text));
        }
    }
    Ok(())
}

/// Adds an interface in each of the subnets, and a route in each of the tables.
pub(super) fn extend(
    world: &mut World,
    place: &Place,
    id: &str,
    subnets: &[String],
    tables: &[String],
) -> Result<(), ServiceError> {
    check_subnets(world, place, id, subnets)?;
    for table in tables {
        add_route(&mut world.region(place).ec2, id, table)?;
    }
    for subnet in subnets {
        add_interface(world, place, id, subnet)?;
    }
    Ok(())
}

fn check_subnets(
    world: &mut World,
    place: &Place,
    id: &str,
    subnets: &[String],
) -> Result<(), ServiceError> {
    let state = &world.region(place).ec2;
    let endpoint = state.endpoint(id)?;
    let Some(service) = services::find(place, &endpoint.service_name, endpoint.kind) else {
        return Ok(());
    };
    let present = endpoint
        .interfaces
        .keys()
        .filter_map(|subnet| state.subnets.get(subnet));
    let mut zones: BTreeSet<&str> = present.map(|subnet| subnet.zone_name.as_str()).collect();
    for subnet_id in subnets {
        let subnet = state.subnet(subnet_id)?;
        if subnet.vpc_id != endpoint.vpc_id {
            let vpc = &endpoint.vpc_id;
            return Err(invalid_parameter(format!(
                "The subnet ID '{subnet_id}' does not belong to VPC '{vpc}'"
            )));
        }
        if !service.zones.contains(&subnet.zone_name) {
            return Err(invalid_parameter(format!(
                "The VPC endpoint service {} does not support the availability zone of the subnet: {subnet_id}",
                service.name
            )));
        }
        if !zones.insert(&subnet.zone_name) {
            let text = format!(
                "Found another VPC endpoint subnet in the availability zone of {subnet_id}."
            );
            return Err(ServiceError::new("DuplicateSubnetsInSameZone", text));
        }
    }
    Ok(())
}

fn add_route(state: &mut State, id: &str, table_id: &str) -> Result<(), ServiceError> {
    let endpoint = state.endpoint(id)?;
    let (vpc_id, prefix_list) = (
        endpoint.vpc_id.clone(),
        endpoint.prefix_list.clone().unwrap_or_default(),
    );
    let table = state.route_table(table_id)?;
    if table.vpc_id != vpc_id {
        return Err(invalid_parameter(format!(
            "Route table {table_id} and VPC {vpc_id} belong to different networks"
        )));
    }
    if table.routes_to(&prefix_list) {
        let text = format!(
            "route table {table_id} already has a route with destination-prefix-list-id {prefix_list}"
        );
        return Err(ServiceError::new("RouteAlreadyExists", text));
    }
    state
        .route_table_mut(table_id)?
        .set_endpoint_route(id, &prefix_list, true);
    state
        .endpoint_mut(id)?
        .route_tables
        .push(table_id.to_owned());
    Ok(())
}

fn add_interface(
    world: &mut World,
    place: &Place,
    id: &str,
    subnet_id: &str,
) -> Result<(), ServiceError> {
    let groups = world.region(place).ec2.endpoint(id)?.groups.clone();
    let new = NewInterface {
        name: format!("{id}/{subnet_id}"),
        subnet_id: subnet_id.to_owned(),
        groups,
        description: format!("VPC Endpoint Interface {id}"),
        interface_type: "vpc_endpoint".to_owned(),
        requester_id: "727180483921".to_owned(),
        requester_managed: true,
        attachment: Some(NewAttachment {
            service_owned: true,
        }),
        tags: Tags::new(),
        owner: Some(id.to_owned()),
    };
    let interface = interfaces::create(world, place, new)?;
    world
        .region(place)
        .ec2
        .endpoint_mut(id)?
        .interfaces
        .insert(subnet_id.to_owned(), interface);
    Ok(())
}

fn schedule(world: &mut World, place: &Place, id: &str, kind: Kind) {
    let entry = match kind {
        Kind::Gateway => "gateway endpoint create",
        Kind::Interface => "AWS::EC2::VPCEndpoint create",
    };
    let course = world.course_named(TYPE, entry, Operation::Create, id);
    let failure = match course.end {
        End::Done => None,
        End::Failed(reason) => Some(reason),
        End::Stuck => return,
    };
    let event = Event::EndpointCreated {
        id: id.to_owned(),
        failure,
    };
    world.schedule(course.takes, place, queue::Event::Ec2(event));
}

/// The creation has come to its end, unless the endpoint is being deleted by now.
pub(crate) fn created(state: &mut State, id: &str, failure: Option<String>) {
    let Some(endpoint) = state
        .endpoints
        .get_mut(id)
        .filter(|endpoint| endpoint.status == Status::Pending)
    else {
        return;
    };
    endpoint.enter(if failure.is_some() {
        Status::Failed
    } else {
        Status::Available
    });
    endpoint.last_error = failure;
}
