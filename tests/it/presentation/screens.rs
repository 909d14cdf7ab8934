//! The live view, on a terminal in memory.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{InMemoryTerm, TermLike};
use jumpstart_vpc::context::Context;
use jumpstart_vpc::event::{Direction, ErrorTold, Event, Outcome, Sink, Step, StepOutcome};
use jumpstart_vpc::report::state::RunState;
use jumpstart_vpc::report::{Detail, JsonLines, Lines, Live, Output, Size, replay, screen};
use regex::Regex;
use simulator::Scenario;

use super::frame::redacted;
use super::stage::{Stage, file, snapshot, updates};
use crate::support::schema::Schema;
use crate::support::{ENVIRONMENT, Life, force, paused};

const SIZE: Size = Size {
    width: 80,
    height: 24,
};

/// What the terminal shows at one moment.
struct Shot {
    at: Duration,
    shown: String,
}

/// Looks at the terminal every so often, for ever.
async fn film(stage: &Stage, every: Duration, shots: &std::cell::RefCell<Vec<Shot>>) {
    loop {
        let cx = stage.cx();
        cx.clock.sleep(every).await;
        cx.events.tick();
        let shown = stage.terminal.as_ref().unwrap().contents();
        shots.borrow_mut().push(Shot {
            at: cx.clock.elapsed(),
            shown,
        });
    }
}

fn live_and_json(stage: &Stage, life: &Life) -> Life {
    let (terminal, out) = (stage.terminal.clone().unwrap(), stage.out.clone());
    stage.watch(life, move |cx| {
        let lines = Lines::new(cx.output.clone(), cx.clock.clone(), Detail::Everything);
        let heading = cx.heading.clone();
        let json = Output::to(
            Box::new(out.clone()),
            Box::new(std::io::sink()),
            false,
            false,
        );
        vec![
            Box::new(Live::new(
                terminal.clone(),
                &cx.output,
                cx.clock.clone(),
                heading.clone(),
                lines,
            )),
            Box::new(JsonLines::new(json, cx.clock.clone(), heading)),
        ]
    })
}

/// The screen of a recording at a moment.
fn replayed(recording: &replay::Recording, at: Duration, size: Size) -> Vec<String> {
    let mut state = RunState::default();
    for (moment, event) in recording.events.iter().filter(|(moment, _)| *moment <= at) {
        state.apply(*moment, event);
    }
    screen(&state, &recording.heading, at, size, false)
}

#[test]
fn a_life_is_shown_live_and_its_recording_replays_to_the_same_screens() {
    paused(71, async {
        let life = Life::new(Scenario::default(), 71);
        for direction in ["up", "down"] {
            let stage = Stage::with_terminal(24, 80);
            let watched = live_and_json(&stage, &life);
            let shots = std::cell::RefCell::default();
            let cx = watched.context().await;
            let run = async {
                if direction == "up" {
                    watched.up(ENVIRONMENT).await
                } else {
                    watched.down(ENVIRONMENT, force()).await
                }
            };
            let finished = tokio::select! {
                biased;
                finished = run => finished,
                // Not at whole seconds: what is shown at the instant of a picture may be on it or not.
                () = film(&stage, Duration::from_millis(19_900), &shots) => unreachable!(),
            };
            drop(cx);
            assert_eq!(finished.outcome, Outcome::Succeeded);
            stage.conclude(finished);
            let recorded = stage.out.text();
            if updates() {
                std::fs::write(file("recordings", &format!("{direction}.jsonl")), &recorded)
                    .unwrap();
            }
            let kept = file("recordings", &format!("{direction}.jsonl"));
            let kept = std::fs::read_to_string(kept).unwrap();
            is_recorded(&recorded, &kept);
            same_screens(&replay::read(&recorded).unwrap(), &shots.into_inner());
            let end = stage.terminal.as_ref().unwrap().contents();
            assert!(
                end.contains("Done after") && !end.contains(" left"),
                "{end}"
            );
            if direction == "up" {
                life.session(ENVIRONMENT, 3).await;
            }
        }
    });
}

