//! How long things usually take, by type: for estimates and for what is shown beside an elapsed time.
//!
//! Medians of section 4 of the notes on AWS's behaviour. A new kind of resource is one line. Nothing is decided by these.

use std::time::Duration;

use environment::Verb;

use crate::event::Step;

/// Type as CloudFormation names it, seconds to make one, seconds to remove one.
const USUAL: &[(&str, u64, u64)] = &[
    ("AWS::CloudFormation::Stack", 60, 60),
    ("AWS::EC2::VPC", 10, 2),
    ("AWS::EC2::Subnet", 5, 2),
    ("AWS::EC2::RouteTable", 10, 2),
    ("AWS::EC2::NetworkAcl", 10, 2),
    ("AWS::EC2::SecurityGroup", 6, 40),
    ("AWS::EC2::SecurityGroupRule", 2, 3),
    ("AWS::EC2::VPCEndpoint", 100, 120),
    ("AWS::EC2::NetworkInterface", 5, 60),
    ("AWS::EFS::FileSystem", 6, 8),
    ("AWS::EFS::MountTarget", 80, 20),
    ("AWS::IAM::Role", 15, 2),
    ("AWS::IAM::Policy", 10, 2),
    ("AWS::Logs::LogGroup", 4, 2),
    ("AWS::SageMaker::App", 200, 45),
    ("AWS::SageMaker::Domain", 220, 110),
    ("AWS::SageMaker::UserProfile", 20, 15),
    ("AWS::SageMaker::Space", 20, 20),
    ("AWS::SageMaker::Endpoint", 420, 70),
    ("AWS::SageMaker::EndpointConfig", 1, 1),
    ("AWS::SageMaker::Model", 1, 1),
    ("AWS::SageMaker::InferenceComponent", 180, 60),
    ("AWS::SageMaker::MonitoringSchedule", 20, 20),
    ("AWS::SageMaker::NotebookInstance", 240, 40),
    ("AWS::SageMaker::TrainingJob", 1200, 150),
    ("AWS::SageMaker::ProcessingJob", 900, 60),
    ("AWS::SageMaker::TransformJob", 900, 60),
    ("AWS::SageMaker::Pipeline", 10, 10),
    ("AWS::SageMaker::PipelineExecution", 900, 60),
    ("AWS::SageMaker::HyperParameterTuningJob", 1800, 120),
    ("AWS::SageMaker::AutoMLJob", 1800, 120),
    ("AWS::SageMaker::WarmPool", 1, 60),
    ("AWS::EC2::NatGateway", 120, 60),
    ("AWS::EC2::VPNGateway", 20, 20),
    ("AWS::EC2::CarrierGateway", 10, 10),
];
/// Of a type that is not in the table.
const OTHER: (u64, u64) = (10, 5);
/// What CloudFormation takes for itself around the members of a stack.
const AROUND: Duration = Duration::from_secs(12);

fn of(kind: &str) -> (u64, u64) {
    let found = USUAL.iter().find(|(name, ..)| *name == kind);
    found.map_or(OTHER, |(_, make, remove)| (*make, *remove))
}

/// To make one of a type.
pub fn creation(kind: &str) -> Duration {
    Duration::from_secs(of(kind).0)
}

/// To remove one of a type.
pub fn removal(kind: &str) -> Duration {
    Duration::from_secs(of(kind).1)
}

/// A step, as far as its verb and type tell.
pub fn step(verb: Verb, kind: &str) -> Duration {
    match verb {
        Verb::CreateStack | Verb::UpdateStack | Verb::Create => creation(kind),
        Verb::DeleteStack | Verb::Delete | Verb::Detach | Verb::Stop | Verb::Wait => removal(kind),
        Verb::Revoke | Verb::Tag => Duration::from_secs(3),
    }
}

/// A step of a stack with members of these types: members of different types mostly wait for each other, those of one
/// type hardly ever do.
pub fn stack(verb: Verb, members: &[String]) -> Duration {
    let mut kinds: Vec<&str> = members.iter().map(String::as_str).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let each = kinds.into_iter().map(|kind| match verb {
        Verb::CreateStack | Verb::Create => creation(kind),
        // Usually little changes.
        Verb::UpdateStack => Duration::from_secs(2),
        Verb::DeleteStack
        | Verb::Delete
        | Verb::Detach
        | Verb::Revoke
        | Verb::Tag
        | Verb::Stop
        | Verb::Wait => removal(kind),
    });
    AROUND + each.sum::<Duration>()
}

/// The usual seconds of those steps whose members are known, by step.
pub fn by_members(
    steps: &[Step],
    members: impl Fn(&Step) -> Vec<String>,
) -> std::collections::BTreeMap<String, f64> {
    let of_stacks = steps
        .iter()
        .filter(|step| step.resource.kind == "AWS::CloudFormation::Stack");
    of_stacks
        .map(|step| (step, members(step)))
        .filter(|(_, members)| !members.is_empty())
        .map(|(step, members)| {
            (
                step.id.to_string(),
                stack(step.kind, &members).as_secs_f64(),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_takes_what_its_members_take() {
        let endpoints = vec!["AWS::EC2::VPCEndpoint".to_owned(); 11];
        let took = stack(Verb::CreateStack, &endpoints);
        assert_eq!(took, AROUND + Duration::from_secs(100));
    }

    #[test]
    fn every_kind_of_a_teardown_is_in_the_table_or_ordinary() {
        assert!(step(Verb::Delete, "AWS::SageMaker::App") > Duration::from_secs(30));
        assert_eq!(
            step(Verb::Delete, "AWS::New::Thing"),
            Duration::from_secs(5)
        );
    }
}
