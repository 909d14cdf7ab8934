//! The timeline: a row a step and a row a member of a stack, on one scale; the critical path is marked.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::failures::causes;
use super::super::state::{Member, Phase, RunState, Standing, Task};
use super::super::summary::step_words;
use super::super::words;
use super::{escape, push};
use crate::event::Direction;

pub(super) fn timeline(state: &RunState) -> String {
    let mut html = String::new();
    for (number, phase) in state.phases.iter().enumerate() {
        let next = state.phases.get(number + 1).map(|next| next.began);
        let heading = match phase.direction {
            Some(Direction::Up) => "Up",
            Some(Direction::Down) => "Down",
            None => "Steps",
        };
        html.push_str(&chart(&Chart {
            phase,
            number,
            now: next.unwrap_or(state.now),
            heading: heading.to_owned(),
            path: critical(phase).into_iter().collect(),
        }));
    }
    html
}

/// What happened once, under a heading of its own. Nobody planned it, so no path was critical.
pub(super) fn activity(state: &RunState, number: usize, heading: String) -> String {
    let chart_of = |phase| {
        chart(&Chart {
            phase,
            number,
            now: state.now,
            heading,
            path: BTreeSet::new(),
        })
    };
    state.phase().map(chart_of).unwrap_or_default()
}

/// One phase to be drawn.
struct Chart<'a> {
    phase: &'a Phase,
    number: usize,
    now: Duration,
    heading: String,
    /// Steps on the critical path.
    path: BTreeSet<usize>,
}

/// How many of the steps that were waited for are named.
const SHOWN: usize = 5;

/// One scale for a phase.
struct Scale {
    began: Duration,
    total: Duration,
}

impl Scale {
    fn of(phase: &Phase, now: Duration) -> Self {
        let ends = phase.tasks.iter().filter_map(|task| match task.standing {
            Standing::Ended { at, .. } => Some(at),
            Standing::Running { .. } => Some(now),
            Standing::Waiting => None,
        });
        let end = ends.max().unwrap_or(now);
        Self {
            began: phase.began,
            total: end
                .saturating_sub(phase.began)
                .max(Duration::from_millis(1)),
        }
    }

    fn percent(&self, moment: Duration) -> f64 {
        let share = moment.saturating_sub(self.began).as_secs_f64() / self.total.as_secs_f64();
        100.0 * share.min(1.0)
    }

    /// A bar from one moment to another.
    fn bar(&self, class: &str, from: Duration, to: Duration) -> String {
        let (left, right) = (self.percent(from), self.percent(to));
        format!(
            "<i class=\"bar {class}\" style=\"left:{left:.4}%;width:{:.4}%\" data-from=\"{}\" data-to=\"{}\"></i>",
            right - left,
            from.saturating_sub(self.began).as_millis(),
            to.saturating_sub(self.began).as_millis()
        )
    }
}

/// From when to when a step was at work; what was only waited for has no beginning of its own.
fn span(task: &Task, now: Duration) -> Option<(Duration, Duration)> {
    match task.standing {
        Standing::Waiting => None,
        Standing::Running { since } => Some((since, now)),
        Standing::Ended { since, at, .. } => Some((since, at)),
    }
}

fn ended(task: &Task) -> Option<Duration> {
    match task.standing {
        Standing::Ended { at, .. } => Some(at),
        Standing::Waiting | Standing::Running { .. } => None,
    }
}

/// The steps that decided how long it took: from the last that ended back along what each waited for longest.
pub(super) fn critical(phase: &Phase) -> Vec<usize> {
    let end = |at: &usize| phase.tasks.get(*at).and_then(ended);
    let all: Vec<usize> = (0..phase.tasks.len()).collect();
    let last = |of: &[usize]| {
        let ended = of.iter().filter(|at| end(at).is_some());
        ended.max_by_key(|at| end(at)).copied()
    };
    let mut path = Vec::new();
    let mut seen = BTreeSet::new();
    let mut here = last(&all);
    while let Some(at) = here {
        if !seen.insert(at) {
            break;
        }
        path.push(at);
        here = phase.tasks.get(at).and_then(|task| last(&task.needs));
    }
    path.reverse();
    path
}

