//! `replay`: a recorded stream of JSON lines, shown again as the run was.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::args::{Global, Replay};
use super::environment::Code;
use super::settings;
use crate::clock::Clock;
use crate::event::Event;
use crate::report::{PACE, replay};

/// Shows a recording.
///
/// # Errors
/// Where the file is none.
pub(super) async fn replay(global: &Global, args: &Replay) -> Code {
    let file = args.file.display();
    let text = std::fs::read_to_string(&args.file)
        .map_err(|problem| format!("cannot read {file}: {problem}"))?;
    let recording = replay::read(&text).map_err(|problem| format!("{file}: {problem}"))?;
    let speed = match args.speed.as_str() {
        "max" => {
            tokio::time::pause();
            1.0
        }
        text => settings::speed(text)?,
    };
    let clock = Clock::start(speed);
    let heading = Rc::new(RefCell::new(recording.heading));
    let events = settings::events(global, &settings::output(), &clock, &heading);
    let mut code = 0;
    for (at, event) in recording.events {
        while clock.elapsed() < at {
            let pause = clock.real(PACE).min(at.saturating_sub(clock.elapsed()));
            clock.sleep(pause.max(Duration::from_millis(1))).await;
            events.tick();
        }
        if let Event::Finished(end) = &event {
            code = end.exit_code;
        }
        events.send(event);
    }
    Ok(code)
}
