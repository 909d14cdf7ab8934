//! The inventory: what exists now of an environment, read list by list.

mod companions;
mod inference;
mod jobs;
mod kept;
mod logs;
mod nested;
mod roles;
mod stacks;
mod tags;

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use environment::assemble::our_volumes;
use environment::facts::{Domain, FileSystem, NetworkPart, SecurityGroup, Space};
use environment::{Facet, Facts, Intent, ReadError, Reading, World, assemble};
use futures_util::future::{join_all, try_join_all};

use crate::aws::{Aws, CallError, Class};
pub use stacks::{Mark, Survey};

/// Rounds of reading after which a look is over in any case: the lists need each other in four steps, and ids may be
/// learnt twice.
const ROUNDS: u32 = 16;

/// What decides which of the other lists are read, and for what: when it changes they are out of date.
#[derive(Clone, PartialEq)]
struct Shape {
    domains: BTreeSet<String>,
    vpcs: BTreeSet<String>,
    /// Stacks that are being made or changed.
    in_progress: BTreeSet<String>,
}

/// What was concluded from facts of one version.
struct Assembled {
    version: u64,
    intent: Intent,
    world: Rc<World>,
}

/// What was read so far of one environment, and how to read it again.
pub struct Inventory {
    aws: Aws,
    facts: RefCell<Facts>,
    survey: RefCell<Survey>,
    stacks: stacks::Cache,
    inference: inference::Cache,
    jobs: jobs::Cache,
    kept: kept::Cache,
    logs: logs::Cache,
    roles: roles::Cache,
    /// VPCs of domains, by the domain's id.
    domain_vpcs: RefCell<BTreeMap<String, String>>,
    /// What could not be read and is gone on without, with the reason, until somebody tells of it.
    unadvised: RefCell<BTreeMap<String, ReadError>>,
    /// What was told of already.
    confessed: RefCell<BTreeSet<String>>,
    /// Rises with every change of the facts.
    version: Cell<u64>,
    assembled: RefCell<Option<Assembled>>,
    /// Rises when everything that was read becomes out of date.
    generation: Cell<u64>,
    /// As the stacks told it last.
    shape: RefCell<Option<Shape>>,
}

impl Inventory {
    pub fn new(aws: Aws, environment: &str, account: &str) -> Self {
        let facts = Facts {
            environment: environment.to_owned(),
            account: account.to_owned(),
            region: aws.region().to_owned(),
            ..Facts::default()
        };
        Self {
            aws,
            facts: RefCell::new(facts),
            survey: RefCell::default(),
            stacks: stacks::Cache::default(),
            inference: inference::Cache::default(),
            jobs: jobs::Cache::default(),
            kept: kept::Cache::default(),
            logs: logs::Cache::default(),
            roles: roles::Cache::default(),
            domain_vpcs: RefCell::default(),
            unadvised: RefCell::default(),
            confessed: RefCell::default(),
            version: Cell::default(),
            assembled: RefCell::default(),
            generation: Cell::default(),
            shape: RefCell::default(),
        }
    }

    /// Takes a domain for one of ours by the user's word.
    pub fn name_domain(&self, id: &str) {
        let mut facts = self.change();
        facts.named_domains.insert(id.to_owned());
    }

    /// What could not be read and is gone on without, each once a run.
    pub fn unadvised(&self) -> BTreeMap<String, ReadError> {
        let mut unadvised = std::mem::take(&mut *self.unadvised.borrow_mut());
        let mut confessed = self.confessed.borrow_mut();
        unadvised.retain(|what, _| confessed.insert(what.clone()));
        unadvised
    }

