//! Nested stacks: parts of their roots, which go and stay with them.

use std::collections::BTreeSet;

use environment::facts::{Member, Nested, Stack};

use super::Inventory;
use crate::aws::CallError;
use crate::aws::cloudformation::{self, DELETED};

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
    async fn left_by_its_root(&self, root: &str, left: Stack) -> Result<Option<Stack>, CallError> {
        let root = self.aws.stack(root).await?;
        let is_wanted = match root.as_ref().filter(|root| root.status == DELETED) {
            Some(root) => self.is_wanted(root, &left.arn).await?,
            None => None,
        };
        let status = root.as_ref().map(|root| root.status.as_str());
        Ok(as_left(left, status, is_wanted))
    }

    /// Whether a deleted root's template wants a nested stack kept, where it tells.
    async fn is_wanted(
        &self,
        root: &cloudformation::Stack,
        nested: &str,
    ) -> Result<Option<bool>, CallError> {
        let retained = self.retained(root).await?;
        let members = self.aws.stack_members(&root.arn).await?;
        let member = members.iter().find(|member| member.id == nested);
        let known = retained.zip(member);
        Ok(known.map(|(retained, member)| retained.contains(&member.logical_id)))
    }
}

/// A nested stack as its root has left it; nothing where that lives elsewhere. CloudFormation tells of a deleted stack for 90
/// days (section 3.2): of a root without a status nobody knows any more what it wanted kept.
fn as_left(mut nested: Stack, root: Option<&str>, is_wanted: Option<bool>) -> Option<Stack> {
    if root.is_some_and(|status| status != DELETED) {
        return None;
    }
    match is_wanted {
        Some(true) => {
            keep(&mut nested);
            nested.is_kept = true;
        }
        Some(false) => {}
        None => nested.is_unreadable = true,
    }
    Some(nested)
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
        let Some(part) = parts.find(|part| kept.contains(part.arn.as_str()) && loose(part)) else {
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
        nested_in: Some(nested.arn.clone()),
        ..member
    });
    root.members.extend(members);
    root.exports.extend(nested.exports);
    root.is_unreadable |= nested.is_unreadable;
    root.nested.push(Nested {
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

    #[test]
    fn a_nested_stack_is_as_its_root_has_left_it_and_in_doubt_where_nobody_knows_that_any_more() {
        let left = |root: Option<&str>, is_wanted: Option<bool>| {
            let nested = stack("part", "AWS::SageMaker::Domain", "d-1", false);
            as_left(nested, root, is_wanted)
                .map(|left| (left.members[0].retained, left.is_kept, left.is_unreadable))
        };
        assert_eq!(left(Some("UPDATE_COMPLETE"), None), None);
        assert_eq!(left(Some(DELETED), Some(true)), Some((true, true, false)));
        assert_eq!(
            left(Some(DELETED), Some(false)),
            Some((false, false, false))
        );
        assert_eq!(left(Some(DELETED), None), Some((false, false, true)));
        assert_eq!(left(None, None), Some((false, false, true)));
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
