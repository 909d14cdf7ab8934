//! Changes of a stack that exists: asked for as a change set, looked at, and made.

use std::collections::BTreeSet;
use std::time::Duration;

use super::domain::DomainWatch;
use super::patience::persist;
use super::replacement;
use super::stack::{Deployed, Deploying};
use crate::aws::CallError;
use crate::aws::change_sets::{ChangeSetState, ResourceChange};
use crate::aws::cloudformation::Stack;
use crate::event::Outcome;
use crate::stacks::operation::{Aim, End};

/// Pause between two looks at a change set.
const PAUSE: Duration = Duration::from_secs(2);

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
        loop {
            let (state, changes) = persist(self.cx, async || aws.change_set(&set).await).await?;
            let over = self.cx.clock.elapsed() >= self.deadline() || self.cx.stop.is_requested();
            if state != ChangeSetState::Pending || over {
                return Ok(Ok(Review {
                    set,
                    state,
                    changes,
                }));
            }
            self.cx.clock.sleep(PAUSE).await;
        }
    }

    /// Forgets a change set that is not going to be executed.
    ///
    /// # Errors
    /// As any call.
    pub(super) async fn forget(&self, review: &Review) -> Result<(), CallError> {
        persist(self.cx, async || {
            self.cx.aws.delete_change_set(&review.set).await
        })
        .await
    }

    /// Why a reviewed change is not made, with what that makes of the run.
    pub(super) fn objection(&self, review: &Review) -> Option<(Outcome, String)> {
        match &review.state {
            ChangeSetState::Empty => None,
            ChangeSetState::Failed(reason) => Some((Outcome::Failed, reason.clone())),
            ChangeSetState::Pending => Some((
                Outcome::Incomplete,
                "the change set was not computed in time".to_owned(),
            )),
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
        if let Some((outcome, why)) = self.objection(&review) {
            self.forget(&review).await?;
            return Ok(Some(Deployed::ended(outcome, why)));
        }
        if review.state == ChangeSetState::Empty {
            self.forget(&review).await?;
            return Ok(Some(Deployed::Done(Box::new(stack.clone()), false)));
        }
        if self.cx.stop.is_requested() {
            let why = "stopped before the change was begun";
            return Ok(Some(Deployed::ended(Outcome::Interrupted, why)));
        }
        let token = self.token("execute", turn);
        persist(self.cx, async || {
            let keep = self.keeps_failed();
            self.cx
                .aws
                .execute_change_set(&review.set, &token, keep)
                .await
        })
        .await?;
        let watch = DomainWatch::new(self.cx, &self.request.claim.environment);
        let end = self
            .operate((&stack.name, &stack.arn), &token, Aim::Update, &watch)
            .await?;
        match end {
            End::Done(_) => self.done(&stack.arn).await,
            End::Failed { status, cause, .. } => {
                let failed = (stack.name.as_str(), stack.arn.as_str(), status.as_str());
                self.fell(failed, cause.unwrap_or_default(), &watch).await
            }
            End::Reverted(reason) => Ok(Some(Deployed::ended(Outcome::Failed, reason))),
            end @ (End::Stopped | End::Late) => Ok(Self::unfinished(&end)),
        }
    }

    /// Shows an operation of ours until it ends, and watches the domains in it.
    pub(super) async fn operate(
        &self,
        stack: (&str, &str),
        token: &str,
        aim: Aim,
        watch: &DomainWatch<'_>,
    ) -> Result<End, CallError> {
        let follow = self.follow(stack, Some(token), aim);
        tokio::select! {
            biased;
            end = follow.run_watched(BTreeSet::new(), |event| watch.notice(event)) => end,
            never = watch.run() => match never {},
        }
    }
}
