//! What a run has done so far, whatever becomes of it.

use std::cell::{Cell, RefCell};

use crate::aws::{CallError, Class};
use crate::event::Named;

#[derive(Debug, Default)]
pub(super) struct Trace {
    written: Cell<bool>,
    kept: RefCell<Vec<Named>>,
    left: RefCell<Vec<Named>>,
}

impl Trace {
    /// Something is about to be changed. Change sets are no changes: they go unexecuted.
    pub(super) fn write(&self) {
        self.written.set(true);
    }

    /// Something was asked for that changes the environment: done, unless it was refused. Without an answer it may be.
    pub(super) fn sent<T>(&self, answer: &Result<T, CallError>) {
        let is_refused = |error: &CallError| error.class != Class::Unreachable;
        if !answer.as_ref().is_err_and(is_refused) {
            self.write();
        }
    }

    pub(super) fn has_written(&self) -> bool {
        self.written.get()
    }

    /// Something of ours outlives what it was part of.
    pub(super) fn keep(&self, kept: Vec<Named>) {
        self.kept.borrow_mut().extend(kept);
    }

    /// Something of ours was to go and is there, in no stack.
    pub(super) fn leave(&self, left: Named) {
        self.left.borrow_mut().push(left);
    }

    pub(super) fn left(&self) -> Vec<Named> {
        self.left.borrow().clone()
    }

    pub(super) fn kept(&self) -> Vec<Named> {
        self.kept.borrow().clone()
    }
}
