//! The quota of instances that endpoints may have of each type (section 8 of the notes on AWS's behaviour).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Deployment, Endpoint};
use crate::error::ServiceError;
use crate::quotas;
use crate::sagemaker::record::Status;
use crate::sagemaker::refusals::limit_exceeded_by;
use crate::sagemaker::{settings, state};
use crate::world::{Place, World};

type Instances = BTreeMap<String, usize>;

/// Refuses variants whose instances would be more than there may be. While an endpoint is updated, it has its old and its
/// new ones.
pub(super) fn check(
    world: &mut World,
    place: &Place,
    variants: &[Value],
) -> Result<(), ServiceError> {
    let used = used(world, place);
    for (instance, delta) in instances(variants) {
        let quota = quotas::endpoint_usage(&instance);
        let limit = world.quotas.limit(&quota);
        let used = used.get(&instance).copied().unwrap_or_default();
        if used + delta > limit {
            return Err(limit_exceeded_by(&quota, "Instances", limit, used, delta));
        }
    }
    Ok(())
}

/// What the endpoints of the region have. A Failed one has no instances any more.
fn used(world: &mut World, place: &Place) -> Instances {
    let endpoints = state(world, place).endpoints.values();
    let running = endpoints.filter(|endpoint| endpoint.record.status != Status::Failed);
    let counts = running.flat_map(|endpoint| instances(&endpoint.all_variants()));
    counts.fold(Instances::new(), |mut sum, (instance, count)| {
        *sum.entry(instance).or_default() += count;
        sum
    })
}

fn instances(variants: &[Value]) -> Instances {
    let mut instances = Instances::new();
    for variant in variants {
        if let Some(instance) = settings::text(variant, "InstanceType") {
            let count = variant.get("InitialInstanceCount").and_then(Value::as_u64);
            let count = count.and_then(|count| usize::try_from(count).ok());
            *instances.entry(instance.to_owned()).or_default() += count.unwrap_or(1);
        }
    }
    instances
}

/// What has to be added to `old` variants so that they become the `new` ones, as variants of their own.
pub(super) fn growth(old: &[Value], new: &[Value]) -> Vec<Value> {
    let had = instances(old);
    let more = instances(new).into_iter().map(|(instance, count)| {
        let had = had.get(&instance).copied().unwrap_or_default();
        json!({"InstanceType": instance, "InitialInstanceCount": count.saturating_sub(had)})
    });
    more.collect()
}

impl Endpoint {
    /// The variants that it has, and those that an update brings.
    fn all_variants(&self) -> Vec<Value> {
        match &self.next {
            None => self.variants.clone(),
            Some(Deployment {
                interface_ids: None,
                variants,
                ..
            }) => {
                let growth = growth(&self.variants, variants);
                self.variants.iter().chain(&growth).cloned().collect()
            }
            Some(next) => self
                .variants
                .iter()
                .chain(&next.variants)
                .cloned()
                .collect(),
        }
    }
}
