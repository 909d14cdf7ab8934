//! A teardown as the loop sees it: what to look at, what to do, and what to tell.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::{Rc, Weak};
use std::time::Duration;

use engine::{Subject, Turn, Want};
use environment::decide::{Decision, Goal, Standing};
use environment::ledger::Action;
use environment::plan::step_id;
use environment::reading::Cause;
use environment::resource::{Data, DataKind, Goes, Status};
use environment::{
    Evidence, Facet, Intent, Kind, Ledger, ReadError, ResourceId, Verb, World, decide,
};

use crate::aws::CallError;
use crate::event::{ErrorTold, Event, Events, Named, Step, StepOutcome};
use crate::inventory::Inventory;
use crate::stacks::Failure;
use crate::stop::Stop;

/// How long after a write its list usually shows it.
const AFTER_WRITE: Duration = Duration::from_secs(2);
/// Longest silence.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// Steps of a kind that are under way at once: more would only wait for a call of their turn, each with the memory of one.
/// What a service lets through in the time of a call is less.
const AT_ONCE: usize = 16;
/// How long what only waits is waited for once something has failed: it may wait for just that.
const IN_VAIN: Duration = Duration::from_secs(900);
/// How long an interface of SageMaker's that nothing explains is taken for one whose owner has just gone.
const LINGERS: Duration = Duration::from_secs(60);
/// Pause between two searches for what works with such an interface: its lists cost a dozen calls.
const SEARCH_PAUSE: Duration = Duration::from_secs(15);
/// What may work with such an interface, in the order in which it is searched for. What an endpoint runs comes after it: no
/// interface is cut off under an endpoint that is known and whose model is not.
const MAY_WORK: [&[Facet]; 2] = [
    &[Facet::Jobs, Facet::Endpoints],
    &[Facet::Models, Facet::EndpointConfigs],
];

/// A teardown at work.
pub(crate) struct Teardown<'a> {
    pub inventory: &'a Inventory,
    pub intent: Intent,
    pub events: &'a Events,
    pub stop: &'a Stop,
    pub deadline: Duration,
    pub role_arn: Option<String>,
    /// Whose the environment is, as its marks say it.
    pub owner: String,
    /// The credentials have expired: nothing more can be asked for.
    pub(super) expired: Cell<bool>,
    pub(super) ledger: RefCell<Ledger>,
    steps: RefCell<BTreeMap<String, Open>>,
    errors: RefCell<Vec<(ResourceId, CallError)>>,
    /// The last error of each step that is open.
    errors_by_step: RefCell<BTreeMap<String, ErrorTold>>,
    /// The world of the last turn, which is not kept for being seen.
    seen: RefCell<Weak<World>>,
    spoke: Cell<Duration>,
    tokens: Cell<u32>,
    /// Data of ours that was seen in this run, by kind and id.
    pub(super) data: RefCell<BTreeMap<(DataKind, String), Data>>,
    /// Since when each thing is waited for.
    waiting: RefCell<BTreeMap<ResourceId, Duration>>,
    /// When it was last searched for what works with interfaces that nothing explains, and how often.
    searched: Cell<(Duration, usize)>,
    seed: u64,
}

/// A step that was told and has not ended.
struct Open {
    resource: ResourceId,
    /// The same for people.
    named: Named,
    started: Option<Duration>,
}

impl<'a> Teardown<'a> {
    pub(crate) fn new(
        inventory: &'a Inventory,
        intent: Intent,
        events: &'a Events,
        stop: &'a Stop,
        deadline: Duration,
        seed: u64,
    ) -> Self {
        Self {
            inventory,
            intent,
            events,
            stop,
            deadline,
            role_arn: None,
            owner: String::new(),
            expired: Cell::default(),
            ledger: RefCell::default(),
            steps: RefCell::default(),
            errors: RefCell::default(),
            errors_by_step: RefCell::default(),
            seen: RefCell::default(),
            spoke: Cell::new(Duration::ZERO),
            tokens: Cell::new(0),
            data: RefCell::default(),
            waiting: RefCell::default(),
            searched: Cell::default(),
            seed,
        }
    }

    /// Takes over the steps of the plan that was shown.
    pub(crate) fn expect(&self, steps: Vec<environment::Step>) {
        let mut open = self.steps.borrow_mut();
        for step in steps {
            open.insert(
                step.id(),
                Open {
                    named: Named::in_plan(&step),
                    resource: step.resource,
                    started: None,
                },
            );
        }
    }

