//! A resource as the decision sees it.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::evidence::{Evidence, Verdict, verdict};
use crate::reading::Facet;

/// The kinds of things that a teardown meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    App,
    Space,
    UserProfile,
    Domain,
    InferenceComponent,
    Endpoint,
    EndpointConfig,
    Model,
    /// The mark on our VPC that names our domain: to be written before the domain goes.
    DomainMark,
    /// The mark on a volume that is kept: to be written before the domain goes.
    KeptMark,
    MountTarget,
    FileSystem,
    /// A replication that a volume of ours is part of, by the volume's id.
    Replication,
    /// All rules of one security group that name other groups.
    GroupRules,
    SecurityGroup,
    /// That a group may be used in another VPC than its own, by `GROUP|VPC`.
    GroupAssociation,
    NetworkInterface,
    MonitoringSchedule,
    ScalableTarget,
    PipelineExecution,
    Pipeline,
    AutoMlJob,
    TuningJob,
    TrainingJob,
    ProcessingJob,
    TransformJob,
    /// A finished training job's instances, kept warm.
    WarmPool,
    Notebook,
    /// A managed policy on a role of ours that its stack did not attach, by `ROLE/ARN`.
    AttachedPolicy,
    /// An inline policy of a role of ours that its stack did not write, by `ROLE/NAME`.
    InlinePolicy,
    LogGroup,
    /// A stream of ours in a group that others write to as well, by `GROUP:STREAM`.
    LogStream,
    Subnet,
    RouteTable,
    NetworkAcl,
    InternetGateway,
    NatGateway,
    VpnGateway,
    EgressOnlyGateway,
    CarrierGateway,
    VpcEndpoint,
    Instance,
    /// A VPC that its stack has left behind.
    Vpc,
    /// Made in a domain of ours, costs by the hour and is not deleted by us; by its ARN.
    Companion,
    Stack,
    /// A member of a stack that its template keeps, of a kind that is not met otherwise.
    Retained,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 1 + Kind::Retained as usize] = [
        Kind::App,
        Kind::Space,
        Kind::UserProfile,
        Kind::Domain,
        Kind::InferenceComponent,
        Kind::Endpoint,
        Kind::EndpointConfig,
        Kind::Model,
        Kind::DomainMark,
        Kind::KeptMark,
        Kind::MountTarget,
        Kind::FileSystem,
        Kind::Replication,
        Kind::GroupRules,
        Kind::SecurityGroup,
        Kind::GroupAssociation,
        Kind::NetworkInterface,
        Kind::MonitoringSchedule,
        Kind::ScalableTarget,
        Kind::PipelineExecution,
        Kind::Pipeline,
        Kind::AutoMlJob,
        Kind::TuningJob,
        Kind::TrainingJob,
        Kind::ProcessingJob,
        Kind::TransformJob,
        Kind::WarmPool,
        Kind::Notebook,
        Kind::AttachedPolicy,
        Kind::InlinePolicy,
        Kind::LogGroup,
        Kind::LogStream,
        Kind::Subnet,
        Kind::RouteTable,
        Kind::NetworkAcl,
        Kind::InternetGateway,
        Kind::NatGateway,
        Kind::VpnGateway,
        Kind::EgressOnlyGateway,
        Kind::CarrierGateway,
        Kind::VpcEndpoint,
        Kind::Instance,
        Kind::Vpc,
        Kind::Companion,
        Kind::Stack,
        Kind::Retained,
    ];

    /// As CloudFormation names it, where it has a name there.
    pub const fn type_name(self) -> &'static str {
        match self {
            Kind::App => "AWS::SageMaker::App",
            Kind::Space => "AWS::SageMaker::Space",
            Kind::UserProfile => "AWS::SageMaker::UserProfile",
            Kind::Domain => "AWS::SageMaker::Domain",
            Kind::InferenceComponent => "AWS::SageMaker::InferenceComponent",
            Kind::Endpoint => "AWS::SageMaker::Endpoint",
            Kind::EndpointConfig => "AWS::SageMaker::EndpointConfig",
            Kind::Model => "AWS::SageMaker::Model",
            Kind::DomainMark | Kind::Vpc => "AWS::EC2::VPC",
            Kind::KeptMark | Kind::FileSystem => "AWS::EFS::FileSystem",
            Kind::MountTarget => "AWS::EFS::MountTarget",
            Kind::Replication => "AWS::EFS::ReplicationConfiguration",
            Kind::GroupRules => "AWS::EC2::SecurityGroupRule",
            Kind::SecurityGroup => "AWS::EC2::SecurityGroup",
            Kind::GroupAssociation => "AWS::EC2::SecurityGroupVpcAssociation",
            Kind::NetworkInterface => "AWS::EC2::NetworkInterface",
            Kind::MonitoringSchedule => "AWS::SageMaker::MonitoringSchedule",
            Kind::ScalableTarget => "AWS::ApplicationAutoScaling::ScalableTarget",
            Kind::PipelineExecution => "AWS::SageMaker::PipelineExecution",
            Kind::Pipeline => "AWS::SageMaker::Pipeline",
            Kind::AutoMlJob => "AWS::SageMaker::AutoMLJob",
            Kind::TuningJob => "AWS::SageMaker::HyperParameterTuningJob",
            Kind::TrainingJob => "AWS::SageMaker::TrainingJob",
            Kind::ProcessingJob => "AWS::SageMaker::ProcessingJob",
            Kind::TransformJob => "AWS::SageMaker::TransformJob",
            Kind::WarmPool => "AWS::SageMaker::WarmPool",
            Kind::Notebook => "AWS::SageMaker::NotebookInstance",
            Kind::AttachedPolicy => "AWS::IAM::ManagedPolicy",
            Kind::InlinePolicy => "AWS::IAM::RolePolicy",
            Kind::LogGroup => "AWS::Logs::LogGroup",
            Kind::LogStream => "AWS::Logs::LogStream",
            Kind::Subnet => "AWS::EC2::Subnet",
            Kind::RouteTable => "AWS::EC2::RouteTable",
            Kind::NetworkAcl => "AWS::EC2::NetworkAcl",
            Kind::InternetGateway => "AWS::EC2::InternetGateway",
            Kind::NatGateway => "AWS::EC2::NatGateway",
            Kind::VpnGateway => "AWS::EC2::VPNGateway",
            Kind::EgressOnlyGateway => "AWS::EC2::EgressOnlyInternetGateway",
            Kind::CarrierGateway => "AWS::EC2::CarrierGateway",
            Kind::VpcEndpoint => "AWS::EC2::VPCEndpoint",
            Kind::Instance => "AWS::EC2::Instance",
            Kind::Companion => "AWS::SageMaker::Companion",
            Kind::Stack => "AWS::CloudFormation::Stack",
            Kind::Retained => "AWS::CloudFormation::RetainedResource",
        }
    }

    /// For people: `space`, `security group`.
    pub fn words(self) -> &'static str {
        match self {
            Kind::App => "app",
            Kind::Space => "space",
            Kind::UserProfile => "user profile",
            Kind::Domain => "domain",
            Kind::InferenceComponent => "inference component",
            Kind::Endpoint => "inference endpoint",
            Kind::EndpointConfig => "endpoint config",
            Kind::Model => "model",
            Kind::DomainMark | Kind::Vpc => "VPC",
            Kind::KeptMark | Kind::FileSystem => "home volume",
            Kind::MountTarget => "mount target",
            Kind::Replication => "replication configuration of volume",
            Kind::GroupRules => "rules of security group",
            Kind::SecurityGroup => "security group",
            Kind::GroupAssociation => "security group VPC association",
            Kind::NetworkInterface => "network interface",
            Kind::MonitoringSchedule => "monitoring schedule",
            Kind::ScalableTarget => "scalable target",
            Kind::PipelineExecution => "pipeline execution",
            Kind::Pipeline => "pipeline",
            Kind::AutoMlJob => "AutoML job",
            Kind::TuningJob => "tuning job",
            Kind::TrainingJob => "training job",
            Kind::ProcessingJob => "processing job",
            Kind::TransformJob => "transform job",
            Kind::WarmPool => "warm pool of training job",
            Kind::Notebook => "notebook instance",
            Kind::AttachedPolicy => "policy attached to role",
            Kind::InlinePolicy => "inline policy of role",
            Kind::LogGroup => "log group",
            Kind::LogStream => "log stream",
            Kind::Subnet => "subnet",
            Kind::RouteTable => "route table",
            Kind::NetworkAcl => "network ACL",
            Kind::InternetGateway => "internet gateway",
            Kind::NatGateway => "NAT gateway",
            Kind::VpnGateway => "VPN gateway",
            Kind::EgressOnlyGateway => "egress-only internet gateway",
            Kind::CarrierGateway => "carrier gateway",
            Kind::VpcEndpoint => "VPC endpoint",
            Kind::Instance => "instance",
            Kind::Stack => "stack",
            Kind::Retained | Kind::Companion => "resource",
        }
    }

    /// The list in which it is found.
    pub fn facet(self) -> Facet {
        match self {
            Kind::App => Facet::Apps,
            Kind::Space => Facet::Spaces,
            Kind::UserProfile => Facet::UserProfiles,
            Kind::Domain => Facet::Domains,
            Kind::InferenceComponent | Kind::Endpoint => Facet::Endpoints,
            Kind::EndpointConfig => Facet::EndpointConfigs,
            Kind::Model => Facet::Models,
            Kind::DomainMark | Kind::Vpc | Kind::Stack | Kind::Retained => Facet::Stacks,
            Kind::KeptMark | Kind::FileSystem | Kind::Replication => Facet::FileSystems,
            Kind::MountTarget => Facet::MountTargets,
            Kind::GroupRules | Kind::SecurityGroup | Kind::GroupAssociation => {
                Facet::SecurityGroups
            }
            Kind::MonitoringSchedule => Facet::MonitoringSchedules,
            Kind::ScalableTarget => Facet::ScalableTargets,
            Kind::PipelineExecution | Kind::Pipeline => Facet::Pipelines,
            Kind::AutoMlJob
            | Kind::TuningJob
            | Kind::TrainingJob
            | Kind::ProcessingJob
            | Kind::TransformJob
            | Kind::WarmPool => Facet::Jobs,
            Kind::Notebook => Facet::Notebooks,
            Kind::AttachedPolicy | Kind::InlinePolicy => Facet::RolePolicies,
            Kind::LogGroup | Kind::LogStream => Facet::Logs,
            Kind::Subnet
            | Kind::RouteTable
            | Kind::NetworkAcl
            | Kind::InternetGateway
            | Kind::NatGateway
            | Kind::VpnGateway
            | Kind::EgressOnlyGateway
            | Kind::CarrierGateway
            | Kind::VpcEndpoint
            | Kind::Instance => Facet::NetworkParts,
            Kind::Companion => Facet::Tagged,
            Kind::NetworkInterface => Facet::NetworkInterfaces,
        }
    }

    /// The lists in which something that holds a thing of this kind could stand. All must be known before it may go.
    pub fn holder_facets(self) -> &'static [Facet] {
        match self {
            Kind::KeptMark
            | Kind::Replication
            | Kind::Retained
            | Kind::MonitoringSchedule
            | Kind::PipelineExecution
            | Kind::WarmPool
            | Kind::Notebook
            | Kind::AttachedPolicy
            | Kind::InlinePolicy
            | Kind::Instance
            | Kind::VpcEndpoint
            | Kind::GroupAssociation
            | Kind::Companion => &[],
            // Nothing holds it: it names every domain of which one of these shows something, in place of those it named before.
            Kind::DomainMark => &[
                Facet::Domains,
                Facet::FileSystems,
                Facet::SecurityGroups,
                Facet::Tagged,
            ],
            // Whether somebody else put a component on an endpoint of ours is asked with the configs at the latest.
            Kind::ScalableTarget => &[Facet::EndpointConfigs],
            Kind::InferenceComponent => &[Facet::EndpointConfigs, Facet::ScalableTargets],
            Kind::Pipeline | Kind::AutoMlJob => &[Facet::Pipelines],
            Kind::TuningJob => &[Facet::Jobs, Facet::Pipelines],
            Kind::TrainingJob | Kind::ProcessingJob | Kind::TransformJob => {
                &[Facet::Jobs, Facet::Pipelines, Facet::MonitoringSchedules]
            }
            Kind::LogStream => &[Facet::Domains, Facet::Jobs],
            Kind::Subnet
            | Kind::RouteTable
            | Kind::NetworkAcl
            | Kind::InternetGateway
            | Kind::NatGateway
            | Kind::VpnGateway
            | Kind::EgressOnlyGateway
            | Kind::CarrierGateway => &[Facet::NetworkInterfaces, Facet::NetworkParts],
            Kind::App | Kind::Space => &[Facet::Apps],
            Kind::UserProfile => &[Facet::Apps, Facet::Spaces],
            Kind::Domain => &[
                Facet::Apps,
                Facet::Spaces,
                Facet::UserProfiles,
                Facet::FileSystems,
            ],
            Kind::Endpoint => &[
                Facet::Endpoints,
                Facet::MonitoringSchedules,
                Facet::ScalableTargets,
            ],
            Kind::EndpointConfig | Kind::LogGroup => &[Facet::Endpoints],
            Kind::Model => &[Facet::Endpoints, Facet::EndpointConfigs, Facet::Jobs],
            Kind::MountTarget | Kind::GroupRules => &[Facet::Domains],
            Kind::FileSystem => &[Facet::Domains, Facet::FileSystems, Facet::MountTargets],
            Kind::SecurityGroup => &[
                Facet::Domains,
                Facet::SecurityGroups,
                Facet::NetworkInterfaces,
            ],
            Kind::NetworkInterface => &[
                Facet::Endpoints,
                Facet::EndpointConfigs,
                Facet::Models,
                Facet::Apps,
                Facet::Jobs,
                Facet::Notebooks,
                Facet::NetworkParts,
            ],
            Kind::Stack | Kind::Vpc => &Facet::ALL,
        }
    }
}

