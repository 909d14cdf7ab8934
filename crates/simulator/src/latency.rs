//! How much simulated time a call takes.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::durations::{Defaults, Spread};

/// Whether calls take simulated time, and how much. A scenario says `latency = false`, `latency = true`, or gives the
/// spread as a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency(Option<Spread>);

impl Latency {
    /// Calls take no time.
    pub const NONE: Latency = Latency(None);

    /// What calls take, if they take any time.
    pub fn spread(self) -> Option<Spread> {
        self.0
    }

    /// Checks what somebody wrote into a scenario.
    ///
    /// # Errors
    /// A sentence that names the member.
    pub(crate) fn check(self) -> Result<(), String> {
        self.0.map_or(Ok(()), |spread| spread.check("latency"))
    }
}

/// Median 120 ms, 99th percentile 900 ms.
impl Default for Latency {
    fn default() -> Self {
        Self(Some(Defaults::get().latency))
    }
}

impl From<bool> for Latency {
    fn from(takes_time: bool) -> Self {
        if takes_time {
            Self::default()
        } else {
            Self::NONE
        }
    }
}

/// As a scenario gives it, in seconds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    least: Option<f64>,
    median: f64,
    p99: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    most: Option<f64>,
}

impl Serialize for Latency {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            None => out.serialize_bool(false),
            Some(Spread {
                least,
                median,
                p99,
                most,
            }) => Table {
                least: Some(least),
                median,
                p99,
                most,
            }
            .serialize(out),
        }
    }
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let given = serde_json::Value::deserialize(input)?;
        if let Some(takes_time) = given.as_bool() {
            return Ok(takes_time.into());
        }
        let table = Table::deserialize(given).map_err(|problem| {
            D::Error::custom(format!(
                "latency is true, false, or a table with median and p99: {problem}"
            ))
        })?;
        // What every call takes at least, unless its table says less.
        let least = Defaults::get().latency.least;
        Ok(Self(Some(Spread {
            least: table.least.unwrap_or(least.min(table.median)),
            median: table.median,
            p99: table.p99,
            most: table.most,
        })))
    }
}
