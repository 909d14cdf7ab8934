//! Participants: a user profile each, and with it, where that is wanted, a private space with JupyterLab running in it.
//!
//! Everything is asked of lists, page by page: calls grow with pages and with what is made.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use environment::facts::{AppOwner, Tags};
use environment::{Verb, mark};
use futures_util::StreamExt;
use futures_util::stream;

use super::patience::persist;
use super::request::Request;
use crate::aws::{CallError, Class};
use crate::context::Context;
use crate::event::{ErrorTold, Event, Named, Outcome, Step, StepOutcome};

/// Instance type of starter apps: the least that JupyterLab takes.
pub(super) const INSTANCE: &str = "ml.t3.medium";
/// Creations on their way at once.
const AT_ONCE: usize = 8;
const PAUSE: Duration = Duration::from_secs(5);
/// Most characters of a space's name.
const LONGEST_NAME: usize = 63;

/// Who takes part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participants {
    /// Names of user profiles; none where nobody said who takes part.
    pub names: BTreeSet<String>,
    /// Profiles that earlier runs made and that are not named any more are deleted.
    pub prune: bool,
    /// Each has a space with JupyterLab running.
    pub starter_app: bool,
}

/// What is made for a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Profile,
    Space,
    App,
}

impl Kind {
    fn type_name(self) -> &'static str {
        match self {
            Kind::Profile => "AWS::SageMaker::UserProfile",
            Kind::Space => "AWS::SageMaker::Space",
            Kind::App => "AWS::SageMaker::App",
        }
    }
}

fn space_of(participant: &str) -> String {
    let mut name = format!("lab-{participant}");
    name.truncate(LONGEST_NAME);
    name.trim_end_matches('-').to_owned()
}

fn step_id(kind: Kind, name: &str) -> String {
    format!("{}:{}:{name}", Verb::Create.word(), kind.type_name())
}

fn named(kind: Kind, name: &str) -> Named {
    Named {
        kind: kind.type_name().to_owned(),
        id: name.to_owned(),
        name: Some(name.to_owned()),
        stack: None,
        reason: None,
    }
}

/// The steps that participants mean, each after `stacks` (steps' ids).
pub(super) fn steps(participants: &Participants, studio: &[String], all: &[String]) -> Vec<Step> {
    let step = |kind: Kind, name: &str, needs: Vec<String>| Step {
        id: step_id(kind, name),
        kind: Verb::Create,
        resource: named(kind, name),
        needs,
        evidence: Vec::new(),
        destroys_data: false,
    };
    let mut steps = Vec::new();
    for name in &participants.names {
        steps.push(step(Kind::Profile, name, studio.to_vec()));
        if participants.starter_app {
            let space = space_of(name);
            let mut needs = all.to_vec();
            needs.push(step_id(Kind::Profile, name));
            steps.push(step(Kind::Space, &space, needs));
            steps.push(step(Kind::App, &space, vec![step_id(Kind::Space, &space)]));
        }
    }
    steps
}

/// The participants of one domain being provided for.
pub(super) struct Providing<'a> {
    pub cx: &'a Context,
    pub request: &'a Request,
    pub domain: &'a str,
}

/// What could not be provided.
#[derive(Clone, Debug)]
pub(super) struct Lacking {
    pub outcome: Outcome,
    pub left: Vec<Named>,
}

/// Status of everything of one kind, by name.
type Statuses = BTreeMap<String, String>;

