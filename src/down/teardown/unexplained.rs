//! Interfaces of SageMaker's that nothing explains: what works with them is searched for.

use std::time::Duration;

use environment::decide::{Decision, Standing};
use environment::resource::Status;
use environment::{Evidence, Facet, Kind, ResourceId, World};

use super::Teardown;

/// How long an interface of SageMaker's that nothing explains is taken for one whose owner has just gone.
const LINGERS: Duration = Duration::from_secs(60);
/// Pause between two searches for what works with such an interface: its lists cost a dozen calls.
const SEARCH_PAUSE: Duration = Duration::from_secs(15);
/// Pause between two looks for who has begun to work in a domain meanwhile; apps stay listed for a day, in many pages.
const APPS_PAUSE: Duration = Duration::from_secs(60);
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
        let mut standing = decision.standing.iter();
        let stays = standing.any(|(id, standing)| {
            let is_held = matches!(standing, Standing::Blocked(_));
            is_unexplained(world, id) && (is_held || self.lingers(now, id))
        });
        if !stays {
            return &[];
        }
        self.searched.set((now, count + 1));
        let lists = MAY_WORK.get(count % MAY_WORK.len());
        lists.copied().unwrap_or_default()
    }

    /// The list of apps, where an interface of a domain of ours stays and no app is known to work with it: somebody has
    /// started one since.
    pub(super) fn list_of_apps(
        &self,
        now: Duration,
        world: &World,
        decision: &Decision<'_>,
    ) -> Option<Facet> {
        let last = self.looked_for_apps.get();
        if last.is_some_and(|last| now.saturating_sub(last) < APPS_PAUSE) {
            return None;
        }
        let mut waiting = decision.standing.keys();
        if !waiting.any(|id| is_of_a_domain(world, id) && self.lingers(now, id))
            || is_worked_in(world)
        {
            return None;
        }
        self.looked_for_apps.set(Some(now));
        Some(Facet::Apps)
    }

    /// Whether something has been waited for longer than its owner needs to let it go.
    fn lingers(&self, now: Duration, id: &ResourceId) -> bool {
        let waiting = self.waiting.borrow();
        let since = waiting.get(id);
        since.is_some_and(|since| now.saturating_sub(*since) >= LINGERS)
    }
}

/// Whether an interface names a domain of ours as what it was made for.
pub(super) fn is_of_a_domain(world: &World, id: &ResourceId) -> bool {
    let is_domain = |name: &str| world.get(&ResourceId::new(Kind::Domain, name)).is_some();
    let evidence = world.get(id).map_or(&[][..], |it| &it.evidence);
    id.kind == Kind::NetworkInterface
        && evidence
            .iter()
            .any(|reason| matches!(reason, Evidence::NamedBy(name) if is_domain(name)))
}

/// Whether an app is known that has not gone.
pub(super) fn is_worked_in(world: &World) -> bool {
    let mut resources = world.resources();
    resources.any(|it| it.id.kind == Kind::App && it.status != Status::Gone)
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