    /// The errors that services answered, in order, each with what it was about.
    pub(crate) fn errors(&self) -> Vec<(ResourceId, CallError)> {
        self.errors.borrow().clone()
    }

    pub(super) fn note_error(&self, action: &Action, error: CallError) {
        let step = step_id(action.0, &action.1);
        let told = ErrorTold::from(&error);
        self.errors_by_step.borrow_mut().insert(step, told);
        self.errors.borrow_mut().push((action.1.clone(), error));
    }

    /// Notes why a stack operation failed, by CloudFormation's account: the step's own error, should it stay the last.
    pub(super) fn note_failure(&self, action: &Action, status: &str, cause: Option<&Failure>) {
        let step = step_id(action.0, &action.1);
        let untold = || Failure {
            reason: format!("the stack ended in {status}"),
            ..Failure::default()
        };
        let told = cause.map_or_else(|| untold().told(status), |cause| cause.told(status));
        self.errors_by_step.borrow_mut().insert(step, told);
    }

    /// Notes why something that was accepted did not go, in SageMaker's words: the step's own error, should it stay the last.
    pub(super) fn note_reason(&self, action: &Action, status: &str, why: String) {
        let told = ErrorTold {
            service: "sagemaker".to_owned(),
            code: status.to_owned(),
            message: why.clone(),
            request_id: None,
        };
        let step = step_id(action.0, &action.1);
        self.errors_by_step.borrow_mut().insert(step, told);
        self.ledger.borrow_mut().tell(action, why);
    }

    /// Tells what a step has met.
    pub(super) fn say(&self, action: &Action, message: String) {
        self.events.send(Event::StepProgress {
            id: step_id(action.0, &action.1),
            message,
        });
    }

    /// A fresh token for an operation of a stack.
    pub(super) fn token(&self, arn: &str) -> String {
        self.tokens.set(self.tokens.get() + 1);
        let tail: String = arn
            .chars()
            .rev()
            .take(12)
            .filter(char::is_ascii_alphanumeric)
            .collect();
        format!("down-{:016x}-{}-{tail}", self.seed, self.tokens.get())
    }

    pub(crate) fn world(&self) -> Rc<World> {
        self.inventory.world(&self.intent)
    }

    /// Whether this world, put together once for what was read, is that of the last turn; from now on it is.
    fn is_seen(&self, world: &Rc<World>) -> bool {
        let now = Rc::downgrade(world);
        let before = self.seen.replace(now.clone());
        before.ptr_eq(&now)
    }

    fn open_step(&self, now: Duration, world: &World, verb: Verb, id: &ResourceId) {
        let step = step_id(verb, id);
        let mut steps = self.steps.borrow_mut();
        let resource = world.get(id);
        let named = || resource.map_or_else(|| Named::of(id), Named::resource);
        if !steps.contains_key(&step) {
            self.events.send(Event::StepAdded {
                step: Step {
                    id: step.clone(),
                    kind: verb,
                    resource: named(),
                    needs: Vec::new(),
                    evidence: resource
                        .map(|resource| resource.evidence.clone())
                        .unwrap_or_default(),
                    destroys_data: verb == Verb::Delete
                        && resource.is_some_and(|resource| resource.data.is_some()),
                },
            });
        }
        let open = steps.entry(step.clone()).or_insert_with(|| Open {
            resource: id.clone(),
            named: named(),
            started: None,
        });
        if open.started.is_none() {
            open.started = Some(now);
            self.events.send(Event::StepStarted { id: step });
        }
    }

    /// A step is done when a fresh look no longer shows what it removes.
    fn close_steps(&self, now: Duration, world: &World) {
        let ended: Vec<String> = {
            let steps = self.steps.borrow();
            let gone = steps
                .iter()
                .filter(|(_, open)| is_seen_gone(world, &open.resource));
            gone.map(|(step, _)| step.clone()).collect()
        };
        for step in ended {
            if let Some(open) = self.steps.borrow_mut().remove(&step) {
                let outcome = if open.started.is_some() || step.starts_with("wait:") {
                    StepOutcome::Done
                } else {
                    StepOutcome::Skipped
                };
                let since = open
                    .started
                    .or_else(|| self.waiting.borrow().get(&open.resource).copied());
                self.close(step, outcome, now.saturating_sub(since.unwrap_or(now)));
            }
        }
    }

