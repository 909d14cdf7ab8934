//! What a domain that never came into service leaves behind: CloudFormation deletes the domain and keeps its home
//! volume, with mount targets, and two security groups that name each other (operators' notes, item 17).

use std::collections::BTreeSet;
use std::time::Duration;

use environment::facts::{FileSystem, SecurityGroup};
use environment::mark;
use futures_util::future::join_all;

use super::domain::DOMAIN;
use crate::aws::{CallError, Class};
use crate::context::Context;
use crate::event::Named;

const PAUSE: Duration = Duration::from_secs(4);
/// What EFS meters of a volume on which nobody has written anything.
const EMPTY_VOLUME: u64 = 6 * 1024;

/// The leftovers of domains that one creation made and that nobody ever used.
pub(super) struct Leftovers<'a> {
    pub cx: &'a Context,
    pub account: &'a str,
    pub domains: BTreeSet<String>,
    /// Moment of the clock at which to give up.
    pub deadline: Duration,
}

/// What became of them.
pub(super) enum Cleared {
    /// Nothing is there any more.
    Done,
    /// A call was refused in a way that repeating does not change.
    Left(Vec<Named>, CallError),
    /// The time was over, or a stop was asked for.
    Late(Vec<Named>),
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
        let volumes = self.volumes.iter();
        let groups = self.groups.iter();
        volumes
            .map(|volume| named("AWS::EFS::FileSystem", &volume.id))
            .chain(groups.map(|group| named("AWS::EC2::SecurityGroup", &group.id)))
            .collect()
    }
}

fn named(kind: &str, id: &str) -> Named {
    Named {
        kind: kind.into(),
        id: id.into(),
        name: None,
        stack: None,
        reason: Some("left by a domain that was rolled back".to_owned()),
    }
}

fn of_domain(id: &str) -> Named {
    named(DOMAIN, id).because("it was to go, and what it leaves after it")
}

impl Leftovers<'_> {
    fn arns(&self) -> Vec<String> {
        let arn = |id: &String| self.cx.aws.domain_arn(self.account, id);
        self.domains.iter().map(arn).collect()
    }

    /// Removes everything, until the time is over or a stop is asked for.
    pub(super) async fn remove(&self) -> Cleared {
        if self.domains.is_empty() {
            return Cleared::Done;
        }
        // As long as nobody has looked, the domains stand for what they leave.
        let mut known: Vec<Named> = self.domains.iter().map(|id| of_domain(id)).collect();
        loop {
            match self.turn(&mut known).await {
                Ok(true) => return Cleared::Done,
                Ok(false) => {}
                Err(error) => {
                    if let Err(error) = passes(error) {
                        return Cleared::Left(known, error);
                    }
                }
            }
            if self.cx.stop.is_requested() || self.cx.clock.elapsed() >= self.deadline {
                return Cleared::Late(known);
            }
            self.cx.pause(PAUSE, self.deadline).await;
        }
    }

    /// Asks for whatever may go now; whether nothing is there any more.
    async fn turn(&self, known: &mut Vec<Named>) -> Result<bool, CallError> {
        if !self.are_gone().await? {
            return Ok(false);
        }
        let left = self.look().await?;
        *known = left.named();
        self.act(&left).await?;
        Ok(left.is_empty())
    }

    /// What there is of them, mount targets too.
    ///
    /// # Errors
    /// As any call.
    pub(super) async fn named(&self) -> Result<Vec<Named>, CallError> {
        let left = self.look().await?;
        let mut found = left.named();
        for volume in &left.volumes {
            let targets = self.cx.aws.mount_targets(&volume.id).await;
            let targets = targets.or_else(none_if_gone)?.into_iter();
            found.extend(targets.map(|target| named("AWS::EFS::MountTarget", &target.id)));
        }
        Ok(found)
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

    /// The volumes of theirs on which somebody has written something.
    ///
    /// # Errors
    /// As any call.
    pub(super) async fn volumes_with_data(&self) -> Result<Vec<FileSystem>, CallError> {
        let mut volumes = self.volumes().await?;
        volumes.retain(has_data);
        Ok(volumes)
    }

    async fn volumes(&self) -> Result<Vec<FileSystem>, CallError> {
        let arns = self.arns();
        let left = |volume: &FileSystem| {
            let of_ours = volume.tags.get(mark::MANAGED_BY_DOMAIN);
            of_ours.is_some_and(|arn| arns.contains(arn)) && !volume.tags.contains_key(mark::KEPT)
        };
        let mut volumes = self.cx.aws.file_systems().await?;
        volumes.retain(left);
        Ok(volumes)
    }

    async fn look(&self) -> Result<Left, CallError> {
        let volumes = self.volumes().await?;
        // With them come the groups whose rules name them: those are somebody else's.
        let mut groups = self.cx.aws.security_groups(&[], &self.arns(), &[]).await?;
        let is_of_theirs = |id: &str| self.domains.contains(id);
        groups.retain(|group| group.domain().is_some_and(is_of_theirs));
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

fn has_data(volume: &FileSystem) -> bool {
    volume.size_bytes > EMPTY_VOLUME
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_has_data_once_it_is_larger_than_an_empty_one() {
        let volume = |size_bytes| FileSystem {
            size_bytes,
            ..FileSystem::default()
        };
        assert!(!has_data(&volume(0)) && !has_data(&volume(6144)));
        assert!(has_data(&volume(6145)));
    }
}
