//! Coming down: look, decide, act, until nothing is left, and a last look that proves it.

mod act;
mod consent;
mod cost;
mod homes;
mod look;
mod proof;
mod result;
mod rules;
mod run;
mod stacks;
mod teardown;

pub use consent::Consent;
pub use rules::NamedDomain;
pub use run::{Request, down, plan};
