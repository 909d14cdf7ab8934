//! Draws events. The only place that prints: data to stdout, everything else to stderr.

mod failures;
mod github;
mod json;
mod lines;
mod live;
mod log;
mod output;
mod page;
mod paint;
mod redact;
pub mod replay;
mod screen;
pub mod state;
mod summary;
mod words;

pub use json::{Heading, JsonLines, entry_line};
pub use lines::{Detail, Lines, entry_text, plan, steps};
pub use live::{Live, PACE};
pub use log::show_sdk_log;
pub use output::{Output, Stream};
pub use page::{ReportFile, history_page, page};
pub use screen::{Size, screen};
pub use summary::some;
pub use words::{counted, duration};
