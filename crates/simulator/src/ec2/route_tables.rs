//! Route tables, and which subnets use them.

use serde::{Deserialize, Serialize};

use super::meta::{Meta, Tags};
use super::routes::{Destination, Route, Target};
use super::{State, limits};
use crate::error::ServiceError;
use crate::quotas;
use crate::world::{Place, World};

/// As CloudFormation names the type.
pub(crate) const TYPE: &str = "AWS::EC2::RouteTable";

/// As CloudFormation names a subnet's use of a table.
pub(crate) const ASSOCIATION: &str = "AWS::EC2::SubnetRouteTableAssociation";

/// A route table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RouteTable {
    pub id: String,
    pub vpc_id: String,
    /// Besides the route to the VPC itself, which every table has.
    pub routes: Vec<Route>,
    pub associations: Vec<Association>,
    pub meta: Meta,
}

/// Which subnet uses the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Association {
    pub id: String,
    /// None in the association of the main table.
    pub subnet_id: Option<String>,
}

impl RouteTable {
    /// Whether it is the table of every subnet that has no other.
    pub(crate) fn is_main(&self) -> bool {
        self.associations
            .iter()
            .any(|association| association.subnet_id.is_none())
    }

    /// Whether a route leads to the prefix list.
    pub(crate) fn routes_to(&self, prefix_list: &str) -> bool {
        self.routes
            .iter()
            .any(|route| route.destination == Destination::PrefixList(prefix_list.to_owned()))
    }

    /// Whether a subnet uses it.
    pub(crate) fn is_of(&self, subnet_id: &str) -> bool {
        let mut associations = self.associations.iter();
        associations.any(|association| association.subnet_id.as_deref() == Some(subnet_id))
    }

    /// Drops the association with a subnet that goes.
    pub(crate) fn forget_subnet(&mut self, subnet_id: &str) {
        self.associations
            .retain(|association| association.subnet_id.as_deref() != Some(subnet_id));
        self.meta.changed();
    }

    /// Puts the route of a gateway endpoint in, or takes it out.
    pub(crate) fn set_endpoint_route(
        &mut self,
        endpoint_id: &str,
        prefix_list: &str,
        present: bool,
    ) {
        let route = Route {
            destination: Destination::PrefixList(prefix_list.to_owned()),
            target: Target::Endpoint(endpoint_id.to_owned()),
        };
        self.routes.retain(|other| *other != route);
        if present {
            self.routes.push(route);
        }
        self.meta.changed();
    }
}

/// Makes a table.
///
/// # Errors
/// `InvalidVpcID.NotFound`, `RouteTableLimitExceeded`.
pub(crate) fn create(
    world: &mut World,
    place: &Place,
    name: &str,
    vpc_id: &str,
    tags: Tags,
) -> Result<String, ServiceError> {
    let most = world.quotas.limit(quotas::ROUTE_TABLES);
    let state = &world.region(place).ec2;
    state.vpc(vpc_id)?;
    let tables = state.route_tables.values();
    let present = tables.filter(|table| table.vpc_id == vpc_id).count();
    limits::check(present, most, "RouteTableLimitExceeded", "route tables")?;
    Ok(insert(world, place, name, vpc_id, Vec::new(), tags))
}

/// Makes the main table of a new VPC.
pub(crate) fn create_main(world: &mut World, place: &Place, vpc_id: &str) {
    let id = world.mint(place, ASSOCIATION, vpc_id, "rtbassoc-", 17);
    let main = Association {
        id,
        subnet_id: None,
    };
    insert(world, place, vpc_id, vpc_id, vec![main], Tags::new());
}

fn insert(
    world: &mut World,
    place: &Place,
    name: &str,
    vpc_id: &str,
    associations: Vec<Association>,
    tags: Tags,
) -> String {
    let id = world.mint(place, TYPE, name, "rtb-", 17);
    let vpc_id = vpc_id.to_owned();
    let table = RouteTable {
        id: id.clone(),
        vpc_id,
        routes: Vec::new(),
        associations,
        meta: Meta::new(tags),
    };
    world
        .region(place)
        .ec2
        .route_tables
        .insert(id.clone(), table);
    id
}

/// Deletes a table.
///
/// # Errors
/// `InvalidRouteTableID.NotFound`, `DependencyViolation` for the main table and for one that a subnet uses.
pub(crate) fn delete(state: &mut State, id: &str) -> Result<(), ServiceError> {
    if !state.route_table(id)?.associations.is_empty() {
        let text = format!("The routeTable '{id}' has dependencies and cannot be deleted.");
        return Err(ServiceError::new("DependencyViolation", text));
    }
    state.route_tables.remove(id);
    for endpoint in state.endpoints.filter_mut(|it| it.uses_route_table(id)) {
        endpoint.forget_route_table(id);
    }
    Ok(())
}

