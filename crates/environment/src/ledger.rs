//! What this run has asked for and what it was answered. It keeps a run from asking again and again for what is under
//! way, and bounds how often it asks at all.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::resource::{ResourceId, Verb};

/// A step's identity.
pub type Action = (Verb, ResourceId);

/// How a service answered a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It will happen, or has happened.
    Accepted,
    /// A not-found code: gone already.
    Gone,
    /// Something still holds it, whatever our lists say.
    Held(String),
    /// Throttled, unreachable or an error of the service: not known to be sent; ask again.
    NotSent(String),
    /// Repeating does not change it.
    Failed(String),
}

#[derive(Clone, Debug, Default)]
struct Entry {
    in_flight: bool,
    held: bool,
    /// How often it was asked for and answered, refusals included.
    attempts: u32,
    /// How often in a row no answer came.
    unanswered: u32,
    /// How often it was accepted.
    acceptances: u32,
    not_before: Duration,
    /// Why the thing did not go although the step was accepted, in its service's words.
    told: Option<String>,
    failed: Option<String>,
}

/// The record of one run. Times are those of the tool's clock since the run began.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    entries: BTreeMap<ResourceId, BTreeMap<Verb, Entry>>,
}

/// How often one step is asked for, refusals included, before it counts as failed.
const ATTEMPTS: u32 = 240;
/// How often a stack deletion is asked for: each attempt runs for as long as CloudFormation needs.
const STACK_ATTEMPTS: u32 = 3;
/// How often one step is accepted while the thing stays, before it counts as failed.
const ACCEPTANCES: u32 = 5;
/// Pause after a refusal because of a holder.
const HELD_PAUSE: Duration = Duration::from_secs(5);
/// Pause after an answer that did not come, doubled up to [`LONGEST_PAUSE`].
const NOT_SENT_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// For how long an accepted step is not asked for again while the thing is still listed as if nothing had happened.
const ACCEPTED_PAUSE: Duration = Duration::from_secs(60);

/// Whether a step may be asked for at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum May {
    Start,
    /// It is in flight.
    InFlight,
    /// Not before this moment.
    NotBefore(Duration),
    /// Not again: it failed for this reason.
    Failed(String),
}

impl Ledger {
    pub fn may(&self, verb: Verb, id: &ResourceId, now: Duration) -> May {
        let Some(entry) = self.entry(verb, id) else {
            return May::Start;
        };
        match &entry.failed {
            Some(reason) => May::Failed(reason.clone()),
            None if entry.in_flight => May::InFlight,
            None if now < entry.not_before => May::NotBefore(entry.not_before),
            None => May::Start,
        }
    }

    fn entry(&self, verb: Verb, id: &ResourceId) -> Option<&Entry> {
        self.entries.get(id).and_then(|steps| steps.get(&verb))
    }

    fn entry_mut(&mut self, (verb, id): &Action) -> &mut Entry {
        let steps = self.entries.entry(id.clone()).or_default();
        steps.entry(*verb).or_default()
    }

    /// Forgets what was asked of things that are gone: one that comes again under the same name is another one.
    pub fn forget(&mut self, is_gone: impl Fn(&ResourceId) -> bool) {
        self.entries.retain(|id, steps| {
            if is_gone(id) {
                steps.retain(|_, entry| entry.in_flight);
            }
            !steps.is_empty()
        });
    }

    /// Forgets what was asked of one thing by one step.
    pub fn forget_one(&mut self, (verb, id): &Action) {
        if let Some(steps) = self.entries.get_mut(id) {
            steps.remove(verb);
        }
    }

    /// How often the step was asked for in this run.
    pub fn attempts(&self, action: &Action) -> u32 {
        self.entry(action.0, &action.1)
            .map_or(0, |entry| entry.attempts)
    }

    pub fn start(&mut self, action: &Action) {
        self.entry_mut(action).in_flight = true;
    }

    /// Whether the step was refused because of a holder when it was asked for last.
    pub fn held(&self, verb: Verb, id: &ResourceId) -> bool {
        self.entry(verb, id).is_some_and(|entry| entry.held)
    }

    /// Notes why a thing did not go although the step was accepted, in its service's words.
    pub fn tell(&mut self, action: &Action, why: String) {
        self.entry_mut(action).told = Some(why);
    }

