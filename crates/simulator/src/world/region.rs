//! Accounts' regions, and what exists in them.

#[cfg(test)]
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::index::{Index, Observer};
use crate::row::Row;
use crate::time::SimTime;
use crate::{auto_scaling, cloudformation, ec2, efs, kms, logs, sagemaker};

/// Account and region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Twelve digits.
    pub account: String,
    pub region: String,
}

impl Place {
    pub fn new(account: &str, region: &str) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
        }
    }

    /// `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:aws:{service}:{}:{}:{resource}",
            self.region, self.account
        )
    }
}

/// What exists in one region of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Region {
    pub cloudformation: cloudformation::State,
    pub ec2: ec2::State,
    pub efs: efs::State,
    pub sagemaker: sagemaker::State,
    pub kms: kms::State,
    pub logs: logs::State,
    pub auto_scaling: auto_scaling::State,
    pub index: Index,
}

impl Region {
    /// Everything that exists.
    pub(super) fn rows(&self, place: &Place) -> Vec<Row> {
        let mut rows = Vec::new();
        self.cloudformation.rows(place, &mut rows);
        self.ec2.rows(place, &mut rows);
        self.efs.rows(place, &mut rows);
        self.kms.rows(place, &mut rows);
        self.logs.rows(place, &mut rows);
        self.auto_scaling.rows(place, &mut rows);
        self.sagemaker.rows(place, &mut rows);
        rows
    }

    /// Lets the index take notice of what has changed.
    pub(super) fn observe(&mut self, place: &Place, now: SimTime, lag: &dyn Fn(&str) -> Duration) {
        let mut observer = Observer {
            index: &mut self.index,
            place,
            now,
            lag,
        };
        self.cloudformation.observe(&mut observer);
        self.ec2.observe(&mut observer);
        self.efs.observe(&mut observer);
        self.kms.observe(&mut observer);
        self.logs.observe(&mut observer);
        self.auto_scaling.observe(&mut observer);
        self.sagemaker.observe(&mut observer);
        self.index.forget(now);
        #[cfg(test)]
        self.check_index(place);
    }

    /// The index knows everything that there is as it is, and nothing else but the records of deleted apps.
    #[cfg(test)]
    fn check_index(&self, place: &Place) {
        let rows = self.rows(place);
        let there: BTreeMap<&str, _> = rows
            .iter()
            .map(|row| (row.arn.as_str(), (row.revision, &row.tags)))
            .collect();
        let mut known = self.index.known();
        known.retain(|arn, _| there.contains_key(arn) || !arn.contains(":app/"));
        assert_eq!(known, there, "the index has missed something");
    }
}

pub(super) mod places {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Place, Region};

    pub(in super::super) fn serialize<S: Serializer>(
        map: &BTreeMap<Place, Region>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(out)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<BTreeMap<Place, Region>, D::Error> {
        Ok(Vec::<(Place, Region)>::deserialize(input)?
            .into_iter()
            .collect())
    }
}
