//! How a scenario's first world comes about: its acts without a time, one after the other, before the world's start.

use std::time::Duration;

use super::Act;
use super::rest::Statuses;
use crate::latency::Latency;
use crate::numbers;
use crate::scenario::Scenario;
use crate::time::SimTime;
use crate::world::World;

/// How long an act may take to come to rest.
const PATIENCE: Duration = Duration::from_hours(24);
/// How often the acts are done anew to find the instant at which they must begin.
const PASSES: usize = 4;

/// Why a scenario has no first world.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// An act did not go as the scenario says.
    #[error("act {number} ({action} of {caller}) {problem}")]
    Act {
        number: usize,
        action: String,
        caller: String,
        problem: String,
    },
    /// Nothing can be imported into a stack as the scenario says.
    #[error("import {number} (into {stack}) cannot be done: {problem}")]
    Import {
        number: usize,
        stack: String,
        problem: String,
    },
    /// The world's start leaves no room before it.
    #[error("start lies too early: the scenario's acts take {0:?} before it")]
    Start(Duration),
}

impl World {
    /// The first world of a scenario, brought about by its acts without a time, which end at its start, and by its
    /// imports. What people will do afterwards is on its queue. `seed` overrides the scenario's.
    ///
    /// # Errors
    /// The act or the import that did not go as the scenario says, and what became of it.
    pub fn begin(scenario: &Scenario, seed: Option<u64>) -> Result<Self, Invalid> {
        let start = scenario.start.unwrap_or(SimTime::START);
        let mut lead = Duration::ZERO;
        let mut world = Self::before(scenario, seed, start)?;
        for _ in 0..PASSES {
            let took = world.now().since(start.minus(lead));
            if took == lead {
                break;
            }
            lead = took;
            if start.minus(lead) < SimTime(0) {
                return Err(Invalid::Start(lead));
            }
            world = Self::before(scenario, seed, start.minus(lead))?;
        }
        world.open(scenario);
        for (at, import) in scenario.imports.iter().enumerate() {
            world.import(import).map_err(|problem| Invalid::Import {
                number: at + 1,
                stack: import.stack.clone(),
                problem,
            })?;
        }
        let activity = scenario.acts.iter().filter(|act| act.is_activity());
        for act in activity {
            world.expect_act(act);
        }
        Ok(world)
    }

    /// The world after the acts without a time, begun at `now`: calls take no time, and neither rates nor the scenario's
    /// faults stand in their way.
    fn before(scenario: &Scenario, seed: Option<u64>, now: SimTime) -> Result<Self, Invalid> {
        let mut world = Self::at(scenario, seed, now);
        world.faults().clear();
        world.latency = Latency::NONE;
        world.rates.enforced = false;
        for (at, act) in scenario.acts.iter().enumerate() {
            if act.is_activity() {
                continue;
            }
            world.bring_about(act).map_err(|problem| Invalid::Act {
                number: at + 1,
                action: act.action.clone(),
                caller: act.caller.clone(),
                problem,
            })?;
        }
        Ok(world)
    }

    /// Does one act and lets its time pass.
    fn bring_about(&mut self, act: &Act) -> Result<(), String> {
        let invocation = self
            .invocation_of(act)
            .map_err(|problem| format!("cannot be done: {problem}"))?;
        let before = Statuses::of(self);
        let now = self.now();
        let own = self.faults().precede(now, &act.faults);
        let made = self.call(&invocation, &act.principal(), act.place());
        let refusal = made.result.as_ref().err();
        match (refusal.map(|error| error.code.as_str()), &act.expect) {
            (Some(code), Some(expected)) if code == expected => {}
            (Some(_), _) => {
                let refusal = refusal.map(ToString::to_string).unwrap_or_default();
                return Err(format!("was refused: {refusal}"));
            }
            (None, _) => {
                self.activity.remember(act, made.result);
                self.pass(act, &before)?;
                check_outcome(act, &before, &Statuses::of(self))?;
            }
        }
        self.faults().remove(&own);
        Ok(())
    }

    /// Lets time pass after an act.
    fn pass(&mut self, act: &Act, before: &Statuses) -> Result<(), String> {
        if let Some(seconds) = act.wait {
            let until = self.now().plus(numbers::duration(seconds));
            self.advance(until);
            return Ok(());
        }
        if act.settle == Some(false) {
            return Ok(());
        }
        let latest = self.now().plus(PATIENCE);
        loop {
            let statuses = Statuses::of(self);
            let Some((thing, status)) = statuses.at_work_since(before) else {
                // What was made is of use to the next act.
                self.advance(self.roles_usable_from());
                return Ok(());
            };
            match self.next_due().filter(|next| *next <= latest) {
                Some(next) => self.advance(next),
                None => {
                    return Err(format!(
                        "does not come to rest: {thing} stays {status}; give it `wait` or `settle = false`"
                    ));
                }
            }
        }
    }
}

/// What an act started must not fail, unless the act says so or has faults of its own.
fn check_outcome(act: &Act, before: &Statuses, after: &Statuses) -> Result<(), String> {
    let failed = after.failed_since(before);
    match (&act.expect, failed) {
        (Some(expected), Some((_, status))) if status == expected => Ok(()),
        (Some(expected), Some((thing, status))) => Err(format!(
            "was expected to end with {expected}, but {thing} is {status}"
        )),
        (Some(expected), None) => Err(format!(
            "was expected to end with {expected}, but went well"
        )),
        (None, Some((thing, status))) if act.faults.is_empty() => Err(format!(
            "went wrong: {thing} is {status} (say `expect = \"{status}\"` where that is meant)"
        )),
        (None, _) => Ok(()),
    }
}
