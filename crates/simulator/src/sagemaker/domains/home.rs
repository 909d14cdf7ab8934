//! A domain's home: what CreateDomain makes on the side (section 1.5 of the notes on AWS's behaviour): a volume, a mount
//! target in each zone, and two security groups that let the apps in; with RStudio a third one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::find;
use crate::ec2::groups::{self, Direction, NewGroup, NewRule, Peer};
use crate::efs::file_systems::{self, NewFileSystem};
use crate::efs::life::LifeCycle;
use crate::efs::mount_targets;
use crate::error::ServiceError;
use crate::kms;
use crate::sagemaker::refusals::validation;
use crate::time::SimTime;
use crate::world::{Place, World};

/// The tag whose value is the domain's ARN.
pub(crate) const TAG: &str = "ManagedByAmazonSageMakerResource";

/// NFS, and FSx for Lustre since November 2024.
const PORTS: &[(i32, i32)] = &[(2049, 2049), (988, 988), (1018, 1023)];

/// What belongs to a domain and is not part of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Home {
    /// There is, or shall be, a volume.
    pub(in crate::sagemaker) with_volume: bool,
    pub(in crate::sagemaker) file_system_id: Option<String>,
    pub(in crate::sagemaker) inbound_group: Option<String>,
    pub(in crate::sagemaker) outbound_group: Option<String>,
    /// Between RStudio's server and its sessions (operators' notes, item 40).
    pub(in crate::sagemaker) boundary_group: Option<String>,
    /// The mount targets have been asked for.
    mounted: bool,
    /// Why it could not be made or removed.
    problem: Option<String>,
}

impl Home {
    /// Forgets what went wrong: another attempt is made.
    pub(super) fn forgive(&mut self) {
        self.problem = None;
    }

    /// The groups that SageMaker made.
    pub(super) fn groups(&self) -> Vec<String> {
        let groups = [
            &self.inbound_group,
            &self.outbound_group,
            &self.boundary_group,
        ];
        groups.into_iter().flatten().cloned().collect()
    }
}

/// How far a home has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There is none (any more).
    Absent,
    Working,
    Complete,
    Broken(String),
}

/// Begins to make what is missing of the home. What goes wrong is the domain's failure reason.
pub(super) fn begin(world: &mut World, place: &Place, id: &str) {
    let Ok(domain) = find(world, place, id) else {
        return;
    };
    let (mut home, bounded) = (domain.home.clone(), domain.is_bounded());
    let made = make(world, place, id, &mut home, bounded);
    if let Err(error) = made {
        home.problem = Some(error.to_string());
    }
    if let Ok(domain) = find(world, place, id) {
        domain.home = home;
    }
}

fn make(
    world: &mut World,
    place: &Place,
    id: &str,
    home: &mut Home,
    bounded: bool,
) -> Result<(), ServiceError> {
    let domain = find(world, place, id)?;
    let (vpc_id, key) = (domain.vpc_id.clone(), domain.home_kms_key_id.clone());
    let tags = BTreeMap::from([(TAG.to_owned(), domain.record.arn.clone())]);
    if bounded && home.boundary_group.is_none() {
        home.boundary_group = Some(make_boundary(world, place, id, &vpc_id, &tags)?);
    }
    let reachable = home.with_volume || world.switches.groups_without_volume;
    if reachable && home.inbound_group.is_none() {
        make_groups(world, place, id, home, &vpc_id, &tags)?;
    }
    if !home.with_volume || home.file_system_id.is_some() {
        return Ok(());
    }
    key.as_ref()
        .map_or(Ok(()), |key| check_key(world, place, id, key))?;
    let volume = NewFileSystem {
        name: id.to_owned(),
        creation_token: id.to_owned(),
        encrypted: true,
        kms_key_id: key,
        performance_mode: None,
        throughput_mode: None,
        provisioned_throughput: None,
        tags,
        owner: Some(id.to_owned()),
    };
    home.file_system_id = Some(file_systems::create(world, place, volume)?);
    Ok(())
}

