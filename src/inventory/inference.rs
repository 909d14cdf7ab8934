//! Models, endpoints and endpoint configs: listed freshly, and described by Search, by pages alone. Only what the index of
//! Search does not show yet is described one by one.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use environment::assemble::{
    has_interfaces_of_our_roles, has_unexplained_interfaces, is_our_config, is_our_endpoint,
    located_models, our_models,
};
use environment::facts::{Endpoint, EndpointConfig, InferenceComponent, Model, MonitoringSchedule};
use environment::{Facts, Kind};

use super::Inventory;
use crate::aws::inference::{EndpointDescription, Hosting, Listed, ListedEndpoint};
use crate::aws::{CallError, Class};

/// What does not change while the thing exists, by what its list shows.
#[derive(Default)]
pub(super) struct Cache {
    models: RefCell<BTreeMap<Listed, Model>>,
    endpoints: RefCell<BTreeMap<Listed, EndpointDescription>>,
    configs: RefCell<BTreeMap<String, EndpointConfig>>,
    /// The model that a component runs, by the component's name and the instant of its creation.
    components: RefCell<BTreeMap<(String, i64), Option<String>>>,
    dashboard: RefCell<Dashboard>,
}

/// What Search has told of the models that endpoints host. It may be out of date.
#[derive(Default)]
struct Dashboard {
    hostings: BTreeSet<Hosting>,
    /// ARNs of the models that it knew of.
    models: BTreeSet<String>,
    /// Endpoints as their list showed them last.
    endpoints: Vec<ListedEndpoint>,
}

impl Dashboard {
    /// ARNs of the endpoints of which it knows, as of their last change, everything that they host, and that it is there and
    /// none of these models. A model that is gone says nothing of whose it was.
    fn hosts_of_others<'a>(
        &'a self,
        ours: &'a [&Model],
        all: &'a BTreeSet<&str>,
    ) -> impl Iterator<Item = &'a str> {
        // An endpoint may run a model that the dashboard has not heard of yet; it cannot be older than that model is.
        let unheard = ours.iter().filter(|it| !self.models.contains(&it.arn));
        let unheard = unheard.map(|model| model.created).min();
        let settled = self
            .endpoints
            .iter()
            .filter(move |endpoint| unheard.is_none_or(|unheard| endpoint.modified < unheard));
        let others = settled.filter(move |endpoint| {
            let mut hosted = self.hosted_by(endpoint).peekable();
            hosted.peek().is_some()
                && hosted
                    .all(|model| all.contains(model) && ours.iter().all(|ours| ours.name != model))
        });
        others.map(|endpoint| endpoint.listed.arn.as_str())
    }

    /// Names of the models of an endpoint as it is.
    fn hosted_by<'a>(&'a self, endpoint: &'a ListedEndpoint) -> impl Iterator<Item = &'a str> {
        let least = Hosting {
            endpoint: endpoint.listed.arn.clone(),
            modified: endpoint.modified,
            model: String::new(),
        };
        let known = self.hostings.range(least..).take_while(|hosting| {
            hosting.endpoint == endpoint.listed.arn && hosting.modified == endpoint.modified
        });
        known.map(|hosting| hosting.model.as_str())
    }
}

