//! Commands that GitHub Actions reads in a log: groups that it folds, errors and warnings that it shows beside a run.

use super::failures::{What, failures, left};
use super::state::RunState;
use super::summary::outcome_words;
use super::words;
use crate::event::{Finished, Outcome};

pub(super) const END_OF_GROUP: &str = "::endgroup::";

pub(super) fn group(name: &str) -> String {
    format!("::group::{}", data(name))
}

pub(super) fn warning(message: &str) -> String {
    format!("::warning title=jumpstart-vpc::{}", data(message))
}

/// The one error of a run that did not succeed: what failed with its cause, or the last warning.
pub(super) fn error(state: &RunState, end: &Finished) -> Option<String> {
    if end.outcome == Outcome::Succeeded {
        return None;
    }
    let outcome = outcome_words(end.outcome);
    let mut told = Vec::new();
    for failure in failures(state) {
        match &failure.what {
            What::Steps(tasks) => told.extend(tasks.iter().map(|task| words::told(&task.step))),
            What::Other(trouble) => told.push(words::plain(&trouble.what)),
        }
        told.extend(failure.causes.iter().map(|cause| format!("  {cause}")));
    }
    let not_done = left(state, end).not_done;
    told.extend(not_done.iter().map(|task| words::told(&task.step)));
    if told.is_empty() {
        told.extend(state.warnings.last().map(|(_, text)| words::plain(text)));
    }
    let text = told.join("\n");
    Some(format!(
        "::error title={}::{}",
        property(&format!("jumpstart-vpc: {outcome}")),
        data(&text)
    ))
}

/// Data of a command: percent signs and ends of lines are escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_read_as_a_command() {
        assert_eq!(
            warning("100 %\n::error::x"),
            "::warning title=jumpstart-vpc::100 %25%0A::error::x"
        );
        assert_eq!(property("a: b, c"), "a%3A b%2C c");
    }
}
