//! What a rule can apply to: the actions of the services, and the steps in lives that take time.
//!
//! A life's step is known by its entry `TYPE OPERATION` in the table of durations, or by CloudFormation's
//! handler, where the service acts at once and the handler takes its time.

use std::collections::BTreeSet;

use super::{Match, glob};
use crate::cloudformation::resource;
use crate::durations::Durations;
use crate::nearest;
use crate::service::Service;
use crate::world::Operation;

/// Steps whose entries in the table have names of their own: an interface is detached, or goes after its owner; a group
/// is let go by SageMaker after its domain; an endpoint is maintained.
const NAMED_OTHERWISE: [(&str, Operation); 4] = [
    (crate::ec2::interfaces::TYPE, Operation::Update),
    (crate::ec2::interfaces::TYPE, Operation::Delete),
    (crate::ec2::groups::TYPE, Operation::Delete),
    ("AWS::SageMaker::Endpoint", Operation::Maintain),
];

/// Every step that takes time: a type, and an operation's word.
pub(crate) fn steps() -> BTreeSet<(String, &'static str)> {
    let table = Durations::default();
    let of_table = table.names().filter_map(step);
    let of_handlers = resource::all().flat_map(|handler| {
        let operations = handler.own_steps().iter();
        operations.map(|operation| (handler.name().to_owned(), operation.word()))
    });
    let others = NAMED_OTHERWISE.map(|(kind, operation)| (kind.to_owned(), operation.word()));
    of_table.chain(of_handlers).chain(others).collect()
}

/// `AWS::EC2::VPC create` as a step.
fn step(entry: &str) -> Option<(String, &'static str)> {
    let (kind, word) = entry.split_once(' ')?;
    let operation = Operation::ALL.into_iter().find(|it| it.word() == word)?;
    kind.starts_with("AWS::")
        .then(|| (kind.to_owned(), operation.word()))
}

/// Every name that the table of durations may have an entry for.
pub(crate) fn durations() -> BTreeSet<String> {
    let steps = steps().into_iter();
    let named = steps.map(|(kind, operation)| format!("{kind} {operation}"));
    let table = Durations::default();
    named.chain(table.names().map(str::to_owned)).collect()
}

/// Every action that can be asked for, as IAM names it.
pub(crate) fn actions() -> impl Iterator<Item = String> {
    Service::ALL.into_iter().flat_map(|service| {
        let operations = service.operations().iter();
        operations.map(move |(name, _)| format!("{}:{name}", service.prefix()))
    })
}

/// Checks that an action exists, or that a glob stands for one at least.
///
/// # Errors
/// A sentence with the nearest known action.
pub(crate) fn check_action(pattern: &str) -> Result<(), String> {
    if actions().any(|action| glob(pattern.as_bytes(), action.as_bytes())) {
        return Ok(());
    }
    let known: Vec<String> = actions().collect();
    let names = known.iter().map(String::as_str);
    Err(nearest::unknown("action", pattern, names))
}

/// Checks that a rule over lives can ever apply.
///
/// # Errors
/// A sentence with the nearest known type or operation.
pub(super) fn check_life(matches: &Match) -> Result<(), String> {
    let steps = steps();
    let kind = matches.kind.as_deref().unwrap_or("*");
    let fits = |known: &str| glob(kind.as_bytes(), known.as_bytes());
    let mut operations: Vec<&str> = steps
        .iter()
        .filter(|(known, _)| fits(known))
        .map(|(_, operation)| *operation)
        .collect();
    operations.sort_unstable();
    operations.dedup();
    if operations.is_empty() {
        return Err(unknown_type(kind, &steps));
    }
    let Some(asked) = matches.operation.as_deref() else {
        return Ok(());
    };
    if !Operation::ALL.iter().any(|known| known.word() == asked) {
        let words = Operation::ALL.iter().map(|known| known.word());
        return Err(nearest::unknown("operation", asked, words));
    }
    if operations.contains(&asked) {
        return Ok(());
    }
    let others = operations.join(" and ");
    Err(format!(
        "{asked} of {kind} takes no time and can be refused by a rule over calls only; steps that take time: {others}"
    ))
}

fn unknown_type(kind: &str, steps: &BTreeSet<(String, &'static str)>) -> String {
    if resource::find(kind).is_some() {
        return format!(
            "nothing in the life of {kind} takes time; a rule over calls (`answer`) can refuse it"
        );
    }
    nearest::unknown("type", kind, steps.iter().map(|(known, _)| known.as_str()))
}