/// A volume cannot be encrypted with a key that is not there (operators' notes, item 18) or cannot be used (item 7).
fn check_key(world: &mut World, place: &Place, id: &str, key: &str) -> Result<(), ServiceError> {
    let arn = kms::arn_of(place, key);
    kms::check_usable(world, place, &arn).map_err(|error| {
        if error.code != "NotFoundException" {
            return error;
        }
        let text = format!(
            "Unable to create Amazon EFS for domain '{id}' because KMS key '{key}' does not exist. You must choose a key \
             that exists."
        );
        ServiceError::new("ResourceNotFoundError", text)
    })
}

/// Two groups that refer to each other. SageMaker refers to its groups for as long as the domain is there, and to one of
/// them a little longer.
fn make_groups(
    world: &mut World,
    place: &Place,
    id: &str,
    home: &mut Home,
    vpc_id: &str,
    tags: &BTreeMap<String, String>,
) -> Result<(), ServiceError> {
    let inbound = groups::create(world, place, group("inbound", id, vpc_id, tags))?;
    home.inbound_group = Some(inbound.clone());
    let outbound = groups::create(world, place, group("outbound", id, vpc_id, tags))?;
    home.outbound_group = Some(outbound.clone());
    groups::authorize(world, place, &inbound, Direction::Ingress, rules(&outbound))?;
    groups::authorize(world, place, &outbound, Direction::Egress, rules(&inbound))?;
    for group in [&inbound, &outbound] {
        groups::hold(world, place, group, SimTime::NEVER);
    }
    Ok(())
}

/// The group through which RStudio's server and its sessions talk. That there is one is known, its name and rules are not.
fn make_boundary(
    world: &mut World,
    place: &Place,
    id: &str,
    vpc_id: &str,
    tags: &BTreeMap<String, String>,
) -> Result<String, ServiceError> {
    let new = NewGroup {
        name: format!("{id}/domain-boundary"),
        group_name: format!("security-group-for-domain-boundary-{id}"),
        description: format!(
            "[DO NOT DELETE] Security Group that allows traffic between the apps of SageMaker Domain [{id}]"
        ),
        vpc_id: vpc_id.to_owned(),
        tags: tags.clone(),
        open_egress: false,
    };
    let made = groups::create(world, place, new)?;
    for direction in [Direction::Ingress, Direction::Egress] {
        let rule = NewRule {
            peer: Peer::Group(made.clone()),
            ..groups::everything_out()
        };
        groups::authorize(world, place, &made, direction, vec![rule])?;
    }
    groups::hold(world, place, &made, SimTime::NEVER);
    Ok(made)
}

fn group(direction: &str, id: &str, vpc_id: &str, tags: &BTreeMap<String, String>) -> NewGroup {
    NewGroup {
        name: format!("{id}/{direction}-nfs"),
        group_name: format!("security-group-for-{direction}-nfs-{id}"),
        description: format!(
            "[DO NOT DELETE] Security Group that allows {direction} NFS traffic for SageMaker Notebooks Domain [{id}]"
        ),
        vpc_id: vpc_id.to_owned(),
        tags: tags.clone(),
        open_egress: false,
    }
}

fn rules(peer: &str) -> Vec<NewRule> {
    let rule = |&(from, to): &(i32, i32)| NewRule {
        protocol: "tcp".to_owned(),
        from_port: Some(from),
        to_port: Some(to),
        peer: Peer::Group(peer.to_owned()),
        description: None,
    };
    PORTS.iter().map(rule).collect()
}

/// Makes the mount targets once the volume is there.
pub(super) fn grow(world: &mut World, place: &Place, id: &str) {
    let Ok(domain) = find(world, place, id) else {
        return;
    };
    if domain.home.mounted {
        return;
    }
    let Some(volume) = domain.home.file_system_id.clone() else {
        return;
    };
    if !file_systems::find(world, place, &volume)
        .is_ok_and(|volume| volume.state == LifeCycle::Available)
        || leaves_a_zone(world, place, &volume)
    {
        return;
    }
    let mounted = mount(world, place, id);
    note(world, place, id, mounted.err());
}

