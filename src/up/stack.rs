//! One stack brought to what the manifest wants, whatever it was before.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use environment::mark;

use super::prepare::{self, Request, Work};
use crate::aws::cloudformation::{ChangeSetState, Deployment, Stack};
use crate::aws::{CallError, Class};
use crate::context::Context;
use crate::event::{ErrorTold, Event, Outcome};
use crate::stacks::operation::{Aim, End, Follow};
use crate::stacks::parameters::Sources;
use crate::stacks::{Entry, Failure};

/// How one stack's deployment ended.
#[derive(Clone, Debug)]
pub(super) enum Deployed {
    /// As wanted, with its outputs; `false` where there was nothing to do.
    Done(Box<Stack>, bool),
    /// The end of the run.
    Ended(Unfinished),
}

/// A deployment that did not come to what is wanted.
#[derive(Clone, Debug)]
pub(super) struct Unfinished {
    pub outcome: Outcome,
    pub why: String,
    /// The service's answer, where one call decided it.
    pub error: Option<ErrorTold>,
}

impl Deployed {
    fn ended(outcome: Outcome, why: impl Into<String>) -> Self {
        Self::Ended(Unfinished {
            outcome,
            why: why.into(),
            error: None,
        })
    }
}

/// Pause between two looks at a change set, and between two tries of a write that was not answered.
const CHANGE_SET_PAUSE: Duration = Duration::from_secs(2);
const WRITE_PAUSE: Duration = Duration::from_secs(4);
const WRITE_ATTEMPTS: u32 = 30;
/// How often one stack is looked at anew: a join, a replacement, and the deployment itself.
const TURNS: u32 = 6;

/// One stack's deployment.
pub(super) struct Deploying<'a> {
    pub cx: &'a Context,
    pub request: &'a Request,
    pub entry: &'a Entry,
    pub step: &'a str,
    pub zones: &'a [String],
    pub outputs: &'a BTreeMap<String, BTreeMap<String, String>>,
}

