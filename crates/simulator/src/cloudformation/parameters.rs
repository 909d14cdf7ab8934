//! Types of parameters whose values CloudFormation looks up when it is called.

use crate::ec2::{State, zones};
use crate::world::{Place, World};

/// What a parameter's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing that anybody could look up.
    Plain,
    Zone,
    Vpc,
    Subnet,
    Group,
}

/// The kind of a type, or nothing where the simulator does not know the type.
pub(super) fn kind(name: &str) -> Option<Kind> {
    let item = name
        .strip_prefix("List<")
        .and_then(|rest| rest.strip_suffix('>'));
    match item.unwrap_or(name) {
        "String" | "CommaDelimitedList" if item.is_some() => None,
        "String" | "Number" | "CommaDelimitedList" => Some(Kind::Plain),
        "AWS::EC2::AvailabilityZone::Name" => Some(Kind::Zone),
        "AWS::EC2::VPC::Id" => Some(Kind::Vpc),
        "AWS::EC2::Subnet::Id" => Some(Kind::Subnet),
        "AWS::EC2::SecurityGroup::Id" => Some(Kind::Group),
        _ => None,
    }
}

/// Looks a parameter's value up.
///
/// # Errors
/// A sentence that names the value.
pub(super) fn look_up(
    world: &mut World,
    place: &Place,
    parameter: &template::Parameter,
    value: &str,
) -> Result<(), String> {
    let kind = kind(&parameter.kind).unwrap_or(Kind::Plain);
    let values: Vec<&str> = if parameter.is_list() {
        value.split(',').map(str::trim).collect()
    } else {
        vec![value]
    };
    let state = &world.region(place).ec2;
    match values.iter().find(|id| !exists(state, place, kind, id)) {
        None => Ok(()),
        Some(absent) => Err(format!(
            "Parameter validation failed: parameter value {absent} for parameter name {} does not exist",
            parameter.name
        )),
    }
}

fn exists(state: &State, place: &Place, kind: Kind, id: &str) -> bool {
    match kind {
        Kind::Plain => true,
        Kind::Zone => zones::of(place).iter().any(|zone| zone.name == id),
        Kind::Vpc => state.vpcs.contains_key(id),
        Kind::Subnet => state.subnets.contains_key(id),
        Kind::Group => state.groups.contains_key(id),
    }
}
