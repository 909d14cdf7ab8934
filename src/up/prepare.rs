//! What there is and what is to be done, before anything is written.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::domain::DOMAIN;
use super::participants::Roll;
use super::removal::work_with;
use super::request::Request;
use super::status::Work;
use crate::aws::cloudformation::Stack;
use crate::aws::ec2::Zone;
use crate::context::{Context, Ended};
use crate::event::{Event, Finished, Outcome};
use crate::inventory::{Mark, Survey};
use crate::ownership;
use crate::patience::patiently;
use crate::stacks::operation::Aim;
use crate::stacks::parameters::{Part, parts};
use crate::stacks::{End, Entry, Follow};

/// Everything that is known before the first write.
pub(super) struct Ready {
    pub work: BTreeMap<String, Work>,
    /// The manifest's stacks that exist, by key.
    pub existing: BTreeMap<String, Stack>,
    /// Who is in the studio already; read only where it is asked who takes part.
    pub roll: Roll,
    /// Usable zones; read only where a parameter asks for one.
    pub zones: Vec<Zone>,
}

/// How long nothing may change after a teardown before something is made: between two of its deletions there are apps,
/// volumes and groups to wait for.
const QUIET: Duration = Duration::from_secs(60);
/// Pause between two looks at a domain that is on its way out.
const PAUSE: Duration = Duration::from_secs(10);

/// Reads what there is and checks every rule. Where somebody is tearing the environment down, that is waited for.
///
/// # Errors
/// The end of the run: refused, or not found out.
pub(super) async fn prepare(cx: &Context, request: &Request) -> Result<Ready, Ended> {
    let stacks = at_rest(cx, request).await?;
    let (work, existing) = work(cx, request, &stacks).await?;
    let zones = if needs_zones(request, &work, &existing) {
        patiently(cx, async || cx.aws.zones().await).await?
    } else {
        Vec::new()
    };
    let roll = roll(cx, request, &work, &existing).await?;
    Ok(Ready {
        work,
        existing,
        roll,
        zones,
    })
}

/// Who is in a studio that stays, also where something is to be done with its stack first.
async fn roll(
    cx: &Context,
    request: &Request,
    work: &BTreeMap<String, Work>,
    existing: &BTreeMap<String, Stack>,
) -> Result<Roll, Ended> {
    let mut entries = request.manifest.stacks.iter();
    let studio = entries.find(|entry| entry.has(DOMAIN));
    let stays = studio.filter(|entry| {
        let work = work.get(&entry.key);
        matches!(work, Some(Work::Update | Work::RollBack | Work::Join))
    });
    match stays.and_then(|entry| existing.get(&entry.key)) {
        Some(stack) if request.options.participants.are_asked_for() => {
            Roll::read(cx, request, stack).await
        }
        Some(_) | None => Ok(Roll::default()),
    }
}

/// Every stack of the account, once nobody is tearing this environment down.
async fn at_rest(cx: &Context, request: &Request) -> Result<Vec<Stack>, Ended> {
    let mut stacks = look(cx, request).await?;
    let mut waited = false;
    loop {
        let going: Vec<Stack> = going(request, &stacks).cloned().collect();
        for stack in &going {
            see_off(cx, stack).await?;
        }
        let domain = if going.is_empty() {
            domain_going(cx, request, &stacks).await?
        } else {
            None
        };
        if let Some(domain) = &domain {
            cx.events.send(Event::Heartbeat {
                message: format!("domain {domain} is being deleted; waiting for that to end"),
            });
            pause(cx, PAUSE).await?;
        }
        waited |= !going.is_empty() || domain.is_some();
        if !waited {
            return Ok(stacks);
        }
        if going.is_empty() && domain.is_none() {
            pause(cx, QUIET).await?;
        }
        let now = look(cx, request).await?;
        // What is the same after a while is the same for good.
        waited =
            !going.is_empty() || domain.is_some() || told(request, &now) != told(request, &stacks);
        stacks = now;
        if !waited {
            return Ok(stacks);
        }
    }
}

fn told(request: &Request, stacks: &[Stack]) -> Vec<(String, String)> {
    let marked = marked(request, stacks);
    marked
        .map(|stack| (stack.arn.clone(), stack.status.clone()))
        .collect()
}

/// Waits, unless the run is to end.
async fn pause(cx: &Context, duration: Duration) -> Result<(), Ended> {
    if cx.clock.elapsed() >= cx.deadline {
        let why = "somebody was still tearing the environment down when the time was over";
        return Err(cx.end(Outcome::Incomplete, why));
    }
    cx.pause(duration, cx.deadline).await;
    if cx.stop.is_requested() {
        return Err(Box::new(Finished::new(Outcome::Interrupted)));
    }
    Ok(())
}

/// A domain of ours that is being deleted while its stack stands: a teardown has begun.
async fn domain_going(
    cx: &Context,
    request: &Request,
    stacks: &[Stack],
) -> Result<Option<String>, Ended> {
    // Advisory: a set that does not tell its domain among its outputs is seen to go by its stacks alone.
    let outputs = marked(request, stacks).flat_map(|stack| stack.outputs.values());
    let outputs: BTreeSet<&String> = outputs.collect();
    if outputs.is_empty()
        || !request
            .manifest
            .stacks
            .iter()
            .any(|entry| entry.has(DOMAIN))
    {
        return Ok(None);
    }
    let domains = patiently(cx, async || cx.aws.domains().await).await?;
    let mut going = domains.into_iter().filter(|it| it.status == "Deleting");
    Ok(going.find(|it| outputs.contains(&it.id)).map(|it| it.id))
}

