//! Whose an environment is: checked before anything is written, in both directions.

use environment::{Facts, mark};

use crate::aws::sts::Identity;
use crate::inventory::{Mark, Survey};

/// Who runs the tool, and how the environment was named.
#[derive(Clone, Debug)]
pub struct Claim {
    pub environment: String,
    /// Whether `--name` (or its variable) was given.
    pub explicit: bool,
    pub identity: Identity,
    /// The account that was demanded.
    pub account: Option<String>,
}

/// Checks the account and the marks of the environment's stacks.
///
/// # Errors
/// A sentence about the rule that forbids it.
pub fn check(claim: &Claim, survey: &Survey) -> Result<(), String> {
    let identity = &claim.identity;
    if let Some(demanded) = claim
        .account
        .as_ref()
        .filter(|demanded| **demanded != identity.account)
    {
        return Err(format!(
            "the credentials are for account {}, and --account demands {demanded}",
            identity.account
        ));
    }
    let principal = identity.principal();
    let stacks = survey.marked.iter().chain(&survey.deleted);
    let of_stacks = stacks.map(|stack| {
        let mark = Mark::of(&stack.tags).unwrap_or_default();
        (format!("stack {}", stack.name), mark)
    });
    let left = survey.left.iter();
    let of_vpcs = left.map(|(id, mark)| (format!("VPC {id}"), mark.clone()));
    for (marked, mark) in of_stacks.chain(of_vpcs) {
        let version: u32 = mark.version.parse().unwrap_or(0);
        if version > mark::CURRENT_VERSION {
            return Err(format!(
                "{marked} was made by a newer major version of jumpstart-vpc ({version}); use that one"
            ));
        }
        if !claim.explicit && !mark.owner.is_empty() && mark.owner != principal {
            return Err(format!(
                "environment {} belongs to {}; you are {principal}. Say --name {} to use it nevertheless",
                claim.environment, mark.owner, claim.environment
            ));
        }
    }
    Ok(())
}

/// Why the caller stands inside the environment, if he does: in a Studio of one of its domains, or as one of its roles
/// (operators' notes, item 30).
pub fn inside(claim: &Claim, facts: &Facts, domain: Option<&str>) -> Option<String> {
    if let Some(domain) = domain.filter(|domain| facts.domain_ids().contains(*domain)) {
        return Some(format!("this runs inside domain {domain}"));
    }
    let principal = claim.identity.principal();
    let is_ours = principal.contains(":role/") && facts.is_our_role(&principal);
    is_ours.then(|| format!("the caller is {principal}, a role of this environment"))
}
