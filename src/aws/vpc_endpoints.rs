//! EC2: what a region offers to VPCs, and how many there are.

use std::collections::{BTreeMap, BTreeSet};

use super::ec2::filter;
use super::{Aws, CallError, Service};

/// A service that VPC endpoints can lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointService {
    /// `com.amazonaws.us-east-1.sts`.
    pub name: String,
    /// `Interface`, `Gateway`.
    pub kinds: BTreeSet<String>,
    /// Names of the zones in which it is offered: `us-east-1a`.
    pub zones: BTreeSet<String>,
}

impl Aws {
    /// Those of these services that the region has; S3 is told once for each kind of endpoint.
    ///
    /// # Errors
    /// As any call.
    pub async fn endpoint_services(
        &self,
        names: &[String],
    ) -> Result<Vec<EndpointService>, CallError> {
        let by_name = filter("service-name", names);
        let found = self
            .pages(
                Service::Ec2,
                "DescribeVpcEndpointServices",
                |token| {
                    self.ec2()
                        .describe_vpc_endpoint_services()
                        .filters(by_name.clone())
                        .set_next_token(token)
                        .send()
                },
                |page| (page.service_details.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|service| EndpointService {
                name: service.service_name.unwrap_or_default(),
                kinds: service
                    .service_type
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|kind| kind.service_type)
                    .map(|kind| kind.as_str().to_owned())
                    .collect(),
                zones: service
                    .availability_zones
                    .unwrap_or_default()
                    .into_iter()
                    .collect(),
            })
            .collect())
    }

    /// The endpoints of one of these kinds, in one VPC or the whole region, by their ids.
    ///
    /// # Errors
    /// As any call.
    pub async fn endpoints_of(
        &self,
        kinds: &[&str],
        vpc: Option<&str>,
    ) -> Result<BTreeSet<String>, CallError> {
        let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        let mut filters = vec![filter("vpc-endpoint-type", &kinds)];
        filters.extend(vpc.map(|vpc| filter("vpc-id", &[vpc.to_owned()])));
        let found = self
            .pages(
                Service::Ec2,
                "DescribeVpcEndpoints",
                |token| {
                    self.ec2()
                        .describe_vpc_endpoints()
                        .set_filters(Some(filters.clone()))
                        .set_next_token(token)
                        .send()
                },
                |page| (page.vpc_endpoints.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found
            .into_iter()
            .filter_map(|endpoint| endpoint.vpc_endpoint_id)
            .collect())
    }

    /// How many addresses are free in these subnets, by id.
    ///
    /// # Errors
    /// As any call.
    pub async fn free_addresses(
        &self,
        subnets: &[String],
    ) -> Result<BTreeMap<String, u64>, CallError> {
        let found = self
            .pages(
                Service::Ec2,
                "DescribeSubnets",
                |token| {
                    self.ec2()
                        .describe_subnets()
                        .filters(filter("subnet-id", subnets))
                        .set_next_token(token)
                        .send()
                },
                |page| (page.subnets.unwrap_or_default(), page.next_token),
            )
            .await?;
        let free = found.into_iter().filter_map(|subnet| {
            let count = subnet.available_ip_address_count?;
            Some((subnet.subnet_id?, u64::try_from(count).unwrap_or(0)))
        });
        Ok(free.collect())
    }

    /// How many VPCs the region has, the default one included.
    ///
    /// # Errors
    /// As any call.
    pub async fn count_vpcs(&self) -> Result<usize, CallError> {
        let found = self
            .pages(
                Service::Ec2,
                "DescribeVpcs",
                |token| self.ec2().describe_vpcs().set_next_token(token).send(),
                |page| (page.vpcs.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found.len())
    }
}