/// Whether somebody has changed the environment's stacks since they were looked at.
pub(super) async fn is_overtaken(
    cx: &Context,
    request: &Request,
    ready: &Ready,
) -> Result<bool, Ended> {
    let now = look(cx, request).await?;
    let same = |stack: &Stack| {
        let mut found = now.iter().filter(|found| found.arn == stack.arn);
        found.any(|found| found.status == stack.status)
    };
    Ok(!ready.existing.values().all(same))
}

/// Every stack of the account, once it is clear that this environment is the caller's.
async fn look(cx: &Context, request: &Request) -> Result<Vec<Stack>, Ended> {
    let stacks = patiently(cx, async || cx.aws.stacks().await).await?;
    let survey = Survey {
        marked: marked(request, &stacks).cloned().collect(),
        ..Survey::default()
    };
    ownership::check(&request.claim, &survey).map_err(|why| cx.refuse(why))?;
    Ok(stacks)
}

fn marked<'a>(request: &'a Request, stacks: &'a [Stack]) -> impl Iterator<Item = &'a Stack> {
    let environment = &request.claim.environment;
    stacks.iter().filter(move |stack| {
        Mark::of(&stack.tags).is_some_and(|mark| mark.environment == *environment)
    })
}

/// The environment's stacks that are being deleted.
fn going<'a>(request: &'a Request, stacks: &'a [Stack]) -> impl Iterator<Item = &'a Stack> {
    marked(request, stacks).filter(|stack| stack.status == "DELETE_IN_PROGRESS")
}

/// Shows a deletion of somebody's until it ends.
async fn see_off(cx: &Context, stack: &Stack) -> Result<(), Ended> {
    cx.events.send(Event::Heartbeat {
        message: format!(
            "{} is being deleted; waiting for that to end before anything is made",
            stack.name
        ),
    });
    let end = patiently(cx, async || {
        let events = cx.aws.stack_events(&stack.arn, |_| false).await?;
        let known = events.into_iter().map(|event| event.id).collect();
        let follow = Follow {
            aws: &cx.aws,
            events: &cx.events,
            stop: &cx.stop,
            name: &stack.name,
            arn: &stack.arn,
            token: None,
            aim: Aim::Settle,
            reason_before: None,
            deadline: cx.deadline,
        };
        follow.run(known).await
    });
    match end.await? {
        End::Done(_) | End::Failed { .. } | End::Reverted(_) => Ok(()),
        End::Stopped => Err(Box::new(Finished::new(Outcome::Interrupted))),
        End::Late => {
            let why = format!(
                "{} was still being deleted when the time was over",
                stack.name
            );
            Err(cx.end(Outcome::Incomplete, why))
        }
    }
}

type Found = (BTreeMap<String, Work>, BTreeMap<String, Stack>);

/// What each stack of the manifest needs.
async fn work(cx: &Context, request: &Request, stacks: &[Stack]) -> Result<Found, Ended> {
    let environment = &request.claim.environment;
    let mut work = BTreeMap::new();
    let mut existing = BTreeMap::new();
    for entry in &request.manifest.stacks {
        let name = entry.physical_name(environment);
        let Some(stack) = stacks.iter().find(|stack| stack.name == name) else {
            work.insert(entry.key.clone(), Work::Create);
            continue;
        };
        let needed = patiently(cx, async || work_with(cx, request, stack).await).await?;
        let needed = needed.map_err(|why| {
            let ours = Mark::of(&stack.tags).is_some_and(|mark| mark.environment == *environment);
            let hint = if ours {
                "stack-cannot-be-updated"
            } else {
                "stack-exists"
            };
            cx.hint_of(hint, &why);
            cx.refuse(why)
        })?;
        if Mark::of(&stack.tags).is_none() {
            refuse_full(cx, stack).await?;
        }
        work.insert(entry.key.clone(), needed);
        existing.insert(entry.key.clone(), stack.clone());
    }
    Ok((work, existing))
}

/// A stack without our mark may be replaced only where nothing is left in it.
async fn refuse_full(cx: &Context, stack: &Stack) -> Result<(), Ended> {
    let members = patiently(cx, async || cx.aws.stack_members(&stack.arn).await).await?;
    let left = members.iter().find(|member| member.is_present());
    match left {
        None => Ok(()),
        Some(member) => Err(cx.refuse(format!(
            "stack {} was not made by jumpstart-vpc and still holds {} {}; choose another --name",
            stack.name, member.kind, member.id
        ))),
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
    work: &BTreeMap<String, Work>,
    existing: &BTreeMap<String, Stack>,
) -> bool {
    let fixed = |entry: &Entry, name: &String| {
        let stack = existing.get(&entry.key);
        work.get(&entry.key) == Some(&Work::Update)
            && stack.is_some_and(|stack| stack.parameters.contains_key(name))
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