/// Identity of a resource: its kind and what the delete call takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResourceId {
    pub kind: Kind,
    /// ARN for stacks; `DOMAIN/OWNER/TYPE/NAME` for apps; `DOMAIN/NAME` for profiles and spaces. Of a workshop thousands are
    /// named in the world, in its relations, in steps and in what tells of them: a short one needs no heap, and a long one
    /// is there once for all of its clones.
    pub id: SmolStr,
}

impl ResourceId {
    pub fn new(kind: Kind, id: impl Into<SmolStr>) -> Self {
        Self {
            kind,
            id: id.into(),
        }
    }
}

/// What may be done with it at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The call that removes it would be accepted, as far as its own status goes.
    Ready,
    /// On its way to a status in which it can be removed; with the service's own word.
    Busy(String),
    /// On its way out; with the service's own word.
    Leaving(String),
    /// Still listed, yet gone or as good as gone.
    Gone,
}

impl Status {
    /// A status that is neither settled nor gone, by the service's word for it.
    pub(crate) fn on_its_way(word: &str) -> Self {
        let lower = word.to_lowercase();
        let leaving = ["delet", "detach", "shutting"];
        if leaving.iter().any(|start| lower.starts_with(start)) {
            Status::Leaving(word.to_owned())
        } else {
            Status::Busy(word.to_owned())
        }
    }
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    CreateStack,
    UpdateStack,
    DeleteStack,
    Create,
    Delete,
    Detach,
    Revoke,
    Tag,
    Stop,
    Wait,
}

