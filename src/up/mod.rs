//! Going up: the manifest's stacks, each as soon as what it needs is there.

mod prepare;
mod run;
mod stack;

pub use prepare::{Request, Work};
pub use run::{plan, up};
