//! The simulated world: everything that exists, everything that is due, and one function that answers a request.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::acts::Activity;
use crate::durations::Durations;
use crate::error::ServiceError;
use crate::faults::{AnswerKind, EffectKind, Faults, Subject};
use crate::index::{self, Index, Observer};
use crate::latency::Latency;
use crate::limits::{Buckets, Rates};
use crate::log::{Entry, Log};
use crate::numbers;
use crate::permissions::{self, Permissions};
use crate::queue::{Due, Event, Queue};
use crate::quotas::Quotas;
use crate::row::{Row, Scope};
use crate::scenario::Scenario;
use crate::service::{self, Invocation};
use crate::switches::Switches;
use crate::time::SimTime;
use crate::wire::{Output, Request, Response};
use crate::{auto_scaling, cloudformation, consistency, ec2, efs, iam, logs, sagemaker};

/// Account and region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Twelve digits.
    pub account: String,
    pub region: String,
}

impl Place {
    pub fn new(account: &str, region: &str) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
        }
    }

    /// `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:aws:{service}:{}:{}:{resource}",
            self.region, self.account
        )
    }
}

/// What exists in one region of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Region {
    pub cloudformation: cloudformation::State,
    pub ec2: ec2::State,
    pub efs: efs::State,
    pub sagemaker: sagemaker::State,
    pub logs: logs::State,
    pub auto_scaling: auto_scaling::State,
    pub index: Index,
}

impl Region {
    /// Everything that exists.
    fn rows(&self, place: &Place) -> Vec<Row> {
        let mut rows = Vec::new();
        self.cloudformation.rows(place, &mut rows);
        self.ec2.rows(place, &mut rows);
        self.efs.rows(place, &mut rows);
        self.logs.rows(place, &mut rows);
        self.auto_scaling.rows(place, &mut rows);
        self.sagemaker.rows(place, &mut rows);
        rows
    }

    /// Lets the index take notice of what has changed.
    fn observe(&mut self, place: &Place, now: SimTime, lag: &dyn Fn(&str) -> Duration) {
        let mut observer = Observer {
            index: &mut self.index,
            place,
            now,
            lag,
        };
        self.cloudformation.observe(&mut observer);
        self.ec2.observe(&mut observer);
        self.efs.observe(&mut observer);
        self.logs.observe(&mut observer);
        self.auto_scaling.observe(&mut observer);
        self.sagemaker.observe(&mut observer);
        self.index.forget(now);
        #[cfg(test)]
        self.check_index(place);
    }

    /// The index knows everything that there is as it is, and nothing else but the records of deleted apps.
    #[cfg(test)]
    fn check_index(&self, place: &Place) {
        let rows = self.rows(place);
        let there: BTreeMap<&str, _> = rows
            .iter()
            .map(|row| (row.arn.as_str(), (row.revision, &row.tags)))
            .collect();
        let mut known = self.index.known();
        known.retain(|arn, _| there.contains_key(arn) || !arn.contains(":app/"));
        assert_eq!(known, there, "the index has missed something");
    }
}

/// A step in a resource's life that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Update,
    Delete,
    /// What a service does when an update fails.
    Rollback,
    Start,
    Stop,
}

impl Operation {
    pub const ALL: [Operation; 3] = [Operation::Create, Operation::Update, Operation::Delete];

    pub fn word(self) -> &'static str {
        match self {
            Operation::Create => "create",
            Operation::Update => "update",
            Operation::Delete => "delete",
            Operation::Rollback => "rollback",
            Operation::Start => "start",
            Operation::Stop => "stop",
        }
    }
}

/// How a step in a resource's life will go.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    pub takes: Duration,
    pub end: End,
}

/// How a step in a resource's life ends.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Done,
    /// With this reason.
    Failed(String),
    /// Never.
    Stuck,
}

/// A call that was made and is in the log.
pub(crate) struct Made {
    pub(crate) result: Answered,
    request_id: String,
    latency: Duration,
    /// The connection breaks before the answer.
    dropped: bool,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The response, to be given after this much simulated time.
    Answer(Response, Duration),
    /// The connection breaks after this much simulated time without an answer.
    Drop(Duration),
}