impl Providing<'_> {
    fn participants(&self) -> &Participants {
        &self.request.options.participants
    }

    /// Profiles, side by side; those that were made earlier and are not named any more are named or, where that is
    /// wanted, deleted.
    ///
    /// # Errors
    /// What is lacking.
    pub(super) async fn profiles(&self) -> Result<(), Lacking> {
        let names: Vec<(String, String)> = self
            .participants()
            .names
            .iter()
            .map(|name| (name.clone(), name.clone()))
            .collect();
        self.provide(Kind::Profile, &names).await?;
        let surplus = self.surplus().await;
        match surplus {
            Ok(surplus) => self.part_from(surplus).await,
            Err(error) => Err(self.refused(&error)),
        }
    }

    /// Spaces, and an app in each.
    ///
    /// # Errors
    /// What is lacking.
    pub(super) async fn starter_apps(&self) -> Result<(), Lacking> {
        let names = self.participants().names.iter();
        let spaces: Vec<(String, String)> =
            names.map(|name| (space_of(name), name.clone())).collect();
        self.provide(Kind::Space, &spaces).await?;
        self.provide(Kind::App, &spaces).await
    }

    async fn list(&self, kind: Kind) -> Result<Statuses, CallError> {
        let (aws, domain) = (&self.cx.aws, self.domain);
        persist(self.cx, async || {
            Ok(match kind {
                Kind::Profile => {
                    let found = aws.user_profiles(domain).await?.into_iter();
                    found.map(|it| (it.name, it.status)).collect()
                }
                Kind::Space => {
                    let found = aws.spaces(domain).await?.into_iter();
                    found.map(|it| (it.name, it.status)).collect()
                }
                Kind::App => {
                    let found = aws.apps(domain).await?.into_iter();
                    let lives = found.filter(|app| app.kind == "JupyterLab");
                    lives
                        .filter_map(|app| match app.owner {
                            AppOwner::Space(space) => Some((space, app.status)),
                            AppOwner::UserProfile(_) => None,
                        })
                        // Deleted ones stay listed for a day, and a Failed one does not stand in the way of another.
                        .filter(|(_, status)| !matches!(status.as_str(), "Deleted" | "Failed"))
                        .collect()
                }
            })
        })
        .await
    }

    fn tags(&self) -> Tags {
        let environment = self.request.claim.environment.clone();
        [
            (mark::ENVIRONMENT.to_owned(), environment),
            (mark::PARTICIPANT.to_owned(), "yes".to_owned()),
        ]
        .into()
    }

    async fn make(&self, kind: Kind, name: &str, owner: &str) -> Result<(), CallError> {
        let (aws, domain, tags) = (&self.cx.aws, self.domain, self.tags());
        let made = persist(self.cx, async || match kind {
            Kind::Profile => aws.make_user_profile(domain, name, &tags).await,
            Kind::Space => aws.make_space(domain, owner, name, &tags).await,
            Kind::App => aws.start_jupyterlab(domain, name, INSTANCE).await,
        });
        match made.await {
            // The answer of an earlier try was lost, or somebody else was faster.
            Err(error) if error.code == "ResourceInUse" => Ok(()),
            made => made,
        }
    }

    /// Makes what is not there and waits until all of it is in service. `names` are pairs of name and owner.
    async fn provide(&self, kind: Kind, names: &[(String, String)]) -> Result<(), Lacking> {
        let there = self
            .list(kind)
            .await
            .map_err(|error| self.refused(&error))?;
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
                    id: step_id(kind, name),
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
                    let of_this = self.refused(&error);
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
        let mut left = Vec::new();
        loop {
            let statuses = self
                .list(kind)
                .await
                .map_err(|error| self.refused(&error))?;
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
                    left.push(named(kind, name).because(format!("it is {status}")));
                }
                false
            });
            if waited.is_empty() {
                break;
            }
            let outcome = if self.cx.stop.is_requested() {
                Outcome::Interrupted
            } else if self.cx.clock.elapsed() >= self.cx.deadline {
                Outcome::Incomplete
            } else {
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

    async fn pause(&self) {
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
            id: step_id(kind, name),
            outcome,
            elapsed_seconds: elapsed.as_secs_f64(),
            error: error.map(ErrorTold::from),
        });
    }

    fn refused(&self, error: &CallError) -> Lacking {
        Lacking {
            outcome: self.cx.fail(error).outcome,
            left: Vec::new(),
        }
    }

    /// Profiles that an earlier run made for this environment and that nobody names any more.
    async fn surplus(&self) -> Result<Vec<String>, CallError> {
        let profiles = self.list(Kind::Profile).await?;
        let mut surplus = Vec::new();
        for name in profiles.keys() {
            if self.participants().names.contains(name) {
                continue;
            }
            // One call each, but only for those that are there and not named.
            let arn = self.arn(name);
            let tags = persist(self.cx, async || self.cx.aws.resource_tags(&arn).await).await;
            match tags {
                Ok(tags) if tags.contains_key(mark::PARTICIPANT) => surplus.push(name.clone()),
                Ok(_) => {}
                Err(error) if error.class == Class::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(surplus)
    }

    fn arn(&self, profile: &str) -> String {
        format!(
            "arn:{}:sagemaker:{}:{}:user-profile/{}/{}",
            self.cx.aws.partition(),
            self.cx.aws.region(),
            self.request.claim.identity.account,
            self.domain,
            profile.to_lowercase()
        )
    }

    /// Names what is not wanted any more, or deletes it; never what holds somebody's space.
    async fn part_from(&self, surplus: Vec<String>) -> Result<(), Lacking> {
        if surplus.is_empty() {
            return Ok(());
        }
        if !self.participants().prune {
            self.cx.events.warn(format!(
                "no longer on the list, and kept: {}; say --prune-users to delete them",
                surplus.join(", ")
            ));
            return Ok(());
        }
        let spaces = persist(self.cx, async || self.cx.aws.spaces(self.domain).await).await;
        let spaces = spaces.map_err(|error| self.refused(&error))?;
        let owners: BTreeSet<String> = spaces.into_iter().filter_map(|space| space.owner).collect();
        let (kept, pruned): (Vec<String>, Vec<String>) =
            surplus.into_iter().partition(|name| owners.contains(name));
        if !kept.is_empty() {
            self.cx.events.warn(format!(
                "no longer on the list, and kept because of their spaces: {}",
                kept.join(", ")
            ));
        }
        for name in pruned {
            let deleted = persist(self.cx, async || {
                self.cx.aws.delete_user_profile(self.domain, &name).await
            });
            match deleted.await {
                Ok(()) => self.cx.events.send(Event::Heartbeat {
                    message: format!("{name} is no longer on the list and goes"),
                }),
                Err(error) if error.class == Class::NotFound => {}
                Err(error) => return Err(self.refused(&error)),
            }
        }
        Ok(())
    }
}
