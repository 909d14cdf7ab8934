//! The decision on random worlds, and on every interleaving of small ones.

use super::*;
use crate::evidence::Evidence;
use crate::resource::{Keeping, Kind, Verb};

const KINDS: [Kind; 15] = [
    Kind::AttachedPolicy,
    Kind::Endpoint,
    Kind::LogGroup,
    Kind::Model,
    Kind::Notebook,
    Kind::TrainingJob,
    Kind::VpcEndpoint,
    Kind::App,
    Kind::Space,
    Kind::UserProfile,
    Kind::Domain,
    Kind::MountTarget,
    Kind::SecurityGroup,
    Kind::NetworkInterface,
    Kind::Stack,
];

fn pick<T: Clone>(rng: &mut fastrand::Rng, from: &[T]) -> T {
    from[rng.usize(..from.len())].clone()
}

/// Resources that may hold only what comes after them, so that no circle arises.
fn resources(rng: &mut fastrand::Rng, most: usize) -> Vec<Resource> {
    let count = rng.usize(1..=most);
    let ids: Vec<ResourceId> = (0..count)
        .map(|number| ResourceId::new(pick(rng, &KINDS), format!("{number}")))
        .collect();
    (0..count)
        .map(|number| {
            let id = &ids[number];
            let mut resource = Resource::new(id.kind, id.id.clone());
            resource.holds = ids[number + 1..]
                .iter()
                .filter(|_| rng.u8(..) < 60)
                .cloned()
                .collect();
            let evidence = [
                Evidence::Stack("s".into()),
                Evidence::DomainTag("d".into()),
                Evidence::Located("vpc".into()),
                Evidence::Against("d2".into()),
            ];
            resource.evidence = evidence.into_iter().filter(|_| rng.u8(..) < 110).collect();
            resource
        })
        .collect()
}

/// Adds what makes a world less simple: things on their way, kept things, followers.
fn complicate(rng: &mut fastrand::Rng, resources: &mut [Resource]) {
    let ids: Vec<ResourceId> = resources
        .iter()
        .map(|resource| resource.id.clone())
        .collect();
    for (number, resource) in resources.iter_mut().enumerate() {
        match rng.u8(..8) {
            0 => resource.status = Status::Busy("Pending".into()),
            1 => resource.status = Status::Leaving("Deleting".into()),
            2 => resource.goes = Goes::Kept(Keeping::Choice),
            3 if number > 0 => resource.goes = Goes::With(ids[rng.usize(..number)].clone()),
            4 => resource.goes = Goes::Itself,
            _ => {}
        }
    }
}

fn unknown(rng: &mut fastrand::Rng) -> BTreeMap<Facet, Option<ReadError>> {
    let unknown = Facet::ALL.into_iter().filter(|_| rng.u8(..) < 12);
    unknown.map(|facet| (facet, None)).collect()
}

/// What may be asked of a decision about any world.
fn check(seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut resources = resources(&mut rng, 9);
    complicate(&mut rng, &mut resources);
    let unknown = unknown(&mut rng);
    let intent = Intent {
        include_located: rng.bool(),
        ..Intent::default()
    };
    let world = World::new(resources.clone(), unknown.clone());
    let decision = decide(&world, &intent, &Ledger::default(), Duration::ZERO);
    let stacks_known = !unknown.contains_key(&Facet::Stacks);
    let may_go = |resource: &Resource| {
        wanted_gone(resource, &intent)
            && matches!(resource.goes, Goes::By(_))
            && resource.status == Status::Ready
            && world.holders(&resource.id).count() == 0
            && world.unknown_holders(resource.id.kind).is_none()
            && stacks_known
    };
    let started: BTreeSet<&ResourceId> = decision.start().map(|(_, id)| id).collect();
    for resource in world.resources() {
        assert_eq!(
            started.contains(&resource.id),
            may_go(resource),
            "seed {seed}: {resource:?}"
        );
    }
    let wanted = world
        .resources()
        .filter(|resource| wanted_gone(resource, &intent))
        .count();
    assert_eq!(
        decision.standing.len(),
        wanted,
        "seed {seed}: each has a standing"
    );
    if decision.goal == Goal::Reached {
        assert!(wanted == 0 && unknown.is_empty(), "seed {seed}");
    }
    // The order of the lists makes no difference.
    rng.shuffle(&mut resources);
    let shuffled = World::new(resources, unknown);
    let again = decide(&shuffled, &intent, &Ledger::default(), Duration::ZERO);
    assert_eq!(again, decision, "seed {seed}");
}

