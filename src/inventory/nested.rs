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
            parent.any(|parent| is_part(parent, &part.stack))
        });
        let held: BTreeSet<SmolStr> = held.map(|part| part.stack.arn.clone()).collect();
        let (parts, left): (Vec<Part>, Vec<Part>) = parts
            .into_iter()
            .partition(|part| held.contains(&part.stack.arn));
        for part in left {
            let is_dropped = living.contains(&part.parent);
            facts.extend(self.left_by_its_parent(part, is_dropped).await?);
        }
        fold(facts, parts);
        Ok(())
    }

    /// A nested stack that is no member of its parent any more; nothing where the parent is somebody else's.
    async fn left_by_its_parent(
        &self,
        left: Part,
        is_dropped: bool,
    ) -> Result<Option<Stack>, CallError> {
        let is_wanted = if is_dropped {
            None
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

/// Whether a stack has another for a part. One that is on its way may be so before its parent's list shows it, and one that
/// was skipped has been let go.
fn is_part(parent: &Stack, nested: &Stack) -> bool {
    let mut members = parent.members.iter().filter(|it| it.id == nested.arn);
    nested.status.ends_with("_IN_PROGRESS")
        || members.any(|member| member.retained || member.status != "DELETE_SKIPPED")
}

/// A nested stack as its parent has left it. CloudFormation tells of a deleted stack for 90 days (section 3.2), and of what an
/// update took out of a template nothing: where nobody knows whether a stack was to be kept, it is, unless its deletion has
/// been tried.
fn as_left(mut nested: Stack, is_wanted: Option<bool>) -> Stack {
    let is_going = nested.status.starts_with("DELETE_");
    if is_wanted.unwrap_or(!is_going) {
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
    let mut done = BTreeSet::new();
    loop {
        let parents = tops.iter().chain(parts.iter().map(|part| &part.stack));
        let members = parents.flat_map(|stack| &stack.members);
        let kept: BTreeSet<String> = members
            .filter(|member| member.kind == STACK && member.retained)
            .map(|member| member.id.clone())
            .collect();
        let mut parts = parts.iter_mut().map(|part| &mut part.stack);
        let Some(part) = parts.find(|it| kept.contains(it.arn.as_str()) && !done.contains(&it.arn))
        else {
            return;
        };
        keep(part);
        done.insert(part.arn.clone());
    }
}

/// Nobody has to stop importing from what stays as a whole, and what its template says does not matter.
fn keep(stack: &mut Stack) {
    stack.exports.clear();
    stack.is_unreadable = false;
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
    use environment::facts::Export;

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
        let left = |status: &str, is_wanted: Option<bool>| {
            let mut nested = stack("part", "AWS::SageMaker::Domain", "d-1", false);
            nested.status = status.to_owned();
            let left = as_left(nested, is_wanted);
            (left.members[0].retained, left.is_kept)
        };
        assert_eq!(left("CREATE_COMPLETE", Some(true)), (true, true));
        assert_eq!(left("CREATE_COMPLETE", Some(false)), (false, false));
        assert_eq!(left("CREATE_COMPLETE", None), (true, true));
        assert_eq!(left("DELETE_FAILED", None), (false, false));
        assert_eq!(left("DELETE_FAILED", Some(true)), (true, true));
    }

    #[test]
    fn a_nested_stack_is_part_of_its_parent_until_that_has_let_it_go() {
        let part_of = |listed: &str, retained: bool, status: &str| {
            let mut parent = stack("parent", STACK, "part", retained);
            parent.members[0].status = listed.to_owned();
            let mut nested = stack("part", "AWS::SageMaker::Domain", "d-1", false);
            nested.status = status.to_owned();
            let other = stack("other", STACK, "another", false);
            (is_part(&parent, &nested), is_part(&other, &nested))
        };
        let complete = "CREATE_COMPLETE";
        assert_eq!(part_of(complete, false, complete), (true, false));
        assert_eq!(part_of("DELETE_SKIPPED", true, complete), (true, false));
        assert_eq!(part_of("DELETE_SKIPPED", false, complete), (false, false));
        assert_eq!(part_of("", false, "REVIEW_IN_PROGRESS"), (true, true));
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
        let exporting = |mut part: Part| {
            part.stack.exports.push(Export {
                name: format!("{}-export", part.stack.arn),
                importers: vec!["theirs".to_owned()],
            });
            part
        };
        let parts = parts.into_iter().map(exporting).collect();
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
        // Whoever imports from what stays may go on.
        let exports = tops.iter().flat_map(|top| &top.exports);
        let exports: Vec<&str> = exports.map(|export| export.name.as_str()).collect();
        assert_eq!(exports, ["other-export"]);
    }
}
