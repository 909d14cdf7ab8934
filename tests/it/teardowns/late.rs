//! Waits that end by themselves: what is on its way for longer than anything of its kind is known to take ends the run when
//! all else has gone, and what is only slow is waited for. Beside a neighbour's environment.

use std::collections::BTreeMap;
use std::time::Duration;

use jumpstart_vpc::event::{Finished, Outcome};
use serde_json::{Value, json};
use simulator::Row;

use super::judge::untold;
use super::worlds::full;
use crate::support::process::post;
use crate::support::{ENVIRONMENT, Life, difference, force, paused, warnings};

const SEED: u64 = 91;
const APP: &str = "AWS::SageMaker::App";

/// What does not wait for an app to go.
const OTHERS: [&str; 6] = [
    "AWS::SageMaker::Endpoint",
    "AWS::SageMaker::EndpointConfig",
    "AWS::SageMaker::Model",
    "AWS::SageMaker::NotebookInstance",
    "AWS::SageMaker::Pipeline",
    "AWS::SageMaker::TrainingJob",
];

/// What a teardown came to, how long it took, and what there is afterwards that the neighbour has not.
struct Torn {
    life: Life,
    fallen: Finished,
    took: Duration,
    left: BTreeMap<String, Row>,
}

/// A teardown in which the app goes like this, within so many seconds.
fn tear_down(effect: &Value, deadline: u64) -> Torn {
    let full = full(SEED);
    let life = Life {
        deadline: Duration::from_secs(deadline),
        ..Life::within(&full.world, SEED)
    };
    let rule = json!({
        "match": {"type": APP, "operation": "delete", "times": 1},
        "effect": effect,
    });
    let (fallen, ended) = paused(SEED, async {
        post(&life.shell, "/_simulator/faults", &rule).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        (fallen, life.shell.snapshot().now())
    });
    let mut left = life.rows();
    let touched = difference(&full.neighbours, &left);
    assert!(
        touched.iter().all(|line| line.starts_with("new: ")),
        "{touched:?}"
    );
    left.retain(|key, _| !full.neighbours.contains_key(key));
    Torn {
        took: ended.since(full.world.now()),
        life,
        fallen,
        left,
    }
}

#[test]
fn an_app_that_never_goes_ends_the_run_when_all_else_has_gone() {
    let torn = tear_down(&json!({"kind": "stuck"}), 3 * 3600);
    let (fallen, left) = (&torn.fallen, &torn.left);
    assert_eq!(fallen.exit_code, 3, "{fallen:#?}");
    let minutes = torn.took.as_secs() / 60;
    assert!((30..45).contains(&minutes), "{minutes} minutes");
    for kind in OTHERS {
        let stays = left.values().any(|row| row.kind == kind);
        assert!(!stays, "{kind}: {left:#?}");
    }
    let apps: Vec<&str> = left
        .values()
        .filter(|row| row.kind == APP)
        .map(|row| row.id.as_str())
        .collect();
    assert_eq!(apps.len(), 1, "{apps:?}");
    let told = fallen.remaining.iter().find(|it| it.id == apps[0]);
    let why = told.unwrap().reason.as_deref().unwrap();
    assert!(why.starts_with("Deleting for 3"), "{why}");
    assert_eq!(untold(fallen, left), Vec::<String>::new());
    let warned = warnings(&torn.life);
    assert!(warned.contains(apps[0]), "{warned}");
}

#[test]
fn an_app_that_takes_as_long_as_any_is_waited_for() {
    let torn = tear_down(&json!({"kind": "take", "seconds": 1500.0}), 3 * 3600);
    let fallen = &torn.fallen;
    assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
    assert!(torn.left.is_empty(), "{:#?}", torn.left);
    assert!(torn.took > Duration::from_secs(1500), "{:?}", torn.took);
}

#[test]
fn less_time_for_the_whole_ends_it_before() {
    let torn = tear_down(&json!({"kind": "stuck"}), 900);
    let fallen = &torn.fallen;
    assert_eq!(fallen.exit_code, 3, "{fallen:#?}");
    assert!(torn.took < Duration::from_secs(960), "{:?}", torn.took);
    let told = fallen.remaining.iter().find(|it| it.kind == APP);
    let told = told.and_then(|it| it.reason.as_deref()).unwrap();
    assert!(told.starts_with("on its way; "), "{told}");
}