    /// Notes the data of what is ours: some of it may have come after the first look.
    fn note_data(&self, world: &World) {
        let ours = world
            .resources()
            .filter(|resource| World::is_ours(resource, self.intent.include_located));
        let data = ours.filter_map(|resource| resource.data.as_ref());
        let mut noted = self.data.borrow_mut();
        for data in data {
            let id = (data.kind, data.id.clone());
            noted.entry(id).or_insert_with(|| data.clone());
        }
    }

    fn close(&self, id: String, outcome: StepOutcome, elapsed: Duration) {
        let error = self.errors_by_step.borrow_mut().remove(&id);
        let tells = matches!(outcome, StepOutcome::Failed | StepOutcome::Blocked);
        let error = error.filter(|_| tells);
        self.events.send(Event::StepFinished {
            id,
            outcome,
            elapsed_seconds: elapsed.as_secs_f64(),
            error,
        });
    }

    /// What was to go and stands in a list that can no longer be read, with that list: nobody knows whether it has gone.
    pub(super) fn unseen(&self, world: &World) -> BTreeMap<ResourceId, (Named, Facet)> {
        let steps = self.steps.borrow();
        let shown = steps
            .values()
            .filter(|open| world.get(&open.resource).is_none());
        let unseen = shown.filter_map(|open| {
            let list = unknown_list(world, &open.resource)?;
            Some((open.resource.clone(), (open.named.clone(), list)))
        });
        unseen.collect()
    }

    /// Ends the steps that are left when nothing moves any more.
    pub(crate) fn close_rest(&self, now: Duration, decision: &Decision<'_>) {
        let left = std::mem::take(&mut *self.steps.borrow_mut());
        for (step, open) in left {
            let elapsed = now.saturating_sub(open.started.unwrap_or(now));
            match decision.standing.get(&open.resource) {
                Some(Standing::Blocked(path)) => {
                    // What it was answered before says less than what holds it.
                    let told = ErrorTold::of_ours("Held", held_by(path));
                    self.errors_by_step.borrow_mut().insert(step.clone(), told);
                    self.close(step, StepOutcome::Blocked, elapsed);
                }
                Some(Standing::Failed(why)) => self.close_failed(step, &open, why, elapsed),
                _ => {}
            }
        }
    }

    /// What was never begun did not fail: that it is left is told by the end.
    fn close_failed(&self, step: String, open: &Open, why: &str, elapsed: Duration) {
        if !self.errors_by_step.borrow().contains_key(&step) {
            if open.started.is_none() {
                return;
            }
            let told = ErrorTold::of_ours("StaysThere", why);
            self.errors_by_step.borrow_mut().insert(step.clone(), told);
        }
        self.close(step, StepOutcome::Failed, elapsed);
    }

    fn beat(&self, now: Duration, decision: &Decision<'_>) {
        if self.events.has_spoken() {
            self.spoke.set(now);
        } else if now.saturating_sub(self.spoke.get()) >= HEARTBEAT {
            self.spoke.set(now);
            let waiting = decision.standing.iter().filter(|(_, standing)| {
                matches!(standing, Standing::Settling | Standing::Pausing(..))
            });
            let names: Vec<String> = waiting
                .map(|(id, _)| format!("{} {}", id.kind.words(), short(&id.id)))
                .take(4)
                .collect();
            if !names.is_empty() {
                let names = names.join(", ");
                self.events.wait_for(format!("still waiting for {names}"));
            }
            self.events.has_spoken();
        }
    }
}

/// What stands in the way of something, nearest first, for people.
pub(super) fn held_by(path: &[ResourceId]) -> String {
    let path = path.iter();
    let path: Vec<String> = path
        .map(|id| format!("{} {}", id.kind.words(), id.id))
        .collect();
    format!("held by {}", path.join(", which is held by "))
}

/// The name in a stack's ARN, anything else as it is.
fn short(id: &str) -> &str {
    if id.starts_with("arn:") {
        id.split('/').nth(1).unwrap_or(id)
    } else {
        id
    }
}

