//! Lives in one process: the real SDK reaches a simulated world through a connector, on tokio's paused clock.

pub(crate) mod connector;
pub(crate) mod hand;
pub(crate) mod nested;
pub(crate) mod process;
#[cfg(test)]
pub(crate) mod schema;
#[cfg(test)]
pub(crate) mod witness;
pub(crate) mod workshop;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use jumpstart_vpc::aws::client::{Access, Fixed};
use jumpstart_vpc::aws::{Aws, CallError};
use jumpstart_vpc::clock::Clock;
use jumpstart_vpc::context::Context;
use jumpstart_vpc::down::{self, Consent};
use jumpstart_vpc::event::{Event, Events, Finished, Sink};
use jumpstart_vpc::ownership::Claim;
use jumpstart_vpc::report::{Heading, Output};
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::stacks::parameters::Given;
use jumpstart_vpc::stop::Stop;
use jumpstart_vpc::{rehearsal, up};
use simulator::http::Shell;
use simulator::{Row, Scenario, SimTime, World};

use connector::{Gate, InProcess};

/// How often time passes for whoever watches: silence is to be noticed in time.
pub(crate) const PACE: Duration = Duration::from_secs(1);
pub(crate) const ENVIRONMENT: &str = "jumpstart-vpc";

/// Runs a future on a paused clock of its own, with every draw of the SDK seeded.
pub(crate) fn paused<T>(seed: u64, life: impl Future<Output = T>) -> T {
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(life)
}

/// Keeps every event.
#[derive(Clone, Default)]
pub(crate) struct Recorder(pub Rc<RefCell<Vec<Event>>>);

impl Sink for Recorder {
    fn take(&mut self, event: &Event) {
        self.0.borrow_mut().push(event.clone());
    }
}

/// Somebody who takes part in every context.
pub(crate) type Watcher = Rc<dyn Fn(&mut Context)>;

/// The scenario in an account that has asked for what sessions of people who deploy models need.
pub(crate) fn equipped(scenario: Scenario) -> Scenario {
    let mut scenario = scenario.with_accelerators();
    let pool = "ml.m5.xlarge for training warm pool usage";
    scenario.quotas.set(pool, 4).unwrap();
    scenario
}

/// A simulated world and somebody who works on it.
#[derive(Clone)]
pub(crate) struct Life {
    pub shell: Shell,
    pub gate: Gate,
    pub seed: u64,
    pub caller: &'static str,
    pub recorder: Recorder,
    pub deadline: Duration,
    /// Clients that reach the shell otherwise than in process.
    pub reached_by: Option<Aws>,
    /// Somebody who watches the runs: takes part in every context.
    pub watched_by: Option<Watcher>,
    /// Comes up without looking first whether it can: what refuses is the service.
    pub is_hasty: bool,
}

impl Life {
    pub(crate) fn new(scenario: Scenario, seed: u64) -> Self {
        let shell = Shell::begin(equipped(scenario), Some(seed), 1.0).unwrap();
        let deadline = Duration::from_secs(3 * 3600);
        Self {
            shell,
            gate: Gate::default(),
            seed,
            caller: "ann",
            recorder: Recorder::default(),
            deadline,
            reached_by: None,
            watched_by: None,
            is_hasty: false,
        }
    }

    /// Somebody in a copy of a world: what happens there happens nowhere else.
    pub(crate) fn within(world: &World, seed: u64) -> Self {
        Self {
            shell: Shell::resume(world.clone(), 1.0),
            ..Self::new(Scenario::default(), seed)
        }
    }

    /// The same world, in somebody else's hands.
    pub(crate) fn as_caller(&self, caller: &'static str) -> Self {
        Self {
            caller,
            recorder: Recorder::default(),
            ..self.clone()
        }
    }

