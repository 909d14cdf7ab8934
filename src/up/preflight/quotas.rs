//! Whether the account may have what is wanted, beside what it has.

use std::collections::BTreeSet;

use super::super::onward::reach;
use super::super::participants::INSTANCE;
use super::{Checking, Finding, Findings};
use crate::aws::CallError;

/// A quota that is asked for by its code (section 8; operators' notes, item 29).
struct Quota {
    service: &'static str,
    code: &'static str,
    what: &'static str,
}

const VPCS: Quota = Quota {
    service: "vpc",
    code: "L-F678F1CE",
    what: "VPCs of the region",
};
const INTERFACE_ENDPOINTS: Quota = Quota {
    service: "vpc",
    code: "L-29B6F2EB",
    what: "interface endpoints of a VPC",
};
const GATEWAY_ENDPOINTS: Quota = Quota {
    service: "vpc",
    code: "L-1B52E74A",
    what: "gateway endpoints of the region",
};
/// What counts towards the quota of interface endpoints.
const INTERFACES: &[&str] = &["Interface", "GatewayLoadBalancer"];
const DOMAINS: Quota = Quota {
    service: "sagemaker",
    code: "L-B683BCB0",
    what: "domains, Failed ones included",
};
const USER_PROFILES: Quota = Quota {
    service: "sagemaker",
    code: "L-AC46C40F",
    what: "user profiles over all domains",
};
/// Quotas whose codes differ, by their names.
const SPACES: &str = "Maximum number of Studio spaces allowed per account";

pub(super) async fn check(checking: &Checking<'_>) -> Result<Findings, CallError> {
    let (wanted, aws) = (&checking.wanted, &checking.cx.aws);
    let freed = &checking.there.freed;
    let vpc = checking.there.vpc();
    let profiles = wanted.user_profiles + checking.participants_to_come();
    let staying = |found: BTreeSet<String>| found.difference(&freed.endpoints).count();
    let by_code = tokio::try_join!(
        of_code(checking, &VPCS, wanted.vpcs, async || {
            Ok(aws.count_vpcs().await?.saturating_sub(freed.vpcs))
        }),
        of_code(
            checking,
            &INTERFACE_ENDPOINTS,
            wanted.interface_endpoints.len(),
            async || match &vpc {
                Some(vpc) => Ok(staying(aws.endpoints_of(INTERFACES, Some(vpc)).await?)),
                // Those of a VPC that is made are all that it has.
                None => Ok(0),
            }
        ),
        of_code(
            checking,
            &GATEWAY_ENDPOINTS,
            wanted.gateway_endpoints.len(),
            async || Ok(staying(aws.endpoints_of(&["Gateway"], None).await?))
        ),
        of_code(checking, &DOMAINS, wanted.domains.len(), async || {
            let domains = aws.domains().await?;
            let stays = |id: &String| !freed.domains.contains(id);
            Ok(domains.iter().filter(|domain| stays(&domain.id)).count())
        }),
        of_code(checking, &USER_PROFILES, profiles, async || {
            let used = aws.count_user_profiles().await?;
            Ok(used.saturating_sub(freed.user_profiles))
        }),
        of_spaces_and_apps(checking),
    );
    let (vpcs, interfaces, gateways, domains, profiles, spaces_and_apps) = by_code?;
    let singles = [vpcs, interfaces, gateways, domains, profiles];
    let singles = singles.into_iter().flatten();
    Ok(singles.chain(spaces_and_apps).collect())
}

async fn of_code(
    checking: &Checking<'_>,
    quota: &Quota,
    more: usize,
    used: impl AsyncFn() -> Result<usize, CallError>,
) -> Result<Option<Finding>, CallError> {
    if more == 0 {
        return Ok(None);
    }
    let aws = &checking.cx.aws;
    let limit = checking.advised(async || aws.quota(quota.service, quota.code).await);
    let (limit, used) = tokio::try_join!(limit, checking.advised(used))?;
    let (Some(limit), Some(used)) = (limit.flatten(), used) else {
        return Ok(None);
    };
    let raise = raise(checking, quota.service, quota.code, used + more);
    Ok(exceeded(quota.what, limit, used, more, &raise))
}

/// The command that asks for a higher quota.
fn raise(checking: &Checking<'_>, service: &str, code: &str, value: usize) -> String {
    let reach = reach(checking.cx, checking.request);
    format!(
        "aws service-quotas request-service-quota-increase --service-code {service} --quota-code {code} --desired-value {value}{reach}"
    )
}

/// Spaces and apps, only where they are asked for: their quotas are found by reading the service's whole list.
async fn of_spaces_and_apps(checking: &Checking<'_>) -> Result<Findings, CallError> {
    let participants = &checking.request.options.participants;
    let (spaces_to_come, apps_to_come) = checking.ready.roll.starters_to_come(participants);
    let spaces_to_come = spaces_to_come + checking.wanted.spaces;
    if spaces_to_come + apps_to_come == 0 {
        return Ok(Vec::new());
    }
    let aws = &checking.cx.aws;
    let (limits, spaces, apps) = tokio::try_join!(
        checking.advised(async || aws.quotas_by_name("sagemaker").await),
        checking.advised(async || aws.count_spaces().await),
        checking.advised(async || aws.count_jupyterlabs(INSTANCE).await),
    )?;
    let limits = limits.unwrap_or_default();
    let of_apps = format!("Studio JupyterLab Apps running on {INSTANCE} instances");
    let asked = [
        (SPACES.to_owned(), spaces, spaces_to_come),
        (of_apps, apps, apps_to_come),
    ];
    Ok(asked
        .into_iter()
        .filter(|(_, _, more)| *more > 0)
        .filter_map(|(name, used, more)| {
            let (quota, used) = (limits.get(&name)?, used?);
            let raise = raise(checking, "sagemaker", &quota.code, used + more);
            exceeded(&name, quota.value, used, more, &raise)
        })
        .collect())
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn exceeded(what: &str, limit: f64, used: usize, more: usize, raise: &str) -> Option<Finding> {
    let over = used.saturating_add(more) as f64 > limit;
    over.then(|| {
        let told = format!("{what}: {used} of {limit} are used, and {more} more are wanted");
        Finding::stop("quota", told, &[raise, "delete what is not needed"])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_exceeded_by_one_too_many() {
        assert_eq!(exceeded("x", 5.0, 4, 1, "raise"), None);
        let finding = exceeded("VPCs", 5.0, 5, 1, "raise").unwrap();
        assert!(finding.stops && finding.what.starts_with("VPCs: 5 of 5"));
        assert_eq!(finding.cure[0], "raise");
    }
}
