//! The live view on a terminal: the screen below, the log above it.
//!
//! indicatif keeps the screen at the bottom, clears it before anything is printed above and wraps nothing; the screen's
//! text is made here, at a modest rate, when an event comes or when the run's clock says that time has passed.

use std::cell::RefCell;
use std::io;
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

/// What stands at the bottom of the terminal.
#[derive(Clone, Copy)]
struct Shown {
    lines: usize,
    /// Columns that each of them fills.
    width: usize,
}

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
    shown: Option<Shown>,
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
            shown: None,
        }
    }

    /// Clears what was drawn for a window of another width. indicatif fills each line to its end, and terminals break
    /// what is filled anew: it takes other rows then than indicatif counts, which would leave some of them, or clear some
    /// of what stands above.
    fn fit(&mut self) {
        if self.bar.is_finished() {
            self.shown = None;
        }
        let width = usize::from(self.terminal.width());
        let Some(shown) = self.shown.filter(|shown| shown.width != width) else {
            return;
        };
        self.shown = None;
        let rows = (shown.lines * shown.width).div_ceil(width.max(1));
        // On a terminal that takes nothing there is nothing to clear.
        self.wipe(rows.min(usize::from(self.terminal.height())))
            .unwrap_or_default();
        self.bar.set_draw_target(target(&self.terminal));
    }

    /// Clears the last rows, and stays at the first of them.
    fn wipe(&self, rows: usize) -> io::Result<()> {
        let below = rows.saturating_sub(1);
        self.terminal.move_cursor_up(below)?;
        self.terminal.clear_line()?;
        for _ in 0..below {
            self.terminal.move_cursor_down(1)?;
            self.terminal.clear_line()?;
        }
        self.terminal.move_cursor_up(below)
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
        self.shown = Some(Shown {
            lines: lines.len(),
            width: size.width,
        });
    }

    fn clear(&mut self) {
        self.output.keep_below(None);
        self.bar.finish_and_clear();
        self.bar = bar(&self.terminal);
        self.drawn = None;
        self.shown = None;
    }
}

/// What keeps a text at the bottom of the terminal.
fn bar<T: TermLike + Clone + 'static>(terminal: &T) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, target(terminal));
    if let Ok(style) = ProgressStyle::with_template("{msg}") {
        bar.set_style(style);
    }
    bar
}

/// A terminal on which nothing was drawn yet.
fn target<T: TermLike + Clone + 'static>(terminal: &T) -> ProgressDrawTarget {
    ProgressDrawTarget::term_like(Box::new(terminal.clone()))
}

impl<T: TermLike + Clone + 'static> Sink for Live<T> {
    fn take(&mut self, event: &Event) {
        self.fit();
        if matches!(event, Event::Finished(_) | Event::Plan { .. }) {
            self.clear();
        }
        self.above.take(event);
        self.draw();
    }

    fn tick(&mut self) {
        self.fit();
        self.draw();
    }

    fn shows_time(&self) -> bool {
        true
    }
}
