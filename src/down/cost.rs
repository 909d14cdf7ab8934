//! What it costs to leave what is left, by what was read of it (promise 8 of the design; operators' notes, item 4).

use environment::{Facts, Kind};

use crate::cost;
use crate::event::Named;

/// How an endpoint's interfaces are described: it has one in each of its zones (section 2.2 of the notes on AWS's
/// behaviour). A gateway endpoint has none, and costs nothing.
const OF_ENDPOINT: &str = "VPC Endpoint Interface ";

/// Adds to why a thing is left what it costs to leave it.
pub(super) fn tell(left: &mut [Named], facts: &Facts) {
    for named in left {
        if let (Some(costs), Some(reason)) = (costs(named, facts), &mut named.reason) {
            reason.push_str("; ");
            reason.push_str(&costs);
        }
    }
}

/// Words about what a thing costs; of a kind that has no price here there are none.
fn costs(named: &Named, facts: &Facts) -> Option<String> {
    let is = |kind: Kind| named.kind == kind.type_name();
    if is(Kind::Stack) {
        cost::endpoints_of_stack(zones_of_stack(facts, &named.id))
    } else if is(Kind::VpcEndpoint) {
        cost::endpoint(zones(facts, &named.id))
    } else if is(Kind::App) {
        let mut apps = facts.apps.items().iter();
        let app = apps.find(|app| app.id() == named.id)?;
        app.instance.as_deref().map(cost::app)
    } else if is(Kind::FileSystem) {
        Some(cost::home_volume())
    } else {
        None
    }
}

fn zones_of_stack(facts: &Facts, arn: &str) -> usize {
    let stack = facts.marked().iter().find(|stack| stack.arn == arn);
    let members = stack.into_iter().flat_map(|stack| &stack.members);
    let endpoints = members
        .filter(|member| member.kind == Kind::VpcEndpoint.type_name() && member.is_present());
    endpoints.map(|endpoint| zones(facts, &endpoint.id)).sum()
}

fn zones(facts: &Facts, endpoint: &str) -> usize {
    let interfaces = facts.network_interfaces.items().iter();
    let own = interfaces.filter(|it| it.description.strip_prefix(OF_ENDPOINT) == Some(endpoint));
    own.count()
}

#[cfg(test)]
mod tests {
    use environment::facts::{App, AppOwner, Member, NetworkInterface, Stack, Stacks};
    use environment::{Reading, ResourceId};

    use super::*;

    fn member(id: &str, status: &str) -> Member {
        Member {
            kind: Kind::VpcEndpoint.type_name().to_owned(),
            id: id.to_owned(),
            status: status.to_owned(),
            ..Member::default()
        }
    }

    fn interface(endpoint: &str) -> NetworkInterface {
        NetworkInterface {
            description: format!("{OF_ENDPOINT}{endpoint}"),
            ..NetworkInterface::default()
        }
    }

    fn facts() -> Facts {
        let stack = Stack {
            arn: "arn".into(),
            members: vec![
                member("vpce-two", "CREATE_COMPLETE"),
                member("vpce-gateway", "CREATE_COMPLETE"),
                member("vpce-gone", "DELETE_COMPLETE"),
            ],
            ..Stack::default()
        };
        let app = App {
            domain: "d-1".to_owned(),
            owner: AppOwner::Space("lab".to_owned()),
            kind: "JupyterLab".to_owned(),
            name: "default".to_owned(),
            status: "InService".to_owned(),
            instance: Some("ml.t3.medium".to_owned()),
        };
        let interfaces = ["vpce-two", "vpce-two", "vpce-gone", "vpce-theirs"];
        Facts {
            stacks: Reading::Known(Stacks {
                marked: vec![stack],
                ..Stacks::default()
            }),
            apps: Reading::Known(vec![app]),
            network_interfaces: Reading::Known(interfaces.map(interface).into()),
            ..Facts::default()
        }
    }

    #[test]
    fn what_has_a_price_is_told_with_it() {
        let cases = [
            (Kind::Stack, "arn", Some("0.02 US dollars an hour")),
            (Kind::Stack, "other", None),
            (
                Kind::VpcEndpoint,
                "vpce-theirs",
                Some("0.01 US dollars an hour"),
            ),
            (Kind::VpcEndpoint, "vpce-gateway", None),
            (
                Kind::App,
                "d-1/lab/JupyterLab/default",
                Some("0.05 US dollars an hour"),
            ),
            (Kind::FileSystem, "fs-1", Some("a GB and month")),
            (Kind::NatGateway, "nat-1", None),
        ];
        for (kind, id, costs) in cases {
            let mut left = [Named::of(&ResourceId::new(kind, id)).because("held")];
            tell(&mut left, &facts());
            let [told] = left;
            let reason = told.reason.unwrap();
            match costs {
                Some(costs) => assert!(reason.starts_with("held; ") && reason.ends_with(costs)),
                None => assert_eq!(reason, "held"),
            }
        }
    }
}
