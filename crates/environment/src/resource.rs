//! A resource as the decision sees it.

use serde::{Deserialize, Serialize};

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
    /// All rules of one security group that name other groups.
    GroupRules,
    SecurityGroup,
    NetworkInterface,
    Stack,
    /// A member of a stack that its template keeps, of a kind that is not met otherwise.
    Retained,
}

impl Kind {
    /// As CloudFormation names it, where it has a name there.
    pub fn type_name(self) -> &'static str {
        match self {
            Kind::App => "AWS::SageMaker::App",
            Kind::Space => "AWS::SageMaker::Space",
            Kind::UserProfile => "AWS::SageMaker::UserProfile",
            Kind::Domain => "AWS::SageMaker::Domain",
            Kind::InferenceComponent => "AWS::SageMaker::InferenceComponent",
            Kind::Endpoint => "AWS::SageMaker::Endpoint",
            Kind::EndpointConfig => "AWS::SageMaker::EndpointConfig",
            Kind::Model => "AWS::SageMaker::Model",
            Kind::DomainMark => "AWS::EC2::VPC",
            Kind::KeptMark | Kind::FileSystem => "AWS::EFS::FileSystem",
            Kind::MountTarget => "AWS::EFS::MountTarget",
            Kind::GroupRules => "AWS::EC2::SecurityGroupRule",
            Kind::SecurityGroup => "AWS::EC2::SecurityGroup",
            Kind::NetworkInterface => "AWS::EC2::NetworkInterface",
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
            Kind::DomainMark => "VPC",
            Kind::KeptMark | Kind::FileSystem => "home volume",
            Kind::MountTarget => "mount target",
            Kind::GroupRules => "rules of security group",
            Kind::SecurityGroup => "security group",
            Kind::NetworkInterface => "network interface",
            Kind::Stack => "stack",
            Kind::Retained => "resource",
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
            Kind::DomainMark | Kind::Stack | Kind::Retained => Facet::Stacks,
            Kind::KeptMark | Kind::FileSystem => Facet::FileSystems,
            Kind::MountTarget => Facet::MountTargets,
            Kind::GroupRules | Kind::SecurityGroup => Facet::SecurityGroups,
            Kind::NetworkInterface => Facet::NetworkInterfaces,
        }
    }

    /// The lists in which something that holds a thing of this kind could stand. All must be known before it may go.
    pub fn holder_facets(self) -> &'static [Facet] {
        match self {
            Kind::App
            | Kind::InferenceComponent
            | Kind::DomainMark
            | Kind::KeptMark
            | Kind::Retained => &[],
            Kind::Space => &[Facet::Apps],
            Kind::UserProfile => &[Facet::Apps, Facet::Spaces],
            Kind::Domain => &[
                Facet::Apps,
                Facet::Spaces,
                Facet::UserProfiles,
                Facet::FileSystems,
            ],
            Kind::Endpoint | Kind::EndpointConfig => &[Facet::Endpoints],
            Kind::Model => &[Facet::Endpoints, Facet::EndpointConfigs],
            Kind::MountTarget | Kind::GroupRules => &[Facet::Domains],
            Kind::FileSystem => &[Facet::Domains, Facet::MountTargets],
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
            ],
            Kind::Stack => &Facet::ALL,
        }
    }
}

/// Identity of a resource: its kind and what the delete call takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResourceId {
    pub kind: Kind,
    /// ARN for stacks; `DOMAIN/OWNER/TYPE/NAME` for apps; `DOMAIN/NAME` for profiles and spaces.
    pub id: String,
}

impl ResourceId {
    pub fn new(kind: Kind, id: impl Into<String>) -> Self {
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
        if lower.starts_with("delet") || lower.starts_with("detach") {
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
    /// A space that nobody has agreed to lose, and what is in it.
    NoConsent,
}

impl std::fmt::Display for Keeping {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Keeping::Choice | Keeping::EarlierChoice => "kept by choice",
            Keeping::DeletionPolicy => "kept by a DeletionPolicy of its stack",
            Keeping::NoConsent => "holds data that nobody has agreed to lose",
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataKind {
    SpaceVolume,
    HomeVolume,
}

/// One thing that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    pub id: ResourceId,
    pub name: Option<String>,
    /// Physical name of the stack it is a member of.
    pub stack: Option<String>,
    pub status: Status,
    pub evidence: Vec<Evidence>,
    /// What cannot go while this exists.
    pub holds: Vec<ResourceId>,
    pub goes: Goes,
    pub data: Option<Data>,
    /// Whose it is, as far as it can be told; for blockers.
    pub owner: Option<String>,
}

impl Resource {
    /// A resource that a `delete` of ours removes.
    pub fn new(kind: Kind, id: impl Into<String>) -> Self {
        Self {
            id: ResourceId::new(kind, id),
            name: None,
            stack: None,
            status: Status::Ready,
            evidence: Vec::new(),
            holds: Vec::new(),
            goes: Goes::By(Verb::Delete),
            data: None,
            owner: None,
        }
    }

    pub fn verdict(&self) -> Verdict {
        verdict(&self.evidence)
    }
}
