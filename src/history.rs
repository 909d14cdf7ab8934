//! What CloudFormation remembers of an environment's stacks: those that exist, and those deleted in the last 90 days.

use std::collections::BTreeMap;
use std::time::Duration;

use environment::{Verb, mark};
use jiff::Timestamp;

use crate::aws::cloudformation::{Stack, StackEvent};
use crate::aws::{Aws, CallError};
use crate::event::{Direction, Event, Finished, Named, Outcome, Step, StepOutcome};
use crate::stacks::operation::is_settled;

/// One event of one stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub time: Timestamp,
    pub stack: String,
    pub arn: String,
    pub event: StackEvent,
}

/// Every event of the environment's stacks, oldest first.
///
/// # Errors
/// As any call.
pub async fn read(aws: &Aws, environment: &str) -> Result<Vec<Entry>, CallError> {
    let mut entries = Vec::new();
    for stack in stacks(aws, environment).await? {
        for event in aws.stack_events(&stack.arn, |_| false).await? {
            entries.push(Entry {
                time: event.time.unwrap_or_default(),
                stack: stack.name.clone(),
                arn: stack.arn.clone(),
                event,
            });
        }
    }
    // CloudFormation tells the newest first; of one moment the later told is the earlier.
    entries.reverse();
    entries.sort_by_key(|entry| entry.time);
    Ok(entries)
}

/// The stacks that bear the environment's mark, deleted ones too.
async fn stacks(aws: &Aws, environment: &str) -> Result<Vec<Stack>, CallError> {
    let marked =
        |stack: &Stack| stack.tags.get(mark::ENVIRONMENT).map(String::as_str) == Some(environment);
    let mut stacks: Vec<Stack> = aws.stacks().await?.into_iter().filter(marked).collect();
    let names: Vec<String> = stacks.iter().map(|stack| stack.name.clone()).collect();
    for (arn, name) in aws.deleted_stacks().await? {
        // A list of deleted stacks shows no tags: only those that may be ours are asked for them.
        if name.starts_with(environment) || names.contains(&name) {
            stacks.extend(aws.stack(&arn).await?.filter(marked));
        }
    }
    Ok(stacks)
}

/// One operation of a stack: from the event in which it begins to the one in which it comes to rest.
struct Operation {
    step: Step,
    began: Duration,
    /// The moment and the status.
    ended: Option<(Duration, String)>,
    events: Vec<(Duration, Event)>,
}

/// The history as the events of a run, so that it can be reported like one: each operation is a step.
pub fn as_run(entries: &[Entry]) -> Vec<(Duration, Event)> {
    let Some(first) = entries.first() else {
        return Vec::new();
    };
    let mut operations: Vec<Operation> = Vec::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries {
        let since = entry.time.duration_since(first.time);
        let at = Duration::try_from(since).unwrap_or_default();
        let of_stack = entry.event.physical_id == entry.arn;
        let place = open.get(entry.arn.as_str()).copied();
        let place = if let Some(place) = place {
            place
        } else {
            operations.push(begin(entry, at, operations.len()));
            operations.len() - 1
        };
        open.insert(&entry.arn, place);
        if let Some(operation) = operations.get_mut(place) {
            operation.take(entry, at, of_stack);
            if operation.ended.is_some() {
                open.remove(entry.arn.as_str());
            }
        }
    }
    told(operations)
}

fn begin(entry: &Entry, at: Duration, number: usize) -> Operation {
    let status = &entry.event.status;
    let kind = if status.starts_with("DELETE") {
        Verb::DeleteStack
    } else if status.starts_with("CREATE") || status.starts_with("REVIEW") {
        Verb::CreateStack
    } else {
        Verb::UpdateStack
    };
    let name = format!("{} ({})", entry.stack, number + 1);
    Operation {
        step: Step {
            id: format!("{}:AWS::CloudFormation::Stack:{name}", kind.word()),
            kind,
            resource: Named {
                kind: "AWS::CloudFormation::Stack".to_owned(),
                id: name.clone(),
                name: Some(name),
                stack: Some(entry.stack.clone()),
                reason: None,
            },
            needs: Vec::new(),
            evidence: Vec::new(),
            destroys_data: false,
        },
        began: at,
        ended: None,
        events: Vec::new(),
    }
}

impl Operation {
    fn take(&mut self, entry: &Entry, at: Duration, of_stack: bool) {
        let stack = self.step.resource.id.clone();
        self.events.push((
            at,
            Event::StackEvent {
                logical_id: if of_stack {
                    stack.clone()
                } else {
                    entry.event.logical_id.clone()
                },
                stack,
                kind: entry.event.kind.clone(),
                status: entry.event.status.clone(),
                reason: entry.event.reason.clone(),
            },
        ));
        if of_stack && is_settled(&entry.event.status) {
            self.ended = Some((at, entry.event.status.clone()));
        }
    }
}

/// Plan, operations and end, by time.
fn told(operations: Vec<Operation>) -> Vec<(Duration, Event)> {
    let steps = operations.iter().map(|operation| operation.step.clone());
    let plan = Event::Plan {
        direction: Direction::Up,
        steps: steps.collect(),
    };
    let mut events = Vec::new();
    for operation in operations {
        let id = operation.step.id;
        events.push((operation.began, Event::StepStarted { id: id.clone() }));
        events.extend(operation.events);
        if let Some((at, status)) = operation.ended {
            let took = at.saturating_sub(operation.began);
            let went_wrong = status.contains("FAILED") || status.contains("ROLLBACK");
            events.push((
                at,
                Event::StepFinished {
                    id,
                    outcome: if went_wrong {
                        StepOutcome::Failed
                    } else {
                        StepOutcome::Done
                    },
                    elapsed_seconds: took.as_secs_f64(),
                    error: None,
                },
            ));
        }
    }
    events.sort_by_key(|(at, _)| *at);
    let end = events.last().map_or(Duration::ZERO, |(at, _)| *at);
    events.insert(0, (Duration::ZERO, plan));
    let finished = Finished {
        elapsed_seconds: end.as_secs_f64(),
        ..Finished::new(Outcome::Succeeded)
    };
    events.push((end, Event::Finished(finished)));
    events
}
