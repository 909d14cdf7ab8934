//! Signals: the first stops the run gently, the second at once.

use std::time::Duration;

use crate::context::Context;

/// What a run may take to end by itself after the first signal, in real time; the contract allows five seconds.
const GRACE: Duration = Duration::from_millis(4500);

/// Ready at the second signal, or when the run does not end by itself after the first, which asks it to.
pub(super) async fn watch(cx: &Context) {
    if next().await {
        cx.events.warn("stopping: nothing new is started; what CloudFormation and SageMaker have begun goes on by itself. Run the same command again to continue");
        cx.stop.request();
        tokio::select! {
            biased;
            _ = next() => {}
            () = cx.clock.sleep(cx.clock.real(GRACE)) => {}
        }
    }
    // A second signal, or no way to hear of any.
    if !cx.stop.is_requested() {
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn next() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let signals: Result<Vec<_>, _> = kinds.into_iter().map(signal).collect();
    let Ok(mut signals) = signals else {
        return false;
    };
    let [interrupt, terminate, hangup] = signals.as_mut_slice() else {
        return false;
    };
    tokio::select! {
        biased;
        _ = interrupt.recv() => true,
        _ = terminate.recv() => true,
        _ = hangup.recv() => true,
    }
}

#[cfg(not(unix))]
async fn next() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}

/// Ready at the first signal.
#[cfg(feature = "simulator")]
pub(super) async fn any() {
    if !next().await {
        std::future::pending::<()>().await;
    }
}
