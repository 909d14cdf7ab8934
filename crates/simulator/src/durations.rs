//! How long things take: one table, drawn from by hash.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::faults::known;
use crate::limits::Rate;
use crate::nearest;
use crate::numbers;

/// A distribution by three or four of its quantiles, in seconds; in between it is interpolated on a logarithmic scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    pub least: f64,
    pub median: f64,
    /// The 99th percentile; draws beyond it are cut off there, unless `most` is given.
    pub p99: f64,
    /// The longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<f64>,
}

impl Spread {
    /// The duration at quantile `unit` of `[0, 1)`.
    pub fn at(self, unit: f64) -> Duration {
        let (low, high, share) = match self.most {
            _ if unit < 0.5 => (self.least, self.median, unit / 0.5),
            Some(most) if unit >= 0.99 => (self.p99, most, (unit - 0.99) / 0.01),
            Some(_) | None => (self.median, self.p99, ((unit - 0.5) / 0.49).min(1.0)),
        };
        let (low, high) = (low.max(0.001), high.max(0.001));
        if low >= high {
            return numbers::duration(low);
        }
        let (low, high) = (low.ln(), high.ln());
        numbers::duration((low + (high - low) * share).exp())
    }

    /// Checks what somebody wrote into a table.
    ///
    /// # Errors
    /// A sentence that names the entry.
    pub(crate) fn check(self, entry: &str) -> Result<(), String> {
        numbers::check_seconds(&format!("{entry}.least"), self.least)?;
        numbers::check_seconds(&format!("{entry}.median"), self.median)?;
        numbers::check_seconds(&format!("{entry}.p99"), self.p99)?;
        let most = self.most.unwrap_or(self.p99);
        numbers::check_seconds(&format!("{entry}.most"), most)?;
        if self.least <= self.median && self.median <= self.p99 && self.p99 <= most {
            return Ok(());
        }
        Err(format!(
            "{entry} must rise from least over median and p99 to most"
        ))
    }

    fn scaled(self, factor: f64) -> Self {
        Self {
            least: self.least * factor,
            median: self.median * factor,
            p99: self.p99 * factor,
            most: self.most.map(|most| most * factor),
        }
    }
}

/// Named spreads: `TYPE OPERATION`, and the tails and pauses that have a name of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Durations(BTreeMap<String, Spread>);

/// The one file of what takes time and what limits how often.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Defaults {
    pub(crate) latency: Spread,
    pub(crate) rates: BTreeMap<String, Rate>,
    durations: Durations,
}

impl Defaults {
    /// The file, read once.
    pub(crate) fn get() -> &'static Self {
        &DEFAULTS
    }
}

#[expect(
    clippy::expect_used,
    reason = "the file is part of the crate, and a test reads it"
)]
static DEFAULTS: LazyLock<Defaults> = LazyLock::new(|| {
    toml::from_str(include_str!("durations.toml"))
        .expect("durations.toml has latency, rates and durations")
});

impl Default for Durations {
    /// Section 4 of the notes on AWS's behaviour.
    fn default() -> Self {
        Defaults::get().durations.clone()
    }
}

impl Durations {
    /// The spread of a name; things that are not in the table take no time.
    pub fn spread(&self, name: &str) -> Spread {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Whether the table has an entry of this name.
    pub fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The names in the table.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// What a scenario says about durations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// A factor on every entry, those of the scenario too.
    #[serde(default = "once")]
    pub scale: f64,
    /// The scenario's entries are the whole table: what it does not name takes no time.
    #[serde(default)]
    pub replace: bool,
    /// Entries that replace those of the table.
    #[serde(flatten)]
    pub entries: BTreeMap<String, Spread>,
}

fn once() -> f64 {
    1.0
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            scale: once(),
            replace: false,
            entries: BTreeMap::new(),
        }
    }
}

impl Changes {
    /// The table after the changes.
    pub fn apply(&self) -> Durations {
        let mut table = if self.replace {
            BTreeMap::new()
        } else {
            Durations::default().0
        };
        table.extend(self.entries.clone());
        for spread in table.values_mut() {
            *spread = spread.scaled(self.scale);
        }
        Durations(table)
    }

    /// Checks what somebody wrote into a scenario.
    ///
    /// # Errors
    /// A sentence that names the entry.
    pub(crate) fn check(&self) -> Result<(), String> {
        numbers::check_within("durations.scale", 0.0, self.scale, 1e6)?;
        let known = known::durations();
        for (name, spread) in &self.entries {
            if !known.contains(name) {
                let names = known.iter().map(String::as_str);
                return Err(nearest::unknown("duration", name, names));
            }
            let entry = format!("durations.\"{name}\"");
            spread.check(&entry)?;
            spread.scaled(self.scale).check(&entry)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_and_its_quantiles_rise() {
        for (name, spread) in Durations::default().0 {
            assert_eq!(spread.check(&name), Ok(()));
            assert!(spread.at(0.1) <= spread.at(0.9), "{name}");
        }
    }

    #[test]
    fn quantiles_are_met() {
        let spread = Spread {
            least: 10.0,
            median: 60.0,
            p99: 600.0,
            most: None,
        };
        assert_eq!(spread.at(0.5).as_secs(), 60);
        assert!((spread.at(0.999).as_secs_f64() - 600.0).abs() < 0.01);
        assert_eq!(spread.at(0.0).as_secs(), 10);
        let tailed = Spread {
            most: Some(2400.0),
            ..spread
        };
        assert_eq!(tailed.at(0.98), spread.at(0.98));
        assert_eq!(tailed.at(0.99).as_secs(), 600);
        assert_eq!(tailed.at(0.995).as_secs(), 1200);
        assert!(tailed.at(0.999_999).as_secs() >= 2399);
        assert!(tailed.check("entry").is_ok());
        let falling = Spread {
            most: Some(1.0),
            ..spread
        };
        assert!(falling.check("entry").unwrap_err().contains("most"));
    }
}
