//! What would change in the stacks that are there, asked before anything is changed.

use futures_util::future::join_all;

use super::changes::{PAUSE, forget};
use super::run::{Reviews, Run, outputs};
use super::stack::has_lost_its_change_set;
use super::status::Work;
use crate::context::Ended;
use crate::event::{Finished, Outcome};

impl Run<'_> {
    /// Asks what would change in every stack that is there with all that it needs, before anything is changed: a run that
    /// is refused has changed nothing. Nothing where a change set vanished: somebody deletes or changes its stack, whether that
    /// shows already or not (section 3.3).
    ///
    /// # Errors
    /// The end of the run, with every change set forgotten.
    pub(super) async fn review(&self) -> Result<Option<Reviews>, Ended> {
        let is_there = |key: &String| self.ready.work.get(key) == Some(&Work::Update);
        let outputs = outputs(&self.ready.existing);
        let stable = self
            .entries()
            .filter(|(entry, _)| is_there(&entry.key) && entry.needs.iter().all(is_there));
        let reviewed = stable.map(async |pair| {
            let deploying = self.deploying(pair, &outputs, None);
            let stack = self.ready.existing.get(&pair.0.key);
            (deploying.review(stack, 0).await, deploying)
        });
        let mut reviews = Reviews::new();
        let mut objection: Option<(Outcome, String)> = None;
        let mut failed = None;
        for (reviewed, deploying) in join_all(reviewed).await {
            match reviewed {
                Ok(Ok(review)) => {
                    objection = objection.or_else(|| deploying.objection(&review));
                    reviews.insert(deploying.entry.key.clone(), review);
                }
                Ok(Err(why)) => objection = objection.or(Some((Outcome::Failed, why))),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        if self.cx.stop.is_requested() {
            self.forget(reviews).await;
            return Err(Box::new(Finished::new(Outcome::Interrupted)));
        }
        if objection.is_none() && failed.is_none() {
            return Ok(Some(reviews));
        }
        self.forget(reviews).await;
        if let Some(error) = failed {
            if has_lost_its_change_set(&error) {
                self.cx.pause(PAUSE, self.cx.deadline).await;
                return Ok(None);
            }
            return Err(self.cx.fail(&error));
        }
        let (outcome, why) = objection.unwrap_or((Outcome::Failed, String::new()));
        Err(self.cx.end(outcome, why))
    }

    /// Removes change sets that are not needed any more.
    pub(super) async fn forget(&self, reviews: Reviews) {
        let forgotten = reviews.values().map(|review| forget(self.cx, &review.set));
        join_all(forgotten).await;
    }
}
