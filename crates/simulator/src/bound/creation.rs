//! The bound of a creation: every stack of the later world, begun as soon as what it needs is there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bound, Ideal, Standing};
use crate::cloudformation::{self, Stack};
use crate::world::{Call, Place, World};

/// The least time from `before` to a world with the stacks of `after`, or nothing where no client can make them.
pub fn creation(before: &World, after: &World) -> Option<Bound> {
    let known: BTreeSet<String> = stacks(before).into_keys().collect();
    let mut wanted = stacks(after);
    wanted.retain(|arn, _| !known.contains(arn));
    let needs = needs(before, after, &wanted);
    let mut done: BTreeSet<&String> = BTreeSet::new();
    // By ARN in the later world, the ARN in the fork.
    let mut begun: BTreeMap<&String, String> = BTreeMap::new();
    Ideal::on(before, false).until(|ideal| {
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

/// Live stacks, by ARN.
fn stacks(world: &World) -> BTreeMap<String, (Place, Stack)> {
    world
        .places()
        .flat_map(|(place, region)| {
            let live = region.cloudformation.live();
            live.map(move |stack| (stack.arn.clone(), (place.clone(), stack.clone())))
        })
        .collect()
}

/// Which stacks a stack needs: those whose exports it imports, and those whose new resources its parameters name.
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
    wanted
        .iter()
        .map(|(arn, (_, stack))| {
            let needed = wanted
                .iter()
                .filter(|(other_arn, (_, other))| *other_arn != arn && need(stack, other));
            (arn.clone(), needed.map(|(arn, _)| arn.clone()).collect())
        })
        .collect()
}
