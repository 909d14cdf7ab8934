//! An environment as data: what exists, why it is ours, what holds what, and what may be done next.
//!
//! Everything here is pure. [`facts`] are what the services told, list by list; [`assemble`] turns them into a
//! [`World`] of resources with evidence and holders; [`decide`] says what may start, what has to wait and what is
//! blocked; [`plan`] is `decide` on a copy of the world in which every started step succeeds.

pub mod assemble;
mod attribution;
pub mod decide;
pub mod evidence;
pub mod facts;
pub mod ledger;
pub mod mark;
pub mod plan;
pub mod reading;
pub mod resource;
pub mod world;

pub use assemble::assemble;
pub use attribution::cure;
pub use decide::{Decision, Intent, decide};
pub use evidence::Evidence;
pub use facts::Facts;
pub use ledger::{Answer, Ledger};
pub use plan::{Plan, Step, plan};
pub use reading::{Cause, Facet, ReadError, Reading};
pub use resource::{Kind, Resource, ResourceId, Status, Verb};
pub use world::World;
