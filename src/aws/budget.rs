//! One budget per action: calls in flight and calls a second, halved on a throttle, raised slowly.
//!
//! AWS counts each action by itself, so what is learnt of one says nothing of the others: five hundred deletions that wait
//! for their turn must not hold up the list that shows which of them are done.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::Service;
use super::error::Class;
use crate::clock::Clock;

const IN_FLIGHT: usize = 8;
/// Calls a second: at first and at most, and at least.
const MOST: f64 = 20.0;
const LEAST: f64 = 0.5;
/// What a second of answers that are no throttles adds.
const RAISE: f64 = 0.25;

/// The budgets of all actions that were called.
#[derive(Debug, Default)]
pub struct Budgets {
    of: RefCell<BTreeMap<(Service, &'static str), Rc<Budget>>>,
}

impl Budgets {
    pub fn of(&self, service: Service, operation: &'static str) -> Rc<Budget> {
        let mut budgets = self.of.borrow_mut();
        budgets.entry((service, operation)).or_default().clone()
    }
}

/// What may be asked of one action.
#[derive(Debug)]
pub struct Budget {
    in_flight: Semaphore,
    pace: Cell<Pace>,
}

#[derive(Clone, Copy, Debug)]
struct Pace {
    per_second: f64,
    /// When the next call may go, on the clock.
    next: Duration,
    /// When it was halved last.
    slowed: Option<Duration>,
}

/// Leave for one call. The place in flight is given back when it is dropped.
#[derive(Debug)]
pub struct Admission<'a> {
    _place: Option<SemaphorePermit<'a>>,
    at: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        let pace = Pace {
            per_second: MOST,
            next: Duration::ZERO,
            slowed: None,
        };
        Self {
            in_flight: Semaphore::new(IN_FLIGHT),
            pace: Cell::new(pace),
        }
    }
}

impl Budget {
    /// Waits until one more call may go.
    pub async fn admit(&self, clock: &Clock) -> Admission<'_> {
        // The semaphore is never closed.
        let place = self.in_flight.acquire().await.ok();
        let now = clock.elapsed();
        let pace = self.pace.get();
        let turn = pace.next.max(now);
        self.pace.set(Pace {
            next: turn + Duration::from_secs_f64(1.0 / pace.per_second),
            ..pace
        });
        if turn > now {
            clock.sleep(turn.saturating_sub(now)).await;
        }
        Admission {
            _place: place,
            at: turn,
        }
    }

    /// Takes the outcome of an admitted call into account. Calls that were in flight together and met one throttle teach
    /// it once.
    pub fn learn(&self, admission: &Admission<'_>, error: Option<Class>, now: Duration) {
        let mut pace = self.pace.get();
        if error != Some(Class::Throttled) {
            pace.per_second = (pace.per_second + RAISE / pace.per_second).min(MOST);
        } else if pace.slowed.is_none_or(|slowed| admission.at > slowed) {
            pace.per_second = (pace.per_second / 2.0).max(LEAST);
            pace.slowed = Some(now);
        }
        self.pace.set(pace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per_second(budget: &Budget) -> f64 {
        budget.pace.get().per_second
    }

    #[tokio::test(start_paused = true)]
    async fn one_burst_of_throttles_halves_the_pace_once() {
        let (clock, budget) = (Clock::start(1.0), Budget::default());
        let mut together = Vec::new();
        for _ in 0..IN_FLIGHT {
            together.push(budget.admit(&clock).await);
        }
        for admission in &together {
            budget.learn(admission, Some(Class::Throttled), clock.elapsed());
        }
        assert!((per_second(&budget) - MOST / 2.0).abs() < f64::EPSILON);
        drop(together);
        let later = budget.admit(&clock).await;
        budget.learn(&later, Some(Class::Throttled), clock.elapsed());
        assert!((per_second(&budget) - MOST / 4.0).abs() < f64::EPSILON);
    }

    #[tokio::test(start_paused = true)]
    async fn one_action_does_not_wait_for_another() {
        let (clock, budgets) = (Clock::start(1.0), Budgets::default());
        let deletions = budgets.of(Service::SageMaker, "DeleteApp");
        let mut at_work = Vec::new();
        for _ in 0..IN_FLIGHT {
            at_work.push(deletions.admit(&clock).await);
        }
        let before = clock.elapsed();
        let lists = budgets.of(Service::SageMaker, "ListApps");
        lists.admit(&clock).await;
        assert_eq!(clock.elapsed(), before);
    }
}
