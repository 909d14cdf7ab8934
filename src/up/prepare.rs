//! What there is and what is to be done, before anything is written.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::aws::cloudformation::Stack;
use crate::aws::{CallError, Class};
use crate::context::{Context, Ended};
use crate::event::{Event, Finished, Outcome};
use crate::inventory::{Mark, Survey};
use crate::ownership::{self, Claim};
use crate::stacks::parameters::{Given, Part, parts};
use crate::stacks::{Entry, Manifest};

/// What is to be deployed.
#[derive(Clone, Debug)]
pub struct Request {
    pub claim: Claim,
    pub manifest: Manifest,
    pub given: Given,
    pub role_arn: Option<String>,
    pub yes: bool,
    pub seed: u64,
}

/// What one stack needs to be as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Create,
    /// It is there: change it, if anything differs.
    Update,
    /// What is left of a failed creation goes first.
    Replace,
    /// Somebody's operation is at work: wait for it, then see.
    Join,
}

/// Everything that is known before the first write.
pub(super) struct Ready {
    pub work: BTreeMap<String, Work>,
    /// Usable zones, by id; read only where a parameter asks for one.
    pub zones: Vec<String>,
}

/// Attempts and pause where an answer does not come.
const ATTEMPTS: u32 = 40;
const PAUSE: Duration = Duration::from_secs(4);

/// Repeats a read until it is answered or repeating does not help.
///
/// # Errors
/// The end of the run.
pub(super) async fn patiently<T>(
    cx: &Context,
    read: impl AsyncFn() -> Result<T, CallError>,
) -> Result<T, Ended> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match read().await {
            Ok(value) => return Ok(value),
            Err(error) => {
                let again = matches!(error.class, Class::Throttled | Class::Unreachable);
                if !again || attempt == ATTEMPTS || cx.clock.elapsed() >= cx.deadline {
                    return Err(cx.fail(&error));
                }
                if attempt == 1 {
                    cx.events.warn(format!(
                        "{} answered {}; asking again",
                        error.action, error.code
                    ));
                }
            }
        }
        tokio::select! {
            biased;
            () = cx.stop.requested() => return Err(Box::new(Finished::new(Outcome::Interrupted))),
            () = cx.clock.sleep(PAUSE) => {}
        }
    }
}

/// Reads what there is and checks every rule.
///
/// # Errors
/// The end of the run: refused, or not found out.
pub(super) async fn prepare(cx: &Context, request: &Request) -> Result<Ready, Ended> {
    let environment = &request.claim.environment;
    let stacks = patiently(cx, async || cx.aws.stacks().await).await?;
    let marked =
        |stack: &&Stack| Mark::of(&stack.tags).is_some_and(|mark| mark.environment == *environment);
    let survey = Survey {
        foreign: BTreeMap::new(),
        marked: stacks.iter().filter(marked).cloned().collect(),
    };
    ownership::check(&request.claim, &survey).map_err(|why| cx.refuse(why))?;
    let mut work = BTreeMap::new();
    let mut existing = BTreeMap::new();
    for entry in &request.manifest.stacks {
        let name = entry.physical_name(environment);
        match stacks.iter().find(|stack| stack.name == name) {
            None => {
                work.insert(entry.key.clone(), Work::Create);
            }
            Some(stack) => {
                let ours =
                    Mark::of(&stack.tags).is_some_and(|mark| mark.environment == *environment);
                let what = work_on(stack, ours).map_err(|why| {
                    let hint = if ours {
                        "stack-cannot-be-updated"
                    } else {
                        "stack-exists"
                    };
                    cx.hint_of(hint, &why);
                    cx.refuse(why)
                })?;
                work.insert(entry.key.clone(), what);
                existing.insert(entry.key.clone(), stack.clone());
            }
        }
    }
    let zones = if needs_zones(request, &existing, &work) {
        let zones = patiently(cx, async || cx.aws.zones().await).await?;
        zones.into_iter().map(|zone| zone.id).collect()
    } else {
        Vec::new()
    };
    Ok(Ready { work, zones })
}

