//! What is left of a failed creation is removed, so that the stack can be made anew.

use std::collections::BTreeSet;

use environment::facts::Member;
use environment::mark;

use super::domain::DOMAIN;
use super::leftovers::Cleared;
use super::stack::{Deployed, Deploying, TOKEN, Unfinished};
use super::status::{Work, work_on};
use crate::aws::cloudformation::Stack;
use crate::aws::{CallError, Class};
use crate::context::Context;
use crate::event::{ErrorTold, Outcome};
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
    stack: &Stack,
    environment: &str,
) -> Result<Result<Work, String>, CallError> {
    let work = work_on(stack, environment);
    let mark = Mark::of(&stack.tags);
    let ours = mark.is_some_and(|mark| mark.environment == environment);
    if !ours || stack.status != "DELETE_FAILED" {
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
        let mut domains = BTreeSet::new();
        if ours && *status != "REVIEW_IN_PROGRESS" {
            domains = self.domains_of(&stack.arn).await?;
        }
        for domain in &domains {
            if let Some(why) = self.is_used(name, domain).await? {
                return Ok(Some(Deployed::ended(Outcome::Refused, why)));
            }
        }
        // The stack names what its domain left: it goes last, and only when nothing of that is there any more.
        if let Some(unfinished) = self.uncleared(self.clean(domains.clone()).await) {
            return Ok(Some(Deployed::Ended(unfinished)));
        }
        let what = format!("replace-{turn}");
        if self.delete((name, &stack.arn), &what, &domains).await? {
            return Ok(None);
        }
        if self.cx.stop.is_requested() {
            return Ok(Some(Deployed::ended(Outcome::Interrupted, "stopped")));
        }
        if self.is_late() {
            return Ok(Self::unfinished(&End::Late));
        }
        let why = format!(
            "what is left of stack {name} could not be removed; run: jumpstart-vpc down --name {}",
            self.request.claim.environment
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
        let members = self.members(arn).await?;
        let domains = members.into_iter().filter(|member| member.kind == DOMAIN);
        let ids = domains.map(|member| member.id);
        Ok(ids.filter(|id| !id.is_empty()).collect())
    }

    async fn members(&self, arn: &str) -> Result<Vec<Member>, CallError> {
        persist(self.cx, async || self.cx.aws.stack_members(arn).await).await
    }

    /// Whether somebody works in a domain whose stack never came up: then it is not ours to remove unasked.
    async fn is_used(&self, stack: &str, domain: &str) -> Result<Option<String>, CallError> {
        let spaces = persist(self.cx, async || self.cx.aws.spaces(domain).await).await;
        let spaces = match spaces {
            Err(error) if error.class == Class::NotFound => return Ok(None),
            spaces => spaces?,
        };
        let names: Vec<&str> = spaces.iter().map(|space| space.name.as_str()).collect();
        if names.is_empty() {
            return Ok(None);
        }
        Ok(Some(format!(
            "stack {stack} never came up, but there are spaces in its domain {domain}: {}; run: jumpstart-vpc down --name {}",
            names.join(", "),
            self.request.claim.environment
        )))
    }

    /// Deletes a stack and says whether it is gone. Members of domains that are gone already may fail to be deleted: only
    /// these are left out, in a second try.
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
                End::Failed { status, .. } if status == "DELETE_FAILED" => {}
                End::Failed { .. } | End::Reverted(_) | End::Stopped | End::Late => {
                    return Ok(false);
                }
            }
            let members = self.members(arn).await?;
            let failed = members.iter().filter(|it| it.status == "DELETE_FAILED");
            let (vanished, others): (Vec<_>, Vec<_>) =
                failed.partition(|member| is_of(member, gone));
            if vanished.is_empty() || !others.is_empty() {
                return Ok(false);
            }
            retain = vanished
                .iter()
                .map(|member| member.logical_id.clone())
                .collect();
        }
        Ok(false)
    }
}

/// Whether a member is one of these domains, or something in one of them.
fn is_of(member: &Member, domains: &BTreeSet<String>) -> bool {
    let (domain, _) = member.id.split_once('|').unwrap_or((&member.id, ""));
    member.kind.starts_with("AWS::SageMaker::") && domains.contains(domain)
}
