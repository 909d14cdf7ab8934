//! Deletions, and the rollbacks of creations, which are nothing else.

use super::super::resource::{self, Progress};
use super::super::stack::{Member, Phase, Stack};
use super::making::step_now_or_closing;
use super::permission::{self, Handled};
use super::{
    DEPENDED, Work, cleanup, end, get, ideal, later, member_event, pace, schedule, stack_event,
    step_now, told, with,
};
use crate::permissions::Step;
use crate::world::{Place, World};
use std::collections::BTreeSet;

/// Whether a deletion is through with a member.
fn is_through(member: &Member) -> bool {
    !member.exists()
}

pub(super) fn step(world: &mut World, place: &Place, stack: &Stack) {
    if cleanup::go_on(world, place, stack) {
        return;
    }
    let operation = stack.operation.clone();
    let retain = operation
        .as_ref()
        .map(|operation| operation.retain.clone())
        .unwrap_or_default();
    let failed: BTreeSet<String> = operation
        .map(|operation| operation.failed.into_iter().collect())
        .unwrap_or_default();
    let depended = |logical: &String| {
        stack
            .members
            .values()
            .any(|other| !is_through(other) && other.depends.contains(logical))
    };
    let ready: Vec<String> = stack
        .members
        .iter()
        .filter(|(logical, member)| {
            member.exists()
                && member.status != "DELETE_IN_PROGRESS"
                && !failed.contains(*logical)
                && !depended(logical)
        })
        .map(|(logical, _)| logical.clone())
        .collect();
    for logical in &ready {
        let policy = stack
            .members
            .get(logical)
            .and_then(|member| member.policy.clone());
        let rollback = stack.phase() == Some(Phase::RollbackCreate);
        let goes = rollback
            && (stack.retain_except_on_create || policy.as_deref() == Some("RetainExceptOnCreate"));
        let kept = policy.is_some() && !goes;
        if retain.contains(logical) || kept {
            member_event(world, place, &stack.arn, logical, "DELETE_SKIPPED", None);
            step_now(world, place, &stack.arn);
        } else {
            member_event(
                world,
                place,
                &stack.arn,
                logical,
                "DELETE_IN_PROGRESS",
                None,
            );
            let logical = logical.clone();
            let work = Work::Remove { logical, asked: 0 };
            later(world, place, &stack.arn, pace::INITIATION, work);
        }
    }
    let idle = !stack
        .members
        .values()
        .any(|member| member.status == "DELETE_IN_PROGRESS");
    if ready.is_empty() && idle {
        finish_deletion(world, place, stack);
    }
}

/// A deletion that takes the place of a rollback goes on with what the rollback was removing.
pub(in super::super) fn resume_removals(world: &mut World, place: &Place, arn: &str) {
    let going: Vec<String> = with(world, place, arn, |stack| {
        let members = stack.members.iter();
        members
            .filter(|(_, member)| member.status == "DELETE_IN_PROGRESS")
            .map(|(logical, _)| logical.clone())
            .collect()
    });
    for logical in going {
        let work = Work::Remove { logical, asked: 1 };
        later(world, place, arn, pace::QUESTION, work);
    }
}

