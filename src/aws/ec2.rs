//! EC2: what is in our VPCs.

use std::collections::BTreeSet;
use std::convert::identity;

use aws_sdk_ec2::types::{Filter, Tag};
use environment::facts::{GroupAssociation, NetworkInterface, SecurityGroup, Tags};
use environment::{Facts, mark};
use futures_util::future::try_join;

use super::{Aws, CallError, Service};

/// A zone of the region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Zone {
    /// The same in every account: `use1-az4`.
    pub id: String,
    /// `us-east-1a`.
    pub name: String,
}

/// The most values that a filter may have (EC2, "Filter", `FilterLimitExceeded`).
pub(super) const FILTER_VALUES: usize = 200;

/// Interfaces a page. While an answer is read it takes some six KiB for each: a thousand of a workshop's at once, as many as one
/// may hold, are megabytes, and ten pages instead of one cost two seconds.
const INTERFACES: i32 = 100;

/// Lists what a filter lets through, by its name and the values that it wants: what is kept of each, page by page.
macro_rules! listed_by {
    ($self:ident, $name:expr, $values:expr, $operation:literal, $call:ident, $items:ident, $kept:expr $(, $option:ident($value:expr))*) => {{
        let mut all = Vec::new();
        for values in $values.chunks($crate::aws::ec2::FILTER_VALUES) {
            let found = $self
                .pages(
                    $crate::aws::Service::Ec2,
                    $operation,
                    |token| {
                        $self
                            .ec2()
                            .$call()
                            .filters($crate::aws::ec2::filter($name, values))
                            $(.$option($value))*
                            .set_next_token(token)
                            .send()
                    },
                    |page| {
                        let items = page.$items.unwrap_or_default();
                        (items.into_iter().map($kept).collect(), page.next_token)
                    },
                )
                .await?;
            all.extend(found);
        }
        all
    }};
}
pub(super) use listed_by;

pub(super) fn filter(name: &str, values: &[String]) -> Filter {
    Filter::builder()
        .name(name)
        .set_values(Some(values.to_vec()))
        .build()
}

pub(super) fn tags(tags: Option<Vec<Tag>>) -> Tags {
    tags.unwrap_or_default()
        .into_iter()
        .map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()))
        .collect()
}

impl Aws {
    /// The region's ordinary zones that are available: no Local or Wavelength zones.
    ///
    /// # Errors
    /// As any call.
    pub async fn zones(&self) -> Result<Vec<Zone>, CallError> {
        let request = self
            .ec2()
            .describe_availability_zones()
            .filters(filter("zone-type", &["availability-zone".to_owned()]))
            .filters(filter("state", &["available".to_owned()]))
            .send();
        let answer = self
            .call(Service::Ec2, "DescribeAvailabilityZones", request)
            .await?;
        let mut zones: Vec<Zone> = answer
            .availability_zones
            .unwrap_or_default()
            .into_iter()
            .map(|zone| Zone {
                id: zone.zone_id.unwrap_or_default(),
                name: zone.zone_name.unwrap_or_default(),
            })
            .collect();
        zones.sort();
        Ok(zones)
    }

    /// The tags of these VPCs; one that does not exist is left out.
    ///
    /// # Errors
    /// As any call.
    pub async fn vpc_tags(&self, vpcs: &[String]) -> Result<Vec<(String, Tags)>, CallError> {
        if vpcs.is_empty() {
            return Ok(Vec::new());
        }
        self.vpcs_by("vpc-id", vpcs).await
    }

    /// The VPCs that bear the mark of an environment, with their tags.
    ///
    /// # Errors
    /// As any call.
    pub async fn marked_vpcs(&self, environment: &str) -> Result<Vec<(String, Tags)>, CallError> {
        let tag = format!("tag:{}", mark::ENVIRONMENT);
        self.vpcs_by(&tag, &[environment.to_owned()]).await
    }

    async fn vpcs_by(
        &self,
        name: &str,
        values: &[String],
    ) -> Result<Vec<(String, Tags)>, CallError> {
        let found = self
            .pages(
                Service::Ec2,
                "DescribeVpcs",
                |token| {
                    self.ec2()
                        .describe_vpcs()
                        .filters(filter(name, values))
                        .set_next_token(token)
                        .send()
                },
                |page| (page.vpcs.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|vpc| (vpc.vpc_id.unwrap_or_default(), tags(vpc.tags)))
            .collect())
    }

