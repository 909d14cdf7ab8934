//! Tags: those given at a creation, and those set and taken away later.

use serde::Deserialize;

use super::meta::{Meta, Tags};
use super::{
    State, carrier_gateways, egress_only_gateways, endpoints, gateways, groups, instances,
    interfaces, nat_gateways, network_acls, route_tables, subnets, vpcs, vpn_gateways,
};
use crate::error::ServiceError;
use crate::wire::tags::{LONGEST_KEY, LONGEST_VALUE};

/// Tags that a resource may have.
const MOST: usize = 50;

/// `Tag.N` of the API, with key and value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Tag {
    pub key: String,
    #[serde(default)]
    pub value: Option<String>,
}

/// `TagSpecification.N` of the API.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Specification {
    resource_type: String,
    #[serde(default)]
    tag: Vec<Tag>,
}

/// The tags that a new resource of type `kind` gets.
///
/// # Errors
/// `InvalidParameterValue` for another type, a reserved key, and a key or a value that is too long; `TagLimitExceeded`.
pub(crate) fn specified(
    specifications: Vec<Specification>,
    kind: &str,
) -> Result<Tags, ServiceError> {
    let mut tags = Tags::new();
    for specification in specifications {
        if specification.resource_type != kind {
            let text = format!(
                "'{}' is not a valid taggable resource type for this operation.",
                specification.resource_type
            );
            return Err(ServiceError::new("InvalidParameterValue", text));
        }
        check_keys(&specification.tag)?;
        check_lengths(&specification.tag)?;
        let pairs = specification
            .tag
            .into_iter()
            .map(|tag| (tag.key, tag.value.unwrap_or_default()));
        tags.extend(pairs);
    }
    check_count(&tags)?;
    Ok(tags)
}

