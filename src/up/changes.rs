//! Changes of a stack that exists: asked for as a change set, looked at, and made.

use std::collections::BTreeSet;
use std::time::Duration;

use super::domain::{DOMAIN, DomainWatch};
use super::onward;
use super::replacement;
use super::stack::{Deployed, Deploying};
use super::undeleted::Undeleted;
use crate::aws::CallError;
use crate::aws::change_sets::{ChangeSetState, ResourceChange};
use crate::aws::cloudformation::{Stack, StackEvent};
use crate::context::Context;
use crate::event::{Named, Outcome, Trouble};
use crate::patience::persist;
use crate::stacks::operation::{Aim, End};

/// Pause between two looks at a change set.
pub(super) const PAUSE: Duration = Duration::from_secs(2);

/// A change set and what it came to.
#[derive(Clone, Debug)]
pub(super) struct Review {
    pub set: String,
    pub state: ChangeSetState,
    pub changes: Vec<ResourceChange>,
}

impl Review {
    /// What would change, a line each.
    pub(super) fn words(&self) -> Vec<String> {
        match &self.state {
            ChangeSetState::Empty => vec!["no changes".to_owned()],
            ChangeSetState::Failed(reason) => vec![reason.clone()],
            ChangeSetState::Pending => vec!["not computed in time".to_owned()],
            ChangeSetState::Ready => self.changes.iter().map(replacement::words).collect(),
        }
    }
}

