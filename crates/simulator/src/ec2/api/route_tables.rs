//! Actions on route tables.

use std::ops::RangeInclusive;

use serde::Deserialize;

use super::{done, mint_name, tag_set};
use crate::consistency::Lags;
use crate::ec2::State;
use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::ec2::route_tables::{self, Association, RouteTable};
use crate::ec2::routes::{self, Destination, Route, Target};
use crate::ec2::tags::{self, Specification};
use crate::error::ServiceError;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

impl Listed for RouteTable {
    const FILTERS: Filters<Self> = &[
        ("association.main", |table| one(table.is_main())),
        ("association.route-table-association-id", |table| {
            table
                .associations
                .iter()
                .map(|association| association.id.clone())
                .collect()
        }),
        ("association.route-table-id", |table| one(&table.id)),
        ("association.subnet-id", |table| {
            table
                .associations
                .iter()
                .filter_map(|association| association.subnet_id.clone())
                .collect()
        }),
        ("owner-id", |_| one(crate::service::ACCOUNT)),
        ("route-table-id", |table| one(&table.id)),
        ("route.destination-cidr-block", |table| {
            destinations(table, |it| match it {
                Destination::Cidr(cidr) => Some(cidr),
                Destination::PrefixList(_) => None,
            })
        }),
        ("route.destination-prefix-list-id", |table| {
            destinations(table, |it| match it {
                Destination::Cidr(_) => None,
                Destination::PrefixList(id) => Some(id),
            })
        }),
        ("route.gateway-id", |table| {
            targets(table, |it| match it {
                Target::InternetGateway(id) | Target::Endpoint(id) => Some(id),
                Target::Interface(_) | Target::NatGateway(_) => None,
            })
        }),
        ("route.nat-gateway-id", |table| {
            targets(table, |it| match it {
                Target::NatGateway(id) => Some(id),
                Target::InternetGateway(_) | Target::Endpoint(_) | Target::Interface(_) => None,
            })
        }),
        ("vpc-id", |table| one(&table.vpc_id)),
    ];
    const SIZES: Option<RangeInclusive<usize>> = Some(5..=100);

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.meta.tags)
    }
}

fn destinations(table: &RouteTable, member: fn(&Destination) -> Option<&String>) -> Vec<String> {
    let routes = table.routes.iter();
    routes
        .filter_map(|route| member(&route.destination).cloned())
        .collect()
}

fn targets(table: &RouteTable, member: fn(&Target) -> Option<&String>) -> Vec<String> {
    let routes = table.routes.iter();
    routes
        .filter_map(|route| member(&route.target).cloned())
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    vpc_id: String,
    /// For [`crate::ec2::once`].
    #[serde(default, rename = "ClientToken")]
    _client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<Specification>,
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    let tags = tags::specified(asked.tag_specification, "route-table")?;
    let id = route_tables::create(
        call.world,
        &call.place,
        &mint_name(&tags),
        &asked.vpc_id,
        tags,
    )?;
    call.touch(&id);
    let account = call.place.account.clone();
    let state = &call.region().ec2;
    let members = members(state, state.route_table(&id)?, &account);
    Ok(Output::Xml(vec![
        Element::new("routeTable").children(members),
    ]))
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "RouteTableId")?;
    let account = call.place.account.clone();
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let items = query.seen(&state.views.route_tables, &state.route_tables, lags);
    let page = query.page(call, items, route_tables::not_found)?;
    let state = &call.region().ec2;
    Ok(Output::Xml(page.elements("routeTableSet", |table| {
        members(state, table, &account)
    })))
}

fn members(state: &State, table: &RouteTable, account: &str) -> Vec<Element> {
    let local = state.vpcs.get(&table.vpc_id).map(|vpc| {
        vec![
            Element::text("destinationCidrBlock", vpc.cidr),
            Element::text("gatewayId", "local"),
            Element::text("state", "active"),
            Element::text("origin", "CreateRouteTable"),
        ]
    });
    let routes = local.into_iter().chain(
        table
            .routes
            .iter()
            .map(|route| route_members(state, table, route)),
    );
    let associations = table
        .associations
        .iter()
        .map(|association| association_members(table, association));
    vec![
        Element::text("routeTableId", &table.id),
        Element::text("vpcId", &table.vpc_id),
        Element::text("ownerId", account),
        Element::list("routeSet", "item", routes),
        Element::list("associationSet", "item", associations),
        Element::new("propagatingVgwSet"),
        tag_set(&table.meta.tags),
    ]
}

