//! One failure of each kind at every place where a teardown calls: the first, a middle and the last call of each action
//! on each kind of resource.

use std::collections::{BTreeMap, BTreeSet};

use jumpstart_vpc::event::{Event, Finished, Outcome};
use serde_json::{Value, json};
use simulator::Row;

use super::calls::{Call, calls};
use super::judge::{unkept, untold};
use super::worlds::{Choice, Full, full, in_halves, left};
use crate::support::process::post;
use crate::support::{ENVIRONMENT, Life, difference, paused};

const SEED: u64 = 91;

/// Reads whose answer has no part in whether something of ours exists.
const ADVISORY: [&str; 10] = [
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "application-autoscaling:DescribeScalableTargets",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "elasticfilesystem:DescribeAccessPoints",
    "sagemaker:DescribeUserProfile",
    "sagemaker:ListMlflowApps",
];

/// Failures that asking again overcomes. A read that is dropped before its effect is like one that is dropped after it.
const OF_READS: [&str; 3] = ["throttle", "error", "drop-after"];
const OF_WRITES: [&str; 4] = ["throttle", "error", "drop-before", "drop-after"];

/// Longest a life with one failure may take, in simulated seconds; undisturbed it is less than twenty minutes.
const LONGEST: u64 = 3600;

/// The first, a middle and the last call of every action on every kind.
fn sites(full: &Full, choice: Choice) -> BTreeSet<Call> {
    let (calls, _) = calls(full, choice, SEED);
    let mut places: BTreeMap<(&str, &str), Vec<&Call>> = BTreeMap::new();
    for call in &calls {
        places.entry(call.place()).or_default().push(call);
    }
    places
        .into_values()
        .flat_map(|calls| [0, calls.len() / 2, calls.len() - 1].map(|at| calls[at].clone()))
        .collect()
}

fn denied(action: &str) -> Value {
    let (service, operation) = action.split_once(':').unwrap_or(("", action));
    let code = match service {
        "ec2" => "UnauthorizedOperation",
        "cloudformation" | "iam" | "sts" => "AccessDenied",
        _ => "AccessDeniedException",
    };
    let message = format!(
        "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: {service}:{operation} because no \
         identity-based policy allows the {service}:{operation} action"
    );
    json!({"kind": "error", "code": code, "message": message, "status": 403})
}

fn answer(kind: &str, action: &str) -> Value {
    match kind {
        "denied" => denied(action),
        "error" => {
            json!({"kind": "error", "code": "InternalFailure", "message": "it is us", "status": 500})
        }
        kind => json!({"kind": kind}),
    }
}

/// What happened in a life with one failure, or what is wrong about it.
fn with_failure(full: &Full, choice: Choice, site: &Call, kind: &str) -> Result<(), String> {
    let life = Life::within(&full.world, SEED);
    let mut rule = json!({
        "match": {"action": site.action, "caller": "*ann*", "nth": site.nth},
        "answer": answer(kind, &site.action),
    });
    if kind == "denied" {
        // Who may not, may not later either.
        rule["match"]["times"] = json!(1_000_000);
    }
    let (fallen, ended) = paused(SEED, async {
        post(&life.shell, "/_simulator/faults", &rule).await;
        let fallen = life.down(ENVIRONMENT, choice.consent()).await;
        (fallen, life.shell.snapshot().now())
    });
    let took = ended.since(full.world.now());
    if took.as_secs() > LONGEST {
        return Err(format!("{kind} at {site:?}: took {took:?}"));
    }
    let wrong = full.wrongly_left(choice, &life);
    let said = || format!("{} {wrong:?} {:#?}", fallen.exit_code, fallen.remaining);
    let advisory = ADVISORY.contains(&site.action.as_str());
    let judged = match kind {
        "denied" if advisory => of_advice(&life, &fallen, site),
        "denied" => of_denial(&life, &full.neighbours, &fallen, site),
        _ if fallen.exit_code != 0 || !wrong.is_empty() => Err(said()),
        _ => Ok(()),
    };
    let mut harmed = difference(&full.neighbours, &life.rows());
    harmed.retain(|line| !line.starts_with("new: "));
    match judged {
        Ok(()) if harmed.is_empty() => Ok(()),
        Ok(()) => Err(format!("{choice:?}: {kind} at {site:?}: harmed {harmed:?}")),
        Err(why) => Err(format!("{choice:?}: {kind} at {site:?}: {why}")),
    }
}

/// Everything that was said to people.
fn told(life: &Life) -> String {
    let events = life.recorder.0.borrow();
    let said = events.iter().map(|event| match event {
        Event::Warning { message, .. } => message.clone(),
        Event::Hint { summary, next, .. } => format!("{summary} {next:?}"),
        Event::StepFinished { error, .. } => format!("{error:?}"),
        _ => String::new(),
    });
    said.collect::<Vec<_>>().join("\n")
}

