//! Whose a thing in our network is, and what makes it go, as far as its description tells (section 2.2; operators' notes,
//! item 42).

use crate::facts::{NetworkPart, PartKind};
use crate::resource::{Kind, ResourceId};

/// A service that puts interfaces into other people's subnets.
struct Service {
    /// How its descriptions begin.
    description: &'static str,
    owner: &'static str,
    cure: &'static str,
}

const SERVICES: [Service; 14] = [
    Service {
        description: "AWS Lambda VPC ENI",
        owner: "Lambda",
        cure: "take the function out of the VPC; its interface goes 5 to 45 minutes later",
    },
    Service {
        description: "ELB ",
        owner: "Elastic Load Balancing",
        cure: "delete the load balancer",
    },
    Service {
        description: "RDSNetworkInterface",
        owner: "RDS",
        cure: "delete the database",
    },
    Service {
        description: "Interface for NAT Gateway",
        owner: "a NAT gateway",
        cure: "delete the NAT gateway",
    },
    Service {
        description: "Attached to Glue",
        owner: "Glue",
        cure: "stop the job and delete the connection",
    },
    Service {
        description: "EFS mount target for ",
        owner: "EFS",
        cure: "delete the mount target",
    },
    Service {
        description: "DMSNetworkInterface",
        owner: "Database Migration Service",
        cure: "delete the replication instance",
    },
    Service {
        description: "arn:aws:ecs:",
        owner: "ECS",
        cure: "stop the task",
    },
    Service {
        description: "Network Interface for Transit Gateway Attachment",
        owner: "a transit gateway",
        cure: "delete the attachment",
    },
    Service {
        description: "EC2 Instance Connect Endpoint",
        owner: "an Instance Connect Endpoint",
        cure: "delete the endpoint",
    },
    Service {
        description: "Amazon EKS ",
        owner: "EKS",
        cure: "delete the cluster",
    },
    Service {
        description: "VPC Endpoint Interface ",
        owner: "a VPC endpoint",
        cure: "delete the VPC endpoint",
    },
    Service {
        description: "[Do not delete] Network Interface created to access resources in your VPC for SageMaker Notebook",
        owner: "a notebook instance",
        cure: "delete the notebook instance",
    },
    Service {
        description: "[DO NOT DELETE] ENI managed by SageMaker",
        owner: "SageMaker",
        cure: "delete the domain's app, or stop the job, that it belongs to",
    },
];

/// The owner that an interface's description tells of, and what makes it go.
pub(crate) fn of_interface(description: &str) -> Option<(&'static str, &'static str)> {
    let mut services = SERVICES.iter();
    let service = services.find(|service| description.starts_with(service.description))?;
    Some((service.owner, service.cure))
}

/// The key that GuardDuty puts on what it makes.
const GUARD_DUTY: &str = "GuardDutyManaged";

/// Whether GuardDuty made something: its endpoint and its group come with runtime monitoring, into VPCs that have
/// instances.
pub(crate) fn is_of_guard_duty(
    name: Option<&str>,
    tags: &std::collections::BTreeMap<String, String>,
) -> bool {
    let named = name.is_some_and(|name| {
        name.starts_with("GuardDutyManagedSecurityGroup") || name.ends_with(".guardduty-data")
    });
    named || tags.contains_key(GUARD_DUTY)
}

/// What makes go what GuardDuty made.
pub(crate) const GUARD_DUTY_CURE: &str =
    "switch GuardDuty's runtime monitoring off for this VPC, or delete its endpoint and its group";

/// The command that ends the use of a group in another VPC.
pub(crate) fn disassociation(group: &str, vpc: &str) -> String {
    format!("aws ec2 disassociate-security-group-vpc --group-id {group} --vpc-id {vpc}")
}