fn route_members(state: &State, table: &RouteTable, route: &Route) -> Vec<Element> {
    let destination = match &route.destination {
        Destination::Cidr(cidr) => Element::text("destinationCidrBlock", cidr),
        Destination::PrefixList(id) => Element::text("destinationPrefixListId", id),
    };
    let (target, active) = match &route.target {
        Target::InternetGateway(id) => {
            let attached = state
                .gateways
                .get(id)
                .and_then(|gateway| gateway.vpc_id.as_ref());
            (
                Element::text("gatewayId", id),
                attached == Some(&table.vpc_id),
            )
        }
        Target::Endpoint(id) => (
            Element::text("gatewayId", id),
            state.endpoints.contains_key(id),
        ),
        Target::Interface(id) => (
            Element::text("networkInterfaceId", id),
            state.interfaces.contains_key(id),
        ),
        Target::NatGateway(id) => (
            Element::text("natGatewayId", id),
            state.nat_gateway(id).is_ok(),
        ),
    };
    let status = Element::text("state", if active { "active" } else { "blackhole" });
    vec![
        destination,
        target,
        status,
        Element::text("origin", "CreateRoute"),
    ]
}

fn association_members(table: &RouteTable, association: &Association) -> Vec<Element> {
    let mut members = vec![
        Element::text("routeTableAssociationId", &association.id),
        Element::text("routeTableId", &table.id),
        Element::text("main", association.subnet_id.is_none()),
        associated(),
    ];
    members.extend(Element::optional(
        "subnetId",
        association.subnet_id.as_ref(),
    ));
    members
}

fn associated() -> Element {
    Element::new("associationState").child(Element::text("state", "associated"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    route_table_id: String,
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Delete = input.parse()?;
    route_tables::delete(&mut call.region().ec2, &asked.route_table_id)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Associate {
    route_table_id: String,
    subnet_id: String,
}

pub(super) fn associate(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Associate = input.parse()?;
    let (table, subnet) = (&asked.route_table_id, &asked.subnet_id);
    let id = route_tables::associate(call.world, &call.place, subnet, table, subnet)?;
    call.touch(&id);
    Ok(Output::Xml(vec![
        Element::text("associationId", id),
        associated(),
    ]))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Disassociate {
    association_id: String,
}

pub(super) fn disassociate(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Disassociate = input.parse()?;
    route_tables::disassociate(&mut call.region().ec2, &asked.association_id)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ReplaceAssociation {
    association_id: String,
    route_table_id: String,
}

pub(super) fn replace_association(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: ReplaceAssociation = input.parse()?;
    let (old, table) = (&asked.association_id, &asked.route_table_id);
    let id = route_tables::replace_association(call.world, &call.place, old, table)?;
    call.touch(&id);
    Ok(Output::Xml(vec![
        Element::text("newAssociationId", id),
        associated(),
    ]))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RouteInput {
    route_table_id: String,
    destination_cidr_block: String,
    #[serde(default)]
    gateway_id: Option<String>,
    #[serde(default)]
    network_interface_id: Option<String>,
    #[serde(default)]
    nat_gateway_id: Option<String>,
}

impl RouteInput {
    fn target(&self) -> Result<Target, ServiceError> {
        let targets = [
            self.gateway_id.clone().map(Target::InternetGateway),
            self.network_interface_id.clone().map(Target::Interface),
            self.nat_gateway_id.clone().map(Target::NatGateway),
        ];
        let mut targets = targets.into_iter().flatten();
        let (Some(target), None) = (targets.next(), targets.next()) else {
            let text = "The request must contain exactly one of gatewayId, networkInterfaceId and natGatewayId";
            return Err(ServiceError::new("InvalidParameterCombination", text));
        };
        Ok(target)
    }
}

pub(super) fn create_route(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: RouteInput = input.parse()?;
    let target = asked.target()?;
    routes::add_route(
        call.world,
        &call.place,
        &asked.route_table_id,
        &asked.destination_cidr_block,
        target,
    )?;
    Ok(done())
}

pub(super) fn replace_route(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: RouteInput = input.parse()?;
    let target = asked.target()?;
    routes::replace_route(
        &mut call.region().ec2,
        &asked.route_table_id,
        &asked.destination_cidr_block,
        target,
    )?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeleteRoute {
    route_table_id: String,
    #[serde(default)]
    destination_cidr_block: Option<String>,
    #[serde(default)]
    destination_prefix_list_id: Option<String>,
}

pub(super) fn delete_route(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: DeleteRoute = input.parse()?;
    let (state, table) = (&mut call.region().ec2, &asked.route_table_id);
    match (
        asked.destination_cidr_block,
        asked.destination_prefix_list_id,
    ) {
        (Some(cidr), None) => routes::remove_route(state, table, &cidr)?,
        (None, Some(list)) => routes::remove_endpoint_route(state, table, &list)?,
        (None, None) | (Some(_), Some(_)) => {
            let text = "The request must contain exactly one destination";
            return Err(ServiceError::new("InvalidParameterCombination", text));
        }
    }
    Ok(done())
}
