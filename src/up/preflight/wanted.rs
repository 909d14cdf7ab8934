//! What the stacks would make that is not there yet.

use std::collections::BTreeSet;

use super::super::domain::DOMAIN;
use super::super::prepare::Ready;
use super::super::request::Request;
use super::super::status::Work;
use super::there::There;
use super::{Checking, Finding, Findings};
use crate::aws::CallError;
use crate::aws::cloudformation::Stack;
use crate::context::Context;
use crate::stacks::Entry;
use crate::stacks::parameters::known_values;
use crate::stacks::resources::{Resources, Values};

/// Resources of the stacks that do not exist yet, those that a change would add included.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub vpcs: usize,
    /// Addresses of the VPCs that are known now.
    pub vpc_blocks: Vec<String>,
    /// Addresses of subnets, by logical id, as far as they are known now.
    pub subnets: Vec<(String, String)>,
    /// Names of the services of interface endpoints.
    pub interface_endpoints: Vec<String>,
    pub gateway_endpoints: Vec<String>,
    /// Names of domains; an empty one where it is not known yet.
    pub domains: Vec<String>,
    pub user_profiles: usize,
    pub spaces: usize,
}

impl Wanted {
    pub(super) fn of(cx: &Context, request: &Request, ready: &Ready, there: &There) -> Self {
        let mut wanted = Self::default();
        for entry in &request.manifest.stacks {
            let (stack, known) = match ready.work.get(&entry.key) {
                Some(Work::Create | Work::Replace) => (None, Some(BTreeSet::new())),
                Some(Work::Update) => (
                    ready.existing.get(&entry.key),
                    there.logical_ids(&entry.key),
                ),
                Some(Work::RollBack | Work::Join) | None => continue,
            };
            if let Some(known) = known {
                wanted.add(entry, &values(cx, request, entry, stack), &known);
            }
        }
        wanted
    }

    fn add(&mut self, entry: &Entry, values: &Values, there: &BTreeSet<&str>) {
        let resources = Resources::new(&entry.tree, values);
        let new = resources.made();
        for resource in new.filter(|resource| !there.contains(resource.logical_id)) {
            let known = |property: &str| resource.text(property);
            match resource.kind {
                "AWS::EC2::VPC" => {
                    self.vpcs += 1;
                    self.vpc_blocks.extend(known("CidrBlock"));
                }
                "AWS::EC2::Subnet" => {
                    let logical = resource.logical_id.to_owned();
                    let block = known("CidrBlock");
                    self.subnets.extend(block.map(|block| (logical, block)));
                }
                "AWS::EC2::VPCEndpoint" => {
                    // Without a type it is a gateway (CloudFormation's reference of the type).
                    let interface = known("VpcEndpointType").as_deref() == Some("Interface");
                    let service = known("ServiceName");
                    if interface {
                        self.interface_endpoints.extend(service);
                    } else {
                        self.gateway_endpoints.extend(service);
                    }
                }
                DOMAIN => self.domains.push(known("DomainName").unwrap_or_default()),
                "AWS::SageMaker::UserProfile" => self.user_profiles += 1,
                "AWS::SageMaker::Space" => self.spaces += 1,
                _ => {}
            }
        }
    }
}

/// Parameters and pseudo parameters of a stack, as far as they are known now.
fn values(cx: &Context, request: &Request, entry: &Entry, stack: Option<&Stack>) -> Values {
    let claim = &request.claim;
    let (manifest, given) = (&request.manifest, &request.given);
    let kept = stack.map(|stack| &stack.parameters);
    let mut values = known_values(manifest, given, &claim.environment, entry, kept);
    let suffix = match cx.aws.partition() {
        "aws-cn" => "amazonaws.com.cn",
        _ => "amazonaws.com",
    };
    let pseudo = [
        ("AWS::Region", cx.aws.region()),
        ("AWS::Partition", cx.aws.partition()),
        ("AWS::AccountId", &claim.identity.account),
        ("AWS::URLSuffix", suffix),
    ];
    values.extend(pseudo.map(|(key, value)| (key.to_owned(), value.to_owned())));
    let name = entry.physical_name(&claim.environment);
    values.insert("AWS::StackName".to_owned(), name);
    values
}

/// Names of domains are unique in a region.
pub(super) async fn check_names(checking: &Checking<'_>) -> Result<Findings, CallError> {
    let names: BTreeSet<&String> = checking.wanted.domains.iter().collect();
    if names.iter().all(|name| name.is_empty()) {
        return Ok(Vec::new());
    }
    let cx = checking.cx;
    let Some(existing) = checking.advised(async || cx.aws.domains().await).await? else {
        return Ok(Vec::new());
    };
    let taken = existing.iter().filter(|domain| {
        let goes = checking.there.freed.domains.contains(&domain.id) || domain.status == "Deleting";
        names.contains(&domain.name) && !goes
    });
    Ok(taken
        .map(|domain| {
            Finding::stop(
                "domain-name-taken",
                format!(
                    "a domain named {} exists already: {}",
                    domain.name, domain.id
                ),
                &[
                    "choose another environment with --name NAME",
                    "aws sagemaker list-domains",
                ],
            )
        })
        .collect())
}
