//! `plan up`: one document on stdout, and nothing written unless CloudFormation is to be asked too.

use serde_json::{Value, json};

use super::args::{Global, OutputKind, PlanUp};
use super::environment::{Code, UP, claim, finish, options, plan_document, timed, up_request};
use super::{settings, signals};
use crate::context::Context;
use crate::event::{Finished, Outcome};
use crate::report::Stream;
use crate::stacks::{Manifest, is_hidden};
use crate::up::{self, Planned};

/// # Errors
/// Why it could not begin.
pub(super) async fn plan_up(global: &Global, args: &PlanUp) -> Code {
    let (name, explicit) = settings::name(global)?;
    let set = settings::manifest(global)?;
    let options = options(&args.up, &set.0)?;
    let global = &without_secrets(global, &set.0);
    // Progress of a plan goes to stderr in every form: stdout takes the document alone.
    let lines = Global {
        output: OutputKind::Lines,
        ..global.clone()
    };
    let cx = settings::context(&lines, &name, UP).await?;
    let work = async {
        let claim = claim(&cx, global, name, explicit).await?;
        let request = up_request(global, options, claim, &cx, set);
        up::plan(&cx, &request, args.validate).await
    };
    let work = timed(&cx, work);
    // Change sets that were made for the plan are removed before it ends.
    let planned = tokio::select! {
        biased;
        planned = work => planned,
        () = signals::watch(&cx) => Err(Box::new(Finished::new(Outcome::Interrupted))),
    };
    match planned {
        Ok(planned) => {
            if global.output == OutputKind::Json {
                let document = document(&cx, global, &planned);
                cx.output.line(Stream::Out, &document.to_string());
            } else {
                tell(&cx, global, &planned);
            }
            Ok(0)
        }
        Err(ended) => Ok(finish(&cx, *ended)),
    }
}

/// The settings without values that a template hides.
fn without_secrets(global: &Global, manifest: &Manifest) -> Global {
    let mut global = global.clone();
    for setting in &mut global.settings {
        let key = setting.name.strip_prefix("parameter ");
        if key.is_some_and(|key| is_hidden(manifest, key)) {
            "…".clone_into(&mut setting.value);
        }
    }
    global
}

fn document(cx: &Context, global: &Global, planned: &Planned) -> Value {
    let mut document = plan_document(cx, "up", &planned.steps);
    let stacks = |lists: &[(String, Vec<String>)]| -> Value {
        lists
            .iter()
            .map(|(stack, lines)| (stack.clone(), json!(lines)))
            .collect()
    };
    if !planned.validated.is_empty() {
        document["validated"] = stacks(&planned.validated);
    }
    if global.verbose > 0 {
        document["settings"] = global
            .settings
            .iter()
            .map(|it| json!({"name": it.name, "value": it.value, "from": it.origin.to_string()}))
            .collect();
        document["parameters"] = planned
            .values
            .iter()
            .map(|(stack, values)| {
                let values: Value = values
                    .iter()
                    .map(|it| json!({"name": it.parameter, "value": it.value, "from": it.from}))
                    .collect();
                (stack.clone(), values)
            })
            .collect();
    }
    document
}

fn tell(cx: &Context, global: &Global, planned: &Planned) {
    let say = |text: &str| cx.output.line(Stream::Out, text);
    for line in crate::report::steps(&planned.steps) {
        say(&line);
    }
    for (stack, lines) in &planned.validated {
        say(&format!("{stack}, as CloudFormation sees it:"));
        for line in lines {
            say(&format!("  {line}"));
        }
    }
    if global.verbose == 0 {
        return;
    }
    say("settings:");
    for setting in &global.settings {
        say(&format!(
            "  {} = {}  ({})",
            setting.name, setting.value, setting.origin
        ));
    }
    for (stack, values) in &planned.values {
        say(&format!("parameters of {stack}:"));
        for told in values {
            let value = told.value.as_deref().unwrap_or("…");
            say(&format!("  {} = {value}  ({})", told.parameter, told.from));
        }
    }
}
