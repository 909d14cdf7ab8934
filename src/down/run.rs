//! `down` from its first look to its last.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::{Bounds, Ended as LoopEnded};
use environment::decide::{DeleteKept, Goal, Intent, Standing};
use environment::resource::{DataKind, Goes, Keeping, Kind};
use environment::{Decision, Facet, Ledger, ReadError, Resource, ResourceId, World, decide};

use super::consent::{self, Consent};
use super::teardown::Teardown;
use crate::aws::Class;
use crate::context::{Context, Ended, outcome_of_unknown};
use crate::event::{DataTold, Direction, Event, Fate, Finished, Named, Outcome, Step};
use crate::hints;
use crate::inventory::Inventory;
use crate::ownership::{self, Claim};
use crate::report::Stream;

/// What is to come down.
#[derive(Clone, Debug)]
pub struct Request {
    pub claim: Claim,
    pub consent: Consent,
    pub role_arn: Option<String>,
    /// Makes pauses and tokens of different runs differ.
    pub seed: u64,
}

/// Pause between two tries of the first look, and how many there are.
const FIRST_LOOK_PAUSE: Duration = Duration::from_secs(4);
const FIRST_LOOKS: u32 = 40;
/// How long calls in flight may take to end after a signal, in real time.
const GRACE: Duration = Duration::from_secs(3);

/// Brings an environment down.
pub async fn down(cx: &Context, request: &Request) -> Finished {
    match prepare(cx, request).await {
        Err(ended) => *ended,
        Ok(None) => nothing(cx, request),
        Ok(Some(prepared)) => tear_down(cx, request, prepared).await,
    }
}

/// What `down` would do, without doing it.
///
/// # Errors
/// The end of the run where there is no plan.
pub async fn plan(cx: &Context, request: &Request) -> Result<environment::Plan, Ended> {
    let inventory = Inventory::new(
        cx.aws.clone(),
        &request.claim.environment,
        &request.claim.identity.account,
    );
    first_look(cx, request, &inventory).await?;
    let intent = first_intent(request, &inventory);
    Ok(environment::plan(&inventory.world(&intent), &intent))
}

/// The intent as far as flags and the first look decide it: kept volumes of earlier environments are only meant where
/// nothing else is left.
fn first_intent(request: &Request, inventory: &Inventory) -> Intent {
    let mut intent = request.consent.intent();
    let something_else = !inventory.facts().marked().is_empty();
    if something_else && intent.delete_kept == DeleteKept::All {
        intent.delete_kept = DeleteKept::None;
    }
    intent
}

struct Prepared {
    inventory: Inventory,
    intent: Intent,
    plan: environment::Plan,
    /// Data as it was before anything went.
    data: Vec<environment::resource::Data>,
    /// What stays by its template's will: the stack that says so goes.
    retained: Vec<Named>,
}

/// Reads everything, checks every rule, shows the plan and gets the user's consent. Nothing is written.
async fn prepare(cx: &Context, request: &Request) -> Result<Option<Prepared>, Ended> {
    let inventory = Inventory::new(
        cx.aws.clone(),
        &request.claim.environment,
        &request.claim.identity.account,
    );
    first_look(cx, request, &inventory).await?;
    let intent = first_intent(request, &inventory);
    let world = inventory.world(&intent);
    check_named_volume(cx, &intent, &inventory, &world)?;
    if decide(&world, &intent, &Ledger::default(), Duration::ZERO).goal == Goal::Reached {
        return foreign_of_our_name(&inventory, &request.claim.environment)
            .map_or(Ok(None), |why| Err(cx.refuse(why)));
    }
    refuse_early(cx, &inventory)?;
    let plan = environment::plan(&world, &intent);
    cx.events.send(Event::Plan {
        direction: Direction::Down,
        steps: Step::of_plan(&plan),
    });
    show_blocked(cx, &plan);
    let intent = consent::settle(cx, &request.consent, intent, &world).await?;
    // The answer may have been minutes in coming: what is new since is told as steps of its own.
    if !request.consent.yes {
        first_look(cx, request, &inventory).await?;
    }
    let world = inventory.world(&intent);
    let data = world
        .resources()
        .filter(|resource| World::is_ours(resource, intent.include_located));
    let data = data.filter_map(|resource| resource.data.clone()).collect();
    let retained = world
        .resources()
        .filter(|resource| resource.goes == Goes::Kept(Keeping::DeletionPolicy))
        .map(|resource| Named::resource(resource).because(Keeping::DeletionPolicy.to_string()))
        .collect();
    Ok(Some(Prepared {
        inventory,
        intent,
        plan,
        data,
        retained,
    }))
}

