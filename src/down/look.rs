//! The first look: what there is, which rules forbid it, and what somebody agrees to. Nothing is written.

use std::collections::BTreeMap;
use std::time::Duration;

use environment::decide::{DeleteKept, Goal, Intent};
use environment::resource::{Goes, Keeping};
use environment::{Facet, Kind, Ledger, ReadError, ResourceId, decide};

use super::run::Request;
use super::teardown::OpenSteps;
use super::{consent, cost, homes, result, rules};
use crate::context::{Context, Ended, outcome_of_unknown};
use crate::event::{Direction, ErrorTold, Event, Finished, Named, Outcome, Step, Trouble};
use crate::hints;
use crate::inventory::Inventory;
use crate::ownership;
use crate::patience::asks_again;
use crate::report::some;

/// Pause between two tries of the first look, and how many there are.
const FIRST_LOOK_PAUSE: Duration = Duration::from_secs(4);
const FIRST_LOOKS: u32 = 40;

/// An environment with something in it, and what is to become of it.
pub(super) struct Prepared {
    pub inventory: Inventory,
    pub intent: Intent,
    /// The steps that were shown.
    pub steps: OpenSteps,
    /// What stays by its template's will: the stack that says so goes.
    pub retained: Vec<Named>,
}

/// Reads everything, checks every rule, shows the plan and gets the user's consent. Nothing is written.
///
/// # Errors
/// The end of the run: refused, or not found out.
pub(super) async fn prepare(cx: &Context, request: &Request) -> Result<First, Ended> {
    let (inventory, intent) = look(cx, request).await?;
    let world = inventory.world(&intent);
    rules::named_volume(cx, &intent, &inventory, &world)?;
    if decide(&world, &intent, &Ledger::default(), Duration::ZERO).goal == Goal::Reached {
        if let Some(why) = rules::foreign_of_our_name(&inventory, &request.claim.environment) {
            return Err(cx.refuse(why));
        }
        tell_unasked(cx, &inventory);
        let mut kept = result::kept(&world, &intent, &inventory.facts());
        let homes = homes::read(cx, &inventory, &world).await;
        homes::tell(&mut kept, &homes);
        result::tell_doubtful(cx, &inventory);
        let remaining = result::doubtful(&inventory);
        if !remaining.is_empty() {
            return Err(Box::new(Finished {
                remaining,
                kept,
                ..Finished::new(Outcome::Incomplete)
            }));
        }
        return Ok(First::Nothing(kept));
    }
    let broken = rules::broken(&inventory, request, &intent);
    if !broken.is_empty() {
        return Err(rules::refuse(cx, &broken));
    }
    let plan = environment::plan(&world, &intent);
    let shown = OpenSteps::of_plan(&plan.steps);
    let steps = Step::of_plan(plan.steps);
    let seconds = crate::usual::by_members(&steps, |step| members(&inventory, &step.resource.id));
    cx.events.send(Event::Plan {
        direction: Direction::Down,
        steps,
    });
    cx.events.send(Event::Usual { seconds });
    show_blocked(cx, &plan.blocked);
    consent::show_policies(cx, &inventory, &intent, &world);
    let intent = consent::settle(cx, &request.consent, intent, &world).await?;
    // The answer may have been minutes in coming: what is new since is told as steps of its own, and every rule counts
    // for it as well.
    if !request.consent.yes {
        first_look(cx, request, &inventory).await?;
    }
    let broken = rules::broken(&inventory, request, &intent);
    if !broken.is_empty() {
        return Err(rules::refuse(cx, &broken));
    }
    let world = inventory.world(&intent);
    let retained = world
        .resources()
        .filter(|resource| resource.goes == Goes::Kept(Keeping::DeletionPolicy))
        .map(|resource| Named::resource(resource).because(Keeping::DeletionPolicy.to_string()))
        .collect();
    Ok(First::Something(Box::new(Prepared {
        inventory,
        intent,
        steps: shown,
        retained,
    })))
}

/// Tells of deleted stacks that may have been this environment's, where something is left of a domain that nobody knows.
fn tell_unasked(cx: &Context, inventory: &Inventory) {
    let unasked = inventory.stacks_unasked();
    if unasked > 0 {
        cx.events.warn(format!(
            "something is left of a domain that no stack here explains, and {unasked} older deleted stacks of other names were \
             not asked; if it was this environment's, say which domain it was: jumpstart-vpc down --domain-arn ARN"
        ));
    }
}

/// What the first look finds.
pub(super) enum First {
    /// Nothing to remove, and these volumes of earlier choices.
    Nothing(Vec<Named>),
    Something(Box<Prepared>),
}

/// Looks at everything without deciding about data.
///
/// # Errors
/// The end of the run: refused, or not found out.
pub(super) async fn look(cx: &Context, request: &Request) -> Result<(Inventory, Intent), Ended> {
    let claim = &request.claim;
    let account = &claim.identity.account;
    let inventory = Inventory::new(cx.aws.clone(), &claim.environment, account);
    if let Some(domain) = &request.domain {
        rules::named_domain(cx, &claim.environment, domain).await?;
        inventory.name_domain(domain.id());
    }
    first_look(cx, request, &inventory).await?;
    let intent = first_intent(request, &inventory);
    Ok((inventory, intent))
}

/// The intent as far as flags and the first look decide it: kept volumes of earlier environments are only meant where
/// nothing else is left.
fn first_intent(request: &Request, inventory: &Inventory) -> Intent {
    let mut intent = request.consent.intent();
    let something_else = {
        let facts = inventory.facts();
        let stands = !facts.marked().is_empty() || !facts.vpcs().is_empty();
        stands || !facts.domains.items().is_empty()
    };
    if something_else && intent.delete_kept == DeleteKept::All {
        intent.delete_kept = DeleteKept::None;
    }
    intent
}

