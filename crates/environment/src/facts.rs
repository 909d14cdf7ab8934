//! What the services told, list by list, before anything is concluded from it.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::evidence::{Evidence, Verdict};
use crate::mark;
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
    pub tagged: Reading<Vec<Tagged>>,
    pub monitoring_schedules: Reading<Vec<MonitoringSchedule>>,
    pub scalable_targets: Reading<Vec<ScalableTarget>>,
    pub jobs: Reading<Vec<Job>>,
    pub pipelines: Reading<Vec<Pipeline>>,
    pub notebooks: Reading<Vec<Notebook>>,
    pub network_parts: Reading<Vec<NetworkPart>>,
    pub role_policies: Reading<Vec<RolePolicy>>,
    pub logs: Reading<Vec<Log>>,
    /// Replications that volumes of ours are part of, by volume: of those whose deletion was refused for it.
    pub replications: BTreeMap<String, Replication>,
    /// Models of inference components, by component: of those that may run a model of ours. Read with the configs.
    pub component_models: BTreeMap<String, String>,
    /// ARNs of the feature groups made in domains of ours that have an online store. Read with what is tagged.
    pub online_groups: BTreeSet<String>,
    /// MLflow apps that are the default of a domain of ours, whether they bear its tag or not: the domain's ARN by
    /// theirs. Read with what is tagged.
    pub default_apps: BTreeMap<String, String>,
    /// ARNs of the endpoints that are known to run other models than ours, without a look at their configs.
    pub elsewhere: BTreeSet<String>,
    /// Tags that single things were asked for, by ARN and the instant of creation: where a thing would be ours without them
    /// and the tag index, which is asked for our domains alone, does not name it.
    pub asked_tags: BTreeMap<(String, i64), Tags>,
    /// Somebody else's domains in our VPCs. Read with the domains.
    pub neighbours: Vec<Domain>,
    /// Ids of domains that a deleted stack's template wanted kept: they are kept, whoever knows them still.
    pub kept_domains: BTreeSet<String>,
    /// Names of the deleted stacks whose templates cannot be read, by the ids of the domains that they had: nobody can tell
    /// whether these are to be kept.
    pub doubtful_domains: BTreeMap<String, String>,
    /// Ids of what a deleted stack has left in a VPC that was left as well, and its template wanted kept or may have. Read
    /// with the groups and the parts of the network.
    pub kept_parts: BTreeSet<String>,
    /// Ids of domains that the user named: ours by his word.
    pub named_domains: BTreeSet<String>,
    /// What was proved to be ours in this run, with the evidence: what speaks for a thing may go before the thing does.
    pub proven: BTreeMap<ResourceId, Proof>,
}

/// What was proved of a thing earlier in this run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proof {
    evidence: Vec<Evidence>,
    /// When the thing was made: somebody may make another one of its name once it is gone.
    made: i64,
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
    /// Unique ids (`AROA…`) of the roles that are members of marked stacks, or were in this run, by role name.
    pub role_ids: BTreeMap<String, String>,
    /// Physical ids of everything that was a member of a marked stack at some moment of this run.
    pub former_members: BTreeSet<String>,
}

/// A stack that bears the environment's mark.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack {
    pub arn: SmolStr,
    pub name: SmolStr,
    /// Key in its manifest.
    pub key: String,
    /// Keys of the stacks that it needs.
    pub needs: Vec<String>,
    pub owner: String,
    pub version: String,
    /// As CloudFormation writes it.
    pub status: String,
    pub protected: bool,
    /// Its own members and those of the stacks that are nested in it.
    pub members: Vec<Member>,
    pub exports: Vec<Export>,
    /// The stacks that are nested in it, and in those.
    pub nested: Vec<Nested>,
    /// Its template cannot be read, so that nobody knows what it wants kept.
    pub is_unreadable: bool,
    /// It was nested in a stack that has gone and wanted it kept: its own template says nothing of that, and its deletion
    /// would take everything along.
    pub is_kept: bool,
}

impl Stack {
    /// Whether a name is the stack's or that of one nested in it.
    pub fn goes_by(&self, name: &str) -> bool {
        self.name == name || self.nested.iter().any(|nested| nested.name == name)
    }

    /// Whether it is on its way to another template, or back to the one that it had.
    pub fn is_being_changed(&self) -> bool {
        comes_of_change(&self.status) && self.status.ends_with("IN_PROGRESS")
    }
}

