//! The bound of a removal: everything that the later world has no more, asked for at every instant.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::asking::{ask, goes_by_hand, goes_by_hand_alone, lift_protection, take_policies_off};
use super::{Bound, Ideal, Standing, place_of};
use crate::cloudformation::{STACK_TYPE, ideal as engine, resource};
use crate::row::Row;
use crate::sagemaker::domains::MANAGED;
use crate::service::Service;
use crate::world::{Place, World};

/// Entry of the table of durations.
const CUT_OFF: &str = "app delete without endpoints";

/// As CloudFormation names the type.
const ROLE: &str = "AWS::IAM::Role";

/// What exists, by `TYPE ID`.
type Rows = BTreeMap<String, Row>;

/// The least time from `before` to a world without what `after` has no more, or nothing where no client can do it.
pub fn removal(before: &World, after: &World) -> Option<Bound> {
    let left = after.environment_rows();
    let apps_are_slow = before.switches.apps_go_slowly_without_endpoints;
    let waiting = shortest(before, &left, apps_are_slow);
    // Whoever takes the endpoint from under an app waits at least so long for the app.
    let least = before.durations.spread(CUT_OFF).least;
    let is_shorter = |bound: Bound| bound.time.as_secs_f64() <= least;
    if !apps_are_slow || waiting.is_some_and(is_shorter) {
        return waiting;
    }
    let hasty = shortest(before, &left, false);
    waiting.into_iter().chain(hasty).reduce(Bound::either)
}

/// What nothing but a client's own call removes: no member of a stack, no part of another thing, and none of a domain's
/// home, which can go with the domain; nothing that is on its way out already.
fn only_by_hand(targets: &Rows) -> BTreeSet<String> {
    let key = |id: &str| format!("AWS::EFS::FileSystem {id}");
    let of_home = |row: &Row| {
        let volume = row.parent.as_deref().and_then(|id| targets.get(&key(id)));
        volume.unwrap_or(row).tags.contains_key(MANAGED)
    };
    let is_part = |row: &Row| row.parent.is_some() && row.kind != "AWS::EFS::MountTarget";
    let rows = targets.values();
    let rows =
        rows.filter(|row| row.stack.is_none() && !is_part(row) && !of_home(row) && !is_going(row));
    rows.map(|row| row.arn.clone()).collect()
}

/// Whether its deletion was accepted: nothing that is asked of it makes it go sooner.
fn is_going(row: &Row) -> bool {
    ["DELETE_IN_PROGRESS", "Deleting", "deleting"].contains(&row.status.as_str())
}

/// The shortest of the ways in which domains' volumes can go, and in which endpoints wait for apps or do not.
fn shortest(before: &World, left: &Rows, endpoints_wait: bool) -> Option<Bound> {
    let volumes_go = left.values().all(|row| row.kind != "AWS::EFS::FileSystem");
    let retentions: &[&str] = if volumes_go {
        &["Retain", "Delete"]
    } else {
        &["Retain"]
    };
    let bounds = retentions.iter().filter_map(|retention| {
        let mut removal = Removal {
            retention,
            left,
            targets: Rows::new(),
            loosened: BTreeSet::new(),
        };
        let mut ideal = Ideal::on(before, endpoints_wait);
        removal.look(&ideal);
        ideal.by_hand = only_by_hand(&removal.targets);
        ideal.until(|ideal| removal.turn(ideal))
    });
    bounds.reduce(Bound::either)
}

struct Removal<'a> {
    /// `RetentionPolicy` of domains.
    retention: &'static str,
    /// What the later world has.
    left: &'a Rows,
    /// What must go, with what people have made meanwhile.
    targets: Rows,
    /// Deletions of stacks that fail at nothing.
    loosened: BTreeSet<String>,
}

impl Removal<'_> {
    /// Asks for everything that is still there, and again as long as that lets something go at once.
    fn turn(&mut self, ideal: &mut Ideal) -> Standing {
        self.look(ideal);
        loop {
            if self.targets.is_empty() {
                return Standing::Done;
            }
            let writes = ideal.writes;
            self.ask_stacks(ideal);
            for row in self.targets.values().filter(|row| !is_going(row)) {
                ask(ideal, row, self.retention);
            }
            self.ask_members(ideal);
            let known = self.targets.len();
            if ideal.writes > writes {
                self.look(ideal);
            }
            if self.targets.len() == known {
                return Standing::Waiting;
            }
        }
    }

    fn look(&mut self, ideal: &Ideal) {
        self.targets = ideal.world.environment_rows();
        self.targets.retain(|key, _| !self.left.contains_key(key));
    }

    /// Begins the deletion of every stack that no other imports from.
    fn ask_stacks(&mut self, ideal: &mut Ideal) {
        let stacks = self.targets.values().filter(|row| row.kind == STACK_TYPE);
        for stack in stacks {
            let (place, arn) = (place_of(stack), &stack.arn);
            if engine::is_deletable(&mut ideal.world, &place, arn) {
                lift_protection(ideal, &place, arn);
                let input = json!({"StackName": arn});
                ideal.ask_about(stack, Service::CloudFormation, "DeleteStack", input);
            }
            let operation = engine::deletion_at_work(&mut ideal.world, &place, arn);
            if operation.is_some_and(|operation| self.loosened.insert(operation)) {
                engine::loosen(&mut ideal.world, &place, arn, |member| {
                    let failed = member.status == "DELETE_FAILED";
                    let id = resource::row_id(&member.kind, &member.physical);
                    goes_by_hand(&member.kind) || failed && self.can_be_left(&member.kind, &id)
                });
            }
        }
    }

    /// Asks for the members of stacks that wait.
    fn ask_members(&self, ideal: &mut Ideal) {
        let places: Vec<Place> = ideal
            .world
            .places()
            .map(|(place, _)| place.clone())
            .collect();
        for place in places {
            for waiting in engine::waiting(&mut ideal.world, &place) {
                if waiting.failed && self.can_be_left(&waiting.kind, &waiting.id) {
                    engine::leave(&mut ideal.world, &place, &waiting);
                } else {
                    if waiting.kind == ROLE {
                        take_policies_off(ideal, &place, &waiting.id);
                    }
                    engine::ask_again(&mut ideal.world, &place, &waiting);
                }
            }
        }
    }

    /// Whether a stack that failed at a member may be told to leave it: it is gone, or will go by hand.
    fn can_be_left(&self, kind: &str, id: &str) -> bool {
        let is_it = |row: &&Row| row.kind == kind && (row.id == id || row.arn == id);
        goes_by_hand_alone(kind) || !self.targets.values().any(|row| is_it(&row))
    }
}
