//! What participants lack is made, side by side, and waited for.

use std::collections::BTreeSet;
use std::time::Duration;

use environment::facts::Tags;
use environment::{Verb, mark};
use futures_util::StreamExt;
use futures_util::stream;

use super::super::request::Request;
use super::super::trace::Trace;
use super::roll::{Statuses, list};
use super::{INSTANCE, Kind, Lacking, Participants, Roll, named, space_of, step_id};
use crate::aws::CallError;
use crate::context::Context;
use crate::event::{ErrorTold, Event, Named, Outcome, StepOutcome};
use crate::patience::persist;

/// Creations on their way at once.
const AT_ONCE: usize = 8;
const PAUSE: Duration = Duration::from_secs(5);

/// The participants of one domain being provided for.
pub(in super::super) struct Providing<'a> {
    pub cx: &'a Context,
    pub request: &'a Request,
    pub domain: &'a str,
    /// Who was there before the run.
    pub roll: &'a Roll,
    pub trace: &'a Trace,
}

impl Providing<'_> {
    pub(super) fn participants(&self) -> &Participants {
        &self.request.options.participants
    }

    /// Profiles, side by side; those that were made earlier and are not named any more are named or, where that is
    /// wanted, deleted.
    ///
    /// # Errors
    /// What is lacking.
    pub(in super::super) async fn profiles(&self) -> Result<(), Lacking> {
        let names: Vec<(String, String)> = self
            .participants()
            .names
            .iter()
            .map(|name| (name.clone(), name.clone()))
            .collect();
        self.provide(Kind::Profile, &names).await?;
        self.part_from_surplus().await
    }

    /// Spaces, and an app in each.
    ///
    /// # Errors
    /// What is lacking.
    pub(in super::super) async fn starter_apps(&self) -> Result<(), Lacking> {
        let names = self.participants().names.iter();
        let spaces: Vec<(String, String)> =
            names.map(|name| (space_of(name), name.clone())).collect();
        self.provide(Kind::Space, &spaces).await?;
        self.provide(Kind::App, &spaces).await
    }

    fn tags(&self) -> Tags {
        let environment = self.request.claim.environment.clone();
        [
            (mark::ENVIRONMENT.to_owned(), environment),
            (mark::PARTICIPANT.to_owned(), "yes".to_owned()),
        ]
        .into()
    }

    pub(super) async fn list(&self, kind: Kind) -> Result<Statuses, Lacking> {
        let found = list(self.cx, self.domain, kind).await;
        found.map_err(|error| Lacking::refused(self.cx, &error))
    }

    async fn make(&self, kind: Kind, name: &str, owner: &str) -> Result<(), CallError> {
        let (aws, domain, tags) = (&self.cx.aws, self.domain, self.tags());
        let made = persist(self.cx, async || match kind {
            Kind::Profile => aws.make_user_profile(domain, name, &tags).await,
            Kind::Space => aws.make_space(domain, owner, name, &tags).await,
            Kind::App => aws.start_jupyterlab(domain, name, INSTANCE).await,
        })
        .await;
        self.trace.sent(&made);
        match made {
            // The answer of an earlier try was lost, or somebody else was faster.
            Err(error) if error.code == "ResourceInUse" => Ok(()),
            made => made,
        }
    }

    /// Makes what is not there and waits until all of it is in service. `names` are pairs of name and owner.
    async fn provide(&self, kind: Kind, names: &[(String, String)]) -> Result<(), Lacking> {
        if names.is_empty() {
            return Ok(());
        }
        let wanted = names.iter().map(|(name, _)| name).collect();
        let there = self.clear(kind, &wanted).await?;
        let missing = names.iter().filter(|(name, _)| !there.contains_key(name));
        let missing: Vec<&(String, String)> = missing.collect();
        let began = self.cx.clock.elapsed();
        let mut lacking: Option<Lacking> = None;
        {
            let makings = missing.iter().map(async |(name, owner)| {
                if self.cx.stop.is_requested() {
                    return None;
                }
                self.cx.events.send(Event::StepStarted {
                    id: step_id(Verb::Create, kind, name),
                });
                Some((name, self.make(kind, name, owner).await))
            });
            let mut makings = stream::iter(makings).buffer_unordered(AT_ONCE);
            while let Some(made) = makings.next().await {
                let Some((name, made)) = made else { continue };
                if let Err(error) = made {
                    self.end(kind, name, began, StepOutcome::Failed, Some(&error));
                    let told =
                        named(kind, name).because(format!("{}: {}", error.code, error.message));
                    let of_this = Lacking::refused(self.cx, &error);
                    let lacking = lacking.get_or_insert(of_this);
                    lacking.left.push(told);
                }
            }
        }
        let failed: BTreeSet<String> = lacking
            .iter()
            .flat_map(|lacking| lacking.left.iter().map(|left| left.id.clone()))
            .collect();
        let fresh: BTreeSet<&String> = missing
            .iter()
            .map(|(name, _)| name)
            .filter(|name| !failed.contains(*name))
            .collect();
        let waited = names
            .iter()
            .map(|(name, _)| name)
            .filter(|name| !failed.contains(*name));
        let arrived = self.arrive(kind, waited.collect(), &fresh, began).await;
        match (arrived, lacking) {
            (Ok(()), None) => Ok(()),
            (Ok(()), Some(lacking)) | (Err(lacking), None) => Err(lacking),
            (Err(mut late), Some(first)) => {
                late.left.extend(first.left);
                late.outcome = first.outcome;
                Err(late)
            }
        }
    }

    /// Waits until everything of these names is in service.
    async fn arrive(
        &self,
        kind: Kind,
        mut waited: BTreeSet<&String>,
        fresh: &BTreeSet<&String>,
        began: Duration,
    ) -> Result<(), Lacking> {
        let mut failed = Vec::new();
        loop {
            let statuses = self.list(kind).await?;
            waited.retain(|name| {
                let status = statuses.get(*name).map_or("", String::as_str);
                let outcome = match status {
                    "InService" => StepOutcome::Done,
                    "Failed" | "Delete_Failed" | "Update_Failed" => StepOutcome::Failed,
                    // What vanished again was not to last.
                    "" if kind == Kind::App => StepOutcome::Failed,
                    _ => return true,
                };
                if fresh.contains(*name) {
                    self.end(kind, name, began, outcome, None);
                }
                if outcome == StepOutcome::Failed {
                    let status = if status.is_empty() { "Failed" } else { status };
                    failed.push(((*name).clone(), status.to_owned()));
                }
                false
            });
            if waited.is_empty() {
                break;
            }
            let Some(outcome) = self.is_over() else {
                self.pause().await;
                continue;
            };
            let mut left = self.told(kind, failed).await;
            let late = waited.iter();
            left.extend(late.map(|name| named(kind, name).because("on its way")));
            return Err(Lacking { outcome, left });
        }
        if failed.is_empty() {
            return Ok(());
        }
        let left = self.told(kind, failed).await;
        let outcome = Outcome::Failed;
        Err(Lacking { outcome, left })
    }

    /// What failed, each with its status and why.
    async fn told(&self, kind: Kind, failed: Vec<(String, String)>) -> Vec<Named> {
        let told = failed.into_iter().map(async |(name, status)| {
            let why = self.failure(kind, &name).await;
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            named(kind, &name).because(format!("it is {status}{why}"))
        });
        stream::iter(told).buffered(AT_ONCE).collect().await
    }

    /// What ends the waiting, if anything does.
    pub(super) fn is_over(&self) -> Option<Outcome> {
        if self.cx.stop.is_requested() {
            Some(Outcome::Interrupted)
        } else if self.cx.clock.elapsed() >= self.cx.deadline {
            Some(Outcome::Incomplete)
        } else {
            None
        }
    }

    pub(super) async fn pause(&self) {
        tokio::select! {
            biased;
            () = self.cx.stop.requested() => {}
            () = self.cx.clock.sleep(PAUSE) => {}
        }
    }

    fn end(
        &self,
        kind: Kind,
        name: &str,
        began: Duration,
        outcome: StepOutcome,
        error: Option<&CallError>,
    ) {
        let elapsed = self.cx.clock.elapsed().saturating_sub(began);
        self.cx.events.send(Event::StepFinished {
            id: step_id(Verb::Create, kind, name),
            outcome,
            elapsed_seconds: elapsed.as_secs_f64(),
            error: error.map(ErrorTold::from),
        });
    }
}
