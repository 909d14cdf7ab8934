//! The table of data, row by row: what goes and what stays by which words (design, section 3).

use jumpstart_vpc::down::Consent;
use jumpstart_vpc::event::{Fate, Outcome};
use serde_json::json;
use simulator::{Scenario, World};

use super::obstacles::put;
use super::starts::up;
use crate::support::hand::{carl, ids, rest};
use crate::support::{ENVIRONMENT, Life, force, paused, yes};

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
