//! Creations, and what is done when one fails.

use std::collections::BTreeSet;
use std::time::Duration;

use super::domain::DomainWatch;
use super::leftovers::Leftovers;
use super::patience::persist;
use super::request::OnFailure;
use super::stack::{Deployed, Deploying};
use crate::aws::CallError;
use crate::event::{Named, Outcome};
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
        let created = persist(self.cx, async || {
            self.cx.aws.create_stack(&deployment).await
        });
        let arn = match created.await {
            Ok(arn) => arn,
            // Somebody was faster: their operation is joined.
            Err(error) if error.code == "AlreadyExistsException" => return Ok(None),
            Err(error) => return Err(error),
        };
        let watch = DomainWatch::new(self.cx, &self.request.claim.environment);
        let name = &deployment.name;
        match self
            .operate((name, &arn), &token, Aim::Create, &watch)
            .await?
        {
            End::Done(_) => self.done(&arn).await,
            End::Failed { status, cause, .. } => {
                self.fell((name, &arn, &status), cause.unwrap_or_default(), &watch)
                    .await
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
    ) -> Result<Option<Deployed>, CallError> {
        watch.look_once_more().await;
        let cause = cause.said_by_service(watch.failure());
        let rolled_back = matches!(status, "ROLLBACK_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE");
        if !rolled_back {
            return Ok(Some(Deployed::Ended(self.failed(name, status, &cause))));
        }
        if cause.is_passing() && !self.retried.replace(true) {
            self.say(format!(
                "{} {} failed in a way that is known to pass ({}); it is tried once more",
                cause.kind,
                cause.logical_id,
                cause.text()
            ));
            if cause.is_name_in_use() {
                self.wait_for_names().await;
            }
            if status == "UPDATE_ROLLBACK_COMPLETE" {
                self.clean(watch.made()).await?;
            }
            // What a rolled-back creation left is removed with its stack.
            return Ok(None);
        }
        let mut failed = self.failed(name, status, &cause);
        match self.clean(watch.made()).await {
            Ok(left) => failed.left = left,
            // The failure stays the cause, whatever becomes of this.
            Err(error) => {
                self.cx.fail(&error);
                let unclean = "; what its domain left could not be removed";
                failed.why.push_str(unclean);
                return Ok(Some(Deployed::Ended(failed)));
            }
        }
        let empty = status == "ROLLBACK_COMPLETE" && failed.left.is_empty();
        let delete = self.request.options.on_failure == OnFailure::Delete;
        if empty && delete && !self.cx.stop.is_requested() {
            failed.stands = !self.delete((name, arn), "delete", &BTreeSet::new()).await?;
        }
        Ok(Some(Deployed::Ended(failed)))
    }

    /// Private DNS names of endpoints are free again some minutes after the endpoints went (section 4).
    async fn wait_for_names(&self) {
        tokio::select! {
            biased;
            () = self.cx.stop.requested() => {}
            () = self.cx.clock.sleep(NAMES_FREE) => {}
        }
    }

    /// Removes what domains left that this operation made and that do not exist any more.
    pub(super) async fn clean(&self, domains: BTreeSet<String>) -> Result<Vec<Named>, CallError> {
        if domains.is_empty() {
            return Ok(Vec::new());
        }
        self.say(format!(
            "removing what {} left: volume, mount targets, security groups",
            domains.iter().cloned().collect::<Vec<_>>().join(", ")
        ));
        let leftovers = Leftovers {
            cx: self.cx,
            account: &self.request.claim.identity.account,
            domains,
        };
        leftovers.remove().await
    }
}
