//! What the stacks that exist have: what stays, and what goes first because its stack is made anew.

use std::collections::{BTreeMap, BTreeSet};

use environment::facts::Member;

use super::super::domain::DOMAIN;
use super::super::prepare::Ready;
use super::super::status::Work;
use super::advised;
use crate::aws::CallError;
use crate::context::Context;

const VPC: &str = "AWS::EC2::VPC";
const SUBNET: &str = "AWS::EC2::Subnet";
const ENDPOINT: &str = "AWS::EC2::VPCEndpoint";

/// Resources that exist, by what becomes of them.
#[derive(Clone, Debug, Default)]
pub(super) struct There {
    /// Members of the stacks that stay, by the stacks' keys; none for a stack whose members are not known.
    staying: BTreeMap<String, Vec<Member>>,
    pub freed: Freed,
}

/// Resources that go before anything is made, and so are in nobody's way.
#[derive(Clone, Debug, Default)]
pub(super) struct Freed {
    pub vpcs: usize,
    /// Ids.
    pub domains: BTreeSet<String>,
    pub endpoints: BTreeSet<String>,
    pub user_profiles: usize,
}

impl There {
    /// # Errors
    /// As any call that needs credentials.
    pub(super) async fn of(cx: &Context, ready: &Ready) -> Result<Self, CallError> {
        let mut there = Self::default();
        for (key, stack) in &ready.existing {
            let work = ready.work.get(key);
            if !matches!(work, Some(Work::Replace | Work::Update)) {
                continue;
            }
            let members = advised(cx, async || cx.aws.stack_members(&stack.arn).await).await?;
            let Some(mut members) = members else { continue };
            members.retain(Member::is_present);
            if work == Some(&Work::Update) {
                there.staying.insert(key.clone(), members);
            } else {
                there.freed.add(&members);
            }
        }
        for domain in &there.freed.domains {
            let profiles = advised(cx, async || cx.aws.user_profiles(domain).await);
            there.freed.user_profiles += profiles.await?.unwrap_or_default().len();
        }
        Ok(there)
    }

    /// Logical ids of what a stack that stays has; none where that is not known.
    pub(super) fn logical_ids(&self, key: &str) -> Option<BTreeSet<&str>> {
        let members = self.staying.get(key)?.iter();
        Some(members.map(|member| member.logical_id.as_str()).collect())
    }

    /// The VPC that stays.
    pub(super) fn vpc(&self) -> Option<String> {
        self.ids(VPC).next()
    }

    /// The subnets that stay.
    pub(super) fn subnets(&self) -> Vec<String> {
        self.ids(SUBNET).collect()
    }

    fn ids(&self, kind: &str) -> impl Iterator<Item = String> {
        let members = self.staying.values().flatten();
        let of_kind = members.filter(move |member| member.kind == kind);
        of_kind.map(|member| member.id.clone())
    }
}

impl Freed {
    fn add(&mut self, members: &[Member]) {
        for member in members {
            let id = member.id.clone();
            match member.kind.as_str() {
                VPC => self.vpcs += 1,
                DOMAIN => {
                    self.domains.insert(id);
                }
                ENDPOINT => {
                    self.endpoints.insert(id);
                }
                _ => {}
            }
        }
    }
}
