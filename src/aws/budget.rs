//! One budget per service: calls in flight and calls a second, halved on a throttle, raised slowly.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::Class;
use crate::clock::Clock;

const IN_FLIGHT: usize = 12;
/// Calls a second: at first and at most, and at least.
const MOST: f64 = 20.0;
const LEAST: f64 = 0.5;
/// What an answer that was no throttle adds.
const RAISE: f64 = 0.25;

/// What may be asked of one service.
#[derive(Debug)]
pub struct Budget {
    in_flight: Semaphore,
    pace: Mutex<Pace>,
}

#[derive(Debug)]
struct Pace {
    per_second: f64,
    /// When the next call may go, on the clock.
    next: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        let pace = Pace {
            per_second: MOST,
            next: Duration::ZERO,
        };
        Self {
            in_flight: Semaphore::new(IN_FLIGHT),
            pace: Mutex::new(pace),
        }
    }
}

impl Budget {
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until one more call may go. The place is given back when the value is dropped.
    pub async fn admit(&self, clock: &Clock) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        let place = self.in_flight.acquire().await.ok();
        let now = clock.elapsed();
        let turn = {
            let mut pace = self.pace();
            let turn = pace.next.max(now);
            pace.next = turn + Duration::from_secs_f64(1.0 / pace.per_second);
            turn
        };
        if turn > now {
            clock.sleep(turn.saturating_sub(now)).await;
        }
        place
    }

    /// Takes the outcome of a call into account.
    pub fn learn(&self, error: Option<Class>) {
        let mut pace = self.pace();
        if error == Some(Class::Throttled) {
            pace.per_second = (pace.per_second / 2.0).max(LEAST);
        } else {
            pace.per_second = (pace.per_second + RAISE).min(MOST);
        }
    }
}
