//! The table of data, row by row: what goes and what stays by which words (design, section 3).

use jumpstart_vpc::down::Consent;
use jumpstart_vpc::event::{Event, Fate, Finished, Outcome};
use serde_json::{Value, json};
use simulator::{Scenario, World};

use super::obstacles::put;
use super::starts::up;
use super::worlds::{Choice, begun};
use crate::support::hand::{carl, hand, ids, rest};
use crate::support::process::post;
use crate::support::{ENVIRONMENT, Life, difference, force, paused, warnings, yes};

const SEED: u64 = 141;

/// An environment, with somebody's space in it or without.
fn world(with_space: bool) -> World {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        up(&life).await;
        if with_space {
            life.session(ENVIRONMENT, 1).await;
        }
        life.shell.snapshot()
    })
}

/// What a teardown comes to: its outcome, whether a space is left, and whether the home volume is.
fn after(world: &World, consent: Consent) -> (Outcome, bool, bool) {
    let life = Life::within(world, SEED);
    let fallen = paused(SEED, life.down(ENVIRONMENT, consent));
    let space = !ids(&life, "AWS::SageMaker::Space").is_empty();
    let volumes = ids(&life, "AWS::EFS::FileSystem");
    let told = |id: &String| {
        let mut data = fallen.data.iter();
        data.any(|told| told.data.id == *id && told.fate == Fate::Kept)
    };
    if fallen.outcome == Outcome::Succeeded {
        assert!(volumes.iter().all(told), "{fallen:#?}");
    }
    (fallen.outcome, space, !volumes.is_empty())
}

#[test]
fn what_is_said_decides_what_is_lost() {
    let delete_spaces = || Consent {
        delete_spaces: true,
        ..yes()
    };
    let keep_efs = || Consent {
        keep_efs: true,
        ..force()
    };
    let used = world(true);
    assert_eq!(after(&used, yes()), (Outcome::Refused, true, true));
    assert_eq!(
        after(&used, delete_spaces()),
        (Outcome::Succeeded, false, true)
    );
    assert_eq!(after(&used, force()), (Outcome::Succeeded, false, false));
    assert_eq!(after(&used, keep_efs()), (Outcome::Succeeded, false, true));
    let unused = world(false);
    assert_eq!(after(&unused, yes()), (Outcome::Succeeded, false, true));
}

#[test]
fn a_volume_that_was_kept_before_is_not_told_with_the_homes_of_others() {
    let life = Life::within(&world(false), SEED);
    paused(SEED, async {
        let first = life.down(ENVIRONMENT, yes()).await;
        assert_eq!(first.outcome, Outcome::Succeeded, "{first:#?}");
        let kept = ids(&life, "AWS::EFS::FileSystem").remove(0);
        // The name is used again.
        up(&life).await;
        let began = life.shell.snapshot().log().len();
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let told = |fallen: &Finished| {
            let mut volumes = fallen.kept.iter();
            let volume = volumes.find(|named| named.id == kept).unwrap();
            volume.reason.clone().unwrap()
        };
        // Its own are told again, now by its access points.
        let homes = |told: &str| told.split("homes: ").nth(1).map(str::to_owned);
        let known = homes(&told(&first)).unwrap();
        assert!(known.starts_with("default-user /"), "{known}");
        assert_eq!(homes(&told(&fallen)), Some(known), "{fallen:#?}");
        let world = life.shell.snapshot();
        let asked = world.log().iter().skip(began);
        let asked = asked.filter(|entry| {
            entry.action == "sagemaker:DescribeUserProfile" && entry.caller.ends_with("/ann")
        });
        assert_eq!(asked.count(), 0);
    });
}

/// The folders that the access points of a volume show, as anybody may ask.
async fn folders(life: &Life, volume: &str) -> Vec<String> {
    let path = format!("access-points?FileSystemId={volume}");
    let answer = carl(life).efs("GET", &path, None).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let points = answer["AccessPoints"].as_array().unwrap().iter();
    let path = |point: &Value| point["RootDirectory"]["Path"].as_str().unwrap().to_owned();
    points.map(path).collect()
}

/// What Ann's calls for access points have named, call by call.
fn asked_for_access_points(life: &Life) -> Vec<Vec<String>> {
    let world = life.shell.snapshot();
    let asked = world.log().iter().filter(|entry| {
        entry.action == "elasticfilesystem:DescribeAccessPoints" && entry.caller.ends_with("/ann")
    });
    asked.map(|entry| entry.resources.clone()).collect()
}

