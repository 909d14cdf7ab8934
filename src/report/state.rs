//! What a run has come to so far: the one model behind live view, summary and report. Events make it; nothing else does.

use std::collections::BTreeMap;
use std::time::Duration;

use environment::Verb;

use crate::event::{Direction, ErrorTold, Event, Finished, Named, Step, StepOutcome, Trouble};
use crate::usual;

/// A stack's type.
pub(super) const STACK: &str = environment::Kind::Stack.type_name();

/// A run so far. Moments are times since it began.
#[derive(Clone, Debug, Default)]
pub struct RunState {
    /// One for each plan: a rehearsal has two.
    pub phases: Vec<Phase>,
    pub warnings: Vec<(Duration, String)>,
    /// What no step tells of: why the run ended as it did.
    pub troubles: Vec<Trouble>,
    /// By id, in the order of their coming: each once.
    pub hints: Vec<HintTold>,
    pub finished: Option<Finished>,
    /// Moment of the newest event.
    pub now: Duration,
    /// What somebody said to wait for, and since when; a step that begins or ends is newer than that.
    waiting: Option<(String, Duration)>,
    /// When something last happened that is more than waiting.
    stirred: Duration,
}

/// What a run is at while no step is at work, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub what: String,
    pub since: Duration,
}

/// A hint that was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintTold {
    pub id: String,
    pub summary: String,
    pub next: Vec<String>,
}

/// What one plan came to.
#[derive(Clone, Debug, Default)]
pub struct Phase {
    /// None where steps came without a plan.
    pub direction: Option<Direction>,
    pub began: Duration,
    /// In the order of the plan, then as they were added.
    pub tasks: Vec<Task>,
    /// Positions of the tasks, in the order of their ids: thousands of ids need not be there twice.
    by_id: Vec<usize>,
    /// By physical name.
    pub stacks: BTreeMap<String, StackLife>,
}

/// A step and what became of it.
#[derive(Clone, Debug)]
pub struct Task {
    /// Without what it needs, which `needs` says.
    pub step: Step,
    /// Positions of the steps that it waits for.
    pub needs: Vec<usize>,
    pub usual: Duration,
    pub standing: Standing,
    /// What it last said of itself.
    pub message: Option<String>,
    pub error: Option<Box<ErrorTold>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Waiting,
    Running {
        since: Duration,
    },
    Ended {
        outcome: StepOutcome,
        since: Duration,
        at: Duration,
    },
}

/// A stack whose events were seen.
#[derive(Clone, Debug, Default)]
pub struct StackLife {
    /// By logical id; the stack itself is none of them.
    pub members: BTreeMap<String, Member>,
    pub status: String,
    /// What failed first of all, and not because something else did.
    pub cause: Option<(Duration, Member)>,
}

/// A member of a stack as its newest event tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub logical_id: String,
    pub kind: String,
    pub status: String,
    pub reason: Option<String>,
    pub since: Duration,
    /// When its status came to rest.
    pub ended: Option<Duration>,
}

impl Member {
    fn of(id: &str, kind: &str, status: &str, reason: Option<&str>) -> Self {
        Self {
            logical_id: id.to_owned(),
            kind: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
            since: Duration::ZERO,
            ended: None,
        }
    }

    pub fn failed(&self) -> bool {
        self.status.ends_with("_FAILED")
    }

    /// What it usually takes in this status.
    pub fn usual(&self) -> Duration {
        if self.status.starts_with("DELETE") {
            usual::removal(&self.kind)
        } else {
            usual::creation(&self.kind)
        }
    }
}

impl Task {
    pub fn is_stack(&self) -> bool {
        self.step.resource.kind == STACK
    }

    /// The stack that this step is about.
    pub fn stack(&self) -> Option<&str> {
        let resource = &self.step.resource;
        let of_arn = || resource.id.split('/').nth(1).unwrap_or(&resource.id);
        self.is_stack()
            .then(|| resource.name.as_deref().unwrap_or_else(of_arn))
    }

    pub fn outcome(&self) -> Option<StepOutcome> {
        match self.standing {
            Standing::Ended { outcome, .. } => Some(outcome),
            Standing::Waiting | Standing::Running { .. } => None,
        }
    }

    pub fn has_failed(&self) -> bool {
        matches!(
            self.outcome(),
            Some(StepOutcome::Failed | StepOutcome::Blocked)
        )
    }

