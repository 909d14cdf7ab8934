//! A call is checked: its own action on every resource that it names, and what it needs besides.

use super::denial::Denial;
use super::handlers;
use super::judge::Judge;
use super::question::Context;
use super::request;
use super::resources::{self, Members};
use super::sides::{self, Side};
use crate::error::ServiceError;
use crate::service::Invocation;
use crate::world::{Place, World};

/// What needs no permission: who calls may always be asked, and nobody calls with a token instead of credentials.
const OPEN: [&str; 2] = ["sts:GetCallerIdentity", "sts:AssumeRoleWithWebIdentity"];

/// Checks a call.
///
/// # Errors
/// The denial, in the service's words.
pub(crate) fn check(
    world: &mut World,
    place: &Place,
    caller: &str,
    invocation: &Invocation,
) -> Result<(), ServiceError> {
    let action = invocation.iam_action();
    let operations = invocation.service.operations();
    let known = operations
        .iter()
        .any(|(name, _)| *name == invocation.action);
    if OPEN.contains(&action.as_str()) || !known {
        return Ok(());
    }
    match Judge::of(world, place, caller) {
        Some(judge) => judged(world, place, &judge, &action, invocation)
            .map_err(|denial| denial.error(invocation.service.prefix(), world.seed())),
        None => Ok(()),
    }
}

fn judged(
    world: &mut World,
    place: &Place,
    judge: &Judge,
    action: &str,
    invocation: &Invocation,
) -> Result<(), Denial> {
    let input = &invocation.input.value;
    let context = request::context(invocation.service.prefix(), input);
    let own = resources::arns(world, place, action, &Members::of(input)).into_iter();
    let own = own.map(|resource| Side {
        action: action.to_owned(),
        resource,
        context: context.clone(),
    });
    let besides = sides::of(world, place, action, input);
    let wanted: Vec<Side> = own.chain(besides).collect();
    wanted.iter().try_for_each(|one| judge.pass(world, one))
}

/// On whose behalf a service does something besides what it is called for.
#[derive(Clone, Copy, Debug)]
pub enum Behalf<'a> {
    /// The ARN of who calls it.
    Caller(&'a str),
    /// The ARN of whom a handler of CloudFormation's works as.
    Handler(&'a str),
}

/// Whether somebody may do something that a service does on their behalf: DeleteEndpoint deregisters scalable targets so
/// (section F of the operators' notes, on 1.6).
///
/// # Errors
/// The denial.
pub fn may(
    world: &World,
    place: &Place,
    behalf: Behalf<'_>,
    action: &str,
    resource: &str,
) -> Result<(), Denial> {
    let judge = match behalf {
        Behalf::Caller(caller) => Judge::of(world, place, caller),
        Behalf::Handler(identity) => handlers::judge(world, place, identity),
    };
    match judge {
        Some(judge) => judge.ask(world, action, resource, &Context::default()),
        None => Ok(()),
    }
}
