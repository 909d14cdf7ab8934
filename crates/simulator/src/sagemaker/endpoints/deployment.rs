//! `DeploymentConfig`: how traffic goes over to a new fleet. It is checked and shown; every update takes its time in one
//! piece.

use serde_json::Value;

use crate::error::ServiceError;
use crate::sagemaker::refusals::validation;
use crate::sagemaker::shape::Shape::{List, Members, OneOf, Text, Whole};
use crate::sagemaker::shape::{Reading, Shape, may, must};

const CAPACITY: Shape = Members(&[
    must("Type", OneOf(&["INSTANCE_COUNT", "CAPACITY_PERCENT"])),
    must("Value", Whole(1, i64::MAX)),
]);

const ROUTING: Shape = Members(&[
    must("Type", OneOf(&["ALL_AT_ONCE", "CANARY", "LINEAR"])),
    must("WaitIntervalInSeconds", Whole(0, 3600)),
    may("CanarySize", CAPACITY),
    may("LinearStepSize", CAPACITY),
]);

const CONFIG: Shape = Members(&[
    may(
        "BlueGreenUpdatePolicy",
        Members(&[
            must("TrafficRoutingConfiguration", ROUTING),
            may("TerminationWaitInSeconds", Whole(0, 3600)),
            may("MaximumExecutionTimeoutInSeconds", Whole(600, 28_800)),
        ]),
    ),
    may(
        "RollingUpdatePolicy",
        Members(&[
            must("MaximumBatchSize", CAPACITY),
            must("WaitIntervalInSeconds", Whole(0, 3600)),
            may("MaximumExecutionTimeoutInSeconds", Whole(600, 28_800)),
            may("RollbackMaximumBatchSize", CAPACITY),
        ]),
    ),
    may(
        "AutoRollbackConfiguration",
        Members(&[may("Alarms", List(&Members(&[may("AlarmName", Text)]), 10))]),
    ),
]);

/// What the caller gave, checked.
pub(super) fn read(given: Option<&Value>) -> Result<Option<Value>, ServiceError> {
    let read = given.map(|given| CONFIG.read("deploymentConfig", given, Reading::Strict));
    read.transpose().map_err(validation)
}
