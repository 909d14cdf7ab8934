//! Interfaces of SageMaker's that nothing explains: what works with them is searched for.

use std::time::Duration;

use environment::decide::{Decision, Standing};
use environment::{Evidence, Facet, Kind, ResourceId, World};

use super::Teardown;

/// How long an interface of SageMaker's that nothing explains is taken for one whose owner has just gone.
const LINGERS: Duration = Duration::from_secs(60);
/// Pause between two searches for what works with such an interface: its lists cost a dozen calls.
const SEARCH_PAUSE: Duration = Duration::from_secs(15);
/// What may work with such an interface, in the order in which it is searched for. What an endpoint runs comes after it: no
/// interface is cut off under an endpoint that is known and whose model is not.
const MAY_WORK: [&[Facet]; 2] = [
    &[Facet::Jobs, Facet::Endpoints],
    &[Facet::Models, Facet::EndpointConfigs],
];

impl Teardown<'_> {
    /// The lists to search now for what works with an interface that SageMaker made with a role of ours and that nothing
    /// explains: somebody has started a job or an endpoint since they were read, and nothing else makes them be read again.
    pub(super) fn lists_of_workers(
        &self,
        now: Duration,
        world: &World,
        decision: &Decision<'_>,
    ) -> &'static [Facet] {
        let (last, count) = self.searched.get();
        if count > 0 && now.saturating_sub(last) < SEARCH_PAUSE {
            return &[];
        }
        let began = self.waiting.borrow();
        let lasts = |id: &ResourceId| {
            let since = began.get(id);
            since.is_some_and(|since| now.saturating_sub(*since) >= LINGERS)
        };
        let mut standing = decision.standing.iter();
        let stays = standing.any(|(id, standing)| {
            let is_held = matches!(standing, Standing::Blocked(_));
            is_unexplained(world, id) && (is_held || lasts(id))
        });
        if !stays {
            return &[];
        }
        self.searched.set((now, count + 1));
        let lists = MAY_WORK.get(count % MAY_WORK.len());
        lists.copied().unwrap_or_default()
    }
}

/// Whether SageMaker made an interface with a role of ours, and nothing that is known works with it.
fn is_unexplained(world: &World, id: &ResourceId) -> bool {
    if id.kind != Kind::NetworkInterface {
        return false;
    }
    let evidence = world.get(id).map_or(&[][..], |it| &it.evidence);
    let has = |of: fn(&Evidence) -> bool| evidence.iter().any(of);
    has(|reason| matches!(reason, Evidence::Role(_)))
        && !has(|reason| matches!(reason, Evidence::NamedBy(_)))
}
