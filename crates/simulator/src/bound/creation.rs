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
    let mut done: BTreeSet<&String> = BTreeSet::new();
    // By ARN in the later world, the ARN in the fork.
    let mut begun: BTreeMap<&String, String> = BTreeMap::new();
    let mut ideal = Ideal::on(before, false);
    ideal.world.templates.clone_from(&after.templates);
    ideal.until(|ideal| {
        for (arn, (place, stack)) in &wanted {
            let ready = needs
                .get(arn)
                .is_none_or(|needs| needs.iter().all(|need| done.contains(need)));
            if ready && !begun.contains_key(arn) {
                let caller = "arn:aws:iam::111122223333:user/ideal";
                let mut call = Call::of(&mut ideal.world, place, caller);
                match cloudformation::create_like(&mut call, stack) {
                    Ok(made) => begun.insert(arn, made),
                    Err(_refused) => return Standing::Impossible,
                };
            }
            let Some(made) = begun.get(arn) else {
                continue;
            };
            let state = &ideal.world.region(place).cloudformation;
            match state.find(made).map(|stack| stack.status.as_str()) {
                Some("CREATE_COMPLETE") => {
                    done.insert(arn);
                }
                Some("CREATE_IN_PROGRESS") => {}
                _ => return Standing::Impossible,
            }
        }
        if done.len() == wanted.len() {
            Standing::Done
        } else {
            Standing::Waiting
        }
    })
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
        .filter(|stack| wanted.contains_key(root(stack)))
        .collect();
    let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for &stack in &stacks {
        for &other in &stacks {
            let (root, other_root) = (root(stack), root(other));
            if root != other_root && need(stack, other) {
                let needed = needs.entry(root.clone()).or_default();
                needed.insert(other_root.clone());
            }
        }
    }
    needs
}

fn root(stack: &Stack) -> &String {
    stack.root.as_ref().unwrap_or(&stack.arn)
}
