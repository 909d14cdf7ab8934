//! What lists show of what EC2 has, where they lag ([`crate::consistency`]).

use serde::{Deserialize, Serialize};

use super::State;
use super::endpoints::Endpoint;
use super::groups::Group;
use super::interfaces::Interface;
use super::subnets::Subnet;
use super::vpcs::Vpc;
use crate::consistency::{Lags, View};
use crate::table::Table;

/// The kinds whose lists lag.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Views {
    pub vpcs: View<Vpc>,
    pub subnets: View<Subnet>,
    pub groups: View<Group>,
    pub interfaces: View<Interface>,
    pub endpoints: View<Endpoint>,
}

/// Everything of these kinds at one instant.
pub(crate) struct Truth {
    vpcs: Table<Vpc>,
    subnets: Table<Subnet>,
    groups: Table<Group>,
    interfaces: Table<Interface>,
    endpoints: Table<Endpoint>,
}

impl State {
    pub(crate) fn truth(&self) -> Truth {
        Truth {
            vpcs: self.vpcs.clone(),
            subnets: self.subnets.clone(),
            groups: self.groups.clone(),
            interfaces: self.interfaces.clone(),
            endpoints: self.endpoints.clone(),
        }
    }

    /// Notes what has happened since.
    pub(crate) fn note(&mut self, before: &Truth, lags: Lags) {
        let views = &mut self.views;
        views.vpcs.note(&before.vpcs, &self.vpcs, never, lags);
        let subnets = &mut views.subnets;
        subnets.note(&before.subnets, &self.subnets, never, lags);
        let groups = &mut views.groups;
        groups.note(&before.groups, &self.groups, rules_differ, lags);
        let interfaces = &mut views.interfaces;
        interfaces.note(&before.interfaces, &self.interfaces, never, lags);
        let endpoints = &mut views.endpoints;
        endpoints.note(&before.endpoints, &self.endpoints, never, lags);
    }
}

/// Of what is there, lists show the members as they are.
fn never<T>(_old: &T, _new: &T) -> bool {
    false
}

/// But the rules of a group they show late.
fn rules_differ(old: &Group, new: &Group) -> bool {
    old.rules.keys().ne(new.rules.keys())
}
