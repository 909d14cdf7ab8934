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
        kind: "AWS::CloudFormation::Stack".into(),
        id: name.into(),
        name: Some(name.into()),
        stack: Some(name.into()),
        reason: None,
    }
}

fn step_id(verb: Verb, name: &str) -> String {
    format!("{}:AWS::CloudFormation::Stack:{name}", verb.word())
}

fn step(verb: Verb, name: &str, needs: Vec<String>) -> Step {
    Step {
        id: step_id(verb, name).into(),
        kind: verb,
        resource: stack_named(name),
        needs,
        evidence: Vec::new(),
        // Where there is any data in a stack that is to be made anew, that is refused.
        destroys_data: false,
    }
}

/// The step that brings a stack to what is wanted.
pub(super) fn making<'a>(steps: &'a [Step], name: &str) -> Option<&'a Step> {
    let mut of_stack = steps.iter().filter(|step| step.resource.id == name);
    of_stack.find(|step| matches!(step.kind, Verb::CreateStack | Verb::UpdateStack))
}

/// The step that removes a stack before it is made anew, where the plan has one.
pub(super) fn removal<'a>(steps: &'a [Step], name: &str) -> Option<&'a Step> {
    let mut of_stack = steps.iter().filter(|step| step.resource.id == name);
    of_stack.find(|step| step.kind == Verb::DeleteStack)
}

/// The steps of the stacks, in the manifest's order, and then those of the participants. A stack that is made anew goes
/// first.
pub(super) fn steps(request: &Request, ready: &Ready) -> Vec<Step> {
    let environment = &request.claim.environment;
    let name = |entry: &Entry| entry.physical_name(environment);
    let verb = |entry: &Entry| verb(ready.work.get(&entry.key));
    let id = |entry: &Entry| step_id(verb(entry), &name(entry));
    let mut steps = Vec::new();
    for entry in &request.manifest.stacks {
        let name = name(entry);
        let needed = |key: &String| request.manifest.find(key).map(id);
        let mut needs: Vec<String> = entry.needs.iter().filter_map(needed).collect();
        if ready.work.get(&entry.key) == Some(&Work::Replace) {
            let removal = step(Verb::DeleteStack, &name, needs.clone());
            needs.push(removal.id.to_string());
            steps.push(removal);
        }
        steps.push(step(verb(entry), &name, needs));
    }
    let entries = request.manifest.stacks.iter();
    let all: Vec<String> = entries.clone().map(id).collect();
    let studio: Vec<String> = entries.filter(|entry| entry.has(DOMAIN)).map(id).collect();
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
