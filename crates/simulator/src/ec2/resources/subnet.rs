//! `AWS::EC2::Subnet`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, retag, tags};
use crate::cloudformation::resource::Request;
use crate::ec2::subnets::{self, NewSubnet};
use crate::error::ServiceError;
use crate::steps::{AtOnce, Steps};
use crate::world::{Place, World};

pub(super) struct Subnet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Properties {
    vpc_id: String,
    cidr_block: String,
    #[serde(default)]
    availability_zone: Option<String>,
    #[serde(default)]
    availability_zone_id: Option<String>,
    #[serde(default)]
    map_public_ip_on_launch: Option<bool>,
    #[serde(default)]
    tags: Vec<Tag>,
}

impl AtOnce for Subnet {
    type Properties = Properties;
    const NAME: &'static str = subnets::TYPE;
    const CREATE_ONLY: &'static [&'static str] = &[
        "AvailabilityZone",
        "AvailabilityZoneId",
        "CidrBlock",
        "VpcId",
    ];
    const ATTRIBUTES: &'static [&'static str] = &[
        "SubnetId",
        "AvailabilityZone",
        "AvailabilityZoneId",
        "CidrBlock",
        "VpcId",
    ];
    const TAGS: Option<&'static str> = Some("Tags");
    const SERVICE: &'static str = "Ec2";

    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
        &mut world.region(place).ec2.steps
    }

    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: Properties,
    ) -> Result<String, ServiceError> {
        let new = NewSubnet {
            name: request.mint_name(),
            tags: tags(request, &properties.tags),
            vpc_id: properties.vpc_id,
            cidr: properties.cidr_block,
            zone_name: properties.availability_zone,
            zone_id: properties.availability_zone_id,
            map_public_ip: properties.map_public_ip_on_launch.unwrap_or(false),
        };
        subnets::create(world, request.place, new)
    }

    fn change(
        world: &mut World,
        id: &str,
        old: Properties,
        request: &Request<'_>,
        new: Properties,
    ) -> Result<(), ServiceError> {
        let map = new.map_public_ip_on_launch.unwrap_or(false);
        subnets::set_map_public_ip(&mut world.region(request.place).ec2, id, map)?;
        retag(world, id, &old.tags, request, &new.tags)
    }

    fn remove(
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: Properties,
    ) -> Result<(), ServiceError> {
        subnets::delete(&mut world.region(place).ec2, id)
    }

    fn value(world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        let subnet = world.region(place).ec2.subnets.get(id)?;
        match name {
            "SubnetId" => Some(json!(id)),
            "AvailabilityZone" => Some(json!(subnet.zone_name)),
            "AvailabilityZoneId" => Some(json!(subnet.zone_id)),
            "CidrBlock" => Some(json!(subnet.cidr.to_string())),
            "VpcId" => Some(json!(subnet.vpc_id)),
            _ => None,
        }
    }
}
