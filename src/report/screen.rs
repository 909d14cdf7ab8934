//! The live view as lines of text: pure, so that a screen is a function of the run, the moment and the size.
//!
//! Outside of steps one line says what is waited for. With steps: one line a stack, and one a kind of step where there are many; below it what is in flight. What is done or yet to
//! come is folded into one line each, what failed stays. Whatever the number of steps, the screen fits the terminal.

use std::collections::BTreeMap;
use std::time::Duration;

use environment::Verb;
use owo_colors::Style;

use super::json::Heading;
use super::paint::{Line, bar, part};
use super::state::{Phase, RunState, StackLife, Task};
use super::words;
use crate::event::Direction;

/// Columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub width: usize,
    pub height: usize,
}

const BAR: usize = 12;
/// Columns below which lines have no bars.
const NARROW: usize = 60;
/// Columns beyond which a time would stand too far from what it is about.
const WIDEST: usize = 100;
/// Failures beyond these are counted, so that the rest of the screen is still one.
const FAILURES: usize = 6;

/// Steps that share a line.
struct Group<'a> {
    tasks: Vec<&'a Task>,
}

impl Group<'_> {
    fn ended(&self) -> usize {
        self.count(|task| task.outcome().is_some())
    }

    fn running(&self) -> usize {
        self.count(|task| task.running().is_some())
    }

    fn count(&self, counts: impl Fn(&Task) -> bool) -> usize {
        self.tasks.iter().filter(|task| counts(task)).count()
    }

    fn is_active(&self) -> bool {
        self.running() > 0 || (self.ended() > 0 && self.ended() < self.tasks.len())
    }

    /// Since when something of it is at work without a break.
    fn since(&self) -> Option<Duration> {
        self.tasks.iter().filter_map(|task| task.running()).min()
    }

    /// `delete 40 apps`, or the one step.
    fn words(&self) -> String {
        match self.tasks.as_slice() {
            [task] => words::told(&task.step),
            tasks => tasks
                .first()
                .map_or_else(String::new, |task| words::group(&task.step, tasks.len())),
        }
    }
}

/// The lines of a screen: at most one less than its height, each at most as wide as it is.
pub fn screen(
    state: &RunState,
    heading: &Heading,
    now: Duration,
    size: Size,
    colour: bool,
) -> Vec<String> {
    // The last column stays free: some terminals break the line when it is used.
    let width = size.width.saturating_sub(1).max(20);
    let lines = match state.phase().filter(|phase| phase.is_at_work()) {
        _ if state.finished.is_some() => Vec::new(),
        Some(phase) => at_work(phase, heading, now, (width, size.height)),
        None => vec![waiting(state, now, width)],
    };
    lines
        .into_iter()
        .map(|line| line.cut(width).text(colour))
        .collect()
}

/// What the run is at between its steps.
fn waiting(state: &RunState, now: Duration, width: usize) -> Line {
    let waiting = state.waiting();
    let spent = words::duration(now.saturating_sub(waiting.since));
    Line::default()
        .styled(" ▸ ", Style::new().cyan())
        .and(words::plain(&waiting.what))
        .right(&spent, Style::new().dimmed(), width.min(WIDEST))
}

fn at_work(
    phase: &Phase,
    heading: &Heading,
    now: Duration,
    (width, height): (usize, usize),
) -> Vec<Line> {
    let rows = height.saturating_sub(1).max(3);
    let groups = groups(phase);
    let mut lines = vec![header(phase, heading, now, width)];
    lines.extend(failures(phase, width));
    let (done, waiting) = folded(&groups);
    let foot = usize::from(done.is_some()) + usize::from(waiting.is_some());
    let room = rows.saturating_sub(lines.len() + foot).max(1);
    lines.extend(active(phase, &groups, now, (room, width.min(WIDEST))));
    lines.extend(done.into_iter().chain(waiting));
    lines.truncate(rows);
    lines
}

