//! What is left of a failed creation is removed, so that the stack can be made anew.

use std::collections::BTreeSet;

use environment::facts::{App, Member, UserProfile};
use environment::mark;
use futures_util::future::FutureExt;

use super::domain::DOMAIN;
use super::leftovers::Cleared;
use super::onward::{self, Onward};
use super::request::Request;
use super::stack::{Deployed, Deploying, TOKEN, Unfinished};
use super::status::{Work, work_on};
use crate::aws::cloudformation::{DELETE_FAILED, STACK, Stack};
use crate::aws::{CallError, Class};
use crate::context::Context;
use crate::event::{ErrorTold, Outcome, StepOutcome};
use crate::inventory::Mark;
use crate::patience::persist;
use crate::stacks::operation::{Aim, End};

/// What may be done with a stack. One that `up` was removing when it broke off never came up: it is removed further. What
/// else could not be deleted is left to a teardown.
///
/// # Errors
/// As any call; a sentence about why nothing may be done.
pub(super) async fn work_with(
    cx: &Context,
    request: &Request,
    stack: &Stack,
) -> Result<Result<Work, String>, CallError> {
    let environment = &request.claim.environment;
    let work = work_on(stack, environment, &Onward::of(cx, request));
    let mark = Mark::of(&stack.tags);
    let ours = mark.is_some_and(|mark| mark.environment == *environment);
    if !ours || stack.status != DELETE_FAILED {
        return Ok(work);
    }
    let history = match cx.aws.stack_events(&stack.arn, |_| false).await {
        Err(error) if error.class == Class::Denied => return Ok(work),
        history => history?,
    };
    let mut of_stack = history
        .iter()
        .filter(|event| event.physical_id == stack.arn);
    let token = of_stack.next().and_then(|event| event.token.as_deref());
    Ok(match token {
        Some(token) if token.starts_with(TOKEN) => Ok(Work::Replace),
        Some(_) | None => work,
    })
}

