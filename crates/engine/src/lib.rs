//! Look, decide, act.
//!
//! A [`Subject`] has lists that can be looked at and actions that can be taken; each [`Turn`] of its decision says
//! which actions start now and which lists somebody waits for. [`run`] keeps at most one look of a list in flight,
//! lets every waiter share it, and goes on until the subject ends, the deadline passes or somebody stops it. It knows
//! no AWS and no clock of its own.

mod looks;

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use looks::Looks;

/// The clock of a run: moments are durations since it began.
pub trait Timer {
    fn now(&self) -> Duration;
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;
}

/// A list that somebody waits for: since when, and how long what is waited for usually takes.
#[derive(Clone, Copy, Debug)]
pub struct Want<F> {
    pub facet: F,
    /// When the oldest and the youngest of the waits began.
    pub oldest: Duration,
    pub youngest: Duration,
    pub usual: Duration,
}

/// What a decision asks the loop for.
#[derive(Clone, Debug)]
pub struct Turn<F, A> {
    pub start: Vec<A>,
    pub wants: Vec<Want<F>>,
    /// A moment at which to decide again although nothing was seen.
    pub wake: Option<Duration>,
    /// Nothing more is to be done.
    pub end: bool,
}

/// Something that is brought to a goal.
pub trait Subject {
    type Facet: Copy + Ord;
    type Action: Clone + Ord;

    /// Reads one list to its last page and remembers what it saw.
    fn look(&self, facet: Self::Facet) -> impl Future<Output = ()>;

    /// Takes one action and remembers how it was answered.
    fn act(&self, action: Self::Action) -> impl Future<Output = ()>;

    /// Decides, and notes that the returned actions are started.
    fn turn(&self, now: Duration) -> Turn<Self::Facet, Self::Action>;

    /// The lists that an action that was answered has changed, and how long after it they show it.
    fn changes(&self, action: &Self::Action) -> Vec<(Self::Facet, Duration)>;
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The subject said so.
    BySubject,
    /// The deadline passed.
    Deadline,
    /// Somebody stopped it; calls in flight got their grace.
    Stopped,
}

enum Finished<F, A> {
    Look(F),
    Action(A),
}

type Task<'a, F, A> = Pin<Box<dyn Future<Output = Finished<F, A>> + 'a>>;

/// How the loop is bounded.
pub struct Bounds<S> {
    /// Moment at which it gives up.
    pub deadline: Duration,
    /// Ready when somebody stops it.
    pub stop: S,
    /// How long calls in flight may take to end after a stop.
    pub grace: Duration,
    /// Makes the pauses between looks of different runs differ.
    pub seed: u64,
}

/// Runs until the subject ends, the deadline passes or it is stopped.
pub async fn run<S: Subject>(
    subject: &S,
    timer: &impl Timer,
    bounds: Bounds<impl Future<Output = ()>>,
) -> Ended {
    let mut stop = std::pin::pin!(bounds.stop);
    let mut looks: Looks<S::Facet> = Looks::new(bounds.seed);
    let mut looking: BTreeSet<S::Facet> = BTreeSet::new();
    let mut tasks: FuturesUnordered<Task<'_, S::Facet, S::Action>> = FuturesUnordered::new();
    loop {
        let now = timer.now();
        if now >= bounds.deadline {
            return Ended::Deadline;
        }
        let turn = subject.turn(now);
        if turn.end && tasks.is_empty() {
            return Ended::BySubject;
        }
        for action in turn.start {
            tasks.push(Box::pin(async move {
                subject.act(action.clone()).await;
                Finished::Action(action)
            }));
        }
        looks.want(&turn.wants);
        for facet in looks.due(now, &looking) {
            looking.insert(facet);
            tasks.push(Box::pin(async move {
                subject.look(facet).await;
                Finished::Look(facet)
            }));
        }
        let next = looks
            .next(&looking)
            .into_iter()
            .chain(turn.wake)
            .chain([bounds.deadline])
            .min();
        let pause = next.unwrap_or(bounds.deadline).saturating_sub(now);
        tokio::select! {
            biased;
            () = &mut stop => {
                settle(&mut tasks, timer, bounds.grace).await;
                return Ended::Stopped;
            }
            Some(finished) = tasks.next() => match finished {
                Finished::Look(facet) => {
                    looking.remove(&facet);
                    looks.seen(timer.now(), facet);
                }
                Finished::Action(action) => looks.changed(timer.now(), &subject.changes(&action)),
            },
            () = timer.sleep(pause) => {}
        }
    }
}

/// Lets calls in flight end, for a while.
async fn settle<F, A>(
    tasks: &mut FuturesUnordered<Task<'_, F, A>>,
    timer: &impl Timer,
    grace: Duration,
) {
    let mut over = std::pin::pin!(timer.sleep(grace));
    loop {
        tokio::select! {
            biased;
            finished = tasks.next() => if finished.is_none() { return },
            () = &mut over => return,
        }
    }
}