    /// The security groups of these VPCs and those associated with them, and wherever they are those that SageMaker made for
    /// these domains and these members of stacks; each with the VPCs that it is associated with.
    ///
    /// # Errors
    /// As any call.
    pub async fn security_groups(
        &self,
        vpcs: &[String],
        domain_arns: &[String],
        members: &[String],
    ) -> Result<Vec<SecurityGroup>, CallError> {
        let tag = format!("tag:{}", mark::MANAGED_BY_DOMAIN);
        let mut groups = self.security_groups_by(&tag, domain_arns).await?;
        // Somebody may have taken the tag off; the name stays.
        let domains = domain_arns.iter();
        let domains = domains.filter_map(|arn| Facts::domain_of_arn(arn));
        let unseen: Vec<String> = domains
            .flat_map(SecurityGroup::names_for)
            .filter(|name| !groups.iter().any(|it| it.name == *name))
            .collect();
        groups.extend(self.security_groups_by("group-name", &unseen).await?);
        // A group's rules may name groups of peered VPCs, and a domain may be in a VPC that is not ours.
        let ids: Vec<String> = groups.iter().map(|group| group.id.clone()).collect();
        for named in ["ip-permission.group-id", "egress.ip-permission.group-id"] {
            groups.extend(self.security_groups_by(named, &ids).await?);
        }
        groups.extend(self.security_groups_by("vpc-id", vpcs).await?);
        let elsewhere = members
            .iter()
            .filter(|id| !groups.iter().any(|it| it.id == **id));
        let elsewhere: Vec<String> = elsewhere.cloned().collect();
        groups.extend(self.security_groups_by("group-id", &elsewhere).await?);
        let ids: BTreeSet<String> = groups.iter().map(|group| group.id.clone()).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let (guests, used_elsewhere) = try_join(
            self.group_associations("vpc-id", vpcs),
            self.group_associations("group-id", &ids),
        )
        .await?;
        let guest_ids: Vec<String> = guests.iter().map(|(group, _)| group.clone()).collect();
        groups.extend(self.security_groups_by("group-id", &guest_ids).await?);
        for group in &mut groups {
            let found = guests.iter().chain(&used_elsewhere);
            let its = found.filter(|(id, _)| *id == group.id);
            group.associations = its.map(|(_, association)| association.clone()).collect();
        }
        groups.sort_by(|one, other| one.id.cmp(&other.id));
        groups.dedup_by(|one, other| one.id == other.id);
        Ok(groups)
    }

    /// The groups that are associated with a VPC beside their own, each with that VPC.
    async fn group_associations(
        &self,
        name: &str,
        values: &[String],
    ) -> Result<Vec<(String, GroupAssociation)>, CallError> {
        let found = listed_by!(
            self,
            name,
            values,
            "DescribeSecurityGroupVpcAssociations",
            describe_security_group_vpc_associations,
            security_group_vpc_associations,
            identity
        );
        let living = found.into_iter().filter(|found| {
            let state = found.state.as_ref().map(|state| state.as_str().to_owned());
            !matches!(
                state.as_deref(),
                Some("disassociated" | "association-failed")
            )
        });
        let named = living.filter_map(|found| {
            let association = GroupAssociation {
                vpc: found.vpc_id?,
                owner: found.vpc_owner_id,
            };
            Some((found.group_id?, association))
        });
        Ok(named.collect())
    }

    /// Whether there is such a group, wherever it is.
    ///
    /// # Errors
    /// As any call.
    pub async fn has_security_group(&self, id: &str) -> Result<bool, CallError> {
        let found = self
            .security_groups_by("group-id", &[id.to_owned()])
            .await?;
        Ok(!found.is_empty())
    }

    async fn security_groups_by(
        &self,
        name: &str,
        values: &[String],
    ) -> Result<Vec<SecurityGroup>, CallError> {
        Ok(listed_by!(
            self,
            name,
            values,
            "DescribeSecurityGroups",
            describe_security_groups,
            security_groups,
            security_group
        ))
    }

    /// The network interfaces in these VPCs, and those with one of these groups wherever they are.
    ///
    /// # Errors
    /// As any call.
    pub async fn network_interfaces(
        &self,
        vpcs: &[String],
        groups: &[String],
    ) -> Result<Vec<NetworkInterface>, CallError> {
        let mut interfaces = self.network_interfaces_by("group-id", groups).await?;
        interfaces.extend(self.network_interfaces_by("vpc-id", vpcs).await?);
        interfaces.sort_by(|one, other| one.id.cmp(&other.id));
        interfaces.dedup_by(|one, other| one.id == other.id);
        Ok(interfaces)
    }

    /// Whether there is such an interface, wherever it is.
    ///
    /// # Errors
    /// As any call.
    pub async fn has_network_interface(&self, id: &str) -> Result<bool, CallError> {
        let by = "network-interface-id";
        let found = self.network_interfaces_by(by, &[id.to_owned()]).await?;
        Ok(!found.is_empty())
    }

    async fn network_interfaces_by(
        &self,
        name: &str,
        values: &[String],
    ) -> Result<Vec<NetworkInterface>, CallError> {
        Ok(listed_by!(
            self,
            name,
            values,
            "DescribeNetworkInterfaces",
            describe_network_interfaces,
            network_interfaces,
            network_interface,
            max_results(INTERFACES)
        ))
    }

