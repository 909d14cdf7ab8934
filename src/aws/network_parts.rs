//! EC2: what else is in our VPCs, besides security groups and network interfaces.

use aws_sdk_ec2::types::Tag;
use environment::facts::{NetworkPart, PartKind};

use super::ec2::{filter, tags};
use super::{Aws, CallError, Service};

/// Lists one kind of parts by the VPC that they are in.
macro_rules! parts_in {
    ($self:ident, $vpc:ident, $operation:literal, $call:ident, $filter:literal, $items:ident) => {
        $self
            .pages(
                Service::Ec2,
                $operation,
                |token| {
                    $self
                        .ec2()
                        .$call()
                        .filters(filter($filter, &[$vpc.to_owned()]))
                        .set_next_token(token)
                        .send()
                },
                |page| (page.$items.unwrap_or_default(), page.next_token),
            )
            .await?
    };
}

fn part(kind: PartKind, vpc: &str, id: Option<String>, tagged: Option<Vec<Tag>>) -> NetworkPart {
    let tags = tags(tagged);
    NetworkPart {
        kind,
        id: id.unwrap_or_default(),
        vpc: vpc.to_owned(),
        name: tags.get("Name").cloned(),
        tags,
    }
}

impl Aws {
    /// Subnets, route tables, network ACLs, gateways, endpoints and instances of a VPC; what came with the VPC and goes with
    /// it is left out.
    ///
    /// # Errors
    /// As any call.
    pub async fn network_parts(&self, vpc: &str) -> Result<Vec<NetworkPart>, CallError> {
        let (subnets, routes) =
            futures_util::future::try_join(self.subnets(vpc), self.route_tables(vpc)).await?;
        let (acls, gateways, nats) = futures_util::future::try_join3(
            self.network_acls(vpc),
            self.internet_gateways(vpc),
            self.nat_gateways(vpc),
        )
        .await?;
        let (endpoints, instances) =
            futures_util::future::try_join(self.vpc_endpoints(vpc), self.instances(vpc)).await?;
        Ok([subnets, routes, acls, gateways, nats, endpoints, instances].concat())
    }

    async fn subnets(&self, vpc: &str) -> Result<Vec<NetworkPart>, CallError> {
        let found = parts_in!(
            self,
            vpc,
            "DescribeSubnets",
            describe_subnets,
            "vpc-id",
            subnets
        );
        let parts = found.into_iter();
        Ok(parts
            .map(|found| part(PartKind::Subnet, vpc, found.subnet_id, found.tags))
            .collect())
    }

    async fn route_tables(&self, vpc: &str) -> Result<Vec<NetworkPart>, CallError> {
        let found = parts_in!(
            self,
            vpc,
            "DescribeRouteTables",
            describe_route_tables,
            "vpc-id",
            route_tables
        );
        let own = found.into_iter().filter(|found| {
            let mut associations = found.associations.iter().flatten();
            !associations.any(|association| association.main == Some(true))
        });
        Ok(own
            .map(|found| part(PartKind::RouteTable, vpc, found.route_table_id, found.tags))
            .collect())
    }

    async fn network_acls(&self, vpc: &str) -> Result<Vec<NetworkPart>, CallError> {
        let found = parts_in!(
            self,
            vpc,
            "DescribeNetworkAcls",
            describe_network_acls,
            "vpc-id",
            network_acls
        );
        let own = found
            .into_iter()
            .filter(|found| found.is_default != Some(true));
        Ok(own
            .map(|found| part(PartKind::NetworkAcl, vpc, found.network_acl_id, found.tags))
            .collect())
    }

    async fn internet_gateways(&self, vpc: &str) -> Result<Vec<NetworkPart>, CallError> {
        let found = parts_in!(
            self,
            vpc,
            "DescribeInternetGateways",
            describe_internet_gateways,
            "attachment.vpc-id",
            internet_gateways
        );
        let parts = found.into_iter();
        Ok(parts
            .map(|found| {
                let id = found.internet_gateway_id;
                part(PartKind::InternetGateway, vpc, id, found.tags)
            })
            .collect())
    }

