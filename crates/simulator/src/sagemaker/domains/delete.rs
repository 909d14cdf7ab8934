//! DeleteDomain: what it refuses, and what it leaves behind (sections 1.2, 1.4 and 1.5 of the notes on AWS's behaviour).

use serde::{Deserialize, Serialize};

use super::{find, home};
use crate::ec2::groups;
use crate::error::ServiceError;
use crate::sagemaker::life::{self, Step, Subject};
use crate::sagemaker::profiles::{DOMAIN_SHARED, in_domain};
use crate::sagemaker::record::Status;
use crate::sagemaker::refusals::{associated, busy};
use crate::sagemaker::{apps, state};
use crate::time::SimTime;
use crate::world::{Place, World};

/// `RetentionType`: what becomes of the home volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Retention {
    #[default]
    Retain,
    Delete,
}

/// Starts the deletion of a domain that is empty.
pub(in crate::sagemaker) fn delete(
    world: &mut World,
    place: &Place,
    id: &str,
    retention: Retention,
) -> Result<(), ServiceError> {
    let now = world.now();
    let record = find(world, place, id)?.record.clone();
    if record.status.busy() {
        return Err(busy(world, "delete", "Domain", &record));
    }
    let state = state(world, place);
    let inside = in_domain(id);
    if state.profiles.with_key(&inside).next().is_some() {
        return Err(associated("delete", "Domain", &record.arn, "UserProfile"));
    }
    if state.spaces.with_key(&inside).next().is_some() {
        return Err(associated("delete", "Domain", &record.arn, "Space"));
    }
    if apps::any_of_profile(world, place, id, DOMAIN_SHARED) {
        return Err(associated("delete", "Domain", &record.arn, "App"));
    }
    let domain = find(world, place, id)?;
    domain.retention = retention;
    domain.own_part_done = false;
    domain.record.turn(Status::Deleting, None, now);
    domain.home.forgive();
    if retention == Retention::Delete {
        home::shrink(world, place, id);
    }
    life::begin(world, place, Subject::Domain(id.to_owned()), Step::Deletion);
    Ok(())
}

/// The domain is gone. Its outbound group stays referenced for a while.
pub(super) fn finish(world: &mut World, place: &Place, id: &str) {
    let Some(domain) = state(world, place).domains.remove(id) else {
        return;
    };
    let shared = apps::Owner::UserProfile(DOMAIN_SHARED.to_owned());
    apps::forget_failed(world, place, &shared, id);
    let groups = domain.home.groups();
    for group in &groups {
        groups::release(world, place, group);
    }
    if domain.retention == Retention::Delete && world.switches.groups_go_with_volume {
        remove_groups(world, place, &groups);
    }
    let outbound = domain.home.outbound_group;
    if let Some(group) = outbound.filter(|group| groups::exists(world, place, group)) {
        groups::hold(world, place, &group, SimTime::NEVER);
        life::let_go_later(world, place, group);
    }
}

/// Takes the rules out of the groups, which refer to each other, and then deletes them. The service's role may do either
/// only to what carries its tag (section 7). A group that something else uses stays behind.
fn remove_groups(world: &mut World, place: &Place, ids: &[String]) {
    let all = &world.region(place).ec2.groups;
    let is_tagged = |id: &&String| {
        let group = all.get(id);
        group.is_some_and(|group| group.meta.tags.contains_key(home::TAG))
    };
    let tagged: Vec<&String> = ids.iter().filter(is_tagged).collect();
    for id in &tagged {
        if let Some(group) = world.region(place).ec2.groups.get_mut(id) {
            group.rules.clear();
            group.meta.changed();
        }
    }
    for id in &tagged {
        drop(groups::delete(world, place, id));
    }
}
