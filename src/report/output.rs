//! The two streams. A reader that goes away ends the output, not the run.

use std::cell::RefCell;
use std::io::{IsTerminal, Write};
use std::rc::Rc;

use indicatif::ProgressBar;

use super::redact::redacted;

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Data.
    Out,
    /// Talk.
    Err,
}

/// The process's streams, or buffers in tests. Clones share them.
#[derive(Clone)]
pub struct Output {
    streams: Rc<RefCell<Streams>>,
    /// Whether talk may be coloured.
    pub colour: bool,
    /// Whether somebody is there to answer.
    pub interactive: bool,
    /// Whether the result alone is wanted, and nobody is asked anything.
    pub quiet: bool,
}

struct Streams {
    out: Option<Box<dyn Write>>,
    err: Option<Box<dyn Write>>,
    /// What stays at the bottom of the terminal while something is written.
    below: Option<ProgressBar>,
    /// Whether somebody is being asked: nothing may move then.
    asks: bool,
}

impl Output {
    /// The process's own streams.
    pub fn of_process(no_colour: bool) -> Self {
        let interactive = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        let colour = std::io::stderr().is_terminal() && !no_colour;
        Self::to(
            Box::new(std::io::stdout()),
            Box::new(std::io::stderr()),
            colour,
            interactive,
        )
    }

    /// Other streams.
    pub fn to(out: Box<dyn Write>, err: Box<dyn Write>, colour: bool, interactive: bool) -> Self {
        Self {
            streams: Rc::new(RefCell::new(Streams {
                out: Some(out),
                err: Some(err),
                below: None,
                asks: false,
            })),
            colour,
            interactive,
            quiet: false,
        }
    }

    /// Without what leads to the result.
    #[must_use]
    pub fn quiet(mut self, quiet: bool) -> Self {
        self.quiet = quiet;
        self
    }

    /// Writes one line.
    pub fn line(&self, stream: Stream, text: &str) {
        self.write(stream, &format!("{text}\n"));
    }

    /// What is kept at the bottom of the terminal from now on, below everything that is written.
    pub(super) fn keep_below(&self, bar: Option<ProgressBar>) {
        self.streams.borrow_mut().below = bar;
    }

    /// Asks somebody: whatever was kept below goes, and nothing is drawn until there is an answer.
    pub fn ask(&self, question: &str) {
        let below = self.streams.borrow_mut().below.take();
        if let Some(bar) = below {
            bar.finish_and_clear();
        }
        self.streams.borrow_mut().asks = true;
        self.write(Stream::Err, question);
    }

    /// Somebody has answered.
    pub fn answered(&self) {
        self.streams.borrow_mut().asks = false;
    }

    pub(super) fn is_asking(&self) -> bool {
        self.streams.borrow().asks
    }

    /// Writes a text; of talk, secrets are taken out.
    pub fn write(&self, stream: Stream, text: &str) {
        let below = self.streams.borrow().below.clone();
        match below {
            Some(bar) => bar.suspend(|| self.put(stream, text)),
            None => self.put(stream, text),
        }
    }

    fn put(&self, stream: Stream, text: &str) {
        let text = match stream {
            Stream::Out => text.to_owned(),
            Stream::Err => redacted(text),
        };
        let mut streams = self.streams.borrow_mut();
        let slot = match stream {
            Stream::Out => &mut streams.out,
            Stream::Err => &mut streams.err,
        };
        let written = slot.as_mut().map(|writer| {
            writer
                .write_all(text.as_bytes())
                .and_then(|()| writer.flush())
        });
        if matches!(written, Some(Err(_))) {
            *slot = None;
        }
    }
}
