//! Faults on order: rules over calls and over the lives of resources. The first rule that matches answers.

pub(crate) mod known;
#[cfg(test)]
mod lives;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::draw;
use crate::numbers;
use crate::time::SimTime;
use crate::wire::xml;

/// One rule, as it is posted to `/_simulator/faults` or written in a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    #[serde(rename = "match")]
    pub matches: Match,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
}

/// What a rule applies to. Globs know `*` and `?`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    /// Glob over the action as IAM names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Glob over the resource's type (rules with an effect).
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `create`, `update`, `delete`, `rollback`, `start`, `stop` or `maintain` (rules with an effect).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Glob over the ids and names that the call names, or over the resource's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Glob over the caller's ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Seconds after the rule's coming from which it applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<f64>,
    /// Applies to the n-th matching call only (and the following, if `times` says so), from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// How often it applies at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Chance with which it applies to a matching call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

/// What a call gets instead of its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub kind: AnswerKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerKind {
    Error,
    Throttle,
    /// The answer comes `seconds` later than it would.
    Slow,
    /// The connection breaks and nothing was done.
    DropBefore,
    /// It was done, and the connection breaks before the answer.
    DropAfter,
    ExpiredCredentials,
}

/// What a step in a resource's life becomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    pub kind: EffectKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectKind {
    Fail,
    /// Never ends.
    Stuck,
    /// Takes `seconds`.
    Take,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Active {
    id: String,
    rule: Rule,
    since: SimTime,
    seen: u64,
    applied: u64,
}

/// The rules in force and how often each has matched.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Faults {
    rules: Vec<Active>,
    created: u64,
}

/// What a rule is asked about: a call, or a step in a life.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    Call {
        action: &'a str,
        resources: &'a [String],
        caller: &'a str,
    },
    Life {
        kind: &'a str,
        operation: &'a str,
        id: &'a str,
    },
}

impl Rule {
    /// Checks what somebody posted or wrote into a scenario.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub fn check(&self) -> Result<(), String> {
        self.check_parts()?;
        let matches = &self.matches;
        if let Some(after) = matches.after {
            numbers::check_seconds("match.after", after)?;
        }
        if let Some(chance) = matches.probability {
            numbers::check_within("match.probability", 0.0, chance, 1.0)?;
        }
        if matches.nth == Some(0) {
            return Err("match.nth counts from 1".to_owned());
        }
        match (&self.effect, &self.answer) {
            (Some(effect), _) => {
                effect.check()?;
                known::check_life(matches)
            }
            (None, Some(answer)) => {
                answer.check()?;
                matches
                    .action
                    .as_ref()
                    .map_or(Ok(()), |action| known::check_action(action))
            }
            (None, None) => Ok(()),
        }
    }

    fn check_parts(&self) -> Result<(), String> {
        let matches = &self.matches;
        let problem = match (&self.answer, &self.effect) {
            (Some(_), None) if matches.kind.is_none() && matches.operation.is_none() => {
                return Ok(());
            }
            (None, Some(_)) if matches.action.is_none() && matches.caller.is_none() => {
                return Ok(());
            }
            (Some(_), None) => {
                "a rule with an `answer` matches calls: `type` and `operation` belong to an `effect`"
            }
            (None, Some(_)) => {
                "a rule with an `effect` matches lives: `action` and `caller` belong to an `answer`"
            }
            (None, None) | (Some(_), Some(_)) => "a rule has either an `answer` or an `effect`",
        };
        Err(problem.to_owned())
    }
}

impl Effect {
    fn check(&self) -> Result<(), String> {
        if let Some(seconds) = self.seconds {
            numbers::check_seconds("effect.seconds", seconds)?;
        }
        let problem = match (self.kind, self.seconds) {
            (EffectKind::Take, None) => "effect.seconds: how long does it take?",
            (EffectKind::Stuck, Some(_)) => "effect.seconds: what is stuck never ends",
            (EffectKind::Take | EffectKind::Stuck, _) if self.reason.is_some() => {
                "effect.reason belongs to what fails"
            }
            (EffectKind::Take | EffectKind::Stuck | EffectKind::Fail, _) => return Ok(()),
        };
        Err(problem.to_owned())
    }
}

