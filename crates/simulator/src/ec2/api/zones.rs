//! Regions and availability zones.

use std::ops::RangeInclusive;

use serde::Deserialize;

use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::ec2::zones::{self, OPT_IN_REGIONS, REGIONS, Zone};
use crate::error::ServiceError;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

impl Zone {
    fn opt_in_status(&self) -> &'static str {
        if self.opted_in {
            "opt-in-not-required"
        } else {
            "not-opted-in"
        }
    }

    fn state(&self) -> &'static str {
        if self.open {
            "available"
        } else {
            "unavailable"
        }
    }

    fn kind(&self) -> &'static str {
        if self.opted_in {
            "availability-zone"
        } else {
            "local-zone"
        }
    }
}

#[expect(
    clippy::misnamed_getters,
    reason = "the call asks for zones by their names"
)]
impl Listed for Zone {
    const FILTERS: Filters<Self> = &[
        ("group-name", |zone| one(&zone.group)),
        ("opt-in-status", |zone| one(zone.opt_in_status())),
        ("state", |zone| one(zone.state())),
        ("zone-id", |zone| one(&zone.id)),
        ("zone-name", |zone| one(&zone.name)),
        ("zone-type", |zone| one(zone.kind())),
    ];
    const SIZES: Option<RangeInclusive<usize>> = None;

    fn id(&self) -> &str {
        &self.name
    }

    fn tags(&self) -> Option<&Tags> {
        None
    }
}

/// The part of the input that no other list has.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct All {
    #[serde(default, rename = "AllAvailabilityZones")]
    zones: bool,
    #[serde(default, rename = "AllRegions")]
    regions: bool,
    #[serde(default)]
    zone_id: Vec<String>,
}

/// Reads that part, and the rest as other lists read theirs.
fn read(input: &Input, member: &str, own: &[&str]) -> Result<(All, Query), ServiceError> {
    let all: All = input.parse()?;
    let mut rest = input.clone();
    if let serde_json::Value::Object(members) = &mut rest.value {
        members.retain(|name, _| !own.contains(&name.as_str()));
    }
    Ok((all, Query::read(&rest, member)?))
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let (all, query) = read(input, "ZoneName", &["AllAvailabilityZones", "ZoneId"])?;
    let mut zones = zones::now(call.world, &call.place);
    if let Some(absent) = all
        .zone_id
        .iter()
        .find(|id| !zones.iter().any(|zone| zone.id == **id))
    {
        return Err(invalid("zone-id", absent));
    }
    zones.retain(|zone| zone.opted_in || all.zones);
    zones.retain(|zone| all.zone_id.is_empty() || all.zone_id.contains(&zone.id));
    let region = &call.place.region;
    let page = query.page(call, zones, |name| invalid("availability zone", name))?;
    Ok(Output::Xml(page.elements("availabilityZoneInfo", |zone| {
        members(zone, region)
    })))
}

fn members(zone: &Zone, region: &str) -> Vec<Element> {
    vec![
        Element::text("optInStatus", zone.opt_in_status()),
        Element::new("messageSet"),
        Element::text("regionName", region),
        Element::text("zoneName", &zone.name),
        Element::text("zoneId", &zone.id),
        Element::text("groupName", &zone.group),
        Element::text("networkBorderGroup", &zone.group),
        Element::text("zoneType", zone.kind()),
        Element::text("zoneState", zone.state()),
    ]
}

fn invalid(what: &str, name: &str) -> ServiceError {
    ServiceError::new("InvalidParameterValue", format!("Invalid {what}: [{name}]"))
}

/// A region as DescribeRegions tells it.
struct Region {
    name: &'static str,
    opt_in_status: &'static str,
}

impl Listed for Region {
    const FILTERS: Filters<Self> = &[
        ("endpoint", |region| one(region.endpoint())),
        ("opt-in-status", |region| one(region.opt_in_status)),
        ("region-name", |region| one(region.name)),
    ];
    const SIZES: Option<RangeInclusive<usize>> = None;

    fn id(&self) -> &str {
        self.name
    }

    fn tags(&self) -> Option<&Tags> {
        None
    }
}

impl Region {
    fn endpoint(&self) -> String {
        format!("ec2.{}.amazonaws.com", self.name)
    }
}

pub(super) fn regions(call: &mut Call<'_>, input: &Input) -> Answered {
    let (all, query) = read(input, "RegionName", &["AllRegions"])?;
    let enabled = REGIONS.iter().map(|name| Region {
        name,
        opt_in_status: "opt-in-not-required",
    });
    let others = OPT_IN_REGIONS.iter().filter(|_| all.regions);
    let others = others.map(|name| Region {
        name,
        opt_in_status: "not-opted-in",
    });
    let mut regions: Vec<Region> = enabled.chain(others).collect();
    regions.sort_by_key(|region| region.name);
    let page = query.page(call, regions, |name| invalid("region", name))?;
    let members = |region: &Region| {
        vec![
            Element::text("regionName", region.name),
            Element::text("regionEndpoint", region.endpoint()),
            Element::text("optInStatus", region.opt_in_status),
        ]
    };
    Ok(Output::Xml(page.elements("regionInfo", members)))
}
