//! Going up: the manifest's stacks, each as soon as what it needs is there.

mod changes;
mod cost;
mod creation;
mod domain;
mod leftovers;
mod participants;
mod patience;
mod plan;
mod preflight;
mod prepare;
mod removal;
mod replacement;
mod request;
mod result;
mod run;
mod stack;
mod status;

pub use participants::Participants;
pub use request::{OnFailure, Options, Request};
pub use run::{Planned, plan, up};
pub use status::Work;
