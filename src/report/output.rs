//! The two streams. A reader that goes away ends the output, not the run.

use std::cell::RefCell;
use std::io::{IsTerminal, Write};
use std::rc::Rc;

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
}

struct Streams {
    out: Option<Box<dyn Write>>,
    err: Option<Box<dyn Write>>,
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
            })),
            colour,
            interactive,
        }
    }

    /// Writes one line.
    pub fn line(&self, stream: Stream, text: &str) {
        self.write(stream, &format!("{text}\n"));
    }

    /// Writes a text as it is.
    pub fn write(&self, stream: Stream, text: &str) {
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
