//! The inventory: what exists now of an environment, read list by list.

mod stacks;

use std::cell::{Cell, Ref, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use environment::assemble::{our_models, our_volumes};
use environment::facts::{Domain, EndpointConfig};
use environment::{Facet, Facts, Intent, Kind, Reading, World, assemble};
use futures_util::future::join_all;

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

/// What was read so far of one environment, and how to read it again.
pub struct Inventory {
    aws: Aws,
    facts: RefCell<Facts>,
    survey: RefCell<Survey>,
    /// Endpoint configs never change: each is described once a run.
    configs: RefCell<BTreeMap<String, EndpointConfig>>,
    stacks: stacks::Cache,
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
            configs: RefCell::default(),
            stacks: stacks::Cache::default(),
            generation: Cell::default(),
            shape: RefCell::default(),
        }
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

    /// The world as it was read, and a note of what was proved in it.
    pub fn world(&self, intent: &Intent) -> World {
        let world = assemble(&self.facts.borrow(), intent);
        self.facts.borrow_mut().remember(&world);
        world
    }

    /// Reads every list, those first that others need ids from; again where ids were learnt on the way.
    pub async fn read_all(&self) {
        self.facts.borrow_mut().forget_all();
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
            self.facts.borrow_mut().set_unknown(facet, None);
        }
    }

    async fn read_now(&self, facet: Facet) {
        match facet {
            Facet::Stacks => {
                let read = self.read_stacks().await;
                self.facts.borrow_mut().stacks = reading(read);
                if self.has_changed_shape() {
                    self.forget_all_but_stacks();
                }
            }
            _ if self.lacks_ids(facet) => self.facts.borrow_mut().lack_ids(facet),
            Facet::Domains => {
                let read = self.domains().await;
                self.facts.borrow_mut().domains = reading(read);
            }
            Facet::UserProfiles => {
                let read = self
                    .of_domains(async |domain| self.aws.user_profiles(domain).await)
                    .await;
                self.facts.borrow_mut().user_profiles = read;
            }
            Facet::Spaces => {
                let read = self
                    .of_domains(async |domain| self.aws.spaces(domain).await)
                    .await;
                self.facts.borrow_mut().spaces = read;
            }
            Facet::Apps => {
                let read = self
                    .of_domains(async |domain| self.aws.apps(domain).await)
                    .await;
                self.facts.borrow_mut().apps = read;
            }
            Facet::Models => {
                let read = self.aws.models().await;
                self.facts.borrow_mut().models = reading(read);
            }
            Facet::Endpoints => {
                let read = self.aws.endpoints().await;
                self.facts.borrow_mut().endpoints = reading(read);
            }
            Facet::EndpointConfigs => {
                let read = self.endpoint_configs().await;
                self.facts.borrow_mut().endpoint_configs = reading(read);
            }
            Facet::FileSystems => {
                let read = self.aws.file_systems().await;
                self.facts.borrow_mut().file_systems = reading(read);
            }
            Facet::MountTargets => {
                let read = self.mount_targets().await;
                self.facts.borrow_mut().mount_targets = reading(read);
            }
            Facet::SecurityGroups => {
                let read = self
                    .aws
                    .security_groups(&self.vpcs(), &self.domain_arns())
                    .await;
                self.facts.borrow_mut().security_groups = reading(read);
                let known = self.facts().domain_ids();
                if let Err(error) = self.learn_former_domains().await {
                    self.facts.borrow_mut().security_groups = Reading::Unknown(error.read_error());
                } else if self.facts().domain_ids() != known {
                    self.forget_all_but_stacks();
                }
            }
            Facet::NetworkInterfaces => {
                let read = self
                    .aws
                    .network_interfaces(&self.vpcs(), &self.groups_elsewhere())
                    .await;
                self.facts.borrow_mut().network_interfaces = reading(read);
            }
        }
    }

    /// What was read, and what is being read, was for an environment of another shape.
    fn forget_all_but_stacks(&self) {
        self.generation.set(self.generation.get() + 1);
        self.facts.borrow_mut().forget_all_but_stacks();
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
                .map(|stack| stack.arn.clone())
                .collect(),
        }
    }

    /// ARNs of every domain that is or was ours.
    fn domain_arns(&self) -> Vec<String> {
        let facts = self.facts.borrow();
        let partition = self.aws.partition();
        let (region, account) = (&facts.region, &facts.account);
        let ids = facts.domain_ids().into_iter();
        ids.map(|id| format!("arn:{partition}:sagemaker:{region}:{account}:domain/{id}"))
            .collect()
    }

    /// Groups that SageMaker made for domains of ours in VPCs that are not ours.
    fn groups_elsewhere(&self) -> Vec<String> {
        let vpcs = self.vpcs();
        let facts = self.facts.borrow();
        let groups = facts.security_groups.items().iter();
        groups
            .filter(|group| !vpcs.contains(&group.vpc))
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

    /// Our domains that exist, with their home volumes.
    async fn domains(&self) -> Result<Vec<Domain>, CallError> {
        let ours = self.facts.borrow().domain_ids();
        if ours.is_empty() {
            return Ok(Vec::new());
        }
        let mut domains = Vec::new();
        for mut domain in self
            .aws
            .domains()
            .await?
            .into_iter()
            .filter(|domain| ours.contains(&domain.id))
        {
            match self.home_volume(&domain.id).await {
                Ok(volume) => domain.home_volume = volume,
                Err(error) if error.class == Class::NotFound => continue,
                Err(error) => return Err(error),
            }
            domains.push(domain);
        }
        Ok(domains)
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

    /// Reads one list for each of our domains. A domain that vanished meanwhile has nothing in it.
    async fn of_domains<T>(
        &self,
        list: impl AsyncFn(&str) -> Result<Vec<T>, CallError>,
    ) -> Reading<Vec<T>> {
        let domains = self.facts.borrow().domains.clone();
        let domains = match domains {
            Reading::Known(domains) => domains,
            Reading::Unknown(error) => return Reading::Unknown(error),
            Reading::Unread => return Reading::Unread,
        };
        let mut all = Vec::new();
        for domain in domains {
            match list(&domain.id).await {
                Ok(items) => all.extend(items),
                Err(error) if error.class == Class::NotFound => {}
                Err(error) => return Reading::Unknown(error.read_error()),
            }
        }
        Reading::Known(all)
    }

    /// The configs that could concern us: of endpoints that are tagged as ours, and, where there are models of ours,
    /// every config that is not older than they are.
    async fn endpoint_configs(&self) -> Result<Vec<EndpointConfig>, CallError> {
        let (mut names, oldest) = {
            let facts = self.facts.borrow();
            let ours = facts.domain_ids();
            let endpoints = facts.endpoints.items().iter().filter(|endpoint| {
                let arn = endpoint.tags.get(environment::mark::MADE_IN_DOMAIN);
                arn.and_then(|arn| Facts::domain_of_arn(arn))
                    .is_some_and(|domain| ours.contains(domain))
            });
            let proven = facts.proven.keys();
            let proven = proven.filter(|id| id.kind == Kind::EndpointConfig);
            let names: BTreeSet<String> = endpoints
                .map(|endpoint| endpoint.config.clone())
                .chain(proven.map(|id| id.id.clone()))
                .collect();
            (
                names,
                our_models(&facts).iter().map(|model| model.created).min(),
            )
        };
        if let Some(oldest) = oldest {
            names.extend(self.aws.endpoint_config_names(oldest).await?);
        }
        let mut configs = Vec::new();
        for name in names {
            configs.extend(self.endpoint_config(&name).await?);
        }
        Ok(configs)
    }

    async fn endpoint_config(&self, name: &str) -> Result<Option<EndpointConfig>, CallError> {
        let cached = self.configs.borrow().get(name).cloned();
        if let Some(config) = cached {
            return Ok(Some(config));
        }
        match self.aws.endpoint_config(name).await {
            Ok(config) => {
                self.configs
                    .borrow_mut()
                    .insert(name.to_owned(), config.clone());
                Ok(Some(config))
            }
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Forgets a config that was deleted, so that the next look at the list decides.
    pub fn forget_config(&self, name: &str) {
        self.configs.borrow_mut().remove(name);
        if let Reading::Known(configs) = &mut self.facts.borrow_mut().endpoint_configs {
            configs.retain(|config| config.name != name);
        }
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

fn reading<T>(result: Result<T, CallError>) -> Reading<T> {
    match result {
        Ok(list) => Reading::Known(list),
        Err(error) => Reading::Unknown(error.read_error()),
    }
}