/// Makes the mount targets that are missing: one in each zone of the domain's subnets.
pub(super) fn mount(world: &mut World, place: &Place, id: &str) -> Result<(), ServiceError> {
    let domain = find(world, place, id)?;
    domain.home.mounted = true;
    let home = domain.home.clone();
    let (volume, group) = (home.file_system_id, home.inbound_group);
    let (Some(volume), Some(group)) = (volume, group) else {
        return Ok(());
    };
    for subnet in domain.subnet_ids.clone() {
        let name = format!("{id}/{subnet}");
        match mount_targets::create(
            world,
            place,
            &name,
            &volume,
            &subnet,
            std::slice::from_ref(&group),
        ) {
            // Another subnet in the same zone has it.
            Err(error) if error.code == "MountTargetConflict" => {}
            made => drop(made?),
        }
    }
    Ok(())
}

fn note(world: &mut World, place: &Place, id: &str, problem: Option<ServiceError>) {
    if let (Ok(domain), Some(problem)) = (find(world, place, id), problem) {
        domain.home.problem = Some(problem.to_string());
    }
}

/// Removes the mount targets and then the volume, if it still carries the tag by which SageMaker may (section 7).
pub(super) fn shrink(world: &mut World, place: &Place, id: &str) {
    let home = find(world, place, id)
        .ok()
        .map(|domain| domain.home.clone());
    let Some(volume) = home.and_then(|home| home.file_system_id) else {
        return;
    };
    if file_systems::find(world, place, &volume).is_ok_and(|volume| !volume.has_tag(TAG)) {
        let text = format!(
            "The service role is not authorized to delete {volume}, which lacks the tag {TAG}"
        );
        return note(world, place, id, Some(validation(text)));
    }
    let targets = mount_targets::of_file_system(world, place, &volume);
    for target in targets
        .iter()
        .filter(|target| target.state != LifeCycle::Deleting)
    {
        let deleted = mount_targets::delete(world, place, target.id());
        note(world, place, id, deleted.err());
    }
    if targets.is_empty() && file_systems::find(world, place, &volume).is_ok() {
        let deleted = file_systems::delete(world, place, &volume);
        note(world, place, id, deleted.err());
    }
}

/// How far the home of a domain has come.
pub(super) fn progress(world: &mut World, place: &Place, id: &str) -> Progress {
    let Ok(home) = find(world, place, id).map(|domain| domain.home.clone()) else {
        return Progress::Absent;
    };
    if let Some(problem) = home.problem {
        return Progress::Broken(problem);
    }
    if !home.with_volume {
        return Progress::Complete;
    }
    let Some(volume) = home.file_system_id else {
        return Progress::Absent;
    };
    let Ok(state) = file_systems::find(world, place, &volume).map(|volume| volume.state) else {
        return Progress::Absent;
    };
    let targets = mount_targets::of_file_system(world, place, &volume);
    if state == LifeCycle::Error
        || targets
            .iter()
            .any(|target| target.state == LifeCycle::Error)
    {
        return Progress::Broken(format!(
            "Unable to create or remove Amazon EFS for domain '{id}'."
        ));
    }
    let available = targets
        .iter()
        .all(|target| target.state == LifeCycle::Available);
    if home.mounted && available && state == LifeCycle::Available {
        Progress::Complete
    } else {
        Progress::Working
    }
}

/// Brings the mount targets to where the domain's subnets are now.
pub(super) fn follow_subnets(
    world: &mut World,
    place: &Place,
    id: &str,
) -> Result<(), ServiceError> {
    let domain = find(world, place, id)?;
    let subnets = domain.subnet_ids.clone();
    let Some(volume) = domain.home.file_system_id.clone() else {
        return Ok(());
    };
    for target in mount_targets::of_file_system(world, place, &volume) {
        if !subnets.contains(&target.subnet_id) && target.state != LifeCycle::Deleting {
            mount_targets::delete(world, place, target.id())?;
        }
    }
    if leaves_a_zone(world, place, &volume) {
        find(world, place, id)?.home.mounted = false;
        return Ok(());
    }
    mount(world, place, id)
}

/// A zone is free for another mount target only when the one that goes is gone.
fn leaves_a_zone(world: &mut World, place: &Place, volume: &str) -> bool {
    let targets = mount_targets::of_file_system(world, place, volume);
    targets
        .iter()
        .any(|target| target.state == LifeCycle::Deleting)
}
