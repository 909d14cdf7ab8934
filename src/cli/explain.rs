//! `explain`.

use super::args::Explain;
use super::environment::Code;
use super::settings;
use crate::hints;
use crate::report::Stream;

/// Prints one hint, or all of them.
///
/// # Errors
/// Where there is no hint of that id.
pub(super) fn explain(explain: &Explain) -> Code {
    let output = settings::output();
    let chosen: Vec<&hints::Hint> = match &explain.id {
        None => hints::ALL.iter().collect(),
        Some(id) => {
            if let Some(hint) = hints::find(id) {
                vec![hint]
            } else {
                let near =
                    crate::stacks::manifest::nearest(id, hints::ALL.iter().map(|hint| hint.id));
                return Err(format!(
                    "there is no hint `{id}`{}",
                    near.map(|near| format!("; did you mean `{near}`?"))
                        .unwrap_or_default()
                ));
            }
        }
    };
    match chosen.as_slice() {
        [hint] => output.line(Stream::Out, &hints::long(hint)),
        all => {
            for hint in all {
                let summary = hint.event_summary();
                output.line(Stream::Out, &format!("{}: {summary}", hint.id));
            }
        }
    }
    Ok(0)
}
