//! What a deployment comes to: its outcome after a fresh look, what stands and what that costs, and how to go on.

use std::collections::BTreeMap;
use std::time::Duration;

use environment::facts::Member;
use environment::{Facet, ReadError, mark};
use serde_json::{Value, json};

use super::cost;
use super::domain::DOMAIN;
use super::onward;
use super::plan::stack_named;
use super::request::Request;
use super::run::AllDeployed;
use super::settling::Settling;
use super::trace::Trace;
use crate::aws::Class;
use crate::aws::cloudformation::Stack;
use crate::aws::participants::Running;
use crate::context::Context;
use crate::event::{Finished, Named, Outcome};
use crate::inventory::{Inventory, Mark};
use crate::patience::{asks_again, persist};
use crate::stacks::Entry;

/// How often the last look is tried where an answer does not come, and the pause between two tries.
const LOOKS: u32 = 40;
const PAUSE: Duration = Duration::from_secs(4);

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
    let mut outcome = outcome(request, &deployed, trace);
    let mut settling = Settling::begin(cx);
    let (seen, mut outputs, mut short) = loop {
        let seen = look(cx, request, &inventory).await;
        let mut outputs = outputs(cx, &inventory, &deployed).await;
        let mut short = unverified(request, &seen);
        short.extend(outputs.trouble.take());
        let decided = outcome != Outcome::Succeeded || !short.is_empty();
        if decided || !settling.goes_on(outputs.domain()).await {
            break (seen, outputs, short);
        }
    };
    seen.tell_unread(cx);
    mark_domains(cx, &inventory).await;
    onward::tell(cx, request, &mut outputs.values);
    let mut remaining = if deployed.is_well() {
        Vec::new()
    } else {
        let apps = running_apps(cx, &outputs).await;
        let left = Left {
            cx,
            request,
            inventory: &inventory,
            apps: apps.as_ref(),
        };
        left.told(&deployed)
    };
    if outcome == Outcome::Succeeded {
        short.extend(unprotected(cx, request, &deployed).await);
        let outcomes: Vec<Outcome> = short.iter().map(|short| short.outcome).collect();
        outcome = first_of(&outcomes).unwrap_or(outcome);
        remaining = short.into_iter().map(|short| short.what).collect();
    }
    remaining.extend(trace.left());
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

/// The environment's stacks as the last look shows them.
struct Seen {
    /// Their statuses; where they could not be read, what that makes of the run.
    stacks: Result<Vec<Stack>, Outcome>,
    /// Why what is in them could not be read.
    unread: Option<ReadError>,
}

impl Seen {
    fn tell_unread(&self, cx: &Context) {
        if let (Ok(_), Some(error)) = (&self.stacks, &self.unread) {
            cx.events.warn(format!(
                "not all of the stacks could be read at the end: {} answered {}; their statuses were read",
                error.action, error.code
            ));
        }
    }
}

/// The last look. Statuses alone decide: where the rest cannot be read they are asked for by themselves.
async fn look(cx: &Context, request: &Request, inventory: &Inventory) -> Seen {
    let unread = read(cx, inventory).await;
    let stacks = if unread.is_none() {
        Ok(inventory.survey().marked.clone())
    } else {
        let stacks = persist(cx, async || cx.aws.stacks().await).await;
        stacks.map_err(|error| cx.fail(&error).outcome)
    };
    let environment = &request.claim.environment;
    let ours =
        |stack: &Stack| Mark::of(&stack.tags).is_some_and(|it| it.environment == *environment);
    let stacks = stacks.map(|stacks| stacks.into_iter().filter(ours).collect());
    Seen { stacks, unread }
}

/// Reads the stacks with what is in them, again where an answer did not come; why they could not be read at last.
async fn read(cx: &Context, inventory: &Inventory) -> Option<ReadError> {
    for look in 1..=LOOKS {
        inventory.read(Facet::Stacks).await;
        let error = inventory.facts().stacks.error().cloned()?;
        let is_over = cx.stop.is_requested() || cx.clock.elapsed() >= cx.deadline;
        if !error.is_transient() || is_over || look == LOOKS {
            return Some(error);
        }
        if look == 1 {
            asks_again(cx, &error.action, &error.code);
        }
        cx.pause(PAUSE, cx.deadline).await;
    }
    None
}

/// Something that a fresh look does not show as wanted, and what that makes of the run.
struct Short {
    what: Named,
    outcome: Outcome,
}

/// Of several outcomes the one that the contract decides by.
pub(super) fn first_of(outcomes: &[Outcome]) -> Option<Outcome> {
    let order = [
        Outcome::Interrupted,
        Outcome::Refused,
        Outcome::Failed,
        Outcome::Incomplete,
    ];
    order.into_iter().find(|outcome| outcomes.contains(outcome))
}

