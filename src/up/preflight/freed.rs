//! What the stacks that are removed first still use.

use std::collections::BTreeSet;

use environment::facts::Member;

use super::super::domain::DOMAIN;
use super::super::status::Work;
use super::Checking;
use crate::aws::CallError;

/// Resources that go before anything is made, and so are in nobody's way.
#[derive(Clone, Debug, Default)]
pub(super) struct Freed {
    pub vpcs: usize,
    /// Ids.
    pub domains: BTreeSet<String>,
    pub user_profiles: usize,
}

impl Freed {
    /// # Errors
    /// As any call that needs credentials.
    pub(super) async fn of(checking: &Checking<'_>) -> Result<Self, CallError> {
        let mut freed = Self::default();
        let aws = &checking.cx.aws;
        for (key, stack) in &checking.ready.existing {
            if checking.ready.work.get(key) != Some(&Work::Replace) {
                continue;
            }
            let members = checking.advised(async || aws.stack_members(&stack.arn).await);
            for member in members.await?.unwrap_or_default() {
                freed.add(&member);
            }
        }
        for domain in &freed.domains {
            let profiles = checking.advised(async || aws.user_profiles(domain).await);
            freed.user_profiles += profiles.await?.unwrap_or_default().len();
        }
        Ok(freed)
    }

    fn add(&mut self, member: &Member) {
        if member.is_gone() || member.id.is_empty() {
            return;
        }
        match member.kind.as_str() {
            "AWS::EC2::VPC" => self.vpcs += 1,
            DOMAIN => {
                self.domains.insert(member.id.clone());
            }
            _ => {}
        }
    }
}
