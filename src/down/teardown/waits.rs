//! What is waited for: since when, how long it usually takes, and when waiting is in vain.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use engine::Want;
use environment::decide::{Decision, Standing};
use environment::resource::{Goes, Status};
use environment::{Facet, Kind, ReadError, ResourceId, World};

use super::Teardown;

/// How long what only waits is waited for once something has failed: it may wait for just that.
const IN_VAIN: Duration = Duration::from_secs(900);

impl Teardown<'_> {
    /// The lists that somebody waits for. What goes with an owner is waited for once the owner has gone.
    pub(super) fn waits(
        &self,
        now: Duration,
        world: &World,
        decision: &Decision<'_>,
    ) -> BTreeMap<Facet, Want<Facet>> {
        let owner_is_there = |id: &ResourceId| {
            world.get(id).is_some_and(|resource| matches!(&resource.goes, Goes::With(owner) if world.get(owner).is_some()))
        };
        let waited: BTreeSet<&ResourceId> = decision
            .standing
            .iter()
            .filter(|(id, standing)| match standing {
                Standing::Settling => !owner_is_there(id),
                Standing::Pausing(_, until) => until.is_some(),
                Standing::Start(_)
                | Standing::Held
                | Standing::Blocked(_)
                | Standing::Unknown(_)
                | Standing::Failed(_) => false,
            })
            .map(|(id, _)| *id)
            .collect();
        let mut began = self.waiting.borrow_mut();
        began.retain(|id, _| waited.contains(id));
        let mut wants: BTreeMap<Facet, Want<Facet>> = BTreeMap::new();
        for id in waited {
            let since = began.get(id).copied().unwrap_or_else(|| {
                began.insert(id.clone(), now);
                now
            });
            let (facet, usual) = (id.kind.facet(), usual(id.kind));
            let want = wants
                .entry(facet)
                .or_insert_with(|| wait_for(facet, since, usual));
            want.oldest = want.oldest.min(since);
            want.youngest = want.youngest.max(since);
            want.usual = want.usual.min(usual);
        }
        wants
    }

    /// Whether something has failed, or will never be known, and all that still moves has been waited for in vain.
    pub(in super::super) fn waits_in_vain(
        &self,
        now: Duration,
        world: &World,
        decision: &Decision<'_>,
    ) -> bool {
        let mut standing = decision.standing.values();
        let failed = standing.any(|standing| matches!(standing, Standing::Failed(_)));
        let lasting = |error: &Option<ReadError>| {
            let error = error.as_ref();
            error.is_some_and(|error| !error.is_transient())
        };
        if !failed && !world.unknown.values().any(lasting) {
            return false;
        }
        let waiting = self.waiting.borrow();
        decision
            .standing
            .iter()
            .all(|(id, standing)| match standing {
                Standing::Start(_) | Standing::Pausing(..) => false,
                // What the service says is on its way waits for nothing of ours: the deadline ends it.
                Standing::Settling if is_on_its_way(world, id) => false,
                Standing::Settling => waiting
                    .get(id)
                    .is_none_or(|since| now.saturating_sub(*since) >= IN_VAIN),
                Standing::Held
                | Standing::Blocked(_)
                | Standing::Unknown(_)
                | Standing::Failed(_) => true,
            })
    }
}

/// A list that is waited for since a moment.
pub(super) fn wait_for(facet: Facet, since: Duration, usual: Duration) -> Want<Facet> {
    Want {
        facet,
        oldest: since,
        youngest: since,
        usual,
    }
}

/// How long a thing of this kind usually takes to go (section 4).
fn usual(kind: Kind) -> Duration {
    Duration::from_secs(match kind {
        Kind::App => 45,
        Kind::Space | Kind::UserProfile | Kind::MountTarget => 18,
        Kind::Domain => 100,
        Kind::Endpoint | Kind::InferenceComponent => 70,
        Kind::NetworkInterface | Kind::VpnGateway | Kind::CarrierGateway => 20,
        Kind::FileSystem | Kind::SecurityGroup => 8,
        Kind::TuningJob | Kind::TrainingJob | Kind::ProcessingJob | Kind::TransformJob => 90,
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

/// Whether the service says of a thing that it is on its way out, or to where it can be removed.
fn is_on_its_way(world: &World, id: &ResourceId) -> bool {
    world
        .get(id)
        .is_some_and(|it| matches!(it.status, Status::Busy(_) | Status::Leaving(_)))
}
