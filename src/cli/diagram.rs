//! `diagram`.

use std::collections::BTreeMap;

use environment::mark;

use super::args::{Diagram, Global, OutputKind};
use super::environment::Code;
use super::settings;
use crate::aws::{CallError, Class};
use crate::context::Context;
use crate::diagram::{Source, diagram, svg, text};
use crate::event::Event;
use crate::report::Stream;

/// Prints the environment as text, or writes it as SVG; before it exists, the one that `up` would make.
///
/// # Errors
/// Why it could not begin.
pub(super) async fn draw(global: &Global, args: &Diagram) -> Code {
    let (name, _) = settings::name(global)?;
    let lines = Global {
        output: OutputKind::Lines,
        ..global.clone()
    };
    let cx = settings::context(&lines, &name, std::time::Duration::from_secs(600)).await?;
    let there = match there(&cx, &name).await {
        Ok(sources) => sources,
        // Whoever has no account yet may still want to see what there would be.
        Err(error) if error.class == Class::NoCredentials => Vec::new(),
        Err(error) => {
            let ended = cx.fail(&error);
            let code = ended.exit_code;
            cx.events.send(Event::Finished(*ended));
            return Ok(code);
        }
    };
    let (what, sources) = if there.is_empty() {
        ("as `up` would make it", planned(global)?)
    } else {
        ("as it is", there)
    };
    let title = format!("{name} in {}, {what}", cx.aws.region());
    let picture = diagram(title, &sources);
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

/// The stacks of the environment that exist.
async fn there(cx: &Context, name: &str) -> Result<Vec<Source>, CallError> {
    let mut sources = Vec::new();
    for stack in cx.aws.stacks().await? {
        if stack.tags.get(mark::ENVIRONMENT).map(String::as_str) != Some(name) {
            continue;
        }
        let members = cx.aws.stack_members(&stack.arn).await?;
        let ids = members
            .into_iter()
            .filter(|member| !member.is_gone() && !member.id.is_empty())
            .map(|member| (member.logical_id, member.id));
        sources.push(Source {
            ids: ids.collect(),
            template: cx.aws.stack_template(&stack.arn).await?,
        });
    }
    Ok(sources)
}

fn planned(global: &Global) -> Result<Vec<Source>, String> {
    let (manifest, _) = settings::manifest(global)?;
    let source = |entry: crate::stacks::Entry| Source {
        template: entry.template,
        ids: BTreeMap::new(),
    };
    Ok(manifest.stacks.into_iter().map(source).collect())
}
