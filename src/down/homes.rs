//! Whose files are whose on the volumes that are kept. A profile tells it while it exists (operators' notes, item 10). Where it
//! has gone, the access point may that SageMaker made to mount its home: the root is the profile's folder, the user has the
//! profile's uid (SageMaker's Developer Guide, "Amazon EFS auto-mounting in Studio"). That it outlives the profile, and tells
//! its name in SageMaker's tag, AWS does not promise: what is there is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use environment::facts::{FileSystem, UserProfile};
use environment::resource::{Goes, Keeping};
use environment::{Kind, ResourceId, World, mark};

use crate::aws::Class;
use crate::aws::efs::AccessPoint;
use crate::context::Context;
use crate::event::Named;
use crate::inventory::Inventory;
use crate::patience::persist_within;
use crate::report::Stream;

/// How often homes are asked for where no answer comes, and the pause between: afterwards nobody may be able to tell any more.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(2);

/// The homes that are in each volume.
pub(super) type Homes = BTreeMap<String, BTreeSet<Home>>;

/// Somebody's folder on a volume. A profile that was made again has another one, so that a name may stand twice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Home {
    /// The name of a profile; of an access point that bears none, its id.
    whose: String,
    path: String,
    uid: Option<String>,
}

impl Home {
    fn of_profile(name: &str, uid: String) -> Self {
        Self {
            whose: name.to_owned(),
            path: format!("/{uid}"),
            uid: Some(uid),
        }
    }

