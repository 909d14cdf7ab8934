//! What deleted stacks have left in a VPC that one of them has left as well, and their templates wanted kept: nothing but
//! CloudFormation's tags tells of which stack it is, and what it was there (section 3.8).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use environment::facts::{NetworkPart, SecurityGroup, Tags};
use environment::mark;

use super::Inventory;
use crate::aws::CallError;
use crate::aws::cloudformation::DELETED;

/// The logical ids that the templates of deleted stacks wanted kept, by ARN; nothing where that cannot be read any more.
#[derive(Default)]
pub(super) struct Cache {
    wanted: RefCell<BTreeMap<String, Option<BTreeSet<String>>>>,
}

impl Inventory {
    pub(super) async fn learn_kept_parts(&self, parts: &[NetworkPart]) -> Result<(), CallError> {
        let parts = parts.iter();
        let parts = parts.map(|part| (part.id.as_str(), part.vpc.as_str(), &part.tags));
        self.learn_kept(parts).await
    }

    pub(super) async fn learn_kept_groups(
        &self,
        groups: &[SecurityGroup],
    ) -> Result<(), CallError> {
        let groups = groups.iter();
        let groups = groups.map(|group| (group.id.as_str(), group.vpc.as_str(), &group.tags));
        self.learn_kept(groups).await
    }

    /// Notes what is to be kept of these things, by id, VPC and tags.
    async fn learn_kept<'a>(
        &self,
        things: impl Iterator<Item = (&'a str, &'a str, &'a Tags)>,
    ) -> Result<(), CallError> {
        for (id, vpc, tags) in things {
            let (Some(stack), Some(logical_id)) =
                (tags.get(mark::STACK_ARN), tags.get(mark::LOGICAL_ID))
            else {
                continue;
            };
            if !self.is_left_in(vpc, tags) {
                continue;
            }
            let wanted = self.wanted_kept(stack).await?;
            // What nobody can read any more may have wanted it.
            if wanted.is_none_or(|wanted| wanted.contains(logical_id)) {
                self.change().kept_parts.insert(id.to_owned());
            }
        }
        Ok(())
    }

    /// Whether a VPC was left behind, and something in it is the environment's.
    fn is_left_in(&self, vpc: &str, tags: &Tags) -> bool {
        let facts = self.facts();
        tags.get(mark::ENVIRONMENT) == Some(&facts.environment)
            && facts.left_vpcs().any(|left| left.id == vpc)
    }

    /// What the template of a deleted stack wanted kept. It changes no more, and is asked for once. What a living stack has
    /// are its members, of which the stack itself tells.
    async fn wanted_kept(&self, arn: &str) -> Result<Option<BTreeSet<String>>, CallError> {
        if let Some(known) = self.kept.wanted.borrow().get(arn) {
            return Ok(known.clone());
        }
        let wanted = match self.aws.stack(arn).await? {
            Some(stack) if stack.status == DELETED => self.retained(&stack).await?,
            Some(_) => return Ok(Some(BTreeSet::new())),
            None => None,
        };
        let mut known = self.kept.wanted.borrow_mut();
        known.insert(arn.to_owned(), wanted.clone());
        Ok(wanted)
    }
}
