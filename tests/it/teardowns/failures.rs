//! One failure of each kind at every place where a teardown calls: the first, a middle and the last call of each action
//! on each kind of resource.

use std::collections::{BTreeMap, BTreeSet};

use jumpstart_vpc::event::{Event, Finished, Outcome};
use serde_json::{Value, json};
use simulator::Row;

use super::judge::untold;
use super::worlds::{Full, full, in_halves, left};
use crate::support::process::post;
use crate::support::{ENVIRONMENT, Life, difference, force, paused};

const SEED: u64 = 91;

/// Reads whose answer has no part in whether something of ours exists.
const ADVISORY: [&str; 8] = [
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "application-autoscaling:DescribeScalableTargets",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "sagemaker:DescribeUserProfile",
];

/// Failures that asking again overcomes. A read that is dropped before its effect is like one that is dropped after it.
const OF_READS: [&str; 3] = ["throttle", "error", "drop-after"];
const OF_WRITES: [&str; 4] = ["throttle", "error", "drop-before", "drop-after"];

/// Longest a life with one failure may take, in simulated seconds; undisturbed it is less than twenty minutes.
const LONGEST: u64 = 3600;

/// A place where a teardown calls: the n-th call of an action, which is the first, a middle or the last on things of a kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Site {
    action: String,
    nth: u64,
    kind: String,
    write: bool,
}

/// The first, a middle and the last call of every action on every kind of an undisturbed teardown.
fn sites(full: &Full) -> Vec<Site> {
    let life = Life::within(&full.world, SEED);
    let kinds = kinds(&life);
    let began = full.world.log().len();
    let fallen = paused(SEED, life.down(ENVIRONMENT, force()));
    assert_eq!(fallen.exit_code, 0, "{fallen:#?}");
    let world = life.shell.snapshot();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut places: BTreeMap<(&str, String), Vec<Site>> = BTreeMap::new();
    let calls = world.log().iter().skip(began);
    for entry in calls.filter(|entry| entry.caller.ends_with("/ann")) {
        let nth = counts.entry(&entry.action).or_default();
        *nth += 1;
        let named = entry.resources.iter().filter_map(|named| kinds.get(named));
        let kind = named.map(String::as_str).collect::<BTreeSet<_>>();
        let kind = kind.into_iter().collect::<Vec<_>>().join("+");
        let place = places.entry((&entry.action, kind.clone())).or_default();
        place.push(Site {
            action: entry.action.clone(),
            nth: *nth,
            kind,
            write: entry.write,
        });
    }
    let sites: BTreeSet<Site> = places
        .into_values()
        .flat_map(|calls| [0, calls.len() / 2, calls.len() - 1].map(|at| calls[at].clone()))
        .collect();
    sites.into_iter().collect()
}

/// Of which kind each thing is, by what calls name it by: stacks by the part that they play.
fn kinds(life: &Life) -> BTreeMap<String, String> {
    let rows = life.rows().into_values();
    let named = rows.flat_map(|row| {
        let part = row.arn.split('/').nth(1).unwrap_or_default().to_owned();
        let is_stack = row.kind == "AWS::CloudFormation::Stack";
        let kind = if is_stack { part.clone() } else { row.kind };
        let names = is_stack.then_some(part);
        let names = names.into_iter().chain([row.id, row.arn]);
        names.map(move |name| (name, kind.clone()))
    });
    named.collect()
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
fn with_failure(full: &Full, site: &Site, kind: &str) -> Result<(), String> {
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
        let fallen = life.down(ENVIRONMENT, force()).await;
        (fallen, life.shell.snapshot().now())
    });
    let took = ended.since(full.world.now());
    if took.as_secs() > LONGEST {
        return Err(format!("{kind} at {site:?}: took {took:?}"));
    }
    let left = difference(&full.neighbours, &life.rows());
    let said = || format!("{} {left:?} {:#?}", fallen.exit_code, fallen.remaining);
    let advisory = ADVISORY.contains(&site.action.as_str());
    let judged = match kind {
        "denied" if advisory => of_advice(&life, &fallen, site),
        "denied" => of_denial(&life, &full.neighbours, &fallen, site),
        _ if fallen.exit_code != 0 || !left.is_empty() => Err(said()),
        _ => Ok(()),
    };
    let harmed: Vec<&String> = left
        .iter()
        .filter(|line| !line.starts_with("new: "))
        .collect();
    match judged {
        Ok(()) if harmed.is_empty() => Ok(()),
        Ok(()) => Err(format!("{kind} at {site:?}: harmed {harmed:?}")),
        Err(why) => Err(format!("{kind} at {site:?}: {why}")),
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
fn of_advice(life: &Life, fallen: &Finished, site: &Site) -> Result<(), String> {
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
    site: &Site,
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
    if fallen.outcome == Outcome::Succeeded && left.is_empty() {
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

/// Lives one life for each kind of failure at each place in this world.
fn fail_everywhere(full: &Full, failures: impl Fn(&Site) -> &'static [&'static str]) {
    let cases: Vec<(Site, &str)> = sites(full)
        .iter()
        .flat_map(|site| failures(site).iter().map(|kind| (site.clone(), *kind)))
        .collect();
    let wrong: Vec<String> = in_halves(&cases, |(site, kind)| with_failure(full, site, kind))
        .into_iter()
        .filter_map(Result::err)
        .collect();
    assert!(cases.len() > 50, "{} lives", cases.len());
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

fn passing(site: &Site) -> &'static [&'static str] {
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
