//! The shortest simulated time in which any client could have brought one world to another.
//!
//! An ideal client works on a fork of the first world: it knows everything, its calls take no time and are never
//! throttled, and it asks for each thing at the instant at which the world first accepts it. Draws are hashes of what they
//! are drawn for, so the fork's durations are those of the life that was lived; the calls of that life play no part.
//!
//! What is a member of a stack goes with its stack, save for SageMaker's own and volumes, which CloudFormation cannot
//! remove in time. This is a restriction: a client that removed other members by hand, such as a VPC or its endpoints, at
//! the very instant at which each can go could save CloudFormation's own pauses, up to about four seconds.
//!
//! A stack may be deleted in several attempts, of which each removes what it can and fails at the rest, so a member is
//! bound by nothing but its service and the members that refer to it: on the fork one attempt stands for all of them
//! (`cloudformation::ideal`). Any client may lift a stack's termination protection before, and take off a stack's role the
//! policies that others gave it.

mod asking;
mod creation;
mod removal;
#[cfg(test)]
mod tests;

pub use creation::creation;
pub use removal::removal;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use crate::numbers;
use crate::row::Row;
use crate::service::{self, Invocation, Service};
use crate::time::SimTime;
use crate::wire::Input;
use crate::world::{Call, Place, World};

/// What any client needs at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound {
    /// Without any limit to the rate of calls.
    pub time: Duration,
    /// The larger of that and, for each action, the time in which its rate lets through what any client must send: one
    /// deletion of each thing that nothing else removes.
    pub under_limits: Duration,
}

impl Bound {
    /// What is needed at least by whoever may choose between two ways.
    fn either(self, other: Self) -> Self {
        Self {
            time: self.time.min(other.time),
            under_limits: self.under_limits.min(other.under_limits),
        }
    }
}

/// What takes longer than this no client can do: something comes back for ever.
const PATIENCE: Duration = Duration::from_secs(2 * 24 * 3600);

/// How far the ideal client has come.
enum Standing {
    Done,
    Waiting,
    /// No client can.
    Impossible,
}

/// The ideal client, and the fork that it works on.
struct Ideal {
    world: World,
    began: SimTime,
    /// How many writes were accepted.
    writes: u32,
    /// What nothing but a client's own call removes, by ARN.
    by_hand: BTreeSet<String>,
    /// Those of them whose deletion was accepted, by service and action. Other writes can perhaps be saved, and one that
    /// is made twice could have waited.
    deletions: BTreeMap<(&'static str, String), (Service, BTreeSet<String>)>,
}

impl Ideal {
    /// On a fork, where stacks with endpoints may wait for the apps that need them.
    fn on(world: &World, endpoints_wait: bool) -> Self {
        Self::at_work_in(world.ideal(endpoints_wait))
    }

    fn at_work_in(world: World) -> Self {
        Self {
            began: world.now(),
            world,
            writes: 0,
            by_hand: BTreeSet::new(),
            deletions: BTreeMap::new(),
        }
    }

    /// As [`Ideal::ask`], for a thing that is to go.
    fn ask_about(&mut self, row: &Row, service: Service, action: &str, value: Value) {
        let accepted = self.ask(&place_of(row), service, action, value);
        if accepted && action.starts_with("Delete") && self.by_hand.contains(&row.arn) {
            let key = (service.prefix(), action.to_owned());
            let (_, things) = self
                .deletions
                .entry(key)
                .or_insert((service, BTreeSet::new()));
            things.insert(row.arn.clone());
        }
    }

    /// Sends one call that takes no time; whether it was accepted.
    fn ask(&mut self, place: &Place, service: Service, action: &str, value: Value) -> bool {
        let textual = !service.speaks_json();
        let invocation = Invocation {
            service,
            action: action.to_owned(),
            input: Input { value, textual },
        };
        if self.world.is_throttled(&invocation, place) {
            return false;
        }
        let caller = "arn:aws:iam::111122223333:user/ideal";
        let mut call = Call::of(&mut self.world, place, caller);
        let accepted = service::perform(&mut call, &invocation).is_ok();
        if accepted {
            self.world
                .notice(&invocation, caller, &invocation.input.names());
            self.writes += 1;
        }
        accepted
    }

    /// Lets `step` ask for whatever it wants at every instant at which something happens, until it is done.
    fn until(&mut self, mut step: impl FnMut(&mut Self) -> Standing) -> Option<Bound> {
        loop {
            match step(self) {
                Standing::Done => return Some(self.bound()),
                Standing::Impossible => return None,
                Standing::Waiting => {}
            }
            if self.elapsed() > PATIENCE {
                return None;
            }
            let next = self.world.next_due()?;
            self.world.advance(next);
        }
    }

    fn elapsed(&self) -> Duration {
        self.world.now().since(self.began)
    }

    fn bound(&self) -> Bound {
        let time = self.elapsed();
        let deletions = self.deletions.iter();
        let limited = deletions.map(|((_, action), (service, things))| {
            let rate = self.world.rates.of(*service, action, true);
            let count = u32::try_from(things.len()).unwrap_or(u32::MAX);
            let beyond = (f64::from(count) - rate.burst).max(0.0);
            numbers::duration(beyond / rate.per_second)
        });
        Bound {
            time,
            under_limits: limited.chain([time]).max().unwrap_or(time),
        }
    }
}

/// Where a row's resource is, by its ARN.
fn place_of(row: &Row) -> Place {
    let mut parts = row.arn.split(':').skip(3);
    let region = parts.next().unwrap_or_default();
    Place::new(parts.next().unwrap_or_default(), region)
}
