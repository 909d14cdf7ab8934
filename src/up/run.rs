//! `up` from its first look to its last.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{FutureExt, join_all};
use futures_util::stream::FuturesUnordered;

use super::changes::Review;
use super::domain::DOMAIN;
use super::participants::{Lacking, Providing};
use super::patience::persist;
use super::plan as planning;
use super::preflight;
use super::prepare::{self, Ready};
use super::request::Request;
use super::result;
use super::stack::{Deployed, Deploying, Unfinished};
use super::status::Work;
use crate::aws::CallError;
use crate::aws::cloudformation::Stack;
use crate::context::{Context, Ended};
use crate::event::{Event, Finished, Outcome, Step, StepOutcome};
use crate::stacks::Entry;
use crate::stacks::origins::Told;

/// Longest silence.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// How often everything is looked at anew because somebody else was at work.
const LOOKS: u32 = 4;

/// Brings an environment up.
pub async fn up(cx: &Context, request: &Request) -> Finished {
    for attempt in 1..=LOOKS {
        match go_up(cx, request, attempt).await {
            Ok(Some(finished)) => return finished,
            Ok(None) => {}
            Err(ended) => return *ended,
        }
    }
    Finished::new(Outcome::Incomplete)
}

/// One attempt; nothing where somebody else changed what it was based on before it changed anything itself.
async fn go_up(cx: &Context, request: &Request, attempt: u32) -> Result<Option<Finished>, Ended> {
    let ready = ready(cx, request).await?;
    let steps = planning::steps(request, &ready);
    if attempt == 1 {
        planning::announce(cx, request, &steps);
    } else {
        planning::announce_anew(cx, &steps);
    }
    if !request.yes {
        if !cx.output.interactive {
            return Err(cx.refuse("there is no terminal to ask on: say --yes"));
        }
        if !cx.ask("Go ahead?").await? {
            return Err(cx.refuse("declined"));
        }
    }
    let run = Run {
        cx,
        request,
        ready: &ready,
        steps: &steps,
    };
    let deployed = match run.review().await {
        Ok(reviews) => run.deploy(reviews).await,
        // Somebody else was at work meanwhile: everything is looked at anew.
        Err(ended) if attempt < LOOKS && prepare::is_overtaken(cx, request, &ready).await? => {
            drop(ended);
            let message = "somebody else was at work meanwhile; looking anew".to_owned();
            cx.events.send(Event::Heartbeat { message });
            return Ok(None);
        }
        Err(ended) => return Err(ended),
    };
    Ok(Some(result::finish(cx, request, deployed).await))
}

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
    };
    let validated = if validate {
        run.validate().await.map_err(|error| cx.fail(&error))?
    } else {
        Vec::new()
    };
    Ok(Planned {
        values: run.values(),
        validated,
        steps,
    })
}

/// What there is, and that nothing known stands in the way.
async fn ready(cx: &Context, request: &Request) -> Result<Ready, Ended> {
    let mut ready = prepare::prepare(cx, request).await?;
    if !request.options.no_preflight {
        preflight::preflight(cx, request, &mut ready).await?;
    }
    Ok(ready)
}

/// How the stacks ended, by key.
#[derive(Default)]
pub(super) struct AllDeployed {
    pub done: BTreeMap<String, Stack>,
    /// Stacks that were written to.
    pub changed: BTreeSet<String>,
    pub ended: Vec<(String, Unfinished)>,
    /// What participants lack.
    pub lacking: Option<Lacking>,
    /// The domain that participants are in.
    domain: Option<String>,
}

impl AllDeployed {
    fn is_well(&self) -> bool {
        self.ended.is_empty() && self.lacking.is_none()
    }
}

/// Something that was at work and has ended.
enum Ending<'a> {
    Stack(&'a Entry, &'a Step, Duration, Deployed),
    /// User profiles in this domain.
    Profiles(Option<String>, Result<(), Lacking>),
    Apps(Result<(), Lacking>),
}

type Outputs = BTreeMap<String, BTreeMap<String, String>>;
type Reviews = BTreeMap<String, Review>;

fn outputs(stacks: &BTreeMap<String, Stack>) -> Outputs {
    let outputs = stacks.iter();
    outputs
        .map(|(key, stack)| (key.clone(), stack.outputs.clone()))
        .collect()
}

/// One run, once it is clear what is to be done.
struct Run<'a> {
    cx: &'a Context,
    request: &'a Request,
    ready: &'a Ready,
    steps: &'a [Step],
}

