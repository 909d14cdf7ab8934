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
/// How long it takes until a role is known everywhere.
const ROLES_KNOWN: Duration = Duration::from_secs(15);

/// What is to be made: its name and its owner's.
type Pair = (String, String);

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
        let names: Vec<Pair> = self
            .participants()
            .names
            .iter()
            .map(|name| (name.clone(), name.clone()))
            .collect();
        self.provide(Kind::Profile, &names).await?;
        self.part_from_surplus().await
    }

    /// Spaces, and an app in each. Whose profile or space is not there is left out.
    ///
    /// # Errors
    /// What is lacking.
    pub(in super::super) async fn starter_apps(&self) -> Result<(), Lacking> {
        let names = self.participants().names.iter();
        let spaces: Vec<Pair> = names.map(|name| (space_of(name), name.clone())).collect();
        let owners = self.in_service(Kind::Profile).await?;
        let is_over = self.is_over().is_some();
        let (spaces, out): (Vec<Pair>, Vec<Pair>) = spaces
            .into_iter()
            .partition(|(_, owner)| !is_over && owners.contains(owner));
        let out = not_begun(&out, &[Kind::Space, Kind::App], "the profile");
        let provided = Lacking::both(out, self.provide(Kind::Space, &spaces).await);
        Lacking::both(provided.err(), self.apps_in(spaces).await)
    }

    /// An app in each of these spaces that is there.
    async fn apps_in(&self, spaces: Vec<Pair>) -> Result<(), Lacking> {
        if spaces.is_empty() {
            return Ok(());
        }
        let there = self.in_service(Kind::Space).await?;
        let is_over = self.is_over().is_some();
        let (spaces, out): (Vec<Pair>, Vec<Pair>) = spaces
            .into_iter()
            .partition(|(space, _)| !is_over && there.contains(space));
        let out = not_begun(&out, &[Kind::App], "the space");
        Lacking::both(out, self.provide(Kind::App, &spaces).await)
    }

    /// Names of those of one kind that are in service.
    async fn in_service(&self, kind: Kind) -> Result<BTreeSet<String>, Lacking> {
        let there = self.list(kind).await?.into_iter();
        let well = there.filter(|(_, status)| status == "InService");
        Ok(well.map(|(name, _)| name).collect())
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
        made
    }

    /// Makes these side by side; those that were not made, with the answers.
    async fn make_all<'n>(&self, kind: Kind, pairs: &[&'n Pair]) -> Vec<(&'n Pair, CallError)> {
        let makings = pairs.iter().map(async |pair| {
            if self.cx.stop.is_requested() {
                return None;
            }
            let made = self.make(kind, &pair.0, &pair.1).await;
            made.err().map(|error| (*pair, error))
        });
        let makings = stream::iter(makings).buffer_unordered(AT_ONCE);
        makings.filter_map(async |refused| refused).collect().await
    }

    /// Makes what is missing; what could not be made, with the answers. A name in use may be one whose first answer was
    /// lost, or that somebody else was faster with: then it is there. Where it is not, the name is not free yet, and it is
    /// tried again. A role that is not known everywhere is given time once.
    async fn make_missing<'n>(
        &self,
        kind: Kind,
        mut missing: Vec<&'n Pair>,
    ) -> Result<Vec<(&'n Pair, CallError)>, Lacking> {
        for (name, _) in &missing {
            self.cx.events.send(Event::StepStarted {
                id: step_id(Verb::Create, kind, name),
            });
        }
        let mut refused = Vec::new();
        let mut waited_for_roles = false;
        loop {
            let (mut in_use, mut unknown) = (Vec::new(), Vec::new());
            for (pair, error) in self.make_all(kind, &missing).await {
                if error.code == "ResourceInUse" {
                    in_use.push((pair, error));
                } else if error.is_role_unknown() && !waited_for_roles {
                    unknown.push((pair, error));
                } else {
                    refused.push((pair, error));
                }
            }
            if !in_use.is_empty() {
                let there = self.list(kind).await?;
                in_use.retain(|(pair, _)| !there.contains_key(&pair.0));
            }
            let pause = if unknown.is_empty() {
                PAUSE
            } else {
                ROLES_KNOWN
            };
            waited_for_roles |= !unknown.is_empty();
            let again: Vec<_> = in_use.into_iter().chain(unknown).collect();
            if again.is_empty() || self.is_over().is_some() {
                refused.extend(again);
                return Ok(refused);
            }
            missing = again.into_iter().map(|(pair, _)| pair).collect();
            self.cx.pause(pause, self.cx.deadline).await;
        }
    }

    /// Makes what is not there and waits until all of it is in service. `names` are pairs of name and owner.
    async fn provide(&self, kind: Kind, names: &[Pair]) -> Result<(), Lacking> {
        if names.is_empty() {
            return Ok(());
        }
        let wanted = names.iter().map(|(name, _)| name).collect();
        let there = self.clear(kind, &wanted).await?;
        let missing = names.iter().filter(|(name, _)| !there.contains_key(name));
        let missing: Vec<&Pair> = missing.collect();
        let began = self.cx.clock.elapsed();
        let mut lacking: Option<Lacking> = None;
        for ((name, _), error) in self.make_missing(kind, missing.clone()).await? {
            let id = step_id(Verb::Create, kind, name);
            let answer = ErrorTold::from(&error);
            self.end(id, began, StepOutcome::Failed, Some(answer));
            let told = named(kind, name).because(format!("{}: {}", error.code, error.message));
            let of_this = Lacking::refused(self.cx, &error);
            let lacking = lacking.get_or_insert(of_this);
            lacking.left.push(told);
        }
        let failed: BTreeSet<String> = lacking
            .iter()
            .flat_map(|lacking| lacking.left.iter().map(|left| left.id.to_string()))
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
        Lacking::both(lacking, arrived)
    }

    /// Waits until everything of these names is in service.
    async fn arrive(
        &self,
        kind: Kind,
        mut waited: BTreeSet<&String>,
        fresh: &BTreeSet<&String>,
        began: Duration,
    ) -> Result<(), Lacking> {
        let mut left = Vec::new();
        loop {
            let statuses = self.list(kind).await?;
            let mut failed = Vec::new();
            waited.retain(|name| {
                let status = statuses.get(*name).map_or("", String::as_str);
                match status {
                    "InService" => {
                        if fresh.contains(*name) {
                            let id = step_id(Verb::Create, kind, name);
                            self.end(id, began, StepOutcome::Done, None);
                        }
                    }
                    "Failed" | "Delete_Failed" | "Update_Failed" => {
                        failed.push(((*name).clone(), status.to_owned()));
                    }
                    // What vanished again was not to last.
                    "" if kind == Kind::App => {
                        failed.push(((*name).clone(), "Failed".to_owned()));
                    }
                    _ => return true,
                }
                false
            });
            for failure in self.failures(kind, failed).await {
                if fresh.contains(&failure.name) {
                    let id = step_id(Verb::Create, kind, &failure.name);
                    self.end(id, began, StepOutcome::Failed, Some(failure.error()));
                }
                left.push(failure.named(kind));
            }
            if waited.is_empty() {
                break;
            }
            let Some(outcome) = self.is_over() else {
                self.pause().await;
                continue;
            };
            let late = waited.iter();
            left.extend(late.map(|name| named(kind, name).because("on its way")));
            return Err(Lacking { outcome, left });
        }
        if left.is_empty() {
            return Ok(());
        }
        let outcome = Outcome::Failed;
        Err(Lacking { outcome, left })
    }

    /// Why each of these failed; they come with their statuses.
    pub(super) async fn failures(&self, kind: Kind, failed: Vec<(String, String)>) -> Vec<Failed> {
        let failures = failed.into_iter().map(async |(name, status)| {
            let why = self.failure(kind, &name).await;
            Failed { name, status, why }
        });
        stream::iter(failures).buffered(AT_ONCE).collect().await
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
        self.cx.pause(PAUSE, self.cx.deadline).await;
    }

    pub(super) fn end(
        &self,
        id: String,
        began: Duration,
        outcome: StepOutcome,
        error: Option<ErrorTold>,
    ) {
        let elapsed = self.cx.clock.elapsed().saturating_sub(began);
        self.cx.events.send(Event::StepFinished {
            id,
            outcome,
            elapsed_seconds: elapsed.as_secs_f64(),
            error,
        });
    }
}

