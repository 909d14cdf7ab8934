//! Whatever somebody does: nothing names what is not there, what is there can be looked at, and everything can be cleared
//! away in the documented order.

use std::collections::BTreeSet;

use super::drain::drain;
use super::person::Person;
use super::walk::Walk;
use crate::ec2::routes::Target;
use crate::ec2::rules::Peer;
use crate::scenario::Scenario;

const LIVES: u64 = 40;
const STEPS: usize = 80;

/// Calls take no time and are not limited.
const INSTANT: &str = "latency = false\n[rates]\nenforced = false\n";

/// Who names whom, and is refused its deletion as long as it does: `(from, to)`.
fn references(person: &mut Person) -> Vec<(String, String)> {
    let rows = person.world.environment_rows();
    let mut found = Vec::new();
    for row in rows.values() {
        let pieces: Vec<&str> = row.id.split('/').collect();
        match row.kind.as_str() {
            "AWS::SageMaker::UserProfile" | "AWS::SageMaker::Space" => {
                found.push((row.id.clone(), pieces[0].to_owned()));
            }
            "AWS::SageMaker::App" => {
                found.push((row.id.clone(), format!("{}/{}", pieces[0], pieces[1])));
            }
            // Looked at below.
            "AWS::EC2::NetworkInterface" => {}
            _ => found.extend(
                row.parent
                    .iter()
                    .map(|parent| (row.id.clone(), parent.clone())),
            ),
        }
    }
    let region = person.world.region(&Person::place());
    for stack in region.cloudformation.live() {
        found.extend(stack.imports.iter().map(|name| {
            let exporter = region.cloudformation.exporter(name);
            let exporter = exporter.map_or_else(|| format!("export {name}"), |it| it.arn.clone());
            (stack.arn.clone(), exporter)
        }));
    }
    found.extend(region.sagemaker.owned_spaces());
    found.extend(region.sagemaker.carried_components());
    let ec2 = &region.ec2;
    for interface in ec2.interfaces.values() {
        // SageMaker's interfaces outlive their owners for a while.
        let lingers = interface.requester_id.ends_with(":SageMaker");
        let owner = interface.owner.iter().filter(|_| !lingers);
        found.extend(owner.map(|owner| (interface.id.clone(), owner.clone())));
        found.push((interface.id.clone(), interface.subnet_id.clone()));
        found.extend(
            interface
                .groups
                .iter()
                .map(|group| (interface.id.clone(), group.clone())),
        );
    }
    for subnet in ec2.subnets.values() {
        found.push((subnet.id.clone(), subnet.vpc_id.clone()));
    }
    for group in ec2.groups.values() {
        found.push((group.id.clone(), group.vpc_id.clone()));
        let named = group.rules.values().filter_map(|rule| match &rule.peer {
            Peer::Group(other) => Some(other),
            Peer::Cidr(_) | Peer::PrefixList(_) => None,
        });
        found.extend(named.map(|other| (group.id.clone(), other.clone())));
    }
    for endpoint in ec2.endpoints.values() {
        found.push((endpoint.id.clone(), endpoint.vpc_id.clone()));
        // Groups are held by interfaces: an endpoint without any holds none.
        let subnets = endpoint.interfaces.keys();
        let groups = endpoint.groups.iter();
        let named = subnets.chain(groups.filter(|_| !endpoint.interfaces.is_empty()));
        found.extend(named.map(|id| (endpoint.id.clone(), id.clone())));
    }
    for gateway in ec2.gateways.values() {
        let vpc = gateway.vpc_id.iter();
        found.extend(vpc.map(|vpc| (gateway.id.clone(), vpc.clone())));
    }
    let gateways = ec2.nat_gateways.values();
    for gateway in gateways.filter(|gateway| gateway.exists()) {
        found.push((gateway.id.clone(), gateway.subnet_id.clone()));
        found.push((gateway.id.clone(), gateway.interface_id.clone()));
    }
    for acl in ec2.network_acls.values() {
        let named = acl.associations.keys().chain([&acl.vpc_id]);
        found.extend(named.map(|id| (acl.id.clone(), id.clone())));
    }
    for table in ec2.route_tables.values() {
        found.push((table.id.clone(), table.vpc_id.clone()));
        let named = table.routes.iter().filter_map(|route| match &route.target {
            Target::Endpoint(id) => Some(id),
            // A route through what is gone leads nowhere.
            Target::InternetGateway(_) | Target::Interface(_) | Target::NatGateway(_) => None,
        });
        found.extend(named.map(|id| (table.id.clone(), id.clone())));
    }
    found
}

#[test]
fn nothing_names_what_is_not_there() {
    for seed in 1..=LIVES {
        let mut walk = Walk::new(&Scenario::read(INSTANT).unwrap(), seed);
        for step in 1..=STEPS {
            walk.step();
            let there: BTreeSet<String> = walk
                .person
                .world
                .rows()
                .into_iter()
                .map(|row| row.id)
                .collect();
            for (from, to) in references(&mut walk.person) {
                assert!(
                    there.contains(&to),
                    "seed {seed}, step {step}: {from} names {to}, which is gone"
                );
            }
        }
    }
}

/// A look that is refused would tell the proofs of replays nothing.
#[test]
fn whatever_there_is_can_be_looked_at() {
    let mut looked = BTreeSet::new();
    for seed in 1..=LIVES / 4 {
        let mut walk = Walk::new(&Scenario::read(INSTANT).unwrap(), seed);
        for _ in 0..STEPS {
            walk.step();
        }
        let log = walk.person.world.log();
        for entry in log.iter().filter(|entry| !entry.write) {
            assert_eq!(entry.code, None, "seed {seed}: {entry:#?}");
            looked.insert(entry.action.clone());
        }
    }
    assert!(
        looked.len() >= 30,
        "people looked at too little: {looked:?}"
    );
}

#[test]
fn everything_can_be_drained_in_the_documented_order() {
    let mut kinds = BTreeSet::new();
    for seed in 1..=LIVES {
        let mut walk = Walk::new(&Scenario::read(INSTANT).unwrap(), seed);
        for _ in 0..STEPS {
            walk.step();
        }
        kinds.extend(
            walk.person
                .world
                .environment_rows()
                .into_values()
                .map(|row| row.kind),
        );
        let left = drain(&mut walk.person);
        let left: Vec<String> = left
            .iter()
            .map(|row| format!("{} {} {}", row.kind, row.id, row.status))
            .collect();
        assert!(left.is_empty(), "seed {seed}: {left:#?}");
    }
    assert!(kinds.len() >= 20, "the walks made too little: {kinds:?}");
}
