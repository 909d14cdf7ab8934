//! The steps of a teardown as they are told: planned, begun, and ended with what they came to.

use std::collections::BTreeMap;
use std::time::Duration;

use environment::decide::{Decision, Standing};
use environment::ledger::Action;
use environment::plan::step_id;
use environment::{Facet, ResourceId, Verb, World};

use super::Teardown;
use super::gone::{is_seen_gone, unknown_list};
use crate::event::{ErrorTold, Event, Named, Step, StepOutcome};

/// A step that was told and has not ended.
pub(super) struct Open {
    resource: ResourceId,
    /// The same for people.
    named: Named,
    started: Option<Duration>,
}

impl Teardown<'_> {
    /// Takes over the steps of the plan that was shown.
    pub(in super::super) fn expect(&self, steps: Vec<environment::Step>) {
        let mut open = self.steps.borrow_mut();
        for step in steps {
            open.insert(
                step.id(),
                Open {
                    named: Named::in_plan(&step),
                    resource: step.resource,
                    started: None,
                },
            );
        }
    }

    /// Tells what a step has met.
    pub(in super::super) fn say(&self, action: &Action, message: String) {
        self.events.send(Event::StepProgress {
            id: step_id(action.0, &action.1),
            message,
        });
    }

    pub(super) fn open_step(&self, now: Duration, world: &World, verb: Verb, id: &ResourceId) {
        let step = step_id(verb, id);
        let mut steps = self.steps.borrow_mut();
        let resource = world.get(id);
        let named = || resource.map_or_else(|| Named::of(id), Named::resource);
        if !steps.contains_key(&step) {
            self.events.send(Event::StepAdded {
                step: Step {
                    id: step.clone(),
                    kind: verb,
                    resource: named(),
                    needs: Vec::new(),
                    evidence: resource
                        .map(|resource| resource.evidence.clone())
                        .unwrap_or_default(),
                    destroys_data: verb == Verb::Delete
                        && resource.is_some_and(|resource| resource.data.is_some()),
                },
            });
        }
        let open = steps.entry(step.clone()).or_insert_with(|| Open {
            resource: id.clone(),
            named: named(),
            started: None,
        });
        if open.started.is_none() {
            open.started = Some(now);
            self.events.send(Event::StepStarted { id: step });
        }
    }

    /// A step is done when a fresh look no longer shows what it removes.
    pub(super) fn close_steps(&self, now: Duration, world: &World) {
        let ended: Vec<String> = {
            let steps = self.steps.borrow();
            let gone = steps
                .iter()
                .filter(|(_, open)| is_seen_gone(world, &open.resource));
            gone.map(|(step, _)| step.clone()).collect()
        };
        for step in ended {
            if let Some(open) = self.steps.borrow_mut().remove(&step) {
                let outcome = if open.started.is_some() || step.starts_with("wait:") {
                    StepOutcome::Done
                } else {
                    StepOutcome::Skipped
                };
                let since = open
                    .started
                    .or_else(|| self.waiting.borrow().get(&open.resource).copied());
                self.close(step, outcome, now.saturating_sub(since.unwrap_or(now)));
            }
        }
    }

    fn close(&self, id: String, outcome: StepOutcome, elapsed: Duration) {
        let error = self.errors_by_step.borrow_mut().remove(&id);
        let tells = matches!(outcome, StepOutcome::Failed | StepOutcome::Blocked);
        let error = error.filter(|_| tells);
        self.events.send(Event::StepFinished {
            id,
            outcome,
            elapsed_seconds: elapsed.as_secs_f64(),
            error,
        });
    }

    /// What was to go and stands in a list that can no longer be read, with that list: nobody knows whether it has gone.
    pub(in super::super) fn unseen(&self, world: &World) -> BTreeMap<ResourceId, (Named, Facet)> {
        let steps = self.steps.borrow();
        let shown = steps
            .values()
            .filter(|open| world.get(&open.resource).is_none());
        let unseen = shown.filter_map(|open| {
            let list = unknown_list(world, &open.resource)?;
            Some((open.resource.clone(), (open.named.clone(), list)))
        });
        unseen.collect()
    }

    /// Ends the steps that are left when nothing moves any more.
    pub(in super::super) fn close_rest(&self, now: Duration, decision: &Decision<'_>) {
        let left = std::mem::take(&mut *self.steps.borrow_mut());
        for (step, open) in left {
            let elapsed = now.saturating_sub(open.started.unwrap_or(now));
            match decision.standing.get(&open.resource) {
                Some(Standing::Blocked(path)) => {
                    // What it was answered before says less than what holds it.
                    let told = ErrorTold::of_ours("Held", held_by(path));
                    self.errors_by_step.borrow_mut().insert(step.clone(), told);
                    self.close(step, StepOutcome::Blocked, elapsed);
                }
                Some(Standing::Failed(why)) => self.close_failed(step, &open, why, elapsed),
                _ => {}
            }
        }
    }

    /// What was never begun did not fail: that it is left is told by the end.
    fn close_failed(&self, step: String, open: &Open, why: &str, elapsed: Duration) {
        if !self.errors_by_step.borrow().contains_key(&step) {
            if open.started.is_none() {
                return;
            }
            let told = ErrorTold::of_ours("StaysThere", why);
            self.errors_by_step.borrow_mut().insert(step.clone(), told);
        }
        self.close(step, StepOutcome::Failed, elapsed);
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
