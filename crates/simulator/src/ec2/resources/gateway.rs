//! `AWS::EC2::InternetGateway` and `VPCGatewayAttachment`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, retag, tags};
use crate::cloudformation::resource::Request;
use crate::ec2::gateways;
use crate::error::ServiceError;
use crate::steps::{AtOnce, Steps};
use crate::world::{Place, World};

pub(super) struct InternetGateway;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct GatewayProperties {
    #[serde(default)]
    tags: Vec<Tag>,
}

impl AtOnce for InternetGateway {
    type Properties = GatewayProperties;
    const NAME: &'static str = gateways::TYPE;
    const CREATE_ONLY: &'static [&'static str] = &[];
    const ATTRIBUTES: &'static [&'static str] = &["InternetGatewayId"];
    const TAGS: Option<&'static str> = Some("Tags");
    const SERVICE: &'static str = "Ec2";

    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
        &mut world.region(place).ec2.steps
    }

    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: GatewayProperties,
    ) -> Result<String, ServiceError> {
        let tags = tags(request, &properties.tags);
        gateways::create(world, request.place, &request.mint_name(), tags)
    }

    fn change(
        world: &mut World,
        id: &str,
        old: GatewayProperties,
        request: &Request<'_>,
        new: GatewayProperties,
    ) -> Result<(), ServiceError> {
        retag(world, id, &old.tags, request, &new.tags)
    }

    fn remove(
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: GatewayProperties,
    ) -> Result<(), ServiceError> {
        gateways::delete(&mut world.region(place).ec2, id)
    }

    fn value(_world: &mut World, _place: &Place, id: &str, name: &str) -> Option<Value> {
        (name == "InternetGatewayId").then(|| json!(id))
    }
}

pub(super) struct Attachment;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct AttachmentProperties {
    vpc_id: String,
    internet_gateway_id: String,
}

impl AtOnce for Attachment {
    type Properties = AttachmentProperties;
    const NAME: &'static str = "AWS::EC2::VPCGatewayAttachment";
    const CREATE_ONLY: &'static [&'static str] = &["VpcId"];
    const ATTRIBUTES: &'static [&'static str] = &["AttachmentType"];
    const SERVICE: &'static str = "Ec2";

    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
        &mut world.region(place).ec2.steps
    }

    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: AttachmentProperties,
    ) -> Result<String, ServiceError> {
        let state = &mut world.region(request.place).ec2;
        gateways::attach(state, &properties.internet_gateway_id, &properties.vpc_id)?;
        Ok(format!("IGW|{}", properties.vpc_id))
    }

    fn change(
        world: &mut World,
        _id: &str,
        old: AttachmentProperties,
        request: &Request<'_>,
        new: AttachmentProperties,
    ) -> Result<(), ServiceError> {
        if old.internet_gateway_id == new.internet_gateway_id {
            return Ok(());
        }
        let state = &mut world.region(request.place).ec2;
        gateways::detach(state, &old.internet_gateway_id, &old.vpc_id)?;
        gateways::attach(state, &new.internet_gateway_id, &new.vpc_id)
    }

    fn remove(
        world: &mut World,
        place: &Place,
        _id: &str,
        properties: AttachmentProperties,
    ) -> Result<(), ServiceError> {
        let state = &mut world.region(place).ec2;
        match gateways::detach(state, &properties.internet_gateway_id, &properties.vpc_id) {
            Err(error) if error.code == "Gateway.NotAttached" => Ok(()),
            other => other,
        }
    }

    fn value(_world: &mut World, _place: &Place, _id: &str, name: &str) -> Option<Value> {
        (name == "AttachmentType").then(|| json!("IGW"))
    }
}
