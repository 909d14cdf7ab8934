//! The heartbeat: a word about what is waited for when nothing else was said for a while.

use std::time::Duration;

use environment::decide::{Decision, Standing};

use super::Teardown;

/// Longest silence.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(30);

impl Teardown<'_> {
    pub(super) fn beat(&self, now: Duration, decision: &Decision<'_>) {
        if self.events.has_spoken() {
            self.spoke.set(now);
        } else if now.saturating_sub(self.spoke.get()) >= HEARTBEAT {
            self.spoke.set(now);
            let waiting = decision.standing.iter().filter(|(_, standing)| {
                matches!(standing, Standing::Settling | Standing::Pausing(..))
            });
            let names: Vec<String> = waiting
                .map(|(id, _)| format!("{} {}", id.kind.words(), short(&id.id)))
                .take(4)
                .collect();
            if !names.is_empty() {
                let names = names.join(", ");
                self.events.wait_for(format!("still waiting for {names}"));
            }
            self.events.has_spoken();
        }
    }
}

/// The name in a stack's ARN, anything else as it is.
fn short(id: &str) -> &str {
    if id.starts_with("arn:") {
        id.split('/').nth(1).unwrap_or(id)
    } else {
        id
    }
}
