//! CloudFormation's handlers for EC2's types (section 3.8).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::meta::Tags;
use crate::cloudformation::resource::{Request, ResourceType};
use crate::error::ServiceError;
use crate::world::World;

mod endpoint;
mod gateway;
mod group;
mod network_acl;
mod route_table;
mod rule;
mod subnet;
mod vpc;

/// CloudFormation's handlers for this service's types.
pub(crate) const TYPES: &[&dyn ResourceType] = &[
    &vpc::Vpc,
    &subnet::Subnet,
    &route_table::RouteTable,
    &route_table::Route,
    &route_table::Association,
    &group::SecurityGroup,
    &rule::Ingress,
    &rule::Egress,
    &network_acl::NetworkAcl,
    &network_acl::NetworkAclEntry,
    &network_acl::Association,
    &endpoint::VpcEndpoint,
    &gateway::InternetGateway,
    &gateway::Attachment,
];

/// A tag as properties spell it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

fn own(tags: &[Tag]) -> Tags {
    tags.iter()
        .map(|tag| (tag.key.clone(), tag.value.clone()))
        .collect()
}

/// The tags of a new resource: the stack's, its own, and CloudFormation's.
fn tags(request: &Request<'_>, tags: &[Tag]) -> Tags {
    let mut all: BTreeMap<String, String> = request.stack_tags.clone();
    all.extend(own(tags));
    all.extend(request.system_tags());
    all
}

/// Brings the tags of a resource up to date; what others put there stays.
fn retag(
    world: &mut World,
    id: &str,
    old: &[Tag],
    request: &Request<'_>,
    new: &[Tag],
) -> Result<(), ServiceError> {
    let meta = world.region(request.place).ec2.meta_mut(id)?;
    let mut next = meta.tags.clone();
    for key in own(old).keys().chain(request.old_stack_tags.keys()) {
        next.remove(key);
    }
    next.extend(tags(request, new));
    if next != meta.tags {
        meta.tags = next;
        meta.changed();
    }
    Ok(())
}
