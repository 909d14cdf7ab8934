//! What drawing costs during a teardown with 500 participants: the share of one core that the live view takes.
//!
//! `cargo bench --profile dev --bench drawing`. The run's time is virtual, the work is real: every event of the teardown is
//! taken, and the screen is drawn at its pace from the first to the last. Fails above the bound.

use std::time::{Duration, Instant};

use indicatif::TermLike;
use jumpstart_vpc::clock::Clock;
use jumpstart_vpc::event::{Direction, Event, Events, Named, Step, StepOutcome};
use jumpstart_vpc::report::{Detail, Heading, Lines, Live, Output, PACE};

const PARTICIPANTS: usize = 500;
/// Of one core.
const BOUND: f64 = 0.01;

/// A terminal of 80 columns and 24 rows that counts what it is told to write.
#[derive(Clone, Debug, Default)]
struct Counting(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl TermLike for Counting {
    fn width(&self) -> u16 {
        80
    }
    fn height(&self) -> u16 {
        24
    }
    fn move_cursor_up(&self, _n: usize) -> std::io::Result<()> {
        Ok(())
    }
    fn move_cursor_down(&self, _n: usize) -> std::io::Result<()> {
        Ok(())
    }
    fn move_cursor_right(&self, _n: usize) -> std::io::Result<()> {
        Ok(())
    }
    fn move_cursor_left(&self, _n: usize) -> std::io::Result<()> {
        Ok(())
    }
    fn write_line(&self, text: &str) -> std::io::Result<()> {
        self.write_str(text)
    }
    fn write_str(&self, text: &str) -> std::io::Result<()> {
        self.0
            .fetch_add(text.len(), std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }
    fn clear_line(&self) -> std::io::Result<()> {
        Ok(())
    }
    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

fn step(kind: &str, id: &str, needs: Vec<String>) -> Step {
    Step {
        id: format!("delete:{kind}:{id}").into(),
        kind: environment::Verb::Delete,
        resource: Named {
            kind: kind.into(),
            id: id.into(),
            name: None,
            stack: None,
            reason: None,
        },
        needs,
        evidence: Vec::new(),
        destroys_data: false,
    }
}

/// Apps, their interfaces, spaces, profiles, the domain: as a teardown plans them.
fn steps() -> Vec<Step> {
    let mut steps = Vec::new();
    let mut profiles = Vec::new();
    for user in 0..PARTICIPANTS {
        let app = step(
            "AWS::SageMaker::App",
            &format!("d-1/lab-{user}/JupyterLab/default"),
            Vec::new(),
        );
        let interface = step(
            "AWS::EC2::NetworkInterface",
            &format!("eni-{user}"),
            vec![app.id.to_string()],
        );
        let space = step(
            "AWS::SageMaker::Space",
            &format!("d-1/lab-{user}"),
            vec![app.id.to_string()],
        );
        let profile = step(
            "AWS::SageMaker::UserProfile",
            &format!("d-1/user-{user}"),
            vec![space.id.to_string()],
        );
        profiles.push(profile.id.to_string());
        steps.extend([app, interface, space, profile]);
    }
    steps.push(step("AWS::SageMaker::Domain", "d-1", profiles));
    steps
}

/// The moments at which steps begin and end: writes at two a second, as SageMaker allows.
fn story(steps: &[Step]) -> Vec<(Duration, Event)> {
    let mut story = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let began = Duration::from_millis(500) * u32::try_from(at).unwrap_or(u32::MAX);
        let took = Duration::from_secs(20 + u64::try_from(at % 40).unwrap_or(0));
        story.push((
            began,
            Event::StepStarted {
                id: step.id.to_string(),
            },
        ));
        let ended = Event::StepFinished {
            id: step.id.to_string(),
            outcome: StepOutcome::Done,
            elapsed_seconds: took.as_secs_f64(),
            error: None,
        };
        story.push((began + took, ended));
    }
    story.sort_by_key(|(at, _)| *at);
    story
}

#[expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time and tells its result"
)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()?;
    let (run, work, written) = runtime.block_on(async {
        let clock = Clock::at(jiff::Timestamp::from_second(1_800_000_000)?, 1.0);
        let output = Output::to(
            Box::new(std::io::sink()),
            Box::new(std::io::sink()),
            true,
            false,
        );
        let lines = Lines::new(output.clone(), clock.clone(), Detail::Everything);
        let heading = std::rc::Rc::new(std::cell::RefCell::new(Heading::default()));
        let terminal = Counting::default();
        let live = Live::new(terminal.clone(), &output, clock.clone(), heading, lines);
        let events = Events::new(live);
        let steps = steps();
        let story = story(&steps);
        events.send(Event::Plan {
            direction: Direction::Down,
            steps,
        });
        let began = Instant::now();
        for (at, event) in story {
            while clock.elapsed() < at {
                clock
                    .sleep(PACE.min(at.saturating_sub(clock.elapsed())))
                    .await;
                events.tick();
            }
            events.send(event);
        }
        let written = terminal.0.load(std::sync::atomic::Ordering::Relaxed);
        Ok::<_, Box<dyn std::error::Error>>((clock.elapsed(), began.elapsed(), written))
    })?;
    let share = work.as_secs_f64() / run.as_secs_f64();
    println!(
        "{PARTICIPANTS} participants, {} s of teardown: {:.2} s of work, {:.2} % of a core, {} KiB written",
        run.as_secs(),
        work.as_secs_f64(),
        share * 100.0,
        written / 1024
    );
    if share > BOUND {
        return Err(format!("more than {:.0} %", BOUND * 100.0).into());
    }
    Ok(())
}