/// A stack that is a member of another one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nested {
    pub arn: SmolStr,
    pub name: SmolStr,
    /// As CloudFormation writes it.
    pub status: String,
}

/// Whether a change led a stack to a status. Nothing else gives it another template.
pub fn comes_of_change(status: &str) -> bool {
    status.starts_with("UPDATE_") || status.starts_with("IMPORT_")
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
    /// ARN of the nested stack that it is a member of; none of the stack's own.
    pub nested_in: Option<SmolStr>,
}

/// An output under a name that other stacks import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Export {
    pub name: String,
    /// Names of the stacks that import it.
    pub importers: Vec<String>,
}

/// A VPC that is a member of a marked stack, or was one until the stack went and left it behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vpc {
    pub id: String,
    /// ARN of its stack.
    pub stack: SmolStr,
    /// Name of that stack, where it has gone.
    pub left_by: Option<String>,
    /// Ids of domains out of its mark.
    pub domains: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Domain {
    pub id: String,
    pub arn: SmolStr,
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
    /// When it was changed last, in seconds since the epoch, on SageMaker's clock.
    pub changed: Option<i64>,
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
    /// Instance type that it runs on.
    pub instance: Option<String>,
}

impl App {
    /// `DOMAIN/OWNER/TYPE/NAME`, as its resource has it.
    pub fn id(&self) -> String {
        let owner = self.owner.name();
        format!("{}/{owner}/{}/{}", self.domain, self.kind, self.name)
    }
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
    pub arn: String,
    /// When it was made, in seconds since the epoch, on SageMaker's clock.
    pub created: i64,
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
    /// When it was made, in seconds since the epoch, on SageMaker's clock.
    pub created: i64,
    pub tags: Tags,
    pub components: Vec<InferenceComponent>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct InferenceComponent {
    pub name: String,
    pub arn: String,
    pub status: String,
    /// When it was made, in seconds since the epoch, on SageMaker's clock.
    pub created: i64,
}

impl InferenceComponent {
    /// The log group that its containers write to (operators' notes, item 6).
    pub fn log_group(&self) -> String {
        format!("/aws/sagemaker/InferenceComponents/{}", self.name)
    }
}

/// A resource that the tag index knows to be made in a domain of ours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tagged {
    pub arn: String,
    pub tags: Tags,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MonitoringSchedule {
    pub name: String,
    pub arn: String,
    /// When it was made, in seconds since the epoch, on SageMaker's clock.
    pub created: i64,
    pub status: String,
    /// Name of the endpoint that it watches.
    pub endpoint: Option<String>,
}

/// An inference endpoint's variant, or an inference component, that Application Auto Scaling scales.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScalableTarget {
    pub arn: String,
    /// `endpoint/NAME/variant/VARIANT` or `inference-component/NAME`.
    pub resource: String,
    /// `sagemaker:variant:DesiredInstanceCount`.
    pub dimension: String,
}

impl ScalableTarget {
    /// The name of the inference component that it scales.
    pub fn component(&self) -> Option<&str> {
        self.resource.strip_prefix("inference-component/")
    }
}

/// What a job does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobKind {
    #[default]
    Training,
    Tuning,
    AutoMl,
    Processing,
    Transform,
}

/// A job at work, or the warm pool that one left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Job {
    pub kind: JobKind,
    pub name: String,
    pub arn: String,
    pub status: String,
    /// It has ended and its instances are kept warm for the next one.
    pub is_warm_pool: bool,
    /// ARN of its execution role.
    pub role: Option<String>,
    pub subnets: Vec<String>,
    pub groups: Vec<String>,
    /// What it runs with besides: a tuning job may have several definitions.
    pub others: Vec<Definition>,
    /// Model that it runs.
    pub model: Option<String>,
    pub tags: Tags,
}

/// What a tuning job's training jobs run with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    /// ARN of the execution role.
    pub role: Option<String>,
    pub subnets: Vec<String>,
    pub groups: Vec<String>,
}

/// A pipeline and its executions that are at work.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pipeline {
    pub name: String,
    pub arn: String,
    /// ARN of its role.
    pub role: Option<String>,
    pub tags: Tags,
    /// ARNs and statuses.
    pub executions: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notebook {
    pub name: String,
    pub arn: String,
    pub status: String,
    /// ARN of its role.
    pub role: Option<String>,
    pub subnet: Option<String>,
    pub groups: Vec<String>,
    pub tags: Tags,
    /// Size of its volume.
    pub size_gib: Option<u64>,
    /// In seconds since the epoch, on SageMaker's clock.
    pub changed: Option<i64>,
}

