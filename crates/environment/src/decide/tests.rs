//! The decision on random worlds, and on every interleaving of small ones.

use super::*;
use crate::evidence::Evidence;
use crate::resource::{Keeping, Kind, Verb};

fn pick<T: Clone>(rng: &mut fastrand::Rng, from: &[T]) -> T {
    from[rng.usize(..from.len())].clone()
}

/// Any kind; one in four is a stack, which anything may hold.
fn kind(rng: &mut fastrand::Rng) -> Kind {
    if rng.u8(..4) == 0 {
        Kind::Stack
    } else {
        pick(rng, &Kind::ALL)
    }
}

/// Whether something of one kind may hold something of another: that the world keeps to this is tested where it is put
/// together.
fn may_hold(holder: Kind, held: Kind) -> bool {
    held.holder_facets().contains(&holder.facet())
}

/// Resources that may hold only what comes after them, so that no circle arises.
fn resources(rng: &mut fastrand::Rng, most: usize) -> Vec<Resource> {
    let count = rng.usize(1..=most);
    let ids: Vec<ResourceId> = (0..count)
        .map(|number| ResourceId::new(kind(rng), format!("{number}")))
        .collect();
    (0..count)
        .map(|number| {
            let id = &ids[number];
            let mut resource = Resource::new(id.kind, id.id.clone());
            resource.holds = ids[number + 1..]
                .iter()
                .filter(|held| rng.u8(..) < 160 && may_hold(id.kind, held.kind))
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

/// The world as it looks while lists are not known: nothing that stands in them is seen.
fn seen(resources: &[Resource], unknown: &BTreeMap<Facet, Option<ReadError>>) -> World {
    let known = resources.iter();
    let known = known.filter(|it| !unknown.contains_key(&it.id.kind.facet()));
    World::new(known.cloned(), unknown.clone())
}

/// The same when everything is known.
fn whole(resources: &[Resource]) -> World {
    World::new(resources.to_vec(), BTreeMap::new())
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
    let world = seen(&resources, &unknown);
    let decision = decide(&world, &intent, &Ledger::default(), Duration::ZERO);
    let stacks_known = !unknown.contains_key(&Facet::Stacks);
    let may_go = |resource: &Resource| {
        wanted_gone(resource, &intent)
            && matches!(resource.goes, Goes::By(_))
            && resource.status == Status::Ready
            && world.holders(&resource.id).count() == 0
            && world.unknown_holders(resource).is_none()
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
    // What nobody has seen holds as well.
    let whole = whole(&resources);
    for id in started {
        assert_eq!(whole.holders(id).count(), 0, "seed {seed}: {id:?}");
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
    let shuffled = seen(&resources, &unknown);
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

/// What may happen next.
enum Next {
    /// A step of ours is answered.
    Answered(Verb, ResourceId),
    Gone(ResourceId),
    Ready(ResourceId),
    /// A list is read.
    Known(Facet),
}

/// Whether nothing is expected of it any more.
fn is_settled(standing: &Standing) -> bool {
    matches!(standing, Standing::Blocked(_) | Standing::Failed(_))
}

/// A moment of a world's life.
#[derive(Clone)]
struct Life {
    left: Vec<Resource>,
    unknown: BTreeMap<Facet, Option<ReadError>>,
    failed: BTreeSet<ResourceId>,
    ledger: Ledger,
}

/// What tells one moment from another: what is left and whether it is ready, what is not known, what has failed.
type Moment = (Vec<(ResourceId, bool)>, Vec<Facet>, BTreeSet<ResourceId>);

impl Life {
    fn of(left: Vec<Resource>) -> Self {
        Self {
            left,
            unknown: BTreeMap::new(),
            failed: BTreeSet::new(),
            ledger: Ledger::default(),
        }
    }

    fn moment(&self) -> Moment {
        let left = self.left.iter();
        let left = left.map(|it| (it.id.clone(), it.status == Status::Ready));
        let unknown = self.unknown.keys().copied();
        (left.collect(), unknown.collect(), self.failed.clone())
    }

    /// Something happens and goes well.
    fn take(&mut self, next: &Next) {
        match next {
            Next::Answered(_, id) | Next::Gone(id) => self.left.retain(|it| it.id != *id),
            Next::Ready(id) => {
                let ready = self.left.iter_mut().find(|it| it.id == *id).unwrap();
                ready.status = Status::Ready;
            }
            Next::Known(facet) => {
                self.unknown.remove(facet);
            }
        }
    }

    /// A step is refused for good.
    fn fail(&mut self, verb: Verb, id: &ResourceId) {
        let answer = crate::Answer::Failed("refused for good".into());
        let action = (verb, id.clone());
        self.ledger.answer(&action, &answer, Duration::ZERO);
        self.failed.insert(id.clone());
    }

    /// Everything that may happen next, by a decision that is right about it: nothing starts that is not ours or that
    /// anything holds, seen or not; as long as something may happen it is waited for, and when nothing may any more that
    /// is said, and why.
    fn next(&self, seed: u64) -> Vec<Next> {
        let intent = Intent::default();
        let (world, whole) = (seen(&self.left, &self.unknown), whole(&self.left));
        let decision = decide(&world, &intent, &self.ledger, Duration::ZERO);
        for (_, id) in decision.start() {
            let resource = world.get(id).unwrap();
            assert!(wanted_gone(resource, &intent), "seed {seed}: {resource:?}");
            assert_eq!(whole.holders(id).count(), 0, "seed {seed}: {resource:?}");
        }
        let mut all = next(&whole, &decision);
        all.extend(self.unknown.keys().map(|facet| Next::Known(*facet)));
        let standing = &decision.standing;
        let mut stuck = standing.values();
        let expected = if !all.is_empty() {
            Goal::Pending
        } else if standing.is_empty() {
            Goal::Reached
        } else if stuck.all(|it| matches!(it, Standing::Blocked(_))) {
            Goal::Blocked
        } else {
            Goal::Failed
        };
        assert_eq!(decision.goal, expected, "seed {seed}: {standing:?}");
        if all.is_empty() {
            for standing in standing.values() {
                assert!(is_settled(standing), "seed {seed}: {standing:?}");
                if let Standing::Blocked(path) = standing {
                    let holder = path.last().and_then(|id| world.get(id)).unwrap();
                    assert!(!wanted_gone(holder, &intent), "seed {seed}: {holder:?}");
                }
            }
        }
        all
    }
}

/// What may happen next to things that are to go: steps that may be asked for, and what services do by themselves.
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

/// Every moment that can be reached when one thing happens at a time, in any order.
struct Walk {
    seed: u64,
    /// Each step may be refused for good as well.
    with_failures: bool,
    been: BTreeSet<Moment>,
    ends: BTreeSet<Moment>,
}

impl Walk {
    fn new(seed: u64, with_failures: bool) -> Self {
        Self {
            seed,
            with_failures,
            been: BTreeSet::new(),
            ends: BTreeSet::new(),
        }
    }

    fn go_on(&mut self, life: &Life) {
        let moment = life.moment();
        if !self.been.insert(moment.clone()) {
            return;
        }
        let all = life.next(self.seed);
        if all.is_empty() {
            self.ends.insert(moment);
        }
        for next in all {
            if let Next::Answered(verb, id) = &next
                && self.with_failures
            {
                let mut after = life.clone();
                after.fail(*verb, id);
                self.go_on(&after);
            }
            let mut after = life.clone();
            after.take(&next);
            self.go_on(&after);
        }
    }
}

#[test]
fn every_interleaving_of_a_small_world_comes_to_the_same_end() {
    for seed in 0..20_000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut left = resources(&mut rng, 6);
        if seed % 2 == 1 {
            complicate(&mut rng, &mut left);
        }
        let mut walk = Walk::new(seed, false);
        walk.go_on(&Life::of(left));
        assert_eq!(walk.ends.len(), 1, "seed {seed}: {:?}", walk.ends);
    }
}

#[test]
fn every_interleaving_of_a_small_world_ends_though_steps_fail_and_lists_are_read_late() {
    for seed in 0..10_000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut left = resources(&mut rng, 6);
        complicate(&mut rng, &mut left);
        let mut life = Life::of(left);
        // Each more doubles the moments.
        life.unknown = unknown(&mut rng).into_iter().take(2).collect();
        let mut walk = Walk::new(seed, true);
        walk.go_on(&life);
        assert!(!walk.ends.is_empty(), "seed {seed}");
    }
}

/// A life of a random world, in which a tenth of the steps fail for good.
fn live(seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut left = resources(&mut rng, 9);
    complicate(&mut rng, &mut left);
    let mut life = Life::of(left);
    life.unknown = unknown(&mut rng);
    loop {
        let mut all = life.next(seed);
        if all.is_empty() {
            return;
        }
        let next = all.swap_remove(rng.usize(..all.len()));
        match &next {
            Next::Answered(verb, id) if rng.u8(..10) == 0 => life.fail(*verb, id),
            Next::Answered(..) | Next::Gone(_) | Next::Ready(_) | Next::Known(_) => {
                life.take(&next);
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
