//! Calls: what stands in their way, what they do, and what is told of them.

use std::time::Duration;

use super::{Place, Region, World};
use crate::error::ServiceError;
use crate::faults::{AnswerKind, Subject};
use crate::log::Entry;
use crate::service::{self, Invocation, Service};
use crate::time::SimTime;
use crate::wire::{Output, Request, Response};
use crate::{consistency, numbers, permissions};

/// A call that was made and is in the log.
pub(crate) struct Made {
    pub(crate) result: Answered,
    request_id: String,
    latency: Duration,
    /// The connection breaks before the answer.
    dropped: bool,
}

/// What becomes of a call before anybody looks at it.
struct Fate {
    latency: Duration,
    /// The connection breaks before the answer.
    dropped: bool,
    /// The connection holds until the request has been read.
    arrives: bool,
    refusal: Option<ServiceError>,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The response, to be given after this much simulated time.
    Answer(Response, Duration),
    /// The connection breaks after this much simulated time without an answer.
    Drop(Duration),
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

impl World {
    /// Answers one request that arrives at `now`. Time never runs backwards: an earlier `now` counts as the present.
    pub fn handle(&mut self, now: SimTime, request: &Request) -> Reply {
        self.advance(now);
        let invocation = match service::route(request) {
            Ok(invocation) => invocation,
            Err(unrouted) => return self.refuse_unrouted(request, &unrouted),
        };
        let caller = match self.caller(request, invocation.service) {
            Ok(caller) => caller,
            Err(error) => {
                let refused = service::Unrouted {
                    service: invocation.service,
                    action: invocation.action,
                    error,
                };
                return self.refuse_unrouted(request, &refused);
            }
        };
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

    /// ARN of whoever signed a request: a role's session, or the user whose name is the access key.
    fn caller(&self, request: &Request, service: Service) -> Result<String, ServiceError> {
        let key = service::access_key(request);
        let sessions = self.iam_state(service::ACCOUNT).map(|iam| &iam.sessions);
        let Some(session) = sessions.and_then(|sessions| sessions.get(&key)) else {
            return Ok(service::user(&key));
        };
        if request.headers.get("x-amz-security-token") != Some(&session.token) {
            return Err(service.unknown_key());
        }
        if session.expires <= self.now {
            return Err(service.expired());
        }
        Ok(session.arn.clone())
    }

    fn next_request_id(&mut self) -> String {
        self.calls += 1;
        crate::draw::uuid(self.seed, &["request", &self.calls.to_string()])
    }

    /// Makes one call now: faults and rates come first, and the log tells it.
    pub(crate) fn call(&mut self, invocation: &Invocation, caller: &str, place: Place) -> Made {
        let request_id = self.next_request_id();
        let mut touched = invocation.input.names();
        let fate = self.fate(invocation, caller, &touched);
        let result = match fate.refusal {
            Some(error) => Err(error),
            None if !fate.arrives => Err(ServiceError::new(
                "ConnectionDropped",
                "the connection broke before the request was read",
            )),
            None if self.is_throttled(invocation, &place) => {
                Err(invocation.service.throttled(&self.switches))
            }
            None => self.perform(invocation, caller, &place, &mut touched),
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
            latency_ms: u64::try_from(fate.latency.as_millis()).unwrap_or(u64::MAX),
            instant: self.now,
        });
        Made {
            result,
            request_id,
            latency: fate.latency,
            dropped: fate.dropped,
        }
    }

    /// What the faults of the moment make of a call.
    fn fate(&mut self, invocation: &Invocation, caller: &str, resources: &[String]) -> Fate {
        let subject = Subject::Call {
            action: &invocation.iam_action(),
            resources,
            caller,
        };
        let fault = self.faults.find(self.now, self.seed, subject);
        let answer = fault.and_then(|rule| rule.answer);
        let mut fate = Fate {
            latency: self.draw_latency(),
            dropped: false,
            arrives: true,
            refusal: None,
        };
        let Some(answer) = answer else {
            return fate;
        };
        match answer.kind {
            AnswerKind::Slow => {
                fate.latency += numbers::duration(answer.seconds.unwrap_or(1.0));
            }
            AnswerKind::DropBefore => (fate.dropped, fate.arrives) = (true, false),
            AnswerKind::DropAfter => fate.dropped = true,
            AnswerKind::Error => {
                let code = answer.code.as_deref().unwrap_or("InternalFailure");
                let message = answer.message.as_deref();
                let message = message.unwrap_or("An internal error occurred.");
                let error = ServiceError::new(code, message);
                fate.refusal = Some(error.status(answer.status.unwrap_or(500)));
            }
            AnswerKind::Throttle => {
                fate.refusal = Some(invocation.service.throttled(&self.switches));
            }
            AnswerKind::ExpiredCredentials => fate.refusal = Some(invocation.service.expired()),
        }
        fate
    }

    /// Whether a call is one too many for its action's rate.
    pub(crate) fn is_throttled(&mut self, invocation: &Invocation, place: &Place) -> bool {
        if !self.rates.enforced {
            return false;
        }
        let (service, action) = (invocation.service, invocation.action.as_str());
        let rate = self.rates.of(service, action, invocation.write());
        let key = invocation.iam_action();
        !self.buckets.take(self.now, place, &key, rate)
    }

    /// Does what a call asks for, where the caller may.
    fn perform(
        &mut self,
        invocation: &Invocation,
        caller: &str,
        place: &Place,
        touched: &mut Vec<String>,
    ) -> Answered {
        let write = invocation.write();
        let before = write.then(|| consistency::before(self, place));
        let allowed = permissions::check(self, place, caller, invocation);
        let mut call = Call::of(self, place, caller);
        let result = allowed.and_then(|()| service::perform(&mut call, invocation));
        for made in call.touched {
            if !touched.contains(&made) {
                touched.push(made);
            }
        }
        if write {
            self.observe();
        }
        consistency::after(self, before.flatten());
        result
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
        let caller = service::user(&service::access_key(request));
        self.log_unmade(&action, &caller, &place, code);
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
}