impl Deploying<'_> {
    /// Asks CloudFormation what would change.
    ///
    /// # Errors
    /// As any call; a sentence where the values cannot be made.
    pub(super) async fn review(
        &self,
        stack: Option<&Stack>,
        turn: u32,
    ) -> Result<Result<Review, String>, CallError> {
        let token = self.token("update", turn);
        let deployment = match self.deployment(stack, token.clone()) {
            Ok(deployment) => deployment,
            Err(why) => return Ok(Err(why)),
        };
        let aws = &self.cx.aws;
        let set = persist(self.cx, async || {
            aws.create_change_set(&deployment, &token, stack.is_some())
                .await
        })
        .await?;
        match self.computed(&set).await {
            Ok(review) => Ok(Ok(review)),
            Err(error) => {
                forget(self.cx, &set).await;
                Err(error)
            }
        }
    }

    /// Waits until a change set is computed, or the time is over.
    async fn computed(&self, set: &str) -> Result<Review, CallError> {
        let aws = &self.cx.aws;
        loop {
            let (state, changes) = persist(self.cx, async || aws.change_set(set).await).await?;
            let over = self.cx.clock.elapsed() >= self.deadline || self.cx.stop.is_requested();
            if state != ChangeSetState::Pending || over {
                return Ok(Review {
                    set: set.to_owned(),
                    state: self.explained(set, state).await,
                    changes,
                });
            }
            self.cx.pause(PAUSE, self.deadline).await;
        }
    }

    /// A failure with what early validation found: the change set itself only says that it found something
    /// (section 3.7).
    async fn explained(&self, set: &str, state: ChangeSetState) -> ChangeSetState {
        let ChangeSetState::Failed(reason) = state else {
            return state;
        };
        // Advisory, and needs a right of its own.
        let found = self.cx.aws.validation_errors(set).await.unwrap_or_default();
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        ChangeSetState::Failed(if found.is_empty() {
            reason
        } else {
            format!("{} ({reason})", found.join("; "))
        })
    }

    /// Forgets what was reviewed: the stack is not what it was any more.
    pub(super) async fn drop_review(&self) {
        if let Some(review) = self.review.take() {
            forget(self.cx, &review.set).await;
        }
    }

    /// Why a reviewed change is not made, with what that makes of the run.
    pub(super) fn objection(&self, review: &Review) -> Option<(Outcome, String)> {
        match &review.state {
            ChangeSetState::Empty => None,
            ChangeSetState::Failed(reason) => {
                let why = format!("the change of {} cannot be made: {reason}", self.name());
                Some((Outcome::Failed, why))
            }
            ChangeSetState::Pending => {
                let why = format!("the change of {} was not computed in time", self.name());
                Some((Outcome::Incomplete, why))
            }
            ChangeSetState::Ready => {
                let losses = replacement::losses(&review.changes);
                let refused = !losses.is_empty() && !self.request.options.allow_replacement;
                refused.then(|| {
                    let why = format!(
                        "the change of {} would replace, with all that is in it: {}; say --allow-replacement to do it",
                        self.name(),
                        losses.join("; ")
                    );
                    (Outcome::Refused, why)
                })
            }
        }
    }

    /// Makes what would change, if anything does.
    pub(super) async fn update(
        &self,
        stack: &Stack,
        turn: u32,
    ) -> Result<Option<Deployed>, CallError> {
        let review = match self.review.take() {
            Some(review) => review,
            None => match self.review(Some(stack), turn).await? {
                Ok(review) => review,
                Err(why) => return Ok(Some(Deployed::ended(Outcome::Failed, why))),
            },
        };
        if self.cx.stop.is_requested() {
            forget(self.cx, &review.set).await;
            let why = "stopped before the change was begun";
            return Ok(Some(Deployed::ended(Outcome::Interrupted, why)));
        }
        if let Some((outcome, why)) = self.objection(&review) {
            forget(self.cx, &review.set).await;
            return Ok(Some(Deployed::ended(outcome, why)));
        }
        if review.state == ChangeSetState::Empty {
            forget(self.cx, &review.set).await;
            return Ok(Some(Deployed::Done(Box::new(stack.clone()), false)));
        }
        let token = self.token("execute", turn);
        let begun = persist(self.cx, async || {
            let keep = self.keeps_failed();
            self.cx
                .aws
                .execute_change_set(&review.set, &token, keep)
                .await
        })
        .await;
        self.trace.sent(&begun);
        if let Err(error) = begun {
            forget(self.cx, &review.set).await;
            return Err(error);
        }
        let watch = DomainWatch::new(self.cx, &self.request.claim.environment);
        let undeleted = Undeleted::default();
        let watchers = (&watch, &undeleted);
        let end = self
            .operate((&stack.name, &stack.arn), &token, Aim::Update, watchers)
            .await?;
        match end {
            End::Done(_) => {
                self.leave(&undeleted);
                self.tell_replaced(&review).await;
                self.done(&stack.arn).await
            }
            End::Failed { status, cause, .. } => {
                // A stack that could not be rolled back still has what it could not delete.
                if status == "UPDATE_ROLLBACK_COMPLETE" {
                    self.leave(&undeleted);
                }
                let failed = (stack.name.as_str(), stack.arn.as_str(), status.as_str());
                Ok(self.fell(failed, cause.unwrap_or_default(), &watch).await)
            }
            End::Reverted(reason) => Ok(Some(Deployed::ended(Outcome::Failed, reason))),
            end @ (End::Stopped | End::Late) => Ok(Self::unfinished(&end)),
        }
    }

    /// Shows an operation of ours until it ends, and watches the domains in it and what it cannot delete.
    pub(super) async fn operate(
        &self,
        stack: (&str, &str),
        token: &str,
        aim: Aim,
        (domains, undeleted): (&DomainWatch<'_>, &Undeleted),
    ) -> Result<End, CallError> {
        let follow = self.follow(stack, Some(token), aim);
        let notice = |event: &StackEvent| {
            domains.notice(event);
            undeleted.notice(event);
        };
        tokio::select! {
            biased;
            end = follow.run_watched(BTreeSet::new(), notice) => end,
            never = domains.run() => match never {},
        }
    }

    /// Says what an operation was to delete and could not, where no stack has it any more.
    fn leave(&self, undeleted: &Undeleted) {
        for left in undeleted.named() {
            let why = left.reason.clone().unwrap_or_default();
            let what = format!("{} {} could not be deleted: {why}", left.kind, left.id);
            let cure = self.deletion_of(&left);
            let told = format!("it was to go, and could not be deleted: {why}; {cure}");
            self.trace.leave(left.because(told));
            self.cx.events.trouble(what.clone(), Trouble::because(what));
        }
    }

    /// How to delete what no stack has any more.
    fn deletion_of(&self, left: &Named) -> String {
        match (left.kind.as_str(), left.id.split_once('|')) {
            ("AWS::SageMaker::UserProfile", Some((domain, name))) => format!(
                "once its apps and spaces are gone, run: aws sagemaker delete-user-profile --domain-id {domain} --user-profile-name {name}{}",
                onward::reach(self.cx, self.request)
            ),
            _ => format!(
                "delete it once nothing holds it, or remove everything: {}",
                onward::removal(self.request)
            ),
        }
    }

    /// Names what domains leave that a change replaced or removed: a teardown asks about it.
    async fn tell_replaced(&self, review: &Review) {
        let domains = replacement::lost(&review.changes, DOMAIN);
        if domains.is_empty() {
            return;
        }
        let leftovers = self.leftovers(domains);
        match persist(self.cx, async || leftovers.named().await).await {
            Ok(left) => {
                let told = "left by a domain that was replaced; `jumpstart-vpc down` finds it";
                let left = left.into_iter().map(|left| left.because(told));
                self.trace.keep(left.collect());
            }
            Err(error) => self.cx.events.warn(format!(
                "what the replaced domain left is not known: {} answered {}",
                error.action, error.code
            )),
        }
    }
}

/// How often a change set that cannot go yet is asked to.
const TRIES: u32 = 8;

/// Removes a change set that is not going to be executed. It does no harm, so nothing hangs on it; one that is still
/// being computed may not go before that ends, which is waited for after a stop too, since nobody else removes it.
pub(super) async fn forget(cx: &Context, set: &str) {
    for attempt in 1..=TRIES {
        let error = match persist(cx, async || cx.aws.delete_change_set(set).await).await {
            Ok(()) => return,
            Err(error) if error.code == "ChangeSetNotFound" => return,
            Err(error) => error,
        };
        let is_being_computed = error.code == "InvalidChangeSetStatus";
        if !is_being_computed || attempt == TRIES {
            let code = error.code;
            let told = format!("change set {set} could not be removed: {code}");
            cx.events.warn(told);
            return;
        }
        // A run that is stopped has only seconds left.
        let hurries = cx.stop.is_requested();
        let pause = if hurries { PAUSE / 2 } else { PAUSE };
        cx.clock.sleep(pause).await;
    }
}