impl Inventory {
    /// Every model of the account and region.
    pub(super) async fn models(&self) -> Result<Vec<Model>, CallError> {
        let listed = self.aws.listed_models().await?;
        let known = &self.inference.models;
        if listed
            .iter()
            .any(|model| !known.borrow().contains_key(model))
        {
            self.search_models().await?;
        }
        for model in &listed {
            if known.borrow().contains_key(model) {
                continue;
            }
            match self.aws.model(model).await {
                Ok(found) => drop(known.borrow_mut().insert(model.clone(), found)),
                Err(error) if error.class == Class::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let known = known.borrow();
        let models = listed.iter().filter_map(|model| known.get(model).cloned());
        Ok(models.collect())
    }

    async fn search_models(&self) -> Result<(), CallError> {
        let found = self.aws.searched_models().await?;
        let mut dashboard = self.inference.dashboard.borrow_mut();
        let mut known = self.inference.models.borrow_mut();
        dashboard.hostings.clear();
        dashboard.models.clear();
        for (model, hostings) in found {
            dashboard.hostings.extend(hostings);
            dashboard.models.insert(model.arn.clone());
            let listed = Listed {
                name: model.name.clone(),
                arn: model.arn.clone(),
                created: model.created,
            };
            known.insert(listed, model);
        }
        Ok(())
    }

    /// Every endpoint of the account and region, with its inference components.
    pub(super) async fn endpoints(&self) -> Result<Vec<Endpoint>, CallError> {
        let listed = self.aws.listed_endpoints().await?;
        let known = &self.inference.endpoints;
        if listed
            .iter()
            .any(|found| !is_described(&known.borrow(), found))
        {
            let found: BTreeMap<_, _> = self.aws.searched_endpoints().await?.into_iter().collect();
            // What the index is behind with is described.
            let current = listed.iter().filter(|it| is_described(&found, it));
            let current = current.filter_map(|it| found.get_key_value(&it.listed));
            known
                .borrow_mut()
                .extend(current.map(|(listed, found)| (listed.clone(), found.clone())));
        }
        for found in &listed {
            if is_described(&known.borrow(), found) {
                continue;
            }
            match self.aws.endpoint(&found.listed).await {
                Ok(described) => {
                    drop(known.borrow_mut().insert(found.listed.clone(), described));
                }
                Err(error) if error.class == Class::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let mut components = self.aws.inference_components().await?;
        self.inference
            .dashboard
            .borrow_mut()
            .endpoints
            .clone_from(&listed);
        let endpoints: Vec<Endpoint> = {
            let known = known.borrow();
            let endpoints = listed.into_iter().filter_map(|found| {
                let description = known.get(&found.listed)?.clone();
                Some(Endpoint {
                    components: components.remove(&found.listed.name).unwrap_or_default(),
                    name: found.listed.name,
                    arn: found.listed.arn,
                    created: found.listed.created,
                    config: description.config,
                    tags: description.tags,
                    status: found.status,
                })
            });
            endpoints.collect()
        };
        // Where the configs are not known yet, their own look asks.
        let configs = self.facts().endpoint_configs.known().cloned();
        if let Some(configs) = configs {
            self.learn_tags_of_components(&endpoints, &configs).await?;
        }
        Ok(endpoints)
    }

    /// Asks for the tags of what runs on endpoints of ours: somebody may have put a thing of his own there.
    async fn learn_tags_of_components(
        &self,
        endpoints: &[Endpoint],
        configs: &[EndpointConfig],
    ) -> Result<(), CallError> {
        let used = endpoints.iter().filter(|it| !it.components.is_empty());
        for endpoint in used {
            if !is_our_endpoint(&self.facts(), endpoint, configs) {
                continue;
            }
            for component in &endpoint.components {
                self.learn_tags(&component.arn, component.created).await?;
            }
        }
        Ok(())
    }

    /// The monitoring schedules of the account and region; of those that watch an endpoint of ours the tags are known.
    pub(super) async fn read_monitoring_schedules(
        &self,
    ) -> Result<Vec<MonitoringSchedule>, CallError> {
        let mut schedules = Vec::new();
        for schedule in self.aws.monitoring_schedules().await? {
            if !self.watches_ours(&schedule)
                || self.learn_tags(&schedule.arn, schedule.created).await?
            {
                schedules.push(schedule);
            }
        }
        Ok(schedules)
    }

    fn watches_ours(&self, schedule: &MonitoringSchedule) -> bool {
        let facts = self.facts();
        let mut endpoints = facts.endpoints.items().iter();
        let watched = endpoints.find(|it| schedule.endpoint.as_ref() == Some(&it.name));
        watched.is_some_and(|it| is_our_endpoint(&facts, it, facts.endpoint_configs.items()))
    }

    /// The configs that could concern us: those that are tagged as ours or that an endpoint of ours names, and, where there
    /// are models of ours, every config that is not older than they are and not known to run other models: it may name one
    /// of them. Each is described once.
    pub(super) async fn endpoint_configs(&self) -> Result<Vec<EndpointConfig>, CallError> {
        let mut names = self.names_of_our_configs();
        let oldest = {
            let facts = self.facts();
            our_models(&facts).iter().map(|model| model.created).min()
        };
        let mut since = Vec::new();
        if let Some(oldest) = oldest {
            since = self.aws.endpoint_config_names(oldest).await?;
            self.read_components(oldest).await?;
        }
        let elsewhere = self.endpoints_of_others();
        let of_others = self.configs_of(&elsewhere);
        since.retain(|config| !of_others.contains(config));
        names.extend(since);
        names.extend(self.configs_that_explain(&elsewhere));
        self.change().elsewhere = elsewhere;
        let mut configs = Vec::new();
        for name in names {
            if let Some(config) = self.endpoint_config(&name).await?
                && self.is_told(&config).await?
            {
                configs.push(config);
            }
        }
        let endpoints = self.facts().endpoints.items().to_vec();
        self.learn_tags_of_components(&endpoints, &configs).await?;
        Ok(configs)
    }

    fn names_of_our_configs(&self) -> BTreeSet<String> {
        let facts = self.facts();
        let ours = facts.domain_ids();
        let endpoints = facts.endpoints.items().iter().filter(|endpoint| {
            let arn = endpoint.tags.get(environment::mark::MADE_IN_DOMAIN);
            arn.and_then(|arn| Facts::domain_of_arn(arn))
                .is_some_and(|domain| ours.contains(domain))
        });
        let proven = facts.proven.keys();
        let proven = proven.filter(|id| id.kind == Kind::EndpointConfig);
        let tagged = facts.tagged_names("endpoint-config");
        endpoints
            .map(|endpoint| endpoint.config.clone())
            .chain(proven.map(|id| id.id.to_string()))
            .chain(tagged.map(str::to_owned))
            .collect()
    }

    /// The configs of endpoints that may be what SageMaker has interfaces for in our network: theirs tell, or their absence.
    fn configs_that_explain(&self, elsewhere: &BTreeSet<String>) -> BTreeSet<String> {
        let facts = self.facts();
        let dashboard = self.inference.dashboard.borrow();
        let near: BTreeSet<&str> = located_models(&facts)
            .map(|model| model.name.as_str())
            .collect();
        let hosting = dashboard.endpoints.iter().filter(|endpoint| {
            let mut hosted = dashboard.hosted_by(endpoint);
            hosted.any(|model| near.contains(model))
        });
        let hosts: BTreeSet<&str> = hosting.map(|it| it.listed.arn.as_str()).collect();
        let has_any = has_interfaces_of_our_roles(&facts);
        let has_unexplained = has_unexplained_interfaces(&facts);
        let endpoints = facts.endpoints.items().iter();
        let explaining = endpoints.filter(|endpoint| {
            has_unexplained
                || hosts.contains(endpoint.arn.as_str())
                || (has_any && !elsewhere.contains(&endpoint.arn))
        });
        explaining.map(|endpoint| endpoint.config.clone()).collect()
    }

    /// ARNs of the endpoints that are known to run other models than ours, without a look at their configs.
    fn endpoints_of_others(&self) -> BTreeSet<String> {
        let facts = self.facts();
        let dashboard = self.inference.dashboard.borrow();
        let ours = our_models(&facts);
        let models = facts.models.items().iter();
        let all: BTreeSet<&str> = models.map(|model| model.name.as_str()).collect();
        let others = dashboard.hosts_of_others(&ours, &all);
        others.map(str::to_owned).collect()
    }

    /// Names of the configs of endpoints that are given by their ARNs.
    fn configs_of(&self, arns: &BTreeSet<String>) -> BTreeSet<String> {
        let facts = self.facts();
        let endpoints = facts.endpoints.items().iter();
        endpoints
            .filter(|endpoint| arns.contains(&endpoint.arn))
            .map(|endpoint| endpoint.config.clone())
            .collect()
    }

    /// Which models the inference components run that are not older than the oldest model of ours. No list tells the model of
    /// one, and it may be ours on anybody's endpoint: each is described once.
    async fn read_components(&self, oldest: i64) -> Result<(), CallError> {
        let components: Vec<InferenceComponent> = {
            let facts = self.facts();
            let endpoints = facts.endpoints.items().iter();
            let all = endpoints.flat_map(|endpoint| &endpoint.components);
            let since = all.filter(|component| component.created >= oldest);
            since.cloned().collect()
        };
        let mut models = BTreeMap::new();
        for component in components {
            let model = self.model_of_component(&component).await?;
            models.extend(model.map(|model| (component.name, model)));
        }
        self.change().component_models = models;
        Ok(())
    }

    async fn model_of_component(
        &self,
        component: &InferenceComponent,
    ) -> Result<Option<String>, CallError> {
        let known = &self.inference.components;
        let key = (component.name.clone(), component.created);
        let cached = known.borrow().get(&key).cloned();
        if let Some(model) = cached {
            return Ok(model);
        }
        match self.aws.model_of_component(&component.name).await {
            Ok(model) => {
                known.borrow_mut().insert(key, model.clone());
                Ok(model)
            }
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn endpoint_config(&self, name: &str) -> Result<Option<EndpointConfig>, CallError> {
        let cached = self.inference.configs.borrow().get(name).cloned();
        if let Some(config) = cached {
            return Ok(Some(config));
        }
        match self.aws.endpoint_config(name).await {
            Ok(config) => {
                let mut configs = self.inference.configs.borrow_mut();
                configs.insert(name.to_owned(), config.clone());
                Ok(Some(config))
            }
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a config is still there, with its tags known where it would be ours without them: its description brings none.
    async fn is_told(&self, config: &EndpointConfig) -> Result<bool, CallError> {
        if !is_our_config(&self.facts(), config) {
            return Ok(true);
        }
        self.learn_tags(&config.arn, config.created).await
    }

    /// Forgets a config that was deleted, so that the next look at the list decides.
    pub fn forget_config(&self, name: &str) {
        self.inference.configs.borrow_mut().remove(name);
        let mut facts = self.change();
        if let environment::Reading::Known(configs) = &mut facts.endpoint_configs {
            configs.retain(|config| config.name != name);
        }
    }
}

/// Whether an endpoint is known as it is. One that is being deleted does not get another config any more.
fn is_described(known: &BTreeMap<Listed, EndpointDescription>, endpoint: &ListedEndpoint) -> bool {
    known.get(&endpoint.listed).is_some_and(|description| {
        description.modified == endpoint.modified || endpoint.status == "Deleting"
    })
}