/// Calls or asks the handler that removes a member. What something depends on is tried again for a quarter of an hour.
pub(super) fn remove(world: &mut World, place: &Place, arn: &str, logical: &str, asked: u32) {
    let Some(stack) = get(world, place, arn) else {
        return;
    };
    let going = |member: &&Member| member.status == "DELETE_IN_PROGRESS";
    let Some(member) = stack.members.get(logical).filter(going).cloned() else {
        return;
    };
    let Some(handler) = resource::find(&member.kind) else {
        return;
    };
    let (id, properties) = (&member.physical, &member.properties);
    let handled = Handled {
        logical,
        kind: &member.kind,
        id,
        properties,
    };
    let progress = if member.removing {
        let progress = handler.deletion(world, place, id, properties);
        pace::checked(world, place, handler, (id, member.at), progress)
    } else if ideal::is_held(world, place, &stack) {
        Progress::Failed(ideal::held())
    } else {
        match permission::check(world, place, &stack, Step::Delete, handled) {
            Ok(()) => handler.delete(world, place, id, properties),
            Err(failure) => Progress::Failed(failure),
        }
    };
    let phase = stack.phase();
    // Whoever holds a stack makes its next change a copy.
    drop(stack);
    with(world, place, arn, |stack| {
        if let Some(member) = stack.members.get_mut(logical) {
            member.removing = progress == Progress::Working;
        }
    });
    let again = |asked: u32| Work::Remove {
        logical: logical.to_owned(),
        asked,
    };
    match progress {
        Progress::Done => {
            member_event(world, place, arn, logical, "DELETE_COMPLETE", None);
            step_now_or_closing(world, place, arn);
        }
        Progress::Working => {
            let pause = pace::next_question(world, arn, asked);
            schedule(world, place, arn, pause, again(asked + 1));
        }
        Progress::Failed(failure) => {
            let now = world.now();
            let since = member.refused.unwrap_or(now);
            with(world, place, arn, |stack| {
                if let Some(member) = stack.members.get_mut(logical) {
                    member.refused = Some(since);
                }
            });
            if world.ideal && phase == Some(Phase::Delete) {
                ideal::wait(world, place, arn, logical, failure);
            } else if failure.cause == DEPENDED && now.since(since) < pace::retries(world) {
                later(world, place, arn, pace::RETRY, again(0));
            } else {
                let reason = told(world, place, arn, &failure);
                member_event(world, place, arn, logical, "DELETE_FAILED", Some(&reason));
                with(world, place, arn, |stack| {
                    if let Some(member) = stack.members.get_mut(logical) {
                        member.refused = None;
                    }
                    if let Some(operation) = &mut stack.operation {
                        operation.failed.push(logical.to_owned());
                    }
                });
                step_now_or_closing(world, place, arn);
            }
        }
    }
}

fn finish_deletion(world: &mut World, place: &Place, stack: &Stack) {
    let arn = &stack.arn;
    let operation = stack.operation.clone();
    let failed = operation
        .as_ref()
        .map(|operation| operation.failed.clone())
        .unwrap_or_default();
    let force = operation.is_some_and(|operation| operation.force);
    let rollback = stack.phase() == Some(Phase::RollbackCreate);
    if !failed.is_empty() && !force {
        let reason = format!(
            "The following resource(s) failed to delete: [{}]. ",
            failed.join(", ")
        );
        let status = if rollback {
            "ROLLBACK_FAILED"
        } else {
            "DELETE_FAILED"
        };
        stack_event(world, place, arn, status, Some(&reason));
        end(world, place, arn);
        return;
    }
    if force {
        let left: Vec<String> = stack
            .members
            .iter()
            .filter(|(_, member)| member.exists())
            .map(|(logical, _)| logical.clone())
            .collect();
        for logical in left {
            member_event(world, place, arn, &logical, "DELETE_SKIPPED", None);
        }
        cleanup::leave(world, place, arn);
    }
    stack_event(
        world,
        place,
        arn,
        if rollback {
            "ROLLBACK_COMPLETE"
        } else {
            "DELETE_COMPLETE"
        },
        None,
    );
    let now = world.now();
    end(world, place, arn);
    with(world, place, arn, |stack| {
        stack.old.clear();
        stack.outputs.clear();
        stack.imports.clear();
        stack.importing.clear();
    });
    if !rollback {
        world.region(place).cloudformation.deleted(now, arn);
    }
}

/// The stack is what it was before somebody asked for its deletion. Whether anything says so but its status is a switch
/// (sections 3.2 and 3.4).
pub(super) fn revert(world: &mut World, place: &Place, arn: &str, status: String, reason: String) {
    if world.switches.export_revert_has_an_event {
        stack_event(world, place, arn, &status, Some(&reason));
    } else {
        with(world, place, arn, |stack| {
            stack.status = status;
            stack.reason = Some(reason);
            stack.revision += 1;
        });
    }
    end(world, place, arn);
}