    async fn connect(&self) -> Aws {
        let wall = Timestamp::from_millisecond(SimTime::START.0).unwrap();
        let http = InProcess::new(self.shell.clone(), self.gate.clone()).client();
        let fixed = Fixed {
            endpoint: "http://simulated".into(),
            region: "us-east-1".into(),
            access_key: self.caller.into(),
        };
        let access = Access {
            profile: None,
            only_profile: false,
            region: None,
            http,
            fixed: Some(fixed),
        };
        Aws::connect(access, &Clock::at(wall, 1.0)).await.unwrap()
    }

    pub(crate) async fn context(&self) -> Context {
        let aws = match &self.reached_by {
            Some(aws) => aws.clone(),
            None => self.connect().await,
        };
        let clock = aws.clock().clone();
        let heading = Heading {
            environment: Some(ENVIRONMENT.to_owned()),
            account: Some("111122223333".to_owned()),
            region: Some("us-east-1".to_owned()),
        };
        let heading = Rc::new(RefCell::new(heading));
        let mut context = Context {
            aws,
            deadline: self.deadline,
            clock,
            events: Events::new(self.recorder.clone()),
            stop: Stop::default(),
            output: Output::to(
                Box::new(std::io::sink()),
                Box::new(std::io::sink()),
                false,
                false,
            ),
            heading,
        };
        if let Some(watch) = &self.watched_by {
            watch(&mut context);
        }
        // Where something is measured nobody looks on.
        #[cfg(test)]
        if self.watched_by.is_none() {
            let witness = witness::Witness::of(&context);
            let sinks: Vec<Box<dyn Sink>> =
                vec![Box::new(self.recorder.clone()), Box::new(witness)];
            context.events = Events::new(sinks);
        }
        context
    }

    /// Lets time pass for whoever watches while something is done; a stage has a time of its own.
    async fn timed<T>(&self, cx: &Context, work: impl Future<Output = T>) -> T {
        if self.watched_by.is_some() {
            return work.await;
        }
        tokio::select! {
            biased;
            done = work => done,
            never = cx.events.keep_time(&cx.clock, PACE) => match never {},
        }
    }

    /// A run to its end, which is told to whoever watches.
    async fn run(&self, cx: &Context, work: impl Future<Output = Finished>) -> Finished {
        let finished = self.timed(cx, work).await;
        if self.watched_by.is_none() {
            cx.events.send(Event::Finished(finished.clone()));
        }
        finished
    }

    pub(crate) async fn claim(&self, cx: &Context, name: &str, explicit: bool) -> Claim {
        self.try_claim(cx, name, explicit).await.unwrap()
    }

    async fn try_claim(
        &self,
        cx: &Context,
        name: &str,
        explicit: bool,
    ) -> Result<Claim, CallError> {
        Ok(Claim {
            environment: name.to_owned(),
            explicit,
            identity: cx.aws.identity().await?,
            account: None,
        })
    }

    pub(crate) async fn up_with(&self, name: &str, manifest: Manifest) -> Finished {
        self.up_given(name, manifest, &[]).await
    }

    /// `up` with `--parameter KEY=VALUE`.
    pub(crate) async fn up_given(
        &self,
        name: &str,
        manifest: Manifest,
        given: &[(&str, String)],
    ) -> Finished {
        let options = up::Options::default();
        self.up_as(name, manifest, given, options).await
    }

    /// `up` with flags.
    pub(crate) async fn up_as(
        &self,
        name: &str,
        manifest: Manifest,
        given: &[(&str, String)],
        options: up::Options,
    ) -> Finished {
        let cx = self.context().await;
        self.up_in(&cx, name, manifest, given, options).await
    }

    /// `up` in a context that is given.
    pub(crate) async fn up_in(
        &self,
        cx: &Context,
        name: &str,
        manifest: Manifest,
        given: &[(&str, String)],
        options: up::Options,
    ) -> Finished {
        cx.heading.borrow_mut().environment = Some(name.to_owned());
        let claim = match self.try_claim(cx, name, true).await {
            Ok(claim) => claim,
            Err(error) => return *cx.fail(&error),
        };
        let request = up::Request {
            claim,
            manifest,
            given: Given {
                values: given
                    .iter()
                    .map(|(key, value)| ((*key).to_owned(), value.clone()))
                    .collect(),
            },
            role_arn: None,
            yes: true,
            seed: self.seed,
            inside: None,
            reached_by: up::ReachedBy::default(),
            options: up::Options {
                no_preflight: options.no_preflight || self.is_hasty,
                ..options
            },
        };
        self.run(cx, up::up(cx, &request)).await
    }