    pub fn answer(&mut self, action: &Action, answer: &Answer, now: Duration) {
        let most = if action.0 == Verb::DeleteStack {
            STACK_ATTEMPTS
        } else {
            ATTEMPTS
        };
        let entry = self.entry_mut(action);
        entry.in_flight = false;
        entry.held = matches!(answer, Answer::Held(_));
        if let Answer::NotSent(_) = answer {
            // It costs time and nothing else: the deadline ends it.
            let pause = NOT_SENT_PAUSE * 2_u32.pow(entry.unanswered.min(4));
            entry.unanswered += 1;
            entry.not_before = now + pause.min(LONGEST_PAUSE);
            return;
        }
        entry.unanswered = 0;
        entry.attempts += 1;
        match answer {
            Answer::Accepted | Answer::Gone => {
                entry.acceptances += 1;
                entry.not_before = now + ACCEPTED_PAUSE;
                if entry.acceptances > ACCEPTANCES {
                    let mut reason = format!("accepted {ACCEPTANCES} times, and still there");
                    if let Some(told) = &entry.told {
                        reason = format!("{reason}: {told}");
                    }
                    entry.failed = Some(reason);
                }
            }
            Answer::Held(reason) if entry.attempts >= most => entry.failed = Some(reason.clone()),
            Answer::Held(_) => entry.not_before = now + HELD_PAUSE,
            Answer::NotSent(_) => {}
            Answer::Failed(reason) => entry.failed = Some(reason.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Kind;

    fn action() -> Action {
        (Verb::Delete, ResourceId::new(Kind::App, "a"))
    }

    fn may(ledger: &Ledger, action: &Action, now: Duration) -> May {
        ledger.may(action.0, &action.1, now)
    }

    #[test]
    fn an_accepted_step_is_not_repeated_at_once() {
        let mut ledger = Ledger::default();
        assert_eq!(may(&ledger, &action(), Duration::ZERO), May::Start);
        ledger.start(&action());
        assert_eq!(may(&ledger, &action(), Duration::ZERO), May::InFlight);
        ledger.answer(&action(), &Answer::Accepted, Duration::ZERO);
        assert_eq!(
            may(&ledger, &action(), Duration::from_secs(1)),
            May::NotBefore(ACCEPTED_PAUSE)
        );
        assert_eq!(may(&ledger, &action(), ACCEPTED_PAUSE), May::Start);
    }

    #[test]
    fn attempts_are_bounded() {
        let mut ledger = Ledger::default();
        let action = (Verb::DeleteStack, ResourceId::new(Kind::Stack, "arn"));
        for _ in 0..STACK_ATTEMPTS {
            ledger.start(&action);
            ledger.answer(&action, &Answer::Held("importer".into()), Duration::ZERO);
        }
        assert_eq!(
            may(&ledger, &action, Duration::MAX),
            May::Failed("importer".into())
        );
    }

    #[test]
    fn a_call_that_was_not_sent_costs_time_only() {
        let mut ledger = Ledger::default();
        let stack = (Verb::DeleteStack, ResourceId::new(Kind::Stack, "arn"));
        for action in [action(), stack] {
            for _ in 0..500 {
                ledger.start(&action);
                ledger.answer(
                    &action,
                    &Answer::NotSent("throttled".into()),
                    Duration::ZERO,
                );
            }
            assert_eq!(
                may(&ledger, &action, Duration::ZERO),
                May::NotBefore(LONGEST_PAUSE)
            );
        }
    }

    #[test]
    fn what_is_accepted_again_and_again_and_stays_has_failed() {
        let mut ledger = Ledger::default();
        for _ in 0..=ACCEPTANCES {
            assert!(!matches!(
                may(&ledger, &action(), Duration::MAX),
                May::Failed(_)
            ));
            ledger.start(&action());
            ledger.answer(&action(), &Answer::Accepted, Duration::ZERO);
        }
        assert!(matches!(
            may(&ledger, &action(), Duration::MAX),
            May::Failed(_)
        ));
    }

    #[test]
    fn what_its_service_told_of_it_is_part_of_why_it_has_failed() {
        let mut ledger = Ledger::default();
        for _ in 0..=ACCEPTANCES {
            ledger.start(&action());
            ledger.answer(&action(), &Answer::Accepted, Duration::ZERO);
            ledger.tell(&action(), "it is in use".to_owned());
        }
        assert_eq!(
            may(&ledger, &action(), Duration::MAX),
            May::Failed("accepted 5 times, and still there: it is in use".to_owned())
        );
    }
}