/// Reads every list, again where an answer did not come, and checks whose the environment is.
async fn first_look(cx: &Context, request: &Request, inventory: &Inventory) -> Result<(), Ended> {
    for turn in 0..FIRST_LOOKS {
        inventory.read_all().await;
        ownership::check(&request.claim, &inventory.survey()).map_err(|why| cx.refuse(why))?;
        let unknown = inventory.facts().unknown();
        let Some((facet, error)) = unknown
            .into_iter()
            .find_map(|(facet, error)| error.map(|error| (facet, error)))
        else {
            return Ok(());
        };
        if !error.is_transient() {
            tell_unknown(cx, facet, &error);
            let outcome = outcome_of_unknown(std::iter::once(&error)).unwrap_or(Outcome::Failed);
            return Err(Box::new(Finished::new(outcome)));
        }
        if turn == 0 {
            cx.events.warn(format!(
                "{} answered {}; asking again",
                error.action, error.code
            ));
        }
        if cx.clock.elapsed() >= cx.deadline {
            break;
        }
        tokio::select! {
            biased;
            () = cx.stop.requested() => return Err(Box::new(Finished::new(Outcome::Interrupted))),
            () = cx.clock.sleep(FIRST_LOOK_PAUSE) => {}
        }
    }
    Err(Box::new(Finished::new(Outcome::Incomplete)))
}

fn tell_unknown(cx: &Context, facet: Facet, error: &ReadError) {
    cx.events.warn(format!(
        "cannot read the list of {facet}: {}: {}: {}",
        error.action, error.code, error.message
    ));
    if let Some(hint) = hints::for_failure(&error.code, &error.message) {
        cx.events.send(hint.event());
    }
}

/// A volume that was named has to be one of this environment; one that does not exist is no error.
fn check_named_volume(
    cx: &Context,
    intent: &Intent,
    inventory: &Inventory,
    world: &World,
) -> Result<(), Ended> {
    let DeleteKept::Volume(id) = &intent.delete_kept else {
        return Ok(());
    };
    let ours = world.get(&ResourceId::new(Kind::FileSystem, id)).is_some();
    let facts = inventory.facts();
    let exists = facts
        .file_systems
        .items()
        .iter()
        .any(|volume| volume.id == *id);
    if exists && !ours {
        return Err(cx.refuse(format!(
            "volume {id} does not belong to environment {}; it is not touched",
            facts.environment
        )));
    }
    if !exists {
        cx.events
            .warn(format!("there is no volume {id} in this region"));
    }
    Ok(())
}

/// Stacks that bear the name of the default set and no mark: somebody else's, and reason to stop and think.
fn foreign_of_our_name(inventory: &Inventory, environment: &str) -> Option<String> {
    let survey = inventory.survey();
    let default = ["network", "endpoints", "studio"].map(|key| format!("{environment}-{key}"));
    let foreign: Vec<&String> = default
        .iter()
        .filter(|name| survey.foreign.get(*name).is_some_and(Option::is_none))
        .collect();
    (!foreign.is_empty()).then(|| {
        let names = foreign
            .into_iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        format!("{names}: not made by jumpstart-vpc (no mark); nothing of it is touched")
    })
}

/// What CloudFormation would refuse later is refused now, before anything is touched.
fn refuse_early(cx: &Context, inventory: &Inventory) -> Result<(), Ended> {
    let facts = inventory.facts();
    let protected: Vec<&str> = facts
        .marked()
        .iter()
        .filter(|stack| stack.protected)
        .map(|stack| stack.name.as_str())
        .collect();
    if !protected.is_empty() {
        if let Some(hint) = hints::find("termination-protection") {
            cx.events.send(hint.event());
        }
        return Err(cx.refuse(format!(
            "termination protection is on for {}",
            protected.join(", ")
        )));
    }
    let ours: Vec<&str> = facts
        .marked()
        .iter()
        .map(|stack| stack.name.as_str())
        .collect();
    for stack in facts.marked() {
        for export in &stack.exports {
            let foreign: Vec<&str> = export
                .importers
                .iter()
                .map(String::as_str)
                .filter(|importer| !ours.contains(importer))
                .collect();
            if !foreign.is_empty() {
                if let Some(hint) = hints::find("export-in-use") {
                    cx.events.send(hint.event());
                }
                return Err(cx.refuse(format!(
                    "export {} of stack {} is in use by {}",
                    export.name,
                    stack.name,
                    foreign.join(", ")
                )));
            }
        }
    }
    Ok(())
}

