//! The bound of a creation: every stack of the later world, begun as soon as what it needs is there. Those that are nested
//! in others come with these.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bound, Ideal, Standing};
use crate::cloudformation::{self, Stack};
use crate::world::{Call, Place, World};

/// The least time from `before` to a world with the stacks of `after`, or nothing where no client can make them.
pub fn creation(before: &World, after: &World) -> Option<Bound> {
    let known: BTreeSet<String> = roots(before).into_keys().collect();
    let mut wanted = roots(after);
    wanted.retain(|arn, _| !known.contains(arn));
    let needs = needs(before, after, &wanted);
    let mut ideal = Ideal::on(before, false);
    ideal.world.templates.clone_from(&after.templates);
    let mut work = Work {
        wanted: &wanted,
        needs: &needs,
        begun: BTreeMap::new(),
        done: BTreeSet::new(),
    };
    ideal.until(|ideal| {
        // What comes to be at an instant lets others begin at that very one.
        loop {
            let were_done = work.done.len();
            if work.go_on(&mut ideal.world).is_none() {
                return Standing::Impossible;
            }
            if work.done.len() == wanted.len() {
                return Standing::Done;
            }
            if work.done.len() == were_done {
                return Standing::Waiting;
            }
        }
    })
}

/// The stacks that are to be made, and how far they are.
struct Work<'a> {
    wanted: &'a BTreeMap<String, (Place, Stack)>,
    needs: &'a BTreeMap<String, BTreeSet<String>>,
    /// By ARN in the later world, the ARN in the fork.
    begun: BTreeMap<&'a String, String>,
    done: BTreeSet<&'a String>,
}

impl Work<'_> {
    /// Begins what may begin, and notes what has come to be; nothing where one is refused or fails.
    fn go_on(&mut self, world: &mut World) -> Option<()> {
        for (arn, (place, stack)) in self.wanted {
            let mut needs = self.needs.get(arn).into_iter().flatten();
            let is_ready = needs.all(|need| self.done.contains(need));
            if is_ready && !self.begun.contains_key(arn) {
                let caller = "arn:aws:iam::111122223333:user/ideal";
                let mut call = Call::of(world, place, caller);
                let made = cloudformation::create_like(&mut call, stack).ok()?;
                self.begun.insert(arn, made);
            }
            let Some(made) = self.begun.get(arn) else {
                continue;
            };
            let made = world.region(place).cloudformation.find(made)?;
            match made.status.as_str() {
                "CREATE_COMPLETE" => {
                    self.done.insert(arn);
                }
                "CREATE_IN_PROGRESS" => {}
                _ => return None,
            }
        }
        Some(())
    }
}

/// Live stacks that are nested in none, by ARN.
fn roots(world: &World) -> BTreeMap<String, (Place, Stack)> {
    world
        .places()
        .flat_map(|(place, region)| {
            let live = region.cloudformation.live();
            let roots = live.filter(|stack| stack.parent.is_none());
            roots.map(move |stack| (stack.arn.clone(), (place.clone(), stack.clone())))
        })
        .collect()
}

/// Which stacks a stack needs: those whose exports it imports, and those whose new resources its parameters name. What
/// nested stacks take and give counts as their roots'.
fn needs(
    before: &World,
    after: &World,
    wanted: &BTreeMap<String, (Place, Stack)>,
) -> BTreeMap<String, BTreeSet<String>> {
    let old = before.environment_rows();
    let new: BTreeSet<String> = after
        .environment_rows()
        .into_iter()
        .filter(|(key, _)| !old.contains_key(key))
        .flat_map(|(_, row)| [row.id, row.arn])
        .collect();
    let need = |stack: &Stack, other: &Stack| {
        other
            .exports()
            .any(|(name, _)| stack.imports.contains(name))
            || other.outputs.iter().any(|output| {
                new.contains(&output.value)
                    && stack
                        .parameters
                        .values()
                        .any(|value| *value == output.value)
            })
    };
    let regions = after.places().map(|(_, region)| region);
    let stacks: Vec<&Stack> = regions
        .flat_map(|region| region.cloudformation.live())
        .filter(|stack| wanted.contains_key(stack.top()))
        .collect();
    let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for &stack in &stacks {
        for &other in &stacks {
            let (top, other_top) = (stack.top(), other.top());
            if top != other_top && need(stack, other) {
                let needed = needs.entry(top.clone()).or_default();
                needed.insert(other_top.clone());
            }
        }
    }
    needs
}
