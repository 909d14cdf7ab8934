//! Nested stacks: parts of the stack at their top, which go and stay with it.

use std::collections::{BTreeMap, BTreeSet};

use environment::facts::{Member, Nested, Stack};
use smol_str::SmolStr;

use super::Inventory;
use crate::aws::CallError;
use crate::aws::cloudformation::{self, DELETED, STACK};

/// A nested stack, and the ARN of the one that it is a member of.
struct Part {
    parent: SmolStr,
    stack: Stack,
}

impl Inventory {
    /// Takes nested stacks for parts of the stack at their top. One that its parent does not have any more stands for itself.
    pub(super) async fn fold_nested(
        &self,
        facts: &mut Vec<Stack>,
        nested: Vec<cloudformation::Stack>,
    ) -> Result<(), CallError> {
        let mut parts = Vec::new();
        for stack in nested {
            let parent = stack.parent.as_deref().unwrap_or_default().into();
            let stack = self.stack_fact(stack).await?;
            parts.push(Part { parent, stack });
        }
        let stacks = || facts.iter().chain(parts.iter().map(|part| &part.stack));
        let living: BTreeSet<SmolStr> = stacks().map(|stack| stack.arn.clone()).collect();
        let held = parts.iter().filter(|part| {
            let mut parent = stacks().filter(|stack| stack.arn == part.parent);
            parent.any(|parent| parent.members.iter().any(|it| it.id == part.stack.arn))
        });
        let held: BTreeSet<SmolStr> = held.map(|part| part.stack.arn.clone()).collect();
        let (parts, left): (Vec<Part>, Vec<Part>) = parts
            .into_iter()
            .partition(|part| held.contains(&part.stack.arn));
        for part in left {
            let has_parent = living.contains(&part.parent);
            facts.extend(self.left_by_its_parent(part, has_parent).await?);
        }
        fold(facts, parts);
        Ok(())
    }

    /// A nested stack that is no member of its parent any more; nothing where the parent is somebody else's.
    async fn left_by_its_parent(
        &self,
        left: Part,
        has_parent: bool,
    ) -> Result<Option<Stack>, CallError> {
        let is_wanted = if has_parent {
            // An update deletes what it takes out of a template, but for what that wanted kept.
            Some(!left.stack.status.starts_with("DELETE_"))
        } else {
            match self.aws.stack(&left.parent).await? {
                Some(parent) if parent.status == DELETED => {
                    self.is_wanted(&parent, &left.stack.arn).await?
                }
                Some(_) => return Ok(None),
                None => None,
            }
        };
        Ok(Some(as_left(left.stack, is_wanted)))
    }

    /// Whether a deleted parent's template wants a nested stack kept, where it tells.
    async fn is_wanted(
        &self,
        parent: &cloudformation::Stack,
        nested: &str,
    ) -> Result<Option<bool>, CallError> {
        let retained = self.retained(parent).await?;
        let members = self.aws.stack_members(&parent.arn).await?;
        let member = members.iter().find(|member| member.id == nested);
        let known = retained.zip(member);
        Ok(known.map(|(retained, member)| retained.contains(&member.logical_id)))
    }
}

/// A nested stack as its parent has left it. CloudFormation tells of a deleted stack for 90 days (section 3.2): where nobody
/// knows any more whether it was to be kept, it is.
fn as_left(mut nested: Stack, is_wanted: Option<bool>) -> Stack {
    if is_wanted != Some(false) {
        keep(&mut nested);
        nested.is_kept = true;
    }
    nested
}

/// Takes parts into the stacks at their tops. What a template wants kept is kept with everything in it.
fn fold(tops: &mut [Stack], mut parts: Vec<Part>) {
    keep_with_their_parents(tops, &mut parts);
    let parents = parts
        .iter()
        .map(|part| (part.stack.arn.clone(), part.parent.clone()));
    let parents: BTreeMap<SmolStr, SmolStr> = parents.collect();
    for part in parts {
        let above = std::iter::successors(Some(&part.parent), |arn| parents.get(*arn));
        let above: BTreeSet<&SmolStr> = above.take(parents.len() + 1).collect();
        if let Some(top) = tops.iter_mut().find(|stack| above.contains(&stack.arn)) {
            take_in(top, part.stack);
        }
    }
}

