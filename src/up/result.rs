//! What a deployment comes to: its outcome after a fresh look, what stands and what that costs, and how to go on.

use std::collections::BTreeMap;

use environment::{Facet, mark};
use serde_json::{Value, json};

use super::cost;
use super::domain::DOMAIN;
use super::onward;
use super::plan::stack_named;
use super::request::Request;
use super::run::AllDeployed;
use super::trace::Trace;
use crate::aws::Class;
use crate::context::Context;
use crate::event::{Finished, Named, Outcome};
use crate::inventory::Inventory;
use crate::patience::persist;
use crate::stacks::Entry;

/// The result of a run that has ended.
pub(super) async fn finish(
    cx: &Context,
    request: &Request,
    deployed: AllDeployed,
    trace: &Trace,
) -> Finished {
    // A signal leaves a few seconds, and nothing new is begun.
    if cx.stop.is_requested() {
        return Finished::new(Outcome::Interrupted);
    }
    let inventory = Inventory::new(
        cx.aws.clone(),
        &request.claim.environment,
        &request.claim.identity.account,
    );
    inventory.read(Facet::Stacks).await;
    mark_domains(cx, &inventory).await;
    let mut outcome = outcome(request, &deployed, trace);
    let mut outputs = outputs(cx, &inventory, &deployed).await;
    onward::tell(cx, request, &mut outputs.values);
    let mut remaining = remaining(cx, request, &deployed, &inventory);
    if outcome == Outcome::Succeeded {
        remaining = unverified(request, &inventory);
        remaining.extend(outputs.trouble.take());
        remaining.extend(unprotected(cx, request, &deployed).await);
        if !remaining.is_empty() {
            outcome = Outcome::Incomplete;
        }
    }
    if cx.stop.is_requested() {
        outcome = Outcome::Interrupted;
    }
    Finished {
        remaining,
        outputs: outputs.values,
        kept: trace.kept(),
        ..Finished::new(outcome)
    }
}

fn outcome(request: &Request, deployed: &AllDeployed, trace: &Trace) -> Outcome {
    // The order in which the contract decides.
    let order = [
        Outcome::Interrupted,
        Outcome::Refused,
        Outcome::Failed,
        Outcome::Incomplete,
    ];
    let of_stacks = deployed.ended.iter().map(|(_, ended)| ended.outcome);
    let lacking = deployed.lacking.iter().map(|lacking| lacking.outcome);
    let outcomes: Vec<Outcome> = of_stacks.chain(lacking).collect();
    let ended = |outcome: &Outcome| outcomes.contains(outcome);
    match order.into_iter().find(ended) {
        // Something was asked for before a later stack was refused.
        Some(Outcome::Refused) if trace.has_written() => Outcome::Failed,
        Some(outcome) => outcome,
        None if deployed.done.len() == request.manifest.stacks.len() => Outcome::Succeeded,
        None => Outcome::Incomplete,
    }
}

/// What is left of a run that did not succeed: first what failed, then what stands, with what it costs to leave it.
fn remaining(
    cx: &Context,
    request: &Request,
    deployed: &AllDeployed,
    inventory: &Inventory,
) -> Vec<Named> {
    let lacking = deployed.lacking.iter();
    let lacking = lacking.flat_map(|lacking| lacking.left.iter().cloned());
    if deployed.ended.is_empty() && deployed.lacking.is_none() {
        return Vec::new();
    }
    let mut remaining = Vec::new();
    for (key, ended) in &deployed.ended {
        let stands = |entry: &&Entry| ended.stands && may_be_there(request, entry, inventory);
        if let Some(entry) = request.manifest.find(key).filter(stands) {
            let costs = costs(cx, request, entry, inventory);
            let named = stack_named(&entry.physical_name(&request.claim.environment));
            remaining.push(named.because(format!("{}{costs}", ended.why)));
        }
        remaining.extend(ended.left.iter().cloned());
    }
    remaining.extend(lacking);
    remaining.extend(standing(cx, request, deployed, inventory));
    cx.events.warn(format!(
        "what stands is kept; run the same command again to continue, or: {}",
        onward::removal(request)
    ));
    remaining
}

/// Whether the last look shows a stack of ours, or could not show any: one whose creation was refused never was.
fn may_be_there(request: &Request, entry: &Entry, inventory: &Inventory) -> bool {
    let name = entry.physical_name(&request.claim.environment);
    let survey = inventory.survey();
    let is_unknown = inventory.facts().stacks.known().is_none();
    is_unknown || survey.marked.iter().any(|stack| stack.name == name)
}

/// The stacks that did not fail: as wanted, or not reached.
fn standing(
    cx: &Context,
    request: &Request,
    deployed: &AllDeployed,
    inventory: &Inventory,
) -> Vec<Named> {
    let survey = inventory.survey();
    let ended = |entry: &&Entry| deployed.ended.iter().any(|(key, _)| *key == entry.key);
    let entries = request.manifest.stacks.iter();
    let others = entries.filter(|entry| !ended(entry));
    others
        .filter_map(|entry| {
            let name = entry.physical_name(&request.claim.environment);
            let how = if deployed.done.contains_key(&entry.key) {
                "stands as wanted".to_owned()
            } else {
                let stack = survey.marked.iter().find(|stack| stack.name == name)?;
                format!("was not reached; it is in {}", stack.status)
            };
            let costs = costs(cx, request, entry, inventory);
            Some(stack_named(&name).because(format!("{how}{costs}")))
        })
        .collect()
}

