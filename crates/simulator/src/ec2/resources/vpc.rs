//! `AWS::EC2::VPC`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, retag, tags};
use crate::cloudformation::resource::Request;
use crate::ec2::vpcs::{self, NewVpc};
use crate::error::ServiceError;
use crate::steps::{AtOnce, Steps};
use crate::world::{Place, World};

pub(super) struct Vpc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Properties {
    cidr_block: String,
    #[serde(default)]
    enable_dns_support: Option<bool>,
    #[serde(default)]
    enable_dns_hostnames: Option<bool>,
    #[serde(default)]
    instance_tenancy: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

impl AtOnce for Vpc {
    type Properties = Properties;
    const NAME: &'static str = vpcs::TYPE;
    const CREATE_ONLY: &'static [&'static str] = &["CidrBlock"];
    const ATTRIBUTES: &'static [&'static str] = &[
        "VpcId",
        "CidrBlock",
        "CidrBlockAssociations",
        "DefaultNetworkAcl",
        "DefaultSecurityGroup",
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
        let new = NewVpc {
            name: request.mint_name(),
            cidr: properties.cidr_block,
            tenancy: properties
                .instance_tenancy
                .unwrap_or_else(|| "default".to_owned()),
            tags: tags(request, &properties.tags),
        };
        let id = vpcs::create(world, request.place, new)?;
        let state = &mut world.region(request.place).ec2;
        vpcs::modify(
            state,
            &id,
            properties.enable_dns_support,
            properties.enable_dns_hostnames,
        )?;
        Ok(id)
    }

    fn change(
        world: &mut World,
        id: &str,
        old: Properties,
        request: &Request<'_>,
        new: Properties,
    ) -> Result<(), ServiceError> {
        if new.instance_tenancy != old.instance_tenancy {
            let text = "The tenancy of a VPC cannot be changed from default to dedicated.";
            return Err(ServiceError::new("InvalidParameterValue", text));
        }
        let support = Some(new.enable_dns_support.unwrap_or(true));
        let hostnames = Some(new.enable_dns_hostnames.unwrap_or(false));
        vpcs::modify(&mut world.region(request.place).ec2, id, support, hostnames)?;
        retag(world, id, &old.tags, request, &new.tags)
    }

    fn remove(
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: Properties,
    ) -> Result<(), ServiceError> {
        let switches = world.switches.clone();
        vpcs::delete(&mut world.region(place).ec2, &switches, id)
    }

    fn value(world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        let state = &world.region(place).ec2;
        let vpc = state.vpcs.get(id)?;
        match name {
            "VpcId" => Some(json!(id)),
            "CidrBlock" => Some(json!(vpc.cidr.to_string())),
            "CidrBlockAssociations" => Some(json!([id.replacen("vpc-", "vpc-cidr-assoc-", 1)])),
            "DefaultNetworkAcl" => state.default_acl(id).map(|acl| json!(acl.id)),
            "DefaultSecurityGroup" => state.default_group(id).map(|group| json!(group.id)),
            _ => None,
        }
    }
}