fn keep_with_their_parents(tops: &[Stack], parts: &mut [Part]) {
    loop {
        let parents = tops.iter().chain(parts.iter().map(|part| &part.stack));
        let members = parents.flat_map(|stack| &stack.members);
        let kept: BTreeSet<String> = members
            .filter(|member| member.kind == STACK && member.retained)
            .map(|member| member.id.clone())
            .collect();
        let loose = |part: &Stack| part.members.iter().any(|member| !member.retained);
        let mut parts = parts.iter_mut().map(|part| &mut part.stack);
        let Some(part) = parts.find(|part| kept.contains(part.arn.as_str()) && loose(part)) else {
            return;
        };
        keep(part);
    }
}

/// Nobody has to stop importing from what stays.
fn keep(stack: &mut Stack) {
    stack.exports.clear();
    for member in &mut stack.members {
        member.retained = true;
    }
}

fn take_in(top: &mut Stack, nested: Stack) {
    let members = nested.members.into_iter().map(|member| Member {
        nested_in: Some(nested.arn.clone()),
        ..member
    });
    top.members.extend(members);
    top.exports.extend(nested.exports);
    top.is_unreadable |= nested.is_unreadable;
    top.nested.push(Nested {
        arn: nested.arn,
        name: nested.name,
        status: nested.status,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(arn: &str, kind: &str, id: &str, retained: bool) -> Stack {
        let member = Member {
            kind: kind.to_owned(),
            id: id.to_owned(),
            retained,
            ..Member::default()
        };
        Stack {
            arn: arn.into(),
            members: vec![member],
            ..Stack::default()
        }
    }

    fn part(parent: &str, stack: Stack) -> Part {
        Part {
            parent: parent.into(),
            stack,
        }
    }

    #[test]
    fn a_nested_stack_that_was_left_is_kept_unless_its_parent_wanted_it_gone() {
        let left = |is_wanted: Option<bool>| {
            let nested = stack("part", "AWS::SageMaker::Domain", "d-1", false);
            let left = as_left(nested, is_wanted);
            (left.members[0].retained, left.is_kept)
        };
        assert_eq!(left(Some(true)), (true, true));
        assert_eq!(left(Some(false)), (false, false));
        assert_eq!(left(None), (true, true));
    }

    #[test]
    fn what_is_kept_is_kept_with_everything_in_it() {
        let mut tops = [
            stack("root", STACK, "middle", true),
            as_left(stack("left", STACK, "in-left", false), None),
        ];
        let parts = vec![
            part(
                "middle",
                stack("inner", "AWS::SageMaker::Domain", "d-1", false),
            ),
            part("root", stack("middle", STACK, "inner", false)),
            part(
                "root",
                stack("other", "AWS::SageMaker::Domain", "d-2", false),
            ),
            part(
                "left",
                stack("in-left", "AWS::SageMaker::Domain", "d-3", false),
            ),
        ];
        fold(&mut tops, parts);
        let told = |top: &Stack| -> Vec<(String, bool)> {
            let members = top.members.iter().map(|it| (it.id.clone(), it.retained));
            members.collect()
        };
        let of = |told: &[(&str, bool)]| -> Vec<(String, bool)> {
            told.iter()
                .map(|(id, kept)| ((*id).to_owned(), *kept))
                .collect()
        };
        let root = [
            ("middle", true),
            ("d-1", true),
            ("inner", true),
            ("d-2", false),
        ];
        assert_eq!(told(&tops[0]), of(&root));
        assert_eq!(told(&tops[1]), of(&[("in-left", true), ("d-3", true)]));
    }
}