    async fn nat_gateways(&self, vpc: &str) -> Result<Vec<NetworkPart>, CallError> {
        let found = self
            .pages(
                Service::Ec2,
                "DescribeNatGateways",
                |token| {
                    self.ec2()
                        .describe_nat_gateways()
                        .filter(filter("vpc-id", &[vpc.to_owned()]))
                        .set_next_token(token)
                        .send()
                },
                |page| (page.nat_gateways.unwrap_or_default(), page.next_token),
            )
            .await?;
        // A deleted one stays listed for about an hour.
        let living = found.into_iter().filter(|found| {
            let state = found.state.as_ref().map(|state| state.as_str().to_owned());
            !matches!(state.as_deref(), Some("deleted" | "failed"))
        });
        Ok(living
            .map(|found| part(PartKind::NatGateway, vpc, found.nat_gateway_id, found.tags))
            .collect())
    }

    async fn vpc_endpoints(&self, vpc: &str) -> Result<Vec<NetworkPart>, CallError> {
        let found = parts_in!(
            self,
            vpc,
            "DescribeVpcEndpoints",
            describe_vpc_endpoints,
            "vpc-id",
            vpc_endpoints
        );
        let living = found.into_iter().filter(|found| {
            let state = found.state.as_ref().map(|state| state.as_str().to_owned());
            !matches!(state.as_deref(), Some("deleted" | "Deleted"))
        });
        Ok(living
            .map(|found| {
                let service = found.service_name;
                let part = part(
                    PartKind::VpcEndpoint,
                    vpc,
                    found.vpc_endpoint_id,
                    found.tags,
                );
                NetworkPart {
                    name: service,
                    ..part
                }
            })
            .collect())
    }

    async fn instances(&self, vpc: &str) -> Result<Vec<NetworkPart>, CallError> {
        let found = parts_in!(
            self,
            vpc,
            "DescribeInstances",
            describe_instances,
            "vpc-id",
            reservations
        );
        let instances = found
            .into_iter()
            .flat_map(|found| found.instances.unwrap_or_default());
        // A terminated one stays listed for about an hour, and has nothing in the VPC any more.
        let living = instances.filter(|found| {
            let state = found.state.as_ref().and_then(|state| state.name.as_ref());
            state.is_none_or(|state| state.as_str() != "terminated")
        });
        Ok(living
            .map(|found| part(PartKind::Instance, vpc, found.instance_id, found.tags))
            .collect())
    }

    /// Deletes a part of a VPC, or takes it off. An instance is not deleted: see `environment::assemble`.
    ///
    /// # Errors
    /// As any call.
    pub async fn delete_network_part(
        &self,
        kind: PartKind,
        id: &str,
        vpc: &str,
    ) -> Result<(), CallError> {
        let ec2 = self.ec2();
        match kind {
            PartKind::Subnet => {
                let request = ec2.delete_subnet().subnet_id(id).send();
                self.call(Service::Ec2, "DeleteSubnet", request)
                    .await
                    .map(drop)
            }
            PartKind::RouteTable => {
                let request = ec2.delete_route_table().route_table_id(id).send();
                self.call(Service::Ec2, "DeleteRouteTable", request)
                    .await
                    .map(drop)
            }
            PartKind::NetworkAcl => {
                let request = ec2.delete_network_acl().network_acl_id(id).send();
                self.call(Service::Ec2, "DeleteNetworkAcl", request)
                    .await
                    .map(drop)
            }
            PartKind::InternetGateway => {
                let request = ec2.detach_internet_gateway();
                let request = request.internet_gateway_id(id).vpc_id(vpc).send();
                self.call(Service::Ec2, "DetachInternetGateway", request)
                    .await
                    .map(drop)
            }
            PartKind::NatGateway => {
                let request = ec2.delete_nat_gateway().nat_gateway_id(id).send();
                self.call(Service::Ec2, "DeleteNatGateway", request)
                    .await
                    .map(drop)
            }
            PartKind::VpcEndpoint => self.delete_vpc_endpoint(id).await,
            PartKind::Instance => Ok(()),
        }
    }

    /// The answer is a success even where the endpoint was not deleted: the reason is in its body (section 2.3).
    async fn delete_vpc_endpoint(&self, id: &str) -> Result<(), CallError> {
        let request = self
            .ec2()
            .delete_vpc_endpoints()
            .vpc_endpoint_ids(id)
            .send();
        let answer = self
            .call(Service::Ec2, "DeleteVpcEndpoints", request)
            .await?;
        let unsuccessful = answer.unsuccessful.unwrap_or_default();
        match unsuccessful.into_iter().find_map(|item| item.error) {
            Some(error) => Err(CallError::told(
                Service::Ec2,
                "DeleteVpcEndpoints",
                error.code.as_deref().unwrap_or_default(),
                error.message.as_deref().unwrap_or_default(),
            )),
            None => Ok(()),
        }
    }
}
