//! The kinds of policies that stand over one another, and what they say together: an explicit deny in any of them wins,
//! and each of them must allow.

use super::condition::RESOURCE_TAGS;
use super::policy::{Effect, Policy};
use super::question::Question;

/// A kind of policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Of the organization that the account belongs to.
    ServiceControl,
    /// Of the user or the role itself.
    Identity,
    /// The most that the user or the role may have.
    Boundary,
}

/// Why something is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A statement denies it.
    Explicit(Layer),
    /// No statement of the kind allows it.
    Implicit(Layer),
    /// There is no such role.
    NoRole,
    /// The simulator cannot say what the role may do.
    Unreadable(String),
}

/// The policies of one principal, in the order in which AWS asks them.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers(Vec<(Layer, Vec<Policy>)>);

impl Layers {
    pub(super) fn push(&mut self, layer: Layer, policies: Vec<Policy>) {
        self.0.push((layer, policies));
    }

    /// Whether nothing restricts the principal.
    pub(super) fn is_open(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an answer may depend on the tags of the resource.
    pub(super) fn ask_for_resource_tags(&self) -> bool {
        let mut policies = self.0.iter().flat_map(|(_, policies)| policies);
        policies.any(|policy| RESOURCE_TAGS.iter().any(|start| policy.mentions_key(start)))
    }

    /// Explicit denies of all layers come first.
    ///
    /// # Errors
    /// Why it is denied.
    pub(super) fn decide(&self, question: &Question<'_>) -> Result<(), Ground> {
        let says = |effect| {
            move |(_, policies): &&(Layer, Vec<Policy>)| {
                policies.iter().any(|policy| policy.says(effect, question))
            }
        };
        if let Some((layer, _)) = self.0.iter().find(says(Effect::Deny)) {
            return Err(Ground::Explicit(*layer));
        }
        let allows = says(Effect::Allow);
        match self.0.iter().find(|entry| !allows(entry)) {
            Some((layer, _)) => Err(Ground::Implicit(*layer)),
            None => Ok(()),
        }
    }
}
