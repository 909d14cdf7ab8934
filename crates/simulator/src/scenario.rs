//! What a world begins with, as a file tells it.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use crate::acts::{self, Act, Import};
use crate::cloudformation;
use crate::durations::Changes;
use crate::faults::Rule;
use crate::latency::Latency;
use crate::limits::Rates;
use crate::permissions::{Organization, Permissions, Policy, Principal};
use crate::quotas::{self, Quotas, Usage};
use crate::switches::Switches;
use crate::time::SimTime;

/// What JumpStart's models are usually deployed on.
const ACCELERATED: [&str; 8] = [
    "ml.g4dn.xlarge",
    "ml.g4dn.2xlarge",
    "ml.g5.xlarge",
    "ml.g5.2xlarge",
    "ml.g5.4xlarge",
    "ml.g5.12xlarge",
    "ml.g6.xlarge",
    "ml.g6.2xlarge",
];
/// Instances of each of these types that somebody gets who asks for some.
const ACCELERATORS: usize = 4;

/// A scenario; every part has a default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// Ids of zones in which nothing new can be made.
    pub closed_zones: BTreeSet<String>,
    /// Templates in S3, by URL.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub templates: BTreeMap<String, String>,
    /// Whether calls take simulated time, and how much.
    pub latency: Latency,
    /// How the table of durations differs.
    pub durations: Changes,
    #[serde(rename = "fault")]
    pub faults: Vec<Rule>,
    #[serde(rename = "principal")]
    pub principals: Vec<Principal>,
    pub organization: Organization,
    pub default_policy: Option<Policy>,
    /// What people did before the world's start, and will do after it.
    #[serde(rename = "act")]
    pub acts: Vec<Act>,
    /// What people have imported into stacks of the first world, or are at.
    #[serde(rename = "import")]
    pub imports: Vec<Import>,
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

    /// In the account of somebody who has asked AWS for what deployments of JumpStart's models need: a few instances of
    /// the usual accelerated types for endpoints, where a new account has none (section 8). What the scenario itself says
    /// of them stands.
    #[must_use]
    pub fn with_accelerators(mut self) -> Self {
        for instance in ACCELERATED {
            let quota = quotas::usage(instance, Usage::Endpoint);
            self.quotas.raise(quota, ACCELERATORS);
        }
        self
    }

    /// Who may do what.
    pub(crate) fn permissions(&self) -> Permissions {
        Permissions {
            principals: self.principals.clone(),
            organization: self.organization.clone(),
            default_policy: self.default_policy.clone(),
        }
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
        for url in self.templates.keys() {
            cloudformation::check_url(url).map_err(|problem| format!("templates: {problem}"))?;
        }
        self.rates.check()?;
        self.permissions().check()?;
        self.latency.check()?;
        self.durations.check()?;
        for (at, rule) in self.faults.iter().enumerate() {
            rule.check()
                .map_err(|problem| format!("fault {}: {problem}", at + 1))?;
        }
        for (at, import) in self.imports.iter().enumerate() {
            import
                .check()
                .map_err(|problem| format!("import {}: {problem}", at + 1))?;
        }
        acts::check(&self.acts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_accelerators_has_some_of_each_type() {
        let own = "ml.g5.2xlarge for endpoint usage";
        let scenario = Scenario::read(&format!("[quotas]\n\"{own}\" = 1\n")).unwrap();
        let scenario = scenario.with_accelerators();
        for instance in ACCELERATED {
            let quota = quotas::usage(instance, Usage::Endpoint);
            let few = if quota == own { 1 } else { ACCELERATORS };
            assert_eq!(Quotas::default().limit(&quota), 0, "{instance}");
            assert_eq!(scenario.quotas.limit(&quota), few, "{instance}");
            assert!(
                quotas::known().iter().any(|known| known.name == quota),
                "{instance}"
            );
        }
    }

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
                "[durations]\n\"AWS::EC2::VPC create\" = { least = 1, median = inf, p99 = inf }\n",
                "\"AWS::EC2::VPC create\".median",
            ),
            (
                "[durations]\n\"AWS::EC2::VPC create\" = { least = 3, median = 2, p99 = 1 }\n",
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
    fn what_has_no_such_name_is_refused_with_the_nearest() {
        for (text, told) in [
            (
                "[durations]\n\"AWS::EC2::Vpcs create\" = { least = 1, median = 2, p99 = 3 }\n",
                "did you mean \"AWS::EC2::VPC create\"?",
            ),
            (
                "[rates.actions]\n\"ec2:DescribeSubnet\" = { burst = 1, per_second = 1 }\n",
                "did you mean \"ec2:DescribeSubnets\"?",
            ),
            (
                "[rates.actions]\n\"ec2:DescribeSubnets\" = { burst = 0, per_second = 1 }\n",
                "rates.actions.\"ec2:DescribeSubnets\".burst",
            ),
            ("[durations]\nscale = -1\n", "durations.scale"),
            ("latency = 3\n", "latency is true, false"),
            ("[latency]\nmedian = 2\np99 = 1\n", "latency must rise"),
        ] {
            let problem = Scenario::read(text).unwrap_err().to_string();
            assert!(problem.contains(told), "{problem}");
        }
    }

    #[test]
    fn durations_are_scaled_and_the_table_replaced() {
        let takes = |text: &str, name: &str| {
            let durations = Scenario::read(text).unwrap().durations.apply();
            durations.spread(name).median
        };
        let (vpc, role) = ("AWS::EC2::VPC create", "AWS::IAM::Role create");
        let entry = "\"AWS::EC2::VPC create\" = { least = 1, median = 2, p99 = 3 }\n";
        let cases = [
            ("", [10.0, 15.0]),
            ("[durations]\nscale = 2.0\n", [20.0, 30.0]),
            (&format!("[durations]\nscale = 0.5\n{entry}"), [1.0, 7.5]),
            (&format!("[durations]\nreplace = true\n{entry}"), [2.0, 0.0]),
        ];
        for (text, [of_vpc, of_role]) in cases {
            assert!((takes(text, vpc) - of_vpc).abs() < 1e-9, "{text}");
            assert!((takes(text, role) - of_role).abs() < 1e-9, "{text}");
        }
    }

    #[test]
    fn latency_is_a_flag_or_a_spread() {
        let spread = |text: &str| Scenario::read(text).unwrap().latency.spread();
        assert_eq!(spread("latency = false\n"), None);
        assert_eq!(spread("latency = true\n"), spread(""));
        let given = spread("[latency]\nmedian = 0.01\np99 = 3.0\n").unwrap();
        assert!((given.least - 0.01).abs() < 1e-9 && (given.p99 - 3.0).abs() < 1e-9);
    }

    #[test]
    fn an_action_may_have_a_rate_of_its_own() {
        use crate::service::Service;
        let text = "[rates.actions]\n\"ec2:DescribeSubnets\" = { burst = 7, per_second = 1 }\n";
        let rates = Scenario::read(text).unwrap().rates;
        let burst = |action| rates.of(Service::Ec2, action, false).burst;
        assert!((burst("DescribeSubnets") - 7.0).abs() < 1e-9);
        assert!((burst("DescribeVpcs") - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_scenario_is_the_same_after_a_save_and_a_load() {
        let text = "[durations]\nscale = 2.0\n[latency]\nmedian = 0.3\np99 = 0.7\n\
             [[act]]\ncaller = \"bob\"\naction = \"sts:GetCallerIdentity\"\nas = \"me\"\nat = 3\n\
             fault = { match = { action = \"sts:*\" }, answer = { kind = \"throttle\" } }\n";
        let scenario = Scenario::read(text).unwrap();
        let saved = serde_json::to_string(&scenario).unwrap();
        assert_eq!(serde_json::from_str::<Scenario>(&saved).unwrap(), scenario);
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