/// What a part of a network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
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
}

impl PartKind {
    pub fn kind(self) -> Kind {
        match self {
            PartKind::Subnet => Kind::Subnet,
            PartKind::RouteTable => Kind::RouteTable,
            PartKind::NetworkAcl => Kind::NetworkAcl,
            PartKind::InternetGateway => Kind::InternetGateway,
            PartKind::NatGateway => Kind::NatGateway,
            PartKind::VpnGateway => Kind::VpnGateway,
            PartKind::EgressOnlyGateway => Kind::EgressOnlyGateway,
            PartKind::CarrierGateway => Kind::CarrierGateway,
            PartKind::VpcEndpoint => Kind::VpcEndpoint,
            PartKind::Instance => Kind::Instance,
        }
    }
}

/// Something in one of our VPCs that is not an interface and not a group.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkPart {
    pub kind: PartKind,
    pub id: String,
    pub vpc: String,
    /// `Name`, or a service's name.
    pub name: Option<String>,
    pub tags: Tags,
    /// The service's word for it while it is on its way and need not or must not be asked again, and [`DETACHED`].
    pub status: Option<String>,
}

/// EC2's word for a VPN gateway's attachment that has ended and is still shown; of an internet gateway it shows none then.
pub const DETACHED: &str = "detached";

impl NetworkPart {
    /// Whether it is a gateway that is off its VPC: it holds that no more.
    pub fn is_detached(&self) -> bool {
        self.status.as_deref() == Some(DETACHED)
    }
}

/// A policy on a role of ours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RolePolicy {
    /// Name of the role.
    pub role: String,
    /// ARN of a managed policy, name of an inline one.
    pub policy: String,
    /// Text of an inline one.
    pub document: Option<String>,
    /// Whether the role's stack put it there, as far as its template tells.
    pub is_of_stack: bool,
}

impl RolePolicy {
    /// `ROLE/POLICY`, as the step that takes it off has it.
    pub fn id(&self) -> String {
        format!("{}/{}", self.role, self.policy)
    }
}

/// Logs of ours: a group of our own, or a stream in a group that others write to as well.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    pub group: String,
    pub stream: Option<String>,
    pub size_bytes: u64,
    /// ARN or id of what wrote it; of a group that is known by our mark alone, the mark.
    pub of: String,
    /// Whose environment it was, as our mark on a group tells.
    pub owner: Option<String>,
    /// Something else writes to a group that bears our mark, or has written to it since.
    pub is_written_since: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileSystem {
    pub id: String,
    /// As EFS writes it.
    pub status: String,
    pub size_bytes: u64,
    /// ARN of the key that it is encrypted with.
    pub key: Option<String>,
    pub tags: Tags,
}

impl FileSystem {
    /// Whether it is the home volume of a domain: by the domain's word or by SageMaker's tag, nothing else.
    pub fn is_home_of(&self, domain: &Domain) -> bool {
        domain.home_volume.as_ref() == Some(&self.id)
            || self.tags.get(mark::MANAGED_BY_DOMAIN).map(String::as_str) == Some(&domain.arn)
    }
}

/// A replication of a volume into another one, which EFS lets nobody delete meanwhile (operators' notes, item 41).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replication {
    /// Id of the volume that is copied.
    pub source: String,
    /// That volume's region.
    pub region: String,
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
    /// The VPCs beside its own that it may be used in: of a group elsewhere our own, of one of ours any.
    pub associations: BTreeSet<GroupAssociation>,
}

/// How the names begin that SageMaker gives the two groups of a domain; the domain's id follows (section 1.5).
const NFS_GROUPS: [&str; 2] = [
    "security-group-for-inbound-nfs-",
    "security-group-for-outbound-nfs-",
];

impl SecurityGroup {
    /// The names of the two groups that SageMaker makes for a domain.
    pub fn names_for(domain: &str) -> [String; 2] {
        NFS_GROUPS.map(|start| format!("{start}{domain}"))
    }

    /// The id of the domain that SageMaker made it for, as its tag says or, where somebody took that off, its name.
    pub fn domain(&self) -> Option<&str> {
        let tag = self.tags.get(mark::MANAGED_BY_DOMAIN);
        let tagged = tag.and_then(|arn| Facts::domain_of_arn(arn));
        tagged.or_else(|| self.domain_by_name())
    }

