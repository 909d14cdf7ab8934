//! `AWS::EC2::RouteTable`, `Route` and `SubnetRouteTableAssociation`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, retag, tags};
use crate::cloudformation::resource::Request;
use crate::ec2::route_tables;
use crate::ec2::routes::{self, Target};
use crate::error::ServiceError;
use crate::steps::{AtOnce, Steps};
use crate::world::{Place, World};

pub(super) struct RouteTable;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct TableProperties {
    vpc_id: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

impl AtOnce for RouteTable {
    type Properties = TableProperties;
    const NAME: &'static str = route_tables::TYPE;
    const CREATE_ONLY: &'static [&'static str] = &["VpcId"];
    const ATTRIBUTES: &'static [&'static str] = &["RouteTableId"];
    const TAGS: Option<&'static str> = Some("Tags");
    const SERVICE: &'static str = "Ec2";

    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
        &mut world.region(place).ec2.steps
    }

    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: TableProperties,
    ) -> Result<String, ServiceError> {
        let tags = tags(request, &properties.tags);
        route_tables::create(
            world,
            request.place,
            &request.mint_name(),
            &properties.vpc_id,
            tags,
        )
    }

    fn change(
        world: &mut World,
        id: &str,
        old: TableProperties,
        request: &Request<'_>,
        new: TableProperties,
    ) -> Result<(), ServiceError> {
        retag(world, id, &old.tags, request, &new.tags)
    }

    fn remove(
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: TableProperties,
    ) -> Result<(), ServiceError> {
        route_tables::delete(&mut world.region(place).ec2, id)
    }

    fn value(_world: &mut World, _place: &Place, id: &str, name: &str) -> Option<Value> {
        (name == "RouteTableId").then(|| json!(id))
    }
}

pub(super) struct Route;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct RouteProperties {
    route_table_id: String,
    destination_cidr_block: String,
    #[serde(default)]
    gateway_id: Option<String>,
    #[serde(default)]
    network_interface_id: Option<String>,
    #[serde(default)]
    nat_gateway_id: Option<String>,
}

impl RouteProperties {
    fn target(&self) -> Result<Target, ServiceError> {
        let targets = [
            self.gateway_id.clone().map(Target::InternetGateway),
            self.network_interface_id.clone().map(Target::Interface),
            self.nat_gateway_id.clone().map(Target::NatGateway),
        ];
        let mut targets = targets.into_iter().flatten();
        let (Some(target), None) = (targets.next(), targets.next()) else {
            let text = "Exactly one of GatewayId, NetworkInterfaceId and NatGatewayId must be specified and not empty";
            return Err(ServiceError::new("InvalidParameterCombination", text));
        };
        Ok(target)
    }
}

impl AtOnce for Route {
    type Properties = RouteProperties;
    const NAME: &'static str = "AWS::EC2::Route";
    const CREATE_ONLY: &'static [&'static str] = &["DestinationCidrBlock", "RouteTableId"];
    const ATTRIBUTES: &'static [&'static str] = &["CidrBlock"];
    const SERVICE: &'static str = "Ec2";

    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
        &mut world.region(place).ec2.steps
    }

    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: RouteProperties,
    ) -> Result<String, ServiceError> {
        let (table, cidr) = (
            &properties.route_table_id,
            &properties.destination_cidr_block,
        );
        routes::add_route(world, request.place, table, cidr, properties.target()?)?;
        Ok(format!("{table}|{cidr}"))
    }

    fn change(
        world: &mut World,
        _id: &str,
        _old: RouteProperties,
        request: &Request<'_>,
        new: RouteProperties,
    ) -> Result<(), ServiceError> {
        let (table, cidr) = (&new.route_table_id, &new.destination_cidr_block);
        routes::replace_route(
            &mut world.region(request.place).ec2,
            table,
            cidr,
            new.target()?,
        )
    }

    fn remove(
        world: &mut World,
        place: &Place,
        _id: &str,
        properties: RouteProperties,
    ) -> Result<(), ServiceError> {
        let (table, cidr) = (
            &properties.route_table_id,
            &properties.destination_cidr_block,
        );
        routes::remove_route(&mut world.region(place).ec2, table, cidr)
    }

    fn value(_world: &mut World, _place: &Place, id: &str, name: &str) -> Option<Value> {
        let (_, cidr) = id.split_once('|')?;
        (name == "CidrBlock").then(|| json!(cidr))
    }
}

pub(super) struct Association;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct AssociationProperties {
    route_table_id: String,
    subnet_id: String,
}

impl AtOnce for Association {
    type Properties = AssociationProperties;
    const NAME: &'static str = route_tables::ASSOCIATION;
    const CREATE_ONLY: &'static [&'static str] = &["SubnetId"];
    const ATTRIBUTES: &'static [&'static str] = &["Id"];
    const SERVICE: &'static str = "Ec2";

    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
        &mut world.region(place).ec2.steps
    }

    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: AssociationProperties,
    ) -> Result<String, ServiceError> {
        let (table, subnet) = (&properties.route_table_id, &properties.subnet_id);
        route_tables::associate(world, request.place, &request.mint_name(), table, subnet)
    }

    fn change(
        world: &mut World,
        id: &str,
        old: AssociationProperties,
        request: &Request<'_>,
        new: AssociationProperties,
    ) -> Result<(), ServiceError> {
        if old.route_table_id == new.route_table_id {
            return Ok(());
        }
        route_tables::replace_association(world, request.place, id, &new.route_table_id).map(drop)
    }

    /// Another table makes another association.
    fn id_after(world: &mut World, id: &str, request: &Request<'_>) -> String {
        let subnet = request.properties.get("SubnetId").and_then(Value::as_str);
        let state = &world.region(request.place).ec2;
        let association = subnet.and_then(|subnet| state.association_of(subnet));
        association.unwrap_or_else(|| id.to_owned())
    }

    fn remove(
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: AssociationProperties,
    ) -> Result<(), ServiceError> {
        route_tables::disassociate(&mut world.region(place).ec2, id)
    }

    fn value(_world: &mut World, _place: &Place, id: &str, name: &str) -> Option<Value> {
        (name == "Id").then(|| json!(id))
    }
}