/// Without advice the run goes on and says so.
fn of_advice(life: &Life, fallen: &Finished, site: &Call) -> Result<(), String> {
    let (_, operation) = site.action.split_once(':').unwrap_or_default();
    match fallen.exit_code {
        0 if told(life).contains(operation) => Ok(()),
        // The policy that nobody could see held its role.
        1 if operation.contains("Polic") && told(life).contains(operation) => Ok(()),
        0 => Err(format!("nothing was said of it: {}", told(life))),
        code => Err(format!(
            "ended with {code}: {} {:?}",
            told(life),
            fallen.remaining
        )),
    }
}

/// A failure that repeating does not change, told with the action that is missing and with all that is left.
fn of_denial(
    life: &Life,
    neighbours: &BTreeMap<String, Row>,
    fallen: &Finished,
    site: &Call,
) -> Result<(), String> {
    let said = format!("{} {:?}", told(life), fallen.remaining);
    let rows = life.rows().into_iter();
    let left = rows.filter(|(key, _)| !neighbours.contains_key(key));
    let mut left: BTreeMap<String, Row> = left.collect();
    let all: BTreeSet<String> = left.values().map(|row| row.id.clone()).collect();
    // What SageMaker had an interface for has gone, and the interface is about to follow.
    left.retain(|_, row| {
        let is_there = |parent: &String| all.contains(parent);
        row.kind != "AWS::EC2::NetworkInterface" || row.parent.as_ref().is_none_or(is_there)
    });
    // What was denied may have been no longer needed: somebody else's step did it, or another look told.
    if fallen.outcome == Outcome::Succeeded && unkept(fallen, &left).is_empty() {
        return Ok(());
    }
    if fallen.exit_code != 1 {
        return Err(format!("ended with {}: {said}", fallen.exit_code));
    }
    if !said.contains(&site.action) {
        return Err(format!("the action is not named: {said}"));
    }
    let untold = untold(fallen, &left);
    // Nobody can tell what was never seen: the first look comes before the plan, and begins with the stacks, after the
    // question who calls.
    let blinding = ["sts:GetCallerIdentity", "cloudformation:DescribeStacks"];
    // Where no stack is left, a VPC with our mark and the template of its stack lead to the rest.
    let leads_back = ["ec2:DescribeVpcs", "cloudformation:GetTemplate"];
    let has_stacks = left
        .keys()
        .any(|key| key.starts_with("AWS::CloudFormation::Stack "));
    let action = site.action.as_str();
    let is_told = if has_planned(life) {
        untold.is_empty()
    } else {
        let is_blind = blinding.contains(&action) || (!has_stacks && leads_back.contains(&action));
        !fallen.remaining.is_empty() || is_blind
    };
    if !is_told {
        return Err(format!("left and not told: {untold:?}: {said}"));
    }
    Ok(())
}

fn has_planned(life: &Life) -> bool {
    let events = life.recorder.0.borrow();
    let mut events = events.iter();
    events.any(|event| matches!(event, Event::Plan { .. }))
}

/// Lives one life for each kind of failure at each place in this world, whatever is said.
fn fail_everywhere(full: &Full, failures: impl Fn(&Call) -> &'static [&'static str]) {
    let mut cases: Vec<(Choice, Call, &str)> = Vec::new();
    for choice in Choice::ALL {
        for site in sites(full, choice) {
            let kinds = failures(&site).iter();
            cases.extend(kinds.map(|kind| (choice, site.clone(), *kind)));
        }
    }
    let wrong: Vec<String> = in_halves(&cases, |(choice, site, kind)| {
        with_failure(full, *choice, site, kind)
    })
    .into_iter()
    .filter_map(Result::err)
    .collect();
    assert!(cases.len() > 50, "{} lives", cases.len());
    let mut actions = cases.iter().map(|(_, site, _)| site.action.as_str());
    assert!(
        actions.any(|action| action == "elasticfilesystem:TagResource"),
        "no volume was kept"
    );
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

fn passing(site: &Call) -> &'static [&'static str] {
    if site.write { &OF_WRITES } else { &OF_READS }
}

#[test]
fn one_failure_anywhere_is_survived() {
    fail_everywhere(&full(SEED), passing);
}

#[test]
fn one_failure_anywhere_is_survived_where_only_a_vpc_is_left() {
    fail_everywhere(&left(SEED), passing);
}

#[test]
fn who_may_not_make_a_call_is_told_which() {
    fail_everywhere(&full(SEED), |_| &["denied"]);
}

#[test]
fn who_may_not_make_a_call_is_told_which_where_only_a_vpc_is_left() {
    fail_everywhere(&left(SEED), |_| &["denied"]);
}
