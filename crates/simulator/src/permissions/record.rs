//! What policies were asked and how they answered: what somebody needs can be read off what he did.

use std::collections::BTreeMap;

use serde::Serialize;

/// How often something was allowed, and how often denied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answers {
    pub allowed: u64,
    pub denied: u64,
}

/// The answers by the ARN of who wanted it, and by action: of calls with what they need besides, and of steps of handlers.
/// Whoever may do everything because nobody restricts him is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Record(BTreeMap<String, BTreeMap<String, Answers>>);

impl Record {
    pub(crate) fn note(&mut self, principal: &str, action: &str, is_allowed: bool) {
        let actions = self.0.entry(principal.to_owned()).or_default();
        let answers = actions.entry(action.to_owned()).or_default();
        if is_allowed {
            answers.allowed += 1;
        } else {
            answers.denied += 1;
        }
    }

    /// The actions that somebody wanted.
    pub fn of(&self, principal: &str) -> impl Iterator<Item = (&str, Answers)> {
        let actions = self.0.get(principal).into_iter().flatten();
        actions.map(|(action, answers)| (action.as_str(), *answers))
    }
}
