//! What a stack's operation was to delete and could not: CloudFormation gives it up, and no stack has it any more.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::aws::cloudformation::StackEvent;
use crate::event::Named;

/// What could not be deleted, by physical id.
#[derive(Default)]
pub(super) struct Undeleted(RefCell<BTreeMap<String, Named>>);

impl Undeleted {
    /// Takes an event of the operation into account. CloudFormation tries again what failed.
    pub(super) fn notice(&self, event: &StackEvent) {
        let id = &event.physical_id;
        if event.status == "DELETE_FAILED" {
            self.0.borrow_mut().insert(id.clone(), named(event));
        } else if event.status.starts_with("DELETE_") {
            self.0.borrow_mut().remove(id);
        }
    }

    /// What is left, with CloudFormation's reasons.
    pub(super) fn named(&self) -> Vec<Named> {
        self.0.borrow().values().cloned().collect()
    }
}

fn named(event: &StackEvent) -> Named {
    Named {
        kind: event.kind.as_str().into(),
        id: event.physical_id.as_str().into(),
        name: Some(event.logical_id.as_str().into()),
        stack: None,
        reason: event.reason.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_at_another_try_is_not_left() {
        let undeleted = Undeleted::default();
        let event = |id: &str, status: &str| StackEvent {
            physical_id: id.to_owned(),
            status: status.to_owned(),
            reason: Some("in use".to_owned()),
            ..StackEvent::default()
        };
        for (id, status) in [
            ("a", "DELETE_IN_PROGRESS"),
            ("a", "DELETE_FAILED"),
            ("b", "DELETE_FAILED"),
            ("a", "DELETE_COMPLETE"),
            ("b", "UPDATE_COMPLETE"),
        ] {
            undeleted.notice(&event(id, status));
        }
        let left = undeleted.named();
        assert_eq!(left.len(), 1);
        assert_eq!(
            (left[0].id.as_str(), left[0].reason.as_deref()),
            ("b", Some("in use"))
        );
    }
}
