//! Whom an earlier run made a profile for and nobody names any more: named or, where that is wanted, deleted; never who
//! has a space.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use environment::facts::{App, AppOwner};
use environment::{Verb, mark};

use super::super::onward;
use super::super::request::Request;
use super::roll::list;
use super::{Kind, Lacking, Providing, named, step, step_id};
use crate::aws::{CallError, Class};
use crate::context::Context;
use crate::event::{ErrorTold, Event, Named, Outcome, StepOutcome};
use crate::patience::persist;

/// Names of profiles that an earlier run made for this environment and that nobody names any more.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Surplus {
    /// They have these spaces.
    kept: BTreeMap<String, Vec<String>>,
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
    let participants = &request.options.participants.names;
    let unnamed = profiles.into_keys();
    let unnamed = unnamed.filter(|name| !participants.contains(name));
    let unnamed = made_by_us(cx, request, domain, unnamed.collect()).await?;
    if unnamed.is_empty() {
        return Ok(Surplus::default());
    }
    let mut owned: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for space in persist(cx, async || cx.aws.spaces(domain).await).await? {
        if let Some(owner) = space.owner {
            owned.entry(owner).or_default().push(space.name);
        }
    }
    let mut surplus = Surplus::default();
    for name in unnamed {
        match owned.remove(&name) {
            Some(spaces) => {
                surplus.kept.insert(name, spaces);
            }
            None => surplus.going.push(name),
        }
    }
    Ok(surplus)
}

/// Those of these profiles that were made for participants. The index of tags tells it page by page; it lags, so what it
/// does not show is asked itself.
async fn made_by_us(
    cx: &Context,
    request: &Request,
    domain: &str,
    names: Vec<String>,
) -> Result<Vec<String>, CallError> {
    if names.is_empty() {
        return Ok(names);
    }
    let indexed = persist(cx, async || cx.aws.tagged_at_all(mark::PARTICIPANT).await).await;
    let indexed: BTreeSet<String> = match indexed {
        Ok(tagged) => tagged.into_iter().map(|it| it.arn).collect(),
        Err(error) if error.class == Class::Denied => BTreeSet::new(),
        Err(error) => return Err(error),
    };
    let mut ours = Vec::new();
    for name in names {
        let what = (Kind::Profile, name.as_str());
        if indexed.contains(&arn(cx, request, domain, what))
            || is_made_by_us(cx, request, domain, what).await?
        {
            ours.push(name);
        }
    }
    Ok(ours)
}

fn arn(cx: &Context, request: &Request, domain: &str, (kind, name): (Kind, &str)) -> String {
    format!(
        "arn:{}:sagemaker:{}:{}:{}/{domain}/{}",
        cx.aws.partition(),
        cx.aws.region(),
        request.claim.identity.account,
        kind.in_arns(),
        name.to_lowercase()
    )
}

