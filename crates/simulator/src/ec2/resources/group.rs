//! `AWS::EC2::SecurityGroup`, with its inline rules.

use serde::Deserialize;
use serde_json::{Value, json};

use super::rule::Inline;
use super::{Tag, retag, tags};
use crate::cloudformation::resource::{Failure, Request};
use crate::ec2::groups::{self, Direction, NewGroup, NewRule};
use crate::ec2::rules;
use crate::error::ServiceError;
use crate::steps::{AtOnce, Steps, handler_code};
use crate::world::{Place, World};

pub(super) struct SecurityGroup;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Properties {
    group_description: String,
    #[serde(default)]
    group_name: Option<String>,
    #[serde(default)]
    vpc_id: Option<String>,
    #[serde(default)]
    security_group_ingress: Vec<Inline>,
    #[serde(default)]
    security_group_egress: Vec<Inline>,
    #[serde(default)]
    tags: Vec<Tag>,
}

impl Properties {
    fn rules(&self, direction: Direction) -> Result<Vec<NewRule>, ServiceError> {
        let inline = match direction {
            Direction::Ingress => &self.security_group_ingress,
            Direction::Egress => &self.security_group_egress,
        };
        if inline.is_empty() && direction == Direction::Egress {
            return Ok(vec![groups::everything_out()]);
        }
        inline
            .iter()
            .cloned()
            .map(|rule| rule.rule(direction))
            .collect()
    }
}

/// `STACK-LOGICAL-RANDOM`.
fn generated_name(world: &mut World, request: &Request<'_>) -> String {
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let random = world.mint_letters(
        request.place,
        groups::TYPE,
        &request.mint_name(),
        alphabet,
        12,
    );
    format!("{}-{}-{random}", request.stack_name, request.logical_id)
}

fn authorize(
    world: &mut World,
    place: &Place,
    id: &str,
    properties: &Properties,
) -> Result<(), ServiceError> {
    for direction in [Direction::Ingress, Direction::Egress] {
        rules::authorize(world, place, id, direction, properties.rules(direction)?)?;
    }
    Ok(())
}

/// Takes the rules away that are no longer named, and adds the new ones; rules that others made stay.
fn change_rules(
    world: &mut World,
    place: &Place,
    id: &str,
    direction: Direction,
    old: &[NewRule],
    new: &[NewRule],
) -> Result<(), ServiceError> {
    let gone = old.iter().filter(|rule| !new.contains(rule)).cloned();
    rules::revoke(&mut world.region(place).ec2, id, direction, gone.collect())?;
    let added = new.iter().filter(|rule| !old.contains(rule)).cloned();
    rules::authorize(world, place, id, direction, added.collect()).map(|_ids| ())
}

impl AtOnce for SecurityGroup {
    type Properties = Properties;
    const NAME: &'static str = groups::TYPE;
    const CREATE_ONLY: &'static [&'static str] = &["GroupDescription", "GroupName", "VpcId"];
    const ATTRIBUTES: &'static [&'static str] = &["GroupId", "Id", "VpcId"];
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
        let group_name = match &properties.group_name {
            Some(name) => name.clone(),
            None => generated_name(world, request),
        };
        let vpcs = &world.region(request.place).ec2.vpcs;
        let default = vpcs
            .values()
            .find(|vpc| vpc.default)
            .map(|vpc| vpc.id.clone());
        let new = NewGroup {
            name: request.mint_name(),
            group_name,
            description: properties.group_description.clone(),
            vpc_id: properties.vpc_id.clone().or(default).unwrap_or_default(),
            tags: tags(request, &properties.tags),
            open_egress: false,
        };
        let id = groups::create(world, request.place, new)?;
        if let Err(error) = authorize(world, request.place, &id, &properties) {
            groups::delete(world, request.place, &id)?;
            return Err(error);
        }
        Ok(id)
    }

    fn change(
        world: &mut World,
        id: &str,
        old: Properties,
        request: &Request<'_>,
        new: Properties,
    ) -> Result<(), ServiceError> {
        for direction in [Direction::Ingress, Direction::Egress] {
            let (before, after) = (old.rules(direction)?, new.rules(direction)?);
            change_rules(world, request.place, id, direction, &before, &after)?;
        }
        retag(world, id, &old.tags, request, &new.tags)
    }

    fn remove(
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: Properties,
    ) -> Result<(), ServiceError> {
        groups::delete(world, place, id)
    }

    fn failure(error: &ServiceError, request_id: &str) -> Failure {
        if error.code == "DependencyViolation" {
            return Failure::of_older_handler(error, request_id);
        }
        let code = handler_code(&error.code);
        Failure::of_service(Self::SERVICE, error, code, request_id)
    }

    fn value(world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        let group = world.region(place).ec2.groups.get(id)?;
        match name {
            "GroupId" | "Id" => Some(json!(id)),
            "VpcId" => Some(json!(group.vpc_id)),
            _ => None,
        }
    }
}