impl Verb {
    pub fn word(self) -> &'static str {
        match self {
            Verb::CreateStack => "create-stack",
            Verb::UpdateStack => "update-stack",
            Verb::DeleteStack => "delete-stack",
            Verb::Create => "create",
            Verb::Delete => "delete",
            Verb::Detach => "detach",
            Verb::Revoke => "revoke",
            Verb::Tag => "tag",
            Verb::Stop => "stop",
            Verb::Wait => "wait",
        }
    }
}

/// How it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goes {
    /// By this step of ours.
    By(Verb),
    /// When that goes, or some time after.
    With(ResourceId),
    /// By itself, some time after its owner went.
    Itself,
    /// Not by us: it is ours and stays on purpose.
    Kept(Keeping),
}

/// Why a thing of ours stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// A home volume, by this run's choice.
    Choice,
    /// A home volume that bears the mark of an earlier choice.
    EarlierChoice,
    /// The stack's template says so, of this or of what it is part of.
    DeletionPolicy,
    /// Data that nobody has agreed to lose, and what is in it.
    NoConsent,
    /// A policy that somebody attached by hand, and that nobody has agreed to detach.
    NotDetached,
    /// A replication: whoever set it up decides about the data in its volumes.
    Replicated,
    /// Logs: what happened is told by them when everything else is gone.
    Logs,
    /// Logs that are not ours alone any more.
    WrittenSince,
    /// Costs by the hour; made in a domain of ours by somebody who has to decide about it.
    StillCosting,
}

