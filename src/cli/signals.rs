//! Signals: the first stops the run gently, the second at once.

use crate::context::Context;

/// Ready at the second signal; the first asks the run to stop.
pub(super) async fn watch(cx: &Context) {
    if next().await {
        cx.events.warn("stopping: nothing new is started; what CloudFormation and SageMaker have begun goes on by itself. Run the same command again to continue");
        cx.stop.request();
        next().await;
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
