//! What people do while the world lives: acts at a time, and acts that follow somebody's call.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Act;
use crate::numbers;
use crate::queue::Event;
use crate::service::Invocation;
use crate::wire::{Element, Output};
use crate::world::{Answered, World};

/// The log's code of an act that refers to an answer which there is not, and is dropped.
const UNRESOLVED: &str = "UnresolvedReference";

/// What people will do by themselves, as far as it is not on the queue, and what they were answered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Activity {
    pub(super) answers: BTreeMap<String, Value>,
    waiting: Vec<Waiting>,
}

/// An act that follows a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Waiting {
    act: Act,
    /// Matching calls so far.
    seen: u64,
}

impl Activity {
    /// Keeps the answer of an act that gives it a name.
    pub(super) fn remember(&mut self, act: &Act, answer: Answered) {
        if let (Some(name), Ok(output)) = (&act.name, answer) {
            self.answers.insert(name.clone(), value(output));
        }
    }

    /// The acts that follow this call.
    fn following(&mut self, action: &str, caller: &str, resources: &[String]) -> Vec<Act> {
        let mut following = Vec::new();
        self.waiting.retain_mut(|waiting| {
            let Some(after) = &waiting.act.after else {
                return false;
            };
            waiting.seen += u64::from(after.matches(action, caller, resources));
            let reached = waiting.seen >= after.nth;
            if reached {
                following.push(waiting.act.clone());
            }
            !reached
        });
        following
    }
}

/// What an answer says, as its protocol names it.
fn value(output: Output) -> Value {
    match output {
        Output::Json(body) | Output::Created(body) => body,
        Output::Xml(members) => Value::Object(members.iter().map(Element::tree).collect()),
        Output::Empty(_) => Value::Null,
    }
}

impl World {
    /// Puts an act on the queue, or lets it wait for its call.
    pub(super) fn expect_act(&mut self, act: &Act) {
        match act.at {
            Some(seconds) => {
                let event = Event::Act(Box::new(act.clone()));
                self.schedule(numbers::duration(seconds), &act.place(), event);
            }
            None => self.activity.waiting.push(Waiting {
                act: act.clone(),
                seen: 0,
            }),
        }
    }

    /// A call has been made: acts may follow it.
    pub(crate) fn notice(&mut self, invocation: &Invocation, caller: &str, resources: &[String]) {
        if self.activity.waiting.is_empty() {
            return;
        }
        let action = invocation.iam_action();
        for act in self.activity.following(&action, caller, resources) {
            let delay = act.after.as_ref().map_or(0.0, |after| after.delay);
            let place = act.place();
            self.schedule(numbers::duration(delay), &place, Event::Act(Box::new(act)));
        }
    }

    /// Does an act whose time has come. A refusal is only logged: people meet refusals.
    pub(crate) fn act(&mut self, act: &Act) {
        let (caller, place) = (act.principal(), act.place());
        let Ok(invocation) = self.invocation_of(act) else {
            return self.log_unmade(&act.action, &caller, &place, UNRESOLVED);
        };
        let now = self.now();
        let own = self.faults().precede(now, &act.faults);
        let made = self.call(&invocation, &caller, place);
        self.faults().remove(&own);
        self.activity.remember(act, made.result);
    }
}