#[test]
fn access_points_tell_whose_homes_are_in_a_volume_whose_profiles_are_gone() {
    let full = begun(SEED, "domain deleted by hand");
    let life = Life::within(&full.world, SEED);
    paused(SEED, async {
        let fallen = life.down(ENVIRONMENT, yes()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let wrong = full.wrongly_left(Choice::LogsButNoVolume, &life);
        assert_eq!(wrong, Vec::<String>::new());
        // Once, and about ours alone: the neighbour's volume has access points too.
        let volume = fallen.kept[0].id.to_string();
        assert_eq!(asked_for_access_points(&life), [[volume.clone()]]);
        let folder = folders(&life, &volume).await.remove(0);
        let homes = format!("; homes: default-user {folder}");
        let told = |fallen: &Finished| fallen.kept[0].reason.clone().unwrap();
        assert!(told(&fallen).ends_with(&homes), "{fallen:#?}");
        // So they do where nothing else is left: the first to keep it may have died before it told.
        let again = life.down(ENVIRONMENT, yes()).await;
        assert_eq!(again.outcome, Outcome::Succeeded, "{again:#?}");
        assert!(told(&again).ends_with(&homes), "{again:#?}");
    });
}

#[test]
fn who_may_not_ask_for_access_points_is_told_so_and_keeps_the_volume() {
    let full = begun(SEED, "domain deleted by hand");
    let life = Life::within(&full.world, SEED);
    paused(SEED, async {
        let rule = json!({
            "match": {"action": "elasticfilesystem:DescribeAccessPoints", "caller": "*ann*"},
            "answer": {"kind": "error", "code": "AccessDeniedException", "message": "no", "status": 403},
        });
        post(&life.shell, "/_simulator/faults", &rule).await;
        let fallen = life.down(ENVIRONMENT, yes()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let wrong = full.wrongly_left(Choice::LogsButNoVolume, &life);
        assert_eq!(wrong, Vec::<String>::new());
        let told = warnings(&life);
        assert!(
            told.contains("elasticfilesystem:DescribeAccessPoints"),
            "{told}"
        );
        let reason = fallen.kept[0].reason.clone().unwrap();
        assert!(!reason.contains("homes"), "{reason}");
        assert!(reason.contains("--delete-efs="), "{reason}");
        assert!(!asked_for_access_points(&life).is_empty());
    });
}

#[test]
fn where_profiles_tell_their_homes_nobody_asks_for_access_points() {
    let life = Life::within(&world(false), SEED);
    let fallen = paused(SEED, life.down(ENVIRONMENT, yes()));
    assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
    let asked = asked_for_access_points(&life);
    assert!(asked.is_empty(), "{asked:?}");
}

#[test]
fn a_kept_volume_stays_where_somebody_has_mounted_it_since() {
    let life = Life::within(&world(false), SEED);
    paused(SEED, async {
        assert!(put(&life, "foreign interface").await);
        let first = life.down(ENVIRONMENT, yes()).await;
        assert_eq!(first.outcome, Outcome::Blocked, "{first:#?}");
        let volume = ids(&life, "AWS::EFS::FileSystem").remove(0);
        let carl = carl(&life);
        let members = [("CidrBlock", "10.9.0.0/16")];
        let vpc = carl.ec2("CreateVpc", &members, "vpcId").await;
        let members = [("VpcId", vpc.as_str()), ("CidrBlock", "10.9.0.0/24")];
        let subnet = carl.ec2("CreateSubnet", &members, "subnetId").await;
        let wanted = json!({"FileSystemId": volume, "SubnetId": subnet});
        carl.efs("POST", "mount-targets", Some(wanted)).await;
        rest(&life, 300).await;
        let mounted = ids(&life, "AWS::EFS::MountTarget");
        assert_eq!(mounted.len(), 1);
        let members = [("NetworkInterfaceId", first.blockers[0].id.as_str())];
        carl.ec2("DeleteNetworkInterface", &members, "return").await;
        let fallen = life.down(ENVIRONMENT, yes()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(ids(&life, "AWS::EFS::MountTarget"), mounted);
    });
}

/// Has the home volume copied to another region; gives its id and the path of the replication.
async fn replicate(life: &Life) -> (String, String) {
    let volume = ids(life, "AWS::EFS::FileSystem").remove(0);
    let path = format!("file-systems/{volume}/replication-configuration");
    let copies = json!({"Destinations": [{"Region": "eu-west-1"}]});
    hand(life).efs("POST", &path, Some(copies)).await;
    rest(life, 900).await;
    (volume, path)
}

#[test]
fn a_volume_in_a_replication_stays_until_somebody_ends_that() {
    for is_bad_request in [false, true] {
        paused(SEED, async {
            let mut scenario = Scenario::default();
            scenario.switches.replicated_volume_is_bad_request = is_bad_request;
            let life = Life::new(scenario, SEED);
            let before = life.rows();
            up(&life).await;
            let (volume, path) = replicate(&life).await;
            let ann = hand(&life);
            let copy = ids(&life, "AWS::EFS::FileSystem")
                .into_iter()
                .find(|id| *id != volume)
                .unwrap();
            let delete_efs = || Consent {
                delete_efs: true,
                ..yes()
            };
            let fallen = life.down(ENVIRONMENT, delete_efs()).await;
            // It is a decision about data (operators' notes, item 41), and the same command goes on when it has been taken.
            assert_eq!(fallen.exit_code, 3, "{is_bad_request}: {fallen:#?}");
            assert!(fallen.blockers.is_empty(), "{fallen:#?}");
            assert!(ids(&life, "AWS::EFS::FileSystem").contains(&volume));
            assert!(ids(&life, "AWS::SageMaker::Domain").is_empty());
            let why = |kind: &str| {
                let mut left = fallen.remaining.iter();
                let left = left.find(|left| left.kind == kind && left.id == volume);
                left.unwrap().reason.clone().unwrap()
            };
            let held = why("AWS::EFS::FileSystem");
            assert!(held.contains("replication configuration"), "{held}");
            let mut data = fallen.data.iter();
            assert!(data.all(|told| told.fate == Fate::Kept), "{fallen:#?}");
            let command = format!(
                "aws efs delete-replication-configuration --source-file-system-id {volume} --region us-east-1"
            );
            let told = why("AWS::EFS::ReplicationConfiguration");
            assert!(told.contains(&command), "{told}");
            assert_eq!(next_steps(&life, "volume-replicated"), [command]);
            // Nobody asks again and again for what only a decision changes.
            let asked = life.writes().into_iter();
            let asked = asked.filter(|(action, _)| action == "elasticfilesystem:DeleteFileSystem");
            assert!(asked.count() < 5, "{is_bad_request}");
            // It is somebody's decision; the copy stays with whoever wanted it.
            ann.efs("DELETE", &path, None).await;
            rest(&life, 900).await;
            let fallen = life.down(ENVIRONMENT, delete_efs()).await;
            assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
            let left = difference(&before, &life.rows());
            assert_eq!(left, [format!("new: AWS::EFS::FileSystem {copy}")]);
        });
    }
}

#[test]
fn a_volume_goes_whose_replication_has_ended_while_the_rest_went() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        up(&life).await;
        let (volume, path) = replicate(&life).await;
        let ann = hand(&life);
        // The interface endpoints are the last to go besides the volume and what it holds.
        for (kind, seconds) in [
            ("AWS::EFS::ReplicationConfiguration", 600.0),
            ("AWS::EC2::VPCEndpoint", 1200.0),
        ] {
            let slow = json!({
                "match": {"type": kind, "operation": "delete"},
                "effect": {"kind": "take", "seconds": seconds},
            });
            post(&life.shell, "/_simulator/faults", &slow).await;
        }
        ann.efs("DELETE", &path, None).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert!(!ids(&life, "AWS::EFS::FileSystem").contains(&volume));
        let refused = life.writes().into_iter().filter(|(action, code)| {
            action == "elasticfilesystem:DeleteFileSystem" && code.is_some()
        });
        assert!(refused.count() > 0);
    });
}

/// The commands of a hint that was given.
fn next_steps(life: &Life, wanted: &str) -> Vec<String> {
    let events = life.recorder.0.borrow();
    let given = events.iter().filter_map(|event| match event {
        Event::Hint { id, next, .. } if id == wanted => Some(next.clone()),
        _ => None,
    });
    given.flatten().collect()
}
