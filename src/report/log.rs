//! The SDK's own log on stderr, for `-vv`: with everything that it would tell of secrets taken out.

use std::io::Write;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::redact::redacted;

/// What the names of the SDK's crates begin with.
const OF_SDK: &str = "aws";

/// Shows the log from now on. A second call changes nothing.
pub fn show_sdk_log() {
    let targets = Targets::new().with_target(OF_SDK, LevelFilter::DEBUG);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_writer(|| Redacting);
    let shown = tracing_subscriber::registry().with(lines).with(targets);
    // Somebody else's subscriber stays.
    shown.try_init().unwrap_or_default();
}

/// Standard error without secrets. The layer writes a line at a time.
struct Redacting;

impl Write for Redacting {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = redacted(&String::from_utf8_lossy(bytes));
        std::io::stderr().write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
