//! The simulated world: everything that exists, everything that is due, and one function that answers a request.

mod calls;
mod course;
mod ids;
mod region;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::acts::Activity;
use crate::cloudformation::Templates;
use crate::durations::Durations;
use crate::faults::Faults;
use crate::index;
use crate::latency::Latency;
use crate::limits::{Buckets, Rates};
use crate::log::{Entry, Log};
use crate::permissions::{Permissions, Record};
use crate::queue::{Due, Event, Queue};
use crate::quotas::Quotas;
use crate::row::{Row, Scope};
use crate::scenario::Scenario;
use crate::switches::Switches;
use crate::time::SimTime;
use crate::{cloudformation, consistency, ec2, efs, iam, kms, sagemaker};

pub use calls::{Answered, Call, Reply};
pub use course::{Course, End, Operation};
pub use region::{Place, Region};

/// The world.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct World {
    now: SimTime,
    start: SimTime,
    seed: u64,
    #[serde(with = "region::places")]
    regions: BTreeMap<Place, Region>,
    /// IAM is one for all regions: by account.
    iam: BTreeMap<String, iam::State>,
    queue: Queue,
    log: Log,
    faults: Faults,
    buckets: Buckets,
    minted: BTreeMap<String, u64>,
    calls: u64,
    events: u64,
    pub switches: Switches,
    pub durations: Durations,
    pub rates: Rates,
    pub quotas: Quotas,
    /// Who may do what.
    pub permissions: Permissions,
    /// What was asked of them.
    #[serde(skip)]
    asked: Record,
    /// Largest page that any list gives, whatever is asked for.
    pub largest_page: Option<usize>,
    /// Ids of zones in which nothing new can be made.
    #[serde(default)]
    pub closed_zones: BTreeSet<String>,
    /// What is in S3 for CloudFormation.
    #[serde(default, skip_serializing_if = "Templates::is_empty")]
    pub(crate) templates: Templates,
    /// Simulated latency of calls, and whether there is any.
    pub latency: Latency,
    /// What people will do by themselves.
    pub(crate) activity: Activity,
    /// Whether this is a fork for the ideal client of a bound, which nobody saves.
    #[serde(skip)]
    pub(crate) ideal: bool,
    /// Whether stacks with endpoints wait there for the apps that need them.
    #[serde(skip)]
    pub(crate) endpoints_wait: bool,
}

impl World {
    /// The world of a scenario before anybody acts: [`World::begin`] lets its acts be done. `seed` overrides the
    /// scenario's.
    pub(crate) fn at(scenario: &Scenario, seed: Option<u64>, start: SimTime) -> Self {
        let mut world = Self {
            now: start,
            start,
            seed: seed.or(scenario.seed).unwrap_or(1),
            regions: BTreeMap::new(),
            iam: BTreeMap::new(),
            queue: Queue::default(),
            log: Log::default(),
            faults: Faults::default(),
            buckets: Buckets::default(),
            minted: BTreeMap::new(),
            calls: 0,
            events: 0,
            switches: scenario.switches.clone(),
            durations: scenario.durations.apply(),
            rates: scenario.rates.clone(),
            quotas: scenario.quotas.clone(),
            permissions: scenario.permissions(),
            asked: Record::default(),
            largest_page: scenario.largest_page,
            closed_zones: scenario.closed_zones.clone(),
            templates: Templates::of(&scenario.templates),
            latency: scenario.latency,
            activity: Activity::default(),
            ideal: false,
            endpoints_wait: false,
        };
        world.open(scenario);
        world
    }

    /// The present becomes the first instant of the scenario's world: what was until now is nobody's history, and the
    /// scenario's faults, rates and latency begin.
    pub(crate) fn open(&mut self, scenario: &Scenario) {
        self.start = self.now;
        self.log = Log::default();
        self.asked = Record::default();
        self.faults = Faults::default();
        self.buckets = Buckets::default();
        self.calls = 0;
        self.rates = scenario.rates.clone();
        self.latency = scenario.latency;
        for rule in &scenario.faults {
            self.faults.add(self.now, rule.clone());
        }
    }

    /// A copy for the ideal client of a bound, without the history. Who may do what, and how often, is no matter there.
    pub(crate) fn ideal(&self, endpoints_wait: bool) -> Self {
        Self {
            log: Log::default(),
            permissions: Permissions::default(),
            rates: Rates {
                enforced: false,
                ..self.rates.clone()
            },
            ideal: true,
            endpoints_wait,
            ..self.clone()
        }
    }

