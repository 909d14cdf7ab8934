//! The tool's clock: the one place where time comes from.
//!
//! Durations (pauses, polls, deadlines, `--timeout`) are of this clock; under a scale each is divided by it, so that a
//! whole life against a fast simulator takes seconds. The limits of a single call are real time: the SDK sleeps and
//! times out through this clock too, so they are multiplied by the scale before they are handed over.

use std::time::{Duration, SystemTime};

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_async::time::TimeSource;
use jiff::Timestamp;
use tokio::time::Instant;

/// A clock that began somewhere and runs `scale` times as fast as the runtime's.
#[derive(Clone, Debug)]
pub struct Clock {
    began: Instant,
    wall: Timestamp,
    scale: f64,
}

impl Clock {
    /// Begins at the machine's time.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn start(scale: f64) -> Self {
        Self::at(Timestamp::now(), scale)
    }

    /// Begins at `wall`.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn at(wall: Timestamp, scale: f64) -> Self {
        Self {
            began: Instant::now(),
            wall,
            scale,
        }
    }

    /// The time of day.
    pub fn time(&self) -> Timestamp {
        self.wall.checked_add(self.elapsed()).unwrap_or(self.wall)
    }

    /// Time since the clock began.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed().mul_f64(self.scale)
    }

    /// Waits for a duration of this clock.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration.div_f64(self.scale)).await;
    }

    /// A real duration as one of this clock, for the limits of calls.
    pub fn real(&self, duration: Duration) -> Duration {
        duration.mul_f64(self.scale)
    }
}

impl engine::Timer for Clock {
    fn now(&self) -> Duration {
        self.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        Clock::sleep(self, duration).await;
    }
}

impl AsyncSleep for Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(duration.div_f64(self.scale)))
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        let since_epoch = u64::try_from(self.time().as_millisecond()).unwrap_or(0);
        SystemTime::UNIX_EPOCH + Duration::from_millis(since_epoch)
    }
}
