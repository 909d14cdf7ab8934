//! One stack operation, from the request to its last event.
//!
//! Events are told apart by a fresh ClientRequestToken per operation; no clock is compared. The status is looked at as
//! well, though less often, because a stack whose deletion is cancelled (an export in use) goes back to where it was without any event
//! that says so (section 3.4). A display that is throttled never fails an operation that finished.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use crate::aws::cloudformation::{DELETED, Stack, StackEvent};
use crate::aws::{Aws, CallError, Class};
use crate::event::{Event, Events};
use crate::stop::Stop;

use super::cause::Failure;

/// Pause between two looks at the events.
const POLL: Duration = Duration::from_secs(3);
/// Pause between two looks at the status, for as long as its events are answered: they tell of nearly every end.
const STATUS_POLL: Duration = Duration::from_secs(10);
/// How long a status may show that no event tells of: the old one after a request, and the new one while its events are
/// on their way.
const GRACE: Duration = Duration::from_secs(45);

/// What an operation leads to when all goes well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    Create,
    Update,
    Delete,
    /// Whatever it is on its way to, begun by somebody else.
    Settle,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// In this status, which is what was aimed at.
    Done(String),
    /// In this status, with the earliest cause and the members that failed.
    Failed {
        status: String,
        cause: Option<Failure>,
        members: Vec<String>,
    },
    /// The deletion was cancelled and the stack is as it was, for this reason.
    Reverted(String),
    /// Somebody stopped us; it goes on by itself.
    Stopped,
    /// The deadline passed; it goes on by itself.
    Late,
}

/// One operation that is being followed.
pub struct Follow<'a> {
    pub aws: &'a Aws,
    pub events: &'a Events,
    pub stop: &'a Stop,
    /// Name and ARN of the stack.
    pub name: &'a str,
    pub arn: &'a str,
    /// The operation's token; none for an operation of somebody else.
    pub token: Option<&'a str>,
    pub aim: Aim,
    /// What the stack's status said about itself before the operation was asked for.
    pub reason_before: Option<String>,
    /// Moment of the clock at which to give up.
    pub deadline: Duration,
}

#[derive(Default)]
struct Seen {
    ids: BTreeSet<String>,
    /// Status of the newest event of the stack itself, and what that said about it.
    status: Option<String>,
    reason: Option<String>,
    cause: Option<Failure>,
    failed: Vec<String>,
    /// Since when the status shows the stack at rest.
    rests_since: Option<Duration>,
    /// Whether it was said that events cannot be read.
    blind: bool,
}

