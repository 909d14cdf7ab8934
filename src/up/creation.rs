//! Creations, and what is done when one fails.

use std::collections::BTreeSet;
use std::time::Duration;

use super::domain::{DOMAIN, DomainWatch};
use super::leftovers::{Cleared, Leftovers};
use super::request::OnFailure;
use super::stack::{Deployed, Deploying, Unfinished};
use super::undeleted::Undeleted;
use crate::aws::CallError;
use crate::event::{Named, Outcome};
use crate::patience::persist;
use crate::stacks::Failure;
use crate::stacks::operation::{Aim, End};

/// How long names of endpoints that went are waited for.
const NAMES_FREE: Duration = Duration::from_secs(240);

impl Deploying<'_> {
    pub(super) async fn create(&self, turn: u32) -> Result<Option<Deployed>, CallError> {
        let token = self.token("create", turn);
        let deployment = match self.deployment(None, token.clone()) {
            Ok(deployment) => deployment,
            Err(why) => return Ok(Some(Deployed::ended(Outcome::Failed, why))),
        };
        self.drop_review().await;
        let created = persist(self.cx, async || {
            self.cx.aws.create_stack(&deployment).await
        })
        .await;
        self.trace.sent(&created);
        let arn = match created {
            Ok(arn) => arn,
            // Somebody was faster: their operation is joined, where it is this environment's.
            Err(error) if error.code == "AlreadyExistsException" => return Ok(None),
            Err(error) => return Err(error),
        };
        let watch = DomainWatch::new(self.cx, &self.request.claim.environment);
        let name = &deployment.name;
        // What cannot be deleted of a creation stays in its stack.
        let undeleted = Undeleted::default();
        match self
            .operate((name, &arn), &token, Aim::Create, (&watch, &undeleted))
            .await?
        {
            End::Done(_) => self.done(&arn).await,
            End::Failed { status, cause, .. } => {
                let failed = (name.as_str(), arn.as_str(), status.as_str());
                Ok(self.fell(failed, cause.unwrap_or_default(), &watch).await)
            }
            End::Reverted(reason) => Ok(Some(Deployed::ended(Outcome::Failed, reason))),
            end @ (End::Stopped | End::Late) => Ok(Self::unfinished(&end)),
        }
    }

    /// After a failure: what the operation's own domains left is removed, what is known to pass is tried once more, and
    /// the rest is told.
    pub(super) async fn fell(
        &self,
        (name, arn, status): (&str, &str, &str),
        cause: Failure,
        watch: &DomainWatch<'_>,
    ) -> Option<Deployed> {
        watch.look_once_more().await;
        // Only where the domain itself failed first: others may have failed without it.
        let said = watch.failure().filter(|_| cause.kind == DOMAIN);
        let cause = cause.said_by_service(said);
        let rolled_back = matches!(status, "ROLLBACK_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE");
        if !rolled_back {
            return Some(Deployed::Ended(self.failed(name, status, &cause)));
        }
        let never_came_up = status == "ROLLBACK_COMPLETE";
        let again = cause.is_passing() && !self.retried.replace(true);
        let mut domains = watch.made();
        // What a rolled-back creation left is removed with its stack where it is tried again.
        if again && never_came_up {
            domains.clear();
        } else if never_came_up && !self.add_domains_of(arn, &mut domains).await {
            return Some(Deployed::Ended(self.failed(name, status, &cause)));
        }
        let cleared = self.clean(domains).await;
        if again && matches!(cleared, Cleared::Done) {
            self.wait_to_try_again(&cause).await;
            return self.is_late().then(|| {
                let outcome = Outcome::Incomplete;
                let failed = self.failed(name, status, &cause);
                Deployed::Ended(Unfinished { outcome, ..failed })
            });
        }
        let mut failed = self.failed(name, status, &cause);
        // The failure stays the cause, whatever becomes of the rest.
        failed.left = self.left_of(cleared);
        let empty = never_came_up && failed.left.is_empty();
        let delete = self.request.options.on_failure == OnFailure::Delete;
        if empty && delete && !self.cx.stop.is_requested() {
            failed.stands = !self.is_deleted((name, arn)).await;
        }
        Some(Deployed::Ended(failed))
    }

    /// Adds the domains that a stack which never came up names: its events may not have been shown. `false` where that is
    /// not known; then the stack has to stay, or nothing would name what they left.
    async fn add_domains_of(&self, arn: &str, domains: &mut BTreeSet<String>) -> bool {
        match self.domains_of(arn).await {
            Ok(named) => domains.extend(named),
            Err(error) => {
                self.cx.fail(&error);
                return false;
            }
        }
        true
    }

    /// What was not cleared away; a refusal is told.
    fn left_of(&self, cleared: Cleared) -> Vec<Named> {
        match cleared {
            Cleared::Done => Vec::new(),
            Cleared::Late(left) => left,
            Cleared::Left(left, error) => {
                self.cx.fail(&error);
                left
            }
        }
    }

    /// Deletes a stack with nothing in it; where that does not go, the stack stands and that is told.
    async fn is_deleted(&self, stack: (&str, &str)) -> bool {
        let deleted = self.delete(stack, "delete", &BTreeSet::new()).await;
        deleted.unwrap_or_else(|error| {
            self.cx.fail(&error);
            false
        })
    }

    async fn wait_to_try_again(&self, cause: &Failure) {
        self.say(format!(
            "{} {} failed in a way that is known to pass ({}); it is tried once more",
            cause.kind,
            cause.logical_id,
            cause.text()
        ));
        // Private DNS names of endpoints are free again some minutes after the endpoints went (section 4).
        if cause.is_name_in_use() {
            self.cx.pause(NAMES_FREE, self.deadline).await;
        }
    }

    /// Removes what domains left that this operation made and that do not exist any more.
    pub(super) async fn clean(&self, domains: BTreeSet<String>) -> Cleared {
        if domains.is_empty() {
            return Cleared::Done;
        }
        self.trace.write();
        self.say(format!(
            "removing what {} left: volume, mount targets, security groups",
            domains.iter().cloned().collect::<Vec<_>>().join(", ")
        ));
        self.leftovers(domains).remove().await
    }

    pub(super) fn leftovers(&self, domains: BTreeSet<String>) -> Leftovers<'_> {
        Leftovers {
            cx: self.cx,
            account: &self.request.claim.identity.account,
            domains,
            deadline: self.deadline,
        }
    }
}
