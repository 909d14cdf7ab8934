//! What CloudFormation remembers as a page: a chart for each activity. It was no run, so nothing finished and nothing
//! remains.

use std::time::Duration;

use super::super::Heading;
use super::super::state::{RunState, Standing};
use super::{document, escape, push, table, timeline, title};
use crate::history::Activity;

/// The page of an environment's history.
pub fn history_page(heading: &Heading, activities: &[Activity]) -> String {
    let title = format!("{} · history", title(heading));
    let states: Vec<RunState> = activities.iter().map(played).collect();
    let mut body = facts(&states);
    for (number, (activity, state)) in activities.iter().zip(&states).enumerate() {
        let began = activity.began.strftime("%Y-%m-%d %H:%M:%SZ");
        body.push_str(&timeline::activity(state, number, began.to_string()));
        let moment = |at: Duration| {
            let time = activity.began.checked_add(at).unwrap_or(activity.began);
            time.strftime("%H:%M:%SZ").to_string()
        };
        body.push_str(&table(&activity.events, moment));
    }
    if activities.is_empty() {
        body.push_str("<p>Nothing is remembered.</p>\n");
    }
    document(&title, &body)
}

fn played(activity: &Activity) -> RunState {
    let mut state = RunState::default();
    for (at, event) in &activity.events {
        state.apply(*at, event);
    }
    state
}

fn facts(states: &[RunState]) -> String {
    let tasks = || {
        states
            .iter()
            .flat_map(|it| &it.phases)
            .flat_map(|it| &it.tasks)
    };
    let failed = tasks().filter(|task| task.has_failed()).count();
    let open = tasks().filter(|task| !matches!(task.standing, Standing::Ended { .. }));
    let facts = [
        ("activities", states.len().to_string()),
        ("operations of stacks", tasks().count().to_string()),
        ("failed", failed.to_string()),
        ("not ended", open.count().to_string()),
    ];
    let mut html = "<h2>History</h2>\n<dl class=\"facts\">".to_owned();
    for (term, text) in facts {
        push(
            &mut html,
            format_args!("<div><dt>{term}</dt><dd>{}</dd></div>", escape(&text)),
        );
    }
    html + "</dl>\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn a_history_claims_nothing_about_an_end() {
        let activity = Activity {
            began: Timestamp::from_second(1_800_000_000).unwrap(),
            events: Vec::new(),
        };
        let page = history_page(&Heading::default(), &[activity]);
        assert!(page.contains("<h2>History</h2>"), "{page}");
        for claim in ["What remains", "critical path", "id=\"result\""] {
            assert!(!page.contains(claim), "{claim}: {page}");
        }
    }
}
