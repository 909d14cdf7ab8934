//! What happens to a stack and its members, as events tell it (section 3.3).

use serde::{Deserialize, Serialize};

use super::stack::{STACK_TYPE, Stack};
use crate::time::SimTime;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StackEvent {
    pub id: String,
    pub logical: String,
    pub physical: String,
    pub kind: String,
    pub status: String,
    pub reason: Option<String>,
    /// `DetailedStatus`.
    pub detailed: Option<String>,
    pub at: SimTime,
    pub token: Option<String>,
    pub operation: Option<String>,
}

/// A resource is told that another one's failure ended its step.
pub(crate) const CANCELLED: [&str; 2] =
    ["Resource creation cancelled", "Resource update cancelled"];

impl StackEvent {
    /// Whether it tells of a failure that has a cause of its own.
    pub(crate) fn is_failure(&self) -> bool {
        let cancelled = self
            .reason
            .as_deref()
            .is_some_and(|it| CANCELLED.contains(&it));
        self.status.ends_with("_FAILED") && !cancelled
    }
}

impl Stack {
    /// Notes what happens to the stack itself.
    pub(crate) fn stack_event(
        &mut self,
        now: SimTime,
        status: &str,
        reason: Option<&str>,
        event_id: String,
    ) {
        status.clone_into(&mut self.status);
        self.reason = reason.map(str::to_owned);
        self.revision += 1;
        let event = StackEvent {
            id: event_id,
            logical: self.name.clone(),
            physical: self.arn.clone(),
            kind: STACK_TYPE.to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
            detailed: None,
            at: now,
            token: self
                .operation
                .as_ref()
                .and_then(|operation| operation.token.clone()),
            operation: self
                .operation
                .as_ref()
                .map(|operation| operation.id.clone()),
        };
        self.events.push(event);
    }

    /// Notes what happens to a member; the event's id is `LOGICAL-STATUS-TIME` (section 3.3).
    pub(crate) fn member_event(
        &mut self,
        now: SimTime,
        logical: &str,
        status: &str,
        reason: Option<&str>,
    ) {
        let Some(member) = self.members.get_mut(logical) else {
            return;
        };
        status.clone_into(&mut member.status);
        member.reason = reason.map(str::to_owned);
        member.at = now;
        let (kind, physical) = (member.kind.clone(), member.physical.clone());
        self.event_of(now, logical, &kind, &physical, status, reason);
    }

    /// Notes that a member is as its properties say, and only has to come to rest (section 3.3).
    pub(crate) fn configured(&mut self, now: SimTime, logical: &str, status: &str) {
        let reason = Some("Eventual consistency check initiated");
        self.member_event(now, logical, status, reason);
        if let Some(event) = self.events.last_mut() {
            event.detailed = Some("CONFIGURATION_COMPLETE".to_owned());
        }
    }

    /// Notes what happens to a resource that no member stands for.
    pub(crate) fn event_of(
        &mut self,
        now: SimTime,
        logical: &str,
        kind: &str,
        physical: &str,
        status: &str,
        reason: Option<&str>,
    ) {
        let same = self
            .events
            .iter()
            .filter(|event| event.at == now && event.logical == logical && event.status == status)
            .count();
        let suffix = if same == 0 {
            String::new()
        } else {
            format!("-{same}")
        };
        self.revision += 1;
        self.events.push(StackEvent {
            id: format!("{logical}-{status}-{}{suffix}", now.iso()),
            logical: logical.to_owned(),
            physical: physical.to_owned(),
            kind: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
            detailed: None,
            at: now,
            token: self
                .operation
                .as_ref()
                .and_then(|operation| operation.token.clone()),
            operation: self
                .operation
                .as_ref()
                .map(|operation| operation.id.clone()),
        });
    }
}
