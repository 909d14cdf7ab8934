//! What a world begins with, as a file tells it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::durations::Spread;
use crate::faults::Rule;
use crate::limits::Rates;
use crate::switches::Switches;
use crate::time::SimTime;

/// A scenario; every part has a default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    pub seed: Option<u64>,
    /// First instant, in milliseconds since the epoch.
    pub start: Option<SimTime>,
    pub switches: Switches,
    pub rates: Rates,
    /// Largest page of any list.
    pub largest_page: Option<usize>,
    /// Whether calls take simulated time.
    pub latency: bool,
    /// Entries that replace those of the table of durations.
    pub durations: BTreeMap<String, Spread>,
    #[serde(rename = "fault")]
    pub faults: Vec<Rule>,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            seed: None,
            start: None,
            switches: Switches::default(),
            rates: Rates::default(),
            largest_page: None,
            latency: true,
            durations: BTreeMap::new(),
            faults: Vec::new(),
        }
    }
}

impl Scenario {
    /// Reads a scenario from TOML.
    ///
    /// # Errors
    /// The place and the kind of the first mistake.
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_read() {
        let scenario = Scenario::read(
            "seed = 7\nlargest-page = 2\n[switches]\ngroups-go-with-volume = true\n\
             [[fault]]\nmatch = { action = \"ec2:*\" }\nanswer = { kind = \"throttle\" }\n\
             [durations]\n\"AWS::EC2::VPC create\" = { least = 1, median = 2, p99 = 3 }\n",
        )
        .unwrap();
        assert_eq!(
            (scenario.seed, scenario.largest_page, scenario.faults.len()),
            (Some(7), Some(2), 1)
        );
        assert!(scenario.switches.groups_go_with_volume);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(
            Scenario::read("sead = 7")
                .unwrap_err()
                .to_string()
                .contains("sead")
        );
    }
}