fn show_blocked(cx: &Context, plan: &environment::Plan) {
    for (id, path) in &plan.blocked {
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

fn nothing(cx: &Context, request: &Request) -> Finished {
    let claim = &request.claim;
    cx.output.line(
        Stream::Err,
        &format!(
            "Nothing of environment {} in account {}, region {} (as {})",
            claim.environment,
            claim.identity.account,
            cx.aws.region(),
            claim.identity.arn
        ),
    );
    Finished::new(Outcome::Succeeded)
}

async fn tear_down(cx: &Context, request: &Request, prepared: Prepared) -> Finished {
    let Prepared {
        inventory,
        intent,
        plan,
        data,
        retained,
    } = prepared;
    let mut teardown = Teardown::new(
        &inventory,
        intent,
        &cx.events,
        &cx.stop,
        cx.deadline,
        request.seed,
    );
    teardown.role_arn.clone_from(&request.role_arn);
    teardown.expect(&plan.steps);
    show_homes(cx, &teardown).await;
    let ended = loop {
        let bounds = Bounds {
            deadline: cx.deadline,
            stop: cx.stop.requested(),
            grace: cx.clock.real(GRACE),
            seed: request.seed,
        };
        let ended = engine::run(&teardown, &cx.clock, bounds).await;
        if ended != LoopEnded::BySubject {
            break ended;
        }
        // The audit: a fresh look at every list. Only what it shows counts.
        inventory.read_all().await;
        let proved = decide(
            &teardown.world(),
            &teardown.intent,
            &teardown.ledger.borrow(),
            cx.clock.elapsed(),
        );
        if proved.goal != Goal::Pending {
            break ended;
        }
    };
    let mut finished = finish(cx, &teardown, ended, &data);
    let told: BTreeSet<String> = finished.kept.iter().map(|kept| kept.id.clone()).collect();
    let untold = retained.into_iter().filter(|kept| !told.contains(&kept.id));
    finished.kept.extend(untold);
    finished
}

/// Whose files are whose on a volume that is kept: known only while the profiles exist.
async fn show_homes(cx: &Context, teardown: &Teardown<'_>) {
    let kept = teardown.world().resources().any(|resource| {
        let kept = [Keeping::Choice, Keeping::EarlierChoice].map(Goes::Kept);
        resource.id.kind == Kind::FileSystem && kept.contains(&resource.goes)
    });
    if !kept {
        return;
    }
    let profiles = teardown.inventory.facts().user_profiles.items().to_vec();
    for profile in profiles {
        match cx.aws.home_uid(&profile.domain, &profile.name).await {
            Ok(Some(uid)) => cx.output.line(
                Stream::Err,
                &format!("  files of {}: /{uid} (uid {uid})", profile.name),
            ),
            Ok(None) => {}
            Err(error) => cx.events.warn(format!(
                "the uid of {} is not known: {}",
                profile.name, error.code
            )),
        }
    }
}

fn finish(
    cx: &Context,
    teardown: &Teardown<'_>,
    ended: LoopEnded,
    data: &[environment::resource::Data],
) -> Finished {
    let world = teardown.world();
    let decision = decide(
        &world,
        &teardown.intent,
        &teardown.ledger.borrow(),
        cx.clock.elapsed(),
    );
    let outcome = outcome(ended, &world, &decision, teardown);
    for (facet, error) in &world.unknown {
        if let Some(error) = error.as_ref().filter(|_| outcome != Outcome::Interrupted) {
            tell_unknown(cx, *facet, error);
        }
    }
    if let Some(space) = unconsented(&world, &decision).next() {
        cx.events.warn(format!(
            "{} {} was made after you agreed to what goes; run down again to decide about it",
            space.id.kind.words(),
            space.id.id
        ));
    }
    if outcome != Outcome::Interrupted {
        teardown.close_rest(cx.clock.elapsed(), &decision);
    }
    hint(cx, teardown, &decision);
    let mut finished = Finished::new(outcome);
    finished.remaining = remaining(&world, &decision);
    finished.blockers = blockers(&world, &decision);
    finished.kept = kept(&world, teardown);
    finished.data = fates(&world, data);
    finished
}

/// What a run that has ended comes to, in the order of the contract.
fn outcome(
    ended: LoopEnded,
    world: &World,
    decision: &Decision,
    teardown: &Teardown<'_>,
) -> Outcome {
    let expired = teardown
        .errors()
        .iter()
        .any(|error| error.class == Class::Expired);
    let failed = decision
        .standing
        .values()
        .any(|standing| matches!(standing, Standing::Failed(_)));
    let unknown = outcome_of_unknown(world.unknown.values().flatten());
    match decision.goal {
        _ if ended == LoopEnded::Stopped => Outcome::Interrupted,
        Goal::Reached if ended == LoopEnded::BySubject => Outcome::Succeeded,
        _ if expired || unknown == Some(Outcome::Incomplete) => Outcome::Incomplete,
        _ if failed => Outcome::Failed,
        Goal::Blocked if unconsented(world, decision).next().is_some() => Outcome::Incomplete,
        Goal::Blocked => Outcome::Blocked,
        _ if ended == LoopEnded::Deadline => Outcome::Incomplete,
        Goal::Reached | Goal::Pending | Goal::Failed => unknown.unwrap_or(Outcome::Failed),
    }
}

/// Spaces that somebody made after the others were agreed to, and that now hold the rest.
fn unconsented<'a>(world: &'a World, decision: &'a Decision) -> impl Iterator<Item = &'a Resource> {
    let paths = decision.standing.values().filter_map(|standing| {
        let Standing::Blocked(path) = standing else {
            return None;
        };
        path.last().and_then(|id| world.get(id))
    });
    paths.filter(|holder| holder.goes == Goes::Kept(Keeping::NoConsent))
}

fn hint(cx: &Context, teardown: &Teardown<'_>, decision: &Decision) {
    let blocked = decision
        .standing
        .values()
        .any(|standing| matches!(standing, Standing::Blocked(_)));
    if blocked && let Some(hint) = hints::find("foreign-holder") {
        cx.events.send(hint.event());
    }
    let known = teardown
        .errors()
        .iter()
        .find_map(|error| hints::for_failure(&error.code, &error.message));
    if let Some(hint) = known {
        cx.events.send(hint.event());
    }
}

fn remaining(world: &World, decision: &Decision) -> Vec<Named> {
    let shown = decision.standing.iter().filter(|(id, _)| {
        !matches!(
            id.kind,
            Kind::DomainMark | Kind::KeptMark | Kind::GroupRules | Kind::Retained
        )
    });
    shown
        .map(|(id, standing)| {
            let named = world.get(id).map_or_else(|| Named::of(id), Named::resource);
            match standing {
                Standing::Blocked(path) => {
                    let path: Vec<String> = path
                        .iter()
                        .map(|id| format!("{} {}", id.kind.words(), id.id))
                        .collect();
                    named.because(format!("held by {}", path.join(", which is held by ")))
                }
                Standing::Failed(reason) => named.because(reason.clone()),
                Standing::Unknown(facet) => {
                    named.because(format!("the list of {facet} is not known"))
                }
                Standing::Held(holders) => {
                    let holders: Vec<String> = holders
                        .iter()
                        .take(3)
                        .map(|id| format!("{} {}", id.kind.words(), id.id))
                        .collect();
                    named.because(format!("waits for {}", holders.join(", ")))
                }
                Standing::Settling | Standing::Pausing(..) => named.because("on its way"),
                Standing::Start(_) => named.because("not begun"),
            }
        })
        .collect()
}

fn blockers(world: &World, decision: &Decision) -> Vec<Named> {
    let mut blockers: Vec<Named> = Vec::new();
    for standing in decision.standing.values() {
        let Standing::Blocked(path) = standing else {
            continue;
        };
        let Some(holder) = path.last().and_then(|id| world.get(id)) else {
            continue;
        };
        let owner = holder
            .owner
            .clone()
            .map(|owner| format!("; owner {owner}"))
            .unwrap_or_default();
        let named = match holder.goes {
            Goes::Kept(Keeping::NoConsent) => continue,
            Goes::Kept(why) => Named::resource(holder).because(why.to_string()),
            Goes::By(_) | Goes::With(_) | Goes::Itself => {
                Named::resource(holder).because(format!("not part of this environment{owner}"))
            }
        };
        if !blockers.contains(&named) {
            blockers.push(named);
        }
    }
    blockers
}

fn kept(world: &World, teardown: &Teardown<'_>) -> Vec<Named> {
    let ours = world
        .resources()
        .filter(|resource| World::is_ours(resource, teardown.intent.include_located));
    ours.filter_map(|resource| match resource.goes {
        Goes::Kept(why) if resource.id.kind == Kind::FileSystem => {
            let command = format!(
                "{why}; delete it with: jumpstart-vpc down --name {} --yes --delete-efs={}",
                teardown.inventory.facts().environment,
                resource.id.id
            );
            Some(Named::resource(resource).because(command))
        }
        Goes::Kept(why) if why != Keeping::NoConsent => {
            Some(Named::resource(resource).because(why.to_string()))
        }
        Goes::By(_) | Goes::With(_) | Goes::Itself | Goes::Kept(_) => None,
    })
    .collect()
}

fn fates(world: &World, before: &[environment::resource::Data]) -> Vec<DataTold> {
    // What cannot be seen has not been seen to go.
    let there = |data: &environment::resource::Data| {
        let kind = match data.kind {
            DataKind::SpaceVolume => Kind::Space,
            DataKind::HomeVolume => Kind::FileSystem,
        };
        let unknown = [Facet::Stacks, kind.facet()];
        let unknown = unknown
            .iter()
            .any(|facet| world.unknown.contains_key(facet));
        unknown || world.get(&ResourceId::new(kind, &data.id)).is_some()
    };
    before
        .iter()
        .map(|data| DataTold {
            data: data.clone(),
            fate: if there(data) {
                Fate::Kept
            } else {
                Fate::Deleted
            },
        })
        .collect()
}
