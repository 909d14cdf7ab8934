//! How a run is stopped: the first signal starts nothing new, the second ends it at once.

use std::cell::Cell;
use std::rc::Rc;

use tokio::sync::Notify;

/// Shared by everything that has to know.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    shared: Rc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    requested: Cell<bool>,
    changed: Notify,
}

impl Stop {
    /// Asks to stop.
    pub fn request(&self) {
        self.shared.requested.set(true);
        self.shared.changed.notify_waiters();
    }

    pub fn is_requested(&self) -> bool {
        self.shared.requested.get()
    }

    /// Ready once somebody asked.
    pub async fn requested(&self) {
        let changed = self.shared.changed.notified();
        if !self.is_requested() {
            changed.await;
        }
    }
}