/// The world.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct World {
    now: SimTime,
    start: SimTime,
    seed: u64,
    #[serde(with = "places")]
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
    /// Largest page that any list gives, whatever is asked for.
    pub largest_page: Option<usize>,
    /// Simulated latency of calls, and whether there is any.
    pub latency: Latency,
    /// What people will do by themselves.
    pub(crate) activity: Activity,
    /// Whether this is a fork for the ideal client of a bound.
    pub(crate) ideal: bool,
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
            largest_page: scenario.largest_page,
            latency: scenario.latency,
            activity: Activity::default(),
            ideal: false,
        };
        world.open(scenario);
        world
    }

    /// The present becomes the first instant of the scenario's world: what was until now is nobody's history, and the
    /// scenario's faults, rates and latency begin.
    pub(crate) fn open(&mut self, scenario: &Scenario) {
        self.start = self.now;
        self.log = Log::default();
        self.faults = Faults::default();
        self.buckets = Buckets::default();
        self.calls = 0;
        self.rates = scenario.rates.clone();
        self.latency = scenario.latency;
        for rule in &scenario.faults {
            self.faults.add(self.now, rule.clone());
        }
    }

    /// A copy for the ideal client of a bound, without the history. Who may do what is no matter there, nor in which
    /// order endpoints and apps begin to go: what an app loses by that, a client that knows it does not lose.
    pub(crate) fn ideal(&self) -> Self {
        Self {
            log: Log::default(),
            permissions: Permissions::default(),
            switches: Switches {
                apps_go_slowly_without_endpoints: false,
                ..self.switches.clone()
            },
            ideal: true,
            ..self.clone()
        }
    }

    /// Every region that somebody has looked at.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&Place, &Region)> {
        self.regions.iter()
    }

    /// Answers one request that arrives at `now`. Time never runs backwards: an earlier `now` counts as the present.
    pub fn handle(&mut self, now: SimTime, request: &Request) -> Reply {
        self.advance(now);
        let invocation = match service::route(request) {
            Ok(invocation) => invocation,
            Err(unrouted) => return self.refuse_unrouted(request, &unrouted),
        };
        let caller = service::caller(request);
        let place = Place::new(service::ACCOUNT, &service::region(request));
        let made = self.call(&invocation, &caller, place);
        if made.dropped {
            return Reply::Drop(made.latency);
        }
        let response = match made.result {
            Ok(output) => service::success(&invocation, &output, &made.request_id),
            Err(error) => service::refusal(invocation.service, &error, &made.request_id),
        };
        let response = response.header("date", &self.now.http_date());
        Reply::Answer(response, made.latency)
    }

    fn next_request_id(&mut self) -> String {
        self.calls += 1;
        crate::draw::uuid(self.seed, &["request", &self.calls.to_string()])
    }

    /// Makes one call now: faults and rates come first, and the log tells it.
    pub(crate) fn call(&mut self, invocation: &Invocation, caller: &str, place: Place) -> Made {
        let request_id = self.next_request_id();
        let mut touched = invocation.input.names();
        let subject = Subject::Call {
            action: &invocation.iam_action(),
            resources: &touched,
            caller,
        };
        let fault = self
            .faults
            .find(self.now, self.seed, subject)
            .and_then(|rule| rule.answer);
        let mut latency = self.draw_latency();
        let mut dropped = false;
        let mut effect = true;
        let mut forced = None;
        if let Some(answer) = fault {
            match answer.kind {
                AnswerKind::Slow => {
                    latency += numbers::duration(answer.seconds.unwrap_or(1.0));
                }
                AnswerKind::DropBefore => (dropped, effect) = (true, false),
                AnswerKind::DropAfter => dropped = true,
                AnswerKind::Error => {
                    let code = answer.code.as_deref().unwrap_or("InternalFailure");
                    let message = answer
                        .message
                        .as_deref()
                        .unwrap_or("An internal error occurred.");
                    forced =
                        Some(ServiceError::new(code, message).status(answer.status.unwrap_or(500)));
                }
                AnswerKind::Throttle => forced = Some(invocation.service.throttled()),
                AnswerKind::ExpiredCredentials => forced = Some(invocation.service.expired()),
            }
        }
        let rate = self
            .rates
            .of(invocation.service, &invocation.action, invocation.write());
        if forced.is_none()
            && effect
            && self.rates.enforced
            && !self
                .buckets
                .take(self.now, &place, &invocation.iam_action(), rate)
        {
            forced = Some(invocation.service.throttled());
        }
        let result = match forced {
            Some(error) => Err(error),
            None if effect => {
                let before = invocation
                    .write()
                    .then(|| consistency::before(self, &place));
                let allowed = permissions::check(self, &place, caller, invocation);
                let mut call = Call::of(self, &place, caller);
                let result = allowed.and_then(|()| service::perform(&mut call, invocation));
                for made in call.touched {
                    if !touched.contains(&made) {
                        touched.push(made);
                    }
                }
                if invocation.write() {
                    self.observe();
                }
                consistency::after(self, before.flatten());
                result
            }
            None => Err(ServiceError::new(
                "ConnectionDropped",
                "the connection broke before the request was read",
            )),
        };
        self.notice(invocation, caller, &touched);
        self.log.push(Entry {
            seq: 0,
            at: self.now.iso(),
            account: place.account,
            region: place.region,
            caller: caller.to_owned(),
            action: invocation.iam_action(),
            write: invocation.write(),
            resources: touched,
            code: result.as_ref().err().map(|error| error.code.clone()),
            request_id: request_id.clone(),
            latency_ms: u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
            instant: self.now,
        });
        Made {
            result,
            request_id,
            latency,
            dropped,
        }
    }

    /// A call that nobody could make, as its line in the log tells it.
    pub(crate) fn log_unmade(&mut self, action: &str, caller: &str, place: &Place, code: &str) {
        let request_id = self.next_request_id();
        self.log.push(Entry {
            seq: 0,
            at: self.now.iso(),
            account: place.account.clone(),
            region: place.region.clone(),
            caller: caller.to_owned(),
            action: action.to_owned(),
            write: false,
            resources: Vec::new(),
            code: Some(code.to_owned()),
            request_id,
            latency_ms: 0,
            instant: self.now,
        });
    }

    /// A request that is for no operation is a call too: it has its line in the log and its simulated date.
    fn refuse_unrouted(&mut self, request: &Request, unrouted: &service::Unrouted) -> Reply {
        let place = Place::new(service::ACCOUNT, &service::region(request));
        let (action, code) = (unrouted.iam_action(), &unrouted.error.code);
        self.log_unmade(&action, &service::caller(request), &place, code);
        let request_id = self.log.entries().last().map(|entry| &entry.request_id);
        let request_id = request_id.map_or("", String::as_str);
        let response = service::refusal(unrouted.service, &unrouted.error, request_id);
        let response = response.header("date", &self.now.http_date());
        Reply::Answer(response, Duration::ZERO)
    }

    fn draw_latency(&self) -> Duration {
        self.latency.spread().map_or(Duration::ZERO, |spread| {
            let call = self.calls.to_string();
            spread.at(crate::draw::unit(self.seed, &["latency", &call]))
        })
    }

    /// Lets time pass until `now`, with everything that is due on the way.
    pub fn advance(&mut self, now: SimTime) {
        while let Some((at, due)) = self.queue.pop(now) {
            self.now = self.now.max(at);
            self.fire(due);
        }
        self.now = self.now.max(now);
    }

    fn fire(&mut self, due: Due) {
        self.events += 1;
        let before = consistency::before(self, &due.place);
        match due.event {
            Event::CloudFormation(event) => cloudformation::fire(self, &due.place, event),
            Event::Ec2(event) => ec2::fire(self, &due.place, event),
            Event::Efs(event) => efs::fire(self, &due.place, event),
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

    /// The n of the n-th resource of this type and logical name, which makes ids independent of everything else.
    fn count(&mut self, place: &Place, kind: &str, name: &str) -> String {
        let minted = self
            .minted
            .entry(format!("{}/{}/{kind}/{name}", place.account, place.region))
            .or_default();
        *minted += 1;
        format!("{minted}")
    }

    /// A new id such as `subnet-0f3c…`: `digits` hexadecimal digits after the prefix, drawn for the type and the
    /// resource's logical name (a stack and logical id, a name given by the caller, or nothing).
    pub fn mint(
        &mut self,
        place: &Place,
        kind: &str,
        name: &str,
        prefix: &str,
        digits: usize,
    ) -> String {
        let n = self.count(place, kind, name);
        let parts = ["id", &place.account, &place.region, kind, name, &n];
        format!("{prefix}{}", crate::draw::hex(self.seed, &parts, digits))
    }

    /// A new UUID.
    pub fn mint_uuid(&mut self, place: &Place, kind: &str, name: &str) -> String {
        let n = self.count(place, kind, name);
        crate::draw::uuid(
            self.seed,
            &["uuid", &place.account, &place.region, kind, name, &n],
        )
    }

    /// `length` letters out of an alphabet, for names that AWS completes.
    pub fn mint_letters(
        &mut self,
        place: &Place,
        kind: &str,
        name: &str,
        alphabet: &[u8],
        length: usize,
    ) -> String {
        let n = self.count(place, kind, name);
        crate::draw::letters(
            self.seed,
            &["letters", &place.account, &place.region, kind, name, &n],
            alphabet,
            length,
        )
    }

    /// How long something of the durations' table takes for one resource. The same question has the same answer.
    pub fn draw(&self, name: &str, id: &str) -> Duration {
        self.durations
            .spread(name)
            .at(crate::draw::unit(self.seed, &["duration", name, id]))
    }

    /// How long a step takes that fails, where that is something else: `ENTRY failing` in the table.
    fn draw_failing(&self, entry: &str, id: &str) -> Option<Duration> {
        let entry = format!("{entry} failing");
        self.durations.knows(&entry).then(|| self.draw(&entry, id))
    }

    /// How a step in a resource's life will go: the table's duration, unless a fault says otherwise.
    pub fn course(&mut self, kind: &str, operation: Operation, id: &str) -> Course {
        self.course_named(kind, &format!("{kind} {}", operation.word()), operation, id)
    }

    /// As [`World::course`], with an entry of the table that is not named after the type.
    pub fn course_named(
        &mut self,
        kind: &str,
        entry: &str,
        operation: Operation,
        id: &str,
    ) -> Course {
        let takes = self.draw(entry, id);
        let subject = Subject::Life {
            kind,
            operation: operation.word(),
            id,
        };
        let effect = self
            .faults
            .find(self.now, self.seed, subject)
            .and_then(|rule| rule.effect);
        let Some(effect) = effect else {
            return Course {
                takes,
                end: End::Done,
            };
        };
        let takes = match (effect.seconds, effect.kind) {
            (Some(seconds), _) => numbers::duration(seconds),
            (None, EffectKind::Fail) => self.draw_failing(entry, id).unwrap_or(takes),
            (None, EffectKind::Take | EffectKind::Stuck) => takes,
        };
        let end = match effect.kind {
            EffectKind::Take => End::Done,
            EffectKind::Stuck => End::Stuck,
            EffectKind::Fail => End::Failed(
                effect
                    .reason
                    .unwrap_or_else(|| "Internal failure".to_owned()),
            ),
        };
        Course { takes, end }
    }

    /// How many items a page has: what was asked for or the service's default, within the world's own limit.
    pub fn page_size(&self, asked: Option<usize>, default: usize) -> usize {
        let size = asked.unwrap_or(default);
        self.largest_page
            .map_or(size, |largest| size.min(largest))
            .max(1)
    }
}

/// One call at work: the world, and on whose behalf.
pub struct Call<'a> {
    pub world: &'a mut World,
    pub place: Place,
    /// ARN of the caller.
    pub caller: String,
    /// What is called; page tokens are bound to it.
    pub(crate) action: String,
    touched: Vec<String>,
}

impl<'a> Call<'a> {
    pub(crate) fn of(world: &'a mut World, place: &Place, caller: &str) -> Self {
        Self {
            world,
            place: place.clone(),
            caller: caller.to_owned(),
            action: String::new(),
            touched: Vec::new(),
        }
    }

    /// Notes an id that the call made or found, for the log.
    pub fn touch(&mut self, id: impl Into<String>) {
        self.touched.push(id.into());
    }

    /// The state of the region that was called.
    pub fn region(&mut self) -> &mut Region {
        self.world.region(&self.place)
    }
}

/// The result of an operation.
pub type Answered = Result<Output, ServiceError>;

mod places {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Place, Region};

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<Place, Region>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<BTreeMap<Place, Region>, D::Error> {
        Ok(Vec::<(Place, Region)>::deserialize(input)?
            .into_iter()
            .collect())
    }
}
