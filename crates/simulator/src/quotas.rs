//! Quotas of the account (section 8 of the notes on AWS's behaviour): the ones that are known, and what a scenario says
//! instead of their defaults.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::draw;
use crate::instance_types;

/// A quota as Service Quotas knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// `ServiceCode`.
    pub service: &'static str,
    /// `QuotaCode`.
    pub code: String,
    /// `QuotaName`, which is also what refusals call it.
    pub name: String,
    pub default: usize,
}

/// A quota that there is one of.
struct Single {
    service: &'static str,
    /// None: nobody has written it down, and it is drawn from the name.
    code: Option<&'static str>,
    name: &'static str,
    /// What a scenario may call it.
    short: &'static str,
    default: usize,
}

/// A quota that there is one of for each instance type.
struct PerInstance {
    service: &'static str,
    before: &'static str,
    after: &'static str,
    types: &'static [&'static str],
    /// New accounts have few instances (section 8).
    default: usize,
    /// And none at all of those with an accelerator, until somebody asks for them.
    accelerated: usize,
}

/// Codes: section F of the operators' notes, and item 29.
const SINGLES: &[Single] = &[
    Single {
        service: "sagemaker",
        code: Some("L-B683BCB0"),
        name: TOTAL_DOMAINS,
        short: "domains",
        default: 20,
    },
    Single {
        service: "sagemaker",
        code: Some("L-AC46C40F"),
        name: USER_PROFILES,
        short: "user-profiles",
        default: 1000,
    },
    Single {
        service: "sagemaker",
        code: None,
        name: SPACES,
        short: "spaces",
        default: 1000,
    },
];

/// Domains of the account in the region, Failed ones too.
pub const TOTAL_DOMAINS: &str = "Total domains";
/// Profiles over all domains of the account in the region.
pub const USER_PROFILES: &str = "Maximum number of Studio user profiles allowed per account";
/// Spaces over all domains of the account in the region.
pub const SPACES: &str = "Maximum number of Studio spaces allowed per account";

const fn studio(before: &'static str) -> PerInstance {
    PerInstance {
        service: "sagemaker",
        before,
        after: " instances",
        types: instance_types::STUDIO,
        default: 100,
        accelerated: 0,
    }
}

const FAMILIES: &[PerInstance] = &[
    studio("Studio JupyterLab Apps running on "),
    studio("Studio CodeEditor Apps running on "),
    studio("Studio Canvas Apps running on "),
    studio("Studio TensorBoard Apps running on "),
    studio("RStudio Server Pro Apps running on "),
    studio("RSession Gateway Apps running on "),
    // The simulated account has asked for some with an accelerator, as whoever deploys a JumpStart model has to.
    PerInstance {
        service: "sagemaker",
        before: "",
        after: " for endpoint usage",
        types: instance_types::ENDPOINT,
        default: 20,
        accelerated: 4,
    },
];

impl PerInstance {
    fn name(&self, instance: &str) -> String {
        format!("{}{instance}{}", self.before, self.after)
    }

    fn default_of(&self, instance: &str) -> usize {
        if is_accelerated(instance) {
            self.accelerated
        } else {
            self.default
        }
    }

    /// The instance type in the name of one of these quotas.
    fn instance<'a>(&self, name: &'a str) -> Option<&'a str> {
        let instance = name.strip_prefix(self.before)?.strip_suffix(self.after)?;
        self.types.contains(&instance).then_some(instance)
    }
}

fn is_accelerated(instance: &str) -> bool {
    ["ml.p", "ml.g", "ml.trn", "ml.inf", "ml.dl"]
        .iter()
        .any(|kind| instance.starts_with(kind))
}

/// `Studio JupyterLab Apps running on ml.t3.medium instances`.
pub fn studio_apps(app_type: &str, instance: &str) -> String {
    let kind = match app_type {
        "RStudioServerPro" => "RStudio Server Pro".to_owned(),
        "RSessionGateway" => "RSession Gateway".to_owned(),
        other => format!("Studio {other}"),
    };
    format!("{kind} Apps running on {instance} instances")
}

/// `ml.m4.xlarge for endpoint usage`.
pub fn endpoint_usage(instance: &str) -> String {
    format!("{instance} for endpoint usage")
}