/// Stacks have a line each; other steps share one with their kind. In the order in which the plan has them first.
fn groups(phase: &Phase) -> Vec<Group<'_>> {
    let mut places: BTreeMap<(Verb, &str, Option<&str>), usize> = BTreeMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for task in &phase.tasks {
        let resource = &task.step.resource;
        let own = task.is_stack().then_some(resource.id.as_str());
        let key = (task.step.kind, resource.kind.as_str(), own);
        let place = *places.entry(key).or_insert_with(|| {
            groups.push(Group { tasks: Vec::new() });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(place) {
            group.tasks.push(task);
        }
    }
    groups
}

fn header(phase: &Phase, heading: &Heading, now: Duration, width: usize) -> Line {
    let word = match phase.direction {
        Some(Direction::Up) => "Up",
        Some(Direction::Down) => "Down",
        None => "At work",
    };
    let spent = now.saturating_sub(phase.began);
    let left = phase.left(now);
    let share = spent.as_secs_f64() / (spent + left).as_secs_f64().max(1.0);
    let time = format!(
        "{}  {}, about {} left",
        bar(share, BAR),
        words::duration(spent),
        words::about(left)
    );
    let whole = |place: String| {
        Line::default()
            .styled(word, Style::new().bold())
            .and(format!(" {place}"))
    };
    let line = places(heading)
        .map(whole)
        .into_iter()
        .find(|line| line.leaves(&time, width));
    // What is cut then is the environment's name.
    let line = line.unwrap_or_else(|| whole(heading.environment.clone().unwrap_or_default()));
    line.right(&time, Style::new().bold(), width)
}

/// Where the run is at work, the fullest first: the account is left out before the region.
fn places(heading: &Heading) -> [String; 3] {
    let (name, region) = (&heading.environment, &heading.region);
    let told = |parts: &[&Option<String>]| {
        let parts = parts.iter().filter_map(|part| part.as_deref());
        parts.collect::<Vec<_>>().join(" · ")
    };
    [
        told(&[name, &heading.account, region]),
        told(&[name, region]),
        told(&[name]),
    ]
}

fn failures(phase: &Phase, width: usize) -> Vec<Line> {
    let red = Style::new().red();
    let mut lines: Vec<Line> = Vec::new();
    for task in phase.failed() {
        let why = task
            .error
            .as_ref()
            .map(|error| format!("{}: {}", error.code, error.message))
            .or_else(|| task.message.clone())
            .unwrap_or_default();
        let line = Line::default()
            .styled(" ✗ ", red)
            .and(words::told(&task.step))
            .styled(format!("  {}", words::plain(&why)), red);
        lines.push(line.cut(width));
    }
    for life in phase.stacks.values() {
        // A stack's own step tells it, once it has ended.
        if let Some((_, member)) = life
            .cause
            .as_ref()
            .filter(|_| life.status.ends_with("IN_PROGRESS"))
        {
            let why = words::cause(member.reason.as_deref().unwrap_or_default());
            let line = Line::default()
                .styled(" ✗ ", red)
                .and(format!("{} {}", member.logical_id, member.status))
                .styled(format!("  {why}"), red);
            lines.push(line.cut(width));
        }
    }
    let more = lines.len().saturating_sub(FAILURES);
    lines.truncate(FAILURES);
    if more > 0 {
        lines.push(Line::default().styled(format!("   and {more} more failed"), red));
    }
    lines
}

/// The groups that are at work and, as far as there is room, what is in flight in each.
fn active(
    phase: &Phase,
    groups: &[Group<'_>],
    now: Duration,
    (room, width): (usize, usize),
) -> Vec<Line> {
    let active: Vec<&Group<'_>> = groups.iter().filter(|group| group.is_active()).collect();
    let shown = if active.len() > room {
        room.saturating_sub(1)
    } else {
        active.len()
    };
    let details: Vec<Vec<Line>> = active
        .iter()
        .take(shown)
        .map(|group| in_flight(phase, group, now, width))
        .collect();
    let counts = shares(
        &details.iter().map(Vec::len).collect::<Vec<_>>(),
        room.saturating_sub(shown),
    );
    let mut lines = Vec::new();
    for ((group, details), count) in active.iter().zip(details).zip(counts) {
        lines.push(group_line(group, now, width));
        let hidden = details.len().saturating_sub(count);
        if hidden == 0 {
            lines.extend(details);
        } else if count > 0 {
            lines.extend(details.into_iter().take(count - 1));
            lines.push(dim(format!("     and {} more in flight", hidden + 1)));
        }
    }
    if active.len() > shown {
        lines.push(dim(format!(" ▸ and {} more at work", active.len() - shown)));
    }
    lines
}

/// How many of their lines each may show, so that the room is used and nobody starves.
fn shares(wanted: &[usize], mut room: usize) -> Vec<usize> {
    let mut shares = vec![0; wanted.len()];
    loop {
        let before = room;
        for (share, wanted) in shares.iter_mut().zip(wanted) {
            if room > 0 && *share < *wanted {
                *share += 1;
                room -= 1;
            }
        }
        if room == before || room == 0 {
            return shares;
        }
    }
}

fn dim(text: String) -> Line {
    Line::default().styled(text, Style::new().dimmed())
}

fn group_line(group: &Group<'_>, now: Duration, width: usize) -> Line {
    let line = Line::default()
        .styled(" ▸ ", Style::new().cyan())
        .and(group.words());
    let since = group.since();
    let spent = since.map(|since| now.saturating_sub(since));
    match group.tasks.as_slice() {
        [task] => {
            let spent = spent.unwrap_or_default();
            let share = spent.as_secs_f64() / task.usual.as_secs_f64().max(1.0);
            let time = with_bar(share.min(0.95), &against(spent, task.usual), width);
            line.right(&time, late(spent, task.usual), width)
        }
        tasks => {
            let share = part(group.ended(), tasks.len());
            let failed = group.count(Task::has_failed);
            let mut done = format!("{} of {} done", group.ended() - failed, tasks.len());
            if failed > 0 {
                done.push_str(&format!(", {failed} failed"));
            }
            line.right(&with_bar(share, &done, width), Style::new(), width)
        }
    }
}

/// Where there is little room the text is worth more than its bar.
fn with_bar(share: f64, text: &str, width: usize) -> String {
    if width < NARROW {
        return text.to_owned();
    }
    format!("{}  {text}", bar(share, BAR))
}

/// `1m 20s of usually 2m`.
fn against(spent: Duration, usual: Duration) -> String {
    format!(
        "{} of usually {}",
        words::duration(spent),
        words::about(usual)
    )
}

fn late(spent: Duration, usual: Duration) -> Style {
    if spent > usual * 2 {
        Style::new().yellow()
    } else {
        Style::new().dimmed()
    }
}

fn in_flight(phase: &Phase, group: &Group<'_>, now: Duration, width: usize) -> Vec<Line> {
    if let [task] = group.tasks.as_slice() {
        let stack = task.stack().and_then(|name| phase.stacks.get(name));
        let mut lines: Vec<Line> = task
            .message
            .iter()
            .map(|message| dim(format!("     {}", words::cause(message))))
            .collect();
        lines.extend(
            stack
                .map(|life| members(life, now, width))
                .unwrap_or_default(),
        );
        return lines;
    }
    let mut running: Vec<(Duration, &Task)> = group
        .tasks
        .iter()
        .filter_map(|task| task.running().map(|since| (since, *task)))
        .collect();
    running.sort_by_key(|(since, _)| *since);
    let line = |(since, task): (Duration, &Task)| {
        let spent = now.saturating_sub(since);
        let name = task.step.resource.name.as_deref();
        let told = name.unwrap_or(&task.step.resource.id);
        let style = late(spent, task.usual);
        Line::of(format!("     {told}")).right(&against(spent, task.usual), style, width)
    };
    running.into_iter().map(line).collect()
}

fn members(life: &StackLife, now: Duration, width: usize) -> Vec<Line> {
    let line = |member: &super::state::Member| {
        let spent = now.saturating_sub(member.since);
        Line::of(format!(
            "     {} {}",
            words::kind(&member.kind),
            member.logical_id
        ))
        .right(
            &against(spent, member.usual()),
            late(spent, member.usual()),
            width,
        )
    };
    life.in_flight().into_iter().map(line).collect()
}

/// What is done and what is yet to come, a line each.
fn folded(groups: &[Group<'_>]) -> (Option<Line>, Option<Line>) {
    let list = |chosen: &dyn Fn(&Group<'_>) -> bool| {
        let chosen = groups.iter().filter(|group| chosen(group));
        let words: Vec<String> = chosen.map(Group::words).collect();
        (!words.is_empty()).then(|| words.join(", "))
    };
    let done = list(&|group| {
        group.ended() == group.tasks.len() && !group.tasks.iter().any(|task| task.has_failed())
    });
    let waiting = list(&|group| group.ended() == 0 && group.running() == 0);
    (
        done.map(|done| {
            Line::default()
                .styled(" ✓ ", Style::new().green())
                .styled(format!("done: {done}"), Style::new().dimmed())
        }),
        waiting.map(|waiting| dim(format!(" · to come: {waiting}"))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_shared_and_none_starves() {
        assert_eq!(shares(&[40, 2, 1], 10), [7, 2, 1]);
        assert_eq!(shares(&[1, 1], 10), [1, 1]);
        assert_eq!(shares(&[3, 3, 3], 2), [1, 1, 0]);
    }
}
