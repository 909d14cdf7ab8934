//! What CloudFormation remembers of an environment's stacks: those that exist, and those deleted in the last 90 days.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use environment::{Verb, mark};
use jiff::Timestamp;

use crate::aws::cloudformation::{Stack, StackEvent};
use crate::aws::{Aws, CallError};
use crate::event::{Event, Named, Step, StepOutcome};
use crate::stacks::operation::is_settled;

/// One event of one stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub time: Timestamp,
    pub stack: String,
    pub arn: String,
    pub event: StackEvent,
}

/// Every event of the environment's stacks, oldest first. Names are those that its set gives its stacks.
///
/// # Errors
/// As any call.
pub async fn read(
    aws: &Aws,
    environment: &str,
    names: BTreeSet<String>,
) -> Result<Vec<Entry>, CallError> {
    let mut entries = Vec::new();
    for stack in stacks(aws, environment, names).await? {
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
async fn stacks(
    aws: &Aws,
    environment: &str,
    mut names: BTreeSet<String>,
) -> Result<Vec<Stack>, CallError> {
    let marked =
        |stack: &Stack| stack.tags.get(mark::ENVIRONMENT).map(String::as_str) == Some(environment);
    let mut stacks: Vec<Stack> = aws.stacks().await?.into_iter().filter(marked).collect();
    names.extend(stacks.iter().map(|stack| stack.name.clone()));
    for (arn, name) in aws.deleted_stacks().await? {
        // A list of deleted stacks shows no tags, and one call for each would be as many as the account has had: asked
        // are those of a name that ours may have had.
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

/// What happened to stacks without a longer break.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    pub began: Timestamp,
    /// Moments are times since it began. Each operation of a stack is a step.
    pub events: Vec<(Duration, Event)>,
}

/// As long as this nothing happens between two activities.
const BREAK: Duration = Duration::from_secs(600);

/// The history by activities, oldest first.
pub fn activities(entries: &[Entry]) -> Vec<Activity> {
    let Some(first) = entries.first() else {
        return Vec::new();
    };
    let mut activities: Vec<Vec<Operation>> = Vec::new();
    let mut end = Duration::ZERO;
    for operation in operations(entries, first.time) {
        let until = operation.until();
        match activities.last_mut() {
            Some(last) if operation.began <= end + BREAK => last.push(operation),
            Some(_) | None => activities.push(vec![operation]),
        }
        end = end.max(until);
    }
    activities
        .into_iter()
        .map(|operations| activity(first.time, operations))
        .collect()
}

/// The operations of all stacks by the moment at which they began.
fn operations(entries: &[Entry], first: Timestamp) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries {
        let at = Duration::try_from(entry.time.duration_since(first)).unwrap_or_default();
        let of_stack = entry.event.physical_id == entry.arn;
        let place = open.get(entry.arn.as_str()).copied();
        let place = place.unwrap_or_else(|| {
            operations.push(begin(entry, at, operations.len()));
            operations.len() - 1
        });
        open.insert(&entry.arn, place);
        if let Some(operation) = operations.get_mut(place) {
            operation.take(entry, at, of_stack);
            if operation.ended.is_some() {
                open.remove(entry.arn.as_str());
            }
        }
    }
    operations
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
            id: format!("{}:AWS::CloudFormation::Stack:{name}", kind.word()).into(),
            kind,
            resource: Named {
                kind: "AWS::CloudFormation::Stack".into(),
                id: name.as_str().into(),
                name: Some(name.into()),
                stack: Some(entry.stack.as_str().into()),
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
        let stack = self.step.resource.id.to_string();
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

    /// When its last event was.
    fn until(&self) -> Duration {
        self.events.last().map_or(self.began, |(at, _)| *at)
    }

    /// Its events, by times since a moment.
    fn told(self, since: Duration) -> Vec<(Duration, Event)> {
        let id = self.step.id.to_string();
        let mut events = vec![(self.began, Event::StepStarted { id: id.clone() })];
        events.extend(self.events);
        if let Some((at, status)) = self.ended {
            let went_wrong = status.contains("FAILED") || status.contains("ROLLBACK");
            let outcome = if went_wrong {
                StepOutcome::Failed
            } else {
                StepOutcome::Done
            };
            let finished = Event::StepFinished {
                id,
                outcome,
                elapsed_seconds: at.saturating_sub(self.began).as_secs_f64(),
                error: None,
            };
            events.push((at, finished));
        }
        let relative = |(at, event): (Duration, Event)| (at.saturating_sub(since), event);
        events.into_iter().map(relative).collect()
    }
}

/// Operations as the steps of one activity.
fn activity(first: Timestamp, operations: Vec<Operation>) -> Activity {
    let began = operations.first().map_or(Duration::ZERO, |it| it.began);
    let mut events: Vec<(Duration, Event)> = Vec::new();
    for operation in &operations {
        let step = operation.step.clone();
        events.push((Duration::ZERO, Event::StepAdded { step }));
    }
    for operation in operations {
        events.extend(operation.told(began));
    }
    events.sort_by_key(|(at, _)| *at);
    Activity {
        began: first.checked_add(began).unwrap_or(first),
        events,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(minute: i64, status: &str) -> Entry {
        let arn = "arn:aws:cloudformation:us-east-1:1:stack/demo-network/1";
        Entry {
            time: Timestamp::from_second(1_800_000_000 + minute * 60).unwrap(),
            stack: "demo-network".to_owned(),
            arn: arn.to_owned(),
            event: StackEvent {
                logical_id: "demo-network".to_owned(),
                physical_id: arn.to_owned(),
                kind: "AWS::CloudFormation::Stack".to_owned(),
                status: status.to_owned(),
                ..StackEvent::default()
            },
        }
    }

    #[test]
    fn days_between_two_operations_are_no_activity() {
        let entries = [
            entry(0, "CREATE_IN_PROGRESS"),
            entry(14, "CREATE_COMPLETE"),
            entry(16, "UPDATE_IN_PROGRESS"),
            entry(17, "UPDATE_COMPLETE"),
            entry(5000, "DELETE_IN_PROGRESS"),
            entry(5003, "DELETE_COMPLETE"),
        ];
        let told = activities(&entries);
        let steps = |activity: &Activity| {
            let added = |(_, event): &&(Duration, Event)| matches!(event, Event::StepAdded { .. });
            activity.events.iter().filter(added).count()
        };
        assert_eq!(told.iter().map(steps).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(told[1].began, entries[4].time);
        assert_eq!(told[1].events.last().unwrap().0, Duration::from_secs(180));
        assert!(activities(&[]).is_empty());
    }
}
