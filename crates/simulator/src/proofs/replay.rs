//! The same seed and the same requests give the same replies, the same log and the same world: in another copy, after a
//! save, and in another build.

use super::person::Person;
use super::walk::Walk;
use crate::scenario::Scenario;
use crate::world::World;

/// Everything that draws or happens by itself: latency, rates, faults, durations, permissions, and what people did and will
/// do; short pages, and lists that lag for so long that people see it.
const RICH: &str = "
largest-page = 3
[switches]
lists-lag = true
[durations]
'list shows new' = { least = 30, median = 180, p99 = 600 }
'list forgets deleted' = { least = 30, median = 180, p99 = 600 }
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

fn life(seed: u64) -> Person {
    let mut walk = Walk::new(&Scenario::read(RICH).unwrap(), seed);
    for _ in 0..STEPS {
        walk.step();
    }
    walk.person
}

fn begin(scenario: &str, seed: u64) -> World {
    World::begin(&Scenario::read(scenario).unwrap(), Some(seed)).unwrap()
}

/// Sends one of a life's calls to another world: whether it is answered as it was.
fn is_repeated(world: &mut World, lived: &Person, at: usize) -> bool {
    let (now, request) = &lived.sent[at];
    world.handle(*now, request) == lived.heard[at]
}

/// Holds a world that came to the end of a life by another way to what became of the first: all that it is, its log and
/// what is due in it among it. A life goes on for a while after its last call.
fn hold(world: &mut World, lived: &Person, told: &str) {
    world.advance(lived.now);
    assert!(world.log() == lived.world.log(), "{told}: another log");
    assert!(world.rows() == lived.world.rows(), "{told}: other rows");
    let [one, other] = [&*world, &lived.world].map(|world| serde_json::to_string(world).unwrap());
    assert!(one == other, "{told}: another world");
}

/// Everything there is to know at the end: the log, every row, and every reply with the time that it took.
fn digest(person: &Person) -> String {
    use sha2::{Digest, Sha256};
    let mut digest = Sha256::new();
    digest.update(serde_json::to_string(person.world.log()).unwrap());
    digest.update(serde_json::to_string(&person.world.rows()).unwrap());
    for reply in &person.heard {
        digest.update(format!("{reply:?}"));
    }
    let digest = digest.finalize();
    let (head, _) = digest.split_at(8);
    format!("{:016x}", u64::from_be_bytes(head.try_into().unwrap()))
}

#[test]
fn a_life_forked_at_any_call_and_replayed_is_the_same() {
    let lived = life(5);
    let mut reached = begin(RICH, 5);
    for at in 0..lived.sent.len() {
        if at % 17 == 0 {
            let told = format!("forked at call {at}");
            let mut fork = reached.clone();
            for again in at..lived.sent.len() {
                let same = is_repeated(&mut fork, &lived, again);
                assert!(same, "{told}: another reply to call {again}");
            }
            hold(&mut fork, &lived, &told);
        }
        assert!(is_repeated(&mut reached, &lived, at), "call {at}");
    }
}

#[test]
fn a_saved_and_loaded_world_goes_on_as_if_nothing_had_been() {
    let lived = life(6);
    let mut reached = begin(RICH, 6);
    for at in 0..lived.sent.len() {
        if at % 20 == 0 {
            let saved = serde_json::to_string(&reached).unwrap();
            reached = serde_json::from_str(&saved).unwrap();
        }
        assert!(is_repeated(&mut reached, &lived, at), "call {at}");
    }
    hold(&mut reached, &lived, "saved and loaded");
}

/// Else the proofs above would say nothing of pages and of lists that lag.
#[test]
fn what_people_hear_depends_on_the_size_of_pages_and_on_lists_that_lag() {
    for (there, instead) in [
        ("largest-page = 3", "largest-page = 4"),
        ("lists-lag = true", "lists-lag = false"),
    ] {
        let differs = SEEDS.into_iter().any(|seed| {
            let lived = life(seed);
            let mut world = begin(&RICH.replace(there, instead), seed);
            (0..lived.sent.len()).any(|at| !is_repeated(&mut world, &lived, at))
        });
        assert!(differs, "{instead} is not heard");
    }
}

/// The digests are recorded in a file, so that every process, on every build, is held to the same ones:
/// `scripts/check-determinism` runs this test without and with all optimisation.
#[test]
fn lives_have_their_recorded_digests() {
    let lines = SEEDS.map(|seed| format!("{seed} {}\n", digest(&life(seed))));
    crate::documents::held("src/proofs/digests.txt", &lines.concat());
}
