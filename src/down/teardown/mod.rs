//! A teardown at work: what it was given, and what it has met so far. As the loop sees it, it is in `subject`.

mod durations;
mod errors;
mod gone;
mod heartbeat;
mod late;
mod lists;
mod steps;
mod subject;
mod unexplained;
mod waits;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::time::Duration;

use environment::ledger::Action;
use environment::reading::Cause;
use environment::resource::{Data, DataKind};
use environment::{Intent, Ledger, ResourceId, World};

use crate::aws::CallError;
use crate::event::{ErrorTold, Events};
use crate::inventory::Inventory;
use crate::stop::Stop;
use late::Way;
use steps::Open;

pub(super) use gone::is_seen_gone;
pub(super) use steps::{OpenSteps, held_by};

pub(super) struct Teardown<'a> {
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
    steps: RefCell<BTreeMap<Action, Open>>,
    errors: RefCell<Vec<(ResourceId, CallError)>>,
    /// The last error of each step that is open.
    errors_by_step: RefCell<BTreeMap<Action, ErrorTold>>,
    /// The world of the last turn, which is not kept for being seen.
    seen: RefCell<Weak<World>>,
    spoke: Cell<Duration>,
    tokens: Cell<u32>,
    /// Data of ours that was seen in this run, by kind and id.
    pub(super) data: RefCell<BTreeMap<(DataKind, String), Data>>,
    /// Since when each thing is waited for.
    waiting: RefCell<BTreeMap<ResourceId, Duration>>,
    /// What is on its way by itself.
    ways: RefCell<BTreeMap<ResourceId, Way>>,
    /// When it was last searched for what works with interfaces that nothing explains, and how often.
    searched: Cell<(Duration, usize)>,
    /// When it was last looked who works in a domain whose interface stays.
    looked_for_apps: Cell<Option<Duration>>,
    seed: u64,
}

impl<'a> Teardown<'a> {
    pub(super) fn new(
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
            ways: RefCell::default(),
            searched: Cell::default(),
            looked_for_apps: Cell::default(),
            seed,
        }
    }

    /// A fresh token for a call, as long whatever it is about: SageMaker wants 32 characters at least.
    pub(super) fn token(&self) -> String {
        self.tokens.set(self.tokens.get() + 1);
        format!("down-{:016x}-{:016x}", self.seed, self.tokens.get())
    }

    pub(super) fn world(&self) -> Rc<World> {
        self.inventory.world(&self.intent)
    }

    /// Whether a step or a list was answered that the credentials have expired.
    pub(super) fn has_expired(&self, world: &World) -> bool {
        let lists = world.unknown.values().flatten();
        let mut causes = lists.map(|error| error.cause);
        self.expired.get() || causes.any(|cause| cause == Cause::Expired)
    }

    /// Notes the data of what is ours: some of it may have come after the first look.
    fn note_data(&self, world: &World) {
        let ours = world
            .resources()
            .filter(|resource| World::is_ours(resource, self.intent.include_located));
        let data = ours.filter_map(|resource| resource.data.as_deref());
        let mut noted = self.data.borrow_mut();
        for data in data {
            let id = (data.kind, data.id.clone());
            noted.entry(id).or_insert_with(|| data.clone());
        }
    }
}
