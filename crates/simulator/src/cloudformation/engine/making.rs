//! One member is made or changed by its handler.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::super::resource::{self, Failure, Progress, Request, ResourceType};
use super::super::stack::{Member, Phase, Stack};
use super::permission::{self, Handled};
use super::values::properties;
use super::{Work, get, later, member_event, pace, schedule, step_after, step_now, told, with};
use crate::permissions::Step;
use crate::world::{Place, World};

/// Types whose consistency is checked after they are configured.
const CHECKED: [&str; 1] = ["AWS::EC2::VPCEndpoint"];

/// Calls the handler that makes a member (or changes it, in an update).
pub(super) fn initiate(world: &mut World, place: &Place, arn: &str, logical: &str) {
    let Some((stack, member)) = at_work(world, place, arn, logical) else {
        return;
    };
    let updating = member.status == "UPDATE_IN_PROGRESS" && !member.physical.is_empty();
    if updating && is_still_changing(world, place, &stack, &member) {
        let logical = logical.to_owned();
        later(
            world,
            place,
            arn,
            pace::QUESTION,
            Work::Initiate { logical },
        );
        return;
    }
    match make(world, place, &stack, logical, &member, updating) {
        Ok(made) => {
            with(world, place, arn, |stack| made.keep(stack, logical));
            if !updating {
                let status = member.status.clone();
                let reason = Some("Resource creation Initiated");
                member_event(world, place, arn, logical, &status, reason);
            }
            let logical = logical.to_owned();
            let work = Work::Ask { logical, asked: 1 };
            later(world, place, arn, pace::QUESTION, work);
        }
        Err(reason) => member_failed(world, place, arn, logical, &reason),
    }
}

/// The stack and a member of it that is being made or changed.
fn at_work(
    world: &mut World,
    place: &Place,
    arn: &str,
    logical: &str,
) -> Option<(Arc<Stack>, Member)> {
    let stack = get(world, place, arn)?;
    let member = stack.members.get(logical)?.clone();
    let making = ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"];
    making
        .contains(&member.status.as_str())
        .then_some((stack, member))
}

/// What a rollback changes back may still be busy with the change, though not for ever.
fn is_still_changing(world: &mut World, place: &Place, stack: &Stack, member: &Member) -> bool {
    stack.phase() == Some(Phase::UpdateRollback)
        && resource::find(&member.kind)
            .is_some_and(|handler| goes(world, place, handler, member) == Progress::Working)
}

/// How a member's handler says that its creation or its update goes.
fn goes(world: &mut World, place: &Place, handler: &dyn ResourceType, member: &Member) -> Progress {
    let progress = handler.progress(world, place, &member.physical);
    pace::checked(
        world,
        place,
        handler,
        (&member.physical, member.at),
        progress,
    )
}

/// What a handler has begun.
struct Made {
    physical: String,
    properties: Value,
    tags: BTreeMap<String, String>,
    imports: BTreeSet<String>,
}

impl Made {
    fn keep(self, stack: &mut Stack, logical: &str) {
        stack.collect_imports(self.imports);
        if let Some(member) = stack.members.get_mut(logical) {
            member.physical = self.physical;
            member.properties = self.properties;
            member.tags = self.tags;
        }
    }
}

