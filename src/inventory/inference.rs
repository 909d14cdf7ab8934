//! Models, endpoints and endpoint configs: listed freshly, and described by Search, by pages alone. Only what the index of
//! Search does not show yet is described one by one.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use environment::assemble::{has_unexplained_interfaces, our_models};
use environment::facts::{Endpoint, EndpointConfig, Model};
use environment::{Facts, Kind};

use super::Inventory;
use crate::aws::inference::{EndpointDescription, Listed};
use crate::aws::{CallError, Class};

/// What does not change while the thing exists, by what its list shows.
#[derive(Default)]
pub(super) struct Cache {
    models: RefCell<BTreeMap<Listed, Model>>,
    endpoints: RefCell<BTreeMap<Listed, EndpointDescription>>,
    configs: RefCell<BTreeMap<String, EndpointConfig>>,
}

impl Inventory {
    /// Every model of the account and region.
    pub(super) async fn models(&self) -> Result<Vec<Model>, CallError> {
        let listed = self.aws.listed_models().await?;
        let known = &self.inference.models;
        if lacking(&listed, &known.borrow()).next().is_some() {
            let found = self.aws.searched_models().await?;
            let keyed = found.into_iter().map(|model| {
                let listed = Listed {
                    name: model.name.clone(),
                    arn: model.arn.clone(),
                    created: model.created,
                };
                (listed, model)
            });
            known.borrow_mut().extend(keyed);
        }
        let lacking: Vec<Listed> = lacking(&listed, &known.borrow()).cloned().collect();
        for model in lacking {
            match self.aws.model(&model).await {
                Ok(found) => drop(known.borrow_mut().insert(model, found)),
                Err(error) if error.class == Class::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let known = known.borrow();
        let models = listed.iter().filter_map(|model| known.get(model).cloned());
        Ok(models.collect())
    }

    /// Every endpoint of the account and region, with its inference components.
    pub(super) async fn endpoints(&self) -> Result<Vec<Endpoint>, CallError> {
        let listed = self.aws.listed_endpoints().await?;
        let names: Vec<Listed> = listed.iter().map(|(listed, _)| listed.clone()).collect();
        let known = &self.inference.endpoints;
        if lacking(&names, &known.borrow()).next().is_some() {
            let found = self.aws.searched_endpoints().await?;
            known.borrow_mut().extend(found);
        }
        let lacking: Vec<Listed> = lacking(&names, &known.borrow()).cloned().collect();
        for endpoint in lacking {
            match self.aws.endpoint(&endpoint).await {
                Ok(found) => drop(known.borrow_mut().insert(endpoint, found)),
                Err(error) if error.class == Class::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let mut components = self.aws.inference_components().await?;
        let mut endpoints = Vec::new();
        for (listed, status) in listed {
            let Some(description) = known.borrow().get(&listed).cloned() else {
                continue;
            };
            // An update gives it another config.
            if status.contains("pdat") || status == "RollingBack" {
                known.borrow_mut().remove(&listed);
            }
            endpoints.push(Endpoint {
                components: components.remove(&listed.name).unwrap_or_default(),
                name: listed.name,
                arn: listed.arn,
                config: description.config,
                tags: description.tags,
                status,
            });
        }
        Ok(endpoints)
    }

    /// The configs that could concern us: those that are tagged as ours or that an endpoint of ours names, and, where there
    /// are models of ours, every config that is not older than they are: it may name one of them. Each is described once.
    pub(super) async fn endpoint_configs(&self) -> Result<Vec<EndpointConfig>, CallError> {
        let (mut names, oldest) = {
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
            let names: BTreeSet<String> = endpoints
                .map(|endpoint| endpoint.config.clone())
                .chain(proven.map(|id| id.id.clone()))
                .chain(tagged.map(str::to_owned))
                .collect();
            (
                names,
                our_models(&facts).iter().map(|model| model.created).min(),
            )
        };
        if let Some(oldest) = oldest {
            names.extend(self.aws.endpoint_config_names(oldest).await?);
        }
        // One of the endpoints may be what SageMaker has interfaces for in our network: its config tells, or its absence.
        if has_unexplained_interfaces(&self.facts()) {
            let facts = self.facts();
            let endpoints = facts.endpoints.items().iter();
            names.extend(endpoints.map(|endpoint| endpoint.config.clone()));
        }
        let mut configs = Vec::new();
        for name in names {
            configs.extend(self.endpoint_config(&name).await?);
        }
        Ok(configs)
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

    /// Forgets a config that was deleted, so that the next look at the list decides.
    pub fn forget_config(&self, name: &str) {
        self.inference.configs.borrow_mut().remove(name);
        let mut facts = self.change();
        if let environment::Reading::Known(configs) = &mut facts.endpoint_configs {
            configs.retain(|config| config.name != name);
        }
    }
}

/// What is listed and not described yet.
fn lacking<'a, T>(
    listed: &'a [Listed],
    known: &BTreeMap<Listed, T>,
) -> impl Iterator<Item = &'a Listed> {
    let lacking = listed.iter().filter(|listed| !known.contains_key(listed));
    lacking.collect::<Vec<_>>().into_iter()
}