fn chart(chart: &Chart<'_>) -> String {
    let Chart {
        phase,
        number,
        now,
        heading,
        path,
    } = chart;
    let scale = Scale::of(phase, *now);
    let legend = if path.is_empty() {
        ""
    } else {
        "<i class=\"key critical\"></i> critical path "
    };
    let mut html = String::new();
    push(
        &mut html,
        format_args!(
            "<section class=\"timeline\" data-total=\"{}\"><h2>{heading}: {}</h2>\n\
             <p class=\"legend\"><i class=\"key\"></i> at work {legend}<i class=\"key wait\"></i> waited for others <i class=\"key failed\"></i> failed. \
             Arrow keys move, Enter keeps details open.</p>\n<div class=\"rows\" role=\"list\">\n{}",
            scale.total.as_millis(),
            words::duration(scale.total),
            axis(&scale)
        ),
    );
    for (at, task) in phase.tasks.iter().enumerate() {
        html.push_str(&row(
            phase,
            task,
            path.contains(&at),
            &scale,
            (*number, at),
            *now,
        ));
        let life = task.stack().and_then(|name| phase.stacks.get(name));
        for member in life.into_iter().flat_map(|life| life.members.values()) {
            html.push_str(&member_row(member, &scale, *now));
        }
    }
    html + "</div></section>\n"
}

/// About six marks of whole minutes or seconds.
fn axis(scale: &Scale) -> String {
    let seconds = scale.total.as_secs().max(1);
    let steps = [5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600];
    let step = steps
        .into_iter()
        .find(|step| seconds / step <= 8)
        .unwrap_or(3600);
    let mut html = "<div class=\"row axis\" aria-hidden=\"true\"><span class=\"name\"></span><span class=\"track\">".to_owned();
    for mark in (0..=seconds).step_by(usize::try_from(step).unwrap_or(1)) {
        let at = Duration::from_secs(mark);
        push(
            &mut html,
            format_args!(
                "<b style=\"left:{:.4}%\">{}</b>",
                scale.percent(scale.began + at),
                words::duration(at)
            ),
        );
    }
    html + "</span></div>\n"
}

fn class(task: &Task, critical: bool) -> &'static str {
    match (task.has_failed(), critical) {
        (true, true) => "failed critical",
        (true, false) => "failed",
        (false, true) => "critical",
        (false, false) => "",
    }
}

fn row(
    phase: &Phase,
    task: &Task,
    critical: bool,
    scale: &Scale,
    (number, at): (usize, usize),
    now: Duration,
) -> String {
    let name = escape(&words::told(&task.step));
    let span = span(task, now);
    // What comes between that and its beginning nobody else is to blame for.
    let waited = span.and_then(|(from, _)| {
        let until = ready(phase, task)?.min(from);
        (until > scale.began).then(|| scale.bar("wait", scale.began, until))
    });
    let bar = span.map(|(from, to)| scale.bar(class(task, critical), from, to));
    let needs: Vec<String> = task
        .needs
        .iter()
        .map(|need| format!("s{number}-{need}"))
        .collect();
    format!(
        "<div class=\"row step\" role=\"listitem\" tabindex=\"0\" id=\"s{number}-{at}\" data-needs=\"{}\"{}>\
         <span class=\"name\">{name}</span><span class=\"track\">{}{}</span>{}</div>\n",
        needs.join(" "),
        if critical { " data-critical" } else { "" },
        waited.unwrap_or_default(),
        bar.unwrap_or_default(),
        details(phase, task, span, scale)
    )
}

/// When the last of what a step needs had ended.
fn ready(phase: &Phase, task: &Task) -> Option<Duration> {
    let needs = task.needs.iter().filter_map(|at| phase.tasks.get(*at));
    needs.filter_map(ended).max()
}