/// Whether something bears the tag of what is made for participants.
///
/// # Errors
/// As any call.
pub(super) async fn is_made_by_us(
    cx: &Context,
    request: &Request,
    domain: &str,
    what: (Kind, &str),
) -> Result<bool, CallError> {
    let arn = arn(cx, request, domain, what);
    match persist(cx, async || cx.aws.resource_tags(&arn).await).await {
        Ok(tags) => Ok(tags.contains_key(mark::PARTICIPANT)),
        Err(error) if error.class == Class::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whoever was asked to go, and when.
type Going<'n> = BTreeMap<&'n String, Duration>;

impl Providing<'_> {
    /// Names who is not wanted any more, or deletes their profiles and waits until they are gone.
    ///
    /// # Errors
    /// What is lacking.
    pub(super) async fn part_from_surplus(&self) -> Result<(), Lacking> {
        let found = surplus(self.cx, self.request, self.domain).await;
        let surplus = found.map_err(|error| Lacking::refused(self.cx, &error))?;
        if !self.participants().prune {
            let mut names = surplus.going;
            names.extend(surplus.kept.into_keys());
            names.sort();
            self.tell_kept("", &names, "; say --prune-users to delete them");
            return Ok(());
        }
        if !surplus.kept.is_empty() {
            self.tell_occupied(&surplus.kept).await;
        }
        let mut going = Going::new();
        let mut lacking: Option<Lacking> = None;
        for name in &surplus.going {
            let began = self.cx.clock.elapsed();
            match self.ask_to_go(name).await {
                Ok(true) => {
                    going.insert(name, began);
                }
                Ok(false) => {}
                Err(error) => {
                    let id = step_id(Verb::Delete, Kind::Profile, name);
                    let answer = ErrorTold::from(&error);
                    self.end(id, began, StepOutcome::Failed, Some(answer));
                    let of_this = Lacking::refused(self.cx, &error);
                    let why = format!("{}: {}", error.code, error.message);
                    let left = &mut lacking.get_or_insert(of_this).left;
                    left.push(named(Kind::Profile, name).because(why));
                }
            }
        }
        Lacking::both(lacking, self.see_off(going).await)
    }

    fn tell_kept(&self, why: &str, names: &[String], cure: &str) {
        if !names.is_empty() {
            let names = names.join(", ");
            let told = format!("no longer on the list, and kept{why}: {names}{cure}");
            self.cx.events.warn(told);
        }
    }

    /// Names who is kept because of what is in their spaces, with the commands that part from that too.
    async fn tell_occupied(&self, kept: &BTreeMap<String, Vec<String>>) {
        let (aws, domain) = (&self.cx.aws, self.domain);
        // Advisory: without the apps the spaces' own commands are told.
        let apps = persist(self.cx, async || aws.apps(domain).await).await;
        let apps = apps.unwrap_or_default();
        let reach = onward::reach(self.cx, self.request);
        let spaces = kept.values().flatten();
        let commands = spaces.flat_map(|space| self.emptying(space, &apps, &reach));
        let commands: Vec<String> = commands.collect();
        let names: Vec<String> = kept.keys().cloned().collect();
        let cure = format!(
            "; what is in a space goes with it; to part from that, run: {}; and then the same command again",
            commands.join("; ")
        );
        self.tell_kept(" because of their spaces", &names, &cure);
    }

    /// The commands that delete a space and what runs in it.
    fn emptying(&self, space: &str, apps: &[App], reach: &str) -> Vec<String> {
        let domain = self.domain;
        let owner = AppOwner::Space(space.to_owned());
        let holds = |app: &&App| {
            let is_over = matches!(app.status.as_str(), "Deleted" | "Failed");
            app.owner == owner && !is_over
        };
        let apps = apps.iter().filter(holds).map(|app| {
            format!(
                "aws sagemaker delete-app --domain-id {domain} --space-name {space} --app-type {} --app-name {}{reach}",
                app.kind, app.name
            )
        });
        let space =
            format!("aws sagemaker delete-space --domain-id {domain} --space-name {space}{reach}");
        apps.chain([space]).collect()
    }

    /// Asks for a profile's deletion; `false` where it is not ours after all: the index may still show one that is gone
    /// and whose name somebody else has taken.
    async fn ask_to_go(&self, name: &str) -> Result<bool, CallError> {
        let what = (Kind::Profile, name);
        if !is_made_by_us(self.cx, self.request, self.domain, what).await? {
            return Ok(false);
        }
        let id = step_id(Verb::Delete, Kind::Profile, name);
        if !self.roll.surplus.going.iter().any(|told| told == name) {
            let step = step(Verb::Delete, Kind::Profile, name, Vec::new());
            self.cx.events.send(Event::StepAdded { step });
        }
        self.cx.events.send(Event::StepStarted { id });
        let deleted = persist(self.cx, async || {
            self.cx.aws.delete_user_profile(self.domain, name).await
        })
        .await;
        self.trace.sent(&deleted);
        match deleted {
            Err(error) if error.class == Class::NotFound => Ok(true),
            // An earlier run may have asked.
            Err(error) if error.class == Class::Held && self.is_going(name).await? => Ok(true),
            deleted => deleted.map(|()| true),
        }
    }

    async fn is_going(&self, name: &str) -> Result<bool, CallError> {
        let there = list(self.cx, self.domain, Kind::Profile).await?;
        Ok(there.get(name).is_none_or(|status| status == "Deleting"))
    }

    /// Waits until everybody who was asked to go is gone.
    async fn see_off(&self, mut going: Going<'_>) -> Result<(), Lacking> {
        let mut left = Vec::new();
        while !going.is_empty() {
            let there = self.list(Kind::Profile).await?;
            let mut failed = BTreeMap::new();
            going.retain(|name, began| {
                match there.get(*name).map(String::as_str) {
                    None => {
                        let id = step_id(Verb::Delete, Kind::Profile, name);
                        self.end(id, *began, StepOutcome::Done, None);
                    }
                    Some("Delete_Failed") => {
                        failed.insert((*name).clone(), *began);
                    }
                    Some(_) => return true,
                }
                false
            });
            left.extend(self.stayed(&failed).await);
            if going.is_empty() {
                break;
            }
            if let Some(outcome) = self.is_over() {
                let late = going.keys();
                left.extend(
                    late.map(|name| named(Kind::Profile, name).because("it is being deleted")),
                );
                return Err(Lacking { outcome, left });
            }
            self.pause().await;
        }
        if left.is_empty() {
            return Ok(());
        }
        let outcome = Outcome::Failed;
        Err(Lacking { outcome, left })
    }

    /// Ends the steps of those whose deletion failed, and names them; they come with the moments they were asked at.
    async fn stayed(&self, failed: &BTreeMap<String, Duration>) -> Vec<Named> {
        let status = |name: &String| (name.clone(), "Delete_Failed".to_owned());
        let statuses = failed.keys().map(status).collect();
        let mut left = Vec::new();
        for failure in self.failures(Kind::Profile, statuses).await {
            let began = failed.get(&failure.name).copied().unwrap_or_default();
            let id = step_id(Verb::Delete, Kind::Profile, &failure.name);
            self.end(id, began, StepOutcome::Failed, Some(failure.error()));
            left.push(failure.named(Kind::Profile));
        }
        left
    }
}