fn check_keys(tags: &[Tag]) -> Result<(), ServiceError> {
    if tags
        .iter()
        .any(|tag| tag.key.to_lowercase().starts_with("aws:"))
    {
        let text = "Tag keys starting with 'aws:' are reserved for internal use";
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    Ok(())
}

fn check_lengths(tags: &[Tag]) -> Result<(), ServiceError> {
    let too_long = |text: &str, most: usize| text.chars().count() > most;
    let what = if tags.iter().any(|tag| too_long(&tag.key, LONGEST_KEY)) {
        format!("key exceeds the maximum length of {LONGEST_KEY}")
    } else if tags.iter().any(|tag| {
        let value = tag.value.as_deref().unwrap_or_default();
        too_long(value, LONGEST_VALUE)
    }) {
        format!("value exceeds the maximum length of {LONGEST_VALUE}")
    } else {
        return Ok(());
    };
    let text = format!("Tag {what} characters");
    Err(ServiceError::new("InvalidParameterValue", text))
}

fn check_count(tags: &Tags) -> Result<(), ServiceError> {
    if tags.keys().filter(|key| !key.starts_with("aws:")).count() > MOST {
        return Err(ServiceError::new(
            "TagLimitExceeded",
            "The maximum number of Tags for a resource has been reached.",
        ));
    }
    Ok(())
}

/// Sets tags on resources.
///
/// # Errors
/// `InvalidID` for an unknown id, and as [`specified`]; then nothing is changed.
pub(crate) fn set(state: &mut State, ids: &[String], tags: &[Tag]) -> Result<(), ServiceError> {
    check_keys(tags)?;
    check_lengths(tags)?;
    let pairs: Tags = tags
        .iter()
        .map(|tag| (tag.key.clone(), tag.value.clone().unwrap_or_default()))
        .collect();
    for id in ids {
        let mut all = state.meta_mut(id)?.tags.clone();
        all.extend(pairs.clone());
        check_count(&all)?;
    }
    for id in ids {
        let meta = state.meta_mut(id)?;
        meta.tags.extend(pairs.clone());
        meta.changed();
    }
    Ok(())
}

/// Takes tags away: all but AWS's own where none is named; with a value only where it is that value.
///
/// # Errors
/// `InvalidID` for an unknown id; then nothing is changed.
pub(crate) fn unset(state: &mut State, ids: &[String], tags: &[Tag]) -> Result<(), ServiceError> {
    check_keys(tags)?;
    for id in ids {
        state.meta_mut(id)?;
    }
    for id in ids {
        let meta = state.meta_mut(id)?;
        let goes = |key: &String, value: &String| {
            let named = tags.iter().any(|tag| {
                tag.key == *key && tag.value.as_ref().is_none_or(|given| given == value)
            });
            named || (tags.is_empty() && !key.starts_with("aws:"))
        };
        meta.tags.retain(|key, value| !goes(key, value));
        meta.changed();
    }
    Ok(())
}

impl State {
    /// Tags and revision of any resource.
    ///
    /// # Errors
    /// `InvalidID`.
    pub(crate) fn meta_mut(&mut self, id: &str) -> Result<&mut Meta, ServiceError> {
        let found = match id.split_once('-').map(|(prefix, _)| prefix) {
            Some("vpc") => self.vpcs.get_mut(id).map(|it: &mut vpcs::Vpc| &mut it.meta),
            Some("subnet") => self
                .subnets
                .get_mut(id)
                .map(|it: &mut subnets::Subnet| &mut it.meta),
            Some("rtb") => self
                .route_tables
                .get_mut(id)
                .map(|it: &mut route_tables::RouteTable| &mut it.meta),
            Some("sg") => self
                .groups
                .get_mut(id)
                .map(|it: &mut groups::Group| &mut it.meta),
            Some("eni") => self
                .interfaces
                .get_mut(id)
                .map(|it: &mut interfaces::Interface| &mut it.meta),
            Some("vpce") => self
                .endpoints
                .get_mut(id)
                .map(|it: &mut endpoints::Endpoint| &mut it.meta),
            Some("igw") => self
                .gateways
                .get_mut(id)
                .map(|it: &mut gateways::Gateway| &mut it.meta),
            Some("acl") => self
                .network_acls
                .get_mut(id)
                .map(|it: &mut network_acls::NetworkAcl| &mut it.meta),
            Some("nat") => self
                .nat_gateways
                .get_mut(id)
                .map(|it: &mut nat_gateways::NatGateway| &mut it.meta),
            Some("vgw") => self
                .vpn_gateways
                .get_mut(id)
                .filter(|it| it.exists())
                .map(|it: &mut vpn_gateways::VpnGateway| &mut it.meta),
            Some("eigw") => self
                .egress_only_gateways
                .get_mut(id)
                .map(|it: &mut egress_only_gateways::EgressOnlyGateway| &mut it.meta),
            Some("cagw") => self
                .carrier_gateways
                .get_mut(id)
                .filter(|it| it.exists())
                .map(|it: &mut carrier_gateways::CarrierGateway| &mut it.meta),
            Some("i") => self
                .instances
                .get_mut(id)
                .map(|it: &mut instances::Instance| &mut it.meta),
            Some("sgr") => self.rule_mut(id).map(|rule| &mut rule.meta),
            _ => None,
        };
        found.ok_or_else(|| ServiceError::new("InvalidID", format!("The ID '{id}' is not valid")))
    }

    /// Every tag: id, type of the resource, key and value.
    pub(crate) fn all_tags(&self) -> Vec<(&str, &'static str, &str, &str)> {
        let vpcs = self
            .vpcs
            .values()
            .map(|it| (it.id.as_str(), "vpc", &it.meta));
        let subnets = self
            .subnets
            .values()
            .map(|it| (it.id.as_str(), "subnet", &it.meta));
        let tables = self
            .route_tables
            .values()
            .map(|it| (it.id.as_str(), "route-table", &it.meta));
        let groups = self
            .groups
            .values()
            .map(|it| (it.id.as_str(), "security-group", &it.meta));
        let rules = self.groups.values().flat_map(|group| group.rules.values());
        let rules = rules.map(|it| (it.id.as_str(), "security-group-rule", &it.meta));
        let interfaces = self
            .interfaces
            .values()
            .map(|it| (it.id.as_str(), "network-interface", &it.meta));
        let endpoints = self
            .endpoints
            .values()
            .map(|it| (it.id.as_str(), "vpc-endpoint", &it.meta));
        let gateways = self
            .gateways
            .values()
            .map(|it| (it.id.as_str(), "internet-gateway", &it.meta));
        let acls = self
            .network_acls
            .values()
            .map(|it| (it.id.as_str(), "network-acl", &it.meta));
        let nats = self.nat_gateways.values();
        let nats = nats.map(|it| (it.id.as_str(), "natgateway", &it.meta));
        let vpns = self.vpn_gateways.values().filter(|it| it.exists());
        let vpns = vpns.map(|it| (it.id.as_str(), "vpn-gateway", &it.meta));
        let egress_only = self.egress_only_gateways.values();
        let egress_only =
            egress_only.map(|it| (it.id.as_str(), "egress-only-internet-gateway", &it.meta));
        let carriers = self.carrier_gateways.values().filter(|it| it.exists());
        let carriers = carriers.map(|it| (it.id.as_str(), "carrier-gateway", &it.meta));
        let instances = self.instances.values();
        let instances = instances.map(|it| (it.id.as_str(), "instance", &it.meta));
        let all = vpcs.chain(subnets).chain(tables).chain(groups).chain(rules);
        all.chain(acls)
            .chain(interfaces)
            .chain(endpoints)
            .chain(gateways)
            .chain(nats)
            .chain(vpns)
            .chain(egress_only)
            .chain(carriers)
            .chain(instances)
            .flat_map(|(id, kind, meta)| {
                meta.tags
                    .iter()
                    .map(move |(key, value)| (id, kind, key.as_str(), value.as_str()))
            })
            .collect()
    }
}