    pub fn is_blocked(&self) -> bool {
        self.outcome() == Some(StepOutcome::Blocked)
    }

    pub fn running(&self) -> Option<Duration> {
        match self.standing {
            Standing::Running { since } => Some(since),
            Standing::Waiting | Standing::Ended { .. } => None,
        }
    }

    /// How long it will yet take, when what it waits for is done.
    fn left(&self, now: Duration) -> Duration {
        match self.standing {
            Standing::Waiting => self.usual,
            Standing::Running { since } => {
                let spent = now.saturating_sub(since);
                // Whoever is late is late by a little more.
                self.usual
                    .saturating_sub(spent)
                    .max(spent.min(self.usual) / 10)
            }
            Standing::Ended { .. } => Duration::ZERO,
        }
    }
}

impl Phase {
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.position(id).and_then(|at| self.tasks.get(at))
    }

    pub fn position(&self, id: &str) -> Option<usize> {
        let place = self.place(id).ok()?;
        self.by_id.get(place).copied()
    }

    /// Where a step's position stands among those in the order of ids, or would.
    fn place(&self, id: &str) -> Result<usize, usize> {
        self.by_id.binary_search_by(|at| {
            let task = self.tasks.get(*at);
            task.map_or("", |task| &task.step.id).cmp(id)
        })
    }

    pub fn running(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| task.running().is_some())
    }

    /// Whether something was begun and not everything has ended: a plan that waits for an answer is no run yet, and what
    /// comes after a run is none of it.
    pub fn is_at_work(&self) -> bool {
        self.has_begun() && self.tasks.iter().any(|task| task.outcome().is_none())
    }

    fn has_begun(&self) -> bool {
        let is_waiting = |task: &Task| task.standing == Standing::Waiting;
        self.tasks.iter().any(|task| !is_waiting(task))
    }

    pub fn failed(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| task.has_failed())
    }

    /// The longest of the ways that are left, each step as long as it usually is. Plans come in an order in which they
    /// can be done, so what a step needs stands before it.
    pub fn left(&self, now: Duration) -> Duration {
        let mut ends: Vec<Duration> = Vec::with_capacity(self.tasks.len());
        for task in &self.tasks {
            let needs = task.needs.iter().filter_map(|at| ends.get(*at));
            let begins = needs.max().copied().unwrap_or_default();
            ends.push(begins + task.left(now));
        }
        ends.into_iter().max().unwrap_or_default()
    }

    fn add(&mut self, step: &Step) -> usize {
        let at = self.tasks.len();
        let place = match self.place(&step.id) {
            Ok(place) => return self.by_id.get(place).copied().unwrap_or(at),
            Err(place) => place,
        };
        let needs = step.needs.iter().filter_map(|id| self.position(id));
        let task = Task {
            needs: needs.collect(),
            usual: usual::step(step.kind, &step.resource.kind),
            standing: Standing::Waiting,
            message: None,
            error: None,
            step: Step {
                needs: Vec::new(),
                id: step.id.clone(),
                resource: step.resource.clone(),
                evidence: step.evidence.clone(),
                ..*step
            },
        };
        self.by_id.insert(place, at);
        // Of thousands hardly any come after the plan: room for twice as many would stay empty.
        if at == self.tasks.capacity() {
            self.tasks.reserve_exact(at / 8 + 8);
        }
        self.tasks.push(task);
        at
    }

    fn change(&mut self, id: &str, change: impl FnOnce(&mut Task)) {
        let at = match self.position(id) {
            Some(at) => at,
            None => match unannounced(id) {
                Some(step) => self.add(&step),
                None => return,
            },
        };
        if let Some(task) = self.tasks.get_mut(at) {
            change(task);
        }
    }
}

/// A step that nobody announced, out of its id (`VERB:TYPE:ID`).
fn unannounced(id: &str) -> Option<Step> {
    let (verb, rest) = id.split_once(':')?;
    let kind: Verb = serde_json::from_value(serde_json::json!(verb)).ok()?;
    let parts: Vec<&str> = rest.splitn(6, ':').collect();
    let (type_name, id_of) = match parts.as_slice() {
        [a, "", b, "", c, id_of] => (format!("{a}::{b}::{c}"), *id_of),
        _ => return None,
    };
    Some(Step {
        id: id.into(),
        kind,
        resource: Named {
            kind: type_name.into(),
            id: id_of.into(),
            name: None,
            stack: None,
            reason: None,
        },
        needs: Vec::new(),
        evidence: Vec::new(),
        destroys_data: false,
    })
}