fn outcome(request: &Request, deployed: &AllDeployed, trace: &Trace) -> Outcome {
    let of_stacks = deployed.ended.iter().map(|(_, ended)| ended.outcome);
    let lacking = deployed.lacking.iter().map(|lacking| lacking.outcome);
    // What is left in no stack is not as wanted, though all stacks are.
    let left = trace.left().into_iter().map(|_| Outcome::Incomplete);
    let outcomes: Vec<Outcome> = of_stacks.chain(lacking).chain(left).collect();
    match first_of(&outcomes) {
        // Something was asked for before a later stack was refused.
        Some(Outcome::Refused) if trace.has_written() => Outcome::Failed,
        Some(outcome) => outcome,
        None if deployed.done.len() == request.manifest.stacks.len() => Outcome::Succeeded,
        None => Outcome::Incomplete,
    }
}

/// The apps in the domain, for what they cost; nothing where that cannot be read.
async fn running_apps(cx: &Context, outputs: &Told) -> Option<Running> {
    match outputs.domain() {
        Some(domain) => {
            let apps = persist(cx, async || cx.aws.running_apps(domain).await).await;
            apps.ok()
        }
        None => Some(Running::new()),
    }
}

/// What is left of a run that did not succeed, with what it costs to leave it.
struct Left<'a> {
    cx: &'a Context,
    request: &'a Request,
    inventory: &'a Inventory,
    apps: Option<&'a Running>,
}

impl Left<'_> {
    /// First what failed, then what stands.
    fn told(&self, deployed: &AllDeployed) -> Vec<Named> {
        let mut remaining = Vec::new();
        for (key, ended) in &deployed.ended {
            let stands = |entry: &&Entry| ended.stands && self.may_be_there(entry);
            if let Some(entry) = self.request.manifest.find(key).filter(stands) {
                let named = stack_named(&self.name(entry));
                remaining.push(named.because(format!("{}{}", ended.why, self.costs(entry))));
            }
            remaining.extend(ended.left.iter().cloned());
        }
        let lacking = deployed.lacking.iter();
        remaining.extend(lacking.flat_map(|lacking| lacking.left.iter().cloned()));
        remaining.extend(self.standing(deployed));
        self.cx.events.warn(format!(
            "what stands is kept; run the same command again to continue, or: {}",
            onward::removal(self.request)
        ));
        remaining
    }

    fn name(&self, entry: &Entry) -> String {
        entry.physical_name(&self.request.claim.environment)
    }

    /// Whether the last look shows a stack of ours, or could not show any: one whose creation was refused never was.
    fn may_be_there(&self, entry: &Entry) -> bool {
        let name = self.name(entry);
        let survey = self.inventory.survey();
        let is_unknown = self.inventory.facts().stacks.known().is_none();
        is_unknown || survey.marked.iter().any(|stack| stack.name == name)
    }

    /// The stacks that did not fail: as wanted, or not reached.
    fn standing(&self, deployed: &AllDeployed) -> Vec<Named> {
        let survey = self.inventory.survey();
        let ended = |entry: &&Entry| deployed.ended.iter().any(|(key, _)| *key == entry.key);
        let entries = self.request.manifest.stacks.iter();
        let others = entries.filter(|entry| !ended(entry));
        others
            .filter_map(|entry| {
                let name = self.name(entry);
                let how = if deployed.done.contains_key(&entry.key) {
                    "stands as wanted".to_owned()
                } else {
                    let stack = survey.marked.iter().find(|stack| stack.name == name)?;
                    format!("was not reached; it is in {}", stack.status)
                };
                Some(stack_named(&name).because(format!("{how}{}", self.costs(entry))))
            })
            .collect()
    }

    /// What a stack costs by what is in it at the end of the run, in words.
    fn costs(&self, entry: &Entry) -> String {
        let name = self.name(entry);
        let (survey, facts) = (self.inventory.survey(), self.inventory.facts());
        let told = survey.marked.iter().find(|stack| stack.name == name);
        let found = facts.marked().iter().find(|stack| stack.name == name);
        let (Some(told), Some(found)) = (told, found) else {
            return String::new();
        };
        let is_there = |logical_id: &str| {
            let mut members = found.members.iter();
            members.any(|it| it.logical_id == logical_id && !it.is_gone() && !it.id.is_empty())
        };
        cost::told(entry, told, self.cx.aws.region(), is_there, self.apps)
    }
}