    fn shown_by(point: AccessPoint) -> Self {
        let profile = profile_of(&point).map(str::to_owned);
        Self {
            whose: profile.unwrap_or(point.id),
            path: point.path,
            uid: point.uid,
        }
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.whose, self.path)?;
        match &self.uid {
            // SageMaker names the folder by the uid.
            Some(uid) if self.path.strip_prefix('/') != Some(uid.as_str()) => {
                write!(f, " (uid {uid})")
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// The name of the profile for which SageMaker made an access point, where its tag tells that.
fn profile_of(point: &AccessPoint) -> Option<&str> {
    let arn = point.tags.get(mark::MANAGED_BY_DOMAIN)?;
    let (_, profile) = arn.split_once(":user-profile/")?;
    profile.split_once('/').map(|(_, name)| name)
}

/// The homes in the volumes of ours that stay. Access points are asked for only where profiles do not tell.
pub(super) async fn read(cx: &Context, inventory: &Inventory, world: &World) -> Homes {
    let mut homes = Homes::new();
    for (volume, profiles) in kept(inventory, world) {
        let mut found = told_by_profiles(cx, &volume, &profiles).await;
        if profiles.is_empty() || found.len() < profiles.len() {
            let shown = shown_by_access_points(cx, &volume, &found).await;
            found.extend(shown);
        }
        if !found.is_empty() {
            homes.insert(volume, found);
        }
    }
    homes
}

/// The volumes of ours that stay by choice, each with the profiles whose home it is. One that was kept of a domain that is
/// gone is nobody's home any more.
fn kept(inventory: &Inventory, world: &World) -> Vec<(String, Vec<UserProfile>)> {
    let facts = inventory.facts();
    let kept = [Keeping::Choice, Keeping::EarlierChoice].map(Goes::Kept);
    let is_kept = |volume: &&FileSystem| {
        let found = world.get(&ResourceId::new(Kind::FileSystem, &volume.id));
        found.is_some_and(|found| World::is_ours(found, false) && kept.contains(&found.goes))
    };
    let mut volumes = Vec::new();
    for volume in facts.file_systems.items().iter().filter(is_kept) {
        let mut domains = facts.domains.items().iter();
        let domain = domains.find(|domain| volume.is_home_of(domain));
        let is_at_home =
            |profile: &&UserProfile| domain.is_some_and(|domain| profile.domain == domain.id);
        let profiles = facts.user_profiles.items().iter().filter(is_at_home);
        volumes.push((volume.id.clone(), profiles.cloned().collect()));
    }
    volumes
}

async fn told_by_profiles(cx: &Context, volume: &str, profiles: &[UserProfile]) -> BTreeSet<Home> {
    let mut homes = BTreeSet::new();
    for profile in profiles {
        let asked = async || cx.aws.home_uid(&profile.domain, &profile.name).await;
        match persist_within(cx, TRIES, PAUSE, asked).await {
            Ok(Some(uid)) => {
                let home = Home::of_profile(&profile.name, uid);
                say(cx, volume, &home);
                homes.insert(home);
            }
            Ok(None) => {}
            Err(error) => cx.events.warn(format!(
                "the uid of {} is not known: {}: {}",
                profile.name, error.action, error.code
            )),
        }
    }
    homes
}

/// The homes that are not known yet. Without an answer they are not told, and nothing else hangs on it.
async fn shown_by_access_points(cx: &Context, volume: &str, known: &BTreeSet<Home>) -> Vec<Home> {
    let asked = async || cx.aws.access_points(volume).await;
    let points = match persist_within(cx, TRIES, PAUSE, asked).await {
        Ok(points) => points,
        Err(error) if error.class == Class::NotFound => Vec::new(),
        Err(error) => {
            cx.events.warn(format!(
                "whose files are on {volume} is not known: {}: {}",
                error.action, error.code
            ));
            Vec::new()
        }
    };
    let homes = untold(points, known);
    for home in &homes {
        say(cx, volume, home);
    }
    homes
}

/// What access points show besides what is known. One at the root of the volume is nobody's home.
fn untold(points: Vec<AccessPoint>, known: &BTreeSet<Home>) -> Vec<Home> {
    let is_known = |path: &str| path == "/" || known.iter().any(|home| home.path == path);
    let points = points.into_iter().filter(|point| !is_known(&point.path));
    points.map(Home::shown_by).collect()
}

fn say(cx: &Context, volume: &str, home: &Home) {
    let Home { whose, path, uid } = home;
    let uid = uid.as_ref().map(|uid| format!(" (uid {uid})"));
    let told = format!(
        "  files of {whose} on {volume}: {path}{}",
        uid.unwrap_or_default()
    );
    cx.output.line(Stream::Err, &told);
}

/// Adds to each volume that is kept whose files are whose in it.
pub(super) fn tell(kept: &mut [Named], homes: &Homes) {
    for named in kept {
        if let (Some(homes), Some(reason)) = (homes.get(named.id.as_str()), &mut named.reason) {
            let told: Vec<String> = homes.iter().map(Home::to_string).collect();
            reason.push_str(&format!("; homes: {}", told.join(", ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(name: &str, uid: &str) -> Home {
        Home::of_profile(name, uid.to_owned())
    }

    #[test]
    fn a_volume_is_told_with_the_homes_that_are_in_it() {
        let volume = |id: &str| Named::of(&ResourceId::new(Kind::FileSystem, id)).because("kept");
        let mut kept = [volume("fs-old"), volume("fs-1"), volume("fs-2")];
        let homes = Homes::from([
            ("fs-1".to_owned(), [home("ann", "200001")].into()),
            ("fs-2".to_owned(), [home("ann", "200002")].into()),
        ]);
        tell(&mut kept, &homes);
        let told = kept.map(|named| named.reason.unwrap());
        let expected = [
            "kept",
            "kept; homes: ann /200001",
            "kept; homes: ann /200002",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn access_points_show_what_profiles_do_not_tell() {
        let point = |id: &str, path: &str, uid: Option<&str>, profile: Option<&str>| {
            let tag = profile.map(|name| {
                let arn =
                    format!("arn:aws:sagemaker:us-east-1:111122223333:user-profile/d-1/{name}");
                (mark::MANAGED_BY_DOMAIN.to_owned(), arn)
            });
            AccessPoint {
                id: id.to_owned(),
                path: path.to_owned(),
                uid: uid.map(str::to_owned),
                tags: tag.into_iter().collect(),
            }
        };
        let points = vec![
            point("fsap-told", "/200001", Some("200001"), Some("ann")),
            point("fsap-before", "/200000", Some("200000"), Some("ann")),
            point("fsap-nameless", "/200002", Some("200002"), None),
            point("fsap-by-hand", "/data", Some("1000"), None),
            point("fsap-for-all", "/shared", None, None),
            point("fsap-root", "/", Some("0"), None),
        ];
        let known = BTreeSet::from([home("ann", "200001")]);
        let shown = untold(points, &known);
        let shown: Vec<String> = shown.iter().map(Home::to_string).collect();
        let expected = [
            "ann /200000",
            "fsap-nameless /200002",
            "fsap-by-hand /data (uid 1000)",
            "fsap-for-all /shared",
        ];
        assert_eq!(shown, expected);
    }
}
