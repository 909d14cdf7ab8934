//! A domain while it is being created: its id is written on our VPC as soon as it is known, and why it fails is read
//! while it still exists, because a rollback deletes it seconds later.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;

use environment::mark;
use tokio::sync::Notify;

use crate::aws::cloudformation::StackEvent;
use crate::aws::{CallError, Class};
use crate::context::Context;

/// Half of what CloudFormation takes at most to see that a domain failed: then it goes, and its reason with it.
const POLL: Duration = Duration::from_secs(2);
pub(super) const DOMAIN: &str = "AWS::SageMaker::Domain";

/// Watches the domains of one stack operation.
pub(super) struct DomainWatch<'a> {
    cx: &'a Context,
    environment: &'a str,
    /// Domains that this operation made.
    made: RefCell<BTreeSet<String>>,
    /// Those that are not settled yet.
    open: RefCell<BTreeSet<String>>,
    marked: RefCell<BTreeSet<String>>,
    failures: RefCell<BTreeMap<String, String>>,
    noticed: Notify,
}

impl<'a> DomainWatch<'a> {
    pub(super) fn new(cx: &'a Context, environment: &'a str) -> Self {
        Self {
            cx,
            environment,
            made: RefCell::default(),
            open: RefCell::default(),
            marked: RefCell::default(),
            failures: RefCell::default(),
            noticed: Notify::new(),
        }
    }

    /// Takes an event of the operation into account.
    pub(super) fn notice(&self, event: &StackEvent) {
        if event.kind != DOMAIN || event.physical_id.is_empty() {
            return;
        }
        let id = event.physical_id.clone();
        match event.status.as_str() {
            "CREATE_IN_PROGRESS" => {
                self.made.borrow_mut().insert(id.clone());
                self.open.borrow_mut().insert(id);
                self.noticed.notify_one();
            }
            // After a failure there may be time for one more look.
            "CREATE_FAILED" => self.noticed.notify_one(),
            _ => {
                self.open.borrow_mut().remove(&id);
            }
        }
    }

    /// Domains that this operation made, whatever became of them.
    pub(super) fn made(&self) -> BTreeSet<String> {
        self.made.borrow().clone()
    }

    /// Why a domain failed, in the service's own words.
    pub(super) fn failure(&self) -> Option<String> {
        self.failures.borrow().values().next().cloned()
    }

    /// One look more at what did not settle: a domain that failed and was kept tells why, and one that is being rolled
    /// back may still.
    pub(super) async fn look_once_more(&self) {
        let open = self.open.borrow().clone();
        for id in open {
            // Advisory: without an answer CloudFormation's account stands.
            self.look(&id).await.unwrap_or_default();
        }
    }

    /// Looks at the domains that are being created, for as long as it is polled.
    pub(super) async fn run(&self) -> Infallible {
        loop {
            let open = self.open.borrow().clone();
            if open.is_empty() {
                self.noticed.notified().await;
                continue;
            }
            for id in open {
                // Advisory: what cannot be read now is read at the next look, and CloudFormation tells a cause as well.
                match self.look(&id).await {
                    Ok(()) => {}
                    Err(error) if error.class == Class::NotFound => {
                        self.open.borrow_mut().remove(&id);
                    }
                    Err(error) if error.class == Class::Denied => {
                        self.cx.events.warn(format!(
                            "{}: {}; why a domain fails may stay unknown",
                            error.action, error.code
                        ));
                        self.open.borrow_mut().remove(&id);
                    }
                    Err(_unanswered) => {}
                }
            }
            tokio::select! {
                biased;
                () = self.noticed.notified() => {}
                () = self.cx.clock.sleep(POLL) => {}
            }
        }
    }

    async fn look(&self, id: &str) -> Result<(), CallError> {
        let domain = self.cx.aws.domain(id).await?;
        if let Some(failure) = domain.failure.filter(|failure| !failure.is_empty()) {
            self.failures.borrow_mut().insert(id.to_owned(), failure);
        }
        let Some(vpc) = domain.vpc else { return Ok(()) };
        if self.marked.borrow().contains(id) {
            return Ok(());
        }
        match self.mark(id, &vpc).await {
            // The mark is for a teardown; why a domain fails is read on without it.
            Err(error) if error.class == Class::Denied => self.cx.events.warn(format!(
                "the mark on {vpc} cannot be written: {} answered {}",
                error.action, error.code
            )),
            marked => marked?,
        }
        self.marked.borrow_mut().insert(id.to_owned());
        Ok(())
    }

    /// Adds a domain's id to the mark on its VPC, where that is ours: stacks hand their tags on to it.
    async fn mark(&self, id: &str, vpc: &str) -> Result<(), CallError> {
        let found = self.cx.aws.vpc_tags(&[vpc.to_owned()]).await?;
        let Some((_, tags)) = found.into_iter().next() else {
            return Ok(());
        };
        if tags.get(mark::ENVIRONMENT).map(String::as_str) != Some(self.environment) {
            return Ok(());
        }
        let known = tags.get(mark::DOMAIN).map(String::as_str);
        let mut ids: BTreeSet<&str> = known.unwrap_or_default().split_whitespace().collect();
        if !ids.insert(id) {
            return Ok(());
        }
        let value = ids.into_iter().collect::<Vec<_>>().join(" ");
        self.cx.aws.tag(vpc, mark::DOMAIN, &value).await
    }
}
