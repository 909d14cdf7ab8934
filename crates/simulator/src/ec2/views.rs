//! What lists show of what EC2 has, where they lag ([`crate::consistency`]).

use serde::{Deserialize, Serialize};

use super::State;
use super::carrier_gateways::CarrierGateway;
use super::egress_only_gateways::EgressOnlyGateway;
use super::endpoints::Endpoint;
use super::gateways::Gateway;
use super::groups::Group;
use super::instances::Instance;
use super::interfaces::Interface;
use super::nat_gateways::NatGateway;
use super::network_acls::NetworkAcl;
use super::route_tables::RouteTable;
use super::subnets::Subnet;
use super::vpcs::Vpc;
use super::vpn_gateways::VpnGateway;
use crate::consistency::{Lags, View};
use crate::table::Table;

macro_rules! views {
    ($($kind:ident: $item:ty, $differ:ident;)*) => {
        /// What lists show besides the truth.
        #[derive(Clone, Debug, Default, Serialize, Deserialize)]
        pub(crate) struct Views {
            $(pub $kind: View<$item>,)*
        }

        /// Everything at one instant.
        pub(crate) struct Truth {
            $($kind: Table<$item>,)*
        }

        impl State {
            pub(crate) fn truth(&self) -> Truth {
                Truth {
                    $($kind: self.$kind.clone(),)*
                }
            }

            /// Notes what has happened since.
            pub(crate) fn note(&mut self, before: &Truth, lags: Lags) {
                $(self.views.$kind.note(&before.$kind, &self.$kind, $differ, lags);)*
            }
        }
    };
}

views! {
    vpcs: Vpc, never;
    subnets: Subnet, never;
    route_tables: RouteTable, never;
    network_acls: NetworkAcl, never;
    groups: Group, rules_differ;
    interfaces: Interface, never;
    endpoints: Endpoint, never;
    gateways: Gateway, never;
    nat_gateways: NatGateway, never;
    vpn_gateways: VpnGateway, never;
    egress_only_gateways: EgressOnlyGateway, never;
    carrier_gateways: CarrierGateway, never;
    instances: Instance, never;
}

/// Of what is there, lists show the members as they are.
fn never<T>(_old: &T, _new: &T) -> bool {
    false
}

/// But the rules of a group they show late.
fn rules_differ(old: &Group, new: &Group) -> bool {
    old.rules.keys().ne(new.rules.keys())
}