/// What is not begun of these: what it needs is not there, or the time was over.
fn not_begun(pairs: &[Pair], kinds: &[Kind], needs: &str) -> Option<Lacking> {
    let mut left = Vec::new();
    for (name, _) in pairs {
        for kind in kinds {
            let why = format!("not begun: {needs} that it needs is not in service, or came late");
            left.push(named(*kind, name).because(why));
        }
    }
    let outcome = Outcome::Incomplete;
    (!left.is_empty()).then_some(Lacking { outcome, left })
}

/// Something that failed, and why, where the service tells.
pub(super) struct Failed {
    pub name: String,
    /// As the service writes it.
    status: String,
    why: Option<String>,
}

impl Failed {
    pub(super) fn named(&self, kind: Kind) -> Named {
        let why = self.why.iter().map(|why| format!(": {why}"));
        let why: String = why.collect();
        named(kind, &self.name).because(format!("it is {}{why}", self.status))
    }

    /// As the end of a step tells it: no call was refused, so the status stands for the code.
    pub(super) fn error(&self) -> ErrorTold {
        let untold = || format!("it is {}", self.status);
        ErrorTold {
            service: "sagemaker".to_owned(),
            code: self.status.clone(),
            message: self.why.clone().unwrap_or_else(untold),
            request_id: None,
        }
    }
}
