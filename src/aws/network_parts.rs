//! EC2: what else is in our VPCs, besides security groups and network interfaces.

use aws_sdk_ec2::types::{InstanceStateName, NatGatewayState, State, Tag};
use environment::facts::{DETACHED, NetworkPart, PartKind};
use environment::mark;
use futures_util::future::{try_join, try_join3};

use super::ec2::{filter, listed_by, tags};
use super::{Aws, CallError, Service};

/// A filter's name and the value that it wants.
pub(super) type By<'a> = (&'a str, &'a str);

/// Lists the parts of one kind that a filter lets through.
macro_rules! parts_by {
    ($self:ident, $by:ident, $operation:literal, $call:ident, $items:ident) => {
        listed_by!(
            $self,
            $by.0,
            [$by.1.to_owned()],
            $operation,
            $call,
            $items,
            std::convert::identity
        )
    };
}

pub(super) fn part(
    kind: PartKind,
    vpc: Option<String>,
    id: Option<String>,
    tagged: Option<Vec<Tag>>,
) -> NetworkPart {
    let tags = tags(tagged);
    NetworkPart {
        kind,
        id: id.unwrap_or_default(),
        vpc: vpc.unwrap_or_default(),
        name: tags.get("Name").cloned(),
        tags,
        status: None,
    }
}

/// The service's word for where a part is, if that is on its way out: it is not asked to go again. EC2 does not spell all
/// of them as its model does (section 2.3).
fn leaving(word: Option<&str>) -> Option<String> {
    let word = word?.to_lowercase();
    Some(word).filter(|word| matches!(word.as_str(), "deleting" | "shutting-down"))
}

impl Aws {
    /// Subnets, route tables, network ACLs, gateways, endpoints and instances of a VPC; what came with the VPC and goes with
    /// it is left out.
    ///
    /// # Errors
    /// As any call.
    pub async fn network_parts(&self, vpc: &str) -> Result<Vec<NetworkPart>, CallError> {
        let by = ("vpc-id", vpc);
        let (subnets, routes) = try_join(self.subnets(by), self.route_tables(by)).await?;
        let own = routes.into_iter().filter(|(_, is_main)| !is_main);
        let routes: Vec<NetworkPart> = own.map(|(part, _)| part).collect();
        let usual = try_join3(
            self.network_acls(by),
            self.internet_gateways(("attachment.vpc-id", vpc)),
            self.nat_gateways(by),
        );
        let rare = try_join3(
            self.vpn_gateways(vpc),
            self.egress_only_gateways(vpc),
            self.carrier_gateways(by),
        );
        let ((acls, gateways, nats), (vpns, egress_only, carriers)) = try_join(usual, rare).await?;
        let (endpoints, instances) = try_join(self.vpc_endpoints(by), self.instances(by)).await?;
        let gateways = [gateways, nats, vpns, egress_only, carriers].concat();
        Ok([subnets, routes, acls, gateways, endpoints, instances].concat())
    }

    /// Internet gateways that bear the mark of an environment and are attached to nothing: they count for a VPC that they may
    /// have been taken off, since no attachment tells of it any more.
    ///
    /// # Errors
    /// As any call.
    pub async fn detached_internet_gateways(
        &self,
        environment: &str,
        vpc: &str,
    ) -> Result<Vec<NetworkPart>, CallError> {
        let tag = format!("tag:{}", mark::ENVIRONMENT);
        let marked = self.internet_gateways((tag.as_str(), environment)).await?;
        let off = marked.into_iter().filter(|part| part.vpc.is_empty());
        Ok(off
            .map(|part| NetworkPart {
                vpc: vpc.to_owned(),
                status: Some(DETACHED.to_owned()),
                ..part
            })
            .collect())
    }

    /// Whether there is such a part, wherever it is.
    ///
    /// # Errors
    /// As any call.
    pub async fn has_network_part(&self, kind: PartKind, id: &str) -> Result<bool, CallError> {
        let found = match kind {
            PartKind::Subnet => self.subnets(("subnet-id", id)).await,
            PartKind::RouteTable => {
                let found = self.route_tables(("route-table-id", id)).await?;
                return Ok(!found.is_empty());
            }
            PartKind::NetworkAcl => self.network_acls(("network-acl-id", id)).await,
            PartKind::InternetGateway => self.internet_gateways(("internet-gateway-id", id)).await,
            PartKind::NatGateway => self.nat_gateways(("nat-gateway-id", id)).await,
            PartKind::VpnGateway => return self.has_vpn_gateway(id).await,
            PartKind::EgressOnlyGateway => return self.has_egress_only_gateway(id).await,
            PartKind::CarrierGateway => self.carrier_gateways(("carrier-gateway-id", id)).await,
            PartKind::VpcEndpoint => self.vpc_endpoints(("vpc-endpoint-id", id)).await,
            PartKind::Instance => self.instances(("instance-id", id)).await,
        };
        found.map(|found| !found.is_empty())
    }

