//! What the services told, list by list, before anything is concluded from it.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{Evidence, Verdict};
use crate::reading::{Facet, ReadError, Reading};
use crate::resource::{Kind, ResourceId};
use crate::world::World;

/// Tags of a resource.
pub type Tags = BTreeMap<String, String>;

/// Everything that was read about one environment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Name of the environment.
    pub environment: String,
    pub account: String,
    pub region: String,
    pub stacks: Reading<Stacks>,
    pub domains: Reading<Vec<Domain>>,
    pub user_profiles: Reading<Vec<UserProfile>>,
    pub spaces: Reading<Vec<Space>>,
    pub apps: Reading<Vec<App>>,
    pub models: Reading<Vec<Model>>,
    pub endpoint_configs: Reading<Vec<EndpointConfig>>,
    pub endpoints: Reading<Vec<Endpoint>>,
    pub file_systems: Reading<Vec<FileSystem>>,
    pub mount_targets: Reading<Vec<MountTarget>>,
    pub security_groups: Reading<Vec<SecurityGroup>>,
    pub network_interfaces: Reading<Vec<NetworkInterface>>,
    /// What was proved to be ours in this run, with the evidence: what speaks for a thing may go before the thing does.
    pub proven: BTreeMap<ResourceId, Vec<Evidence>>,
}

/// The environment's stacks, and what reading them brought along.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stacks {
    /// Stacks that bear the environment's mark.
    pub marked: Vec<Stack>,
    /// Our VPCs.
    pub vpcs: Vec<Vpc>,
    /// Ids of domains that were members of the environment's deleted stacks.
    pub former_domains: BTreeSet<String>,
    /// Unique ids (`AROA…`) of the roles that are members of marked stacks, by role name.
    pub role_ids: BTreeMap<String, String>,
}

/// A stack that bears the environment's mark.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack {
    pub arn: String,
    pub name: String,
    /// Key in its manifest.
    pub key: String,
    /// Keys of the stacks that it needs.
    pub needs: Vec<String>,
    pub owner: String,
    pub version: String,
    /// As CloudFormation writes it.
    pub status: String,
    pub protected: bool,
    pub members: Vec<Member>,
    pub exports: Vec<Export>,
}

/// One resource of a stack, as the stack knows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Member {
    pub logical_id: String,
    /// `AWS::EC2::VPC`.
    pub kind: String,
    /// Physical id; empty where nothing was made.
    pub id: String,
    /// As CloudFormation writes it.
    pub status: String,
    /// Under `DeletionPolicy: Retain`.
    pub retained: bool,
}

/// An output under a name that other stacks import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Export {
    pub name: String,
    /// Names of the stacks that import it.
    pub importers: Vec<String>,
}

