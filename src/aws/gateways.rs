//! EC2: the gateways of a VPC that lead to somewhere else than the internet, or there for some of its traffic alone.

use aws_sdk_ec2::types::{
    AttachmentStatus, CarrierGateway, EgressOnlyInternetGateway, VpcAttachment, VpnGateway,
    VpnState,
};
use environment::facts::{DETACHED, NetworkPart, PartKind};

use super::ec2::filter;
use super::network_parts::{By, part};
use super::{Aws, CallError, Service};

/// How a region says that it does not know an action, as far as EC2 documents it.
const UNKNOWN: [&str; 2] = ["UnsupportedOperation", "InvalidAction"];

/// The service's word for where an attachment to a VPC is in its life; one that lasts comes before one that has ended, and
/// that one counts for nothing while there is another somewhere else.
fn attachment_to<'a>(attachments: &'a [VpcAttachment], vpc: &str) -> Option<&'a str> {
    let word = |it: &'a VpcAttachment| it.state.as_ref().map_or("", AttachmentStatus::as_str);
    let here = attachments
        .iter()
        .filter(|it| it.vpc_id.as_deref() == Some(vpc));
    let mut words = here.map(word);
    let lasting = words.clone().find(|word| *word != DETACHED);
    let is_elsewhere = || attachments.iter().map(word).any(|word| word != DETACHED);
    lasting.or_else(|| words.next().filter(|_| !is_elsewhere()))
}

impl Aws {
    /// VPN gateways that are attached to a VPC, or were until the service forgets it: it shows a detached one with the
    /// attachment that it had (terraform#6987).
    ///
    /// # Errors
    /// As any call.
    pub(super) async fn vpn_gateways(&self, vpc: &str) -> Result<Vec<NetworkPart>, CallError> {
        let found = self.vpn_gateways_by(("attachment.vpc-id", vpc)).await?;
        let parts = found.into_iter().filter_map(|found| {
            let attachments = found.vpc_attachments.unwrap_or_default();
            let word = attachment_to(&attachments, vpc)?.to_owned();
            let (vpc, id) = (Some(vpc.to_owned()), found.vpn_gateway_id);
            Some(NetworkPart {
                status: Some(word).filter(|word| word != "attached" && !word.is_empty()),
                ..part(PartKind::VpnGateway, vpc, id, found.tags)
            })
        });
        Ok(parts.collect())
    }

    /// # Errors
    /// As any call.
    pub(super) async fn has_vpn_gateway(&self, id: &str) -> Result<bool, CallError> {
        let found = self.vpn_gateways_by(("vpn-gateway-id", id)).await?;
        Ok(!found.is_empty())
    }

    /// The action has no pages.
    async fn vpn_gateways_by(&self, by: By<'_>) -> Result<Vec<VpnGateway>, CallError> {
        let request = self.ec2().describe_vpn_gateways();
        let request = request.filters(filter(by.0, &[by.1.to_owned()])).send();
        let answer = self
            .call(Service::Ec2, "DescribeVpnGateways", request)
            .await?;
        let mut found = answer.vpn_gateways.unwrap_or_default();
        // A deleted one stays listed for a while.
        found.retain(|found| {
            let state = found.state.as_ref().map(VpnState::as_str);
            state != Some("deleted")
        });
        Ok(found)
    }

    /// Egress-only internet gateways of a VPC. The action filters by tags alone.
    ///
    /// # Errors
    /// As any call.
    pub(super) async fn egress_only_gateways(
        &self,
        vpc: &str,
    ) -> Result<Vec<NetworkPart>, CallError> {
        let found = self.all_egress_only_gateways().await?;
        let here = found.into_iter().filter(|found| {
            let mut attachments = found.attachments.iter().flatten();
            attachments.any(|attachment| {
                let state = attachment.state.as_ref().map(AttachmentStatus::as_str);
                attachment.vpc_id.as_deref() == Some(vpc) && state != Some(DETACHED)
            })
        });
        let parts = here.map(|found| {
            let (vpc, id) = (Some(vpc.to_owned()), found.egress_only_internet_gateway_id);
            part(PartKind::EgressOnlyGateway, vpc, id, found.tags)
        });
        Ok(parts.collect())
    }

    /// # Errors
    /// As any call.
    pub(super) async fn has_egress_only_gateway(&self, id: &str) -> Result<bool, CallError> {
        let found = self.all_egress_only_gateways().await?;
        let mut ids = found.iter().map(|it| &it.egress_only_internet_gateway_id);
        Ok(ids.any(|found| found.as_deref() == Some(id)))
    }

