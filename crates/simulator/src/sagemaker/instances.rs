//! The quotas of instances by their type and by what they are used for (section 8 of the notes on AWS's behaviour).

use std::collections::BTreeMap;

use serde_json::Value;

use super::refusals::limit_exceeded_by;
use super::settings;
use crate::error::ServiceError;
use crate::quotas::{self, Usage};
use crate::world::World;

/// How many of each type.
pub(super) type Instances = BTreeMap<String, usize>;

/// All of them together.
pub(super) fn sum(counts: impl Iterator<Item = (String, usize)>) -> Instances {
    counts.fold(Instances::new(), |mut sum, (instance, count)| {
        *sum.entry(instance).or_default() += count;
        sum
    })
}

/// The type and number that these members of an input name; one where no number is given.
pub(super) fn named(members: &Value, count: &str) -> Option<(String, usize)> {
    let instance = settings::text(members, "InstanceType")?;
    let count = members.get(count).and_then(Value::as_u64);
    let count = count.and_then(|count| usize::try_from(count).ok());
    Some((instance.to_owned(), count.unwrap_or(1)))
}

/// Refuses `more` instances where there would be more than there may be with those in use.
///
/// # Errors
/// `ResourceLimitExceeded`.
pub(super) fn check(
    world: &World,
    usage: Usage,
    used: &Instances,
    more: &Instances,
) -> Result<(), ServiceError> {
    for (instance, &delta) in more {
        let quota = quotas::usage(instance, usage);
        let limit = world.quotas.limit(&quota);
        let used = used.get(instance).copied().unwrap_or_default();
        if used + delta > limit {
            return Err(limit_exceeded_by(&quota, "Instances", limit, used, delta));
        }
    }
    Ok(())
}
