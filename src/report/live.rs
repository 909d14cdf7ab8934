//! The live view on a terminal: the screen below, the log above it.
//!
//! indicatif keeps the screen at the bottom, clears it before anything is printed above and wraps nothing; the screen's
//! text is made here, at a modest rate, when an event comes or when the run's clock says that time has passed.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use super::json::Heading;
use super::lines::Lines;
use super::output::Output;
use super::screen::{Size, screen};
use crate::clock::Clock;
use crate::event::{Event, Sink};

/// Shortest time between two drawings, in real time.
pub const PACE: Duration = Duration::from_millis(200);

/// Draws a run on a terminal.
pub struct Live<T> {
    terminal: T,
    output: Output,
    clock: Clock,
    heading: Rc<RefCell<Heading>>,
    /// What is printed above the screen.
    above: Lines,
    bar: ProgressBar,
    drawn: Option<Duration>,
}

impl<T: TermLike + Clone + 'static> Live<T> {
    /// On this terminal. The output has to end up on the same one.
    pub fn new(
        terminal: T,
        output: &Output,
        clock: Clock,
        heading: Rc<RefCell<Heading>>,
        above: Lines,
    ) -> Self {
        Self {
            bar: bar(&terminal),
            terminal,
            output: output.clone(),
            clock,
            heading,
            above: above.of_milestones(),
            drawn: None,
        }
    }

    /// Draws, unless that was done a moment ago.
    fn draw(&mut self) {
        let now = self.clock.elapsed();
        let pace = self.clock.real(PACE);
        if self.drawn.is_some_and(|drawn| now < drawn + pace) {
            return;
        }
        // Asking has cleared the screen.
        if self.output.is_asking() {
            self.drawn = None;
            return;
        }
        if self.bar.is_finished() {
            self.bar = bar(&self.terminal);
        }
        if self.above.state().finished.is_some() {
            if self.drawn.is_some() {
                self.clear();
            }
            return;
        }
        self.drawn = Some(now);
        let size = Size {
            width: usize::from(self.terminal.width()),
            height: usize::from(self.terminal.height()),
        };
        let lines = screen(
            self.above.state(),
            &self.heading.borrow(),
            now,
            size,
            self.output.colour,
        );
        self.output.keep_below(Some(self.bar.clone()));
        self.bar.set_message(lines.join("\n"));
    }

    fn clear(&mut self) {
        self.output.keep_below(None);
        self.bar.finish_and_clear();
        self.bar = bar(&self.terminal);
        self.drawn = None;
    }
}

/// What keeps a text at the bottom of the terminal.
fn bar<T: TermLike + Clone + 'static>(terminal: &T) -> ProgressBar {
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{msg}") {
        bar.set_style(style);
    }
    bar
}

impl<T: TermLike + Clone + 'static> Sink for Live<T> {
    fn take(&mut self, event: &Event) {
        if matches!(event, Event::Finished(_) | Event::Plan { .. }) {
            self.clear();
        }
        self.above.take(event);
        self.draw();
    }

    fn tick(&mut self) {
        self.draw();
    }

    fn shows_time(&self) -> bool {
        true
    }
}
