//! One stack brought to what the manifest wants, whatever it was before.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use environment::mark;

use super::changes::Review;
use super::prepare;
use super::removal::work_with;
use super::request::{OnFailure, Request};
use super::status::Work;
use super::trace::Trace;
use crate::aws::cloudformation::{Deployment, Stack};
use crate::aws::{CallError, Class};
use crate::context::Context;
use crate::event::{ErrorTold, Event, Named, Outcome, StepOutcome};
use crate::inventory::{Mark, Survey};
use crate::ownership;
use crate::patience::{patiently, persist};
use crate::stacks::operation::{Aim, End, Follow};
use crate::stacks::origins::{self, Told};
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
    /// The service's answer that decided it.
    pub error: Option<ErrorTold>,
    /// What could not be removed.
    pub left: Vec<Named>,
    /// Whether the stack itself is still there.
    pub stands: bool,
}

impl Unfinished {
    /// Whether nothing has failed: what was begun goes on by itself, or waits for the next run.
    pub(super) fn goes_on(&self) -> bool {
        let in_time = matches!(self.outcome, Outcome::Interrupted | Outcome::Incomplete);
        in_time && self.error.is_none()
    }

    /// Why it ended, as programs read it: the service's answer, or a rule of ours.
    pub(super) fn told(&self) -> ErrorTold {
        let code = if self.outcome == Outcome::Refused {
            "Refused"
        } else {
            "Failed"
        };
        let of_ours = || ErrorTold::of_ours(code, self.why.clone());
        self.error.clone().unwrap_or_else(of_ours)
    }
}

impl Deployed {
    pub(super) fn ended(outcome: Outcome, why: impl Into<String>) -> Self {
        Self::Ended(Unfinished {
            outcome,
            why: why.into(),
            error: None,
            left: Vec::new(),
            stands: true,
        })
    }
}

/// What the tokens of this direction's operations begin with.
pub(super) const TOKEN: &str = "up-";

/// How often one stack is looked at anew: a join, a removal, a deployment, and once more after what is known to pass.
const TURNS: u32 = 8;

/// The steps of one stack: the one by which it goes first, where it is made anew, and the one that makes it.
pub(super) struct Steps<'a> {
    making: &'a str,
    /// The one that is at work, and since when.
    current: Cell<&'a str>,
    began: Cell<Duration>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(removal: Option<&'a str>, making: &'a str, now: Duration) -> Self {
        Self {
            making,
            current: Cell::new(removal.unwrap_or(making)),
            began: Cell::new(now),
        }
    }

    /// The id of the step that is at work.
    pub(super) fn current(&self) -> &'a str {
        self.current.get()
    }

    pub(super) fn began(&self) -> Duration {
        self.began.get()
    }
}

/// One stack's deployment.
pub(super) struct Deploying<'a> {
    pub cx: &'a Context,
    pub request: &'a Request,
    pub entry: &'a Entry,
    pub steps: Steps<'a>,
    /// Usable zones, by id.
    pub zones: Vec<String>,
    pub outputs: &'a BTreeMap<String, BTreeMap<String, String>>,
    /// A change set that was computed before anything was changed.
    pub review: Cell<Option<Review>>,
    /// Moment of the clock at which it is given up.
    pub deadline: Duration,
    pub trace: &'a Trace,
    /// Whether it was tried once more already.
    pub retried: Cell<bool>,
}

/// Whether a change set is not what it was because somebody else has changed or deleted its stack: CloudFormation has codes
/// for that.
pub(super) fn has_lost_its_change_set(error: &CallError) -> bool {
    matches!(
        error.code.as_str(),
        "ChangeSetNotFound" | "InvalidChangeSetStatus"
    )
}