impl RunState {
    /// The phase that is at work.
    pub fn phase(&self) -> Option<&Phase> {
        self.phases.last()
    }

    /// What the run is at, where no step of it is.
    pub fn waiting(&self) -> Waiting {
        if let Some((what, since)) = &self.waiting {
            return Waiting {
                what: what.clone(),
                since: *since,
            };
        }
        let what = match self.phase() {
            None => "looking at what there is",
            Some(phase) if phase.has_begun() => "looking at what came of it",
            Some(_) => "preparing the first step",
        };
        Waiting {
            what: what.to_owned(),
            since: self.stirred,
        }
    }

    /// Keeps what is waited for, as long as nothing else happens.
    fn wait(&mut self, at: Duration, event: &Event) {
        match event {
            Event::Heartbeat { message } => {
                if self.waiting().what != *message {
                    self.waiting = Some((message.clone(), at));
                }
            }
            Event::Plan { .. } | Event::StepStarted { .. } | Event::StepFinished { .. } => {
                self.waiting = None;
                self.stirred = at;
            }
            Event::StepAdded { .. }
            | Event::StepProgress { .. }
            | Event::StackEvent { .. }
            | Event::Hint { .. }
            | Event::Warning { .. }
            | Event::Usual { .. }
            | Event::Call { .. }
            | Event::Finished(_) => {}
        }
    }

    fn current(&mut self) -> &mut Phase {
        if self.phases.is_empty() {
            self.phases.push(Phase::default());
        }
        let last = self.phases.len() - 1;
        &mut self.phases[last]
    }

    /// Takes one event that was told at this moment.
    pub fn apply(&mut self, at: Duration, event: &Event) {
        self.now = self.now.max(at);
        self.wait(at, event);
        match event {
            Event::Plan { direction, steps } => {
                let mut phase = Phase {
                    direction: Some(*direction),
                    began: at,
                    ..Phase::default()
                };
                for step in steps {
                    phase.add(step);
                }
                self.phases.push(phase);
            }
            Event::StepAdded { step } => {
                self.current().add(step);
            }
            Event::Usual { seconds } => {
                for (id, seconds) in seconds {
                    let usual = Duration::from_secs_f64(seconds.max(0.0));
                    self.current().change(id, |task| task.usual = usual);
                }
            }
            Event::StepStarted { id } => self.current().change(id, |task| {
                task.standing = Standing::Running { since: at };
            }),
            Event::StepProgress { id, message } => self.current().change(id, |task| {
                task.message = Some(message.clone());
            }),
            Event::StepFinished {
                id,
                outcome,
                elapsed_seconds,
                error,
            } => self.current().change(id, |task| {
                let took = Duration::from_secs_f64(elapsed_seconds.max(0.0));
                task.standing = Standing::Ended {
                    outcome: *outcome,
                    since: task.running().unwrap_or_else(|| at.saturating_sub(took)),
                    at,
                };
                task.error = error.clone().filter(|error| !error.is_ours()).map(Box::new);
            }),
            Event::StackEvent {
                stack,
                logical_id,
                kind,
                status,
                reason,
            } => {
                let life = self.current().stacks.entry(stack.clone()).or_default();
                if kind == STACK && logical_id == stack {
                    life.status.clone_from(status);
                    // No member failed: an export's name that is taken, an import of nothing.
                    if status.ends_with("ROLLBACK_IN_PROGRESS") && life.cause.is_none() {
                        life.cause =
                            Some((at, Member::of(logical_id, kind, status, reason.as_deref())));
                    }
                } else {
                    life.take(at, logical_id, kind, status, reason.as_deref());
                }
            }
            Event::Hint { id, summary, next } => {
                if self.hints.iter().all(|hint| hint.id != *id) {
                    self.hints.push(HintTold {
                        id: id.clone(),
                        summary: summary.clone(),
                        next: next.clone(),
                    });
                }
            }
            Event::Warning { message, trouble } => self.warn(at, message, trouble.as_ref()),
            Event::Heartbeat { .. } | Event::Call { .. } => {}
            Event::Finished(end) => self.finished = Some(end.clone()),
        }
    }
}

