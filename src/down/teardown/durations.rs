//! How long things take: usually, and at the longest.

use std::time::Duration;

use environment::Kind;

/// How long a thing of this kind usually takes to go (section 4).
pub(super) fn usual(kind: Kind) -> Duration {
    Duration::from_secs(match kind {
        Kind::App => 45,
        Kind::Space | Kind::UserProfile | Kind::MountTarget => 18,
        Kind::Domain => 100,
        Kind::Endpoint | Kind::InferenceComponent => 70,
        Kind::NetworkInterface | Kind::VpnGateway | Kind::CarrierGateway => 20,
        Kind::FileSystem | Kind::SecurityGroup => 8,
        Kind::AutoMlJob
        | Kind::TuningJob
        | Kind::TrainingJob
        | Kind::ProcessingJob
        | Kind::TransformJob => 90,
        Kind::Stack
        | Kind::MonitoringSchedule
        | Kind::PipelineExecution
        | Kind::Notebook
        | Kind::WarmPool
        | Kind::VpcEndpoint
        | Kind::NatGateway => 60,
        Kind::ScalableTarget
        | Kind::Pipeline
        | Kind::AttachedPolicy
        | Kind::InlinePolicy
        | Kind::LogGroup
        | Kind::LogStream
        | Kind::Subnet
        | Kind::RouteTable
        | Kind::NetworkAcl
        | Kind::InternetGateway
        | Kind::EgressOnlyGateway
        | Kind::Instance
        | Kind::Vpc
        | Kind::Replication
        | Kind::Companion
        | Kind::EndpointConfig
        | Kind::Model
        | Kind::DomainMark
        | Kind::KeptMark
        | Kind::GroupRules
        | Kind::GroupAssociation
        | Kind::Retained => 4,
    })
}

/// How long a thing of this kind may be on its way before it is late: a third and more beyond the longest that is known of
/// it, or the time that others give it (section 4; operators' notes, item 37).
pub(super) fn longest(kind: Kind) -> Duration {
    let minutes = match kind {
        // That its model is missing an endpoint notices after an hour.
        Kind::Endpoint | Kind::InferenceComponent => 80,
        // Waiters give up after an hour.
        Kind::Stack => 90,
        // Interfaces go up to 45 minutes after their owner. What is stopped brings its results into safety first.
        Kind::NetworkInterface
        | Kind::AutoMlJob
        | Kind::TuningJob
        | Kind::TrainingJob
        | Kind::ProcessingJob
        | Kind::TransformJob
        | Kind::PipelineExecution => 60,
        // Others give it half an hour.
        Kind::Domain => 40,
        Kind::Space | Kind::UserProfile | Kind::MountTarget | Kind::FileSystem => 20,
        // An app goes within 20 minutes; of the others nothing as long is known.
        Kind::App
        | Kind::WarmPool
        | Kind::Notebook
        | Kind::MonitoringSchedule
        | Kind::ScalableTarget
        | Kind::Pipeline
        | Kind::AttachedPolicy
        | Kind::InlinePolicy
        | Kind::LogGroup
        | Kind::LogStream
        | Kind::Subnet
        | Kind::RouteTable
        | Kind::NetworkAcl
        | Kind::InternetGateway
        | Kind::NatGateway
        | Kind::VpnGateway
        | Kind::EgressOnlyGateway
        | Kind::CarrierGateway
        | Kind::VpcEndpoint
        | Kind::Instance
        | Kind::Vpc
        | Kind::Replication
        | Kind::Companion
        | Kind::EndpointConfig
        | Kind::Model
        | Kind::DomainMark
        | Kind::KeptMark
        | Kind::SecurityGroup
        | Kind::GroupRules
        | Kind::GroupAssociation
        | Kind::Retained => 30,
    };
    Duration::from_secs(60 * minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_late_that_takes_many_times_as_long_as_usual() {
        for kind in Kind::ALL {
            assert!(longest(kind) >= usual(kind) * 10, "{kind:?}");
        }
    }

    /// The longest figures of the references.
    #[test]
    fn nothing_is_late_that_was_seen_to_take_as_long() {
        for (kind, minutes) in [
            (Kind::App, 20),
            (Kind::Domain, 30),
            (Kind::UserProfile, 10),
            (Kind::Space, 10),
            (Kind::Endpoint, 60),
            (Kind::NetworkInterface, 45),
            (Kind::FileSystem, 10),
            (Kind::Stack, 60),
        ] {
            assert!(
                longest(kind) > Duration::from_secs(60 * minutes),
                "{kind:?}"
            );
        }
    }
}
