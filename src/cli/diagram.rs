//! `diagram`.

use std::collections::BTreeMap;

use environment::facts::UserProfile;
use environment::mark;

use super::args::{Diagram, Global, OutputKind};
use super::environment::{Code, finish, timed};
use super::{settings, writable};
use crate::aws::{CallError, Class};
use crate::context::Context;
use crate::diagram::{Person, Source, diagram, svg, text};
use crate::report::Stream;
use crate::stacks::parameters::{Given, known_values};
use crate::stacks::resources::Values;
use crate::stacks::{Entry, Manifest};

const DOMAIN: &str = "AWS::SageMaker::Domain";

/// Prints the environment as text, or writes it as SVG; before it exists, the one that `up` would make.
///
/// # Errors
/// Why it could not begin.
pub(super) async fn draw(global: &Global, args: &Diagram) -> Code {
    let (name, _) = settings::name(global)?;
    let set = settings::manifest(global)?;
    if let Some(path) = &args.svg {
        writable(path).map_err(|problem| format!("--svg {}: {problem}", path.display()))?;
    }
    let lines = Global {
        output: OutputKind::Lines,
        ..global.clone()
    };
    let cx = settings::context(&lines, &name, std::time::Duration::from_secs(600)).await?;
    let (what, there) = match timed(&cx, there(&cx, &name)).await {
        Ok(there) if there.sources.is_empty() => ("as `up` would make it", There::default()),
        Ok(there) => ("as it is", there),
        // Whoever has no account yet may still want to see what there would be.
        Err(error) if error.class == Class::NoCredentials => (
            "as `up` would make it; AWS was not asked, for want of credentials",
            There::default(),
        ),
        Err(error) => {
            let ended = cx.fail(&error);
            return Ok(finish(&cx, *ended));
        }
    };
    let There { sources, people } = there;
    let sources = if sources.is_empty() {
        planned(&set, &cx, &name)
    } else {
        sources
    };
    let title = format!("{name} in {}, {what}", cx.aws.region());
    let picture = diagram(title, &sources, &people);
    match &args.svg {
        None => cx.output.write(Stream::Out, &text(&picture)),
        Some(path) => {
            std::fs::write(path, svg(&picture))
                .map_err(|problem| format!("cannot write {}: {problem}", path.display()))?;
            cx.output
                .line(Stream::Err, &format!("diagram: {}", path.display()));
        }
    }
    Ok(0)
}

/// The stacks of the environment that exist, and who is in their domains.
#[derive(Default)]
struct There {
    sources: Vec<Source>,
    people: Vec<Person>,
}

async fn there(cx: &Context, name: &str) -> Result<There, CallError> {
    let mut there = There::default();
    for stack in cx.aws.stacks().await? {
        if stack.tags.get(mark::ENVIRONMENT).map(String::as_str) != Some(name) {
            continue;
        }
        let mut members = cx.aws.stack_members(&stack.arn).await?;
        members.retain(environment::facts::Member::is_present);
        for domain in members.iter().filter(|member| member.kind == DOMAIN) {
            there.people.extend(people(cx, &domain.id).await?);
        }
        let ids = members
            .into_iter()
            .map(|member| (member.logical_id, member.id));
        there.sources.push(Source {
            ids: ids.collect(),
            values: values(cx, &stack.name, stack.parameters),
            template: cx.aws.stack_template(&stack.arn).await?,
        });
    }
    Ok(there)
}

/// The profiles of a domain, each with its spaces.
async fn people(cx: &Context, domain: &str) -> Result<Vec<Person>, CallError> {
    let spaces = cx.aws.spaces(domain).await?;
    let profiles = cx.aws.user_profiles(domain).await?.into_iter();
    let person = |profile: UserProfile| Person {
        spaces: spaces
            .iter()
            .filter(|space| space.owner.as_ref() == Some(&profile.name))
            .map(|space| space.name.clone())
            .collect(),
        name: profile.name,
    };
    Ok(profiles.map(person).collect())
}

fn planned((manifest, given): &(Manifest, Given), cx: &Context, name: &str) -> Vec<Source> {
    let source = |entry: &Entry| {
        let known = known_values(manifest, given, name, entry, None);
        Source {
            template: entry.template.clone(),
            values: values(cx, &entry.physical_name(name), known),
            ids: BTreeMap::new(),
        }
    };
    manifest.stacks.iter().map(source).collect()
}

/// Parameters, and what CloudFormation knows by itself.
fn values(cx: &Context, stack: &str, parameters: Values) -> Values {
    let account = cx.heading.borrow().account.clone();
    let pseudo = [
        ("AWS::Region", Some(cx.aws.region().to_owned())),
        ("AWS::StackName", Some(stack.to_owned())),
        ("AWS::Partition", Some(cx.aws.partition().to_owned())),
        ("AWS::AccountId", account),
    ];
    let pseudo = pseudo.into_iter();
    let known = pseudo.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    parameters.into_iter().chain(known).collect()
}
