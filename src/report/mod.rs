//! Draws events. The only place that prints: data to stdout, everything else to stderr.

mod json;
mod lines;
mod output;
mod words;

pub use json::{Heading, JsonLines};
pub use lines::{Lines, plan};
pub use output::{Output, Stream};
pub use words::{duration, verb};