/// How long a thing of this kind usually takes to go (section 4).
fn usual(kind: Kind) -> Duration {
    Duration::from_secs(match kind {
        Kind::App => 45,
        Kind::Space | Kind::UserProfile | Kind::MountTarget => 18,
        Kind::Domain => 100,
        Kind::Endpoint | Kind::InferenceComponent => 70,
        Kind::NetworkInterface | Kind::VpnGateway | Kind::CarrierGateway => 20,
        Kind::FileSystem | Kind::SecurityGroup => 8,
        Kind::TuningJob | Kind::TrainingJob | Kind::ProcessingJob | Kind::TransformJob => 90,
        Kind::Stack
        | Kind::MonitoringSchedule
        | Kind::PipelineExecution
        | Kind::Notebook
        | Kind::WarmPool
        | Kind::VpcEndpoint
        | Kind::NatGateway => 60,
        Kind::ScalableTarget
        | Kind::Pipeline
        | Kind::AttachedPolicy
        | Kind::InlinePolicy
        | Kind::LogGroup
        | Kind::LogStream
        | Kind::Subnet
        | Kind::RouteTable
        | Kind::NetworkAcl
        | Kind::InternetGateway
        | Kind::EgressOnlyGateway
        | Kind::Instance
        | Kind::Vpc
        | Kind::Companion
        | Kind::EndpointConfig
        | Kind::Model
        | Kind::DomainMark
        | Kind::KeptMark
        | Kind::GroupRules
        | Kind::Retained => 4,
    })
}

impl Subject for Teardown<'_> {
    type Facet = Facet;
    type Action = Action;

    async fn look(&self, facet: Facet) {
        self.inventory.read(facet).await;
    }

    async fn act(&self, action: Action) {
        let answer = self.take(&action).await;
        let now = self.inventory.aws().clock().elapsed();
        let mut ledger = self.ledger.borrow_mut();
        ledger.answer(&action, &answer, now);
        // What was seen gone while the answer was on its way does not come to be seen gone again.
        if is_seen_gone(&self.world(), &action.1) {
            ledger.forget_one(&action);
        }
    }

    fn turn(&self, now: Duration) -> Turn<Facet, Action> {
        let world = self.world();
        if !self.is_seen(&world) {
            self.close_steps(now, &world);
            self.ledger
                .borrow_mut()
                .forget(|id| is_seen_gone(&world, id));
            self.note_data(&world);
        }
        let decision = decide(&world, &self.intent, &self.ledger.borrow(), now);
        let has_expired = self.has_expired(&world);
        let start = if self.stop.is_requested() || has_expired {
            Vec::new()
        } else {
            due(&decision)
        };
        for action in &start {
            self.open_step(now, &world, action.0, &action.1);
            self.ledger.borrow_mut().start(action);
        }
        self.beat(now, &decision);
        let heartbeat = self.spoke.get() + HEARTBEAT;
        Turn {
            start,
            wants: self.wants(now, &world, &decision),
            wake: decision.wake().into_iter().chain([heartbeat]).min(),
            end: decision.goal != Goal::Pending
                || has_expired
                || is_last_look_due(&world, &decision)
                || self.waits_in_vain(now, &world, &decision),
        }
    }

    fn changes(&self, action: &Action) -> Vec<(Facet, Duration)> {
        // A stack's deletion is answered when it has ended; anything else has only been accepted.
        let (others, after): (&[Facet], Duration) = if action.1.kind == Kind::Stack {
            let others = &[
                Facet::NetworkInterfaces,
                Facet::SecurityGroups,
                Facet::NetworkParts,
                Facet::RolePolicies,
            ];
            (others, Duration::ZERO)
        } else {
            (&[], AFTER_WRITE)
        };
        let own = action.1.kind.facet();
        let facets = others.iter().copied().chain([own]);
        facets.map(|facet| (facet, after)).collect()
    }
}

/// A list that is waited for since a moment.
fn wait_for(facet: Facet, since: Duration, usual: Duration) -> Want<Facet> {
    Want {
        facet,
        oldest: since,
        youngest: since,
        usual,
    }
}

