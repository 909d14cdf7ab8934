//! Why a resource is or is not ours.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// One reason, with the value that proves it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
pub enum Evidence {
    /// Names another domain: foreign, whatever else speaks for it.
    Against(SmolStr),
    /// Member of a marked stack.
    Stack(SmolStr),
    /// Tagged with the ARN of a domain of ours, or part of one.
    DomainTag(SmolStr),
    /// Runs with an execution role of ours.
    Role(SmolStr),
    /// Named by something that has strong evidence.
    NamedBy(SmolStr),
    /// Located in our VPC, which proves nothing alone.
    Located(SmolStr),
}

/// What the evidence comes to, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Ours,
    /// Only located in our VPC.
    Located,
    Foreign,
}

/// Weighs evidence in the order that the design fixes: against, strong, weak.
pub fn verdict(evidence: &[Evidence]) -> Verdict {
    let mut located = false;
    let mut strong = false;
    for reason in evidence {
        match reason {
            Evidence::Against(_) => return Verdict::Foreign,
            Evidence::Located(_) => located = true,
            Evidence::Stack(_)
            | Evidence::DomainTag(_)
            | Evidence::Role(_)
            | Evidence::NamedBy(_) => strong = true,
        }
    }
    match (strong, located) {
        (true, _) => Verdict::Ours,
        (false, true) => Verdict::Located,
        (false, false) => Verdict::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn against_beats_everything_and_location_proves_nothing() {
        let stack = Evidence::Stack("s".into());
        let located = Evidence::Located("vpc".into());
        let against = Evidence::Against("arn".into());
        assert_eq!(verdict(&[stack.clone(), located.clone()]), Verdict::Ours);
        assert_eq!(verdict(&[stack, against]), Verdict::Foreign);
        assert_eq!(verdict(&[located]), Verdict::Located);
        assert_eq!(verdict(&[]), Verdict::Foreign);
    }
}