impl Deploying<'_> {
    /// Removes a stack that never came up. Its domain and what that leaves go first: after the stack nothing would name
    /// them.
    pub(super) async fn remove(
        &self,
        stack: &Stack,
        turn: u32,
    ) -> Result<Option<Deployed>, CallError> {
        let (name, status) = (&stack.name, &stack.status);
        self.say(format!(
            "{name} is in {status}; it is removed and made anew"
        ));
        self.drop_review().await;
        let ours = stack.tags.contains_key(mark::ENVIRONMENT);
        let mut members = Vec::new();
        if ours && *status != "REVIEW_IN_PROGRESS" {
            members = self.members(&stack.arn).await?;
        }
        let domains = domains_among(&members);
        for domain in &domains {
            if let Some(why) = self.is_used(name, domain, &members).await? {
                return Ok(Some(Deployed::ended(Outcome::Refused, why)));
            }
        }
        // The stack names what its domain left: it goes last, and only when nothing of that is there any more.
        if let Some(unfinished) = self.uncleared(self.clean(domains.clone()).await) {
            return Ok(Some(Deployed::Ended(unfinished)));
        }
        let what = format!("replace-{turn}");
        if self.delete((name, &stack.arn), &what, &domains).await? {
            self.make(StepOutcome::Done);
            return Ok(None);
        }
        if self.cx.stop.is_requested() {
            return Ok(Some(Deployed::ended(Outcome::Interrupted, "stopped")));
        }
        if self.is_late() {
            return Ok(Self::unfinished(&End::Late));
        }
        let why = format!(
            "what is left of stack {name} could not be removed; run: {}",
            onward::removal(self.request)
        );
        Ok(Some(Deployed::ended(Outcome::Failed, why)))
    }

    /// The end, where something of an earlier attempt is still there.
    fn uncleared(&self, cleared: Cleared) -> Option<Unfinished> {
        let (left, outcome, error) = match cleared {
            Cleared::Done => return None,
            Cleared::Late(left) if self.cx.stop.is_requested() => {
                (left, Outcome::Interrupted, None)
            }
            Cleared::Late(left) => (left, Outcome::Incomplete, None),
            Cleared::Left(left, error) => {
                let outcome = self.cx.fail(&error).outcome;
                (left, outcome, Some(ErrorTold::from(&error)))
            }
        };
        let names = left.iter().map(|left| format!("{} {}", left.kind, left.id));
        let names: Vec<String> = names.collect();
        Some(Unfinished {
            outcome,
            why: format!("of an earlier attempt there still is {}", names.join(", ")),
            error,
            left,
            stands: true,
        })
    }

    /// Domains that a stack which never came up has or had.
    pub(super) async fn domains_of(&self, arn: &str) -> Result<BTreeSet<String>, CallError> {
        Ok(domains_among(&self.members(arn).await?))
    }

    /// The members that it has or had, and those of the stacks that are or were nested in it: CloudFormation tells of deleted
    /// ones for 90 days (section 3.2).
    async fn members(&self, arn: &str) -> Result<Vec<Member>, CallError> {
        let mut all = self.own_members(arn).await?;
        let mut read = 0;
        while let Some(member) = all.get(read) {
            read += 1;
            if member.kind == STACK && !member.id.is_empty() {
                match self.own_members(&member.id.clone()).await {
                    Err(error) if error.class == Class::NotFound => {}
                    nested => all.extend(nested?),
                }
            }
        }
        Ok(all)
    }

    async fn own_members(&self, arn: &str) -> Result<Vec<Member>, CallError> {
        persist(self.cx, async || self.cx.aws.stack_members(arn).await).await
    }

    /// Whether somebody works in a domain whose stack never came up, or keeps something there: then it is not ours to
    /// remove unasked.
    async fn is_used(
        &self,
        stack: &str,
        domain: &str,
        members: &[Member],
    ) -> Result<Option<String>, CallError> {
        let mut signs = self.signs_of_use(domain, members).boxed_local().await?;
        let leftovers = self.leftovers([domain.to_owned()].into());
        let volumes = persist(self.cx, async || leftovers.volumes_with_data().await).await?;
        let ids = volumes.into_iter().map(|volume| volume.id);
        signs.extend(sign("data on its home volume", ids));
        if signs.is_empty() {
            return Ok(None);
        }
        Ok(Some(format!(
            "stack {stack} never came up, but in its domain {domain} there are {}; run: {}",
            signs.join("; "),
            onward::removal(self.request)
        )))
    }

    /// What is in a domain that its stack did not make.
    async fn signs_of_use(
        &self,
        domain: &str,
        members: &[Member],
    ) -> Result<Vec<String>, CallError> {
        let (cx, aws) = (self.cx, &self.cx.aws);
        let found = tokio::try_join!(
            persist(cx, async || aws.spaces(domain).await),
            persist(cx, async || aws.user_profiles(domain).await),
            persist(cx, async || aws.apps(domain).await),
        );
        let (spaces, profiles, apps) = match found {
            Err(error) if error.class == Class::NotFound => return Ok(Vec::new()),
            found => found?,
        };
        let spaces = spaces.into_iter().map(|space| space.name);
        let profiles = profiles
            .into_iter()
            .filter(|profile| is_of_others(profile, members));
        let apps = apps.into_iter().filter(is_alive);
        let signs = [
            sign("spaces", spaces),
            sign("user profiles", profiles.map(|profile| profile.name)),
            sign("apps", apps.map(|app| app.name)),
        ];
        Ok(signs.into_iter().flatten().collect())
    }

    /// Deletes a stack and says whether it is gone. Members of domains that are gone already may fail to be deleted: only
    /// these are left out, in a second try, and nested stacks that failed for such are deleted by themselves before it.
    pub(super) async fn delete(
        &self,
        (name, arn): (&str, &str),
        what: &str,
        gone: &BTreeSet<String>,
    ) -> Result<bool, CallError> {
        let mut retain = Vec::new();
        for attempt in 0..2 {
            let token = self.token(what, attempt);
            let begun = persist(self.cx, async || {
                let retain = retain.clone();
                self.cx
                    .aws
                    .delete_stack(arn, &token, retain, self.role_arn())
                    .await
            })
            .await;
            self.trace.sent(&begun);
            begun?;
            let follow = self.follow((name, arn), Some(&token), Aim::Delete);
            match follow.run(BTreeSet::new()).await? {
                End::Done(_) => return Ok(true),
                End::Failed { status, .. } if status == DELETE_FAILED => {}
                End::Failed { .. } | End::Reverted(_) | End::Stopped | End::Late => {
                    return Ok(false);
                }
            }
            let mut failed = self.own_members(arn).await?;
            failed.retain(|member| member.status == DELETE_FAILED);
            let nested = failed.extract_if(.., |member| member.kind == STACK);
            let nested: Vec<Member> = nested.collect();
            let is_hopeless = failed.is_empty() && nested.is_empty();
            if is_hopeless || failed.iter().any(|member| !is_of(member, gone)) {
                return Ok(false);
            }
            retain = failed.into_iter().map(|it| it.logical_id).collect();
            for (number, part) in nested.iter().enumerate() {
                let what = format!("{what}-part-{number}");
                let part = (part.logical_id.as_str(), part.id.as_str());
                if !Box::pin(self.delete(part, &what, gone)).await? {
                    return Ok(false);
                }
            }
        }
        Ok(false)
    }
}

