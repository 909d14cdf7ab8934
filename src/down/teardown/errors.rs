//! Why steps did not come to their end: what services answered, and the last error of each step.

use environment::ResourceId;
use environment::ledger::Action;

use super::Teardown;
use crate::aws::CallError;
use crate::event::ErrorTold;
use crate::stacks::Failure;

impl Teardown<'_> {
    /// The errors that services answered, in order, each with what it was about.
    pub(in super::super) fn errors(&self) -> Vec<(ResourceId, CallError)> {
        self.errors.borrow().clone()
    }

    pub(in super::super) fn note_error(&self, action: &Action, error: CallError) {
        let told = ErrorTold::from(&error);
        self.note_last(action, told);
        self.errors.borrow_mut().push((action.1.clone(), error));
    }

    /// Notes why a stack operation failed, by CloudFormation's account: the step's own error, should it stay the last.
    pub(in super::super) fn note_failure(
        &self,
        action: &Action,
        status: &str,
        cause: Option<&Failure>,
    ) {
        let untold = || Failure {
            reason: format!("the stack ended in {status}"),
            ..Failure::default()
        };
        let told = cause.map_or_else(|| untold().told(status), |cause| cause.told(status));
        self.note_last(action, told);
    }

    /// Notes why something that was accepted did not go, in SageMaker's words: the step's own error, should it stay the last.
    pub(in super::super) fn note_reason(&self, action: &Action, status: &str, why: String) {
        let told = ErrorTold {
            service: "sagemaker".to_owned(),
            code: status.to_owned(),
            message: why.clone(),
            request_id: None,
        };
        self.note_last(action, told);
        self.ledger.borrow_mut().tell(action, why);
    }

    /// Notes the last error of a step that is open.
    pub(super) fn note_last(&self, action: &Action, told: ErrorTold) {
        let mut errors = self.errors_by_step.borrow_mut();
        errors.insert(action.clone(), told);
    }
}
