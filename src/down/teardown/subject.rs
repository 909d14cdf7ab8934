//! A teardown as the loop sees it: what to look at, what to do, and what a step changes.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use engine::{Subject, Turn};
use environment::decide::{Decision, Goal, Standing};
use environment::ledger::Action;
use environment::{Facet, Kind, World, decide};

use super::Teardown;
use super::gone::is_seen_gone;
use super::heartbeat::HEARTBEAT;

/// How long after a write its list usually shows it.
const AFTER_WRITE: Duration = Duration::from_secs(2);
/// Steps of a kind that are under way at once: more would only wait for a call of their turn, each with the memory of one.
/// What a service lets through in the time of a call is less.
const AT_ONCE: usize = 16;

impl Subject for Teardown<'_> {
    type Facet = Facet;
    type Action = Action;

    async fn look(&self, facet: Facet) {
        self.inventory.read(facet).await;
    }

    async fn act(&self, action: Action) {
        let answer = self.take(&action).await;
        let now = self.inventory.aws().clock().elapsed();
        let mut ledger = self.ledger.borrow_mut();
        ledger.answer(&action, &answer, now);
        // What was seen gone while the answer was on its way does not come to be seen gone again.
        if is_seen_gone(&self.world(), &action.1) {
            ledger.forget_one(&action);
        }
    }

    fn turn(&self, now: Duration) -> Turn<Facet, Action> {
        let world = self.world();
        let is_new = !self.is_seen(&world);
        if is_new {
            self.close_steps(now, &world);
            self.ledger
                .borrow_mut()
                .forget(|id| is_seen_gone(&world, id));
            self.note_data(&world);
        }
        let decision = decide(&world, &self.intent, &self.ledger.borrow(), now);
        let has_expired = self.has_expired(&world);
        let start = if self.stop.is_requested() || has_expired {
            Vec::new()
        } else {
            due(&decision)
        };
        for action in &start {
            self.open_step(now, &world, action.0, &action.1);
            self.ledger.borrow_mut().start(action);
        }
        if is_new {
            self.follow(now, &world, &decision);
        }
        self.beat(now, &decision);
        let heartbeat = self.spoke.get() + HEARTBEAT;
        Turn {
            start,
            wants: self.wants(now, &world, &decision),
            wake: decision.wake().into_iter().chain([heartbeat]).min(),
            end: decision.goal != Goal::Pending
                || has_expired
                || is_last_look_due(&world, &decision)
                || self.waits_in_vain(now, &world, &decision),
        }
    }

    fn changes(&self, action: &Action) -> Vec<(Facet, Duration)> {
        // A stack's deletion is answered when it has ended; anything else has only been accepted.
        let (others, after): (&[Facet], Duration) = if action.1.kind == Kind::Stack {
            let others = &[
                Facet::NetworkInterfaces,
                Facet::SecurityGroups,
                Facet::NetworkParts,
                Facet::RolePolicies,
            ];
            (others, Duration::ZERO)
        } else {
            (&[], AFTER_WRITE)
        };
        let own = action.1.kind.facet();
        let facets = others.iter().copied().chain([own]);
        facets.map(|facet| (facet, after)).collect()
    }
}

impl Teardown<'_> {
    /// Whether this world, put together once for what was read, is that of the last turn; from now on it is.
    fn is_seen(&self, world: &Rc<World>) -> bool {
        let now = Rc::downgrade(world);
        let before = self.seen.replace(now.clone());
        before.ptr_eq(&now)
    }
}

/// The steps to start now: all that may be, as far as not too many of their kind are in flight. A stack's deletion is
/// followed to its end and is no call that waits for its turn.
fn due(decision: &Decision<'_>) -> Vec<Action> {
    let mut at_work: BTreeMap<Kind, usize> = BTreeMap::new();
    let in_flight = decision.standing.iter();
    for (id, _) in in_flight.filter(|(_, standing)| matches!(standing, Standing::Pausing(_, None)))
    {
        *at_work.entry(id.kind).or_default() += 1;
    }
    let due = decision.start().filter(|(_, id)| {
        let count = at_work.entry(id.kind).or_default();
        *count += 1;
        *count <= AT_ONCE || id.kind == Kind::Stack
    });
    due.map(|(verb, id)| (verb, id.clone())).collect()
}

/// Whether all that is missing is a look at lists that nobody has read since the environment changed its shape: the last
/// look reads them all.
fn is_last_look_due(world: &World, decision: &Decision<'_>) -> bool {
    decision.standing.is_empty() && world.unknown.values().all(Option::is_none)
}