/// What may be done with a stack in its status (section 3.2).
pub(super) fn work_on(stack: &Stack, ours: bool) -> Result<Work, String> {
    let name = &stack.name;
    let empty = matches!(
        stack.status.as_str(),
        "REVIEW_IN_PROGRESS" | "ROLLBACK_COMPLETE"
    );
    let marked = Mark::of(&stack.tags).is_some();
    if !ours && (marked || !empty) {
        return Err(format!(
            "stack {name} exists and was not made by jumpstart-vpc for this environment; choose another --name"
        ));
    }
    match stack.status.as_str() {
        "CREATE_COMPLETE"
        | "UPDATE_COMPLETE"
        | "UPDATE_ROLLBACK_COMPLETE"
        | "IMPORT_COMPLETE"
        | "IMPORT_ROLLBACK_COMPLETE" => Ok(Work::Update),
        "REVIEW_IN_PROGRESS" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" => {
            Ok(Work::Replace)
        }
        status if status.ends_with("IN_PROGRESS") => Ok(Work::Join),
        "DELETE_FAILED" => Err(format!(
            "stack {name} is in DELETE_FAILED: a teardown did not finish; run: jumpstart-vpc down"
        )),
        status => Err(format!(
            "stack {name} is in {status}; run: aws cloudformation continue-update-rollback --stack-name {name}"
        )),
    }
}

fn asks_for_zone(value: &str) -> bool {
    parts(value)
        .unwrap_or_default()
        .iter()
        .any(|part| matches!(part, Part::Zone(_)))
}

fn needs_zones(
    request: &Request,
    existing: &BTreeMap<String, Stack>,
    work: &BTreeMap<String, Work>,
) -> bool {
    let fixed = |entry: &Entry, name: &String| {
        work.get(&entry.key) == Some(&Work::Update)
            && existing
                .get(&entry.key)
                .is_some_and(|stack| stack.parameters.contains_key(name))
    };
    request.manifest.stacks.iter().any(|entry| {
        entry
            .parameters
            .iter()
            .any(|(name, value)| asks_for_zone(value) && !fixed(entry, name))
    })
}

/// Names of the parameters that a stack has.
pub(super) fn parameter_names(stack: &Stack) -> BTreeSet<String> {
    stack.parameters.keys().cloned().collect()
}

/// Tells the plan.
pub(super) fn steps(request: &Request, ready: &Ready) -> Vec<crate::event::Step> {
    use crate::event::{Named, Step};
    use environment::Verb;
    let verb = |key: &str| match ready.work.get(key) {
        Some(Work::Update | Work::Join) => Verb::UpdateStack,
        Some(Work::Create | Work::Replace) | None => Verb::CreateStack,
    };
    let name = |key: &str| {
        let entry = request.manifest.find(key);
        entry
            .map(|entry| entry.physical_name(&request.claim.environment))
            .unwrap_or_default()
    };
    let id = |key: &str| {
        format!(
            "{}:AWS::CloudFormation::Stack:{}",
            verb(key).word(),
            name(key)
        )
    };
    let step = |entry: &Entry| Step {
        id: id(&entry.key),
        kind: verb(&entry.key),
        resource: Named {
            kind: "AWS::CloudFormation::Stack".to_owned(),
            id: name(&entry.key),
            name: Some(name(&entry.key)),
            stack: Some(name(&entry.key)),
            reason: None,
        },
        needs: entry.needs.iter().map(|key| id(key)).collect(),
        evidence: Vec::new(),
        destroys_data: false,
    };
    request.manifest.stacks.iter().map(step).collect()
}

/// Announces the plan.
pub(super) fn announce(cx: &Context, request: &Request, steps: &[crate::event::Step]) {
    cx.events.send(Event::Plan {
        direction: crate::event::Direction::Up,
        steps: steps.to_vec(),
    });
    let members = |step: &crate::event::Step| {
        let mut entries = request.manifest.stacks.iter();
        let name = |entry: &&Entry| entry.physical_name(&request.claim.environment);
        let entry = entries.find(|entry| name(entry) == step.resource.id);
        entry.map(Entry::types).unwrap_or_default()
    };
    cx.events.send(Event::Usual {
        seconds: crate::usual::by_members(steps, members),
    });
}
