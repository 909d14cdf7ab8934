//! Going up: the manifest's stacks, each as soon as what it needs is there.

mod changes;
mod cost;
mod creation;
mod domain;
mod leftovers;
mod onward;
mod participants;
mod plan;
mod planned;
mod preflight;
mod prepare;
mod removal;
mod replacement;
mod request;
mod result;
mod reviews;
mod run;
mod settling;
mod stack;
mod status;
mod trace;
mod undeleted;

pub use participants::{LONGEST_WITH_SPACE, Participants};
pub use planned::{Planned, plan};
pub use request::{OnFailure, Options, ReachedBy, Request};
pub use run::up;
pub use status::Work;
