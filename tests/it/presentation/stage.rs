//! A stage for a life: buffers and a terminal in memory in place of the process's own, with the moment of each write.

use std::cell::RefCell;
use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use indicatif::{InMemoryTerm, TermLike};
use jumpstart_vpc::clock::Clock;
use jumpstart_vpc::context::Context;
use jumpstart_vpc::event::{Event, Events, Finished, Sink};
use jumpstart_vpc::report::{Heading, Output};

use crate::support::{ENVIRONMENT, Life, PACE};

/// Texts with the moments at which they were written.
#[derive(Clone, Default)]
pub(super) struct Buffer {
    written: Rc<RefCell<Vec<(Duration, String)>>>,
    clock: Rc<RefCell<Option<Clock>>>,
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let clock = self.clock.borrow();
        let at = clock.as_ref().map(Clock::elapsed).unwrap_or_default();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        self.written.borrow_mut().push((at, text));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Buffer {
    pub(super) fn text(&self) -> String {
        let written = self.written.borrow();
        written.iter().map(|(_, text)| text.as_str()).collect()
    }

    pub(super) fn moments(&self) -> Vec<Duration> {
        self.written.borrow().iter().map(|(at, _)| *at).collect()
    }
}

/// Writes to a terminal in memory.
struct Terminal(InMemoryTerm);

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        self.0.write_str(&text.replace('\n', "\r\n"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Where a run goes, and what drives it.
#[derive(Clone, Default)]
pub(super) struct Stage {
    pub out: Buffer,
    pub err: Buffer,
    /// Standard error where it is a terminal.
    pub terminal: Option<InMemoryTerm>,
    /// The context of the run that was begun last.
    pub context: Rc<RefCell<Option<Context>>>,
}

impl Stage {
    pub(super) fn with_terminal(rows: u16, columns: u16) -> Self {
        Self {
            terminal: Some(InMemoryTerm::new(rows, columns)),
            ..Self::default()
        }
    }

    pub(super) fn heading() -> Heading {
        Heading {
            environment: Some(ENVIRONMENT.to_owned()),
            account: Some("111122223333".to_owned()),
            region: Some("us-east-1".to_owned()),
        }
    }

    /// The life with these sinks beside its recorder.
    pub(super) fn watch(
        &self,
        life: &Life,
        sinks: impl Fn(&Context) -> Vec<Box<dyn Sink>> + 'static,
    ) -> Life {
        let stage = self.clone();
        let recorder = life.recorder.clone();
        let watch = move |cx: &mut Context| {
            *stage.out.clock.borrow_mut() = Some(cx.clock.clone());
            *stage.err.clock.borrow_mut() = Some(cx.clock.clone());
            let err: Box<dyn Write> = match &stage.terminal {
                Some(terminal) => Box::new(Terminal(terminal.clone())),
                None => Box::new(stage.err.clone()),
            };
            cx.output = Output::to(Box::new(stage.out.clone()), err, false, false);
            *cx.heading.borrow_mut() = Self::heading();
            let mut all: Vec<Box<dyn Sink>> = vec![Box::new(recorder.clone())];
            all.extend(sinks(cx));
            cx.events = Events::new(all);
            *stage.context.borrow_mut() = Some(cx.clone());
        };
        Life {
            watched_by: Some(Rc::new(watch)),
            ..life.clone()
        }
    }

    /// Lets time pass for what shows it, as the command line does, while something is done.
    pub(super) async fn timed<T>(&self, run: impl Future<Output = T>) -> T {
        let time = async {
            loop {
                let begun = self.context.borrow().clone();
                match begun {
                    Some(cx) => return cx.events.keep_time(&cx.clock, PACE).await,
                    None => tokio::task::yield_now().await,
                }
            }
        };
        tokio::select! {
            biased;
            done = run => done,
            never = time => match never {},
        }
    }

    pub(super) fn cx(&self) -> Context {
        self.context.borrow().clone().unwrap()
    }

    /// Tells the end as the command line does.
    pub(super) fn conclude(&self, mut finished: Finished) -> Finished {
        let cx = self.cx();
        finished.elapsed_seconds = cx.clock.elapsed().as_secs_f64();
        cx.events.send(Event::Finished(finished.clone()));
        finished
    }
}

/// Compares with a file beside the tests; UPDATE_SNAPSHOTS writes it anew.
pub(super) fn snapshot(name: &str, text: &str) {
    let path = file("snapshots", name);
    if updates() {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{name} has changed; UPDATE_SNAPSHOTS=1 takes this as it is:\n{text}"
    );
}

pub(super) fn updates() -> bool {
    std::env::vars_os().any(|(key, _)| key == "UPDATE_SNAPSHOTS")
}

pub(super) fn file(folder: &str, name: &str) -> PathBuf {
    PathBuf::from("tests/it").join(folder).join(name)
}