fn make(
    world: &mut World,
    place: &Place,
    stack: &Stack,
    logical: &str,
    member: &Member,
    updating: bool,
) -> Result<Made, String> {
    let (properties, imports) = if stack.phase() == Some(Phase::UpdateRollback) {
        (
            member.before.clone().unwrap_or(Value::Null),
            BTreeSet::new(),
        )
    } else {
        properties(world, place, stack, logical)?
    };
    let handler = resource::find(&member.kind)
        .ok_or_else(|| format!("Unrecognized resource type {}", member.kind))?;
    handler.check(&properties).map_err(|problem| {
        let failure = Failure::new(
            "InvalidRequest",
            format!("Properties validation failed for resource {logical} with message: {problem}"),
        );
        told(world, place, &stack.arn, &failure)
    })?;
    let handled = Handled {
        logical,
        kind: &member.kind,
        id: if updating { &member.physical } else { "" },
        properties: &properties,
    };
    let step = if updating { Step::Update } else { Step::Create };
    permission::check(world, place, stack, step, handled)
        .map_err(|failure| told(world, place, &stack.arn, &failure))?;
    let request = Request {
        place,
        stack_name: &stack.name,
        stack_id: &stack.arn,
        logical_id: logical,
        properties: &properties,
        stack_tags: &stack.tags,
        old_stack_tags: &member.tags,
    };
    let outcome = if updating {
        handler
            .update(world, &member.physical, &member.properties, &request)
            .map(|()| handler.id_after(world, &member.physical, &request))
    } else {
        handler.create(world, &request)
    };
    match outcome {
        Ok(physical) => Ok(Made {
            physical,
            properties,
            tags: stack.tags.clone(),
            imports,
        }),
        Err(failure) => Err(told(world, place, &stack.arn, &failure)),
    }
}

/// Asks how a creation or an update goes.
pub(super) fn ask(world: &mut World, place: &Place, arn: &str, logical: &str, asked: u32) {
    let Some((stack, member)) = at_work(world, place, arn, logical) else {
        return;
    };
    let Some(handler) = resource::find(&member.kind) else {
        return;
    };
    let progress = match goes(world, place, handler, &member) {
        Progress::Done => {
            let handled = Handled {
                logical,
                kind: &member.kind,
                id: &member.physical,
                properties: &member.properties,
            };
            permission::read(world, place, &stack, handled)
        }
        other @ (Progress::Working | Progress::Failed(_)) => other,
    };
    match progress {
        Progress::Working => {
            let pause = pace::next_question(world, arn, asked);
            let logical = logical.to_owned();
            let asked = asked + 1;
            schedule(world, place, arn, pause, Work::Ask { logical, asked });
        }
        Progress::Done => {
            if CHECKED.contains(&member.kind.as_str())
                && world.switches.configuration_complete_events
            {
                let now = world.now();
                with(world, place, arn, |stack| {
                    stack.configured(now, logical, &member.status);
                });
            }
            let done = member.status.replace("_IN_PROGRESS", "_COMPLETE");
            member_event(world, place, arn, logical, &done, None);
            step_now_or_closing(world, place, arn);
        }
        Progress::Failed(failure) => {
            let reason = told(world, place, arn, &failure);
            member_failed(world, place, arn, logical, &reason);
        }
    }
}

/// The next resources begin at once; the operation's end takes a moment.
pub(super) fn step_now_or_closing(world: &mut World, place: &Place, arn: &str) {
    let ideal = world.ideal;
    let working = get(world, place, arn).is_some_and(|stack| {
        // Other clients may have at work here what the ideal client removes by hand.
        let hurries = ideal && stack.phase() == Some(Phase::Delete);
        stack.members.values().any(|member| {
            let working = member.status.is_empty() || member.status.ends_with("_IN_PROGRESS");
            working || hurries && member.exists()
        })
    });
    if working {
        step_now(world, place, arn);
    } else {
        step_after(world, place, arn, pace::CLOSING);
    }
}

pub(super) fn member_failed(
    world: &mut World,
    place: &Place,
    arn: &str,
    logical: &str,
    reason: &str,
) {
    let status = with(world, place, arn, |stack| {
        stack
            .members
            .get(logical)
            .map(|member| member.status.clone())
    })
    .unwrap_or_default();
    let failed = if status.starts_with("UPDATE") {
        "UPDATE_FAILED"
    } else {
        "CREATE_FAILED"
    };
    member_event(world, place, arn, logical, failed, Some(reason));
    with(world, place, arn, |stack| {
        if let Some(operation) = &mut stack.operation {
            operation.failed.push(logical.to_owned());
        }
    });
    step_after(world, place, arn, pace::CLOSING);
}
