//! Everything that will happen by itself, in order of time and then of creation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::acts::Act;
use crate::time::SimTime;
use crate::world::Place;
use crate::{cloudformation, ec2, efs, kms, sagemaker};

/// What happens when its time has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    CloudFormation(cloudformation::Event),
    Ec2(ec2::Event),
    Efs(efs::Event),
    Kms(kms::Event),
    SageMaker(sagemaker::Event),
    /// Somebody does something.
    Act(Box<Act>),
}

/// An event and where it happens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Due {
    pub place: Place,
    pub event: Event,
}

/// The one queue of a world.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Queue {
    #[serde(with = "entries")]
    entries: BTreeMap<(SimTime, u64), Due>,
    created: u64,
}

impl Queue {
    pub fn push(&mut self, at: SimTime, due: Due) {
        self.created += 1;
        self.entries.insert((at, self.created), due);
    }

    /// When the next event is due.
    pub fn next(&self) -> Option<SimTime> {
        self.entries.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next event if it is due at `now` or before.
    pub fn pop(&mut self, now: SimTime) -> Option<(SimTime, Due)> {
        let (&key, _) = self.entries.first_key_value()?;
        (key.0 <= now)
            .then(|| self.entries.remove(&key).map(|due| (key.0, due)))
            .flatten()
    }
}

/// JSON has no tuple keys: the queue is saved as a list.
mod entries {
    use super::{BTreeMap, Due, SimTime};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<(SimTime, u64), Due>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<BTreeMap<(SimTime, u64), Due>, D::Error> {
        Ok(Vec::<((SimTime, u64), Due)>::deserialize(input)?
            .into_iter()
            .collect())
    }
}
