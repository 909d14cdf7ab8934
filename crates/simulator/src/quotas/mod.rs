//! Quotas of the account (section 8 of the notes on AWS's behaviour): the ones that are known, and what a scenario says
//! instead of their defaults.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::draw;

pub(crate) mod families;
pub(crate) mod singles;

use families::FAMILIES;
use singles::SINGLES;

pub use families::{Usage, studio_apps, usage};
pub use singles::{
    ACCESS_POINTS, ACL_RULES, FILE_SYSTEMS, GATEWAY_ENDPOINTS, GROUP_RULES, GROUPS,
    INSTANCE_PROFILES, INTERFACE_ENDPOINTS, INTERFACE_GROUPS, INTERFACES, INTERNET_GATEWAYS,
    NAT_GATEWAYS, NETWORK_ACLS, POLICIES, ROLE_POLICIES, ROLES, ROUTE_TABLES, ROUTES, SPACES,
    STACKS, SUBNETS, TOTAL_DOMAINS, USER_PROFILES, VPCS, VPN_GATEWAYS,
};

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

/// Every quota that is known, by service and code. Their codes are drawn, which is done once.
pub fn known() -> &'static [Quota] {
    static KNOWN: LazyLock<Vec<Quota>> = LazyLock::new(|| {
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
        let mut known: Vec<Quota> = singles.chain(families).collect();
        known.sort_by(|one, other| (one.service, &one.code).cmp(&(other.service, &other.code)));
        known
    });
    &KNOWN
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

    /// Sets a quota by its name where nothing else has.
    pub(crate) fn raise(&mut self, name: String, limit: usize) {
        self.applied.entry(name).or_insert(limit);
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

    /// Facts: 8.4
    #[test]
    fn a_quota_is_called_by_its_name_or_in_short() {
        let quotas: Quotas =
            toml::from_str("domains = 1\n\"ml.m4.xlarge for endpoint usage\" = 0\n").unwrap();
        assert_eq!(quotas.limit(TOTAL_DOMAINS), 1);
        assert_eq!(quotas.limit(&usage("ml.m4.xlarge", Usage::Endpoint)), 0);
        assert_eq!(quotas.limit(USER_PROFILES), 1000);
        let again: Quotas = serde_json::from_value(serde_json::to_value(&quotas).unwrap()).unwrap();
        assert_eq!(again, quotas);
        assert!(toml::from_str::<Quotas>("domans = 1").is_err());
    }

    /// Facts: 8.2, 8.34
    #[test]
    fn accelerators_have_to_be_asked_for() {
        let quotas = Quotas::default();
        assert_eq!(
            quotas.limit(&studio_apps("JupyterLab", "ml.t3.medium")),
            100
        );
        assert_eq!(quotas.limit(&studio_apps("JupyterLab", "ml.p3.2xlarge")), 0);
        assert_eq!(quotas.limit(&studio_apps("JupyterLab", "ml.nonsense")), 0);
        for (instance, kind, limit) in [
            ("ml.m5.large", Usage::Endpoint, 20),
            ("ml.g5.2xlarge", Usage::Endpoint, 0),
            ("ml.m5.large", Usage::WarmPool, 0),
        ] {
            assert_eq!(quotas.limit(&usage(instance, kind)), limit, "{instance}");
        }
    }

    #[test]
    fn names_and_codes_are_unique() {
        let known = known();
        let names: BTreeSet<&String> = known.iter().map(|quota| &quota.name).collect();
        let codes: BTreeSet<&String> = known.iter().map(|quota| &quota.code).collect();
        assert_eq!((names.len(), codes.len()), (known.len(), known.len()));
    }
}