impl Deploying<'_> {
    pub(super) fn name(&self) -> String {
        self.entry.physical_name(&self.request.claim.environment)
    }

    pub(super) fn token(&self, what: &str, turn: u32) -> String {
        format!(
            "{TOKEN}{:016x}-{}-{what}-{turn}",
            self.request.seed, self.entry.key
        )
    }

    pub(super) fn keeps_failed(&self) -> bool {
        self.request.options.on_failure == OnFailure::Keep
    }

    pub(super) fn is_late(&self) -> bool {
        self.cx.clock.elapsed() >= self.deadline
    }

    pub(super) fn say(&self, message: String) {
        self.cx.events.send(Event::StepProgress {
            id: self.steps.current().to_owned(),
            message,
        });
    }

    /// Ends the step by which the stack goes first, where that is at work, and begins the one that makes it.
    pub(super) fn make(&self, outcome: StepOutcome) {
        let steps = &self.steps;
        if steps.current() == steps.making {
            return;
        }
        let now = self.cx.clock.elapsed();
        self.cx.events.send(Event::StepFinished {
            id: steps.current().to_owned(),
            outcome,
            elapsed_seconds: now.saturating_sub(steps.began()).as_secs_f64(),
            error: None,
        });
        steps.current.set(steps.making);
        steps.began.set(now);
        let id = steps.making.to_owned();
        self.cx.events.send(Event::StepStarted { id });
    }

    /// Looks, does what the status asks for, and looks again.
    pub(super) async fn run(&self) -> Deployed {
        for turn in 0..TURNS {
            if self.cx.stop.is_requested() {
                return Deployed::ended(Outcome::Interrupted, "stopped");
            }
            let name = self.name();
            let stack = match patiently(self.cx, async || self.cx.aws.stack(&name).await).await {
                Ok(stack) => stack,
                Err(ended) => {
                    return Deployed::ended(ended.outcome, "the stack's status is not known");
                }
            };
            let ended = match &stack {
                None => {
                    self.make(StepOutcome::Skipped);
                    self.create(turn).await
                }
                Some(stack) => self.from(stack, turn).await,
            };
            match ended {
                Ok(Some(deployed)) => return deployed,
                Ok(None) => {}
                // Its status tells how to go on.
                Err(error) if turn + 1 < TURNS && self.is_overtaken(stack, &error).await => {}
                Err(error) => return self.refused(&error),
            }
        }
        Deployed::ended(Outcome::Incomplete, "the stack did not come to rest")
    }

    /// Whether something was refused because somebody else has changed or deleted the stack meanwhile. Where no change set
    /// tells that, the stack's status does.
    async fn is_overtaken(&self, before: Option<Stack>, error: &CallError) -> bool {
        if has_lost_its_change_set(error) {
            return true;
        }
        if error.code != "ValidationError" {
            return false;
        }
        let name = self.name();
        let now = persist(self.cx, async || self.cx.aws.stack(&name).await).await;
        let seen = |stack: &Stack| (stack.arn.clone(), stack.status.clone());
        now.is_ok_and(|now| now.as_ref().map(seen) != before.as_ref().map(seen))
    }

    /// A call was refused in a way that repeating does not change.
    fn refused(&self, error: &CallError) -> Deployed {
        if self.cx.stop.is_requested() {
            return Deployed::ended(Outcome::Interrupted, "stopped");
        }
        Deployed::Ended(Unfinished {
            outcome: self.cx.fail(error).outcome,
            why: format!("{}: {}: {}", error.action, error.code, error.message),
            error: Some(ErrorTold::from(error)),
            left: Vec::new(),
            stands: true,
        })
    }

    async fn from(&self, stack: &Stack, turn: u32) -> Result<Option<Deployed>, CallError> {
        // Somebody may have made it since the environment was looked at.
        let survey = Survey {
            marked: vec![stack.clone()],
            ..Survey::default()
        };
        let ours = Mark::of(&stack.tags).is_some();
        if let Some(why) = ownership::check(&self.request.claim, &survey)
            .err()
            .filter(|_| ours)
        {
            self.drop_review().await;
            return Ok(Some(Deployed::ended(Outcome::Refused, why)));
        }
        match persist(self.cx, async || {
            work_with(self.cx, self.request, stack).await
        })
        .await?
        {
            Err(why) => Ok(Some(Deployed::ended(Outcome::Refused, why))),
            Ok(work) => self.work(work, stack, turn).await,
        }
    }

    /// Does what a stack's status asks for.
    async fn work(
        &self,
        work: Work,
        stack: &Stack,
        turn: u32,
    ) -> Result<Option<Deployed>, CallError> {
        // Somebody else may have made it anew meanwhile.
        if work != Work::Replace {
            self.make(StepOutcome::Skipped);
        }
        match work {
            Work::Join => self.join(stack).await,
            Work::RollBack => self.roll_back(stack, turn).await,
            Work::Replace => self.remove(stack, turn).await,
            Work::Create | Work::Update => self.update(stack, turn).await,
        }
    }

    pub(super) fn follow<'a>(
        &'a self,
        stack: (&'a str, &'a str),
        token: Option<&'a str>,
        aim: Aim,
    ) -> Follow<'a> {
        let (cx, (name, arn)) = (self.cx, stack);
        Follow {
            aws: &cx.aws,
            events: &cx.events,
            stop: &cx.stop,
            name,
            arn,
            token,
            aim,
            reason_before: None,
            deadline: self.deadline,
        }
    }

    /// Shows somebody's operation, from its beginning, until it ends; then the stack is looked at anew.
    async fn join(&self, stack: &Stack) -> Result<Option<Deployed>, CallError> {
        let (name, status) = (&stack.name, &stack.status);
        self.say(format!("{name} is in {status}; waiting for that to end"));
        self.drop_review().await;
        let history = persist(self.cx, async || {
            self.cx.aws.stack_events(&stack.arn, |_| false).await
        });
        let history = match history.await {
            // What it does is not shown then; its status tells when it ends.
            Err(error) if matches!(error.class, Class::Denied | Class::NotFound) => Vec::new(),
            history => history?,
        };
        let mut of_stack = history
            .iter()
            .filter(|event| event.physical_id == stack.arn);
        let token = of_stack.next().and_then(|event| event.token.clone());
        // Without a token nothing tells its events from those of earlier operations.
        let known: BTreeSet<String> = match token {
            Some(_) => BTreeSet::new(),
            None => history.into_iter().map(|event| event.id).collect(),
        };
        let follow = self.follow((name, &stack.arn), token.as_deref(), Aim::Settle);
        Ok(Self::unfinished(&follow.run(known).await?))
    }

    /// A change of an earlier run failed and was kept: it goes back before another is tried.
    async fn roll_back(&self, stack: &Stack, turn: u32) -> Result<Option<Deployed>, CallError> {
        self.say(format!(
            "{} is in {}; it is rolled back first",
            stack.name, stack.status
        ));
        self.drop_review().await;
        let token = self.token("roll-back", turn);
        let begun = persist(self.cx, async || {
            self.cx
                .aws
                .rollback_stack(&stack.arn, &token, self.role_arn())
                .await
        })
        .await;
        self.trace.sent(&begun);
        begun?;
        let follow = self.follow((&stack.name, &stack.arn), Some(&token), Aim::Settle);
        Ok(Self::unfinished(&follow.run(BTreeSet::new()).await?))
    }

    /// What ends a deployment early; nothing where it may go on.
    pub(super) fn unfinished(end: &End) -> Option<Deployed> {
        match end {
            End::Done(_) | End::Reverted(_) | End::Failed { .. } => None,
            End::Stopped => Some(Deployed::ended(
                Outcome::Interrupted,
                "stopped while CloudFormation goes on",
            )),
            End::Late => Some(Deployed::ended(
                Outcome::Incomplete,
                "the deadline passed; CloudFormation goes on",
            )),
        }
    }

    pub(super) fn role_arn(&self) -> Option<String> {
        let own = self.entry.role_arn.clone();
        own.or_else(|| self.request.role_arn.clone())
    }

    fn sources<'b>(&'b self, existing: Option<&'b BTreeSet<String>>) -> Sources<'b> {
        Sources {
            environment: &self.request.claim.environment,
            manifest: &self.request.manifest,
            given: &self.request.given,
            outputs: self.outputs,
            zones: &self.zones,
            existing,
        }
    }

    /// Where the values of the stack's parameters come from.
    pub(super) fn origins(&self, existing: Option<&Stack>) -> Vec<Told> {
        let names = existing.map(prepare::parameter_names);
        let kept = existing.map(|stack| &stack.parameters);
        origins::origins(&self.sources(names.as_ref()), self.entry, kept)
    }

    pub(super) fn deployment(
        &self,
        existing: Option<&Stack>,
        token: String,
    ) -> Result<Deployment, String> {
        let names = existing.map(prepare::parameter_names);
        Ok(Deployment {
            name: self.name(),
            template: self.entry.template.clone(),
            parameters: self.sources(names.as_ref()).values(self.entry)?,
            capabilities: self.entry.capabilities.clone(),
            // Tags never change after creation: one that changed would replace the domain.
            tags: existing.map_or_else(|| self.tags(), |stack| stack.tags.clone()),
            role_arn: self.role_arn(),
            token,
            keep_failed: self.keeps_failed(),
        })
    }

    fn tags(&self) -> BTreeMap<String, String> {
        let claim = &self.request.claim;
        let needs: Vec<&str> = self.entry.needs.iter().map(String::as_str).collect();
        let mut tags = self.entry.tags.clone();
        tags.extend([
            (mark::ENVIRONMENT.to_owned(), claim.environment.clone()),
            (mark::STACK.to_owned(), self.entry.key.clone()),
            (mark::OWNER.to_owned(), claim.identity.principal()),
            (mark::VERSION.to_owned(), mark::CURRENT_VERSION.to_string()),
        ]);
        if !needs.is_empty() {
            tags.insert(mark::NEEDS.to_owned(), needs.join(" "));
        }
        tags
    }

    /// The stack as it is after an operation that went well.
    pub(super) async fn done(&self, arn: &str) -> Result<Option<Deployed>, CallError> {
        let stack = persist(self.cx, async || self.cx.aws.stack(arn).await).await?;
        Ok(stack.map(|stack| Deployed::Done(Box::new(stack), true)))
    }

    /// Says what failed first, with a hint where the cause is known.
    pub(super) fn failed(&self, name: &str, status: &str, cause: &Failure) -> Unfinished {
        let code = cause.code().unwrap_or_default();
        let told = format!("{} ({})", cause.reason, cause.kind);
        if let Some(hint) = crate::hints::for_failure(code, &told) {
            self.cx.hint(hint, &told);
        }
        let why = if cause.kind.is_empty() {
            format!("stack {name} ended in {status}; why is not known: its events were not shown")
        } else {
            format!(
                "stack {name} ended in {status}; first to fail was {} {}: {}",
                cause.kind, cause.logical_id, cause.reason
            )
        };
        Unfinished {
            outcome: Outcome::Failed,
            why,
            error: Some(cause.told(status)),
            left: Vec::new(),
            stands: true,
        }
    }
}
