//! Home volumes and their mount targets (sections 1.5 and 2.4).

use super::{anchors, domain_evidence, stacks_of};
use crate::decide::{DeleteKept, Intent};
use crate::evidence::{Evidence, Verdict, verdict};
use crate::facts::{Facts, FileSystem, MountTarget};
use crate::mark;
use crate::resource::{Data, DataKind, Goes, Keeping, Kind, Resource, ResourceId, Status, Verb};

const GIB: u64 = 1 << 30;

pub(super) fn resources(facts: &Facts, intent: &Intent) -> Vec<Resource> {
    let mut resources = Vec::new();
    for found in facts.file_systems.items() {
        let evidence = volume_evidence(facts, found);
        if verdict(&evidence) == Verdict::Foreign {
            continue;
        }
        let fate = fate(found, intent);
        if fate == Fate::KeepAndMark || is_known_by_its_domain_alone(facts, found) {
            resources.push(mark_before(facts, found, &evidence));
        }
        let targets = facts
            .mount_targets
            .items()
            .iter()
            .filter(|target| target.file_system == found.id)
            .filter(|target| fate != Fate::Kept || is_ours_to_unmount(facts, found, target));
        resources.extend(targets.map(|target| mount_target(facts, target, &evidence, fate)));
        if fate == Fate::Delete {
            resources.extend(replication(facts, found, &evidence));
        }
        resources.push(volume(facts, found, evidence, fate));
    }
    resources
}

/// Whether a mount target of a volume that was kept is one of the domain's: somebody may have mounted the volume since.
fn is_ours_to_unmount(facts: &Facts, found: &FileSystem, target: &MountTarget) -> bool {
    let interfaces = facts.network_interfaces.items().iter();
    let mut interfaces = interfaces.filter(|it| target.interface.as_ref() == Some(&it.id));
    facts.stack_of(&target.subnet).is_some()
        || interfaces.any(|it| {
            super::network::is_our_vpc(facts, &it.vpc)
                || it
                    .groups
                    .iter()
                    .any(|group| is_group_of(facts, found, group))
        })
}

/// Whether SageMaker made a group for the domain whose home a volume is: that for inbound NFS is on every mount target that
/// it made (section 1.5).
fn is_group_of(facts: &Facts, found: &FileSystem, group: &str) -> bool {
    let domain = found.tags.get(mark::MANAGED_BY_DOMAIN);
    let mut groups = facts.security_groups.items().iter();
    groups.any(|it| {
        it.id == group && domain.is_some_and(|domain| super::network::is_group_of(it, domain))
    })
}

pub(super) fn our_volumes(facts: &Facts) -> Vec<String> {
    let ours = facts
        .file_systems
        .items()
        .iter()
        .filter(|found| verdict(&volume_evidence(facts, found)) != Verdict::Foreign);
    ours.map(|found| found.id.clone()).collect()
}

fn volume_evidence(facts: &Facts, found: &FileSystem) -> Vec<Evidence> {
    let mut evidence = domain_evidence(facts, &found.tags);
    let told = facts
        .domains
        .items()
        .iter()
        .find(|domain| domain.home_volume.as_ref() == Some(&found.id));
    evidence.extend(told.map(|domain| Evidence::NamedBy(domain.arn.clone())));
    evidence.extend_from_slice(facts.proof(Kind::FileSystem, &found.id));
    evidence.sort();
    evidence.dedup();
    // Our own mark: a volume that was kept, or that only its domain knew of, whatever became of that domain. What a stack
    // makes bears the stack's tags as well, and is the stack's.
    let is_marked = found.tags.get(mark::ENVIRONMENT) == Some(&facts.environment);
    if is_marked && !found.tags.contains_key(mark::STACK) {
        return vec![Evidence::NamedBy(
            format!("{}={}", mark::ENVIRONMENT, facts.environment).into(),
        )];
    }
    evidence
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Delete,
    /// Kept by an earlier choice.
    Kept,
    /// Kept by this run's choice; the mark is not on it yet.
    KeepAndMark,
}

fn fate(found: &FileSystem, intent: &Intent) -> Fate {
    let kept_before = found.tags.contains_key(mark::KEPT);
    match &intent.delete_kept {
        DeleteKept::Volume(id) if *id == found.id => return Fate::Delete,
        DeleteKept::All if kept_before => return Fate::Delete,
        DeleteKept::None | DeleteKept::All | DeleteKept::Volume(_) => {}
    }
    if kept_before {
        Fate::Kept
    } else if intent.home_volumes.covers(&found.id) {
        Fate::Delete
    } else {
        Fate::KeepAndMark
    }
}

fn volume(facts: &Facts, found: &FileSystem, evidence: Vec<Evidence>, fate: Fate) -> Resource {
    let mut volume = Resource::new(Kind::FileSystem, &found.id);
    volume.evidence = evidence;
    volume.status = match found.status.as_str() {
        "available" | "error" => Status::Ready,
        "deleted" => Status::Gone,
        other => Status::on_its_way(other),
    };
    let size_gib = found.size_bytes.div_ceil(GIB);
    volume.data = Some(Box::new(Data {
        kind: DataKind::HomeVolume,
        id: found.id.clone(),
        owner: None,
        size_gib: Some(size_gib),
        changed: None,
    }));
    match fate {
        Fate::Delete => volume.holds = anchors(facts),
        Fate::Kept => volume.goes = Goes::Kept(Keeping::EarlierChoice),
        Fate::KeepAndMark => volume.goes = Goes::Kept(Keeping::Choice),
    }
    volume
}

