//! EC2's resources as rows, and before the index.

use super::meta::Meta;
use super::{
    State, arn, carrier_gateways, egress_only_gateways, endpoints, gateways, groups, instances,
    interfaces, nat_gateways, network_acls, route_tables, subnets, vpcs, vpn_gateways,
};
use crate::index::Observer;
use crate::row::{HasRows, Row};
use crate::table::Keyed;
use crate::world::Place;

/// Does the same with each table.
macro_rules! each {
    ($state:ident, $act:ident) => {
        each!($state, $act: vpcs subnets route_tables network_acls groups);
        each!($state, $act: interfaces endpoints gateways nat_gateways instances);
        each!($state, $act: vpn_gateways egress_only_gateways carrier_gateways);
    };
    ($state:ident, $act:ident: $($table:ident)*) => {
        $($act!($state.$table);)*
    };
}

impl State {
    /// Everything that exists.
    pub fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        macro_rules! tell {
            ($table:expr) => {
                $table.rows(place, rows)
            };
        }
        each!(self, tell);
    }

    /// Lets the index take notice of what has changed.
    pub(crate) fn observe(&mut self, observer: &mut Observer<'_>) {
        macro_rules! look {
            ($table:expr) => {
                observer.look(concat!("ec2 ", stringify!($table)), &mut $table)
            };
        }
        each!(self, look);
    }
}

/// The row of something that is there for good once it is there.
fn row(meta: &Meta, place: &Place, kind: &str, noun: &str, id: &str) -> Row {
    meta.row(kind, id, arn(place, noun, id), "available")
}

/// Types without a status.
macro_rules! simple {
    ($($item:path, $kind:expr, $noun:expr;)*) => {
        $(impl HasRows for $item {
            fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
                rows.push(row(&self.meta, place, $kind, $noun, &self.id));
            }
        })*
    };
}

simple! {
    vpcs::Vpc, vpcs::TYPE, "vpc";
    subnets::Subnet, subnets::TYPE, "subnet";
    route_tables::RouteTable, route_tables::TYPE, "route-table";
    groups::Group, groups::TYPE, "security-group";
    gateways::Gateway, gateways::TYPE, "internet-gateway";
    network_acls::NetworkAcl, network_acls::TYPE, "network-acl";
    egress_only_gateways::EgressOnlyGateway, egress_only_gateways::TYPE, "egress-only-internet-gateway";
}

/// Types that nothing is looked for in but by id.
macro_rules! unkeyed {
    ($($item:path)*) => {
        $(impl Keyed for $item {})*
    };
}

unkeyed! {
    vpcs::Vpc subnets::Subnet route_tables::RouteTable gateways::Gateway network_acls::NetworkAcl
    endpoints::Endpoint nat_gateways::NatGateway instances::Instance vpn_gateways::VpnGateway
    egress_only_gateways::EgressOnlyGateway carrier_gateways::CarrierGateway
}

impl HasRows for endpoints::Endpoint {
    fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        rows.push(Row {
            status: self.status.word().to_owned(),
            ..row(&self.meta, place, endpoints::TYPE, "vpc-endpoint", &self.id)
        });
    }
}

impl HasRows for nat_gateways::NatGateway {
    fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        if self.exists() {
            rows.push(Row {
                status: self.status.word().to_owned(),
                ..row(
                    &self.meta,
                    place,
                    nat_gateways::TYPE,
                    "natgateway",
                    &self.id,
                )
            });
        }
    }
}

impl HasRows for vpn_gateways::VpnGateway {
    fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        if self.exists() {
            let (kind, noun) = (vpn_gateways::TYPE, "vpn-gateway");
            rows.push(row(&self.meta, place, kind, noun, &self.id));
        }
    }
}

impl HasRows for carrier_gateways::CarrierGateway {
    fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        if self.exists() {
            let (kind, noun) = (carrier_gateways::TYPE, "carrier-gateway");
            rows.push(Row {
                status: self.status.word().to_owned(),
                ..row(&self.meta, place, kind, noun, &self.id)
            });
        }
    }
}

impl HasRows for instances::Instance {
    fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        if self.power != instances::Power::Terminated {
            rows.push(Row {
                status: self.power.word().to_owned(),
                ..row(&self.meta, place, instances::TYPE, "instance", &self.id)
            });
        }
    }
}

impl HasRows for interfaces::Interface {
    fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        let (kind, noun) = (interfaces::TYPE, "network-interface");
        rows.push(Row {
            status: self.status().to_owned(),
            parent: self.owner.clone(),
            ..row(&self.meta, place, kind, noun, &self.id)
        });
    }
}
