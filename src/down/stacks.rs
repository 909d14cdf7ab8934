//! Stacks that go, and those whose deletion has failed before.

use std::collections::BTreeSet;

use environment::facts::{Member, Nested, Stack};
use environment::ledger::Action;
use environment::resource::Status;
use environment::{Answer, Facet};

use super::teardown::Teardown;
use crate::aws::cloudformation::DELETE_FAILED;
use crate::aws::{CallError, Class};
use crate::stacks::operation::{Aim, End, Follow};

impl Teardown<'_> {
    /// Deletes a stack and follows it to its end.
    pub(super) async fn delete_stack(&self, action: &Action, arn: &str) -> Answer {
        if self.inventory.facts().stacks.known().is_none() {
            return Answer::NotSent("the list of stacks could not be read".to_owned());
        }
        let stack = {
            let facts = self.inventory.facts();
            let mut stacks = facts.marked().iter();
            stacks.find(|stack| stack.arn == arn).cloned()
        };
        let Some(stack) = stack else {
            return Answer::Gone;
        };
        let mut retain = Vec::new();
        if stack.status == DELETE_FAILED {
            let gone = match self.delete_failed_parts(action, &stack).await {
                Ok(gone) => gone,
                Err(answer) => return answer,
            };
            let proved = self.proved_gone(&stack, None, &gone).await;
            retain = proved.unwrap_or_default();
        }
        self.delete_and_follow(action, arn, &stack.name, retain)
            .await
    }

    /// Deletes by themselves the nested stacks whose deletion has failed and of whose members nothing is left: with their
    /// parent's deletion they would only fail again, for that can retain members of the parent alone. The innermost go first.
    /// Returns their ARNs; how a deletion went that came to nothing is the answer of the whole.
    async fn delete_failed_parts<'s>(
        &self,
        action: &Action,
        stack: &'s Stack,
    ) -> Result<BTreeSet<&'s str>, Answer> {
        let mut gone = BTreeSet::new();
        let nested = stack.nested.iter();
        let failed = nested.filter(|it| it.status == DELETE_FAILED && !is_kept(stack, it));
        let mut failed: Vec<&Nested> = failed.collect();
        while let Some(at) = innermost(stack, &failed) {
            let part = failed.swap_remove(at);
            let Some(retain) = self.proved_gone(stack, Some(&part.arn), &gone).await else {
                continue;
            };
            let deleted = self.delete_and_follow(action, &part.arn, &part.name, retain);
            match deleted.await {
                Answer::Accepted | Answer::Gone => gone.insert(part.arn.as_str()),
                answer @ (Answer::Held(_) | Answer::NotSent(_) | Answer::Failed(_)) => {
                    return Err(answer);
                }
            };
        }
        Ok(gone)
    }

    /// The members of a failed deletion that are proved gone, of a stack or of one nested in it: only these are retained, and
    /// only when they are all that failed.
    async fn proved_gone(
        &self,
        stack: &Stack,
        nested: Option<&str>,
        gone: &BTreeSet<&str>,
    ) -> Option<Vec<String>> {
        let mut proved = Vec::new();
        let failed = members(stack, nested).filter(|member| member.status == DELETE_FAILED);
        for member in failed.filter(|member| !gone.contains(member.id.as_str())) {
            if !self.is_gone(&member.kind, &member.id).await {
                return None;
            }
            proved.push(member.logical_id.clone());
        }
        Some(proved)
    }

    async fn delete_and_follow(
        &self,
        action: &Action,
        arn: &str,
        name: &str,
        retain: Vec<String>,
    ) -> Answer {
        let reason_before = {
            let survey = self.inventory.survey();
            let stack = survey.marked.iter().find(|stack| stack.arn == arn);
            stack.and_then(|stack| stack.reason.clone())
        };
        let aws = self.inventory.aws();
        let token = self.token();
        if let Err(error) = aws
            .delete_stack(arn, &token, retain, self.role_arn.clone())
            .await
        {
            return self.not_deleted(action, error).await;
        }
        let follow = Follow {
            aws,
            events: self.events,
            stop: self.stop,
            name,
            arn,
            token: Some(&token),
            aim: Aim::Delete,
            reason_before,
            deadline: self.deadline,
        };
        match follow.run(BTreeSet::new()).await {
            Ok(End::Done(_)) => Answer::Accepted,
            Ok(End::Reverted(reason)) => {
                // No event of the stack says so.
                let told = format!("the deletion was cancelled: {reason}");
                self.say(action, told.clone());
                Answer::Held(told)
            }
            Ok(End::Failed {
                status,
                cause,
                members,
            }) => {
                self.note_failure(action, &status, cause.as_ref());
                let cause = cause
                    .map(|cause| format!(": {} {}", cause.logical_id, cause.reason))
                    .unwrap_or_default();
                Answer::Held(format!("{status}, [{}]{cause}", members.join(", ")))
            }
            Ok(End::Stopped | End::Late) => Answer::NotSent("still going on".to_owned()),
            Err(error) => self.answer(action, error),
        }
    }

    /// What it means that a stack's deletion was refused. Somebody may have begun an update since the stacks were read, for
    /// which there is no code (section 3.2): only a stack that is seen at rest has refused for good.
    async fn not_deleted(&self, action: &Action, error: CallError) -> Answer {
        if error.class == Class::Other {
            self.inventory.read(Facet::Stacks).await;
            let world = self.world();
            let stack = world.get(&action.1);
            if stack.is_none_or(|stack| stack.status != Status::Ready) {
                return Answer::NotSent(format!("{}: {}", error.code, error.message));
            }
        }
        self.answer(action, error)
    }
}

/// The members of a stack's own, or of one nested in it.
fn members<'s>(stack: &'s Stack, nested: Option<&str>) -> impl Iterator<Item = &'s Member> {
    let members = stack.members.iter();
    members.filter(move |member| member.nested_in.as_deref() == nested)
}

/// Whether a nested stack stays by the will of a template above it. Somebody may have tried to delete it before.
fn is_kept(stack: &Stack, nested: &Nested) -> bool {
    let mut members = stack.members.iter();
    members.any(|member| member.id == nested.arn && member.retained)
}

/// Which of these nested stacks has none of the others in it.
fn innermost(stack: &Stack, nested: &[&Nested]) -> Option<usize> {
    nested.iter().position(|outer| {
        let mut inner = members(stack, Some(&outer.arn));
        !inner.any(|member| nested.iter().any(|it| it.arn == member.id))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_nested_stacks_the_innermost_goes_first() {
        let member = |id: &str, nested_in: Option<&str>| Member {
            id: id.to_owned(),
            nested_in: nested_in.map(Into::into),
            ..Member::default()
        };
        let nested = ["outer", "middle", "inner"].map(|arn| Nested {
            arn: arn.into(),
            ..Nested::default()
        });
        let stack = Stack {
            members: vec![
                member("outer", None),
                member("middle", Some("outer")),
                member("inner", Some("middle")),
                member("d-1", Some("inner")),
            ],
            ..Stack::default()
        };
        let mut left: Vec<&Nested> = nested.iter().collect();
        let mut order = Vec::new();
        while let Some(at) = innermost(&stack, &left) {
            order.push(left.swap_remove(at).arn.as_str());
        }
        assert_eq!(order, ["inner", "middle", "outer"]);
    }
}