/// The command by which its owner makes a thing go, where one does.
pub fn cure(id: &ResourceId) -> Option<String> {
    let sagemaker =
        |verb: &str, what: &str| format!("aws sagemaker {verb}-{what} --{what}-name {}", id.id);
    let command = match id.kind {
        Kind::SecurityGroup => format!("aws ec2 delete-security-group --group-id {}", id.id),
        Kind::GroupRules => format!("take the rules that name our groups out of group {}", id.id),
        Kind::NetworkInterface => format!(
            "aws ec2 delete-network-interface --network-interface-id {}",
            id.id
        ),
        Kind::Endpoint => sagemaker("delete", "endpoint"),
        Kind::EndpointConfig => sagemaker("delete", "endpoint-config"),
        Kind::Model => sagemaker("delete", "model"),
        Kind::InferenceComponent => sagemaker("delete", "inference-component"),
        Kind::MonitoringSchedule => sagemaker("delete", "monitoring-schedule"),
        Kind::Pipeline => sagemaker("delete", "pipeline"),
        Kind::PipelineExecution => format!(
            "aws sagemaker stop-pipeline-execution --pipeline-execution-arn {}",
            id.id
        ),
        Kind::TrainingJob => sagemaker("stop", "training-job"),
        Kind::ProcessingJob => sagemaker("stop", "processing-job"),
        Kind::TransformJob => sagemaker("stop", "transform-job"),
        Kind::AutoMlJob => sagemaker("stop", "auto-ml-job"),
        Kind::TuningJob => sagemaker("stop", "hyper-parameter-tuning-job"),
        Kind::Notebook => {
            let stop = sagemaker("stop", "notebook-instance");
            format!("{stop}, then delete-notebook-instance")
        }
        Kind::Stack => format!("take what it imports out of stack {}, or delete it", id.id),
        Kind::App
        | Kind::Space
        | Kind::UserProfile
        | Kind::Domain
        | Kind::DomainMark
        | Kind::KeptMark
        | Kind::FileSystem
        | Kind::Replication
        | Kind::MountTarget
        | Kind::GroupAssociation
        | Kind::ScalableTarget
        | Kind::WarmPool
        | Kind::AttachedPolicy
        | Kind::InlinePolicy
        | Kind::LogGroup
        | Kind::LogStream
        | Kind::Subnet
        | Kind::RouteTable
        | Kind::NetworkAcl
        | Kind::InternetGateway
        | Kind::NatGateway
        | Kind::VpnGateway
        | Kind::EgressOnlyGateway
        | Kind::CarrierGateway
        | Kind::VpcEndpoint
        | Kind::Instance
        | Kind::Vpc
        | Kind::Companion
        | Kind::Retained => return None,
    };
    Some(command)
}

/// How long the id is at the end of the description of a function's interface.
const UUID: usize = 36;

/// How descriptions begin that end with a name, and what of a stack's may bear it, as CloudFormation calls it.
const NAMED: [(&str, &[&str]); 2] = [
    (
        "ELB ",
        &[
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::ElasticLoadBalancing::LoadBalancer",
        ],
    ),
    ("Amazon EKS ", &["AWS::EKS::Cluster"]),
];
/// How descriptions begin that name nothing but a service, and what of a stack's has such interfaces.
const UNNAMED: [(&str, &[&str]); 3] = [
    (
        "RDSNetworkInterface",
        &["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"],
    ),
    ("arn:aws:ecs:", &["AWS::ECS::Service"]),
    ("DMSNetworkInterface", &["AWS::DMS::ReplicationInstance"]),
];

/// What an interface was made for, by its name.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a> {
    /// What it may be, as CloudFormation calls it.
    kinds: &'static [&'static str],
    name: &'a str,
}

impl Named<'_> {
    /// Whether it is this member of a stack. A load balancer's id is its ARN, which ends with its name.
    pub(crate) fn is(self, kind: &str, id: &str) -> bool {
        let name = id.split_once(":loadbalancer/").map_or(id, |(_, name)| name);
        self.kinds.contains(&kind) && name == self.name
    }
}

/// What an interface was made for, where its description tells the name.
pub(crate) fn named_by_interface(description: &str) -> Option<Named<'_>> {
    if let Some(name) = function_of_interface(description) {
        let kinds = &["AWS::Lambda::Function"];
        return Some(Named { kinds, name });
    }
    NAMED.iter().find_map(|&(start, kinds)| {
        let name = description.strip_prefix(start)?;
        Some(Named { kinds, name })
    })
}

