//! What `up` would do, without doing it.

use std::collections::BTreeSet;

use super::changes::forget;
use super::onward;
use super::plan as planning;
use super::request::Request;
use super::run::{Run, outputs, ready};
use super::stack::Deploying;
use super::status::Work;
use super::trace::Trace;
use crate::aws::CallError;
use crate::aws::cloudformation::Stack;
use crate::context::{Context, Ended};
use crate::event::{Finished, Outcome, Step};
use crate::patience::persist;
use crate::stacks::Entry;
use crate::stacks::origins::Told;

/// What `up` would do.
pub struct Planned {
    pub steps: Vec<Step>,
    /// Parameters of each stack, by its physical name, and where their values come from.
    pub values: Vec<(String, Vec<Told>)>,
    /// What CloudFormation itself says of each stack that it could be asked about, by its physical name.
    pub validated: Vec<(String, Vec<String>)>,
}

/// What `up` would do, without doing it. With `validate` CloudFormation computes it too, by change sets that are made and
/// removed again.
///
/// # Errors
/// The end of the run where there is no plan.
pub async fn plan(cx: &Context, request: &Request, validate: bool) -> Result<Planned, Ended> {
    let ready = ready(cx, request).await?;
    let steps = planning::steps(request, &ready);
    let run = Run {
        cx,
        request,
        ready: &ready,
        steps: &steps,
        trace: &Trace::default(),
    };
    let validated = if validate {
        run.validate().await.map_err(|error| cx.fail(&error))?
    } else {
        Vec::new()
    };
    if cx.stop.is_requested() {
        return Err(Box::new(Finished::new(Outcome::Interrupted)));
    }
    Ok(Planned {
        values: run.values(),
        validated,
        steps,
    })
}

impl Run<'_> {
    /// Asks CloudFormation about every stack whose needs are there, and takes back what that leaves.
    ///
    /// # Errors
    /// As any call.
    async fn validate(&self) -> Result<Vec<(String, Vec<String>)>, CallError> {
        let outputs = outputs(&self.ready.existing);
        let is_there = |key: &String| self.ready.work.get(key) == Some(&Work::Update);
        let mut validated = Vec::new();
        for (entry, step) in self.entries() {
            let askable = [Some(&Work::Update), Some(&Work::Create)];
            let work = self.ready.work.get(&entry.key);
            let may_ask = askable.contains(&work) && entry.needs.iter().all(is_there);
            if !may_ask || self.cx.stop.is_requested() {
                continue;
            }
            let deploying = self.deploying((entry, step), &outputs, None);
            let existing = self.ready.existing.get(&entry.key);
            let reviewed = deploying.review(existing, 0).await;
            if let Ok(Ok(review)) = &reviewed {
                forget(self.cx, &review.set).await;
            }
            if existing.is_none() {
                self.unreview(&deploying).await;
            }
            let lines = match reviewed? {
                Ok(review) => review.words(),
                Err(why) => vec![why],
            };
            validated.push((deploying.name(), lines));
        }
        Ok(validated)
    }

    /// Removes the empty stack that CloudFormation makes for a change set of a stack that does not exist.
    async fn unreview(&self, deploying: &Deploying<'_>) {
        let name = deploying.name();
        let made = persist(self.cx, async || self.cx.aws.stack(&name).await).await;
        let under_review = |made: &Stack| made.status == "REVIEW_IN_PROGRESS";
        let Some(made) = made.ok().flatten().filter(under_review) else {
            return;
        };
        let stack = (made.name.as_str(), made.arn.as_str());
        let removed = deploying.delete(stack, "unreview", &BTreeSet::new()).await;
        if !removed.is_ok_and(|gone| gone) {
            self.cx.events.warn(format!(
                "the empty stack {name} may still be there, under review; run: aws cloudformation delete-stack --stack-name {name}{}",
                onward::reach(self.cx, self.request)
            ));
        }
    }

    /// Where the values of all parameters come from.
    fn values(&self) -> Vec<(String, Vec<Told>)> {
        let outputs = outputs(&self.ready.existing);
        let told = |(entry, step): (&Entry, &Step)| {
            let deploying = self.deploying((entry, step), &outputs, None);
            // What is made anew keeps nothing.
            let stays = self.ready.work.get(&entry.key) != Some(&Work::Replace);
            let existing = self.ready.existing.get(&entry.key).filter(|_| stays);
            (deploying.name(), deploying.origins(existing))
        };
        self.entries().map(told).collect()
    }
}
