//! Rates: how often a kind of call may be made before it is throttled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::durations::Defaults;
use crate::faults::known;
use crate::numbers;
use crate::service::Service;
use crate::time::SimTime;
use crate::world::Place;

/// A token bucket's size and refill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Calls that may be made at once.
    pub burst: f64,
    /// Calls a second afterwards.
    pub per_second: f64,
}

impl Rate {
    fn check(self, entry: &str) -> Result<(), String> {
        numbers::check_within(&format!("{entry}.burst"), 1.0, self.burst, 1e9)?;
        numbers::check_within(&format!("{entry}.per_second"), 1e-6, self.per_second, 1e9)
    }
}

/// The rates of a world. Each action has a bucket of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rates {
    pub ec2_read: Rate,
    pub ec2_write: Rate,
    pub read: Rate,
    pub write: Rate,
    /// `false` lifts every limit.
    pub enforced: bool,
    /// Rates of single actions, by their names in IAM.
    pub actions: BTreeMap<String, Rate>,
}

impl Default for Rates {
    /// Those of the file of defaults.
    fn default() -> Self {
        let rates = &Defaults::get().rates;
        let rate = |name: &str| rates.get(name).copied().unwrap_or_default();
        Self {
            ec2_read: rate("ec2-read"),
            ec2_write: rate("ec2-write"),
            read: rate("read"),
            write: rate("write"),
            enforced: true,
            actions: BTreeMap::new(),
        }
    }
}

impl Rates {
    /// Checks what somebody wrote into a scenario: a bucket that never holds a call would answer none.
    ///
    /// # Errors
    /// A sentence that names the rate.
    pub(crate) fn check(&self) -> Result<(), String> {
        let rates = [
            ("ec2-read", self.ec2_read),
            ("ec2-write", self.ec2_write),
            ("read", self.read),
            ("write", self.write),
        ];
        for (name, rate) in rates {
            rate.check(&format!("rates.{name}"))?;
        }
        for (action, rate) in &self.actions {
            known::check_action(action)?;
            rate.check(&format!("rates.actions.\"{action}\""))?;
        }
        Ok(())
    }

    /// The rate of one action.
    pub fn of(&self, service: Service, action: &str, write: bool) -> Rate {
        if !self.actions.is_empty() {
            let own = self.actions.get(&format!("{}:{action}", service.prefix()));
            if let Some(rate) = own {
                return *rate;
            }
        }
        match (service, write) {
            (Service::Ec2, false) => self.ec2_read,
            (Service::Ec2, true) => self.ec2_write,
            (_, false) => self.read,
            (_, true) => self.write,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Bucket {
    tokens: f64,
    filled: SimTime,
}

/// What is left in each action's bucket.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Buckets {
    buckets: BTreeMap<String, Bucket>,
}

impl Buckets {
    /// Takes one call of `action`; `false` when the bucket is empty.
    pub fn take(&mut self, now: SimTime, place: &Place, action: &str, rate: Rate) -> bool {
        let key = format!("{}/{}/{action}", place.account, place.region);
        let bucket = self.buckets.entry(key).or_insert(Bucket {
            tokens: rate.burst,
            filled: now,
        });
        let refill = now.since(bucket.filled).as_secs_f64() * rate.per_second;
        bucket.tokens = (bucket.tokens + refill).min(rate.burst);
        bucket.filled = bucket.filled.max(now);
        let granted = bucket.tokens >= 1.0;
        if granted {
            bucket.tokens -= 1.0;
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_file_of_defaults_has_every_rate() {
        assert_eq!(Rates::default().check(), Ok(()));
        assert_eq!(Defaults::get().rates.len(), 4);
    }

    #[test]
    fn a_bucket_empties_and_refills() {
        let place = Place::new("111122223333", "us-east-1");
        let rate = Rate {
            burst: 2.0,
            per_second: 1.0,
        };
        let mut buckets = Buckets::default();
        let mut take = |at| buckets.take(at, &place, "ec2:DescribeVpcs", rate);
        let start = SimTime::START;
        assert!(take(start) && take(start) && !take(start));
        let later = start.plus(Duration::from_secs(1));
        assert!(take(later) && !take(later));
    }
}