    async fn all_egress_only_gateways(&self) -> Result<Vec<EgressOnlyInternetGateway>, CallError> {
        self.pages(
            Service::Ec2,
            "DescribeEgressOnlyInternetGateways",
            |token| {
                self.ec2()
                    .describe_egress_only_internet_gateways()
                    .set_next_token(token)
                    .send()
            },
            |page| {
                let found = page.egress_only_internet_gateways;
                (found.unwrap_or_default(), page.next_token)
            },
        )
        .await
    }

    /// Carrier gateways: there are none where the region does not know them.
    ///
    /// # Errors
    /// As any call.
    pub(super) async fn carrier_gateways(&self, by: By<'_>) -> Result<Vec<NetworkPart>, CallError> {
        let found = match self.carrier_gateways_by(by).await {
            Ok(found) => found,
            Err(error) if UNKNOWN.contains(&error.code.as_str()) => Vec::new(),
            Err(error) => return Err(error),
        };
        let parts = found.into_iter().filter_map(|found| {
            let word = found.state.map(|state| state.as_str().to_owned());
            let word = word.filter(|word| word != "available");
            // A deleted one stays listed for a while.
            if word.as_deref() == Some("deleted") {
                return None;
            }
            let (vpc, id) = (found.vpc_id, found.carrier_gateway_id);
            Some(NetworkPart {
                status: word,
                ..part(PartKind::CarrierGateway, vpc, id, found.tags)
            })
        });
        Ok(parts.collect())
    }

    async fn carrier_gateways_by(&self, by: By<'_>) -> Result<Vec<CarrierGateway>, CallError> {
        self.pages(
            Service::Ec2,
            "DescribeCarrierGateways",
            |token| {
                self.ec2()
                    .describe_carrier_gateways()
                    .filters(filter(by.0, &[by.1.to_owned()]))
                    .set_next_token(token)
                    .send()
            },
            |page| (page.carrier_gateways.unwrap_or_default(), page.next_token),
        )
        .await
    }

    /// Takes a VPN gateway off a VPC, which takes it a while.
    pub(super) async fn detach_vpn_gateway(&self, id: &str, vpc: &str) -> Result<(), CallError> {
        let request = self.ec2().detach_vpn_gateway();
        let request = request.vpn_gateway_id(id).vpc_id(vpc).send();
        self.call(Service::Ec2, "DetachVpnGateway", request)
            .await
            .map(drop)
    }

    /// # Errors
    /// As any call; held until it is detached for good.
    pub async fn delete_vpn_gateway(&self, id: &str) -> Result<(), CallError> {
        let request = self.ec2().delete_vpn_gateway().vpn_gateway_id(id).send();
        self.call(Service::Ec2, "DeleteVpnGateway", request)
            .await
            .map(drop)
    }

    pub(super) async fn delete_egress_only_gateway(&self, id: &str) -> Result<(), CallError> {
        let request = self.ec2().delete_egress_only_internet_gateway();
        let request = request.egress_only_internet_gateway_id(id).send();
        self.call(Service::Ec2, "DeleteEgressOnlyInternetGateway", request)
            .await
            .map(drop)
    }

    pub(super) async fn delete_carrier_gateway(&self, id: &str) -> Result<(), CallError> {
        let request = self.ec2().delete_carrier_gateway();
        let request = request.carrier_gateway_id(id).send();
        self.call(Service::Ec2, "DeleteCarrierGateway", request)
            .await
            .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_that_lasts_comes_first_and_others_do_not_count() {
        let attachment = |vpc: &str, state: AttachmentStatus| {
            VpcAttachment::builder().vpc_id(vpc).state(state).build()
        };
        let attachments = [
            attachment("vpc-1", AttachmentStatus::Detached),
            attachment("vpc-2", AttachmentStatus::Attaching),
            attachment("vpc-1", AttachmentStatus::Detaching),
        ];
        let told = ["vpc-1", "vpc-2", "vpc-3"].map(|vpc| attachment_to(&attachments, vpc));
        assert_eq!(told, [Some("detaching"), Some("attaching"), None]);
        assert_eq!(attachment_to(&attachments[..1], "vpc-1"), Some(DETACHED));
        // It has come to be somebody else's meanwhile.
        assert_eq!(attachment_to(&attachments[..2], "vpc-1"), None);
    }
}
