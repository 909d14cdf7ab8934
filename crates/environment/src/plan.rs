//! The plan: `decide` run on a copy of the world in which every started step succeeds at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use smol_str::SmolStr;

use crate::decide::{Decision, Intent, Standing, decide};
use crate::evidence::Evidence;
use crate::ledger::{Action, Ledger};
use crate::resource::{Goes, ResourceId, Status, Verb};
use crate::world::World;

/// One step of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub verb: Verb,
    pub resource: ResourceId,
    pub name: Option<SmolStr>,
    pub stack: Option<SmolStr>,
    /// Ids of the steps that have to be done before.
    pub needs: Vec<String>,
    pub evidence: Vec<Evidence>,
    pub destroys_data: bool,
}

impl Step {
    /// `VERB:TYPE:ID`, the same in every run.
    pub fn id(&self) -> String {
        step_id(self.verb, &self.resource)
    }
}

/// `VERB:TYPE:ID`.
pub fn step_id(verb: Verb, resource: &ResourceId) -> String {
    format!(
        "{}:{}:{}",
        verb.word(),
        resource.kind.type_name(),
        resource.id
    )
}

/// The steps that lead from a world to the goal, in an order in which they can be done, and what is in the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub steps: Vec<Step>,
    /// What cannot go, with the path to what holds it.
    pub blocked: BTreeMap<ResourceId, Vec<ResourceId>>,
}

/// Projects the world to its end.
pub fn plan(world: &World, intent: &Intent) -> Plan {
    let mut projected = world.clone();
    let mut steps = Vec::new();
    let mut ended: BTreeSet<ResourceId> = BTreeSet::new();
    loop {
        let decision = decide(&projected, intent, &Ledger::default(), Duration::ZERO);
        let actions = next(&projected, &decision);
        if actions.is_empty() {
            let standing = decision.standing.into_iter();
            let blocked = standing.filter_map(|(id, standing)| match standing {
                Standing::Blocked(path) => Some((id.clone(), path)),
                Standing::Start(_)
                | Standing::Pausing(..)
                | Standing::Settling
                | Standing::Held
                | Standing::Unknown(_)
                | Standing::Failed(_) => None,
            });
            return Plan {
                steps,
                blocked: blocked.collect(),
            };
        }
        for (verb, id) in &actions {
            if let Some(resource) = world.get(id) {
                steps.push(Step {
                    verb: *verb,
                    resource: id.clone(),
                    name: resource.name.clone(),
                    stack: resource.stack.clone(),
                    needs: needs(world, *verb, id),
                    evidence: resource.evidence.clone(),
                    destroys_data: *verb == Verb::Delete && resource.data.is_some(),
                });
            }
        }
        for (_, id) in actions {
            ended.insert(id.clone());
            projected.remove(&id);
        }
    }
}

/// What ends in this round: steps that may start; what is on its way already; what goes by itself.
fn next(world: &World, decision: &Decision<'_>) -> Vec<Action> {
    let standing = decision.standing.iter();
    standing
        .filter_map(|(id, standing)| {
            let verb = match standing {
                Standing::Start(verb) | Standing::Pausing(verb, _) => *verb,
                Standing::Settling => settling_verb(world, id)?,
                Standing::Held
                | Standing::Blocked(_)
                | Standing::Unknown(_)
                | Standing::Failed(_) => return None,
            };
            Some((verb, (*id).clone()))
        })
        .collect()
}

/// What becomes of a thing that is on its way: one that is being made still has to be removed afterwards; one that goes
/// with an owner has no step of its own while the owner is there.
fn settling_verb(world: &World, id: &ResourceId) -> Option<Verb> {
    let resource = world.get(id)?;
    match (&resource.goes, &resource.status) {
        (Goes::With(owner), _) if world.get(owner).is_some() => None,
        // What is still being made ends only after what holds it.
        (Goes::By(_), Status::Busy(_)) if world.before(id).next().is_some() => None,
        (Goes::By(verb), Status::Busy(_)) => Some(*verb),
        (Goes::By(_) | Goes::With(_) | Goes::Itself, _) => Some(Verb::Wait),
        (Goes::Kept(_), _) => None,
    }
}

/// The steps of what holds a resource; of something that goes with its owner, the owner's step. What is only waited for
/// needs nothing: it is on its way.
fn needs(world: &World, verb: Verb, id: &ResourceId) -> Vec<String> {
    let mut needs: BTreeSet<String> = BTreeSet::new();
    if verb == Verb::Wait {
        return Vec::new();
    }
    for holder in world.before(id) {
        let mut cause = holder;
        let mut seen = BTreeSet::new();
        while let Goes::With(owner) = &cause.goes {
            match world.get(owner).filter(|_| seen.insert(cause.id.clone())) {
                Some(owner) => cause = owner,
                None => break,
            }
        }
        let verb = match (&cause.goes, &cause.status) {
            (Goes::By(_), Status::Leaving(_))
            | (Goes::With(_) | Goes::Itself | Goes::Kept(_), _) => Verb::Wait,
            (Goes::By(verb), _) => *verb,
        };
        needs.insert(step_id(verb, &cause.id));
    }
    needs.into_iter().collect()
}
