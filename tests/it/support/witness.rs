//! Somebody who watches every run of the tests: what it tells, in lines and in JSON, is held to what every run is held to.

use std::cell::Cell;
use std::io::Write;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

use jumpstart_vpc::clock::Clock;
use jumpstart_vpc::context::Context;
use jumpstart_vpc::event::{Event, Sink};
use jumpstart_vpc::report::{Detail, JsonLines, Lines, Output};
use regex::Regex;

use super::PACE;
use super::schema::Schema;

/// The longest silence that a run may keep.
pub(crate) const SILENCE: Duration = Duration::from_secs(30);
/// Takes every event of a run and tells it to somebody who objects.
pub(crate) struct Witness {
    lines: Lines,
    json: JsonLines,
    clock: Clock,
    /// When something was last said in lines.
    spoke: Rc<Cell<Duration>>,
    /// When time last passed; between two runs it passes for nobody.
    ticked: Duration,
    has_ended: bool,
}

impl Witness {
    pub(crate) fn of(cx: &Context) -> Self {
        let spoke = Rc::new(Cell::new(cx.clock.elapsed()));
        let listener = Listener {
            speech: Speech::default(),
            spoke: spoke.clone(),
            clock: cx.clock.clone(),
        };
        let to = |out: Box<dyn Write>, err| Output::to(out, err, false, false);
        let lines = to(Box::new(std::io::sink()), Box::new(listener));
        let json = to(Box::new(Reader), Box::new(std::io::sink()));
        Self {
            lines: Lines::new(lines, cx.clock.clone(), Detail::Everything),
            json: JsonLines::new(json, cx.clock.clone(), cx.heading.clone()),
            clock: cx.clock.clone(),
            spoke,
            ticked: Duration::ZERO,
            has_ended: false,
        }
    }
}

impl Sink for Witness {
    fn take(&mut self, event: &Event) {
        self.has_ended |= matches!(event, Event::Finished(_));
        self.lines.take(event);
        self.json.take(event);
    }

    fn tick(&mut self) {
        let now = self.clock.elapsed();
        if now > self.ticked + PACE * 2 {
            self.spoke.set(now);
        }
        self.ticked = now;
        self.lines.tick();
        self.json.tick();
        let silence = now.saturating_sub(self.spoke.get());
        assert!(
            self.has_ended || silence <= SILENCE,
            "{silence:?} of silence until {now:?}"
        );
    }

    fn shows_time(&self) -> bool {
        true
    }
}

/// Hears what is said in lines.
struct Listener {
    speech: Speech,
    spoke: Rc<Cell<Duration>>,
    clock: Clock,
}

impl Write for Listener {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.spoke.set(self.clock.elapsed());
        for line in std::str::from_utf8(bytes).unwrap().lines() {
            self.speech.hear(line);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Reads lines of JSON.
struct Reader;

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for line in std::str::from_utf8(bytes).unwrap().lines() {
            let line = serde_json::from_str(line).unwrap();
            assert_eq!(Schema::of_lines().check(&line), Ok(()), "{line}");
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is said to people, line by line.
#[derive(Default)]
pub(crate) struct Speech {
    last: String,
}

static MOMENT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^ *(\d+s|\d+m \d\ds|\d+h \d\dm( \d\ds)?)  ").unwrap());
static TIMES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\d+h \d\dm( \d\ds)?|\d+m \d\ds|\b\d+s\b").unwrap());

impl Speech {
    /// Objects to a line that no run may say.
    pub(crate) fn hear(&mut self, line: &str) {
        assert!(!line.contains(char::is_control), "{line:?}");
        assert!(
            !line.contains("Error {") && !line.contains("Some("),
            "{line}"
        );
        let said = MOMENT.replace(line, "").into_owned();
        // Who waits says what for and how long already, and may say so again.
        let waits = said.starts_with("still at work: ") || said.ends_with(" so far)");
        let bare = |text: &str| TIMES.replace_all(text, "").into_owned();
        let again = if waits {
            said == self.last
        } else {
            bare(&said) == bare(&self.last)
        };
        assert!(!again || said.is_empty(), "said twice: {said}");
        assert!(waits || !said.starts_with("still at work"), "{said}");
        self.last = said;
    }
}

#[test]
fn what_nobody_may_say_is_found_out() {
    let objects = |lines: &[&str]| {
        let mut speech = Speech::default();
        std::panic::catch_unwind(move || lines.iter().for_each(|line| speech.hear(line))).is_err()
    };
    assert!(!objects(&["  1m 00s  a: done", "  1m 00s  b: done"]));
    assert!(!objects(&[
        "  30s  a (30s so far)",
        "1m 00s  a (1m 00s so far)"
    ]));
    assert!(!objects(&[
        "1h 00m 05s  still at work: a (1h 00m 05s of usually 1h 20m)",
        "1h 00m 35s  still at work: a (1h 00m 35s of usually 1h 20m)"
    ]));
    assert!(objects(&["  30s  a", "1m 00s  a"]));
    assert!(objects(&["1h 00m 05s  a", "1h 00m 35s  a"]));
    assert!(objects(&["  30s  a (at 30s)", "1m 00s  a (at 1m 00s)"]));
    assert!(objects(&["  30s  still at work (at 30s)"]));
    assert!(objects(&["Error { kind: Other }"]) && objects(&["a\u{1b}[2J"]));
}