/// Turns termination protection on where that is wanted and it is off; stacks on which that failed.
async fn unprotected(cx: &Context, request: &Request, deployed: &AllDeployed) -> Vec<Short> {
    let mut failed = Vec::new();
    if !request.options.protect {
        return failed;
    }
    for stack in deployed.done.values().filter(|stack| !stack.protected) {
        let protected = persist(cx, async || cx.aws.protect_stack(&stack.arn).await).await;
        if let Err(error) = protected {
            let why = format!("it could not be protected: {}", error.code);
            failed.push(Short {
                what: stack_named(&stack.name).because(why),
                outcome: cx.fail(&error).outcome,
            });
        }
    }
    failed
}

/// Stacks of the manifest that a fresh look does not show as wanted.
fn unverified(request: &Request, seen: &Seen) -> Vec<Short> {
    let environment = &request.claim.environment;
    let entries = request.manifest.stacks.iter();
    entries
        .filter_map(|entry| {
            let name = entry.physical_name(environment);
            let (why, outcome) = match &seen.stacks {
                Err(unread) => (
                    "its status could not be read at the end".to_owned(),
                    *unread,
                ),
                Ok(stacks) => match stacks.iter().find(|stack| stack.name == name) {
                    Some(stack) if is_well(&stack.status) => return None,
                    Some(stack) => (
                        format!("somebody is at work on it: it is in {}", stack.status),
                        of_status(&stack.status),
                    ),
                    None => (
                        "somebody has removed it meanwhile".to_owned(),
                        Outcome::Incomplete,
                    ),
                },
            };
            Some(Short {
                what: stack_named(&name).because(why),
                outcome,
            })
        })
        .collect()
}

/// What a status that is not the wanted one makes of the run: out of a failure nothing leads but a change.
fn of_status(status: &str) -> Outcome {
    if status.to_ascii_lowercase().ends_with("failed") {
        Outcome::Failed
    } else {
        Outcome::Incomplete
    }
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
    trouble: Option<Short>,
}

impl Told {
    fn domain(&self) -> Option<&str> {
        self.values.get("domain").and_then(Value::as_str)
    }
}

/// What is in the stacks; where the last look could not tell, each that is as wanted is asked by itself.
async fn members(cx: &Context, inventory: &Inventory, deployed: &AllDeployed) -> Vec<Member> {
    let known: Option<Vec<Member>> = {
        let facts = inventory.facts();
        let stacks = facts.marked().iter();
        let is_known = facts.stacks.known().is_some();
        is_known.then(|| stacks.flat_map(|stack| stack.members.clone()).collect())
    };
    if let Some(members) = known {
        return members;
    }
    let mut members = Vec::new();
    for stack in deployed.done.values() {
        match persist(cx, async || cx.aws.stack_members(&stack.arn).await).await {
            Ok(found) => members.extend(found),
            Err(error) => cx.events.warn(format!(
                "what is in {} is not known: {} answered {}",
                stack.name, error.action, error.code
            )),
        }
    }
    members
}

async fn outputs(cx: &Context, inventory: &Inventory, deployed: &AllDeployed) -> Told {
    let stacks = deployed.done.iter();
    let mut told = Told {
        values: stacks
            .map(|(key, stack)| (key.clone(), json!(stack.outputs)))
            .collect(),
        trouble: None,
    };
    let members = members(cx, inventory, deployed).await;
    let id_of = |kind: &str| {
        let is_there = |it: &&Member| it.kind == kind && !it.id.is_empty() && !it.is_gone();
        members.iter().find(is_there).map(|it| it.id.clone())
    };
    let vpc = {
        let facts = inventory.facts();
        facts.vpcs().first().map(|vpc| vpc.id.clone())
    };
    let vpc = vpc.or_else(|| id_of("AWS::EC2::VPC"));
    let vpc = vpc.map(|vpc| ("vpc".to_owned(), json!(vpc)));
    told.values.extend(vpc);
    let Some(domain) = id_of(DOMAIN) else {
        return told;
    };
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
                let why = match described.failure {
                    Some(failure) => format!("it is {}: {failure}", described.status),
                    None => format!("it is {}", described.status),
                };
                told.trouble = Some(trouble(&domain, why, of_status(&described.status)));
            }
        }
        Err(error) => {
            let why = format!("it is not known: {}", error.code);
            told.trouble = Some(trouble(&domain, why, cx.fail(&error).outcome));
        }
    }
    told
}

fn trouble(domain: &str, why: String, outcome: Outcome) -> Short {
    let what = Named {
        kind: DOMAIN.into(),
        id: domain.into(),
        name: None,
        stack: None,
        reason: Some(why),
    };
    Short { what, outcome }
}
