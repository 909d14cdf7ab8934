//! `up` from its first look to its last.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use environment::mark;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::json;

use super::prepare::{self, Ready, Request};
use super::stack::{Deployed, Deploying};
use crate::aws::Class;
use crate::aws::cloudformation::Stack;
use crate::context::{Context, Ended};
use crate::event::{Event, Finished, Named, Outcome, Step, StepOutcome};
use crate::inventory::Inventory;

/// Longest silence.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Brings an environment up.
pub async fn up(cx: &Context, request: &Request) -> Finished {
    let ready = match prepare::prepare(cx, request).await {
        Ok(ready) => ready,
        Err(ended) => return *ended,
    };
    let steps = prepare::steps(request, &ready);
    prepare::announce(cx, request, &steps);
    if !request.yes {
        if !cx.output.interactive {
            return *cx.refuse("there is no terminal to ask on: say --yes");
        }
        match cx.ask("Go ahead?").await {
            Ok(true) => {}
            Ok(false) => return *cx.refuse("declined"),
            Err(ended) => return *ended,
        }
    }
    let deployed = deploy(cx, request, &ready, &steps).await;
    finish(cx, request, deployed).await
}

/// What `up` would do, without doing it.
///
/// # Errors
/// The end of the run where there is no plan.
pub async fn plan(cx: &Context, request: &Request) -> Result<Vec<Step>, Ended> {
    let ready = prepare::prepare(cx, request).await?;
    Ok(prepare::steps(request, &ready))
}

/// How the stacks ended, by key.
#[derive(Default)]
struct AllDeployed {
    done: BTreeMap<String, Stack>,
    /// Whether any of them was written to.
    changed: bool,
    ended: Vec<(String, Outcome, String)>,
}

/// Starts every stack as soon as what it needs is there; after the first failure nothing new is started.
async fn deploy(cx: &Context, request: &Request, ready: &Ready, steps: &[Step]) -> AllDeployed {
    let mut all = AllDeployed::default();
    let mut begun: BTreeSet<String> = BTreeSet::new();
    let mut running = FuturesUnordered::new();
    loop {
        let may_start = all.ended.is_empty() && !cx.stop.is_requested();
        for (entry, step) in request.manifest.stacks.iter().zip(steps) {
            let has_needs = entry.needs.iter().all(|key| all.done.contains_key(key));
            if may_start && has_needs && begun.insert(entry.key.clone()) {
                cx.events.send(Event::StepStarted {
                    id: step.id.clone(),
                });
                let outputs: BTreeMap<String, BTreeMap<String, String>> = all
                    .done
                    .iter()
                    .map(|(key, stack)| (key.clone(), stack.outputs.clone()))
                    .collect();
                let started = cx.clock.elapsed();
                running.push(async move {
                    let deploying = Deploying {
                        cx,
                        request,
                        entry,
                        step: &step.id,
                        zones: &ready.zones,
                        outputs: &outputs,
                    };
                    (
                        entry.key.clone(),
                        step.id.clone(),
                        started,
                        deploying.run().await,
                    )
                });
            }
        }
        let next = tokio::select! {
            biased;
            next = running.next() => next,
            () = cx.clock.sleep(HEARTBEAT) => {
                if !cx.events.has_spoken() {
                    let names = begun.iter().filter(|key| !all.done.contains_key(*key)).cloned().collect::<Vec<_>>().join(", ");
                    cx.events.send(Event::Heartbeat { message: format!("still waiting for {names}") });
                    cx.events.has_spoken();
                }
                continue;
            }
        };
        let Some((key, step, started, deployed)) = next else {
            return all;
        };
        let elapsed_seconds = cx.clock.elapsed().saturating_sub(started).as_secs_f64();
        let mut error = None;
        let outcome = match deployed {
            Deployed::Done(stack, changed) => {
                all.done.insert(key, *stack);
                all.changed |= changed;
                if changed {
                    StepOutcome::Done
                } else {
                    StepOutcome::Skipped
                }
            }
            Deployed::Ended(ended) => {
                cx.events.warn(ended.why.clone());
                error = ended.error;
                all.ended.push((key, ended.outcome, ended.why));
                StepOutcome::Failed
            }
        };
        cx.events.send(Event::StepFinished {
            id: step,
            outcome,
            elapsed_seconds,
            error,
        });
    }
}

async fn finish(cx: &Context, request: &Request, deployed: AllDeployed) -> Finished {
    let inventory = Inventory::new(
        cx.aws.clone(),
        &request.claim.environment,
        &request.claim.identity.account,
    );
    // A signal leaves a few seconds, and nothing new is begun.
    if cx.stop.is_requested() {
        return Finished::new(Outcome::Interrupted);
    }
    mark_domains(cx, &inventory).await;
    let mut finished = Finished::new(outcome(cx, request, &deployed));
    finished.remaining = deployed
        .ended
        .iter()
        .map(|(key, _, why)| {
            let name = request
                .manifest
                .find(key)
                .map(|entry| entry.physical_name(&request.claim.environment));
            Named {
                kind: "AWS::CloudFormation::Stack".to_owned(),
                id: name.clone().unwrap_or_default(),
                name,
                stack: None,
                reason: Some(why.clone()),
            }
        })
        .collect();
    finished.outputs = outputs(cx, &inventory, &deployed).await;
    finished
}

fn outcome(cx: &Context, request: &Request, deployed: &AllDeployed) -> Outcome {
    if cx.stop.is_requested() {
        return Outcome::Interrupted;
    }
    // The order in which the contract decides.
    let order = [
        Outcome::Refused,
        Outcome::Failed,
        Outcome::Incomplete,
        Outcome::Interrupted,
    ];
    let worst = order
        .into_iter()
        .find(|outcome| deployed.ended.iter().any(|(_, ended, _)| ended == outcome));
    match worst {
        // Something was written before the refusal of a later stack.
        Some(Outcome::Refused) if deployed.changed => Outcome::Failed,
        Some(outcome) => outcome,
        None if deployed.done.len() == request.manifest.stacks.len() => Outcome::Succeeded,
        None => Outcome::Incomplete,
    }
}

/// Writes the ids of our domains on our VPC, so that a teardown finds what they leave even when their stack is gone.
async fn mark_domains(cx: &Context, inventory: &Inventory) {
    inventory.read(environment::Facet::Stacks).await;
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

async fn outputs(
    cx: &Context,
    inventory: &Inventory,
    deployed: &AllDeployed,
) -> BTreeMap<String, serde_json::Value> {
    let mut outputs: BTreeMap<String, serde_json::Value> = deployed
        .done
        .iter()
        .map(|(key, stack)| (key.clone(), json!(stack.outputs)))
        .collect();
    let (domains, vpcs) = {
        let facts = inventory.facts();
        let members = facts
            .marked()
            .iter()
            .flat_map(|stack| &stack.members)
            .filter(|member| !member.is_gone());
        let domains = members
            .filter(|member| member.kind == "AWS::SageMaker::Domain" && !member.id.is_empty());
        let domains: Vec<String> = domains.map(|member| member.id.clone()).collect();
        (domains, facts.vpcs().to_vec())
    };
    if let Some(domain) = domains.first() {
        outputs.insert("domain".to_owned(), json!(domain));
        match cx.aws.domain(domain).await {
            Ok(described) => {
                outputs.extend(described.url.map(|url| ("url".to_owned(), json!(url))));
            }
            Err(error) => cx
                .events
                .warn(format!("the domain's URL is not known: {}", error.code)),
        }
    }
    outputs.extend(vpcs.first().map(|vpc| ("vpc".to_owned(), json!(vpc.id))));
    outputs
}