impl Keeping {
    /// Whether it stays only until somebody decides about it.
    pub fn is_undecided(self) -> bool {
        matches!(
            self,
            Keeping::NoConsent | Keeping::NotDetached | Keeping::Replicated
        )
    }
}

impl std::fmt::Display for Keeping {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Keeping::Choice | Keeping::EarlierChoice => "kept by choice",
            Keeping::DeletionPolicy => "kept by a DeletionPolicy of its stack",
            Keeping::NoConsent => "holds data that nobody has agreed to lose",
            Keeping::NotDetached => {
                "was attached by hand; --detach-policies (or --force) takes it off the role"
            }
            Keeping::Replicated => "is to be ended by whoever set it up",
            Keeping::Logs => "logs are kept; --delete-logs deletes them",
            Keeping::WrittenSince => {
                "was of an endpoint of this environment, and something else has written to it since; if nobody needs it: \
                 aws logs delete-log-group"
            }
            Keeping::StillCosting => "still costs by the hour; this tool does not delete it",
        })
    }
}

/// What people made and cannot get back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Data {
    pub kind: DataKind,
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_gib: Option<u64>,
    /// When it was changed last as far as the service tells, in seconds since the epoch, on its clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataKind {
    SpaceVolume,
    HomeVolume,
    NotebookVolume,
}