    pub(crate) async fn up(&self, name: &str) -> Finished {
        self.up_with(name, Manifest::embedded().unwrap()).await
    }

    pub(crate) async fn session(&self, name: &str, users: u32) {
        self.try_session(name, users).await.unwrap();
    }

    pub(crate) async fn try_session(&self, name: &str, users: u32) -> Result<(), CallError> {
        let cx = self.context().await;
        let session = rehearsal::session(&cx, name, "111122223333", users);
        self.timed(&cx, session).await
    }

    pub(crate) async fn down(&self, name: &str, consent: Consent) -> Finished {
        self.down_as(name, consent, |_| {}).await
    }

    /// `down` with something said besides.
    pub(crate) async fn down_as(
        &self,
        name: &str,
        consent: Consent,
        besides: impl FnOnce(&mut down::Request),
    ) -> Finished {
        let cx = self.context().await;
        cx.heading.borrow_mut().environment = Some(name.to_owned());
        let claim = match self.try_claim(&cx, name, true).await {
            Ok(claim) => claim,
            Err(error) => return *cx.fail(&error),
        };
        let mut request = down::Request {
            claim,
            consent,
            role_arn: None,
            domain: None,
            inside: None,
            seed: self.seed,
        };
        besides(&mut request);
        self.run(&cx, down::down(&cx, &request)).await
    }

    /// What exists of anybody's environments, by type and id.
    pub(crate) fn rows(&self) -> BTreeMap<String, Row> {
        self.shell.snapshot().environment_rows()
    }

    /// Actions that were called with intent to write, in order, with their error code.
    pub(crate) fn writes(&self) -> Vec<(String, Option<String>)> {
        let world = self.shell.snapshot();
        let writes = world.log().iter().filter(|entry| entry.write);
        writes
            .map(|entry| (entry.action.clone(), entry.code.clone()))
            .collect()
    }
}

/// Lets something run until it ends or its client dies.
pub(crate) async fn until_death<T>(life: &Life, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = life.gate.died() => None,
    }
}

/// `--yes`.
pub(crate) fn yes() -> Consent {
    Consent {
        yes: true,
        ..Consent::default()
    }
}

/// One of the sets of stacks in `tests/sets`.
pub(crate) fn set(name: &str) -> Manifest {
    let sets = Path::new("tests/sets");
    Manifest::in_folder(&sets.join(name)).unwrap()
}

/// `--force`.
pub(crate) fn force() -> Consent {
    let mut consent = Consent::default();
    consent.force();
    consent
}

/// Everything that was warned of in a life.
pub(crate) fn warnings(life: &Life) -> String {
    let events = life.recorder.0.borrow();
    let warnings = events.iter().filter_map(|event| {
        let Event::Warning { message, .. } = event else {
            return None;
        };
        Some(message.as_str())
    });
    warnings.collect::<Vec<_>>().join("\n")
}

/// What differs between two looks at the world, for messages.
pub(crate) fn difference(
    before: &BTreeMap<String, Row>,
    after: &BTreeMap<String, Row>,
) -> Vec<String> {
    let new = after
        .keys()
        .filter(|key| !before.contains_key(*key))
        .map(|key| format!("new: {key}"));
    let gone = before
        .keys()
        .filter(|key| !after.contains_key(*key))
        .map(|key| format!("gone: {key}"));
    let changed = before.iter().filter_map(|(key, row)| {
        let now = after.get(key)?;
        (now.revision != row.revision)
            .then(|| format!("changed: {key} {} -> {}", row.revision, now.revision))
    });
    new.chain(gone).chain(changed).collect()
}
