//! The steps of a teardown as they are told: planned, begun, and ended with what they came to.

use std::collections::BTreeMap;
use std::time::Duration;

use environment::decide::{Decision, Standing};
use environment::ledger::Action;
use environment::plan::step_id;
use environment::{Facet, ResourceId, Verb, World};
use smol_str::SmolStr;

use super::Teardown;
use super::gone::{is_seen_gone, unknown_list};
use crate::event::{ErrorTold, Event, Named, Step, StepOutcome};

/// A step that was told and has not ended. A workshop has thousands: of what it is about it keeps what its id does not say.
pub(super) struct Open {
    name: Option<SmolStr>,
    /// Physical name of its stack.
    stack: Option<SmolStr>,
    started: Option<Duration>,
}

/// The steps of a plan that was shown, none of them begun.
pub(in super::super) struct OpenSteps(BTreeMap<Action, Open>);

impl OpenSteps {
    pub(in super::super) fn of_plan(steps: &[environment::Step]) -> Self {
        let open = steps.iter().map(|step| {
            let action = (step.verb, step.resource.clone());
            (action, Open::new(step.name.clone(), step.stack.clone()))
        });
        Self(open.collect())
    }
}

impl Open {
    /// One that has not begun.
    fn new(name: Option<SmolStr>, stack: Option<SmolStr>) -> Self {
        Self {
            name,
            stack,
            started: None,
        }
    }

    fn named(&self, id: &ResourceId) -> Named {
        Named {
            name: self.name.clone(),
            stack: self.stack.clone(),
            ..Named::of(id)
        }
    }
}

impl Teardown<'_> {
    /// Takes over the steps of the plan that was shown.
    pub(in super::super) fn expect(&self, shown: OpenSteps) {
        self.steps.borrow_mut().extend(shown.0);
    }

    /// Tells what a step has met.
    pub(in super::super) fn say(&self, action: &Action, message: String) {
        self.events.send(Event::StepProgress {
            id: step_id(action.0, &action.1),
            message,
        });
    }

    pub(super) fn open_step(&self, now: Duration, world: &World, verb: Verb, id: &ResourceId) {
        let action = (verb, id.clone());
        let mut steps = self.steps.borrow_mut();
        let resource = world.get(id);
        if !steps.contains_key(&action) {
            self.events.send(Event::StepAdded {
                step: Step {
                    id: step_id(verb, id).into(),
                    kind: verb,
                    resource: resource.map_or_else(|| Named::of(id), Named::resource),
                    needs: Vec::new(),
                    evidence: resource
                        .map(|resource| resource.evidence.clone())
                        .unwrap_or_default(),
                    destroys_data: verb == Verb::Delete
                        && resource.is_some_and(|resource| resource.data.is_some()),
                },
            });
        }
        let open = steps.entry(action).or_insert_with(|| {
            let name = resource.and_then(|resource| resource.name.clone());
            let stack = resource.and_then(|resource| resource.stack.clone());
            Open::new(name, stack)
        });
        if open.started.is_none() {
            open.started = Some(now);
            let id = step_id(verb, id);
            self.events.send(Event::StepStarted { id });
        }
    }

    /// A step is done when a fresh look no longer shows what it removes.
    pub(super) fn close_steps(&self, now: Duration, world: &World) {
        let mut steps = self.steps.borrow_mut();
        let ended = steps.extract_if(.., |(_, id), _| is_seen_gone(world, id));
        let ended: Vec<(Action, Open)> = ended.collect();
        drop(steps);
        for (action, open) in ended {
            let outcome = if open.started.is_some() || action.0 == Verb::Wait {
                StepOutcome::Done
            } else {
                StepOutcome::Skipped
            };
            let since = open
                .started
                .or_else(|| self.waiting.borrow().get(&action.1).copied());
            self.close(&action, outcome, now.saturating_sub(since.unwrap_or(now)));
        }
    }

    fn close(&self, action: &Action, outcome: StepOutcome, elapsed: Duration) {
        let error = self.errors_by_step.borrow_mut().remove(action);
        let tells = matches!(outcome, StepOutcome::Failed | StepOutcome::Blocked);
        let error = error.filter(|_| tells);
        self.events.send(Event::StepFinished {
            id: step_id(action.0, &action.1),
            outcome,
            elapsed_seconds: elapsed.as_secs_f64(),
            error,
        });
    }

    /// What was to go and stands in a list that can no longer be read, with that list: nobody knows whether it has gone.
    pub(in super::super) fn unseen(&self, world: &World) -> BTreeMap<ResourceId, (Named, Facet)> {
        let steps = self.steps.borrow();
        let shown = steps.iter().filter(|((_, id), _)| world.get(id).is_none());
        let unseen = shown.filter_map(|((_, id), open)| {
            let list = unknown_list(world, id)?;
            Some((id.clone(), (open.named(id), list)))
        });
        unseen.collect()
    }

    /// Ends the steps that are left when nothing moves any more.
    pub(in super::super) fn close_rest(&self, now: Duration, decision: &Decision<'_>) {
        let left = std::mem::take(&mut *self.steps.borrow_mut());
        for (action, open) in left {
            let elapsed = now.saturating_sub(open.started.unwrap_or(now));
            match decision.standing.get(&action.1) {
                Some(Standing::Blocked(path)) => {
                    // What it was answered before says less than what holds it.
                    let told = ErrorTold::of_ours("Held", held_by(path));
                    self.note_last(&action, told);
                    self.close(&action, StepOutcome::Blocked, elapsed);
                }
                Some(Standing::Failed(why)) => self.close_failed(&action, &open, why, elapsed),
                _ => {}
            }
        }
    }

    /// What was never begun did not fail: that it is left is told by the end.
    fn close_failed(&self, action: &Action, open: &Open, why: &str, elapsed: Duration) {
        if !self.errors_by_step.borrow().contains_key(action) {
            if open.started.is_none() {
                return;
            }
            let told = ErrorTold::of_ours("StaysThere", why);
            self.note_last(action, told);
        }
        self.close(action, StepOutcome::Failed, elapsed);
    }
}

/// What stands in the way of something, nearest first, for people.
pub(in super::super) fn held_by(path: &[ResourceId]) -> String {
    let path = path.iter();
    let path: Vec<String> = path
        .map(|id| format!("{} {}", id.kind.words(), id.id))
        .collect();
    format!("held by {}", path.join(", which is held by "))
}
