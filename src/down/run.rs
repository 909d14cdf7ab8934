//! `down` from its first look to its last.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::{Bounds, Ended as LoopEnded};
use environment::decide;
use environment::decide::Goal;
use smol_str::SmolStr;

use super::consent::Consent;
use super::homes;
use super::look::{First, Prepared, look, prepare};
use super::result::{self, finish};
use super::rules::{self, NamedDomain};
use super::teardown::Teardown;
use crate::context::{Context, Ended};
use crate::event::{Finished, Named, Outcome, Planned, Step};
use crate::inventory::Inventory;
use crate::ownership::Claim;
use crate::report::Stream;

/// What is to come down.
#[derive(Clone, Debug)]
pub struct Request {
    pub claim: Claim,
    pub consent: Consent,
    pub role_arn: Option<String>,
    /// A domain that is ours by the user's word.
    pub domain: Option<NamedDomain>,
    /// Id of the domain whose Studio this runs in.
    pub inside: Option<String>,
    /// Makes pauses and tokens of different runs differ.
    pub seed: u64,
}

/// How long calls in flight may take to end after a signal, in real time.
const GRACE: Duration = Duration::from_secs(3);

/// Brings an environment down.
pub async fn down(cx: &Context, request: &Request) -> Finished {
    match prepare(cx, request).await {
        Err(ended) => *ended,
        Ok(First::Nothing(kept)) => nothing(cx, request, kept),
        Ok(First::Something(prepared)) => tear_down(cx, request, *prepared).await,
    }
}

/// What `down` would do, without doing it.
///
/// # Errors
/// The end of the run where there is no plan.
pub async fn plan(cx: &Context, request: &Request) -> Result<Planned, Ended> {
    let (inventory, intent) = look(cx, request).await?;
    let world = inventory.world(&intent);
    rules::named_volume(cx, &intent, &inventory, &world)?;
    let broken = rules::broken(&inventory, request, &intent);
    // A plan has no steps for them: that is told beside it.
    result::tell_doubtful(cx, &inventory);
    let decision = decide(
        &world,
        &intent,
        &environment::Ledger::default(),
        Duration::ZERO,
    );
    Ok(Planned {
        steps: Step::of_plan(environment::plan(&world, &intent).steps),
        blockers: result::blockers(&world, &decision, cx.aws.region()),
        kept: result::kept(&world, &intent, &inventory.facts()),
        data: result::fates_to_be(&world, &intent),
        refused: broken.into_iter().map(|rule| rule.why).collect(),
    })
}

fn nothing(cx: &Context, request: &Request, kept: Vec<Named>) -> Finished {
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
    Finished {
        kept,
        ..Finished::new(Outcome::Succeeded)
    }
}

async fn tear_down(cx: &Context, request: &Request, prepared: Prepared) -> Finished {
    let Prepared {
        inventory,
        intent,
        steps,
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
    teardown.owner = owner(&inventory, request);
    teardown.expect(steps);
    let homes = homes::read(cx, &inventory, &teardown.world()).await;
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
        let now = cx.clock.elapsed();
        let world = teardown.world();
        let proved = decide(&world, &teardown.intent, &teardown.ledger.borrow(), now);
        if proved.goal != Goal::Pending
            || teardown.has_expired(&world)
            || teardown.waits_in_vain(now, &world, &proved)
        {
            break ended;
        }
    };
    let mut finished = finish(cx, &teardown, ended);
    let told: BTreeSet<SmolStr> = finished.kept.iter().map(|kept| kept.id.clone()).collect();
    let untold = retained.into_iter().filter(|kept| !told.contains(&kept.id));
    finished.kept.extend(untold);
    homes::tell(&mut finished.kept, &homes);
    finished
}

/// Whose the environment is: as its stacks say, or whoever removes what they left.
fn owner(inventory: &Inventory, request: &Request) -> String {
    let facts = inventory.facts();
    let owners = facts.marked().iter().map(|stack| &stack.owner);
    let mut marked = owners.filter(|owner| !owner.is_empty());
    marked
        .next()
        .cloned()
        .unwrap_or_else(|| request.claim.identity.principal())
}