impl Follow<'_> {
    /// Ids of the events that are there already; those of somebody else's operation are only shown from here on.
    ///
    /// # Errors
    /// As any call.
    pub async fn history(&self) -> Result<BTreeSet<String>, CallError> {
        let events = self.aws.stack_events(self.arn, |_| false).await?;
        Ok(events.into_iter().map(|event| event.id).collect())
    }

    /// Shows every event once and in order until the operation ends.
    ///
    /// # Errors
    /// Where the caller may not look at the stack, or has no credentials any more. Without its events, its status is
    /// followed: the operation goes on, whoever may watch it.
    pub async fn run(&self, known: BTreeSet<String>) -> Result<End, CallError> {
        self.run_watched(known, |_| {}).await
    }

    /// The same, while somebody else looks at each event too.
    ///
    /// # Errors
    /// As [`Follow::run`].
    pub async fn run_watched(
        &self,
        known: BTreeSet<String>,
        watch: impl Fn(&StackEvent),
    ) -> Result<End, CallError> {
        let seen = RefCell::new(Seen {
            ids: known,
            ..Seen::default()
        });
        let began = self.aws.clock().elapsed();
        let mut asked = began;
        loop {
            let looked = self.look(&seen, &watch).await;
            // Of an operation that somebody else began no event of ours tells the end.
            let relies_on_status = looked.is_err() || self.aim == Aim::Settle;
            if let Err(error) = looked {
                self.goes_on(error, &mut seen.borrow_mut())?;
            }
            if let Some(end) = self.end_by_events(&seen.borrow()) {
                return Ok(end);
            }
            let now = self.aws.clock().elapsed();
            let due = now.saturating_sub(asked) >= STATUS_POLL || now >= self.deadline;
            if relies_on_status || due {
                asked = now;
                if let Some(end) = self.end_by_status(&seen, began).await? {
                    // Its last events may have come after the look. Only shown: the status has decided.
                    self.look(&seen, &watch).await.unwrap_or_default();
                    return Ok(end);
                }
            }
            if self.aws.clock().elapsed() >= self.deadline {
                return Ok(End::Late);
            }
            tokio::select! {
                biased;
                () = self.stop.requested() => return Ok(End::Stopped),
                () = self.aws.clock().sleep(POLL) => {}
            }
        }
    }

    /// Goes on without events that were not shown.
    fn goes_on(&self, error: CallError, seen: &mut Seen) -> Result<(), CallError> {
        match error.class {
            Class::Throttled | Class::Unreachable => Ok(()),
            Class::Expired | Class::NoCredentials => Err(error),
            Class::NotFound | Class::Held | Class::Denied | Class::Other => {
                if !std::mem::replace(&mut seen.blind, true) {
                    self.events.warn(format!(
                        "the events of {} are not shown: {} answered {}; its status is followed",
                        self.name, error.action, error.code
                    ));
                }
                Ok(())
            }
        }
    }

    async fn look(
        &self,
        seen: &RefCell<Seen>,
        watch: &impl Fn(&StackEvent),
    ) -> Result<(), CallError> {
        let fresh = {
            let known = seen.borrow().ids.clone();
            self.aws
                .stack_events(self.arn, |id| known.contains(id))
                .await?
        };
        for event in fresh.into_iter().rev() {
            if seen.borrow_mut().ids.insert(event.id.clone())
                && (self.token.is_none() || event.token.as_deref() == self.token)
            {
                watch(&event);
                self.take(&mut seen.borrow_mut(), &event);
            }
        }
        Ok(())
    }

    fn take(&self, seen: &mut Seen, event: &StackEvent) {
        let of_stack = event.physical_id == self.arn;
        if of_stack {
            seen.status = Some(event.status.clone());
            seen.reason.clone_from(&event.reason);
        }
        let reason = event.reason.clone().unwrap_or_default();
        let cancelled = reason.contains("Resource creation cancelled")
            || reason.contains("Resource update cancelled");
        if event.status.ends_with("_FAILED") && !of_stack && !cancelled {
            seen.failed.push(event.logical_id.clone());
            let cause = Failure {
                logical_id: event.logical_id.clone(),
                kind: event.kind.clone(),
                reason,
                said: None,
            };
            seen.cause.get_or_insert(cause);
        } else if of_stack
            && event.status.ends_with("ROLLBACK_IN_PROGRESS")
            && let Some(reason) = event.reason.clone()
        {
            // No member failed: an export's name that is taken, an import of nothing.
            seen.cause.get_or_insert(Failure {
                logical_id: event.logical_id.clone(),
                kind: event.kind.clone(),
                reason,
                said: None,
            });
        }
        self.events.send(Event::StackEvent {
            stack: self.name.to_owned(),
            logical_id: event.logical_id.clone(),
            kind: event.kind.clone(),
            status: event.status.clone(),
            reason: event.reason.clone(),
        });
    }

    fn end_by_events(&self, seen: &Seen) -> Option<End> {
        let status = seen.status.as_deref().filter(|status| is_settled(status))?;
        Some(self.judge(status, seen))
    }

    fn judge(&self, status: &str, seen: &Seen) -> End {
        let done = match self.aim {
            Aim::Create => status == "CREATE_COMPLETE",
            Aim::Update => status == "UPDATE_COMPLETE",
            Aim::Delete => status == DELETED,
            Aim::Settle => true,
        };
        if done {
            return End::Done(status.to_owned());
        }
        if self.aim == Aim::Delete && !status.starts_with("DELETE_") {
            return End::Reverted(seen.reason.clone().unwrap_or_default());
        }
        End::Failed {
            status: status.to_owned(),
            cause: seen.cause.clone(),
            members: seen.failed.clone(),
        }
    }

    /// What the status says that no event says: gone, settled while events are throttled, or gone back.
    async fn end_by_status(
        &self,
        seen: &RefCell<Seen>,
        began: Duration,
    ) -> Result<Option<End>, CallError> {
        let stack = match self.aws.stack(self.arn).await {
            Ok(Some(stack)) => stack,
            Ok(None) if self.aim == Aim::Delete => {
                return Ok(Some(End::Done(DELETED.to_owned())));
            }
            Ok(None) => return Ok(None),
            Err(error) if matches!(error.class, Class::Throttled | Class::Unreachable) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let now = self.aws.clock().elapsed();
        if !is_settled(&stack.status) {
            seen.borrow_mut().rests_since = None;
            return Ok(None);
        }
        let before = seen.borrow().rests_since;
        let rested = now.saturating_sub(*seen.borrow_mut().rests_since.get_or_insert(now));
        let waited = now.saturating_sub(began);
        match self.aim {
            // One look more shows what happened last.
            Aim::Settle if before.is_none() => Ok(None),
            Aim::Settle => Ok(Some(End::Done(stack.status))),
            Aim::Delete if stack.status == DELETED => Ok(Some(End::Done(stack.status))),
            Aim::Delete
                if !stack.status.starts_with("DELETE_")
                    && (self.is_cancelled(&stack) || waited > GRACE) =>
            {
                Ok(Some(End::Reverted(stack.reason.unwrap_or_default())))
            }
            // The events of the end are on their way; without them, by throttling or by rights, the status decides.
            Aim::Create | Aim::Update | Aim::Delete if rested > GRACE => {
                let mut seen = seen.borrow_mut();
                if seen.blind && seen.cause.is_none() {
                    seen.cause = stack.reason.map(|reason| Failure {
                        logical_id: stack.name,
                        kind: "AWS::CloudFormation::Stack".to_owned(),
                        reason,
                        said: None,
                    });
                }
                Ok(Some(self.judge(&stack.status, &seen)))
            }
            Aim::Create | Aim::Update | Aim::Delete => Ok(None),
        }
    }
}

impl Follow<'_> {
    /// Whether CloudFormation says that it went back because an export is in use (section 3.4). What it said before the
    /// request proves nothing: the old status may still show right after it.
    fn is_cancelled(&self, stack: &Stack) -> bool {
        let says_so = |reason: &String| reason.contains("in use by");
        stack.reason != self.reason_before && stack.reason.as_ref().is_some_and(says_so)
    }
}

/// Whether a stack's status stays as it is.
pub fn is_settled(status: &str) -> bool {
    status == "REVIEW_IN_PROGRESS" || !status.ends_with("IN_PROGRESS")
}
