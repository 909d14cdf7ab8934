//! `up` from its first look to its last.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::FutureExt;
use futures_util::stream::FuturesUnordered;

use super::changes::Review;
use super::domain::DOMAIN;
use super::participants::{Lacking, Providing};
use super::plan as planning;
use super::preflight;
use super::prepare::{self, Ready};
use super::request::Request;
use super::result;
use super::stack::{Deployed, Deploying, Steps, Unfinished};
use super::trace::Trace;
use crate::aws::cloudformation::Stack;
use crate::context::{Context, Ended};
use crate::event::{Event, Finished, Outcome, Step, StepOutcome, Trouble};
use crate::patience::persist;
use crate::stacks::Entry;

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
    let trace = Trace::default();
    let run = Run {
        cx,
        request,
        ready: &ready,
        steps: &steps,
        trace: &trace,
    };
    let reviews = match run.review().await {
        Ok(Some(reviews)) => reviews,
        Ok(None) if attempt == LOOKS => {
            let why = "somebody else changes the stacks again and again";
            return Err(cx.end(Outcome::Incomplete, why));
        }
        Err(ended) if attempt == LOOKS || !prepare::is_overtaken(cx, request, &ready).await? => {
            return Err(ended);
        }
        // Somebody else was at work meanwhile: everything is looked at anew.
        Ok(None) | Err(_) => {
            let message = "somebody else was at work meanwhile; looking anew".to_owned();
            cx.events.send(Event::Heartbeat { message });
            return Ok(None);
        }
    };
    let deployed = run.deploy(reviews).await;
    // Futures of many calls are large: those that stand beside each other are kept off the stack.
    let finished = result::finish(cx, request, deployed, &trace).boxed_local();
    Ok(Some(finished.await))
}

/// What there is, and that nothing known stands in the way.
pub(super) async fn ready(cx: &Context, request: &Request) -> Result<Ready, Ended> {
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
    pub lacking: Vec<Lacking>,
    /// The domain that participants are in.
    domain: Option<String>,
}

impl AllDeployed {
    pub(super) fn is_well(&self) -> bool {
        self.ended.is_empty() && self.lacking.is_empty()
    }
}

/// Something that was at work and has ended.
enum Ending<'a> {
    /// With the step that was at work last, and how long it was.
    Stack(&'a Entry, String, Duration, Deployed),
    /// User profiles in this domain.
    Profiles(Option<String>, Result<(), Lacking>),
    Apps(Result<(), Lacking>),
}

type Outputs = BTreeMap<String, BTreeMap<String, String>>;
pub(super) type Reviews = BTreeMap<String, Review>;

pub(super) fn outputs(stacks: &BTreeMap<String, Stack>) -> Outputs {
    let outputs = stacks.iter();
    outputs
        .map(|(key, stack)| (key.clone(), stack.outputs.clone()))
        .collect()
}

/// One run, once it is clear what is to be done.
pub(super) struct Run<'a> {
    pub cx: &'a Context,
    pub request: &'a Request,
    pub ready: &'a Ready,
    pub steps: &'a [Step],
    pub trace: &'a Trace,
}

