//! What stands in the way of a participant: something on its way out is waited for, and something of ours that failed is
//! removed, so that it can be made anew.

use std::collections::{BTreeMap, BTreeSet};

use super::roll::Statuses;
use super::surplus::is_made_by_us;
use super::{Kind, Lacking, Providing, named};
use crate::aws::{CallError, Class};
use crate::patience::persist;

impl Providing<'_> {
    /// Waits until nothing of these names is in the way any more, and tells what there is then. A failed one of others
    /// stays, and is told of later.
    ///
    /// # Errors
    /// What is lacking.
    pub(super) async fn clear(
        &self,
        kind: Kind,
        names: &BTreeSet<&String>,
    ) -> Result<Statuses, Lacking> {
        let mut discarded = BTreeMap::new();
        loop {
            let there = self.list(kind).await?;
            let mut going = Vec::new();
            for (name, status) in there.iter().filter(|(name, _)| names.contains(name)) {
                let is_going = match (status.as_str(), discarded.get(name)) {
                    ("Deleting", _) => true,
                    ("Failed", Some(goes)) => *goes,
                    ("Failed", None) => {
                        let goes = self.discard(kind, name).await?;
                        discarded.insert(name.clone(), goes);
                        goes
                    }
                    _ => false,
                };
                going.extend(is_going.then_some(name));
            }
            if going.is_empty() {
                return Ok(there);
            }
            if let Some(outcome) = self.is_over() {
                let left = going.iter();
                let left = left.map(|name| named(kind, name).because("it is being deleted"));
                let left = left.collect();
                return Err(Lacking { outcome, left });
            }
            self.pause().await;
        }
    }

    /// Deletes something that failed, if it is ours; whether it goes.
    async fn discard(&self, kind: Kind, name: &str) -> Result<bool, Lacking> {
        let refused = |error: CallError| Lacking::refused(self.cx, &error);
        let ours = is_made_by_us(self.cx, self.request, self.domain, (kind, name)).await;
        if !ours.map_err(refused)? {
            return Ok(false);
        }
        let (aws, domain) = (&self.cx.aws, self.domain);
        let deleted = persist(self.cx, async || match kind {
            Kind::Profile => aws.delete_user_profile(domain, name).await,
            Kind::Space => aws.delete_space(domain, name).await,
            // Failed apps are in nobody's way and not listed.
            Kind::App => Ok(()),
        })
        .await;
        self.trace.sent(&deleted);
        match deleted {
            Ok(()) => Ok(true),
            Err(error) if error.class == Class::NotFound => Ok(true),
            Err(error) => Err(refused(error)),
        }
    }

    /// Why something failed, in the service's words, where it tells.
    pub(super) async fn failure(&self, kind: Kind, name: &str) -> Option<String> {
        let (aws, domain) = (&self.cx.aws, self.domain);
        let described = match kind {
            Kind::Profile => aws.profile_failure(domain, name).await,
            Kind::Space => aws.space_failure(domain, name).await,
            Kind::App => aws.jupyterlab_failure(domain, name).await,
        };
        // Advisory: that it failed is known.
        described.ok().flatten()
    }
}