/// The recording is what such a run tells today, but for what differs between runs, and every line is a line.
fn is_recorded(told: &str, kept: &str) {
    let moments = Regex::new(r#""(time|elapsed_seconds)":("[^"]*"|[0-9.]+)"#).unwrap();
    let bare = |text: &str| redacted(&moments.replace_all(text, "\"$1\":0"));
    for (told, kept) in told.lines().zip(kept.lines()) {
        assert_eq!(bare(told), bare(kept), "UPDATE_SNAPSHOTS=1 records it anew");
    }
    assert_eq!(told.lines().count(), kept.lines().count());
    let schema = Schema::of_lines();
    for line in kept.lines() {
        let value = serde_json::from_str(line).unwrap();
        assert_eq!(schema.check(&value), Ok(()), "{line}");
    }
}

fn same_screens(recording: &replay::Recording, shots: &[Shot]) {
    let mut compared = 0;
    for shot in shots {
        let lines = replayed(recording, shot.at, SIZE);
        compared += 1;
        let wanted = lines.join("\n");
        assert!(
            shot.shown.ends_with(&wanted),
            "at {:?}\n{}\n-- replayed --\n{wanted}",
            shot.at,
            shot.shown
        );
        assert!(lines.len() < 24 && lines.iter().all(|line| line.chars().count() < 80));
    }
    assert!(compared >= 5, "{compared} of {}", shots.len());
}

#[test]
fn the_screens_of_a_recorded_life() {
    for (name, moments) in [
        ("up", [10, 60, 120, 200, 300]),
        ("down", [10, 60, 150, 250, 350]),
    ] {
        let text = std::fs::read_to_string(file("recordings", &format!("{name}.jsonl"))).unwrap();
        let recording = replay::read(&text).unwrap();
        let mut shown = String::new();
        for at in moments.map(Duration::from_secs) {
            for width in [80, 44] {
                let lines = replayed(&recording, at, Size { width, height: 24 });
                assert!(lines.iter().all(|line| line.chars().count() < width));
                shown += &format!("== {name} after {at:?}, {width} columns\n");
                shown += &lines.join("\n");
                shown += "\n";
            }
        }
        snapshot(&format!("screens-{name}.txt"), &shown);
    }
}

fn app(number: u32) -> Step {
    serde_json::from_value(serde_json::json!({
        "id": format!("delete:AWS::SageMaker::App:d-1/lab-{number}/JupyterLab/default"), "kind": "delete",
        "resource": {"type": "AWS::SageMaker::App", "id": format!("d-1/lab-{number}/JupyterLab/default")},
        "needs": [], "evidence": [], "destroys_data": false,
    }))
    .unwrap()
}

fn forty_at_once() -> RunState {
    let mut state = RunState::default();
    let steps: Vec<Step> = (1..=40).map(app).collect();
    let ids: Vec<String> = steps.iter().map(|step| step.id.to_string()).collect();
    let plan = Event::Plan {
        direction: Direction::Down,
        steps,
    };
    state.apply(Duration::ZERO, &plan);
    for (at, id) in ids.iter().enumerate() {
        let at = Duration::from_millis(500 * u64::try_from(at).unwrap());
        state.apply(at, &Event::StepStarted { id: id.clone() });
    }
    for (id, outcome) in [(&ids[3], StepOutcome::Failed), (&ids[7], StepOutcome::Done)] {
        let error = (outcome == StepOutcome::Failed).then(|| ErrorTold {
            service: "sagemaker".into(),
            code: "AccessDeniedException".into(),
            message: "User: ann is not authorized to perform: sagemaker:DeleteApp on this very long resource".into(),
            request_id: None,
        });
        let ended = Event::StepFinished {
            id: id.clone(),
            outcome,
            elapsed_seconds: 20.0,
            error,
        };
        state.apply(Duration::from_secs(25), &ended);
    }
    state
}

#[test]
fn forty_steps_at_once_fit_a_terminal_and_failures_stay() {
    let state = forty_at_once();
    let lines = screen(
        &state,
        &Stage::heading(),
        Duration::from_secs(60),
        SIZE,
        false,
    );
    assert!(lines.len() < 24 && lines.iter().all(|line| line.chars().count() < 80));
    assert!(
        lines[1].contains('✗') && lines[1].contains("lab-4"),
        "{lines:#?}"
    );
    // What failed is not done.
    assert!(lines[2].contains("1 of 40 done, 1 failed"), "{lines:#?}");
    snapshot("forty-steps.txt", &(lines.join("\n") + "\n"));
}

/// What is shown while no step is at work: before there is a plan, after it, and while somebody says what is waited for.
#[test]
fn there_is_always_a_line_that_tells_what_is_waited_for() {
    let mut state = RunState::default();
    let shown = |state: &RunState, seconds: u64| {
        let at = Duration::from_secs(seconds);
        screen(state, &Stage::heading(), at, SIZE, false)
    };
    let tells = |lines: &[String], what: &str, time: &str| {
        let [line] = lines else {
            panic!("{lines:#?}");
        };
        assert!(line.contains(what) && line.ends_with(time), "{line}");
    };
    tells(&shown(&state, 12), "looking at what there is", " 12s");
    let waits = Event::Heartbeat {
        message: "demo-studio is being deleted; waiting for that to end".into(),
    };
    state.apply(Duration::from_secs(20), &waits);
    tells(&shown(&state, 50), "demo-studio is being deleted", " 30s");
    let plan = Event::Plan {
        direction: Direction::Down,
        steps: vec![app(1)],
    };
    state.apply(Duration::from_secs(60), &plan);
    tells(&shown(&state, 63), "preparing the first step", " 3s");
    let id = app(1).id;
    state.apply(
        Duration::from_secs(70),
        &Event::StepStarted { id: id.to_string() },
    );
    assert!(shown(&state, 80)[0].contains(" left"));
    let ended = Event::StepFinished {
        id: id.to_string(),
        outcome: StepOutcome::Done,
        elapsed_seconds: 20.0,
        error: None,
    };
    state.apply(Duration::from_secs(90), &ended);
    tells(&shown(&state, 95), "looking at what came of it", " 5s");
    let end = jumpstart_vpc::event::Finished::new(Outcome::Succeeded);
    state.apply(Duration::from_secs(96), &Event::Finished(end));
    assert!(shown(&state, 97).is_empty());
}

#[test]
fn nothing_moves_while_somebody_is_asked() {
    paused(73, async {
        let stage = Stage::with_terminal(24, 80);
        let life = live_and_json(&stage, &Life::new(Scenario::default(), 73));
        let cx = life.context().await;
        let shown = async || {
            cx.clock.sleep(Duration::from_secs(40)).await;
            cx.events.tick();
            stage.terminal.as_ref().unwrap().contents()
        };
        assert!(shown().await.contains("looking at what there is"));
        cx.output.ask("Go ahead? [y/N] ");
        for _ in 0..2 {
            assert_eq!(shown().await.trim_end(), "Go ahead? [y/N]");
        }
        cx.output.answered();
        assert!(shown().await.contains("looking at what there is"));
    });
}

#[test]
fn colour_changes_no_column() {
    let state = forty_at_once();
    let at = Duration::from_secs(60);
    let plain = screen(&state, &Stage::heading(), at, SIZE, false);
    let painted = screen(&state, &Stage::heading(), at, SIZE, true);
    assert!(painted.iter().any(|line| line.contains('\u{1b}')));
    let sequences = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    let stripped: Vec<String> = painted
        .iter()
        .map(|line| sequences.replace_all(line, "").into_owned())
        .collect();
    assert_eq!(stripped, plain);
}

/// A terminal whose window somebody resizes; what it showed is gone then, as where a window is cleared.
#[derive(Clone, Debug)]
struct Resizable(Arc<Mutex<InMemoryTerm>>);

impl Resizable {
    fn inner(&self) -> InMemoryTerm {
        self.0.lock().unwrap().clone()
    }

    fn resize(&self, rows: u16, columns: u16) {
        *self.0.lock().unwrap() = InMemoryTerm::new(rows, columns);
    }
}

impl TermLike for Resizable {
    fn width(&self) -> u16 {
        self.inner().width()
    }
    fn height(&self) -> u16 {
        self.inner().height()
    }
    fn move_cursor_up(&self, n: usize) -> std::io::Result<()> {
        self.inner().move_cursor_up(n)
    }
    fn move_cursor_down(&self, n: usize) -> std::io::Result<()> {
        self.inner().move_cursor_down(n)
    }
    fn move_cursor_right(&self, n: usize) -> std::io::Result<()> {
        self.inner().move_cursor_right(n)
    }
    fn move_cursor_left(&self, n: usize) -> std::io::Result<()> {
        self.inner().move_cursor_left(n)
    }
    fn write_line(&self, text: &str) -> std::io::Result<()> {
        self.inner().write_line(text)
    }
    fn write_str(&self, text: &str) -> std::io::Result<()> {
        self.inner().write_str(text)
    }
    fn clear_line(&self) -> std::io::Result<()> {
        self.inner().clear_line()
    }
    fn flush(&self) -> std::io::Result<()> {
        self.inner().flush()
    }
}

/// Twelve steps that are planned and at work.
fn begin_twelve(cx: &Context) {
    let plan = Event::Plan {
        direction: Direction::Down,
        steps: (1..=12).map(app).collect(),
    };
    cx.events.send(plan);
    for step in (1..=12).map(app) {
        cx.events.send(Event::StepStarted {
            id: step.id.to_string(),
        });
    }
}

#[test]
fn what_is_logged_stands_above_the_screen_which_fits_a_resized_window() {
    paused(72, async {
        let stage = Stage::with_terminal(24, 80);
        let terminal = Resizable(Arc::new(Mutex::new(stage.terminal.clone().unwrap())));
        let shown_on = terminal.clone();
        let life = stage.watch(&Life::new(Scenario::default(), 72), move |cx| {
            let lines = Lines::new(cx.output.clone(), cx.clock.clone(), Detail::Everything);
            let live: Box<dyn Sink> = Box::new(Live::new(
                shown_on.clone(),
                &cx.output,
                cx.clock.clone(),
                cx.heading.clone(),
                lines,
            ));
            vec![live]
        });
        let cx = life.context().await;
        begin_twelve(&cx);
        let drawn = async || {
            cx.clock.sleep(Duration::from_secs(1)).await;
            cx.events.tick();
            terminal.inner().contents()
        };
        assert_eq!(drawn().await.matches(" left").count(), 1);
        cx.events.warn("somebody made another space");
        let now = drawn().await;
        assert_eq!(now.matches(" left").count(), 1, "{now}");
        let (above, below) = now.split_once("somebody made another space").unwrap();
        assert!(!above.contains(" left") && below.contains(" left"), "{now}");
        for (rows, columns) in [(24, 50), (10, 50), (24, 100)] {
            terminal.resize(rows, columns);
            let now = drawn().await;
            assert_eq!(now.matches(" left").count(), 1, "{now}");
            let width = usize::from(columns);
            assert!(
                now.lines().all(|line| line.chars().count() < width),
                "{now}"
            );
            assert!(now.lines().count() <= usize::from(rows), "{now}");
        }
    });
}

/// A row of a terminal, and whether its line goes on in the next because it was full.
#[derive(Clone, Debug, Default)]
struct Row {
    cells: Vec<char>,
    goes_on: bool,
}

/// What a terminal shows that breaks its lines anew when the window gets another width, as most do.
#[derive(Debug)]
struct Paper {
    width: usize,
    rows: Vec<Row>,
    row: usize,
    column: usize,
}

impl Paper {
    fn put(&mut self, letter: char) {
        match letter {
            '\r' => self.column = 0,
            '\n' => self.next_row(),
            letter => {
                if self.column == self.width {
                    self.rows[self.row].goes_on = true;
                    self.next_row();
                }
                let cells = &mut self.rows[self.row].cells;
                cells.resize(cells.len().max(self.column + 1), ' ');
                cells[self.column] = letter;
                self.column += 1;
            }
        }
    }

    fn next_row(&mut self) {
        self.row += 1;
        self.column = 0;
        if self.row == self.rows.len() {
            self.rows.push(Row::default());
        }
    }

    fn resize(&mut self, width: usize) {
        let (mut rows, mut line, mut cursor) = (Vec::new(), Vec::new(), (0, 0));
        for (at, row) in std::mem::take(&mut self.rows).into_iter().enumerate() {
            if at == self.row {
                let offset: usize = line.len() + self.column;
                // Behind a full row the cursor stays in it.
                let below = offset.saturating_sub(1) / width;
                cursor = (rows.len() + below, offset - below * width);
            }
            line.extend(row.cells);
            if !row.goes_on {
                rows.extend(broken(&std::mem::take(&mut line), width));
            }
        }
        (self.width, self.rows, (self.row, self.column)) = (width, rows, cursor);
    }
}

/// A line as rows.
fn broken(line: &[char], width: usize) -> Vec<Row> {
    let row = |cells: &[char]| Row {
        cells: cells.to_vec(),
        goes_on: true,
    };
    let mut rows: Vec<Row> = line.chunks(width).map(row).collect();
    match rows.last_mut() {
        Some(last) => last.goes_on = false,
        None => rows.push(Row::default()),
    }
    rows
}

#[derive(Clone, Debug)]
struct Rewrapping(Arc<Mutex<Paper>>);

impl Rewrapping {
    fn new(width: usize) -> Self {
        Self(Arc::new(Mutex::new(Paper {
            width,
            rows: vec![Row::default()],
            row: 0,
            column: 0,
        })))
    }

    fn with(&self, change: impl FnOnce(&mut Paper)) {
        change(&mut self.0.lock().unwrap());
    }

    fn contents(&self) -> String {
        let paper = self.0.lock().unwrap();
        let rows = paper.rows.iter();
        let rows: Vec<String> = rows.map(|row| row.cells.iter().collect()).collect();
        rows.join("\n")
    }
}

impl TermLike for Rewrapping {
    fn width(&self) -> u16 {
        u16::try_from(self.0.lock().unwrap().width).unwrap()
    }
    fn height(&self) -> u16 {
        24
    }
    fn move_cursor_up(&self, n: usize) -> std::io::Result<()> {
        self.with(|paper| paper.row = paper.row.saturating_sub(n));
        Ok(())
    }
    fn move_cursor_down(&self, n: usize) -> std::io::Result<()> {
        self.with(|paper| paper.row = (paper.row + n).min(paper.rows.len() - 1));
        Ok(())
    }
    fn move_cursor_right(&self, n: usize) -> std::io::Result<()> {
        self.with(|paper| paper.column = (paper.column + n).min(paper.width));
        Ok(())
    }
    fn move_cursor_left(&self, n: usize) -> std::io::Result<()> {
        self.with(|paper| paper.column = paper.column.saturating_sub(n));
        Ok(())
    }
    fn write_line(&self, text: &str) -> std::io::Result<()> {
        self.write_str(text)?;
        self.write_str("\n")
    }
    fn write_str(&self, text: &str) -> std::io::Result<()> {
        self.with(|paper| text.chars().for_each(|letter| paper.put(letter)));
        Ok(())
    }
    fn clear_line(&self) -> std::io::Result<()> {
        self.with(|paper| {
            paper.rows[paper.row] = Row::default();
            paper.column = 0;
        });
        Ok(())
    }
    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

impl std::io::Write for Rewrapping {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.write_str(std::str::from_utf8(bytes).unwrap())?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn where_a_terminal_breaks_its_lines_anew_one_screen_is_left_and_all_that_stands_above() {
    paused(76, async {
        let stage = Stage::default();
        let terminal = Rewrapping::new(80);
        let shown_on = terminal.clone();
        let life = stage.watch(&Life::new(Scenario::default(), 76), move |cx| {
            let err = Box::new(shown_on.clone());
            let output = Output::to(Box::new(std::io::sink()), err, false, false);
            let live: Box<dyn Sink> = Box::new(Live::new(
                shown_on.clone(),
                &output,
                cx.clock.clone(),
                cx.heading.clone(),
                Lines::new(output.clone(), cx.clock.clone(), Detail::Everything),
            ));
            vec![live]
        });
        let cx = life.context().await;
        begin_twelve(&cx);
        let drawn = async || {
            cx.clock.sleep(Duration::from_secs(1)).await;
            cx.events.tick();
            terminal.contents()
        };
        drawn().await;
        cx.events.warn("first");
        for (columns, warning) in [(50, None), (100, None), (60, Some("second")), (90, None)] {
            drawn().await;
            terminal.with(|paper| paper.resize(columns));
            if let Some(warning) = warning {
                cx.events.warn(warning);
            }
            let now = drawn().await;
            assert_eq!(now.matches(" left").count(), 1, "{columns}: {now}");
            assert_eq!(now.matches("warning: first").count(), 1, "{columns}: {now}");
            assert_eq!(now.matches("Plan: ").count(), 1, "{columns}: {now}");
            let (above, below) = now.split_once("warning: first").unwrap();
            assert!(!above.contains(" left") && below.contains(" left"), "{now}");
        }
        assert_eq!(terminal.contents().matches("warning: second").count(), 1);
    });
}
