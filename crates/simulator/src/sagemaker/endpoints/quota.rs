//! The quota of instances that endpoints may have of each type (section 8 of the notes on AWS's behaviour).

use serde_json::{Value, json};

use super::{Deployment, Endpoint};
use crate::error::ServiceError;
use crate::quotas::Usage;
use crate::sagemaker::instances::{self, Instances};
use crate::sagemaker::record::Status;
use crate::sagemaker::state;
use crate::table::Keyed;
use crate::world::{Place, World};

/// Refuses variants whose instances would be more than there may be. While an endpoint is updated, it has its old and its
/// new ones.
pub(super) fn check(
    world: &mut World,
    place: &Place,
    variants: &[Value],
) -> Result<(), ServiceError> {
    let more = of(variants);
    let endpoints = &state(world, place).endpoints;
    let used = more.keys();
    let used = used.map(|instance| (instance.clone(), endpoints.sum(instance)));
    let used = used.collect();
    instances::check(world, Usage::Endpoint, &used, &more)
}

/// Its instances, by their type. A Failed endpoint has none any more.
impl Keyed for Endpoint {
    fn shares(&self) -> Vec<(String, usize)> {
        if self.record.status == Status::Failed {
            return Vec::new();
        }
        of(&self.all_variants()).into_iter().collect()
    }
}

fn of(variants: &[Value]) -> Instances {
    let variants = variants.iter();
    instances::sum(variants.filter_map(|variant| instances::named(variant, "InitialInstanceCount")))
}

/// What has to be added to `old` variants so that they become the `new` ones, as variants of their own.
pub(super) fn growth(old: &[Value], new: &[Value]) -> Vec<Value> {
    let had = of(old);
    let more = of(new).into_iter().map(|(instance, count)| {
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