/// What an interface may have been made for, where its description tells only the service.
pub(crate) fn kinds_behind_interface(description: &str) -> Option<&'static [&'static str]> {
    let mut services = UNNAMED.iter();
    let service = services.find(|(start, _)| description.starts_with(*start));
    service.map(|(_, kinds)| *kinds)
}

/// The Lambda function that an interface was made for, by its description: `AWS Lambda VPC ENI-NAME-UUID`.
fn function_of_interface(description: &str) -> Option<&str> {
    let named = description.strip_prefix("AWS Lambda VPC ENI-")?;
    let (name, uuid) = named.split_at_checked(named.len().checked_sub(UUID)?)?;
    let is_uuid = uuid
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    name.strip_suffix('-').filter(|_| is_uuid)
}

/// The part of the network that an interface belongs to, by its description or its attachment.
pub(crate) fn part_of_interface(description: &str, instance: Option<&str>) -> Option<ResourceId> {
    let named = |start: &str| description.strip_prefix(start);
    if let Some(id) = named("VPC Endpoint Interface ") {
        return Some(ResourceId::new(Kind::VpcEndpoint, id));
    }
    if let Some(id) = named("Interface for NAT Gateway ") {
        return Some(ResourceId::new(Kind::NatGateway, id));
    }
    instance.map(|id| ResourceId::new(Kind::Instance, id))
}

/// The owner of a part of the network and what makes it go.
pub(crate) fn of_part(part: &NetworkPart) -> (Option<String>, Option<String>) {
    if is_of_guard_duty(part.name.as_deref(), &part.tags) {
        return (
            Some("GuardDuty".to_owned()),
            Some(GUARD_DUTY_CURE.to_owned()),
        );
    }
    let id = &part.id;
    let command = match part.kind {
        PartKind::Subnet => format!("aws ec2 delete-subnet --subnet-id {id}"),
        PartKind::RouteTable => format!("aws ec2 delete-route-table --route-table-id {id}"),
        PartKind::NetworkAcl => format!("aws ec2 delete-network-acl --network-acl-id {id}"),
        PartKind::InternetGateway => format!(
            "aws ec2 detach-internet-gateway --internet-gateway-id {id} --vpc-id {}",
            part.vpc
        ),
        PartKind::NatGateway => format!("aws ec2 delete-nat-gateway --nat-gateway-id {id}"),
        PartKind::VpnGateway => format!(
            "aws ec2 detach-vpn-gateway --vpn-gateway-id {id} --vpc-id {}",
            part.vpc
        ),
        PartKind::EgressOnlyGateway => format!(
            "aws ec2 delete-egress-only-internet-gateway --egress-only-internet-gateway-id {id}"
        ),
        PartKind::CarrierGateway => {
            format!("aws ec2 delete-carrier-gateway --carrier-gateway-id {id}")
        }
        PartKind::VpcEndpoint => format!("aws ec2 delete-vpc-endpoints --vpc-endpoint-ids {id}"),
        PartKind::Instance => format!("aws ec2 terminate-instances --instance-ids {id}"),
    };
    (part.name.clone(), Some(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_tell_the_owner() {
        let lambda = of_interface("AWS Lambda VPC ENI-report-1234");
        assert_eq!(lambda.map(|(owner, _)| owner), Some("Lambda"));
        assert_eq!(of_interface("theirs"), None);
    }

    #[test]
    fn a_function_is_named_whole() {
        let uuid = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
        let of = |name: &str| format!("AWS Lambda VPC ENI-{name}");
        let named = |name: &str| function_of_interface(&of(name)).map(str::to_owned);
        for name in ["report", "report-daily"] {
            assert_eq!(named(&format!("{name}-{uuid}")), Some(name.to_owned()));
        }
        for other in ["report", "report-1234", &format!("report{uuid}"), uuid] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