#[test]
fn on_a_million_worlds_what_may_go_goes_and_nothing_else() {
    std::thread::scope(|scope| {
        scope.spawn(|| (0..500_000).for_each(check));
        scope.spawn(|| (500_000..1_000_000).for_each(check));
    });
}

/// Every world that can be reached when started steps succeed one at a time, in any order.
fn walk(world: &World, intent: &Intent, seen: &mut BTreeSet<Vec<ResourceId>>, seed: u64) {
    let left: Vec<ResourceId> = world
        .resources()
        .map(|resource| resource.id.clone())
        .collect();
    if !seen.insert(left) {
        return;
    }
    let decision = decide(world, intent, &Ledger::default(), Duration::ZERO);
    let starts: Vec<ResourceId> = decision.start().map(|(_, id)| id.clone()).collect();
    if starts.is_empty() {
        let expected = if decision.standing.is_empty() {
            Goal::Reached
        } else {
            Goal::Blocked
        };
        assert_eq!(
            decision.goal, expected,
            "seed {seed}: {:?}",
            decision.standing
        );
        for standing in decision.standing.values() {
            let Standing::Blocked(path) = standing else {
                panic!("seed {seed}: {standing:?}");
            };
            let holder = path.last().and_then(|id| world.get(id)).unwrap();
            assert!(
                !World::is_ours(holder, intent.include_located),
                "seed {seed}: {holder:?}"
            );
        }
    }
    for id in starts {
        let mut next = world.clone();
        next.remove(&id);
        walk(&next, intent, seen, seed);
    }
}

#[test]
fn every_interleaving_of_a_small_world_ends_at_the_goal_or_at_a_blocker() {
    for seed in 0..20_000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let world = World::new(resources(&mut rng, 6), BTreeMap::new());
        walk(&world, &Intent::default(), &mut BTreeSet::new(), seed);
    }
}

/// What may happen next to a thing that is to go.
enum Next {
    /// A step of ours is answered.
    Answered(Verb, ResourceId),
    Gone(ResourceId),
    Ready(ResourceId),
}

/// Whether nothing is expected of it any more.
fn is_settled(standing: &Standing) -> bool {
    matches!(standing, Standing::Blocked(_) | Standing::Failed(_))
}

/// Everything that may happen next: steps that may be asked for, and what services do by themselves.
fn next(world: &World, decision: &Decision<'_>) -> Vec<Next> {
    let started = decision.start();
    let mut all: Vec<Next> = started
        .map(|(verb, id)| Next::Answered(verb, id.clone()))
        .collect();
    let moving = decision.standing.iter();
    let moving = moving.filter(|(_, standing)| !is_settled(standing));
    for (id, _) in moving {
        let resource = world.get(id).unwrap();
        let goes_by_itself = match &resource.goes {
            Goes::Itself => true,
            Goes::With(owner) => world.get(owner).is_none(),
            Goes::By(_) | Goes::Kept(_) => false,
        };
        match &resource.status {
            Status::Busy(_) => all.push(Next::Ready(resource.id.clone())),
            Status::Leaving(_) => all.push(Next::Gone(resource.id.clone())),
            Status::Ready if goes_by_itself => all.push(Next::Gone(resource.id.clone())),
            Status::Ready | Status::Gone => {}
        }
    }
    all
}

