//! Whom an earlier run made a profile for and nobody names any more: named or, where that is wanted, deleted; never who
//! has a space.

use std::collections::BTreeSet;

use environment::{Verb, mark};

use super::super::request::Request;
use super::roll::list;
use super::{Kind, Lacking, Providing, step, step_id};
use crate::aws::{CallError, Class};
use crate::context::Context;
use crate::event::{ErrorTold, Event, StepOutcome};
use crate::patience::persist;

/// Names of profiles that an earlier run made for this environment and that nobody names any more.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Surplus {
    /// They have spaces.
    pub kept: Vec<String>,
    pub going: Vec<String>,
}

/// # Errors
/// As any call.
pub(super) async fn surplus(
    cx: &Context,
    request: &Request,
    domain: &str,
) -> Result<Surplus, CallError> {
    let profiles = list(cx, domain, Kind::Profile).await?;
    let named = &request.options.participants.names;
    let mut unnamed = Vec::new();
    for name in profiles.into_keys().filter(|name| !named.contains(name)) {
        // One call each, but only for those that are there and not named.
        if is_made_by_us(cx, request, domain, (Kind::Profile, &name)).await? {
            unnamed.push(name);
        }
    }
    if unnamed.is_empty() {
        return Ok(Surplus::default());
    }
    let spaces = persist(cx, async || cx.aws.spaces(domain).await).await?;
    let owners: BTreeSet<String> = spaces.into_iter().filter_map(|space| space.owner).collect();
    let (kept, going) = unnamed.into_iter().partition(|name| owners.contains(name));
    Ok(Surplus { kept, going })
}

/// Whether something bears the tag of what is made for participants.
///
/// # Errors
/// As any call.
pub(super) async fn is_made_by_us(
    cx: &Context,
    request: &Request,
    domain: &str,
    (kind, name): (Kind, &str),
) -> Result<bool, CallError> {
    let arn = format!(
        "arn:{}:sagemaker:{}:{}:{}/{domain}/{}",
        cx.aws.partition(),
        cx.aws.region(),
        request.claim.identity.account,
        kind.in_arns(),
        name.to_lowercase()
    );
    match persist(cx, async || cx.aws.resource_tags(&arn).await).await {
        Ok(tags) => Ok(tags.contains_key(mark::PARTICIPANT)),
        Err(error) if error.class == Class::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

impl Providing<'_> {
    /// Names who is not wanted any more, or deletes their profiles.
    ///
    /// # Errors
    /// What is lacking.
    pub(super) async fn part_from_surplus(&self) -> Result<(), Lacking> {
        let found = surplus(self.cx, self.request, self.domain).await;
        let surplus = found.map_err(|error| Lacking::refused(self.cx, &error))?;
        if !self.participants().prune {
            let mut names = [surplus.kept, surplus.going].concat();
            names.sort();
            self.tell_kept("", &names, "; say --prune-users to delete them");
            return Ok(());
        }
        self.tell_kept(" because of their spaces", &surplus.kept, "");
        for name in &surplus.going {
            self.prune(name).await?;
        }
        Ok(())
    }

    fn tell_kept(&self, why: &str, names: &[String], cure: &str) {
        if !names.is_empty() {
            let names = names.join(", ");
            let told = format!("no longer on the list, and kept{why}: {names}{cure}");
            self.cx.events.warn(told);
        }
    }

    async fn prune(&self, name: &str) -> Result<(), Lacking> {
        let id = step_id(Verb::Delete, Kind::Profile, name);
        if !self.roll.surplus.going.iter().any(|told| told == name) {
            let step = step(Verb::Delete, Kind::Profile, name, Vec::new());
            self.cx.events.send(Event::StepAdded { step });
        }
        let began = self.cx.clock.elapsed();
        self.cx.events.send(Event::StepStarted { id: id.clone() });
        let deleted = persist(self.cx, async || {
            self.cx.aws.delete_user_profile(self.domain, name).await
        })
        .await;
        self.trace.sent(&deleted);
        let refusal = match deleted {
            Err(error) if error.class != Class::NotFound => Some(error),
            Ok(()) | Err(_) => None,
        };
        let outcome = refusal
            .as_ref()
            .map_or(StepOutcome::Done, |_| StepOutcome::Failed);
        self.cx.events.send(Event::StepFinished {
            id,
            outcome,
            elapsed_seconds: self.cx.clock.elapsed().saturating_sub(began).as_secs_f64(),
            error: refusal.as_ref().map(ErrorTold::from),
        });
        refusal.map_or(Ok(()), |error| Err(Lacking::refused(self.cx, &error)))
    }
}