impl<'a> Run<'a> {
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a Entry, &'a Step)> {
        let (request, steps) = (self.request, self.steps);
        let entries = request.manifest.stacks.iter();
        entries.filter_map(move |entry| {
            let name = entry.physical_name(&request.claim.environment);
            Some((entry, planning::making(steps, &name)?))
        })
    }

    /// A stack's own time begins now, and ends no later than the run's.
    fn deadline(&self, entry: &Entry) -> Duration {
        let own = entry.timeout.map(|own| self.cx.clock.elapsed() + own);
        own.map_or(self.cx.deadline, |own| own.min(self.cx.deadline))
    }

    pub(super) fn deploying<'b>(
        &self,
        (entry, step): (&'b Entry, &'b Step),
        outputs: &'b Outputs,
        review: Option<Review>,
    ) -> Deploying<'b>
    where
        'a: 'b,
    {
        let removal = planning::removal(self.steps, &step.resource.id);
        let removal = removal.map(|removal| removal.id.as_str());
        Deploying {
            cx: self.cx,
            request: self.request,
            entry,
            steps: Steps::new(removal, &step.id, self.cx.clock.elapsed()),
            zones: self
                .ready
                .zones
                .iter()
                .map(|zone| zone.id.clone())
                .collect(),
            outputs,
            review: Cell::new(review),
            deadline: self.deadline(entry),
            trace: self.trace,
            retried: Cell::new(false),
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
        // The stack whose domain participants are to come into.
        let mut studio: Option<String> = None;
        loop {
            // A participant who lacks something keeps nobody else from what is theirs.
            let may_start = all.ended.is_empty() && !cx.stop.is_requested();
            for (entry, step) in self.entries() {
                let has_needs = entry.needs.iter().all(|key| all.done.contains_key(key));
                if !may_start || !has_needs || !begun.insert(&entry.key) {
                    continue;
                }
                let first = planning::removal(self.steps, &step.resource.id).unwrap_or(step);
                cx.events.send(Event::StepStarted {
                    id: first.id.to_string(),
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
            if let Some(arn) = studio.take_if(|_| may_start) {
                running.push(self.profiles(arn).boxed_local());
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
                    self.ended(&mut all, (entry, &step), elapsed, deployed);
                    let done = all
                        .done
                        .get(&entry.key)
                        .filter(|_| self.has_participants(entry));
                    if let Some(stack) = done {
                        studio = Some(stack.arn.clone());
                    }
                }
                Some(Ending::Profiles(domain, provided)) => {
                    all.domain = all.domain.or(domain);
                    all.lacking.extend(provided.err());
                }
                Some(Ending::Apps(provided)) => all.lacking.extend(provided.err()),
            }
        }
        self.forget(reviews).await;
        all
    }

    async fn stack<'b>(
        &'b self,
        (entry, step): (&'b Entry, &'b Step),
        outputs: Outputs,
        review: Option<Review>,
    ) -> Ending<'b> {
        let deploying = self.deploying((entry, step), &outputs, review);
        let deployed = match deploying.run().await {
            Deployed::Ended(failed) if failed.outcome == Outcome::Failed => {
                Deployed::Ended(self.unless_torn(entry, failed).await)
            }
            deployed @ (Deployed::Done(..) | Deployed::Ended(_)) => deployed,
        };
        let (step, began) = (deploying.steps.current(), deploying.steps.began());
        let elapsed = self.cx.clock.elapsed().saturating_sub(began);
        Ending::Stack(entry, step.to_owned(), elapsed, deployed)
    }

    /// What failed because somebody has taken away meanwhile what it needs did not come to its end: the same command begins
    /// with what is there then.
    async fn unless_torn(&self, entry: &Entry, failed: Unfinished) -> Unfinished {
        let entries = self.request.manifest.stacks.iter();
        for needed in entries.filter(|other| entry.needs.contains(&other.key)) {
            let name = needed.physical_name(&self.request.claim.environment);
            let found = persist(self.cx, async || self.cx.aws.stack(&name).await).await;
            let is_going = |stack: Option<Stack>| {
                stack.is_none_or(|stack| stack.status.starts_with("DELETE_"))
            };
            if found.is_ok_and(is_going) {
                return Unfinished {
                    outcome: Outcome::Incomplete,
                    why: format!("somebody took {name} away meanwhile: {}", failed.why),
                    error: Some(failed.told()),
                    ..failed
                };
            }
        }
        failed
    }

    /// Whether a stack is the one whose domain the participants are in.
    fn has_participants(&self, entry: &Entry) -> bool {
        self.request.options.participants.are_asked_for() && entry.has(DOMAIN)
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
            roll: &self.ready.roll,
            trace: self.trace,
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

    /// Says why a step did not come to what was wanted. What merely goes on by itself has no cause of its own.
    fn tell(&self, (entry, step): (&Entry, &str), unfinished: &Unfinished) {
        let why = unfinished.why.clone();
        let goes_on = unfinished.error.is_none();
        // Two stacks may go on for the same reason.
        let of_stack = || {
            let name = entry.physical_name(&self.request.claim.environment);
            format!("{name}: {why}")
        };
        let trouble = match unfinished.outcome {
            Outcome::Interrupted if goes_on => return self.cx.events.warn(of_stack()),
            Outcome::Incomplete if goes_on => {
                let trouble = Trouble::because(why.clone());
                return self.cx.events.trouble(of_stack(), trouble);
            }
            Outcome::Succeeded
            | Outcome::Failed
            | Outcome::Incomplete
            | Outcome::Refused
            | Outcome::Blocked
            | Outcome::Interrupted => Trouble {
                what: why.clone(),
                step: Some(step.to_owned()),
                error: unfinished.error.clone(),
            },
        };
        self.cx.events.trouble(why, trouble);
    }

    fn ended(
        &self,
        all: &mut AllDeployed,
        (entry, step): (&Entry, &str),
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
                self.tell((entry, step), &unfinished);
                let goes_on = unfinished.goes_on();
                error = Some(unfinished.told());
                all.ended.push((entry.key.clone(), unfinished));
                if goes_on {
                    return;
                }
                StepOutcome::Failed
            }
        };
        self.cx.events.send(Event::StepFinished {
            id: step.to_owned(),
            outcome,
            elapsed_seconds: elapsed.as_secs_f64(),
            error,
        });
    }
}