/// Reads every list, again where an answer did not come, and checks whose the environment is.
async fn first_look(cx: &Context, request: &Request, inventory: &Inventory) -> Result<(), Ended> {
    let mut unread = Facet::Stacks;
    for turn in 0..FIRST_LOOKS {
        inventory.read_all().await;
        ownership::check(&request.claim, &inventory.survey()).map_err(|why| cx.refuse(why))?;
        let unknown = inventory.facts().unknown();
        let Some((facet, error)) = unknown
            .into_iter()
            .find_map(|(facet, error)| error.map(|error| (facet, error)))
        else {
            tell_unadvised(cx, inventory);
            return Ok(());
        };
        if !error.is_transient() {
            tell_unknown(cx, &BTreeMap::from([(facet, Some(error.clone()))]));
            let outcome = outcome_of_unknown(std::iter::once(&error)).unwrap_or(Outcome::Failed);
            return Err(ended_unseen(request, inventory, facet, outcome));
        }
        unread = facet;
        if turn == 0 {
            asks_again(cx, &error.action, &error.code);
        }
        if turn + 1 == FIRST_LOOKS || cx.clock.elapsed() >= cx.deadline {
            break;
        }
        tokio::select! {
            biased;
            () = cx.stop.requested() => return Err(Box::new(Finished::new(Outcome::Interrupted))),
            () = cx.clock.sleep(FIRST_LOOK_PAUSE) => {}
        }
    }
    let unknown = inventory.facts().unknown();
    tell_unknown(cx, &unknown);
    Err(ended_unseen(
        request,
        inventory,
        unread,
        Outcome::Incomplete,
    ))
}

/// The end of a run that could not find out what there is: all that it knows of is left.
fn ended_unseen(
    request: &Request,
    inventory: &Inventory,
    unread: Facet,
    outcome: Outcome,
) -> Ended {
    let intent = first_intent(request, inventory);
    let world = inventory.world(&intent);
    let decision = decide(&world, &intent, &Ledger::default(), Duration::ZERO);
    let mut remaining = result::remaining(&world, &decision, &result::Late::new());
    for stack in &inventory.survey().marked {
        let stack_id = ResourceId::new(Kind::Stack, &stack.arn);
        if decision.standing.contains_key(&stack_id) {
            continue;
        }
        let named = Named {
            name: Some(stack.name.as_str().into()),
            stack: Some(stack.name.as_str().into()),
            ..Named::of(&stack_id)
        };
        remaining.push(named.because(format!("not begun: the list of {unread} could not be read")));
    }
    cost::tell(&mut remaining, &inventory.facts());
    Box::new(Finished {
        remaining,
        ..Finished::new(outcome)
    })
}

/// Tells which lists could not be read, those of one reason at once, with a hint where the cause is known.
pub(super) fn tell_unknown(cx: &Context, unknown: &BTreeMap<Facet, Option<ReadError>>) {
    let mut told: Vec<(&ReadError, Vec<String>)> = Vec::new();
    for (facet, error) in unknown {
        let Some(error) = error else { continue };
        let same = |(other, _): &&mut (&ReadError, Vec<String>)| {
            other.message == error.message && other.cause == error.cause
        };
        match told.iter_mut().find(same) {
            Some((_, lists)) => lists.push(facet.to_string()),
            None => told.push((error, vec![facet.to_string()])),
        }
    }
    for (error, lists) in told {
        tell_one_unknown(cx, error, &lists);
    }
}

fn tell_one_unknown(cx: &Context, error: &ReadError, lists: &[String]) {
    let told = |shown: &str| match lists {
        [list] => format!("the list of {list}"),
        lists => format!("{} lists ({shown})", lists.len()),
    };
    let reading = Trouble {
        what: format!("{}, to read {}", error.action, told(&some(lists))),
        step: None,
        error: Some(ErrorTold::from(error)),
    };
    let message = format!(
        "cannot read {}: {}: {}: {}",
        told(&lists.join(", ")),
        error.action,
        error.code,
        error.message
    );
    cx.events.trouble(message, reading);
    if let Some(hint) = hints::for_failure(&error.code, &error.message) {
        cx.hint_to(hint, Some(&error.action), &error.message, None);
    }
}

/// Tells what could not be read and is gone on without.
pub(super) fn tell_unadvised(cx: &Context, inventory: &Inventory) {
    for (what, error) in inventory.unadvised() {
        cx.events.warn(format!(
            "going on without {what}: {}: {}: {}",
            error.action, error.code, error.message
        ));
    }
}

/// Types of what is in a stack.
fn members(inventory: &Inventory, arn: &str) -> Vec<String> {
    let facts = inventory.facts();
    let stack = facts.marked().iter().find(|stack| stack.arn == arn);
    let there = stack.into_iter().flat_map(|stack| &stack.members);
    there
        .filter(|member| !member.is_gone())
        .map(|member| member.kind.clone())
        .collect()
}

fn show_blocked(cx: &Context, blocked: &BTreeMap<ResourceId, Vec<ResourceId>>) {
    for (id, path) in blocked {
        if let Some(holder) = path.last() {
            cx.events.warn(format!(
                "{} {} stays: {} {} is not ours and holds it",
                id.kind.words(),
                id.id,
                holder.kind.words(),
                holder.id
            ));
        }
    }
}