impl Answer {
    fn check(&self) -> Result<(), String> {
        if let Some(seconds) = self.seconds {
            numbers::check_seconds("answer.seconds", seconds)?;
        }
        if let Some(status) = self.status {
            numbers::check_within("answer.status", 400.0, f64::from(status), 599.0)?;
        }
        let texts = [("code", &self.code), ("message", &self.message)];
        for (name, text) in texts {
            if text.as_ref().is_some_and(|text| !xml::can_carry(text)) {
                return Err(format!(
                    "answer.{name} contains a character that no XML can carry"
                ));
            }
        }
        Ok(())
    }
}

impl Faults {
    /// Puts a rule in force and returns its id.
    pub fn add(&mut self, now: SimTime, rule: Rule) -> String {
        self.created += 1;
        let id = format!("fault-{}", self.created);
        self.rules.push(Active {
            id: id.clone(),
            rule,
            since: now,
            seen: 0,
            applied: 0,
        });
        id
    }

    /// Puts rules in force before all others and returns their ids.
    pub(crate) fn precede(&mut self, now: SimTime, rules: &[Rule]) -> Vec<String> {
        let ids: Vec<String> = rules
            .iter()
            .map(|rule| self.add(now, rule.clone()))
            .collect();
        self.rules.rotate_right(ids.len());
        ids
    }

    /// Takes rules out of force.
    pub(crate) fn remove(&mut self, ids: &[String]) {
        self.rules.retain(|active| !ids.contains(&active.id));
    }

    /// Takes every rule out of force. What has been decided by one stays as it is.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// The first rule that applies to `subject` at `now`.
    pub fn find(&mut self, now: SimTime, seed: u64, subject: Subject<'_>) -> Option<Rule> {
        self.rules.iter_mut().find_map(|active| {
            active
                .applies(now, seed, subject)
                .then(|| active.rule.clone())
        })
    }
}

impl Active {
    fn applies(&mut self, now: SimTime, seed: u64, subject: Subject<'_>) -> bool {
        let rule = &self.rule;
        let named = match subject {
            Subject::Call {
                action,
                resources,
                caller,
            } => {
                rule.answer.is_some()
                    && matches(rule.matches.action.as_ref(), action)
                    && matches(rule.matches.caller.as_ref(), caller)
                    && (rule.matches.resource.is_none()
                        || resources
                            .iter()
                            .any(|resource| matches(rule.matches.resource.as_ref(), resource)))
            }
            Subject::Life {
                kind,
                operation,
                id,
            } => {
                rule.effect.is_some()
                    && matches(rule.matches.kind.as_ref(), kind)
                    && matches(rule.matches.operation.as_ref(), operation)
                    && matches(rule.matches.resource.as_ref(), id)
            }
        };
        if !named {
            return false;
        }
        // `nth` counts from the rule's coming, whether or not its time has come.
        self.seen += 1;
        let waited = rule
            .matches
            .after
            .is_none_or(|after| now.since(self.since).as_secs_f64() >= after);
        let reached = rule.matches.nth.is_none_or(|nth| self.seen >= nth);
        let limit = rule.matches.times.or(rule.matches.nth.map(|_| 1));
        let left = limit.is_none_or(|times| self.applied < times);
        let chance = rule.matches.probability.is_none_or(|chance| {
            draw::unit(seed, &["fault", &self.id, &self.seen.to_string()]) < chance
        });
        let applies = waited && reached && left && chance;
        self.applied += u64::from(applies);
        applies
    }
}

fn matches(pattern: Option<&String>, text: &str) -> bool {
    pattern.is_none_or(|pattern| glob(pattern.as_bytes(), text.as_bytes()))
}

pub(crate) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|at| glob(rest, &text[at..])),
        Some((b'?', rest)) => !text.is_empty() && glob(rest, &text[1..]),
        Some((letter, rest)) => text.first() == Some(letter) && glob(rest, &text[1..]),
    }
}
