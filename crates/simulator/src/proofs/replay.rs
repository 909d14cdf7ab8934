//! The same seed and the same requests give the same log: in another copy, after a save, and in another build.

use super::walk::Walk;
use crate::scenario::Scenario;
use crate::world::World;

/// Everything that draws or happens by itself: latency, rates, faults, durations, lists that lag, permissions, and what
/// people did and will do.
const RICH: &str = "
largest-page = 3
[switches]
lists-lag = true
[[principal]]
name = 'walker'
policy = '{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}, \
    {\"Effect\": \"Deny\", \"Action\": \"elasticfilesystem:Delete*\", \"Resource\": \"*\"}]}'
[[act]]
caller = 'bob'
action = 'ec2:CreateVpc'
as = 'vpc'
input = { CidrBlock = '10.9.0.0/16' }
[[act]]
caller = 'bob'
action = 'ec2:CreateSubnet'
at = 600
input = { VpcId = '${vpc.vpc.vpcId}', CidrBlock = '10.9.1.0/24' }
[[act]]
caller = 'carol'
action = 'sagemaker:CreateUserProfile'
after = { action = 'sagemaker:CreateDomain', nth = 2, delay = 300 }
input = { DomainId = 'd-0', UserProfileName = 'carol' }
[[act]]
caller = 'carol'
action = 'ec2:CreateVpc'
after = { action = 'sagemaker:Create*', nth = 5, delay = 60 }
input = { CidrBlock = '10.8.0.0/16' }
[[fault]]
match = { action = '*', probability = 0.05 }
answer = { kind = 'throttle' }
[[fault]]
match = { action = 'sagemaker:*', probability = 0.05 }
answer = { kind = 'drop-after' }
[[fault]]
match = { type = 'AWS::EC2::*', operation = 'delete', probability = 0.1 }
effect = { kind = 'fail', reason = 'InternalError' }
";
const STEPS: usize = 120;
const SEEDS: [u64; 4] = [1, 2, 3, 4];

fn life(seed: u64) -> Walk {
    let mut walk = Walk::new(&Scenario::read(RICH).unwrap(), seed);
    for _ in 0..STEPS {
        walk.step();
    }
    walk
}

fn log(world: &World) -> String {
    serde_json::to_string(world.log()).unwrap()
}

/// Everything there is to know at the end: the log and every row.
fn digest(world: &World) -> String {
    use sha2::{Digest, Sha256};
    let rows = serde_json::to_string(&world.rows()).unwrap();
    let digest = Sha256::digest(format!("{}{rows}", log(world)));
    let (head, _) = digest.split_at(8);
    format!("{:016x}", u64::from_be_bytes(head.try_into().unwrap()))
}

#[test]
fn a_life_forked_at_any_call_and_replayed_is_the_same() {
    let lived = life(5);
    let (end, whole) = (lived.person.now, digest(&lived.person.world));
    let mut reached = World::begin(&Scenario::read(RICH).unwrap(), Some(5)).unwrap();
    for (at, (now, request)) in lived.person.sent.iter().enumerate() {
        if at % 7 == 0 {
            let mut fork = reached.clone();
            for (now, request) in &lived.person.sent[at..] {
                let _reply = fork.handle(*now, request);
            }
            // A life goes on for a while after its last call.
            fork.advance(end);
            assert!(
                log(&fork) == log(&lived.person.world),
                "forked at call {at}"
            );
            assert_eq!(digest(&fork), whole, "forked at call {at}");
        }
        let _reply = reached.handle(*now, request);
    }
}

#[test]
fn a_saved_and_loaded_world_goes_on_as_if_nothing_had_been() {
    let lived = life(6);
    let mut reached = World::begin(&Scenario::read(RICH).unwrap(), Some(6)).unwrap();
    for (at, (now, request)) in lived.person.sent.iter().enumerate() {
        if at % 10 == 0 {
            let saved = serde_json::to_string(&reached).unwrap();
            reached = serde_json::from_str(&saved).unwrap();
        }
        let _reply = reached.handle(*now, request);
    }
    assert!(log(&reached) == log(&lived.person.world));
}

/// The digests are recorded in a file, so that every process, on every build, is held to the same ones:
/// `scripts/check-determinism` runs this test without and with all optimisation.
#[test]
fn lives_have_their_recorded_digests() {
    let lines = SEEDS.map(|seed| format!("{seed} {}\n", digest(&life(seed).person.world)));
    crate::documents::held("src/proofs/digests.txt", &lines.concat());
}
