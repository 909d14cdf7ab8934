//! How long the credentials last, and whether they are those of somebody inside what is to be changed.

use std::time::Duration;

use environment::Facet;

use super::{Checking, Finding, Findings};
use crate::inventory::Inventory;
use crate::ownership;
use crate::report;

/// What a deployment usually takes at most.
const USUAL: Duration = Duration::from_secs(20 * 60);

pub(super) async fn check(checking: &Checking<'_>) -> Findings {
    let mut findings: Findings = lifetime(checking).await.into_iter().collect();
    findings.extend(inside(checking).await);
    findings
}

/// Credentials that end before the work usually does.
async fn lifetime(checking: &Checking<'_>) -> Option<Finding> {
    let left = checking.cx.aws.credentials_last().await?;
    (left < USUAL).then(|| {
        Finding::warn(
            "credentials-expired",
            format!(
                "the credentials end in {}, and a deployment may take {}",
                report::duration(left),
                report::duration(USUAL)
            ),
            &["renew them first; after they end, the same command continues"],
        )
    })
}

/// Whoever works in a Studio of this environment, or as one of its roles, changes the ground he stands on.
async fn inside(checking: &Checking<'_>) -> Option<Finding> {
    let request = checking.request;
    let is_role = request.claim.identity.principal().contains(":role/");
    let may_be = is_role || request.inside.is_some();
    if !may_be || checking.ready.existing.is_empty() {
        return None;
    }
    let account = &request.claim.identity.account;
    let aws = checking.cx.aws.clone();
    let inventory = Inventory::new(aws, &request.claim.environment, account);
    inventory.read(Facet::Stacks).await;
    let facts = inventory.facts();
    if facts.stacks.known().is_none() {
        let told = "not checked before the start: whether this runs inside what it would change";
        checking.cx.events.warn(told);
    }
    let why = ownership::inside(&request.claim, &facts, request.inside.as_deref())?;
    Some(Finding::stop(
        "inside-itself",
        format!("{why}, which it would change"),
        &["run it from outside, with an operator's credentials"],
    ))
}
