//! The corner of AWS that a closed-network SageMaker Studio needs, as a state machine.
//!
//! A [`World`] is a value: it can be cloned, saved and replayed. [`World::handle`] answers one HTTP request at one
//! simulated instant, after working off everything that was due before it; [`World::next_due`] says when something
//! happens next by itself. There are no tasks, threads or timers, and no random stream: every draw is a hash, so that
//! one call more or less shifts no other draw. Two shells stand around it: `http` (feature `http`) serves it on a
//! loopback port, and a caller in the same process may simply call the function.
//!
//! It is stricter than AWS, never kinder: an action, parameter, filter, property, resource type or function that it
//! does not know is a loud error. What nobody knows about AWS is a [`Switches`] field.

pub mod acts;
pub mod auto_scaling;
pub mod bound;
pub mod cloudformation;
mod consistency;
pub mod control;
#[cfg(test)]
mod documents;
pub mod draw;
pub mod durations;
pub mod ec2;
pub mod efs;
pub mod error;
pub mod faults;
pub mod iam;
pub mod index;
pub mod instance_types;
pub mod kms;
pub mod latency;
pub mod limits;
pub mod log;
pub mod logs;
mod nearest;
mod numbers;
pub mod permissions;
#[cfg(test)]
mod proofs;
pub mod queue;
pub mod quotas;
pub mod row;
pub mod sagemaker;
pub mod scenario;
pub mod service;
pub mod service_quotas;
pub mod state;
pub mod steps;
pub mod sts;
pub mod switches;
mod table;
pub mod tagging;
mod taken;
pub mod time;
pub mod wire;
pub mod world;

#[cfg(feature = "http")]
pub mod http;

pub use error::ServiceError;
pub use row::{Row, Scope};
pub use scenario::Scenario;
pub use switches::Switches;
pub use time::SimTime;
pub use wire::{Request, Response};
pub use world::{Reply, World};
