//! What is to be deployed, and how.

use super::participants::Participants;
use crate::ownership::Claim;
use crate::stacks::Manifest;
use crate::stacks::parameters::Given;

/// What is to be deployed.
#[derive(Clone, Debug)]
pub struct Request {
    pub claim: Claim,
    pub manifest: Manifest,
    pub given: Given,
    pub role_arn: Option<String>,
    pub yes: bool,
    pub seed: u64,
    /// Id of the domain whose Studio this runs in, if it does.
    pub inside: Option<String>,
    /// Flags that lead to this account, for commands that are told.
    pub reached_by: ReachedBy,
    pub options: Options,
}

/// Region and profile, where somebody said them.
#[derive(Clone, Debug, Default)]
pub struct ReachedBy {
    pub region: Option<String>,
    pub profile: Option<String>,
}

/// How it is deployed; the default is what `up` does without flags.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A change may replace a domain, a VPC, a subnet, and what is in them.
    pub allow_replacement: bool,
    pub on_failure: OnFailure,
    /// The checks before the first write are left out.
    pub no_preflight: bool,
    /// Termination protection is on for every stack once all is well.
    pub protect: bool,
    pub participants: Participants,
}

/// What becomes of a stack whose creation or change fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// It goes back to what it was before; of a creation an empty stack is left.
    #[default]
    RollBack,
    /// What was made stays as it is, to be looked at.
    Keep,
    /// As rolled back, and the empty stack is removed as well.
    Delete,
}
