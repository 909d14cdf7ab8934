//! What will be done, step by step.

use environment::Verb;

use super::domain::DOMAIN;
use super::participants;
use super::prepare::Ready;
use super::request::Request;
use super::status::Work;
use crate::context::Context;
use crate::event::{Direction, Event, Named, Step};
use crate::stacks::Entry;

fn verb(work: Option<&Work>) -> Verb {
    match work {
        Some(Work::Update | Work::RollBack | Work::Join) => Verb::UpdateStack,
        Some(Work::Create | Work::Replace) | None => Verb::CreateStack,
    }
}

/// A stack as a resource.
pub(super) fn stack_named(name: &str) -> Named {
    Named {
        kind: "AWS::CloudFormation::Stack".to_owned(),
        id: name.to_owned(),
        name: Some(name.to_owned()),
        stack: Some(name.to_owned()),
        reason: None,
    }
}

/// The steps of the stacks, in the manifest's order, and then those of the participants.
pub(super) fn steps(request: &Request, ready: &Ready) -> Vec<Step> {
    let environment = &request.claim.environment;
    let verb = |key: &str| verb(ready.work.get(key));
    let id = |entry: &Entry| {
        format!(
            "{}:AWS::CloudFormation::Stack:{}",
            verb(&entry.key).word(),
            entry.physical_name(environment)
        )
    };
    let needed = |key: &String| request.manifest.find(key).map(id);
    let step = |entry: &Entry| Step {
        id: id(entry),
        kind: verb(&entry.key),
        resource: stack_named(&entry.physical_name(environment)),
        needs: entry.needs.iter().filter_map(needed).collect(),
        evidence: Vec::new(),
        destroys_data: false,
    };
    let mut steps: Vec<Step> = request.manifest.stacks.iter().map(step).collect();
    let entries = request.manifest.stacks.iter();
    let studio: Vec<String> = entries.filter(|entry| entry.has(DOMAIN)).map(id).collect();
    let all: Vec<String> = steps.iter().map(|step| step.id.clone()).collect();
    let participants = &request.options.participants;
    steps.extend(participants::steps(
        participants,
        &ready.roll,
        &studio,
        &all,
    ));
    steps
}

/// Announces a plan that was made anew: its steps are added to those that were told.
pub(super) fn announce_anew(cx: &Context, steps: &[Step]) {
    for step in steps {
        cx.events.send(Event::StepAdded { step: step.clone() });
    }
}

/// Announces the plan, and how long its steps usually take.
pub(super) fn announce(cx: &Context, request: &Request, steps: &[Step]) {
    cx.events.send(Event::Plan {
        direction: Direction::Up,
        steps: steps.to_vec(),
    });
    let environment = &request.claim.environment;
    let members = |step: &Step| {
        let mut entries = request.manifest.stacks.iter();
        let entry = entries.find(|entry| entry.physical_name(environment) == step.resource.id);
        entry.map(Entry::types).unwrap_or_default()
    };
    cx.events.send(Event::Usual {
        seconds: crate::usual::by_members(steps, members),
    });
}