impl DataKind {
    /// What the data goes with.
    pub fn of(self) -> Kind {
        match self {
            DataKind::SpaceVolume => Kind::Space,
            DataKind::HomeVolume => Kind::FileSystem,
            DataKind::NotebookVolume => Kind::Notebook,
        }
    }
}

/// One thing that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    pub id: ResourceId,
    pub name: Option<SmolStr>,
    /// Physical name of the stack it is a member of.
    pub stack: Option<SmolStr>,
    /// Physical id of the member that it is there, or is part of.
    pub listed_as: Option<SmolStr>,
    pub status: Status,
    pub evidence: Vec<Evidence>,
    /// What cannot go while this exists.
    pub holds: Vec<ResourceId>,
    pub goes: Goes,
    /// A stack has left it behind with its VPC: what stays and holds any of that holds all of it.
    pub is_left: bool,
    pub data: Option<Box<Data>>,
    /// Whose it is, as far as it can be told; for blockers.
    pub owner: Option<SmolStr>,
    /// What makes it go, where that is known; for blockers.
    pub cure: Option<SmolStr>,
}

impl Resource {
    /// A resource that a `delete` of ours removes.
    pub fn new(kind: Kind, id: impl Into<SmolStr>) -> Self {
        Self {
            id: ResourceId::new(kind, id),
            name: None,
            stack: None,
            listed_as: None,
            status: Status::Ready,
            evidence: Vec::new(),
            holds: Vec::new(),
            goes: Goes::By(Verb::Delete),
            is_left: false,
            data: None,
            owner: None,
            cure: None,
        }
    }

    pub fn verdict(&self) -> Verdict {
        verdict(&self.evidence)
    }
}