/// A VPC that is a member of a marked stack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vpc {
    pub id: String,
    /// ARN of its stack.
    pub stack: String,
    /// Ids of domains out of its mark.
    pub domains: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Domain {
    pub id: String,
    pub arn: String,
    pub name: String,
    pub status: String,
    /// Home volume, where SageMaker tells it.
    pub home_volume: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserProfile {
    pub domain: String,
    pub name: String,
    pub status: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Space {
    pub domain: String,
    pub name: String,
    pub status: String,
    /// Owning profile.
    pub owner: Option<String>,
    /// Size of its volume.
    pub size_gib: Option<u64>,
}

/// Where an app runs.
#[derive(Clone, Debug, PartialEq)]
pub enum AppOwner {
    UserProfile(String),
    Space(String),
}

impl AppOwner {
    pub fn name(&self) -> &str {
        match self {
            AppOwner::UserProfile(name) | AppOwner::Space(name) => name,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct App {
    pub domain: String,
    pub owner: AppOwner,
    /// `JupyterLab`.
    pub kind: String,
    pub name: String,
    pub status: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    pub name: String,
    pub arn: String,
    /// ARN of its execution role.
    pub role: Option<String>,
    pub subnets: Vec<String>,
    pub groups: Vec<String>,
    pub tags: Tags,
    /// When it was made, in seconds since the epoch, on SageMaker's clock.
    pub created: i64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndpointConfig {
    pub name: String,
    /// Role, subnets and groups of a config whose inference components bring the models.
    pub role: Option<String>,
    pub subnets: Vec<String>,
    pub groups: Vec<String>,
    /// Models of its variants.
    pub models: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Endpoint {
    pub name: String,
    pub arn: String,
    /// Name of its config.
    pub config: String,
    pub status: String,
    pub tags: Tags,
    pub components: Vec<InferenceComponent>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct InferenceComponent {
    pub name: String,
    pub status: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileSystem {
    pub id: String,
    /// As EFS writes it.
    pub status: String,
    pub size_bytes: u64,
    pub tags: Tags,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MountTarget {
    pub id: String,
    pub file_system: String,
    pub subnet: String,
    pub interface: Option<String>,
    pub status: String,
}

/// A security group in our VPC.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecurityGroup {
    pub id: String,
    pub name: String,
    pub vpc: String,
    pub tags: Tags,
    /// Groups that its rules name, itself left out.
    pub names_groups: BTreeSet<String>,
}

/// A network interface in our VPC.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkInterface {
    pub id: String,
    pub description: String,
    /// `interface`, `efs`, `vpc_endpoint`, …
    pub kind: String,
    pub requester: Option<String>,
    /// `eni-attach-…` (may be detached) or `ela-attach-…` (may not).
    pub attachment: Option<String>,
    pub status: String,
    pub subnet: String,
    pub vpc: String,
    pub groups: Vec<String>,
}

impl Facts {
    /// The environment's stacks, where they are known.
    pub fn marked(&self) -> &[Stack] {
        self.stacks.known().map_or(&[], |stacks| &stacks.marked)
    }

    pub fn vpcs(&self) -> &[Vpc] {
        self.stacks.known().map_or(&[], |stacks| &stacks.vpcs)
    }

    /// Ids of every domain that is or was ours: from stacks, from the mark on our VPC, from deleted stacks.
    pub fn domain_ids(&self) -> BTreeSet<String> {
        let members = self.marked().iter().flat_map(|stack| &stack.members);
        let from_members = members
            .filter(|member| member.kind == "AWS::SageMaker::Domain" && !member.id.is_empty())
            .map(|member| &member.id);
        let from_marks = self.vpcs().iter().flat_map(|vpc| &vpc.domains);
        let former = self
            .stacks
            .known()
            .into_iter()
            .flat_map(|stacks| &stacks.former_domains);
        from_members
            .chain(from_marks)
            .chain(former)
            .cloned()
            .collect()
    }

    /// The evidence that was found for a thing earlier in this run.
    pub fn proof(&self, kind: Kind, id: &str) -> &[Evidence] {
        let found = self.proven.get(&ResourceId::new(kind, id));
        found.map_or(&[], Vec::as_slice)
    }

    /// `arn:…:domain/d-…` → `d-…`.
    pub fn domain_of_arn(arn: &str) -> Option<&str> {
        arn.split_once(":domain/").map(|(_, id)| id)
    }

    /// The stack that holds our VPC; it bears the marks by which a rerun finds the rest, so it goes last. Where the
    /// stacks own no VPC it is the stack that made the domain.
    pub fn anchors(&self) -> BTreeSet<String> {
        if !self.vpcs().is_empty() {
            return self.vpcs().iter().map(|vpc| vpc.stack.clone()).collect();
        }
        let of_domain = |stack: &&Stack| {
            stack
                .members
                .iter()
                .any(|member| member.kind == "AWS::SageMaker::Domain")
        };
        self.marked()
            .iter()
            .filter(of_domain)
            .map(|stack| stack.arn.clone())
            .collect()
    }

    /// ARN of the marked stack that has this physical id among its members.
    pub fn stack_of(&self, id: &str) -> Option<&Stack> {
        self.marked().iter().find(|stack| {
            stack
                .members
                .iter()
                .any(|member| member.id == id && !member.is_gone())
        })
    }

    /// Marks one list as not known.
    pub fn set_unknown(&mut self, facet: Facet, error: Option<ReadError>) {
        fn set<T>(reading: &mut Reading<T>, error: Option<ReadError>) {
            *reading = error.map_or(Reading::Unread, Reading::Unknown);
        }
        match facet {
            Facet::Stacks => set(&mut self.stacks, error),
            Facet::Domains => set(&mut self.domains, error),
            Facet::UserProfiles => set(&mut self.user_profiles, error),
            Facet::Spaces => set(&mut self.spaces, error),
            Facet::Apps => set(&mut self.apps, error),
            Facet::Models => set(&mut self.models, error),
            Facet::EndpointConfigs => set(&mut self.endpoint_configs, error),
            Facet::Endpoints => set(&mut self.endpoints, error),
            Facet::FileSystems => set(&mut self.file_systems, error),
            Facet::MountTargets => set(&mut self.mount_targets, error),
            Facet::SecurityGroups => set(&mut self.security_groups, error),
            Facet::NetworkInterfaces => set(&mut self.network_interfaces, error),
        }
    }

    /// Makes a list as unknown as the one that it lacks ids from.
    pub fn lack_ids(&mut self, facet: Facet) {
        let mut unknown = self.unknown();
        let mut needs = facet.needs_ids_of().iter();
        if let Some(error) = needs.find_map(|needed| unknown.remove(needed)) {
            self.set_unknown(facet, error);
        }
    }

    /// Every list is to be read anew; what was learnt of ids and evidence stays.
    pub fn forget_all(&mut self) {
        self.forget_all_but_stacks();
        self.set_unknown(Facet::Stacks, None);
    }

    /// Every other list was read for an environment of another shape.
    pub fn forget_all_but_stacks(&mut self) {
        for facet in Facet::ALL
            .into_iter()
            .filter(|facet| *facet != Facet::Stacks)
        {
            self.set_unknown(facet, None);
        }
    }

    /// Remembers the evidence of what is ours in a world, for kinds whose evidence may go before they do.
    pub fn remember(&mut self, world: &World) {
        let kinds = [
            Kind::EndpointConfig,
            Kind::Model,
            Kind::FileSystem,
            Kind::NetworkInterface,
        ];
        let proved = world.resources().filter(|resource| {
            kinds.contains(&resource.id.kind) && resource.verdict() == Verdict::Ours
        });
        for resource in proved {
            let evidence = &resource.evidence;
            self.proven.insert(resource.id.clone(), evidence.clone());
        }
    }

    /// The lists that are not known, with the reason where there is one.
    pub fn unknown(&self) -> BTreeMap<Facet, Option<ReadError>> {
        fn state<T>(reading: &Reading<T>) -> Result<(), Option<ReadError>> {
            match reading {
                Reading::Known(_) => Ok(()),
                Reading::Unknown(error) => Err(Some(error.clone())),
                Reading::Unread => Err(None),
            }
        }
        let states = [
            (Facet::Stacks, state(&self.stacks)),
            (Facet::Domains, state(&self.domains)),
            (Facet::UserProfiles, state(&self.user_profiles)),
            (Facet::Spaces, state(&self.spaces)),
            (Facet::Apps, state(&self.apps)),
            (Facet::Models, state(&self.models)),
            (Facet::EndpointConfigs, state(&self.endpoint_configs)),
            (Facet::Endpoints, state(&self.endpoints)),
            (Facet::FileSystems, state(&self.file_systems)),
            (Facet::MountTargets, state(&self.mount_targets)),
            (Facet::SecurityGroups, state(&self.security_groups)),
            (Facet::NetworkInterfaces, state(&self.network_interfaces)),
        ];
        states
            .into_iter()
            .filter_map(|(facet, state)| state.err().map(|error| (facet, error)))
            .collect()
    }
}

impl Member {
    /// Whether CloudFormation says that it has been deleted.
    pub fn is_gone(&self) -> bool {
        self.status == "DELETE_COMPLETE"
    }
}