impl<'a> Run<'a> {
    fn entries(&self) -> impl Iterator<Item = (&'a Entry, &'a Step)> {
        self.request.manifest.stacks.iter().zip(self.steps)
    }

    fn deploying<'b>(
        &self,
        (entry, step): (&'b Entry, &'b Step),
        outputs: &'b Outputs,
        review: Option<Review>,
    ) -> Deploying<'b>
    where
        'a: 'b,
    {
        Deploying {
            cx: self.cx,
            request: self.request,
            entry,
            step: &step.id,
            zones: self
                .ready
                .zones
                .iter()
                .map(|zone| zone.id.clone())
                .collect(),
            outputs,
            review: Cell::new(review),
            retried: Cell::new(false),
        }
    }

    /// Asks what would change in every stack that is there with all that it needs, before anything is changed: a run that
    /// is refused has changed nothing.
    ///
    /// # Errors
    /// The end of the run, with every change set forgotten.
    async fn review(&self) -> Result<Reviews, Ended> {
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
            return Err(Box::new(Finished::new(Outcome::Interrupted)));
        }
        if objection.is_none() && failed.is_none() {
            return Ok(reviews);
        }
        self.forget(reviews).await;
        if let Some(error) = failed {
            return Err(self.cx.fail(&error));
        }
        let (outcome, why) = objection.unwrap_or((Outcome::Failed, String::new()));
        self.cx.events.warn(why);
        Err(Box::new(Finished::new(outcome)))
    }

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
            if !askable.contains(&work) || !entry.needs.iter().all(is_there) {
                continue;
            }
            let deploying = self.deploying((entry, step), &outputs, None);
            let existing = self.ready.existing.get(&entry.key);
            let lines = match deploying.review(existing, 0).await? {
                Ok(review) => {
                    deploying.forget(&review).await?;
                    review.words()
                }
                Err(why) => vec![why],
            };
            if existing.is_none() {
                // CloudFormation has made an empty stack to be reviewed.
                let name = deploying.name();
                let made = persist(self.cx, async || self.cx.aws.stack(&name).await).await?;
                if let Some(made) = made.filter(|made| made.status == "REVIEW_IN_PROGRESS") {
                    let stack = (made.name.as_str(), made.arn.as_str());
                    deploying
                        .delete(stack, "unreview", &BTreeSet::new())
                        .await?;
                }
            }
            validated.push((deploying.name(), lines));
        }
        Ok(validated)
    }

    /// Where the values of all parameters come from.
    fn values(&self) -> Vec<(String, Vec<Told>)> {
        let outputs = outputs(&self.ready.existing);
        let told = |(entry, step): (&'a Entry, &'a Step)| {
            let deploying = self.deploying((entry, step), &outputs, None);
            let existing = self.ready.existing.get(&entry.key);
            (deploying.name(), deploying.origins(existing))
        };
        self.entries().map(told).collect()
    }

    /// Removes change sets that are not needed any more. They do no harm, so nothing hangs on it.
    async fn forget(&self, reviews: Reviews) {
        for review in reviews.into_values() {
            let forgotten = persist(self.cx, async || {
                self.cx.aws.delete_change_set(&review.set).await
            });
            if let Err(error) = forgotten.await {
                self.cx.events.warn(format!(
                    "change set {} could not be removed: {}",
                    review.set, error.code
                ));
            }
        }
    }

    /// Starts everything as soon as what it needs is there; after the first failure nothing new is started, and what is at
    /// work is brought to rest.
    async fn deploy(&self, mut reviews: Reviews) -> AllDeployed {
        let cx = self.cx;
        let mut all = AllDeployed::default();
        let mut begun: BTreeSet<&str> = BTreeSet::new();
        let mut running = FuturesUnordered::new();
        let mut apps_begun = false;
        loop {
            let may_start = all.is_well() && !cx.stop.is_requested();
            for (entry, step) in self.entries() {
                let has_needs = entry.needs.iter().all(|key| all.done.contains_key(key));
                if !may_start || !has_needs || !begun.insert(&entry.key) {
                    continue;
                }
                cx.events.send(Event::StepStarted {
                    id: step.id.clone(),
                });
                let mut review = reviews.remove(&entry.key);
                if entry.needs.iter().any(|key| all.changed.contains(key)) {
                    // It was computed from outputs that may be others now.
                    let stale = review.take().map(|review| (entry.key.clone(), review));
                    self.forget(stale.into_iter().collect()).await;
                }
                running.push(
                    self.stack((entry, step), outputs(&all.done), review)
                        .boxed_local(),
                );
            }
            if may_start && !apps_begun && self.may_start_apps(&all) {
                apps_begun = true;
                running.push(self.apps(all.domain.clone()).boxed_local());
            }
            let next = tokio::select! {
                biased;
                next = running.next() => next,
                () = cx.clock.sleep(HEARTBEAT) => {
                    self.beat(begun.iter().filter(|key| !all.done.contains_key(**key)));
                    continue;
                }
            };
            match next {
                None => break,
                Some(Ending::Stack(entry, step, elapsed, deployed)) => {
                    self.ended(&mut all, (entry, step), elapsed, deployed);
                    let done = all
                        .done
                        .get(&entry.key)
                        .filter(|_| self.has_participants(entry));
                    if let Some(stack) = done.filter(|_| !cx.stop.is_requested()) {
                        running.push(self.profiles(stack.arn.clone()).boxed_local());
                    }
                }
                Some(Ending::Profiles(domain, provided)) => {
                    all.domain = all.domain.or(domain);
                    all.lacking = all.lacking.or(provided.err());
                }
                Some(Ending::Apps(provided)) => all.lacking = all.lacking.or(provided.err()),
            }
        }
        if !cx.stop.is_requested() {
            self.forget(reviews).await;
        }
        all
    }

    async fn stack<'b>(
        &'b self,
        (entry, step): (&'b Entry, &'b Step),
        outputs: Outputs,
        review: Option<Review>,
    ) -> Ending<'b> {
        let started = self.cx.clock.elapsed();
        let deploying = self.deploying((entry, step), &outputs, review);
        let deployed = deploying.run().await;
        let elapsed = self.cx.clock.elapsed().saturating_sub(started);
        Ending::Stack(entry, step, elapsed, deployed)
    }

    /// Whether a stack is the one whose domain the participants are in.
    fn has_participants(&self, entry: &Entry) -> bool {
        !self.request.options.participants.names.is_empty() && entry.has(DOMAIN)
    }

    fn may_start_apps(&self, all: &AllDeployed) -> bool {
        self.request.options.participants.starter_app
            && all.domain.is_some()
            && all.done.len() == self.request.manifest.stacks.len()
    }

    fn providing<'b>(&'b self, domain: &'b str) -> Providing<'b> {
        Providing {
            cx: self.cx,
            request: self.request,
            domain,
        }
    }

    async fn profiles(&self, arn: String) -> Ending<'_> {
        let members = persist(self.cx, async || self.cx.aws.stack_members(&arn).await).await;
        let members = match members {
            Ok(members) => members,
            Err(error) => {
                let outcome = self.cx.fail(&error).outcome;
                let left = Vec::new();
                return Ending::Profiles(None, Err(Lacking { outcome, left }));
            }
        };
        let mut domains = members.into_iter();
        let domain = domains.find(|it| it.kind == DOMAIN && !it.is_gone());
        let Some(domain) = domain.map(|member| member.id) else {
            return Ending::Profiles(None, Ok(()));
        };
        let provided = self.providing(&domain).profiles().await;
        Ending::Profiles(Some(domain), provided)
    }

    async fn apps(&self, domain: Option<String>) -> Ending<'_> {
        match domain {
            Some(domain) => Ending::Apps(self.providing(&domain).starter_apps().await),
            None => Ending::Apps(Ok(())),
        }
    }

    fn beat<'b>(&self, waited_for: impl Iterator<Item = &'b &'b str>) {
        if !self.cx.events.has_spoken() {
            let mut names: Vec<&str> = waited_for.copied().collect();
            if names.is_empty() {
                names.push("the participants");
            }
            self.cx.events.send(Event::Heartbeat {
                message: format!("still waiting for {}", names.join(", ")),
            });
            self.cx.events.has_spoken();
        }
    }

    fn ended(
        &self,
        all: &mut AllDeployed,
        (entry, step): (&Entry, &Step),
        elapsed: Duration,
        deployed: Deployed,
    ) {
        let mut error = None;
        let outcome = match deployed {
            Deployed::Done(stack, changed) => {
                all.done.insert(entry.key.clone(), *stack);
                if changed {
                    all.changed.insert(entry.key.clone());
                    StepOutcome::Done
                } else {
                    StepOutcome::Skipped
                }
            }
            Deployed::Ended(unfinished) => {
                self.cx.events.warn(unfinished.why.clone());
                error.clone_from(&unfinished.error);
                all.ended.push((entry.key.clone(), unfinished));
                StepOutcome::Failed
            }
        };
        self.cx.events.send(Event::StepFinished {
            id: step.id.clone(),
            outcome,
            elapsed_seconds: elapsed.as_secs_f64(),
            error,
        });
    }
}