    /// Every region that somebody has looked at.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&Place, &Region)> {
        self.regions.iter()
    }

    /// Lets time pass until `now`, with everything that is due on the way.
    pub fn advance(&mut self, now: SimTime) {
        while let Some((at, due)) = self.queue.pop(now) {
            self.now = self.now.max(at);
            self.fire(due);
        }
        self.now = self.now.max(now);
        for region in self.regions.values_mut() {
            region.cloudformation.forget(self.now);
        }
    }

    fn fire(&mut self, due: Due) {
        self.events += 1;
        let before = consistency::before(self, &due.place);
        match due.event {
            Event::CloudFormation(event) => cloudformation::fire(self, &due.place, event),
            Event::Ec2(event) => ec2::fire(self, &due.place, event),
            Event::Efs(event) => efs::fire(self, &due.place, event),
            Event::Kms(event) => kms::fire(self, &due.place, &event),
            Event::SageMaker(event) => sagemaker::fire(self, &due.place, event),
            Event::Act(act) => self.act(&act),
        }
        self.observe();
        consistency::after(self, before);
    }

    /// Lets the index take notice of what has changed.
    fn observe(&mut self) {
        let (now, seed) = (self.now, self.seed);
        let lags = self.switches.tag_index_lags;
        let spread = self.durations.spread(index::LAG);
        let lag = |change: &str| {
            if !lags {
                return Duration::ZERO;
            }
            spread.at(crate::draw::unit(seed, &["duration", index::LAG, change]))
        };
        for (place, region) in &mut self.regions {
            region.observe(place, now, &lag);
        }
    }

    /// When something happens by itself next.
    pub fn next_due(&self) -> Option<SimTime> {
        self.queue.next()
    }

    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Simulated time since the world began.
    pub fn elapsed(&self) -> Duration {
        self.now.since(self.start)
    }

    /// How many things have happened by themselves.
    pub fn events(&self) -> u64 {
        self.events
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    pub fn log(&self) -> &[Entry] {
        self.log.entries()
    }

    /// What policies were asked, and how they answered. A world that is read back has forgotten it.
    pub fn asked(&self) -> &Record {
        &self.asked
    }

    pub(crate) fn note_answer(&mut self, principal: &str, action: &str, is_allowed: bool) {
        self.asked.note(principal, action, is_allowed);
    }

    pub fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// What exists in a region; a region that nobody has looked at yet gets what every account has there.
    pub fn region(&mut self, place: &Place) -> &mut Region {
        let seed = self.seed;
        self.regions.entry(place.clone()).or_insert_with(|| Region {
            ec2: ec2::State::of_new_account(seed, place),
            ..Region::default()
        })
    }

    /// When the last role that was made is known to all services.
    pub(crate) fn roles_usable_from(&self) -> SimTime {
        let roles = self.iam.values().flat_map(|iam| iam.roles.values());
        let usable = roles.map(|role| iam::usable_from(self, role));
        usable.max().unwrap_or(self.start)
    }

    /// IAM of an account.
    pub fn iam(&mut self, account: &str) -> &mut iam::State {
        self.iam.entry(account.to_owned()).or_default()
    }

    /// IAM of an account, where there is anything in it.
    pub(crate) fn iam_state(&self, account: &str) -> Option<&iam::State> {
        self.iam.get(account)
    }

    /// Everything that exists, sorted by type and id.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (place, region) in &self.regions {
            rows.extend(region.rows(place));
        }
        for (account, iam) in &self.iam {
            iam.rows(account, &mut rows);
        }
        for region in self.regions.values() {
            region.cloudformation.name_members(&mut rows);
        }
        rows.sort_by(|one, other| (&one.kind, &one.id).cmp(&(&other.kind, &other.id)));
        rows
    }

    /// What exists of anybody's environments, by `TYPE ID`.
    pub fn environment_rows(&self) -> BTreeMap<String, Row> {
        let rows = self.rows().into_iter();
        let rows = rows.filter(|row| row.scope == Scope::Environment);
        rows.map(|row| (format!("{} {}", row.kind, row.id), row))
            .collect()
    }

    /// Lets `event` happen after `delay`.
    pub fn schedule(&mut self, delay: Duration, place: &Place, event: Event) {
        self.queue.push(
            self.now.plus(delay),
            Due {
                place: place.clone(),
                event,
            },
        );
    }

    /// How many items a page has: what was asked for or the service's default, within the world's own limit.
    pub fn page_size(&self, asked: Option<usize>, default: usize) -> usize {
        let size = asked.unwrap_or(default);
        self.largest_page
            .map_or(size, |largest| size.min(largest))
            .max(1)
    }
}