/// The replication that a volume is part of, which nobody ends but whoever set it up: that decides about the data in both of its
/// volumes (operators' notes, item 41).
fn replication(facts: &Facts, found: &FileSystem, evidence: &[Evidence]) -> Option<Resource> {
    let known = facts.replications.get(&found.id)?;
    let mut replication = Resource::new(Kind::Replication, &found.id);
    replication.evidence = evidence.to_vec();
    replication.goes = Goes::Kept(Keeping::Replicated);
    replication.holds = vec![ResourceId::new(Kind::FileSystem, &found.id)];
    replication.cure = Some(
        format!(
            "aws efs delete-replication-configuration --source-file-system-id {} --region {}",
            known.source, known.region
        )
        .into(),
    );
    Some(replication)
}

/// Whether a volume bears neither SageMaker's tag nor a mark of ours: when its domain has gone nothing tells of it.
fn is_known_by_its_domain_alone(facts: &Facts, found: &FileSystem) -> bool {
    let tags = [mark::MANAGED_BY_DOMAIN, mark::ENVIRONMENT];
    let mut domains = facts.domains.items().iter();
    !tags.iter().any(|tag| found.tags.contains_key(*tag))
        && domains.any(|domain| found.is_home_of(domain))
}

/// The mark is written before the domain goes: afterwards nothing else leads from the environment to the volume.
fn mark_before(facts: &Facts, found: &FileSystem, evidence: &[Evidence]) -> Resource {
    let mut mark = Resource::new(Kind::KeptMark, &found.id);
    mark.evidence = evidence.to_vec();
    mark.goes = Goes::By(Verb::Tag);
    let homes = facts
        .domains
        .items()
        .iter()
        .filter(|domain| found.is_home_of(domain));
    mark.holds = homes
        .map(|domain| ResourceId::new(Kind::Domain, &domain.id))
        .chain(anchors(facts))
        .collect();
    mark
}

fn mount_target(facts: &Facts, found: &MountTarget, evidence: &[Evidence], fate: Fate) -> Resource {
    let mut target = Resource::new(Kind::MountTarget, &found.id);
    target.evidence = evidence.to_vec();
    target.status = match found.status.as_str() {
        "available" | "error" => Status::Ready,
        "deleted" => Status::Gone,
        other => Status::on_its_way(other),
    };
    target.holds = anchors(facts);
    target.holds.extend(stacks_of(facts, [&found.subnet]));
    if fate == Fate::Delete {
        target
            .holds
            .push(ResourceId::new(Kind::FileSystem, &found.file_system));
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Agreed;
    use crate::facts::{Replication, Stacks};
    use crate::reading::Reading;

    #[test]
    fn a_volume_that_nobody_was_shown_is_kept_whatever_was_answered_about_another() {
        let arn = "arn:aws:sagemaker:us-east-1:111122223333:domain/d-ours";
        let volume = |id: &str| FileSystem {
            id: id.to_owned(),
            status: "available".to_owned(),
            tags: [(mark::MANAGED_BY_DOMAIN.to_owned(), arn.to_owned())].into(),
            ..FileSystem::default()
        };
        let facts = Facts {
            stacks: Reading::Known(Stacks {
                former_domains: ["d-ours".to_owned()].into(),
                ..Stacks::default()
            }),
            file_systems: Reading::Known(["fs-shown", "fs-new"].map(volume).into()),
            ..Facts::default()
        };
        let shown = Agreed::These(["fs-shown".to_owned()].into());
        for (home_volumes, new_is_kept) in [(shown, true), (Agreed::All, false)] {
            let intent = Intent {
                home_volumes,
                ..Intent::default()
            };
            let world = crate::assemble(&facts, &intent);
            let is_kept = |kind: Kind, id: &str| {
                let found = world.get(&ResourceId::new(kind, id));
                found.map(|found| found.goes == Goes::Kept(Keeping::Choice))
            };
            assert_eq!(is_kept(Kind::FileSystem, "fs-shown"), Some(false));
            assert_eq!(is_kept(Kind::FileSystem, "fs-new"), Some(new_is_kept));
            let marked = world.get(&ResourceId::new(Kind::KeptMark, "fs-new"));
            assert_eq!(marked.is_some(), new_is_kept);
        }
    }

    #[test]
    fn a_replication_holds_a_volume_that_is_to_go_and_no_other() {
        let volume = "fs-1".to_owned();
        let arn = "arn:aws:sagemaker:us-east-1:111122223333:domain/d-ours";
        let facts = Facts {
            stacks: Reading::Known(Stacks {
                former_domains: ["d-ours".to_owned()].into(),
                ..Stacks::default()
            }),
            file_systems: Reading::Known(vec![FileSystem {
                id: volume.clone(),
                status: "available".to_owned(),
                tags: [(mark::MANAGED_BY_DOMAIN.to_owned(), arn.to_owned())].into(),
                ..FileSystem::default()
            }]),
            replications: [(
                volume.clone(),
                Replication {
                    source: volume.clone(),
                    region: "us-east-1".to_owned(),
                },
            )]
            .into(),
            ..Facts::default()
        };
        for (home_volumes, holders) in [(Agreed::All, 1), (Agreed::None, 0)] {
            let intent = Intent {
                home_volumes: home_volumes.clone(),
                ..Intent::default()
            };
            let world = crate::assemble(&facts, &intent);
            let id = ResourceId::new(Kind::FileSystem, &volume);
            let held_by = world.holders(&id);
            let replications = held_by.filter(|it| it.goes == Goes::Kept(Keeping::Replicated));
            assert_eq!(replications.count(), holders, "{home_volumes:?}");
        }
    }
}