impl Teardown<'_> {
    /// The lists to look at: those that somebody waits for, and those that may show what stands in the way.
    fn wants(&self, now: Duration, world: &World, decision: &Decision<'_>) -> Vec<Want<Facet>> {
        let mut wants = self.waits(now, world, decision);
        let others = self.lists_of_holders(decision).into_iter();
        let others = others.chain(self.lists_of_workers(now, world, decision).iter().copied());
        for facet in others.chain(unknown_lists(world, decision)) {
            wants
                .entry(facet)
                .or_insert_with(|| wait_for(facet, Duration::ZERO, Duration::ZERO));
        }
        wants.into_values().collect()
    }

    /// The lists that somebody waits for. What goes with an owner is waited for once the owner has gone.
    fn waits(
        &self,
        now: Duration,
        world: &World,
        decision: &Decision<'_>,
    ) -> BTreeMap<Facet, Want<Facet>> {
        let owner_is_there = |id: &ResourceId| {
            world.get(id).is_some_and(|resource| matches!(&resource.goes, Goes::With(owner) if world.get(owner).is_some()))
        };
        let waited: BTreeSet<&ResourceId> = decision
            .standing
            .iter()
            .filter(|(id, standing)| match standing {
                Standing::Settling => !owner_is_there(id),
                Standing::Pausing(_, until) => until.is_some(),
                Standing::Start(_)
                | Standing::Held
                | Standing::Blocked(_)
                | Standing::Unknown(_)
                | Standing::Failed(_) => false,
            })
            .map(|(id, _)| *id)
            .collect();
        let mut began = self.waiting.borrow_mut();
        began.retain(|id, _| waited.contains(id));
        let mut wants: BTreeMap<Facet, Want<Facet>> = BTreeMap::new();
        for id in waited {
            let since = began.get(id).copied().unwrap_or_else(|| {
                began.insert(id.clone(), now);
                now
            });
            let (facet, usual) = (id.kind.facet(), usual(id.kind));
            let want = wants
                .entry(facet)
                .or_insert_with(|| wait_for(facet, since, usual));
            want.oldest = want.oldest.min(since);
            want.youngest = want.youngest.max(since);
            want.usual = want.usual.min(usual);
        }
        wants
    }
}

/// The steps to start now: all that may be, as far as not too many of their kind are in flight. A stack's deletion is
/// followed to its end and is no call that waits for its turn.
fn due(decision: &Decision<'_>) -> Vec<Action> {
    let mut at_work: BTreeMap<Kind, usize> = BTreeMap::new();
    let in_flight = decision.standing.iter();
    for (id, _) in in_flight.filter(|(_, standing)| matches!(standing, Standing::Pausing(_, None)))
    {
        *at_work.entry(id.kind).or_default() += 1;
    }
    let due = decision.start().filter(|(_, id)| {
        let count = at_work.entry(id.kind).or_default();
        *count += 1;
        *count <= AT_ONCE || id.kind == Kind::Stack
    });
    due.map(|(verb, id)| (verb, id.clone())).collect()
}

/// Whether the service says of a thing that it is on its way out, or to where it can be removed.
fn is_on_its_way(world: &World, id: &ResourceId) -> bool {
    world
        .get(id)
        .is_some_and(|it| matches!(it.status, Status::Busy(_) | Status::Leaving(_)))
}