    /// The id of the domain in the name that SageMaker gave it, which nobody can change.
    pub fn domain_by_name(&self) -> Option<&str> {
        let mut starts = NFS_GROUPS.into_iter();
        starts.find_map(|start| self.name.strip_prefix(start))
    }
}

/// A VPC that a security group is associated with beside its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupAssociation {
    pub vpc: String,
    /// Account whose VPC that is.
    pub owner: Option<String>,
}

/// A network interface in our VPC.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkInterface {
    pub id: String,
    pub description: String,
    /// `interface`, `efs`, `vpc_endpoint`, …
    pub kind: String,
    pub requester: Option<String>,
    /// The service that made it keeps it to itself: nobody else may detach or delete it (section 2.2).
    pub is_requester_managed: bool,
    /// `eni-attach-…` (may be detached) or `ela-attach-…` (may not).
    pub attachment: Option<String>,
    /// Instance that it is attached to, where that is one of somebody's own.
    pub instance: Option<String>,
    pub status: String,
    pub subnet: String,
    pub vpc: String,
    pub groups: Vec<String>,
}

impl NetworkInterface {
    /// The unique id of the role in whose session SageMaker made it, for an endpoint, a job or a notebook.
    pub fn sagemaker_role(&self) -> Option<&str> {
        let (role, _) = self.requester.as_deref()?.split_once(":SageMaker")?;
        Some(role)
    }

    /// Whether SageMaker made it in a session of a role.
    pub fn is_of_sagemaker(&self) -> bool {
        self.sagemaker_role().is_some()
    }