impl RunState {
    fn warn(&mut self, at: Duration, message: &str, trouble: Option<&Trouble>) {
        let Some(trouble) = trouble else {
            self.warnings.push((at, message.to_owned()));
            return;
        };
        match &trouble.step {
            Some(step) => self.current().change(step, |task| {
                task.message = Some(message.to_owned());
            }),
            None if !self.troubles.contains(trouble) => self.troubles.push(trouble.clone()),
            None => {}
        }
    }
}

impl StackLife {
    fn take(&mut self, at: Duration, id: &str, kind: &str, status: &str, reason: Option<&str>) {
        let moving = status.ends_with("IN_PROGRESS");
        let since = match self.members.get(id) {
            // The second event of a beginning: "Resource creation Initiated".
            Some(before) if before.ended.is_none() => before.since,
            _ => at,
        };
        let member = Member {
            logical_id: id.to_owned(),
            kind: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
            since,
            ended: (!moving).then_some(at),
        };
        // These two texts are CloudFormation's for what failed only because something else did.
        let cancelled = reason.is_some_and(|reason| {
            reason.contains("Resource creation cancelled")
                || reason.contains("Resource update cancelled")
        });
        if member.failed() && !cancelled && self.cause.is_none() {
            self.cause = Some((at, member.clone()));
        }
        self.members.insert(id.to_owned(), member);
    }

    /// Members that are on their way, the longest first.
    pub fn in_flight(&self) -> Vec<&Member> {
        let mut members: Vec<&Member> = self
            .members
            .values()
            .filter(|member| member.ended.is_none())
            .collect();
        members.sort_by_key(|member| member.since);
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: &str, needs: &[&str]) -> Step {
        Step {
            needs: needs.iter().map(|id| (*id).to_owned()).collect(),
            ..unannounced(id).unwrap()
        }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const APP: &str = "delete:AWS::SageMaker::App:d-1/a/JupyterLab/default";
    const SPACE: &str = "delete:AWS::SageMaker::Space:d-1/a";
    const DOMAIN: &str = "delete:AWS::SageMaker::Domain:d-1";

    fn planned() -> RunState {
        let mut state = RunState::default();
        let steps = vec![
            step(APP, &[]),
            step(SPACE, &[APP]),
            step(DOMAIN, &[APP, SPACE]),
        ];
        let plan = Event::Plan {
            direction: Direction::Down,
            steps,
        };
        state.apply(seconds(1), &plan);
        state
    }

    #[test]
    fn what_is_left_is_the_longest_way() {
        let mut state = planned();
        assert_eq!(
            state.phase().unwrap().left(seconds(1)),
            seconds(45 + 20 + 110)
        );
        state.apply(seconds(2), &Event::StepStarted { id: APP.into() });
        assert_eq!(
            state.phase().unwrap().left(seconds(32)),
            seconds(15 + 20 + 110)
        );
        // Late: it is believed to be nearly done.
        let late = state.phase().unwrap().left(seconds(300));
        assert!(late > seconds(130) && late < seconds(140), "{late:?}");
        let done = Event::StepFinished {
            id: APP.into(),
            outcome: StepOutcome::Done,
            elapsed_seconds: 300.0,
            error: None,
        };
        state.apply(seconds(302), &done);
        assert_eq!(state.phase().unwrap().left(seconds(302)), seconds(130));
    }

    #[test]
    fn the_first_cause_is_kept_and_what_was_cancelled_is_none() {
        let mut state = planned();
        let event = |id: &str, status: &str, reason: &str| Event::StackEvent {
            stack: "demo".into(),
            logical_id: id.into(),
            kind: "AWS::EC2::VPC".into(),
            status: status.into(),
            reason: Some(reason.into()),
        };
        state.apply(
            seconds(3),
            &event("A", "CREATE_FAILED", "Resource creation cancelled"),
        );
        state.apply(seconds(4), &event("B", "CREATE_FAILED", "no"));
        state.apply(seconds(5), &event("C", "CREATE_FAILED", "later"));
        let life = &state.phase().unwrap().stacks["demo"];
        assert_eq!(life.cause.as_ref().unwrap().1.logical_id, "B");
    }

    #[test]
    fn a_step_that_nobody_announced_is_known_by_its_id() {
        let told =
            unannounced("delete-stack:AWS::CloudFormation::Stack:arn:aws:x:stack/a/b").unwrap();
        assert_eq!(told.resource.id, "arn:aws:x:stack/a/b");
        assert_eq!(told.kind, Verb::DeleteStack);
        assert!(unannounced("nonsense").is_none());
    }
}
