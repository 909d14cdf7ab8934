//! Whole lives with each switch of the simulator in its other position: nobody knows which of the two is AWS's, so neither
//! may be relied on.

use std::time::Duration;

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

/// After an endpoint its interfaces, which nobody but SageMaker may take, stay for an hour.
const LINGERING: &str = r#"
[switches]
endpoint-interfaces-requester-managed = true
[durations]
"endpoint interface tail" = { least = 3600.0, median = 3600.0, p99 = 3600.0 }
"#;

#[test]
fn what_an_endpoint_of_ours_has_left_is_ours_in_the_next_run_too() {
    paused(SEED, async {
        let mut life = Life::new(Scenario::read(LINGERING).unwrap(), SEED);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        life.session(ENVIRONMENT, 1).await;
        let patient = life.deadline;
        for seconds in [1800, 300] {
            life.deadline = Duration::from_secs(seconds);
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_eq!(fallen.exit_code, 3, "{fallen:#?}");
        }
        life.deadline = patient;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
    });
}