fn details(
    phase: &Phase,
    task: &Task,
    span: Option<(Duration, Duration)>,
    scale: &Scale,
) -> String {
    let mut facts: Vec<(&str, String)> = Vec::new();
    let status = task.outcome().map_or("not ended", step_words);
    facts.push(("status", status.to_owned()));
    if let Some((from, to)) = span {
        let since = |moment: Duration| words::duration(moment.saturating_sub(scale.began));
        facts.push(("from, to", format!("{} to {}", since(from), since(to))));
        let took = words::duration(to.saturating_sub(from));
        facts.push((
            "took",
            format!("{took}, usually {}", words::about(task.usual)),
        ));
    }
    // What ended last was waited for longest.
    let mut waited: Vec<&Task> = task
        .needs
        .iter()
        .filter_map(|at| phase.tasks.get(*at))
        .collect();
    waited.sort_by_key(|need| std::cmp::Reverse(ended(need)));
    let needs: Vec<String> = waited
        .iter()
        .take(SHOWN)
        .map(|need| words::told(&need.step))
        .collect();
    if !needs.is_empty() {
        let more = waited.len().saturating_sub(SHOWN);
        let mut text = needs.join("; ");
        if more > 0 {
            text.push_str(&format!("; and {more} more"));
        }
        facts.push(("waited for, the last first", text));
    }
    let evidence: Vec<String> = task
        .step
        .evidence
        .iter()
        .map(|evidence| {
            let told = serde_json::json!(evidence);
            let part = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
            format!("{} {}", part("kind"), part("value"))
        })
        .collect();
    if !evidence.is_empty() {
        facts.push(("ours because", evidence.join("; ")));
    }
    facts.extend(
        task.message
            .iter()
            .map(|message| ("said", words::plain(message))),
    );
    if task.has_failed() {
        facts.push(("why", causes(phase, task).join(" ").trim().to_owned()));
    }
    facts.push(("step", task.step.id.to_string()));
    definition(&facts)
}

fn definition(facts: &[(&str, String)]) -> String {
    let mut html = "<dl class=\"details\">".to_owned();
    for (term, text) in facts {
        push(
            &mut html,
            format_args!("<div><dt>{term}</dt><dd>{}</dd></div>", escape(text)),
        );
    }
    html + "</dl>"
}

fn member_row(member: &Member, scale: &Scale, now: Duration) -> String {
    let to = member.ended.unwrap_or(now);
    let class = if member.failed() {
        "member failed"
    } else {
        "member"
    };
    let took = words::duration(to.saturating_sub(member.since));
    let mut facts = vec![
        ("status", member.status.clone()),
        (
            "took",
            format!("{took}, usually {}", words::about(member.usual())),
        ),
    ];
    if let Some(reason) = &member.reason {
        facts.push(("why", words::cause(reason)));
    }
    format!(
        "<div class=\"row\" role=\"listitem\" tabindex=\"0\"><span class=\"name member\">{} {}</span>\
         <span class=\"track\">{}</span>{}</div>\n",
        escape(&words::kind(&member.kind)),
        escape(&member.logical_id),
        scale.bar(class, member.since, to),
        definition(&facts)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, StepOutcome};

    #[test]
    fn the_critical_path_is_the_one_that_the_run_had() {
        let mut state = RunState::default();
        let step = |name: &str, needs: &[&str]| {
            serde_json::from_value::<crate::event::Step>(serde_json::json!({
                "id": format!("delete:AWS::X::Y:{name}"), "kind": "delete",
                "resource": {"type": "AWS::X::Y", "id": name},
                "needs": needs.iter().map(|need| format!("delete:AWS::X::Y:{need}")).collect::<Vec<_>>(),
                "evidence": [], "destroys_data": false,
            }))
            .unwrap()
        };
        let steps = vec![
            step("slow", &[]),
            step("quick", &[]),
            step("after", &["slow", "quick"]),
            step("aside", &["quick"]),
        ];
        let plan = Event::Plan {
            direction: Direction::Down,
            steps,
        };
        state.apply(Duration::ZERO, &plan);
        for (name, from, to) in [
            ("slow", 0, 50),
            ("quick", 0, 5),
            ("after", 51, 60),
            ("aside", 6, 40),
        ] {
            let id = format!("delete:AWS::X::Y:{name}");
            state.apply(
                Duration::from_secs(from),
                &Event::StepStarted { id: id.clone() },
            );
            let ended = Event::StepFinished {
                id,
                outcome: StepOutcome::Done,
                elapsed_seconds: 1.0,
                error: None,
            };
            state.apply(Duration::from_secs(to), &ended);
        }
        assert_eq!(critical(state.phase().unwrap()), [0, 2]);
    }
}
