//! What bears the tag of a domain of ours, and what the tag index does not tell of things that cost by the hour: whether a
//! feature group has an online store, and which MLflow apps are the default of a domain without bearing its tag (operators'
//! notes, item 39). These two only advise: without them a thing is not named, and nothing else hangs on it.

use std::collections::{BTreeMap, BTreeSet};

use environment::facts::Tagged;
use environment::{Facts, mark};

use super::Inventory;
use crate::aws::{CallError, Class};

impl Inventory {
    pub(super) async fn read_tagged(&self) -> Result<Vec<Tagged>, CallError> {
        let domains = self.domain_arns();
        let tagged = self.aws.tagged(mark::MADE_IN_DOMAIN, &domains).await?;
        let online_groups = self.online_groups(&tagged).await?;
        let default_apps = self.default_apps(&domains).await?;
        let mut facts = self.change();
        facts.online_groups = online_groups;
        facts.default_apps = default_apps;
        Ok(tagged)
    }

    /// Those of the feature groups that have an online store.
    async fn online_groups(&self, tagged: &[Tagged]) -> Result<BTreeSet<String>, CallError> {
        let mut online = BTreeSet::new();
        let is_group = |it: &&Tagged| Facts::kind_of_arn(&it.arn) == Some("feature-group");
        for Tagged { arn, .. } in tagged.iter().filter(is_group) {
            let read = self.aws.has_online_store(arn).await;
            let what = format!("whether {arn} has an online store");
            if self.advised(what, read)? == Some(true) {
                online.insert(arn.clone());
            }
        }
        Ok(online)
    }

    /// The MLflow apps that are the default of one of these domains, with its ARN.
    async fn default_apps(
        &self,
        domains: &[String],
    ) -> Result<BTreeMap<String, String>, CallError> {
        let mut apps = BTreeMap::new();
        for arn in domains {
            let id = Facts::domain_of_arn(arn).unwrap_or_default();
            let read = self.aws.default_mlflow_apps(id).await;
            let what = format!("the MLflow apps of domain {id}");
            let found = self.advised(what, read)?.unwrap_or_default();
            apps.extend(found.into_iter().map(|app| (app, arn.clone())));
        }
        Ok(apps)
    }

    /// What an advisory read tells. What is gone tells nothing, and neither does what asking again does not bring: of that
    /// somebody is told.
    fn advised<T>(&self, what: String, read: Result<T, CallError>) -> Result<Option<T>, CallError> {
        match read {
            Ok(told) => Ok(Some(told)),
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) if matches!(error.class, Class::Denied | Class::Other) => {
                self.go_on_without(what, &error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
