//! What a domain that never came into service leaves behind: CloudFormation deletes the domain and keeps its home
//! volume, with mount targets, and two security groups that name each other (operators' notes, item 17).

use std::collections::BTreeSet;
use std::time::Duration;

use environment::facts::{FileSystem, SecurityGroup};
use environment::mark;
use futures_util::future::join_all;

use crate::aws::{CallError, Class};
use crate::context::Context;
use crate::event::Named;

const PAUSE: Duration = Duration::from_secs(4);

/// The leftovers of domains that one creation made and that nobody ever used.
pub(super) struct Leftovers<'a> {
    pub cx: &'a Context,
    pub account: &'a str,
    pub domains: BTreeSet<String>,
}

/// What is there of them now.
#[derive(Default)]
struct Left {
    volumes: Vec<FileSystem>,
    groups: Vec<SecurityGroup>,
}

impl Left {
    fn is_empty(&self) -> bool {
        self.volumes.is_empty() && self.groups.is_empty()
    }

    fn named(&self) -> Vec<Named> {
        let named = |kind: &str, id: &String| Named {
            kind: kind.to_owned(),
            id: id.clone(),
            name: None,
            stack: None,
            reason: Some("left by a domain that was rolled back".to_owned()),
        };
        let volumes = self.volumes.iter();
        let groups = self.groups.iter();
        volumes
            .map(|volume| named("AWS::EFS::FileSystem", &volume.id))
            .chain(groups.map(|group| named("AWS::EC2::SecurityGroup", &group.id)))
            .collect()
    }
}

impl Leftovers<'_> {
    fn arns(&self) -> Vec<String> {
        let arn = |id: &String| self.cx.aws.domain_arn(self.account, id);
        self.domains.iter().map(arn).collect()
    }

    /// Removes everything; what is still there when the time is over, or when a stop is asked for, is named.
    ///
    /// # Errors
    /// A refusal that repeating does not change.
    pub(super) async fn remove(&self) -> Result<Vec<Named>, CallError> {
        if self.domains.is_empty() {
            return Ok(Vec::new());
        }
        let mut last = Left::default();
        loop {
            let turn = async {
                if !self.are_gone().await? {
                    return Ok(None);
                }
                let left = self.look().await?;
                self.act(&left).await?;
                Ok(Some(left))
            };
            match turn.await {
                Ok(Some(left)) if left.is_empty() => return Ok(Vec::new()),
                Ok(Some(left)) => last = left,
                Ok(None) => {}
                Err(error) => passes(error)?,
            }
            if self.cx.stop.is_requested() || self.cx.clock.elapsed() >= self.cx.deadline {
                return Ok(last.named());
            }
            tokio::select! {
                biased;
                () = self.cx.stop.requested() => {}
                () = self.cx.clock.sleep(PAUSE) => {}
            }
        }
    }

    /// Whether the domains themselves are gone. One that nothing deletes is deleted: a Failed one counts against the
    /// quota of domains. Its profiles hold it and are as unused as it is.
    async fn are_gone(&self) -> Result<bool, CallError> {
        let mut gone = true;
        let existing = self.cx.aws.domains().await?;
        let ours = |id: &String| self.domains.contains(id);
        for domain in existing.iter().filter(|domain| ours(&domain.id)) {
            gone = false;
            let profiles = self.cx.aws.user_profiles(&domain.id).await?;
            for profile in profiles.iter().filter(|found| found.status != "Deleting") {
                let deleted = self.cx.aws.delete_user_profile(&domain.id, &profile.name);
                deleted.await.or_else(passes)?;
            }
            let settled = !matches!(domain.status.as_str(), "Deleting" | "Pending");
            if profiles.is_empty() && settled {
                self.cx
                    .aws
                    .delete_domain(&domain.id)
                    .await
                    .or_else(passes)?;
            }
        }
        Ok(gone)
    }

    async fn look(&self) -> Result<Left, CallError> {
        let arns = self.arns();
        let left = |volume: &FileSystem| {
            let of_ours = volume.tags.get(mark::MANAGED_BY_DOMAIN);
            of_ours.is_some_and(|arn| arns.contains(arn)) && !volume.tags.contains_key(mark::KEPT)
        };
        let mut volumes = self.cx.aws.file_systems().await?;
        volumes.retain(left);
        let groups = self.cx.aws.security_groups(&[], &arns).await?;
        Ok(Left { volumes, groups })
    }

    /// Asks for whatever may go now; what is held is asked for again at the next turn.
    async fn act(&self, left: &Left) -> Result<(), CallError> {
        let aws = &self.cx.aws;
        for volume in &left.volumes {
            let targets = aws.mount_targets(&volume.id).await.or_else(none_if_gone)?;
            let present = targets.iter().filter(|target| target.status != "deleting");
            for target in present {
                aws.delete_mount_target(&target.id).await.or_else(passes)?;
            }
            if targets.is_empty() && volume.status != "deleting" {
                aws.delete_file_system(&volume.id).await.or_else(passes)?;
            }
        }
        // The groups name each other: no rule may be left in any of them before the first can go.
        let revoked = left
            .groups
            .iter()
            .filter(|group| !group.names_groups.is_empty());
        let revoked = revoked.map(|group| aws.revoke_group_rules(&group.id, &group.names_groups));
        for revoked in join_all(revoked).await {
            revoked.or_else(passes)?;
        }
        for group in &left.groups {
            aws.delete_security_group(&group.id).await.or_else(passes)?;
        }
        Ok(())
    }
}

/// An answer that asks for another try, or says that it is done, is none to end with.
fn passes(error: CallError) -> Result<(), CallError> {
    match error.class {
        Class::NotFound | Class::Held | Class::Throttled | Class::Unreachable => Ok(()),
        Class::Denied | Class::Expired | Class::NoCredentials | Class::Other => Err(error),
    }
}

fn none_if_gone<T>(error: CallError) -> Result<Vec<T>, CallError> {
    if error.class == Class::NotFound {
        Ok(Vec::new())
    } else {
        Err(error)
    }
}
