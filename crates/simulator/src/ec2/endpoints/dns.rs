//! Names of an endpoint: its own, and the service's private one, which only one endpoint of a VPC may have.

use super::services::{self, Kind};
use super::{Endpoint, invalid_parameter};
use crate::ec2::State;
use crate::error::ServiceError;
use crate::time::SimTime;
use crate::world::Place;

/// The hosted zone of endpoints' own names.
const HOSTED_ZONE: &str = "Z7HUB22UULQXV";

/// A DNS name of an endpoint and its hosted zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DnsEntry {
    pub name: String,
    pub hosted_zone: String,
}

/// The names of an endpoint: for all zones, for each zone, and the private one.
pub(crate) fn dns_entries(state: &State, place: &Place, endpoint: &Endpoint) -> Vec<DnsEntry> {
    if endpoint.kind == Kind::Gateway || endpoint.interfaces.is_empty() {
        return Vec::new();
    }
    let host = own_host(place, &endpoint.service_name);
    let label = format!("{}-{}", endpoint.id, endpoint.dns_label);
    let zones = endpoint
        .interfaces
        .keys()
        .filter_map(|subnet| state.subnets.get(subnet));
    let mut names = vec![format!("{label}.{host}")];
    names.extend(zones.map(|subnet| format!("{label}-{}.{host}", subnet.zone_name)));
    if endpoint.private_dns {
        names.extend(private_name(place, &endpoint.service_name));
    }
    names
        .into_iter()
        .map(|name| DnsEntry {
            name,
            hosted_zone: HOSTED_ZONE.to_owned(),
        })
        .collect()
}

/// `api.sagemaker.us-east-1.vpce.amazonaws.com`.
fn own_host(place: &Place, service_name: &str) -> String {
    let service = service_name
        .rsplit('.')
        .take_while(|part| *part != place.region);
    let service = service.collect::<Vec<_>>().join(".");
    format!("{service}.{}.vpce.amazonaws.com", place.region)
}

/// The name under which everybody knows the service.
pub(super) fn private_name(place: &Place, service_name: &str) -> Option<String> {
    services::find(place, service_name, Kind::Interface)
        .and_then(|service| service.private_dns_name)
}

/// Whether an endpoint of the service may take the private name (sections 2.3, 5.3 and 6.1).
///
/// # Errors
/// `InvalidParameter`: DNS is not enabled in the VPC, another endpoint has or had the name, or S3's gateway is missing.
pub(super) fn check_private(
    state: &State,
    place: &Place,
    now: SimTime,
    vpc_id: &str,
    service_name: &str,
    inbound_only: bool,
) -> Result<(), ServiceError> {
    let vpc = state.vpc(vpc_id)?;
    if !vpc.dns_support || !vpc.dns_hostnames {
        return Err(invalid_parameter(format!(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for \
             {vpc_id}"
        )));
    }
    let of_vpc =
        |endpoint: &&Endpoint| endpoint.vpc_id == vpc_id && endpoint.service_name == service_name;
    let taken = state
        .endpoints
        .values()
        .filter(of_vpc)
        .any(|endpoint| endpoint.private_dns);
    if let Some(name) = private_name(place, service_name) {
        let lingers = vpc
            .lingering_names
            .get(&name)
            .is_some_and(|until| now < *until);
        if taken || lingers {
            return Err(invalid_parameter(format!(
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {name} in the \
                 VPC {vpc_id}"
            )));
        }
    }
    if inbound_only {
        check_gateway(state, vpc_id, service_name)?;
    }
    Ok(())
}

/// Whether private names may be for the inbound resolver alone, which needs a gateway for everybody else (section 6.1).
///
/// # Errors
/// `InvalidParameter`: the VPC has no gateway endpoint of the service.
pub(super) fn check_gateway(
    state: &State,
    vpc_id: &str,
    service_name: &str,
) -> Result<(), ServiceError> {
    let gateway = state.endpoints.values().any(|endpoint| {
        endpoint.kind == Kind::Gateway
            && endpoint.vpc_id == vpc_id
            && endpoint.service_name == service_name
    });
    if gateway {
        return Ok(());
    }
    Err(invalid_parameter(format!(
        "To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC {vpc_id} must have a Gateway endpoint for the \
         service."
    )))
}