/// What a stack costs by what is in it at the end of the run, in words.
fn costs(cx: &Context, request: &Request, entry: &Entry, inventory: &Inventory) -> String {
    let name = entry.physical_name(&request.claim.environment);
    let (survey, facts) = (inventory.survey(), inventory.facts());
    let told = survey.marked.iter().find(|stack| stack.name == name);
    let found = facts.marked().iter().find(|stack| stack.name == name);
    let (Some(told), Some(found)) = (told, found) else {
        return String::new();
    };
    cost::hourly(entry, told, cx.aws.region(), |logical_id| {
        let mut members = found.members.iter();
        members.any(|it| it.logical_id == logical_id && !it.is_gone() && !it.id.is_empty())
    })
}

/// Turns termination protection on where that is wanted and it is off; stacks on which that failed.
async fn unprotected(cx: &Context, request: &Request, deployed: &AllDeployed) -> Vec<Named> {
    let mut failed = Vec::new();
    if !request.options.protect {
        return failed;
    }
    for stack in deployed.done.values().filter(|stack| !stack.protected) {
        let protected = persist(cx, async || cx.aws.protect_stack(&stack.arn).await).await;
        if let Err(error) = protected {
            cx.fail(&error);
            let why = format!("it could not be protected: {}", error.code);
            failed.push(stack_named(&stack.name).because(why));
        }
    }
    failed
}

/// Stacks of the manifest that a fresh look does not show as wanted.
fn unverified(request: &Request, inventory: &Inventory) -> Vec<Named> {
    let facts = inventory.facts();
    let environment = &request.claim.environment;
    let entries = request.manifest.stacks.iter();
    entries
        .filter_map(|entry| {
            let name = entry.physical_name(environment);
            let found = facts.marked().iter().find(|stack| stack.name == name);
            let why = match found {
                Some(stack) if is_well(&stack.status) => return None,
                Some(stack) => format!("somebody is at work on it: it is in {}", stack.status),
                None if facts.stacks.known().is_none() => {
                    "its status could not be read at the end".to_owned()
                }
                None => "somebody has removed it meanwhile".to_owned(),
            };
            Some(stack_named(&name).because(why))
        })
        .collect()
}

fn is_well(status: &str) -> bool {
    status.ends_with("_COMPLETE") && !status.starts_with("DELETE") && status != "ROLLBACK_COMPLETE"
}

/// Writes the ids of our domains on our VPC, so that a teardown finds what they leave even when their stack is gone.
async fn mark_domains(cx: &Context, inventory: &Inventory) {
    let (domains, vpcs) = {
        let facts = inventory.facts();
        (facts.domain_ids(), facts.vpcs().to_vec())
    };
    for vpc in vpcs
        .iter()
        .filter(|vpc| domains.iter().any(|domain| !vpc.domains.contains(domain)))
    {
        let value = domains.iter().cloned().collect::<Vec<_>>().join(" ");
        if let Err(error) = cx.aws.tag(&vpc.id, mark::DOMAIN, &value).await
            && !matches!(error.class, Class::Throttled | Class::Unreachable)
        {
            cx.events.warn(format!(
                "the mark on {} could not be written: {}; `down` writes it again",
                vpc.id, error.code
            ));
        }
    }
}

/// What scripts and people go on with.
struct Told {
    values: BTreeMap<String, Value>,
    /// A domain that is not in service.
    trouble: Option<Named>,
}

async fn outputs(cx: &Context, inventory: &Inventory, deployed: &AllDeployed) -> Told {
    let stacks = deployed.done.iter();
    let mut told = Told {
        values: stacks
            .map(|(key, stack)| (key.clone(), json!(stack.outputs)))
            .collect(),
        trouble: None,
    };
    let (domain, vpcs) = {
        let facts = inventory.facts();
        let mut members = facts.marked().iter().flat_map(|stack| &stack.members);
        let domain = members.find(|it| it.kind == DOMAIN && !it.id.is_empty() && !it.is_gone());
        (
            domain.map(|domain| domain.id.clone()),
            facts.vpcs().to_vec(),
        )
    };
    let vpc = vpcs.first().map(|vpc| ("vpc".to_owned(), json!(vpc.id)));
    told.values.extend(vpc);
    let Some(domain) = domain else { return told };
    told.values.insert("domain".to_owned(), json!(domain));
    match persist(cx, async || cx.aws.user_profiles(&domain).await).await {
        Ok(profiles) => {
            let mut names: Vec<String> = profiles.into_iter().map(|it| it.name).collect();
            names.sort();
            told.values.insert("profiles".to_owned(), json!(names));
        }
        Err(error) => cx
            .events
            .warn(format!("the profiles are not known: {}", error.code)),
    }
    match persist(cx, async || cx.aws.domain(&domain).await).await {
        Ok(described) => {
            let url = described.url.map(|url| ("url".to_owned(), json!(url)));
            told.values.extend(url);
            if described.status != "InService" {
                told.trouble = Some(trouble(&domain, format!("it is {}", described.status)));
            }
        }
        Err(error) => {
            told.trouble = Some(trouble(&domain, format!("it is not known: {}", error.code)));
        }
    }
    told
}

fn trouble(domain: &str, why: String) -> Named {
    Named {
        kind: DOMAIN.to_owned(),
        id: domain.to_owned(),
        name: None,
        stack: None,
        reason: Some(why),
    }
}
