//! Early validation: what CloudFormation finds wrong with a change set before anything is made (section 3.7). The change
//! set tells no more than that there is something; the details are events of DescribeEvents.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::preview::Preview;
use super::stack::Stack;
use super::{functions, resource};
use crate::time::SimTime;
use crate::world::{Place, World};

/// Types that early validation does not look at, among those that the simulator knows (section 3.7).
const NOT_COVERED: [&str; 11] = [
    "AWS::IAM::Role",
    "AWS::IAM::Policy",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::NetworkAclEntry",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::SubnetNetworkAclAssociation",
    "AWS::SageMaker::Model",
    "AWS::SageMaker::EndpointConfig",
    "AWS::EFS::FileSystem",
];

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Validation {
    Properties,
    Names,
}

impl Validation {
    /// As events name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Validation::Properties => "PROPERTY_VALIDATION",
            Validation::Names => "NAME_CONFLICT_VALIDATION",
        }
    }

    /// As the reason of a change set names it.
    fn check(self) -> &'static str {
        match self {
            Validation::Properties => "AWS::EarlyValidation::PropertyValidation",
            Validation::Names => "AWS::EarlyValidation::ResourceExistenceCheck",
        }
    }
}

/// Something that would fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Finding {
    pub logical: String,
    pub kind: String,
    pub validation: Validation,
    pub reason: String,
    pub path: String,
    pub at: SimTime,
}

/// The reason of a change set with findings.
pub(super) fn told(findings: &[Finding]) -> String {
    let checks: BTreeSet<Validation> = findings.iter().map(|it| it.validation).collect();
    let checks: Vec<&str> = checks.into_iter().map(Validation::check).collect();
    format!(
        "The following hook(s)/validation failed: [{}]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.",
        checks.join(", ")
    )
}

/// What is wrong with the resources that an update would add or modify.
pub(super) fn of(
    world: &mut World,
    place: &Place,
    stack: &Stack,
    preview: &Preview,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for change in &preview.changes {
        let covered = !NOT_COVERED.contains(&change.kind.as_str());
        let handler = resource::find(&change.kind).filter(|_| covered);
        let (Some(handler), Some(wanted)) = (handler, preview.wanted.get(&change.logical)) else {
            continue;
        };
        let path = format!("/Resources/{}", change.logical);
        let problem = handler.check(wanted).err();
        let problem = problem.filter(|problem| is_certain(wanted, problem));
        let exists = stack.members.contains_key(&change.logical);
        let found = if let Some(problem) = problem {
            Some((
                Validation::Properties,
                problem,
                format!("{path}/Properties"),
            ))
        } else if exists {
            None
        } else {
            let taken = handler.taken(world, place, wanted);
            taken.map(|identifier| {
                let kind = &change.kind;
                let reason = format!(
                    "Resource of type '{kind}' with identifier '{identifier}' already exists."
                );
                (Validation::Names, reason, path)
            })
        };
        findings.extend(found.map(|(validation, reason, path)| Finding {
            logical: change.logical.clone(),
            kind: change.kind.clone(),
            validation,
            reason,
            path,
            at: world.now(),
        }));
    }
    findings
}

/// Values that are not known yet may still turn out well, but no value makes up for a wrong member.
fn is_certain(wanted: &Value, problem: &str) -> bool {
    let of_structure = [
        "unknown field",
        "missing field",
        "extraneous key",
        "required key",
    ];
    !functions::hangs_on_unknown(wanted) || of_structure.iter().any(|it| problem.contains(it))
}
