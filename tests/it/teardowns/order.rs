//! The order of a teardown's writing calls, as the simulator's log has it.

use super::worlds::{Choice, Full, full};
use crate::support::{ENVIRONMENT, Life, paused};

const SEED: u64 = 101;

/// A call by the end of its action and by what it names.
type Wanted = (&'static str, &'static str);

const NETWORK: Wanted = (":DeleteStack", "-network");
const ENDPOINTS: Wanted = (":DeleteStack", "-endpoints");
const STUDIO: Wanted = (":DeleteStack", "-studio");

/// What comes before what, whatever is said: the last of the one before the first of the other.
const ALWAYS: [(Wanted, Wanted); 29] = [
    (
        (":DeleteMonitoringSchedule", ""),
        (":DeleteEndpoint", "llama"),
    ),
    (
        (":DeregisterScalableTarget", ""),
        (":DeleteEndpoint", "llama"),
    ),
    (
        (":DeleteEndpoint", "llama"),
        (":DeleteEndpointConfig", "llama"),
    ),
    (
        (":DeleteEndpointConfig", "llama"),
        (":DeleteModel", "llama"),
    ),
    (
        (":DeleteInferenceComponent", ""),
        (":DeleteEndpoint", "many"),
    ),
    (
        (":DeleteEndpoint", "many"),
        (":DeleteEndpointConfig", "many"),
    ),
    (
        (":DeleteEndpointConfig", "many"),
        (":DeleteModel", "adapter"),
    ),
    ((":StopTransformJob", ""), (":DeleteModel", "batch")),
    ((":StopPipelineExecution", ""), (":DeletePipeline", "")),
    ((":DeleteApp", ""), (":DeleteSpace", "")),
    ((":DeleteSpace", ""), (":DeleteUserProfile", "")),
    ((":DeleteUserProfile", ""), (":DeleteDomain", "")),
    ((":DeleteApp", ""), ENDPOINTS),
    // Nothing leads from the environment to what the domain leaves once it has gone, but the marks.
    (("ec2:CreateTags", "vpc-"), (":DeleteDomain", "")),
    ((":DeleteDomain", ""), (":DeleteMountTarget", "")),
    ((":DeleteDomain", ""), (":RevokeSecurityGroupIngress", "")),
    (
        (":RevokeSecurityGroupIngress", ""),
        (":DeleteSecurityGroup", ""),
    ),
    (
        (":RevokeSecurityGroupEgress", ""),
        (":DeleteSecurityGroup", ""),
    ),
    ((":DeleteEndpoint", ""), STUDIO),
    ((":DeleteDomain", ""), STUDIO),
    ((":DetachRolePolicy", ""), STUDIO),
    ((":DeleteMountTarget", ""), NETWORK),
    ((":DeleteSecurityGroup", ""), NETWORK),
    ((":DeleteModel", ""), NETWORK),
    ((":DeleteNotebookInstance", ""), NETWORK),
    ((":StopProcessingJob", ""), NETWORK),
    ((":UpdateTrainingJob", ""), NETWORK),
    (STUDIO, NETWORK),
    (ENDPOINTS, NETWORK),
];

const WITH_THE_VOLUME: [(Wanted, Wanted); 2] = [
    ((":DeleteMountTarget", ""), (":DeleteFileSystem", "")),
    ((":DeleteFileSystem", ""), NETWORK),
];

const WITH_LOGS_BUT_NO_VOLUME: [(Wanted, Wanted); 5] = [
    (
        ("elasticfilesystem:TagResource", "fs-"),
        (":DeleteDomain", ""),
    ),
    (
        ("logs:TagResource", "/Endpoints/many"),
        (":DeleteEndpoint", "many"),
    ),
    (
        ("logs:TagResource", "/InferenceComponents/one"),
        (":DeleteInferenceComponent", ""),
    ),
    ((":DeleteLogGroup", ""), NETWORK),
    ((":DeleteLogStream", ""), NETWORK),
];

/// The accepted writing calls of a teardown, in order, each with what it named.
fn accepted(full: &Full, choice: Choice) -> Vec<(String, String)> {
    let life = Life::within(&full.world, SEED);
    let began = full.world.log().len();
    let fallen = paused(SEED, life.down(ENVIRONMENT, choice.consent()));
    assert_eq!(fallen.exit_code, 0, "{choice:?}: {fallen:#?}");
    assert_eq!(full.wrongly_left(choice, &life), Vec::<String>::new());
    let world = life.shell.snapshot();
    let calls = world.log().iter().skip(began);
    calls
        .filter(|entry| entry.write && entry.code.is_none() && entry.caller.ends_with("/ann"))
        .map(|entry| (entry.action.clone(), entry.resources.join(" ")))
        .collect()
}

#[test]
fn the_order_is_the_one_that_aws_allows() {
    let full = full(SEED);
    for choice in Choice::ALL {
        let accepted = accepted(&full, choice);
        let is = |(action, resource): Wanted, call: &(String, String)| {
            call.0.ends_with(action) && call.1.contains(resource)
        };
        let first = |wanted: Wanted| accepted.iter().position(|call| is(wanted, call));
        let last = |wanted: Wanted| accepted.iter().rposition(|call| is(wanted, call));
        let of_choice: &[(Wanted, Wanted)] = match choice {
            Choice::Everything => &WITH_THE_VOLUME,
            Choice::LogsButNoVolume => &WITH_LOGS_BUT_NO_VOLUME,
        };
        for (before, after) in ALWAYS.iter().chain(of_choice) {
            let (one, other) = (last(*before), first(*after));
            assert!(
                one.is_some() && other.is_some(),
                "{choice:?}: {before:?} {one:?}, {after:?} {other:?}"
            );
            assert!(
                one < other,
                "{choice:?}: {before:?} after {after:?}: {accepted:#?}"
            );
        }
        assert_eq!(
            last(NETWORK),
            Some(accepted.len() - 1),
            "{choice:?}: the anchor goes last"
        );
    }
}
