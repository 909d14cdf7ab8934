//! EC2: what a region offers to VPCs, and how many there are.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::Filter;

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
        let by_name = Filter::builder()
            .name("service-name")
            .set_values(Some(names.to_vec()))
            .build();
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