    /// Goes on without something that asking again does not bring.
    pub fn go_on_without(&self, what: impl Into<String>, error: &CallError) {
        let mut unadvised = self.unadvised.borrow_mut();
        unadvised.insert(what.into(), error.read_error());
    }

    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    pub fn facts(&self) -> Ref<'_, Facts> {
        self.facts.borrow()
    }

    /// What was seen of all stacks of the account at the last look.
    pub fn survey(&self) -> Ref<'_, Survey> {
        self.survey.borrow()
    }

    /// The world as it was read, and a note of what was proved in it. It is put together once for what was read.
    pub fn world(&self, intent: &Intent) -> Rc<World> {
        let version = self.version.get();
        if let Some(known) = &*self.assembled.borrow()
            && known.version == version
            && known.intent == *intent
        {
            return known.world.clone();
        }
        // Not two of them at once: a workshop's takes megabytes.
        self.assembled.take();
        let world = Rc::new(assemble(&self.facts.borrow(), intent));
        self.facts.borrow_mut().remember(&world);
        *self.assembled.borrow_mut() = Some(Assembled {
            version,
            intent: intent.clone(),
            world: world.clone(),
        });
        world
    }

    /// The facts, to be changed: what was concluded from them is out of date.
    fn change(&self) -> RefMut<'_, Facts> {
        self.version.set(self.version.get() + 1);
        self.facts.borrow_mut()
    }

    /// Reads every list, those first that others need ids from; again where ids were learnt on the way.
    pub async fn read_all(&self) {
        self.change().forget_all();
        // Each round reads what has become readable; ids that are learnt on the way make lists unread again.
        for _ in 0..ROUNDS {
            let unread = self.readable();
            if unread.is_empty() {
                return;
            }
            join_all(unread.into_iter().map(|facet| self.read(facet))).await;
        }
    }

    /// Reads one list to its last page. A list that needs ids out of another one is as unknown as that one is.
    pub async fn read(&self, facet: Facet) {
        let generation = self.generation.get();
        self.read_now(facet).await;
        // What was asked for with ids that are out of date proves nothing.
        if facet != Facet::Stacks && self.generation.get() != generation {
            self.change().set_unknown(facet, None);
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "a table: one arm says how one list is read and where it goes"
    )]
    async fn read_now(&self, facet: Facet) {
        match facet {
            Facet::Stacks => {
                let read = self.read_stacks().await;
                self.change().stacks = reading(read);
                if self.has_changed_shape() {
                    self.forget_all_but_stacks();
                }
            }
            _ if self.lacks_ids(facet) => self.change().lack_ids(facet),
            Facet::Domains => {
                let known = self.facts().domain_ids();
                let read = self.domains().await;
                self.change().domains = reading(read);
                if self.facts().domain_ids() != known {
                    self.forget_all_but_stacks();
                }
            }
            Facet::UserProfiles => {
                let read = self
                    .of_domains(async |domain| self.aws.user_profiles(domain).await)
                    .await;
                self.change().user_profiles = read;
            }
            Facet::Spaces => {
                let read = self.spaces().await;
                self.change().spaces = read;
            }
            Facet::Apps => {
                let read = self
                    .of_domains(async |domain| self.aws.apps(domain).await)
                    .await;
                self.change().apps = read;
            }
            Facet::Models => {
                let read = self.models().await;
                self.change().models = reading(read);
            }
            Facet::Endpoints => {
                let read = self.endpoints().await;
                self.change().endpoints = reading(read);
            }
            Facet::EndpointConfigs => {
                let read = self.endpoint_configs().await;
                self.change().endpoint_configs = reading(read);
            }
            Facet::FileSystems => {
                let read = self.file_systems().await;
                self.change().file_systems = reading(read);
            }
            Facet::MountTargets => {
                let read = self.mount_targets().await;
                self.change().mount_targets = reading(read);
            }
            Facet::SecurityGroups => {
                let read = self.security_groups().await;
                self.change().security_groups = reading(read);
                let known = self.facts().domain_ids();
                if let Err(error) = self.learn_former_domains().await {
                    self.change().security_groups = Reading::Unknown(error.read_error());
                } else if self.facts().domain_ids() != known {
                    self.forget_all_but_stacks();
                }
            }
            Facet::NetworkInterfaces => {
                let read = self
                    .aws
                    .network_interfaces(&self.vpcs(), &self.groups_elsewhere())
                    .await;
                self.change().network_interfaces = reading(read);
            }
            Facet::Tagged => {
                let read = self.read_tagged().await;
                self.change().tagged = reading(read);
            }
            Facet::MonitoringSchedules => {
                let read = self.read_monitoring_schedules().await;
                self.change().monitoring_schedules = reading(read);
            }
            Facet::ScalableTargets => {
                let read = self.aws.scalable_targets().await;
                let read = self.advice(facet, read);
                self.change().scalable_targets = read;
            }
            Facet::Jobs => {
                let read = self.read_jobs().await;
                self.change().jobs = reading(read);
            }
            Facet::Pipelines => {
                let read = self.read_pipelines().await;
                self.change().pipelines = reading(read);
            }
            Facet::Notebooks => {
                let read = self.read_notebooks().await;
                self.change().notebooks = reading(read);
            }
            Facet::NetworkParts => {
                let read = self.network_parts().await;
                self.change().network_parts = reading(read);
            }
            Facet::RolePolicies => {
                let read = self.read_role_policies().await;
                let read = self.advice(facet, read);
                self.change().role_policies = read;
            }
            Facet::Logs => {
                let read = self.read_logs().await;
                let read = self.advice(facet, read);
                self.change().logs = read;
            }
        }
    }

    /// An advisory list that asking again does not bring is empty, and somebody is told.
    fn advice<T>(&self, facet: Facet, read: Result<Vec<T>, CallError>) -> Reading<Vec<T>> {
        debug_assert!(facet.is_advisory(), "{facet} is binding");
        match read {
            Ok(list) => Reading::Known(list),
            Err(error) if error.class == Class::Denied || error.class == Class::Other => {
                self.go_on_without(format!("the list of {facet}"), &error);
                Reading::Known(Vec::new())
            }
            Err(error) => Reading::Unknown(error.read_error()),
        }
    }

    /// What was read, and what is being read, was for an environment of another shape.
    fn forget_all_but_stacks(&self) {
        self.generation.set(self.generation.get() + 1);
        self.change().forget_all_but_stacks();
    }

    /// Lists that nobody has read yet and whose ids are known.
    fn readable(&self) -> Vec<Facet> {
        let unknown = self.facts.borrow().unknown();
        let unread = |facet: &Facet| unknown.get(facet) == Some(&None);
        let needs = |facet: &Facet| facet.needs_ids_of().iter().any(unread);
        let all = Facet::ALL.into_iter();
        all.filter(|facet| unread(facet) && !needs(facet)).collect()
    }

    /// Whether a list that this one needs ids from is not known.
    fn lacks_ids(&self, facet: Facet) -> bool {
        let unknown = self.facts.borrow().unknown();
        let mut needs = facet.needs_ids_of().iter();
        needs.any(|needed| unknown.contains_key(needed))
    }

    /// Whether the stacks that were read now make other lists out of date.
    fn has_changed_shape(&self) -> bool {
        if self.facts().stacks.known().is_none() {
            return false;
        }
        let shape = self.read_shape();
        let before = self.shape.replace(Some(shape.clone()));
        before.is_some_and(|before| before != shape)
    }

    fn read_shape(&self) -> Shape {
        let facts = self.facts.borrow();
        let stacks = facts.marked().iter();
        Shape {
            domains: facts.domain_ids(),
            vpcs: facts.vpcs().iter().map(|vpc| vpc.id.clone()).collect(),
            in_progress: stacks
                .filter(|stack| stack.status.ends_with("IN_PROGRESS"))
                .filter(|stack| !stack.status.starts_with("DELETE"))
                .map(|stack| stack.arn.to_string())
                .collect(),
        }
    }

    /// ARNs of every domain that is or was ours.
    fn domain_arns(&self) -> Vec<String> {
        let facts = self.facts.borrow();
        let ids = facts.domain_ids().into_iter();
        ids.map(|id| self.aws.domain_arn(&facts.account, &id))
            .collect()
    }

    /// Groups that are members of our stacks.
    fn member_groups(&self) -> Vec<String> {
        let facts = self.facts();
        let stacks = facts.marked().iter();
        let members = stacks.flat_map(|stack| stacks::present(stack, "AWS::EC2::SecurityGroup"));
        members.cloned().collect()
    }

    /// Groups of ours in VPCs that are not: members of our stacks, and those that SageMaker made for our domains.
    fn groups_elsewhere(&self) -> Vec<String> {
        let vpcs = self.vpcs();
        let facts = self.facts.borrow();
        let domains = facts.domain_ids();
        let groups = facts.security_groups.items().iter();
        groups
            .filter(|group| !vpcs.contains(&group.vpc))
            .filter(|group| {
                let domain = group.domain();
                domain.is_some_and(|domain| domains.contains(domain))
                    || facts.stack_of(&group.id).is_some()
            })
            .map(|group| group.id.clone())
            .collect()
    }

    fn vpcs(&self) -> Vec<String> {
        self.facts
            .borrow()
            .vpcs()
            .iter()
            .map(|vpc| vpc.id.clone())
            .collect()
    }

    /// Our domains that exist, with their home volumes; those of others in our VPCs are noted.
    async fn domains(&self) -> Result<Vec<Domain>, CallError> {
        let ours = self.facts.borrow().domain_ids();
        let vpcs = self.vpcs();
        if ours.is_empty() && vpcs.is_empty() {
            self.change().neighbours = Vec::new();
            return Ok(Vec::new());
        }
        let all = self.aws.domains().await?.into_iter();
        let (ours, others): (Vec<_>, Vec<_>) = all.partition(|it| ours.contains(&it.id));
        let mut neighbours = Vec::new();
        for domain in others {
            if let Some(vpc) = self.vpc_of_domain(&domain.id).await?
                && vpcs.contains(&vpc)
            {
                neighbours.push(domain);
            }
        }
        self.change().neighbours = neighbours;
        let mut domains = Vec::new();
        for mut domain in ours {
            match self.home_volume(&domain.id).await {
                Ok(volume) => domain.home_volume = volume,
                Err(error) if error.class == Class::NotFound => continue,
                Err(error) => return Err(error),
            }
            domains.push(domain);
        }
        self.learn_kept_domains(&domains).await?;
        Ok(domains)
    }

    /// The VPC of somebody else's domain, where it still exists. It never changes, and is asked for once.
    async fn vpc_of_domain(&self, domain: &str) -> Result<Option<String>, CallError> {
        let known = self.domain_vpcs.borrow().get(domain).cloned();
        if known.is_some() {
            return Ok(known);
        }
        match self.aws.domain(domain).await {
            Ok(found) => {
                let mut known = self.domain_vpcs.borrow_mut();
                known.extend(found.vpc.clone().map(|vpc| (domain.to_owned(), vpc)));
                Ok(found.vpc)
            }
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A domain's home volume; asked again until it is told, since it may be missing while the domain is Pending.
    async fn home_volume(&self, domain: &str) -> Result<Option<String>, CallError> {
        let known = {
            let facts = self.facts.borrow();
            facts
                .domains
                .items()
                .iter()
                .find(|known| known.id == domain)
                .and_then(|known| known.home_volume.clone())
        };
        match known {
            Some(volume) => Ok(Some(volume)),
            None => Ok(self.aws.domain(domain).await?.home_volume),
        }
    }

    /// The spaces of our domains, and those that our stacks have in somebody else's: what is in them goes with the stacks.
    async fn spaces(&self) -> Reading<Vec<Space>> {
        let ours = self.of_domains(async |domain| self.aws.spaces(domain).await);
        let mut spaces = match ours.await {
            Reading::Known(spaces) => spaces,
            unknown @ (Reading::Unknown(_) | Reading::Unread) => return unknown,
        };
        let members = self.facts().spaces_elsewhere();
        let domains: BTreeSet<String> = members.iter().map(|(id, _)| id.clone()).collect();
        let others = in_domains(domains, async |domain| self.aws.spaces(domain).await);
        match others.await {
            Ok(mut others) => {
                others.retain(|it| members.contains(&(it.domain.clone(), it.name.clone())));
                spaces.extend(others);
                Reading::Known(spaces)
            }
            Err(error) => Reading::Unknown(error.read_error()),
        }
    }

    /// Reads one list for each of our domains.
    async fn of_domains<T>(
        &self,
        list: impl AsyncFn(&str) -> Result<Vec<T>, CallError>,
    ) -> Reading<Vec<T>> {
        let domains = self.facts.borrow().domains.clone();
        match domains {
            Reading::Known(domains) => {
                let ids = domains.into_iter().map(|domain| domain.id);
                reading(in_domains(ids, list).await)
            }
            Reading::Unknown(error) => Reading::Unknown(error),
            Reading::Unread => Reading::Unread,
        }
    }

    /// The groups in our VPCs, and those elsewhere that are of our domains or stacks.
    async fn security_groups(&self) -> Result<Vec<SecurityGroup>, CallError> {
        let (vpcs, domains, members) = (self.vpcs(), self.domain_arns(), self.member_groups());
        let groups = self.aws.security_groups(&vpcs, &domains, &members).await?;
        self.learn_kept_groups(&groups).await?;
        Ok(groups)
    }

    /// What else is in our VPCs. Where a stack has left one behind, a gateway of the environment's that is attached to nothing
    /// may have been taken off it.
    async fn network_parts(&self) -> Result<Vec<NetworkPart>, CallError> {
        let vpcs = self.vpcs();
        let parts = vpcs.iter().map(|vpc| self.aws.network_parts(vpc));
        let mut parts = try_join_all(parts).await?.concat();
        let (environment, left) = {
            let facts = self.facts();
            let left = facts.left_vpcs().next().map(|vpc| vpc.id.clone());
            (facts.environment.clone(), left)
        };
        if let Some(vpc) = left {
            let off = self.aws.detached_internet_gateways(&environment, &vpc);
            parts.extend(off.await?);
        }
        self.learn_kept_parts(&parts).await?;
        Ok(parts)
    }

    /// Every volume of the account and region; of those that were seen in a replication, whether they still are.
    async fn file_systems(&self) -> Result<Vec<FileSystem>, CallError> {
        let replicated: Vec<String> = self.facts().replications.keys().cloned().collect();
        for volume in replicated {
            self.read_replication(&volume).await?;
        }
        self.aws.file_systems().await
    }

    /// Asks whether a volume is part of a replication, and notes what is answered.
    ///
    /// # Errors
    /// As any call.
    pub async fn read_replication(&self, volume: &str) -> Result<bool, CallError> {
        let found = self.aws.replication(volume).await?;
        let is_replicated = found.is_some();
        let mut facts = self.change();
        facts.replications.remove(volume);
        let noted = found.map(|found| (volume.to_owned(), found));
        facts.replications.extend(noted);
        Ok(is_replicated)
    }

    async fn mount_targets(&self) -> Result<Vec<environment::facts::MountTarget>, CallError> {
        let volumes = our_volumes(&self.facts.borrow());
        let mut targets = Vec::new();
        for volume in volumes {
            match self.aws.mount_targets(&volume).await {
                Ok(found) => targets.extend(found),
                Err(error) if error.class == Class::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(targets)
    }
}

/// Reads one list for each of these domains. One that vanished meanwhile has nothing in it.
async fn in_domains<T>(
    domains: impl IntoIterator<Item = String>,
    list: impl AsyncFn(&str) -> Result<Vec<T>, CallError>,
) -> Result<Vec<T>, CallError> {
    let mut all = Vec::new();
    for domain in domains {
        match list(&domain).await {
            Ok(items) => all.extend(items),
            Err(error) if error.class == Class::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

fn reading<T>(result: Result<T, CallError>) -> Reading<T> {
    match result {
        Ok(list) => Reading::Known(list),
        Err(error) => Reading::Unknown(error.read_error()),
    }
}