/// A life of a random world, in which a tenth of the steps fail for good: as long as something may happen the decision waits
/// for it, and when nothing may any more it says so.
fn live(seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut left = resources(&mut rng, 9);
    complicate(&mut rng, &mut left);
    let intent = Intent::default();
    let mut ledger = Ledger::default();
    loop {
        let world = World::new(left.clone(), BTreeMap::new());
        let decision = decide(&world, &intent, &ledger, Duration::ZERO);
        for (_, id) in decision.start() {
            let resource = world.get(id).unwrap();
            assert!(wanted_gone(resource, &intent), "seed {seed}: {resource:?}");
            assert_eq!(world.holders(id).count(), 0, "seed {seed}: {resource:?}");
        }
        let mut all = next(&world, &decision);
        if all.is_empty() {
            let standing = &decision.standing;
            assert_ne!(decision.goal, Goal::Pending, "seed {seed}: {standing:?}");
            assert!(
                standing.values().all(is_settled),
                "seed {seed}: {standing:?}"
            );
            return;
        }
        assert_eq!(decision.goal, Goal::Pending, "seed {seed}");
        match all.swap_remove(rng.usize(..all.len())) {
            Next::Answered(verb, id) if rng.u8(..10) == 0 => {
                let answer = crate::Answer::Failed("refused for good".into());
                ledger.answer(&(verb, id), &answer, Duration::ZERO);
            }
            Next::Answered(_, id) | Next::Gone(id) => left.retain(|it| it.id != id),
            Next::Ready(id) => {
                let ready = left.iter_mut().find(|it| it.id == id).unwrap();
                ready.status = Status::Ready;
            }
        }
    }
}

#[test]
fn every_life_goes_on_while_something_may_happen_and_ends_when_nothing_may() {
    (0..200_000).for_each(live);
}

#[test]
fn a_plan_names_each_thing_once_and_needs_only_what_comes_before() {
    for seed in 0..20_000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut resources = resources(&mut rng, 9);
        complicate(&mut rng, &mut resources);
        let world = World::new(resources, BTreeMap::new());
        let intent = Intent::default();
        let plan = crate::plan(&world, &intent);
        let mut before: BTreeSet<String> = BTreeSet::new();
        for step in &plan.steps {
            assert!(
                wanted_gone(world.get(&step.resource).unwrap(), &intent),
                "seed {seed}"
            );
            for need in &step.needs {
                assert!(
                    before.contains(need),
                    "seed {seed}: {} needs {need}",
                    step.id()
                );
            }
            assert!(before.insert(step.id()), "seed {seed}: {} twice", step.id());
        }
    }
}

#[test]
fn a_foreign_holder_blocks_with_the_path_to_it_and_the_rest_goes() {
    let ours = |kind, id: &str, holds: &[&ResourceId]| Resource {
        evidence: vec![Evidence::Stack("s".into())],
        holds: holds.iter().map(|id| (*id).clone()).collect(),
        ..Resource::new(kind, id)
    };
    let network = ResourceId::new(Kind::Stack, "network");
    let studio = ours(Kind::Stack, "studio", &[&network]);
    let mut interface = ours(Kind::NetworkInterface, "eni-1", &[&network]);
    interface.evidence = vec![Evidence::Located("vpc-1".into())];
    let world = World::new(
        vec![ours(Kind::Stack, "network", &[]), studio, interface],
        BTreeMap::new(),
    );
    let decision = decide(
        &world,
        &Intent::default(),
        &Ledger::default(),
        Duration::ZERO,
    );
    assert_eq!(decision.goal, Goal::Pending);
    let path = vec![ResourceId::new(Kind::NetworkInterface, "eni-1")];
    assert_eq!(decision.standing[&network], Standing::Blocked(path));
    let starts: Vec<_> = decision.start().collect();
    let studio = ResourceId::new(Kind::Stack, "studio");
    assert_eq!(starts, [(Verb::Delete, &studio)]);
    // With --include-located it is ours to delete.
    let intent = Intent {
        include_located: true,
        ..Intent::default()
    };
    let decision = decide(&world, &intent, &Ledger::default(), Duration::ZERO);
    assert!(
        decision
            .standing
            .values()
            .all(|standing| !matches!(standing, Standing::Blocked(_)))
    );
}
