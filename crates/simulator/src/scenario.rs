//! What a world begins with, as a file tells it.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use crate::durations::Spread;
use crate::faults::Rule;
use crate::limits::Rates;
use crate::quotas::Quotas;
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
    pub quotas: Quotas,
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
            quotas: Quotas::default(),
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
        let scenario: Self = toml::from_str(text)?;
        scenario.check().map_err(toml::de::Error::custom)?;
        Ok(scenario)
    }

    /// What the types do not say.
    fn check(&self) -> Result<(), String> {
        let start = self.start.unwrap_or(SimTime::START).0;
        // 2100, so that a long life has room after it.
        if !(0..=4_102_444_800_000).contains(&start) {
            return Err(format!(
                "start must lie between 0 and 4102444800000, not {start}"
            ));
        }
        self.rates.check()?;
        for (name, spread) in &self.durations {
            spread.check(name)?;
        }
        for (at, rule) in self.faults.iter().enumerate() {
            rule.check()
                .map_err(|problem| format!("fault {}: {problem}", at + 1))?;
        }
        Ok(())
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
    fn what_would_break_the_world_is_refused_by_name() {
        for (text, field) in [
            (
                "[rates.write]\nburst = 0\nper_second = 1\n",
                "rates.write.burst",
            ),
            (
                "[rates.read]\nburst = 5\nper_second = nan\n",
                "rates.read.per_second",
            ),
            (
                "[durations]\n\"AWS::EC2::VPC create\" = { least = -1, median = 2, p99 = 3 }\n",
                "AWS::EC2::VPC create",
            ),
            (
                "[durations]\nx = { least = 1, median = inf, p99 = inf }\n",
                "\"x\".median",
            ),
            (
                "[durations]\nx = { least = 3, median = 2, p99 = 1 }\n",
                "must rise",
            ),
            (
                "[[fault]]\nmatch = {}\nanswer = { kind = \"slow\", seconds = -1 }\n",
                "fault 1: answer.seconds",
            ),
            ("start = -5\n", "start"),
            ("[quotas]\ndomans = 1\n", "domans"),
        ] {
            let problem = Scenario::read(text).unwrap_err().to_string();
            assert!(problem.contains(field), "{problem}");
        }
        assert_eq!(
            Scenario::read("[quotas]\ndomains = 1\n")
                .unwrap()
                .quotas
                .limit(crate::quotas::TOTAL_DOMAINS),
            1
        );
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