    /// Whether somebody else than its service may detach it (section 2.2).
    pub fn is_detachable(&self) -> bool {
        let attachment = self.attachment.as_deref();
        !self.is_requester_managed && attachment.is_none_or(|id| id.starts_with("eni-attach-"))
    }
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
            .chain(&self.named_domains)
            .cloned()
            .collect()
    }

    /// Domains and names of the spaces that our stacks have in domains that are not ours.
    pub fn spaces_elsewhere(&self) -> BTreeSet<(String, String)> {
        let ours = self.domain_ids();
        let members = self.marked().iter().flat_map(|stack| &stack.members);
        let spaces =
            members.filter(|member| member.kind == Kind::Space.type_name() && !member.is_gone());
        // CloudFormation knows a space as `DOMAIN|NAME` (section 3.8).
        let named = spaces.filter_map(|member| member.id.split_once('|'));
        named
            .filter(|(domain, _)| !ours.contains(*domain))
            .map(|(domain, name)| (domain.to_owned(), name.to_owned()))
            .collect()
    }

    /// The evidence that was found for a thing earlier in this run.
    pub fn proof(&self, kind: Kind, id: &str) -> &[Evidence] {
        let id = ResourceId::new(kind, id);
        let found = self.proven.get(&id);
        let found = found.filter(|proof| proof.made == self.made(&id));
        found.map_or(&[], |proof| proof.evidence.as_slice())
    }

    /// When a thing was made whose name can be given again, in seconds since the epoch; of others nothing is asked.
    fn made(&self, id: &ResourceId) -> i64 {
        let name = &id.id;
        let (models, endpoints) = (self.models.items(), self.endpoints.items());
        let of_model = || {
            models
                .iter()
                .find(|it| it.name == *name)
                .map(|it| it.created)
        };
        let of_endpoint = || {
            endpoints
                .iter()
                .find(|it| it.name == *name)
                .map(|it| it.created)
        };
        let configs = self.endpoint_configs.items();
        let of_config = || {
            configs
                .iter()
                .find(|it| it.name == *name)
                .map(|it| it.created)
        };
        let made = if id.kind == Kind::Model {
            of_model()
        } else if id.kind == Kind::Endpoint {
            of_endpoint()
        } else if id.kind == Kind::EndpointConfig {
            of_config()
        } else {
            None
        };
        made.unwrap_or_default()
    }

    /// `arn:…:domain/d-…` → `d-…`.
    pub fn domain_of_arn(arn: &str) -> Option<&str> {
        arn.split_once(":domain/").map(|(_, id)| id)
    }

    /// The name of the role of ours with which SageMaker made an interface.
    pub fn role_of_ours(&self, interface: &NetworkInterface) -> Option<&String> {
        let role = interface.sagemaker_role()?;
        let mut roles = self.stacks.known()?.role_ids.iter();
        roles.find(|(_, id)| *id == role).map(|(name, _)| name)
    }

    /// Whether a role, by its ARN, is a member of a marked stack, or was one in this run: what works with it may be seen
    /// only after its stack has gone.
    pub fn is_our_role(&self, arn: &str) -> bool {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let members = self.marked().iter().flat_map(|stack| &stack.members);
        let mut roles = members.filter(|member| member.kind == "AWS::IAM::Role");
        let stacks = self.stacks.known();
        roles.any(|member| member.id == name)
            || stacks.is_some_and(|stacks| stacks.role_ids.contains_key(name))
    }

    /// What an ARN of SageMaker names: `endpoint-config` of `arn:…:endpoint-config/NAME`.
    pub fn kind_of_arn(arn: &str) -> Option<&str> {
        let named = arn.splitn(6, ':').nth(5)?;
        named.split_once('/').map(|(kind, _)| kind)
    }

    /// The names of what the tag index knows of a kind, as ARNs call it.
    pub fn tagged_names(&self, kind: &str) -> impl Iterator<Item = &str> {
        let tagged = self.tagged.items().iter();
        tagged.filter_map(move |tagged| {
            let found = Facts::kind_of_arn(&tagged.arn)? == kind;
            let (_, name) = tagged.arn.split_once('/').filter(|_| found)?;
            Some(name)
        })
    }

    /// The tags of something that brings none along: by which the tag index knows it, or that it was asked for.
    pub fn tags_of(&self, arn: &str, created: i64) -> Option<&Tags> {
        let mut tagged = self.tagged.items().iter();
        let indexed = tagged.find(|tagged| tagged.arn == arn);
        let asked = || self.asked_tags.get(&(arn.to_owned(), created));
        indexed.map(|tagged| &tagged.tags).or_else(asked)
    }

    /// The stack that holds our VPC; it bears the marks by which a rerun finds the rest, so it goes last. Where the
    /// stacks own no VPC it is the stack that made the domain.
    pub fn anchors(&self) -> BTreeSet<SmolStr> {
        let living = self.vpcs().iter().filter(|vpc| vpc.left_by.is_none());
        let of_vpcs: BTreeSet<SmolStr> = living.map(|vpc| vpc.stack.clone()).collect();
        if !of_vpcs.is_empty() {
            return of_vpcs;
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

    /// The VPCs that their stacks have left behind.
    pub fn left_vpcs(&self) -> impl Iterator<Item = &Vpc> {
        self.vpcs().iter().filter(|vpc| vpc.left_by.is_some())
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

    /// Whether a marked stack has or had this physical id among its members: lists may show for a while what it deleted.
    pub fn is_or_was_member(&self, id: &str) -> bool {
        let mut members = self.marked().iter().flat_map(|stack| &stack.members);
        let stacks = self.stacks.known();
        members.any(|member| member.id == id)
            || stacks.is_some_and(|stacks| stacks.former_members.contains(id))
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
            Facet::Tagged => set(&mut self.tagged, error),
            Facet::MonitoringSchedules => set(&mut self.monitoring_schedules, error),
            Facet::ScalableTargets => set(&mut self.scalable_targets, error),
            Facet::Jobs => set(&mut self.jobs, error),
            Facet::Pipelines => set(&mut self.pipelines, error),
            Facet::Notebooks => set(&mut self.notebooks, error),
            Facet::NetworkParts => set(&mut self.network_parts, error),
            Facet::RolePolicies => set(&mut self.role_policies, error),
            Facet::Logs => set(&mut self.logs, error),
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
            Kind::Endpoint,
        ];
        let proved = world.resources().filter(|resource| {
            kinds.contains(&resource.id.kind) && resource.verdict() == Verdict::Ours
        });
        for resource in proved {
            let proof = Proof {
                evidence: resource.evidence.clone(),
                made: self.made(&resource.id),
            };
            self.proven.insert(resource.id.clone(), proof);
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
            (Facet::Tagged, state(&self.tagged)),
            (
                Facet::MonitoringSchedules,
                state(&self.monitoring_schedules),
            ),
            (Facet::ScalableTargets, state(&self.scalable_targets)),
            (Facet::Jobs, state(&self.jobs)),
            (Facet::Pipelines, state(&self.pipelines)),
            (Facet::Notebooks, state(&self.notebooks)),
            (Facet::NetworkParts, state(&self.network_parts)),
            (Facet::RolePolicies, state(&self.role_policies)),
            (Facet::Logs, state(&self.logs)),
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

    /// Whether something was made of it that may still be there.
    pub fn is_present(&self) -> bool {
        !self.id.is_empty() && !self.is_gone()
    }
}