impl Teardown<'_> {
    /// Whether a step or a list was answered that the credentials have expired.
    pub(super) fn has_expired(&self, world: &World) -> bool {
        let lists = world.unknown.values().flatten();
        let mut causes = lists.map(|error| error.cause);
        self.expired.get() || causes.any(|cause| cause == Cause::Expired)
    }

    /// Whether something has failed, or will never be known, and all that still moves has been waited for in vain.
    pub(super) fn waits_in_vain(
        &self,
        now: Duration,
        world: &World,
        decision: &Decision<'_>,
    ) -> bool {
        let mut standing = decision.standing.values();
        let failed = standing.any(|standing| matches!(standing, Standing::Failed(_)));
        let lasting = |error: &Option<ReadError>| {
            let error = error.as_ref();
            error.is_some_and(|error| !error.is_transient())
        };
        if !failed && !world.unknown.values().any(lasting) {
            return false;
        }
        let waiting = self.waiting.borrow();
        decision
            .standing
            .iter()
            .all(|(id, standing)| match standing {
                Standing::Start(_) | Standing::Pausing(..) => false,
                // What the service says is on its way waits for nothing of ours: the deadline ends it.
                Standing::Settling if is_on_its_way(world, id) => false,
                Standing::Settling => waiting
                    .get(id)
                    .is_none_or(|since| now.saturating_sub(*since) >= IN_VAIN),
                Standing::Held
                | Standing::Blocked(_)
                | Standing::Unknown(_)
                | Standing::Failed(_) => true,
            })
    }

    /// Something holds what no list of ours shows a holder of: somebody has made it since.
    fn lists_of_holders(&self, decision: &Decision<'_>) -> BTreeSet<Facet> {
        let ledger = self.ledger.borrow();
        let pausing = decision.standing.iter();
        let refused = pausing.filter_map(|(id, standing)| {
            let Standing::Pausing(verb, Some(_)) = standing else {
                return None;
            };
            ledger.held(*verb, id).then_some(id.kind)
        });
        // Anything may hold a stack; what is new is most likely in its network.
        let of_network: &[Facet] = &[Facet::SecurityGroups, Facet::NetworkInterfaces];
        let holders = |kind: Kind| {
            if kind == Kind::Stack {
                of_network
            } else {
                kind.holder_facets()
            }
        };
        refused
            .flat_map(|kind| holders(kind).iter().copied())
            .collect()
    }

    /// The lists to search now for what works with an interface that SageMaker made with a role of ours and that nothing
    /// explains: somebody has started a job or an endpoint since they were read, and nothing else makes them be read again.
    fn lists_of_workers(
        &self,
        now: Duration,
        world: &World,
        decision: &Decision<'_>,
    ) -> &'static [Facet] {
        let (last, count) = self.searched.get();
        if count > 0 && now.saturating_sub(last) < SEARCH_PAUSE {
            return &[];
        }
        let began = self.waiting.borrow();
        let lasts = |id: &ResourceId| {
            let since = began.get(id);
            since.is_some_and(|since| now.saturating_sub(*since) >= LINGERS)
        };
        let mut standing = decision.standing.iter();
        let stays = standing.any(|(id, standing)| {
            let is_held = matches!(standing, Standing::Blocked(_));
            is_unexplained(world, id) && (is_held || lasts(id))
        });
        if !stays {
            return &[];
        }
        self.searched.set((now, count + 1));
        let lists = MAY_WORK.get(count % MAY_WORK.len());
        lists.copied().unwrap_or_default()
    }
}

/// Whether SageMaker made an interface with a role of ours, and nothing that is known works with it.
fn is_unexplained(world: &World, id: &ResourceId) -> bool {
    if id.kind != Kind::NetworkInterface {
        return false;
    }
    let evidence = world.get(id).map_or(&[][..], |it| &it.evidence);
    let has = |of: fn(&Evidence) -> bool| evidence.iter().any(of);
    has(|reason| matches!(reason, Evidence::Role(_)))
        && !has(|reason| matches!(reason, Evidence::NamedBy(_)))
}

/// Whether something is gone by lists that are known: one that is not known proves nothing.
pub(super) fn is_seen_gone(world: &World, id: &ResourceId) -> bool {
    world.get(id).is_none() && unknown_list(world, id).is_none()
}

/// A list that has to be known to tell whether something is there, and is not.
fn unknown_list(world: &World, id: &ResourceId) -> Option<Facet> {
    let lists = [id.kind.facet(), Facet::Stacks];
    let mut unknown = lists.into_iter();
    unknown.find(|facet| world.unknown.contains_key(facet))
}

/// Whether all that is missing is a look at lists that nobody has read since the environment changed its shape: the last
/// look reads them all.
fn is_last_look_due(world: &World, decision: &Decision<'_>) -> bool {
    decision.standing.is_empty() && world.unknown.values().all(Option::is_none)
}

/// Lists that are not known and may be read by asking again, once those are known that they need ids of.
fn unknown_lists(world: &World, decision: &Decision<'_>) -> BTreeSet<Facet> {
    let missing = decision
        .standing
        .values()
        .filter_map(|standing| match standing {
            Standing::Unknown(facet) => Some(*facet),
            Standing::Start(_)
            | Standing::Pausing(..)
            | Standing::Settling
            | Standing::Held
            | Standing::Blocked(_)
            | Standing::Failed(_) => None,
        });
    let unknown = world
        .unknown
        .iter()
        .filter(|(_, error)| error.as_ref().is_none_or(ReadError::is_transient));
    let may_yet_be_known = |facet: &Facet| {
        let state = world.unknown.get(facet);
        state.is_some_and(|error| error.as_ref().is_none_or(ReadError::is_transient))
    };
    let ready = |facet: &Facet| !facet.needs_ids_of().iter().any(may_yet_be_known);
    missing
        .chain(unknown.map(|(facet, _)| *facet))
        .filter(ready)
        .collect()
}