    /// Takes every rule out of a group that names another group, in both directions.
    ///
    /// # Errors
    /// As any call.
    pub async fn revoke_group_rules(
        &self,
        group: &str,
        named: &BTreeSet<String>,
    ) -> Result<(), CallError> {
        let rules = self
            .pages(
                Service::Ec2,
                "DescribeSecurityGroupRules",
                |token| {
                    let by_group = filter("group-id", &[group.to_owned()]);
                    self.ec2()
                        .describe_security_group_rules()
                        .filters(by_group)
                        .set_next_token(token)
                        .send()
                },
                |page| {
                    (
                        page.security_group_rules.unwrap_or_default(),
                        page.next_token,
                    )
                },
            )
            .await?;
        let ids = |egress: bool| -> Vec<String> {
            let naming = rules.iter().filter(|rule| {
                let referenced = rule.referenced_group_info.as_ref();
                let id = referenced.and_then(|referenced| referenced.group_id.as_ref());
                rule.is_egress == Some(egress) && id.is_some_and(|id| named.contains(id))
            });
            naming
                .filter_map(|rule| rule.security_group_rule_id.clone())
                .collect()
        };
        let (ingress, egress) = (ids(false), ids(true));
        if !ingress.is_empty() {
            let request = self
                .ec2()
                .revoke_security_group_ingress()
                .group_id(group)
                .set_security_group_rule_ids(Some(ingress))
                .send();
            self.call(Service::Ec2, "RevokeSecurityGroupIngress", request)
                .await?;
        }
        if !egress.is_empty() {
            let request = self
                .ec2()
                .revoke_security_group_egress()
                .group_id(group)
                .set_security_group_rule_ids(Some(egress))
                .send();
            self.call(Service::Ec2, "RevokeSecurityGroupEgress", request)
                .await?;
        }
        Ok(())
    }

    /// # Errors
    /// As any call.
    pub async fn delete_security_group(&self, id: &str) -> Result<(), CallError> {
        let request = self.ec2().delete_security_group().group_id(id).send();
        self.call(Service::Ec2, "DeleteSecurityGroup", request)
            .await
            .map(drop)
    }

    /// # Errors
    /// As any call.
    pub async fn delete_network_interface(&self, id: &str) -> Result<(), CallError> {
        let request = self
            .ec2()
            .delete_network_interface()
            .network_interface_id(id)
            .send();
        self.call(Service::Ec2, "DeleteNetworkInterface", request)
            .await
            .map(drop)
    }

    /// # Errors
    /// As any call.
    pub async fn detach_network_interface(&self, attachment: &str) -> Result<(), CallError> {
        let request = self
            .ec2()
            .detach_network_interface()
            .attachment_id(attachment)
            .force(true)
            .send();
        self.call(Service::Ec2, "DetachNetworkInterface", request)
            .await
            .map(drop)
    }

    /// Sets one tag on an EC2 resource.
    ///
    /// # Errors
    /// As any call.
    pub async fn tag(&self, id: &str, key: &str, value: &str) -> Result<(), CallError> {
        let tag = Tag::builder().key(key).value(value).build();
        let request = self.ec2().create_tags().resources(id).tags(tag).send();
        self.call(Service::Ec2, "CreateTags", request)
            .await
            .map(drop)
    }
}

fn security_group(found: aws_sdk_ec2::types::SecurityGroup) -> SecurityGroup {
    let id = found.group_id.unwrap_or_default();
    let rules = found
        .ip_permissions
        .iter()
        .flatten()
        .chain(found.ip_permissions_egress.iter().flatten());
    let named = rules
        .flat_map(aws_sdk_ec2::types::IpPermission::user_id_group_pairs)
        .filter_map(|pair| pair.group_id.clone());
    SecurityGroup {
        names_groups: named.filter(|named| *named != id).collect(),
        name: found.group_name.unwrap_or_default(),
        vpc: found.vpc_id.unwrap_or_default(),
        tags: tags(found.tags),
        associations: BTreeSet::new(),
        id,
    }
}

fn network_interface(found: aws_sdk_ec2::types::NetworkInterface) -> NetworkInterface {
    let attachment = found.attachment;
    NetworkInterface {
        id: found.network_interface_id.unwrap_or_default(),
        description: found.description.unwrap_or_default(),
        kind: found
            .interface_type
            .map(|kind| kind.as_str().to_owned())
            .unwrap_or_default(),
        requester: found.requester_id,
        is_requester_managed: found.requester_managed.unwrap_or_default(),
        instance: attachment.as_ref().and_then(|it| it.instance_id.clone()),
        attachment: attachment.and_then(|it| it.attachment_id),
        status: found
            .status
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        subnet: found.subnet_id.unwrap_or_default(),
        vpc: found.vpc_id.unwrap_or_default(),
        groups: found
            .groups
            .unwrap_or_default()
            .into_iter()
            .filter_map(|group| group.group_id)
            .collect(),
    }
}