    async fn subnets(&self, by: By<'_>) -> Result<Vec<NetworkPart>, CallError> {
        let found = parts_by!(self, by, "DescribeSubnets", describe_subnets, subnets);
        let parts = found.into_iter();
        Ok(parts
            .map(|found| part(PartKind::Subnet, found.vpc_id, found.subnet_id, found.tags))
            .collect())
    }

    /// Route tables, and whether each is the main one of its VPC.
    async fn route_tables(&self, by: By<'_>) -> Result<Vec<(NetworkPart, bool)>, CallError> {
        let found = parts_by!(
            self,
            by,
            "DescribeRouteTables",
            describe_route_tables,
            route_tables
        );
        let parts = found.into_iter().map(|found| {
            let mut associations = found.associations.iter().flatten();
            let is_main = associations.any(|association| association.main == Some(true));
            let (vpc, id) = (found.vpc_id, found.route_table_id);
            (part(PartKind::RouteTable, vpc, id, found.tags), is_main)
        });
        Ok(parts.collect())
    }

    async fn network_acls(&self, by: By<'_>) -> Result<Vec<NetworkPart>, CallError> {
        let found = parts_by!(
            self,
            by,
            "DescribeNetworkAcls",
            describe_network_acls,
            network_acls
        );
        let own = found
            .into_iter()
            .filter(|found| found.is_default != Some(true));
        Ok(own
            .map(|found| {
                part(
                    PartKind::NetworkAcl,
                    found.vpc_id,
                    found.network_acl_id,
                    found.tags,
                )
            })
            .collect())
    }

    async fn internet_gateways(&self, by: By<'_>) -> Result<Vec<NetworkPart>, CallError> {
        let found = parts_by!(
            self,
            by,
            "DescribeInternetGateways",
            describe_internet_gateways,
            internet_gateways
        );
        let parts = found.into_iter();
        Ok(parts
            .map(|found| {
                let mut attachments = found.attachments.unwrap_or_default().into_iter();
                let vpc = attachments.find_map(|attachment| attachment.vpc_id);
                let id = found.internet_gateway_id;
                part(PartKind::InternetGateway, vpc, id, found.tags)
            })
            .collect())
    }

    async fn nat_gateways(&self, by: By<'_>) -> Result<Vec<NetworkPart>, CallError> {
        let found = self
            .pages(
                Service::Ec2,
                "DescribeNatGateways",
                |token| {
                    self.ec2()
                        .describe_nat_gateways()
                        .filter(filter(by.0, &[by.1.to_owned()]))
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
            .map(|found| {
                let state = found.state.as_ref().map(NatGatewayState::as_str);
                NetworkPart {
                    status: leaving(state),
                    ..part(
                        PartKind::NatGateway,
                        found.vpc_id,
                        found.nat_gateway_id,
                        found.tags,
                    )
                }
            })
            .collect())
    }

    async fn vpc_endpoints(&self, by: By<'_>) -> Result<Vec<NetworkPart>, CallError> {
        let found = parts_by!(
            self,
            by,
            "DescribeVpcEndpoints",
            describe_vpc_endpoints,
            vpc_endpoints
        );
        let living = found.into_iter().filter(|found| {
            let state = found.state.as_ref().map(|state| state.as_str().to_owned());
            !matches!(state.as_deref(), Some("deleted" | "Deleted"))
        });
        Ok(living
            .map(|found| {
                let state = found.state.as_ref().map(State::as_str);
                NetworkPart {
                    name: found.service_name,
                    status: leaving(state),
                    ..part(
                        PartKind::VpcEndpoint,
                        found.vpc_id,
                        found.vpc_endpoint_id,
                        found.tags,
                    )
                }
            })
            .collect())
    }

    async fn instances(&self, by: By<'_>) -> Result<Vec<NetworkPart>, CallError> {
        let found = parts_by!(
            self,
            by,
            "DescribeInstances",
            describe_instances,
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
            .map(|found| {
                let state = found.state.as_ref().and_then(|state| state.name.as_ref());
                NetworkPart {
                    status: leaving(state.map(InstanceStateName::as_str)),
                    ..part(
                        PartKind::Instance,
                        found.vpc_id,
                        found.instance_id,
                        found.tags,
                    )
                }
            })
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
            PartKind::VpnGateway => self.detach_vpn_gateway(id, vpc).await,
            PartKind::EgressOnlyGateway => self.delete_egress_only_gateway(id).await,
            PartKind::CarrierGateway => self.delete_carrier_gateway(id).await,
            PartKind::VpcEndpoint => self.delete_vpc_endpoint(id).await,
            PartKind::Instance => Ok(()),
        }
    }

    /// # Errors
    /// As any call.
    pub async fn delete_internet_gateway(&self, id: &str) -> Result<(), CallError> {
        let request = self.ec2().delete_internet_gateway();
        let request = request.internet_gateway_id(id).send();
        self.call(Service::Ec2, "DeleteInternetGateway", request)
            .await
            .map(drop)
    }

    /// # Errors
    /// As any call; held while anything is in it that does not go with it.
    pub async fn delete_vpc(&self, id: &str) -> Result<(), CallError> {
        let request = self.ec2().delete_vpc().vpc_id(id).send();
        self.call(Service::Ec2, "DeleteVpc", request)
            .await
            .map(drop)
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