fn domains_among(members: &[Member]) -> BTreeSet<String> {
    let domains = members.iter().filter(|member| member.kind == DOMAIN);
    let ids = domains.map(|member| member.id.clone());
    ids.filter(|id| !id.is_empty()).collect()
}

/// Names of what is in a domain; nothing where there are none.
fn sign(what: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then(|| format!("{what}: {}", names.join(", ")))
}

/// Whether a profile is none of the stack's own. One that failed was nobody's, and one that is being deleted is not kept
/// by anybody.
fn is_of_others(profile: &UserProfile, members: &[Member]) -> bool {
    let is_it = |member: &Member| {
        let mut parts = member.id.split('|');
        member.kind == "AWS::SageMaker::UserProfile" && parts.any(|part| part == profile.name)
    };
    let is_there = !matches!(profile.status.as_str(), "Failed" | "Deleting");
    is_there && !members.iter().any(is_it)
}

/// Deleted apps stay listed for a day, and a Failed one neither can nor need be deleted.
fn is_alive(app: &App) -> bool {
    !matches!(app.status.as_str(), "Deleted" | "Failed")
}

/// Whether a member is one of these domains, or something in one of them.
fn is_of(member: &Member, domains: &BTreeSet<String>) -> bool {
    let (domain, _) = member.id.split_once('|').unwrap_or((&member.id, ""));
    member.kind.starts_with("AWS::SageMaker::") && domains.contains(domain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use environment::facts::AppOwner;

    #[test]
    fn what_the_stack_made_itself_is_nobody_elses() {
        let own = Member {
            kind: "AWS::SageMaker::UserProfile".to_owned(),
            id: "d-1|default-user".to_owned(),
            ..Member::default()
        };
        let is_of_others = |name: &str, status: &str| {
            let profile = UserProfile {
                domain: "d-1".to_owned(),
                name: name.to_owned(),
                status: status.to_owned(),
            };
            super::is_of_others(&profile, std::slice::from_ref(&own))
        };
        assert!(!is_of_others("default-user", "InService"));
        assert!(is_of_others("ann", "InService") && is_of_others("ann", "Pending"));
        assert!(!is_of_others("ann", "Failed") && !is_of_others("ann", "Deleting"));
    }

    #[test]
    fn an_app_is_alive_until_it_is_deleted_or_has_failed() {
        let is_alive = |status: &str| {
            super::is_alive(&App {
                domain: "d-1".to_owned(),
                owner: AppOwner::UserProfile("ann".to_owned()),
                kind: "JupyterServer".to_owned(),
                name: "default".to_owned(),
                status: status.to_owned(),
                instance: None,
            })
        };
        assert!(is_alive("InService") && is_alive("Pending") && is_alive("Deleting"));
        assert!(!is_alive("Deleted") && !is_alive("Failed"));
    }
}
