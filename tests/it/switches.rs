//! Whole lives with each switch of the simulator in its other position: nobody knows which of the two is AWS's, so neither
//! may be relied on.

use jumpstart_vpc::event::Outcome;
use serde_json::Value;
use simulator::{Scenario, Switches};

use crate::support::{ENVIRONMENT, Life, difference, force, paused};
use crate::teardowns::in_halves;

const SEED: u64 = 111;

/// Every switch by its name, with the position that is not the default.
fn others() -> Vec<(String, Value)> {
    let Value::Object(switches) = serde_json::to_value(Switches::default()).unwrap() else {
        panic!("switches are a table");
    };
    let other = |position: Value| match position {
        Value::Bool(position) => Value::Bool(!position),
        Value::String(text) => Value::String(format!("{text} (in other words)")),
        other => panic!("a switch has two positions or a text: {other}"),
    };
    switches
        .into_iter()
        .map(|(name, position)| (name, other(position)))
        .collect()
}

/// What is wrong about a life in a world with these positions.
fn wrong(named: &str, positions: &[(String, Value)]) -> Option<String> {
    let mut switches = serde_json::to_value(Switches::default()).unwrap();
    for (name, position) in positions {
        switches[name] = position.clone();
    }
    let scenario = Scenario {
        switches: serde_json::from_value(switches).unwrap(),
        ..Scenario::default()
    };
    paused(SEED, async {
        let life = Life::new(scenario, SEED);
        let bob = life.as_caller("bob");
        let neighbour = bob.up("workshop").await;
        if neighbour.outcome != Outcome::Succeeded {
            return Some(format!("{named}: {neighbour:#?}"));
        }
        let before = life.rows();
        let risen = life.up(ENVIRONMENT).await;
        if risen.outcome != Outcome::Succeeded {
            return Some(format!("{named}: {risen:#?}"));
        }
        life.session(ENVIRONMENT, 2).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        let left = difference(&before, &life.rows());
        let is_well = fallen.outcome == Outcome::Succeeded && left.is_empty();
        (!is_well).then(|| format!("{named}: {left:?} {fallen:#?}"))
    })
}

#[test]
fn a_life_ends_well_whatever_position_a_switch_has() {
    let others = others();
    assert!(others.len() > 30, "{}", others.len());
    let mut cases: Vec<(String, Vec<(String, Value)>)> = others
        .iter()
        .map(|other| (other.0.clone(), vec![other.clone()]))
        .collect();
    cases.push(("all at once".to_owned(), others));
    let wrong: Vec<String> = in_halves(&cases, |(name, positions)| wrong(name, positions))
        .into_iter()
        .flatten()
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
