//! Deployments that always end in a known state: from any starting status, wherever something fails, whatever is to
//! become of it, killed anywhere, and beside others at work.

mod bounds;
mod bystanders;
mod causes;
mod deaths;
mod downwards;
mod failures;
mod leavings;
mod nested;
mod places;
mod replacements;
mod starts;
mod table;
mod worlds;

use std::collections::{BTreeMap, BTreeSet};

use jumpstart_vpc::event::Finished;
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::up::{OnFailure, Options};
use serde_json::json;
use simulator::Row;

use crate::support::process::post;
use crate::support::{ENVIRONMENT, Life};

pub(crate) use starts::{import, review};

const KEYS: [&str; 3] = ["network", "endpoints", "studio"];

fn embedded() -> Manifest {
    Manifest::embedded().unwrap()
}

fn handling(on_failure: OnFailure) -> Options {
    Options {
        on_failure,
        // What is checked before has its own tests; here things fail that nobody could know of.
        no_preflight: true,
        ..Options::default()
    }
}

async fn up(life: &Life, options: Options) -> Finished {
    life.up_as(ENVIRONMENT, embedded(), &[], options).await
}

async fn fault(life: &Life, kind: &str, operation: &str, nth: u64, reason: &str) {
    let rule = json!({
        "match": {"type": kind, "operation": operation, "nth": nth, "times": 1000},
        "effect": {"kind": "fail", "reason": reason},
    });
    post(&life.shell, "/_simulator/faults", &rule).await;
}

/// Status of each stack of the environment, by key.
fn statuses(life: &Life) -> BTreeMap<String, String> {
    let rows = life.rows().into_values();
    let stacks = rows.filter(|row| row.kind == "AWS::CloudFormation::Stack");
    let statuses = stacks.filter_map(|row| {
        let (_, name) = row.id.split_once(":stack/")?;
        let key = name.split('/').next()?.strip_prefix("jumpstart-vpc-")?;
        Some((key.to_owned(), row.status))
    });
    statuses.collect()
}

/// What there is by kind: two worlds with the same numbers have neither duplicates nor orphans in which they differ.
fn numbers(rows: &BTreeMap<String, Row>) -> BTreeMap<String, usize> {
    let mut numbers = BTreeMap::new();
    for row in rows.values() {
        *numbers.entry(row.kind.clone()).or_default() += 1;
    }
    numbers
}

/// What a domain leaves: none may be there that no living domain explains.
fn orphans(life: &Life) -> Vec<String> {
    let rows = life.rows();
    let domains: BTreeSet<&String> = rows
        .values()
        .filter(|row| row.kind == "AWS::SageMaker::Domain")
        .map(|row| &row.arn)
        .collect();
    let managed = rows.iter().filter_map(|(key, row)| {
        let maker = row.tags.get("ManagedByAmazonSageMakerResource")?;
        let domain = maker.contains(":domain/").then_some(maker)?;
        (!domains.contains(domain)).then(|| key.clone())
    });
    managed.collect()
}

/// Whether a stack is as `up` wants it.
fn is_up(status: Option<&String>) -> bool {
    status.is_some_and(|status| {
        status.ends_with("_COMPLETE")
            && status != "ROLLBACK_COMPLETE"
            && !status.starts_with("DELETE")
    })
}
