//! Regions and their availability zones.

use crate::draw;
use crate::world::{Place, World};

/// Regions that are enabled in every account.
pub(crate) const REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Regions that an account must opt in to, and has not.
pub(crate) const OPT_IN_REGIONS: &[&str] = &["af-south-1", "ap-east-1", "eu-south-1", "me-south-1"];

/// Local Zones, by region and city; an account must opt in to them, and has not.
const LOCAL: &[(&str, &str)] = &[
    ("ap-south-1", "del"),
    ("ap-southeast-1", "bkk"),
    ("ap-southeast-2", "per"),
    ("eu-central-1", "ham"),
    ("eu-north-1", "hel"),
    ("us-east-1", "bos"),
    ("us-west-2", "lax"),
];

/// The zone of us-east-1 that most services are not in.
pub(crate) const OLD_ZONE: &str = "use1-az3";

/// An availability zone or a Local Zone, as an account sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    /// `us-east-1a`; each account has its own mapping of names to ids.
    pub name: String,
    /// `use1-az4`; the same for all accounts.
    pub id: String,
    /// `false` for Local Zones, which are not opted in.
    pub opted_in: bool,
    /// `false` where nothing new can be made in it.
    pub open: bool,
    /// The region, or the Local Zone's own group.
    pub group: String,
}

/// The zones of a region in order of their names.
pub(crate) fn of(place: &Place) -> Vec<Zone> {
    let region = &place.region;
    let count: u8 = if region == "us-east-1" { 6 } else { 3 };
    let mut numbers: Vec<u8> = (1..=count).collect();
    numbers.sort_by_cached_key(|number| {
        draw::hex(
            0,
            &["zone", &place.account, region, &number.to_string()],
            16,
        )
    });
    // As in most accounts, the zone that few services are in is none of the first.
    if let Some(old) = numbers
        .iter()
        .position(|number| format!("{}-az{number}", short(region)) == OLD_ZONE)
    {
        let number = numbers.remove(old);
        numbers.insert(4.min(numbers.len()), number);
    }
    let mut zones: Vec<Zone> = (b'a'..)
        .zip(numbers)
        .map(|(letter, number)| Zone {
            name: format!("{region}{}", char::from(letter)),
            id: format!("{}-az{number}", short(region)),
            opted_in: true,
            open: true,
            group: region.clone(),
        })
        .collect();
    zones.extend(
        LOCAL
            .iter()
            .filter(|(of, _)| of == region)
            .map(|(_, city)| local(region, city)),
    );
    zones
}

/// The same, with those closed that the world says are.
pub(crate) fn now(world: &World, place: &Place) -> Vec<Zone> {
    let mut zones = of(place);
    for zone in &mut zones {
        zone.open = !world.closed_zones.contains(&zone.id);
    }
    zones
}

fn local(region: &str, city: &str) -> Zone {
    Zone {
        name: format!("{region}-{city}-1a"),
        id: format!("{}-{city}1-az1", short(region)),
        opted_in: false,
        open: true,
        group: format!("{region}-{city}-1"),
    }
}

/// `apse2` of `ap-southeast-2`.
fn short(region: &str) -> String {
    region
        .split('-')
        .map(|part| match part {
            "northeast" => "ne",
            "northwest" => "nw",
            "southeast" => "se",
            "southwest" => "sw",
            "north" => "n",
            "south" => "s",
            "east" => "e",
            "west" => "w",
            "central" => "c",
            "gov" => "g",
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_a_permutation_that_the_account_decides() {
        let zones = of(&Place::new("111122223333", "us-east-1"));
        let ids: BTreeSet<&str> = zones
            .iter()
            .filter(|zone| zone.opted_in)
            .map(|zone| zone.id.as_str())
            .collect();
        assert_eq!(
            ids,
            (1..=6)
                .map(|n| format!("use1-az{n}"))
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str)
                .collect()
        );
        assert_eq!(zones[0].name, "us-east-1a");
        assert_eq!(zones[6], local("us-east-1", "bos"));
    }

    #[test]
    fn regions_have_short_names() {
        assert_eq!(short("ap-southeast-2"), "apse2");
        assert_eq!(of(&Place::new("1", "eu-west-1")).len(), 3);
    }
}