fn quota(service: &'static str, code: Option<&str>, name: String, default: usize) -> Quota {
    let code = code.map_or_else(
        || format!("L-{}", draw::hex(0, &["quota", &name], 8).to_uppercase()),
        str::to_owned,
    );
    Quota {
        service,
        code,
        name,
        default,
    }
}

/// Every quota that is known.
pub fn known() -> Vec<Quota> {
    let singles = SINGLES.iter().map(|single| {
        quota(
            single.service,
            single.code,
            single.name.to_owned(),
            single.default,
        )
    });
    let families = FAMILIES.iter().flat_map(|family| {
        family.types.iter().map(|instance| {
            quota(
                family.service,
                None,
                family.name(instance),
                family.default_of(instance),
            )
        })
    });
    singles.chain(families).collect()
}

/// The default of the quota of this name.
fn default_of(name: &str) -> Option<usize> {
    let single = SINGLES.iter().find(|single| single.name == name);
    single.map(|single| single.default).or_else(|| {
        FAMILIES
            .iter()
            .find_map(|family| Some(family.default_of(family.instance(name)?)))
    })
}

/// The name of the quota that a scenario calls by its name or, in short, in kebab case.
fn named(key: &str) -> Option<String> {
    let single = SINGLES.iter().find(|single| single.short == key);
    let short = single.map(|single| single.name.to_owned());
    short.or_else(|| default_of(key).map(|_| key.to_owned()))
}

/// What the quotas of the account are: the defaults, and what is different here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, usize>", into = "BTreeMap<String, usize>")]
pub struct Quotas {
    applied: BTreeMap<String, usize>,
}

impl Quotas {
    /// How many there may be. Of what no quota is known for there may be none.
    pub fn limit(&self, name: &str) -> usize {
        let applied = self.applied.get(name).copied();
        applied.or_else(|| default_of(name)).unwrap_or(0)
    }

    /// Sets a quota, which is called as in a scenario.
    ///
    /// # Errors
    /// A sentence that names a quota that is not known.
    pub fn set(&mut self, key: &str, limit: usize) -> Result<(), String> {
        let name = named(key).ok_or_else(|| format!("there is no quota '{key}'"))?;
        self.applied.insert(name, limit);
        Ok(())
    }

    /// What is different from the default, by name: for Service Quotas, the applied values.
    pub fn applied(&self) -> &BTreeMap<String, usize> {
        &self.applied
    }
}

impl TryFrom<BTreeMap<String, usize>> for Quotas {
    type Error = String;

    fn try_from(entries: BTreeMap<String, usize>) -> Result<Self, String> {
        let mut quotas = Self::default();
        for (key, limit) in entries {
            quotas.set(&key, limit)?;
        }
        Ok(quotas)
    }
}

impl From<Quotas> for BTreeMap<String, usize> {
    fn from(quotas: Quotas) -> Self {
        quotas.applied
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_quota_is_called_by_its_name_or_in_short() {
        let quotas: Quotas =
            toml::from_str("domains = 1\n\"ml.m4.xlarge for endpoint usage\" = 0\n").unwrap();
        assert_eq!(quotas.limit(TOTAL_DOMAINS), 1);
        assert_eq!(quotas.limit(&endpoint_usage("ml.m4.xlarge")), 0);
        assert_eq!(quotas.limit(USER_PROFILES), 1000);
        let again: Quotas = serde_json::from_value(serde_json::to_value(&quotas).unwrap()).unwrap();
        assert_eq!(again, quotas);
        assert!(toml::from_str::<Quotas>("domans = 1").is_err());
    }

    #[test]
    fn accelerators_have_to_be_asked_for() {
        let quotas = Quotas::default();
        assert_eq!(
            quotas.limit(&studio_apps("JupyterLab", "ml.t3.medium")),
            100
        );
        assert_eq!(quotas.limit(&studio_apps("JupyterLab", "ml.p3.2xlarge")), 0);
        assert_eq!(quotas.limit(&studio_apps("JupyterLab", "ml.nonsense")), 0);
    }

    #[test]
    fn names_and_codes_are_unique() {
        let known = known();
        let names: BTreeSet<&String> = known.iter().map(|quota| &quota.name).collect();
        let codes: BTreeSet<&String> = known.iter().map(|quota| &quota.code).collect();
        assert_eq!((names.len(), codes.len()), (known.len(), known.len()));
    }
}