/// Lets a subnet use a table.
///
/// # Errors
/// The not-found codes, `InvalidParameterValue` across VPCs, `Resource.AlreadyAssociated`.
pub(crate) fn associate(
    world: &mut World,
    place: &Place,
    name: &str,
    table_id: &str,
    subnet_id: &str,
) -> Result<String, ServiceError> {
    let state = &world.region(place).ec2;
    if state.route_table(table_id)?.vpc_id != state.subnet(subnet_id)?.vpc_id {
        let text =
            format!("Route table {table_id} and subnet {subnet_id} belong to different networks");
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    let uses = |association: &Association| association.subnet_id.as_deref() == Some(subnet_id);
    if state
        .route_tables
        .values()
        .any(|table| table.associations.iter().any(uses))
    {
        let text = format!(
            "the specified association for route table {table_id} conflicts with an existing association"
        );
        return Err(ServiceError::new("Resource.AlreadyAssociated", text));
    }
    let id = world.mint(place, ASSOCIATION, name, "rtbassoc-", 17);
    let table = world.region(place).ec2.route_table_mut(table_id)?;
    table.associations.push(Association {
        id: id.clone(),
        subnet_id: Some(subnet_id.to_owned()),
    });
    table.meta.changed();
    Ok(id)
}

/// Ends a subnet's use of a table.
///
/// # Errors
/// `InvalidAssociationID.NotFound`, `InvalidParameterValue` for a main association.
pub(crate) fn disassociate(state: &mut State, association_id: &str) -> Result<(), ServiceError> {
    let (table_id, association) = state.association(association_id)?;
    if association.subnet_id.is_none() {
        let text = format!("cannot disassociate the main route table association {association_id}");
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    let table = state.route_table_mut(&table_id)?;
    table
        .associations
        .retain(|other| other.id != association_id);
    table.meta.changed();
    Ok(())
}

/// Gives a subnet, or the VPC itself, another table; the association gets a new id.
///
/// # Errors
/// `InvalidAssociationID.NotFound`, `InvalidRouteTableID.NotFound`, `InvalidParameterValue` across VPCs.
pub(crate) fn replace_association(
    world: &mut World,
    place: &Place,
    association_id: &str,
    table_id: &str,
) -> Result<String, ServiceError> {
    let state = &world.region(place).ec2;
    let (old_id, association) = state.association(association_id)?;
    if state.route_table(&old_id)?.vpc_id != state.route_table(table_id)?.vpc_id {
        let text = format!("Route tables {old_id} and {table_id} belong to different networks");
        return Err(ServiceError::new("InvalidParameterValue", text));
    }
    let id = world.mint(place, ASSOCIATION, association_id, "rtbassoc-", 17);
    let state = &mut world.region(place).ec2;
    let old = state.route_table_mut(&old_id)?;
    old.associations.retain(|other| other.id != association_id);
    old.meta.changed();
    let table = state.route_table_mut(table_id)?;
    table.associations.push(Association {
        id: id.clone(),
        subnet_id: association.subnet_id,
    });
    table.meta.changed();
    Ok(id)
}

impl State {
    /// # Errors
    /// `InvalidRouteTableID.NotFound`.
    pub(crate) fn route_table(&self, id: &str) -> Result<&RouteTable, ServiceError> {
        self.route_tables.get(id).ok_or_else(|| not_found(id))
    }

    /// # Errors
    /// `InvalidRouteTableID.NotFound`.
    pub(crate) fn route_table_mut(&mut self, id: &str) -> Result<&mut RouteTable, ServiceError> {
        self.route_tables.get_mut(id).ok_or_else(|| not_found(id))
    }

    /// The id of a subnet's association with a table that is not the main one.
    pub(crate) fn association_of(&self, subnet_id: &str) -> Option<String> {
        self.route_tables
            .values()
            .flat_map(|table| &table.associations)
            .find(|association| association.subnet_id.as_deref() == Some(subnet_id))
            .map(|association| association.id.clone())
    }

    /// An association and its table's id.
    ///
    /// # Errors
    /// `InvalidAssociationID.NotFound`.
    pub(crate) fn association(&self, id: &str) -> Result<(String, Association), ServiceError> {
        let pairs = self.route_tables.values().flat_map(|table| {
            table
                .associations
                .iter()
                .map(move |association| (table.id.clone(), association.clone()))
        });
        pairs
            .into_iter()
            .find(|(_, association)| association.id == id)
            .ok_or_else(|| {
                let text = format!("The association ID '{id}' does not exist");
                ServiceError::new("InvalidAssociationID.NotFound", text)
            })
    }
}

pub(crate) fn not_found(id: &str) -> ServiceError {
    ServiceError::new(
        "InvalidRouteTableID.NotFound",
        format!("The routeTable ID '{id}' does not exist"),
    )
}
