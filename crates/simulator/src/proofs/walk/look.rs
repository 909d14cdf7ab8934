//! What people look at between the things that they do: a list to its last page, or what there is of one thing. What they
//! do does not depend on it.

use serde_json::{Value, json};

use super::Walk;
use crate::service::Service;
use crate::world::Reply;

/// Lists of everything that there is of a kind.
const LISTS: [(Service, &str); 33] = [
    (Service::CloudFormation, "DescribeStacks"),
    (Service::CloudFormation, "ListStacks"),
    (Service::CloudFormation, "ListExports"),
    (Service::Ec2, "DescribeVpcs"),
    (Service::Ec2, "DescribeSubnets"),
    (Service::Ec2, "DescribeSecurityGroups"),
    (Service::Ec2, "DescribeSecurityGroupRules"),
    (Service::Ec2, "DescribeNetworkInterfaces"),
    (Service::Ec2, "DescribeVpcEndpoints"),
    (Service::Ec2, "DescribeRouteTables"),
    (Service::Ec2, "DescribeNetworkAcls"),
    (Service::Ec2, "DescribeInstances"),
    (Service::Ec2, "DescribeNatGateways"),
    (Service::Ec2, "DescribeInternetGateways"),
    (Service::Ec2, "DescribeTags"),
    (Service::Efs, "DescribeFileSystems"),
    (Service::Logs, "DescribeLogGroups"),
    (Service::SageMaker, "ListDomains"),
    (Service::SageMaker, "ListUserProfiles"),
    (Service::SageMaker, "ListSpaces"),
    (Service::SageMaker, "ListApps"),
    (Service::SageMaker, "ListModels"),
    (Service::SageMaker, "ListEndpointConfigs"),
    (Service::SageMaker, "ListEndpoints"),
    (Service::SageMaker, "ListInferenceComponents"),
    (Service::SageMaker, "ListMonitoringSchedules"),
    (Service::SageMaker, "ListNotebookInstances"),
    (Service::SageMaker, "ListTrainingJobs"),
    (Service::SageMaker, SEARCH),
    (Service::SageMaker, SEARCH),
    (Service::Tagging, "GetResources"),
    (Service::Tagging, "GetResources"),
    (Service::Tagging, "GetTagKeys"),
];
const SEARCH: &str = "Search";
const SEARCHED: [&str; 3] = ["Endpoint", "Model", "TrainingJob"];

/// Kinds, and what can be asked of one thing of the kind by its id.
const SINGLES: [(&str, Service, &str, &str); 14] = [
    (
        "AWS::CloudFormation::Stack",
        Service::CloudFormation,
        "DescribeStackEvents",
        "StackName",
    ),
    (
        "AWS::CloudFormation::Stack",
        Service::CloudFormation,
        "DescribeStackResources",
        "StackName",
    ),
    (
        "AWS::CloudFormation::Stack",
        Service::CloudFormation,
        "ListStackResources",
        "StackName",
    ),
    (
        "AWS::EC2::NatGateway",
        Service::Ec2,
        "DescribeNatGateways",
        "NatGatewayId",
    ),
    (
        "AWS::EC2::NetworkInterface",
        Service::Ec2,
        "DescribeNetworkInterfaces",
        "NetworkInterfaceId",
    ),
    (
        "AWS::EC2::Subnet",
        Service::Ec2,
        "DescribeSubnets",
        "SubnetId",
    ),
    (
        "AWS::EFS::FileSystem",
        Service::Efs,
        "DescribeMountTargets",
        "FileSystemId",
    ),
    (
        "AWS::SageMaker::Domain",
        Service::SageMaker,
        "DescribeDomain",
        "DomainId",
    ),
    (
        "AWS::SageMaker::Domain",
        Service::SageMaker,
        "ListUserProfiles",
        "DomainIdEquals",
    ),
    (
        "AWS::SageMaker::Domain",
        Service::SageMaker,
        "ListSpaces",
        "DomainIdEquals",
    ),
    (
        "AWS::SageMaker::Domain",
        Service::SageMaker,
        "ListApps",
        "DomainIdEquals",
    ),
    (
        "AWS::SageMaker::Endpoint",
        Service::SageMaker,
        "DescribeEndpoint",
        "EndpointName",
    ),
    (
        "AWS::SageMaker::NotebookInstance",
        Service::SageMaker,
        "DescribeNotebookInstance",
        "NotebookInstanceName",
    ),
    (
        "AWS::SageMaker::TrainingJob",
        Service::SageMaker,
        "DescribeTrainingJob",
        "TrainingJobName",
    ),
];

impl Walk {
    /// Asks one question, and for page after page as long as the answer tells of another.
    pub(super) fn look(&mut self) {
        let Some((service, action, mut input)) = self.question() else {
            return;
        };
        let (asked, told) = token_members(service);
        loop {
            self.person.ask(service, action, &input);
            let Some(token) = next_token(self.person.heard.last(), told) else {
                return;
            };
            input[asked] = json!(token);
        }
    }

    fn question(&self) -> Option<(Service, &'static str, Value)> {
        if self.below("single", 2) == 0 {
            let (kind, service, action, member) = SINGLES[self.below("of", SINGLES.len())];
            let id = self.one_of(kind)?;
            // Whatever EC2 describes it describes several of.
            let id = if service == Service::Ec2 {
                json!([id])
            } else {
                json!(id)
            };
            return Some((service, action, json!({member: id})));
        }
        let (service, action) = LISTS[self.below("list", LISTS.len())];
        let input = if action == SEARCH {
            json!({"Resource": SEARCHED[self.below("searched", SEARCHED.len())]})
        } else {
            json!({})
        };
        Some((service, action, input))
    }
}

/// The members in which a service is asked for a page, and tells of the next.
fn token_members(service: Service) -> (&'static str, &'static str) {
    match service {
        Service::Ec2 => ("NextToken", "nextToken"),
        Service::Efs => ("Marker", "NextMarker"),
        Service::Iam => ("Marker", "Marker"),
        Service::Logs => ("nextToken", "nextToken"),
        Service::Tagging => ("PaginationToken", "PaginationToken"),
        Service::AutoScaling
        | Service::CloudFormation
        | Service::Quotas
        | Service::SageMaker
        | Service::Sts => ("NextToken", "NextToken"),
    }
}

/// The token of the next page, from XML or from JSON. Tokens have no characters that either would escape.
fn next_token(reply: Option<&Reply>, member: &str) -> Option<String> {
    let Some(Reply::Answer(response, _)) = reply else {
        return None;
    };
    let body = String::from_utf8_lossy(&response.body);
    let marks = [format!("<{member}>"), format!("\"{member}\":\"")];
    let rest = marks
        .iter()
        .find_map(|mark| Some(body.split_once(mark.as_str())?.1))?;
    let token = rest.split(['<', '"']).next()?;
    (!token.is_empty()).then(|| token.to_owned())
}
