//! The shortest simulated time in which any client could have brought one world to another.
//!
//! An ideal client works on a fork of the first world: it knows everything, its calls take no time and are never
//! throttled, and it asks for each thing at the instant at which the world first accepts it. Draws are hashes of what they
//! are drawn for, so the fork's durations are those of the life that was lived; the calls of that life play no part.
//!
//! What is a member of a stack goes with its stack, save for SageMaker's own and volumes, which CloudFormation cannot
//! remove in time. A stack may be deleted in several attempts, of which each removes what it can and fails at the rest, so
//! a member is bound by nothing but its service and the members that refer to it: on the fork one attempt stands for all
//! of them (`cloudformation::ideal`).

mod asking;
mod creation;
mod removal;
#[cfg(test)]
mod tests;

pub use creation::creation;
pub use removal::removal;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

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
    /// The larger of that and, for each action, what its rate leaves of the writes that any client must send.
    pub under_limits: Duration,
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
    /// Accepted writes, by service and action.
    writes: BTreeMap<(&'static str, String), (Service, u32)>,
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
            writes: BTreeMap::new(),
        }
    }

    /// How many writes were accepted.
    fn count(&self) -> u32 {
        self.writes.values().map(|(_, count)| count).sum()
    }

    /// Sends one call that takes no time; whether it was accepted.
    fn ask(&mut self, place: &Place, service: Service, action: &str, value: Value) -> bool {
        let textual = !service.speaks_json();
        let invocation = Invocation {
            service,
            action: action.to_owned(),
            input: Input { value, textual },
        };
        let caller = "arn:aws:iam::111122223333:user/ideal";
        let mut call = Call::of(&mut self.world, place, caller);
        let accepted = service::perform(&mut call, &invocation).is_ok();
        if accepted {
            self.world
                .notice(&invocation, caller, &invocation.input.names());
            let key = (service.prefix(), action.to_owned());
            self.writes.entry(key).or_insert((service, 0)).1 += 1;
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
        let limited = self.writes.iter().map(|((_, action), (service, count))| {
            let rate = self.world.rates.of(*service, action, true);
            let beyond = (f64::from(*count) - rate.burst).max(0.0);
            Duration::from_secs_f64(beyond / rate.per_second)
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
