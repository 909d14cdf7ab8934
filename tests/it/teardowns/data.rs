//! The table of data, row by row: what goes and what stays by which words (design, section 3).

use jumpstart_vpc::down::Consent;
use jumpstart_vpc::event::{Fate, Outcome};
use simulator::{Scenario, World};

use super::starts::up;
use super::worlds::fork;
use crate::support::hand::ids;
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
    let life = fork(world, SEED);
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
