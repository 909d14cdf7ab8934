//! What a deployment comes to: its outcome after a fresh look, what stands and what that costs, and how to go on.

use std::collections::BTreeMap;

use environment::{Facet, mark};
use serde_json::{Value, json};

use super::cost;
use super::domain::DOMAIN;
use super::patience::persist;
use super::plan::stack_named;
use super::request::Request;
use super::run::AllDeployed;
use crate::aws::Class;
use crate::context::Context;
use crate::event::{Finished, Named, Outcome};
use crate::inventory::Inventory;

/// The result of a run that has ended.
pub(super) async fn finish(cx: &Context, request: &Request, deployed: AllDeployed) -> Finished {
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
    let mut outcome = outcome(request, &deployed);
    let mut outputs = outputs(cx, &inventory, &deployed).await;
    if outputs.values.contains_key("domain") {
        how_to_go_on(request, &mut outputs.values);
    }
    let mut remaining = remaining(cx, request, &deployed);
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
        ..Finished::new(outcome)
    }
}

fn outcome(request: &Request, deployed: &AllDeployed) -> Outcome {
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
        // Something was written before the refusal of a later stack.
        Some(Outcome::Refused) if !deployed.changed.is_empty() => Outcome::Failed,
        Some(outcome) => outcome,
        None if deployed.done.len() == request.manifest.stacks.len() => Outcome::Succeeded,
        None => Outcome::Incomplete,
    }
}

/// What is left of a run that did not succeed: first what failed, then what stands, with what it costs to leave it.
fn remaining(cx: &Context, request: &Request, deployed: &AllDeployed) -> Vec<Named> {
    let environment = &request.claim.environment;
    let named = |key: &String| {
        let entry = request.manifest.find(key);
        stack_named(&entry.map_or_else(String::new, |entry| entry.physical_name(environment)))
    };
    let mut remaining = Vec::new();
    for (key, ended) in &deployed.ended {
        if ended.stands {
            remaining.push(named(key).because(ended.why.clone()));
        }
        remaining.extend(ended.left.iter().cloned());
    }
    let lacking = deployed.lacking.iter();
    remaining.extend(lacking.flat_map(|lacking| lacking.left.iter().cloned()));
    if deployed.ended.is_empty() && deployed.lacking.is_none() {
        return remaining;
    }
    for (key, stack) in &deployed.done {
        let entry = request.manifest.find(key);
        let costs = entry.map(|entry| cost::hourly(entry, stack, cx.aws.region()));
        let costs = costs.unwrap_or_default();
        remaining.push(named(key).because(format!("stands as wanted{costs}")));
    }
    cx.events.warn(format!(
        "what stands is kept; run the same command again to continue, or: jumpstart-vpc down --name {environment}"
    ));
    remaining
}

/// The commands that come next.
fn how_to_go_on(request: &Request, outputs: &mut BTreeMap<String, Value>) {
    let environment = &request.claim.environment;
    for (key, command) in [("open", "open"), ("remove", "down")] {
        let told = format!("jumpstart-vpc {command} --name {environment}");
        outputs.insert(key.to_owned(), json!(told));
    }
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
