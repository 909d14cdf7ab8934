//! How long the credentials last, and whether they are those of somebody inside what is to be changed.

use std::time::Duration;

use super::{Checking, Finding, Findings};
use crate::aws::CallError;
use crate::report;

/// What a deployment usually takes at most.
const USUAL: Duration = Duration::from_secs(20 * 60);

pub(super) async fn check(checking: &Checking<'_>) -> Result<Findings, CallError> {
    let mut findings: Findings = lifetime(checking).await.into_iter().collect();
    findings.extend(inside(checking).await?);
    Ok(findings)
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

/// A session of a role of this environment changes the ground it stands on.
async fn inside(checking: &Checking<'_>) -> Result<Option<Finding>, CallError> {
    let arn = &checking.request.claim.identity.arn;
    let Some((_, session)) = arn.split_once(":assumed-role/") else {
        return Ok(None);
    };
    let role = session.split('/').next().unwrap_or_default();
    let aws = &checking.cx.aws;
    for stack in checking.ready.existing.values() {
        let members = checking
            .advised(async || aws.stack_members(&stack.arn).await)
            .await?
            .unwrap_or_default();
        let is_role = members
            .iter()
            .any(|member| member.kind == "AWS::IAM::Role" && member.id == role);
        if is_role {
            return Ok(Some(Finding::stop(
                "inside-itself",
                format!(
                    "the credentials are those of role {role}, which stack {} makes: this runs inside what it would change",
                    stack.name
                ),
                &["run it from outside, with an operator's credentials"],
            )));
        }
    }
    Ok(None)
}