impl Deploying<'_> {
    fn name(&self) -> String {
        self.entry.physical_name(&self.request.claim.environment)
    }

    fn token(&self, what: &str, turn: u32) -> String {
        format!(
            "up-{:016x}-{}-{what}-{turn}",
            self.request.seed, self.entry.key
        )
    }

    fn deadline(&self) -> Duration {
        let own = self
            .entry
            .timeout
            .map(|timeout| self.cx.clock.elapsed() + timeout);
        own.map_or(self.cx.deadline, |own| own.min(self.cx.deadline))
    }

    /// Looks, does what the status asks for, and looks again.
    pub(super) async fn run(&self) -> Deployed {
        for turn in 0..TURNS {
            if self.cx.stop.is_requested() {
                return Deployed::ended(Outcome::Interrupted, "stopped".to_owned());
            }
            let stack =
                match prepare::patiently(self.cx, async || self.cx.aws.stack(&self.name()).await)
                    .await
                {
                    Ok(stack) => stack,
                    Err(ended) => {
                        return Deployed::ended(
                            ended.outcome,
                            "the stack's status is not known".to_owned(),
                        );
                    }
                };
            let ended = match stack {
                None => self.create(turn).await,
                Some(stack) => self.from(&stack, turn).await,
            };
            match ended {
                Ok(Some(deployed)) => return deployed,
                Ok(None) => {}
                Err(error) => {
                    return Deployed::Ended(Unfinished {
                        outcome: self.cx.fail(&error).outcome,
                        why: format!("{}: {}", error.code, error.message),
                        error: Some(ErrorTold::from(&error)),
                    });
                }
            }
        }
        Deployed::ended(
            Outcome::Incomplete,
            "the stack did not come to rest".to_owned(),
        )
    }

    async fn from(&self, stack: &Stack, turn: u32) -> Result<Option<Deployed>, CallError> {
        let environment = &self.request.claim.environment;
        let ours = stack.tags.get(mark::ENVIRONMENT) == Some(environment);
        match prepare::work_on(stack, ours) {
            Err(why) => Ok(Some(Deployed::ended(Outcome::Refused, why))),
            Ok(Work::Join) => self.join(stack).await,
            Ok(Work::Replace) => self.remove(stack, turn).await,
            Ok(Work::Create | Work::Update) => self.update(stack, turn).await,
        }
    }

    fn follow<'a>(
        &'a self,
        name: &'a str,
        arn: &'a str,
        token: Option<&'a str>,
        aim: Aim,
    ) -> Follow<'a> {
        let cx = self.cx;
        Follow {
            aws: &cx.aws,
            events: &cx.events,
            stop: &cx.stop,
            name,
            arn,
            token,
            aim,
            reason_before: None,
            deadline: self.deadline(),
        }
    }

    /// Shows somebody's operation until it ends; then the stack is looked at anew.
    async fn join(&self, stack: &Stack) -> Result<Option<Deployed>, CallError> {
        let message = format!(
            "{} is in {}; waiting for that to end",
            stack.name, stack.status
        );
        self.cx.events.send(Event::StepProgress {
            id: self.step.to_owned(),
            message,
        });
        let follow = self.follow(&stack.name, &stack.arn, None, Aim::Settle);
        let known = follow.history().await.unwrap_or_default();
        Ok(Self::unfinished(&follow.run(known).await?))
    }

    /// What ends a deployment early; nothing where it may go on.
    fn unfinished(end: &End) -> Option<Deployed> {
        match end {
            End::Done(_) | End::Reverted(_) | End::Failed { .. } => None,
            End::Stopped => Some(Deployed::ended(
                Outcome::Interrupted,
                "stopped while CloudFormation goes on".to_owned(),
            )),
            End::Late => Some(Deployed::ended(
                Outcome::Incomplete,
                "the deadline passed; CloudFormation goes on".to_owned(),
            )),
        }
    }

    /// Removes what is left of a failed creation.
    async fn remove(&self, stack: &Stack, turn: u32) -> Result<Option<Deployed>, CallError> {
        let message = format!(
            "{} is in {}; it is removed and made anew",
            stack.name, stack.status
        );
        self.cx.events.send(Event::StepProgress {
            id: self.step.to_owned(),
            message,
        });
        let token = self.token("replace", turn);
        self.write(async || {
            self.cx
                .aws
                .delete_stack(&stack.arn, &token, Vec::new(), self.role_arn())
                .await
        })
        .await?;
        let end = self
            .follow(&stack.name, &stack.arn, Some(&token), Aim::Delete)
            .run(BTreeSet::new())
            .await?;
        match end {
            End::Failed { status, cause, .. } => Ok(Some(self.failed(&stack.name, &status, cause))),
            end @ (End::Done(_) | End::Reverted(_) | End::Stopped | End::Late) => {
                Ok(Self::unfinished(&end))
            }
        }
    }

    fn role_arn(&self) -> Option<String> {
        self.entry
            .role_arn
            .clone()
            .or_else(|| self.request.role_arn.clone())
    }

    /// Repeats a write whose answer did not come. Its token makes the repetition harmless.
    async fn write<T>(
        &self,
        write: impl AsyncFn() -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match write().await {
                Err(error)
                    if matches!(error.class, Class::Throttled | Class::Unreachable)
                        && attempt < WRITE_ATTEMPTS
                        && !self.cx.stop.is_requested() =>
                {
                    self.cx.clock.sleep(WRITE_PAUSE).await;
                }
                other => return other,
            }
        }
    }

    fn deployment(&self, existing: Option<&Stack>, token: String) -> Result<Deployment, String> {
        let claim = &self.request.claim;
        let names = existing.map(prepare::parameter_names);
        let sources = Sources {
            environment: &claim.environment,
            manifest: &self.request.manifest,
            given: &self.request.given,
            outputs: self.outputs,
            zones: self.zones,
            existing: names.as_ref(),
        };
        Ok(Deployment {
            name: self.name(),
            template: self.entry.template.clone(),
            parameters: sources.values(self.entry)?,
            capabilities: self.entry.capabilities.clone(),
            // Tags never change after creation: one that changed would replace the domain.
            tags: existing.map_or_else(|| self.tags(), |stack| stack.tags.clone()),
            role_arn: self.role_arn(),
            token,
        })
    }

    fn tags(&self) -> BTreeMap<String, String> {
        let claim = &self.request.claim;
        let needs = self
            .entry
            .needs
            .iter()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ");
        let mut tags = self.entry.tags.clone();
        tags.extend([
            (mark::ENVIRONMENT.to_owned(), claim.environment.clone()),
            (mark::STACK.to_owned(), self.entry.key.clone()),
            (mark::OWNER.to_owned(), claim.identity.principal()),
            (mark::VERSION.to_owned(), mark::CURRENT_VERSION.to_string()),
        ]);
        if !needs.is_empty() {
            tags.insert(mark::NEEDS.to_owned(), needs);
        }
        tags
    }

    async fn create(&self, turn: u32) -> Result<Option<Deployed>, CallError> {
        let token = self.token("create", turn);
        let deployment = match self.deployment(None, token.clone()) {
            Ok(deployment) => deployment,
            Err(why) => return Ok(Some(Deployed::ended(Outcome::Failed, why))),
        };
        let created = self
            .write(async || self.cx.aws.create_stack(&deployment).await)
            .await;
        let arn = match created {
            Ok(arn) => arn,
            // Somebody was faster: their operation is joined.
            Err(error) if error.code == "AlreadyExistsException" => return Ok(None),
            Err(error) => return Err(error),
        };
        let end = self
            .follow(&deployment.name, &arn, Some(&token), Aim::Create)
            .run(BTreeSet::new())
            .await?;
        self.ended(&deployment.name, &arn, end, true).await
    }

    /// Asks CloudFormation what would change, and changes it.
    async fn update(&self, stack: &Stack, turn: u32) -> Result<Option<Deployed>, CallError> {
        let token = self.token("update", turn);
        let deployment = match self.deployment(Some(stack), token.clone()) {
            Ok(deployment) => deployment,
            Err(why) => return Ok(Some(Deployed::ended(Outcome::Failed, why))),
        };
        let set = self
            .write(async || self.cx.aws.create_change_set(&deployment, &token).await)
            .await?;
        let (state, replaced) = self.computed(&set).await?;
        match state {
            ChangeSetState::Empty => {
                self.write(async || self.cx.aws.delete_change_set(&set).await)
                    .await?;
                Ok(Some(Deployed::Done(Box::new(stack.clone()), false)))
            }
            ChangeSetState::Failed(reason) => Ok(Some(Deployed::ended(Outcome::Failed, reason))),
            ChangeSetState::Pending => Ok(Some(Deployed::ended(
                Outcome::Incomplete,
                "the change set was not computed in time".to_owned(),
            ))),
            ChangeSetState::Ready if !replaced.is_empty() => {
                self.write(async || self.cx.aws.delete_change_set(&set).await)
                    .await?;
                let why = format!(
                    "the change would replace {}, and all that is in it",
                    replaced.join(", ")
                );
                Ok(Some(Deployed::ended(Outcome::Refused, why)))
            }
            ChangeSetState::Ready if self.cx.stop.is_requested() => Ok(Some(Deployed::ended(
                Outcome::Interrupted,
                "stopped before the change was begun",
            ))),
            ChangeSetState::Ready => {
                self.write(async || self.cx.aws.execute_change_set(&set, &token).await)
                    .await?;
                let end = self
                    .follow(&stack.name, &stack.arn, Some(&token), Aim::Update)
                    .run(BTreeSet::new())
                    .await?;
                self.ended(&stack.name, &stack.arn, end, true).await
            }
        }
    }

    async fn computed(&self, set: &str) -> Result<(ChangeSetState, Vec<String>), CallError> {
        loop {
            let (state, replaced) = self
                .write(async || self.cx.aws.change_set(set).await)
                .await?;
            let over = self.cx.clock.elapsed() >= self.deadline() || self.cx.stop.is_requested();
            if state != ChangeSetState::Pending || over {
                let worth_refusing = [
                    "AWS::SageMaker::Domain ",
                    "AWS::SageMaker::UserProfile ",
                    "AWS::SageMaker::Space ",
                    "AWS::EC2::VPC ",
                    "AWS::EC2::Subnet ",
                ];
                let replaced = replaced
                    .into_iter()
                    .filter(|told| worth_refusing.iter().any(|kind| told.starts_with(kind)));
                return Ok((state, replaced.collect()));
            }
            self.cx.clock.sleep(CHANGE_SET_PAUSE).await;
        }
    }

    async fn ended(
        &self,
        name: &str,
        arn: &str,
        end: End,
        changed: bool,
    ) -> Result<Option<Deployed>, CallError> {
        match end {
            End::Done(_) => {
                let stack = self.write(async || self.cx.aws.stack(arn).await).await?;
                Ok(Some(Deployed::Done(
                    Box::new(stack.unwrap_or_default()),
                    changed,
                )))
            }
            End::Failed { status, cause, .. } => Ok(Some(self.failed(name, &status, cause))),
            End::Reverted(reason) => Ok(Some(Deployed::ended(Outcome::Failed, reason))),
            end @ (End::Stopped | End::Late) => Ok(Self::unfinished(&end)),
        }
    }

    /// Says what failed first, with a hint where the cause is known.
    fn failed(&self, name: &str, status: &str, cause: Option<Failure>) -> Deployed {
        let cause = cause.unwrap_or_default();
        let told = format!("{} ({})", cause.reason, cause.kind);
        if let Some(hint) = crate::hints::for_failure("", &told) {
            self.cx.hint(hint, &told);
        }
        let told = format!(
            "stack {name} ended in {status}; first to fail was {} {}: {}",
            cause.kind, cause.logical_id, cause.reason
        );
        Deployed::ended(Outcome::Failed, told)
    }
}
