//! Calls that are made until they are answered, or repeating does not help.

use std::time::Duration;

use crate::aws::{CallError, Class};
use crate::context::{Context, Ended};
use crate::event::{Finished, Outcome};

/// Attempts and pause where an answer does not come.
const ATTEMPTS: u32 = 40;
const PAUSE: Duration = Duration::from_secs(4);

/// Repeats a call whose answer did not come. A write has to bear a token, or say the same twice without harm.
///
/// # Errors
/// What was answered at last. A stop ends the repetition.
pub(crate) async fn persist<T>(
    cx: &Context,
    call: impl AsyncFn() -> Result<T, CallError>,
) -> Result<T, CallError> {
    persist_within(cx, ATTEMPTS, PAUSE, call).await
}

/// Repeats a call like [`persist`], so many times with such a pause.
///
/// # Errors
/// What was answered at last. A stop ends the repetition.
pub(crate) async fn persist_within<T>(
    cx: &Context,
    attempts: u32,
    pause: Duration,
    call: impl AsyncFn() -> Result<T, CallError>,
) -> Result<T, CallError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let error = match call().await {
            Ok(value) => {
                if attempt > 3 {
                    cx.events.wait_for("AWS answers again; going on");
                }
                return Ok(value);
            }
            Err(error) => error,
        };
        let again = matches!(error.class, Class::Throttled | Class::Unreachable);
        let over = cx.stop.is_requested() || cx.clock.elapsed() >= cx.deadline;
        if !again || over || attempt == attempts {
            return Err(error);
        }
        if attempt == 3 {
            asks_again(cx, &error.action, &error.code);
        }
        tokio::select! {
            biased;
            () = cx.stop.requested() => return Err(error),
            () = cx.clock.sleep(pause) => {}
        }
    }
}

/// Says that something is asked for again and again from now on.
pub(crate) fn asks_again(cx: &Context, action: &str, code: &str) {
    cx.events
        .warn(format!("{action} answered {code}; asking again"));
    cx.events
        .wait_for(format!("still asking {action}, which answers {code}"));
}

/// Repeats a read until it is answered or repeating does not help.
///
/// # Errors
/// The end of the run.
pub(crate) async fn patiently<T>(
    cx: &Context,
    read: impl AsyncFn() -> Result<T, CallError>,
) -> Result<T, Ended> {
    match persist(cx, read).await {
        Ok(value) => Ok(value),
        Err(_) if cx.stop.is_requested() => Err(Box::new(Finished::new(Outcome::Interrupted))),
        Err(error) => Err(cx.fail(&error)),
    }
}
