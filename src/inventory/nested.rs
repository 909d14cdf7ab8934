//! Nested stacks: parts of their roots, which go and stay with them.

use std::collections::BTreeSet;

use environment::facts::{Member, Stack};

use super::Inventory;
use crate::aws::{CallError, cloudformation};

/// `AWS::CloudFormation::Stack`, whose physical id is the nested stack's ARN.
const NESTED: &str = "AWS::CloudFormation::Stack";

impl Inventory {
    /// Takes nested stacks for parts of their roots. One whose root was deleted and left it stands for itself.
    pub(super) async fn fold_nested(
        &self,
        facts: &mut Vec<Stack>,
        nested: Vec<cloudformation::Stack>,
    ) -> Result<(), CallError> {
        let mut parts = Vec::new();
        for stack in nested {
            let root = stack.root.clone().unwrap_or_default();
            parts.push((root, self.stack_fact(stack).await?));
        }
        keep_with_their_parents(facts, &mut parts);
        for (root, part) in parts {
            if let Some(root) = facts.iter_mut().find(|it| it.arn == root) {
                fold(root, part);
            } else if let Some(left) = self.left_by_its_root(&root, part).await? {
                facts.push(left);
            }
        }
        Ok(())
    }

    /// A nested stack that its deleted root has left: against its will, or because its template wanted it kept.
    async fn left_by_its_root(
        &self,
        root: &str,
        mut left: Stack,
    ) -> Result<Option<Stack>, CallError> {
        let root = self.aws.stack(root).await?;
        let Some(root) = root.filter(|root| root.status == "DELETE_COMPLETE") else {
            return Ok(None);
        };
        let retained = self.retained(&root).await?;
        let members = self.aws.stack_members(&root.arn).await?;
        match members.iter().find(|member| member.id == left.arn) {
            Some(it) if self.stacks.is_read(&root.arn) => {
                if retained.contains(&it.logical_id) {
                    keep(&mut left);
                }
            }
            Some(_) | None => left.is_unreadable = true,
        }
        Ok(Some(left))
    }
}

/// What a template wants kept is kept with everything in it.
fn keep_with_their_parents(roots: &[Stack], parts: &mut [(String, Stack)]) {
    loop {
        let parents = roots.iter().chain(parts.iter().map(|(_, part)| part));
        let members = parents.flat_map(|stack| &stack.members);
        let kept: BTreeSet<String> = members
            .filter(|member| member.kind == NESTED && member.retained)
            .map(|member| member.id.clone())
            .collect();
        let loose = |part: &Stack| part.members.iter().any(|member| !member.retained);
        let mut parts = parts.iter_mut().map(|(_, part)| part);
        let Some(part) = parts.find(|part| kept.contains(&part.arn) && loose(part)) else {
            return;
        };
        keep(part);
    }
}

fn keep(stack: &mut Stack) {
    for member in &mut stack.members {
        member.retained = true;
    }
}

fn fold(root: &mut Stack, nested: Stack) {
    let members = nested.members.into_iter().map(|member| Member {
        is_nested: true,
        ..member
    });
    root.members.extend(members);
    root.exports.extend(nested.exports);
    root.is_unreadable |= nested.is_unreadable;
    root.nested.push(nested.name);
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
            arn: arn.to_owned(),
            members: vec![member],
            ..Stack::default()
        }
    }

    #[test]
    fn what_is_kept_is_kept_with_everything_in_it() {
        let root = [stack("root", NESTED, "middle", true)];
        let part = |stack| ("root".to_owned(), stack);
        let mut parts = [
            part(stack("inner", "AWS::SageMaker::Domain", "d-1", false)),
            part(stack("middle", NESTED, "inner", false)),
            part(stack("other", "AWS::SageMaker::Domain", "d-2", false)),
        ];
        keep_with_their_parents(&root, &mut parts);
        let kept = parts.map(|(_, part)| part.members[0].retained);
        assert_eq!(kept, [true, true, false]);
    }
}
